"""What a request costs is told from the request; what cannot be told is refused, with what to leave out."""

from __future__ import annotations

from typing import Any

import pytest

from course_utils.aws.estimate import ESTIMATORS, CostUnknown, Estimate, Hours, is_free

MACHINE = {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 30}
TRAINING = {
    "TrainingJobName": "t",
    "ResourceConfig": MACHINE,
    "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
}
LIMITS = {"HyperParameterTuningJobConfig": {"ResourceLimits": {"MaxNumberOfTrainingJobs": 3}}}
VARIANT = {"VariantName": "A", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}


def reckoned(operation: str, request: dict[str, Any], **answers: Any) -> Estimate:
    """With a dollar an hour; ``answers`` are what the service says when it is asked."""
    return ESTIMATORS[operation](request, lambda *_: 1.0, Hours(), lambda question, _: answers[question])


def tuning(**definition: Any) -> dict[str, Any]:
    job = {"StoppingCondition": TRAINING["StoppingCondition"], "ResourceConfig": MACHINE, **definition}
    return {"HyperParameterTuningJobName": "h", **LIMITS, "TrainingJobDefinition": job}


def processing(**machine: Any) -> dict[str, Any]:
    return {"ProcessingJobName": "p", "ProcessingResources": {"ClusterConfig": MACHINE | machine}}


def test_more_tries_are_no_more_time() -> None:
    retry = {"RetryStrategy": {"MaximumRetryAttempts": 30}}
    assert reckoned("CreateTrainingJob", TRAINING | retry).usd == 1
    assert reckoned("CreateHyperParameterTuningJob", tuning(**retry)).usd == 3


KEPT = {"ResourceConfig": MACHINE | {"KeepAlivePeriodInSeconds": 60}}
LARGE = {"ResourceConfig": MACHINE | {"VolumeSizeInGB": 101}}
FLEXIBLE = {"HyperParameterTuningResourceConfig": {"InstanceConfigs": [MACHINE | {"VolumeSizeInGB": 101}]}}
RULE = [{"RuleConfigurationName": "r", "InstanceType": "ml.m5.large"}]


@pytest.mark.parametrize(
    ("operation", "request_", "words"),
    [
        ("CreateTrainingJob", TRAINING | KEPT, "KeepAlivePeriodInSeconds .* leave it out"),
        ("CreateHyperParameterTuningJob", tuning(**KEPT), "KeepAlivePeriodInSeconds .* leave it out"),
        ("CreateTrainingJob", TRAINING | LARGE, "101 GB of disk .* ask for 100 GB or less"),
        ("CreateHyperParameterTuningJob", tuning(**FLEXIBLE), "101 GB of disk"),
        ("CreateProcessingJob", processing(VolumeSizeInGB=500), "processing job asks for 500 GB of disk"),
        ("CreateTrainingJob", TRAINING | {"DebugRuleConfigurations": RULE}, "DebugRule.* leave them out"),
        (
            "CreateTrainingJob",
            TRAINING | {"ProfilerRuleConfigurations": RULE},
            "ProfilerRule.* leave them out",
        ),
    ],
)
def test_what_costs_beside_the_machines_of_a_job_is_refused(operation, request_, words) -> None:
    with pytest.raises(CostUnknown, match=words):
        reckoned(operation, request_)


def test_what_costs_nothing_more_is_reckoned_as_ever() -> None:
    none_kept = TRAINING | {"ResourceConfig": MACHINE | {"KeepAlivePeriodInSeconds": 0}}
    for request in (
        none_kept,
        TRAINING | {"DebugRuleConfigurations": [{"RuleConfigurationName": "builtin"}]},
    ):
        assert reckoned("CreateTrainingJob", request).usd == 1


def test_a_model_package_is_free_unless_it_is_tried_out() -> None:
    package = {"ModelPackageName": "p"}
    tried = package | {"ValidationSpecification": {"ValidationRole": "r", "ValidationProfiles": []}}
    assert is_free("CreateModelPackage", package)
    assert not is_free("CreateModelPackage", tried)
    with pytest.raises(CostUnknown, match="ValidationSpecification starts transform jobs"):
        reckoned("CreateModelPackage", tried)


def test_machines_may_be_given_back_and_not_kept() -> None:
    def update(seconds: int, **more: Any) -> dict[str, Any]:
        kept = {"KeepAlivePeriodInSeconds": seconds}
        return {"TrainingJobName": "t", "ResourceConfig": kept, **more}

    assert is_free("UpdateTrainingJob", update(0))
    for request in (update(60), update(0, ProfilerRuleConfigurations=RULE), {"TrainingJobName": "t"}):
        assert not is_free("UpdateTrainingJob", request)
        with pytest.raises(CostUnknown, match="Only what gives machines back passes"):
            reckoned("UpdateTrainingJob", request)


def test_an_update_that_retains_the_number_of_machines_is_refused() -> None:
    request = {"EndpointName": "e", "EndpointConfigName": "c"}
    config = {"ProductionVariants": [VARIANT]}
    assert reckoned("UpdateEndpoint", request, DescribeEndpointConfig=config).usd == 8
    with pytest.raises(CostUnknown, match=r"RetainAllVariantProperties .* leave it out"):
        reckoned("UpdateEndpoint", request | {"RetainAllVariantProperties": True})


@pytest.mark.parametrize(
    ("scaling", "machines"), [({}, 2), ({"ManagedInstanceScaling": {"MaxInstanceCount": 5}}, 5)]
)
def test_an_endpoint_that_grows_by_itself_is_reckoned_with_its_largest_size(scaling, machines) -> None:
    there = {
        "EndpointConfigName": "c",
        "ProductionVariants": [{"VariantName": "A", "DesiredInstanceCount": 1}],
    }
    cost = reckoned(
        "UpdateEndpointWeightsAndCapacities",
        {
            "EndpointName": "e",
            "DesiredWeightsAndCapacities": [{"VariantName": "A", "DesiredInstanceCount": 2}],
        },
        DescribeEndpoint=there,
        DescribeEndpointConfig={"ProductionVariants": [VARIANT | scaling]},
    )
    assert cost.per_hour == machines


def test_large_disks_of_an_endpoint_are_refused() -> None:
    config = {"ProductionVariants": [VARIANT | {"VolumeSizeInGB": 512}]}
    with pytest.raises(CostUnknown, match="endpoint asks for 512 GB of disk"):
        reckoned(
            "CreateEndpoint", {"EndpointName": "e", "EndpointConfigName": "c"}, DescribeEndpointConfig=config
        )
