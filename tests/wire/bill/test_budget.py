"""The budget lets through what fits, and refuses the rest before it is sent, whoever sends it."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.wire

EVERYBODY = """
from sagemaker.core import shapes
from sagemaker.core.resources import TrainingJob
from sagemaker.core.training.configs import Compute, InputData, OutputDataConfig
from sagemaker.train import ModelTrainer

def v3():
    source = shapes.S3DataSource(s3_data_type="S3Prefix", s3_uri=here.s3_folder + "/x")
    TrainingJob.create(
        training_job_name="v3", role_arn=here.role_arn,
        algorithm_specification=shapes.AlgorithmSpecification(
            training_image=IMAGE, training_input_mode="File"),
        input_data_config=[shapes.Channel(
            channel_name="train", data_source=shapes.DataSource(s3_data_source=source))],
        output_data_config=shapes.OutputDataConfig(s3_output_path=here.s3_folder + "/out"),
        resource_config=shapes.ResourceConfig(
            instance_type="ml.m5.large", instance_count=1, volume_size_in_gb=1),
        stopping_condition=shapes.StoppingCondition(max_runtime_in_seconds=3600))

def trainer():
    ModelTrainer(
        training_image=IMAGE, role=here.role_arn, hyperparameters={},
        compute=Compute(instance_type="ml.m5.large", instance_count=1, volume_size_in_gb=1),
        stopping_condition=shapes.StoppingCondition(max_runtime_in_seconds=3600),
        output_data_config=OutputDataConfig(s3_output_path=here.s3_folder + "/out"),
    ).train([InputData(channel_name="train", data_source=here.s3_folder + "/x")], wait=False, logs=False)

own = boto3.session.Session(region_name="us-east-1").client("sagemaker")
attempt(sagemaker.create_training_job, **request("connection"))
attempt(older.create_training_job, **request("older"))
attempt(own.create_training_job, **request("own"))
attempt(v3)
attempt(trainer)
"""


def test_every_sdk_and_every_client_is_refused_without_a_request(learner, played_aws):
    lines = learner(EVERYBODY, budget=0.11)  # an hour of ml.m5.large costs 0.115
    assert len(lines) == 5
    for line in lines:
        assert line.startswith("BudgetRefused: training job ")
        assert "it may cost $0.12 (60 min × 1 × ml.m5.large at $0.115 an hour), and of your $0.11" in line
    assert played_aws.starts() == []


def test_the_same_calls_pass_a_larger_budget_and_bear_the_tag(learner, played_aws, client):
    lines = learner(
        EVERYBODY
        + """
pages = sagemaker.get_paginator("list_training_jobs").paginate()
tags = [sagemaker.list_tags(ResourceArn=each["TrainingJobArn"])["Tags"]
        for page in pages for each in page["TrainingJobSummaries"]]
print(sum({"Key": "fm-course", "Value": here.run} in each for each in tags), "of this run")
here.clean_up()
""",
        budget=5,
    )
    assert [line for line in lines if not line.startswith("training job ")][:5] == ["done"] * 5
    assert lines[-1] == "5 of this run"
    assert played_aws.starts() == ["sagemaker CreateTrainingJob"] * 5


def test_each_kind_of_start_is_reckoned_and_refused_without_a_request(learner, played_aws):
    lines = learner(
        """
attempt(sagemaker.create_training_job, **request(seconds=600, instances=4))
attempt(sagemaker.create_training_job, **request(seconds=86400, EnableWhatever="no"))
kept = request(seconds=600)
kept["ResourceConfig"]["KeepAlivePeriodInSeconds"] = 3600
attempt(sagemaker.create_training_job, **kept)
attempt(sagemaker.create_hyper_parameter_tuning_job, **tuning("tune", 3, seconds=1800))
endless = tuning("endless", 3)
del endless["HyperParameterTuningJobConfig"]["ResourceLimits"]["MaxNumberOfTrainingJobs"]
attempt(sagemaker.create_hyper_parameter_tuning_job, **endless)
name = config(count=3)
attempt(sagemaker.create_transform_job, **transform("batch", name))
attempt(sagemaker.create_endpoint, EndpointName="served", EndpointConfigName=name)
attempt(sagemaker.create_processing_job, ProcessingJobName="shards", RoleArn=here.role_arn,
        AppSpecification={"ImageUri": IMAGE}, ProcessingResources={"ClusterConfig": {
            "InstanceType": "ml.m5.xlarge", "InstanceCount": 2, "VolumeSizeInGB": 5}})
attempt(sagemaker.create_training_job, **request(instance="ml.p5.48xlarge"))
attempt(sagemaker.create_notebook_instance, NotebookInstanceName="n", InstanceType="ml.t3.medium",
        RoleArn=here.role_arn)
scaled = dict(ServiceNamespace="sagemaker", ResourceId="endpoint/e/variant/A",
              ScalableDimension="sagemaker:variant:DesiredInstanceCount")
scaling = boto3.client("application-autoscaling", region_name="us-east-1")
attempt(scaling.register_scalable_target, MinCapacity=1, MaxCapacity=100, **scaled)
attempt(scaling.put_scheduled_action, Schedule="rate(1 day)", ScheduledActionName="a", **scaled)
here.clean_up()
""",
        budget=0.05,
        transform_hours=2,
        endpoint_hours=1,
    )
    expected = [
        "may cost $0.077 (10 min × 4 × ml.m5.large",
        "may cost $2.76 (24 h × 1 × ml.m5.large",
        "was not sent: KeepAlivePeriodInSeconds keeps the machines when the job has ended",
        "may cost $0.17 (3 jobs × 30 min × 1 × ml.m5.large",
        "was not sent: ResourceLimits names no MaxNumberOfTrainingJobs",
        "may cost $0.23 (2 h × 1 × ml.m5.large",
        "may cost $0.17 (60 min × 3 × ml.t2.medium at $0.056",
        "may cost $11.04 (24 h × 2 × ml.m5.xlarge at $0.23",
        "does not know what ml.p5.48xlarge costs for training in us-east-1",
        "CreateNotebookInstance was not sent: the budget does not know what it costs",
        "RegisterScalableTarget was not sent: Automatic scaling adds machines to an endpoint",
        "PutScheduledAction was not sent: Automatic scaling adds machines to an endpoint",
    ]
    assert len(lines) == len(expected)
    for line, words in zip(lines, expected, strict=True):
        assert line.startswith("BudgetRefused: ")
        assert words in line
    assert set(played_aws.starts()) == {"sagemaker CreateModel", "sagemaker CreateEndpointConfig"}
    assert not [call for call in played_aws.calls if "autoscaling" in call]


def test_what_has_ended_counts_with_its_bill_and_what_was_refused_by_the_service_not_at_all(learner):
    lines = learner(
        """
attempt(sagemaker.create_training_job, **request("settled", sleep="300"))
print(round(here.budget.left, 3))
attempt(sagemaker.create_training_job, **request("settled"))
print(round(here.budget.left, 3))
sagemaker.stop_training_job(TrainingJobName="settled")
ended = sagemaker.get_waiter("training_job_completed_or_stopped")
ended.wait(TrainingJobName="settled", WaiterConfig={"Delay": 1})
billed = sagemaker.describe_training_job(TrainingJobName="settled")["BillableTimeInSeconds"]
print(abs(here.budget.left - (0.2 - billed / 3600 * 0.115)) < 1e-9, here.budget.left > 0.19)
print(here.budget.table()[["kind", "name", "ended"]].values.tolist())
here.clean_up()
""",
        budget=0.2,
    )
    assert lines[0].startswith(
        "training job settled: at most $0.12 (60 min × 1 × ml.m5.large at $0.115 an hour)"
    )
    assert lines[0].endswith("; $0.085 of $0.20 left")
    assert lines[1:3] == ["done", "0.085"]
    assert lines[3].startswith("BudgetRefused")
    assert lines[4:] == [
        "0.085",
        "True True",
        "[['training job', 'settled', True]]",
    ]


def test_a_refusal_of_the_service_gives_the_money_back(learner):
    lines = learner(
        """
wrong = request() | {"RoleArn": "arn:aws:iam::123456789012:role/nobody"}
attempt(sagemaker.create_training_job, **wrong)
print(here.budget.left)
""",
        budget=1,
    )
    assert "ClientError" in lines[1] or "ValidationException" in lines[1]
    assert lines[2] == "1"


def test_an_endpoint_holds_its_hours_until_it_is_deleted_and_an_update_replaces_them(learner, played_aws):
    lines = learner(
        """
attempt(sagemaker.create_endpoint, EndpointName="held", EndpointConfigName=config())
sagemaker.get_waiter("endpoint_in_service").wait(EndpointName="held", WaiterConfig={"Delay": 1})
print(round(here.budget.left, 2))
attempt(sagemaker.update_endpoint, EndpointName="held", EndpointConfigName=config(count=3))
attempt(sagemaker.update_endpoint_weights_and_capacities, EndpointName="held",
        DesiredWeightsAndCapacities=[{"VariantName": "A", "DesiredInstanceCount": 4}])
attempt(sagemaker.update_endpoint, EndpointName="held", EndpointConfigName=config(count=2))
print(round(here.budget.left, 2))
here.clean_up()
print(here.budget.left > 0.95)
""",
        budget=1,
    )
    assert lines[0] == (
        "endpoint held: reckoned with $0.45 (8 h × 1 × ml.t2.medium at $0.056 an hour); it costs that again "
        "for every further 8 h until it is deleted; $0.55 of $1.00 left"
    )
    assert lines[1:3] == ["done", "0.55"]
    assert "BudgetRefused: endpoint held was not started: it may cost $1.34 (8 h × 3" in lines[3]
    assert "BudgetRefused: endpoint held was not started: it may cost $1.79 (8 h × 4" in lines[4]
    assert lines[5].endswith("$0.10 of $1.00 left")
    assert lines[6:] == ["done", "0.1", "True"]
    assert played_aws.starts().count("sagemaker UpdateEndpoint") == 1


def test_own_prices_stand_in_for_what_the_table_does_not_know(learner):
    lines = learner(
        """
attempt(sagemaker.create_training_job, **request(instance="ml.c5.xlarge", seconds=1800))
here.clean_up()
""",
        budget=1,
        own_prices={"ml.c5.xlarge": 0.5},
    )
    assert "at most $0.25 (30 min × 1 × ml.c5.xlarge at $0.5 an hour)" in lines[0]
    assert lines[1] == "done"
