"""The limit holds whatever numbers it is given, and whatever becomes of an answer of the service."""

from __future__ import annotations

import time
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ParamValidationError

from course_utils.aws import connect
from course_utils.aws.budget import Budget, BudgetRefused
from course_utils.aws.estimate import Hours

NAN, INFINITE = float("nan"), float("inf")
HOUR = {
    "TrainingJobName": "job",
    "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
    "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
}


class Service:
    """A client that answers questions as it was told; an answer that is an error is raised."""

    meta = boto3.session.Session("x", "x", region_name="us-east-1").client("sagemaker").meta

    def __init__(self, **answers: Any) -> None:
        self.answers = answers

    def _make_api_call(self, question: str, _: dict[str, str]) -> dict[str, Any]:
        answer = self.answers[question]
        if isinstance(answer, Exception):
            raise answer
        return answer


def refusal(code: str = "ValidationException", status: int = 400, retries: int = 0) -> ClientError:
    told = {"HTTPStatusCode": status, "RetryAttempts": retries}
    return ClientError({"Error": {"Code": code, "Message": "no"}, "ResponseMetadata": told}, "Whatever")


def start(budget: Budget, operation: str, request: dict, service: Service, error: Exception | None = None):
    """Send a call past the budget; the service answers, or ``error`` comes back."""
    with budget.passing(service, operation, request):
        if error is not None:
            raise error


def quiet(limit: float, **more: Any) -> Budget:
    return Budget(limit, show=lambda _: None, **more)


@pytest.mark.parametrize("wrong", [NAN, INFINITE, -100, 0, "8"])
def test_numbers_that_would_open_the_guard_are_refused_by_name(wrong: float) -> None:
    with pytest.raises(ValueError, match=r"endpoint_hours is .* it must be a number of hours, more than 0"):
        Hours(endpoint=wrong)
    with pytest.raises(ValueError, match="transform_hours is "):
        Hours(transform=wrong)
    with pytest.raises(ValueError, match=r"own_prices\['ml.m5.large'\] is .* dollars an hour, more than 0"):
        Budget(1, own_prices={"ml.m5.large": wrong})


def test_connect_refuses_them_before_anything_else() -> None:
    with pytest.raises(ValueError, match="endpoint_hours is -100"):
        connect("aws", account="123456789012", endpoint_hours=-100)
    with pytest.raises(ValueError, match="own_prices"):
        connect("aws", account="123456789012", budget=1, own_prices={"ml.m5.large": NAN})


def test_a_cost_that_is_not_a_number_is_refused() -> None:
    endless = {**HOUR, "StoppingCondition": {"MaxRuntimeInSeconds": NAN}}
    with pytest.raises(BudgetRefused, match="it may cost \\$nan"):
        start(quiet(1), "CreateTrainingJob", endless, Service())


def test_a_request_that_was_never_sent_holds_no_money_and_adds_none() -> None:
    budget = quiet(1)
    fewer = {**HOUR, "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": -1000}}
    error = ParamValidationError(report="InstanceCount is below 0")
    with pytest.raises(ParamValidationError):
        start(budget, "CreateTrainingJob", fewer, Service(), error)
    assert budget.left == 1


@pytest.mark.parametrize(
    ("error", "left"),
    [
        (refusal("ResourceLimitExceeded"), 1),
        (refusal("ResourceInUse", retries=1), 0.885),  # the first request may have started it
        (refusal("InternalFailure", status=500), 0.885),
    ],
)
def test_the_money_comes_back_when_the_service_has_surely_started_nothing(error, left) -> None:
    budget = quiet(1)
    with pytest.raises(ClientError):
        start(budget, "CreateTrainingJob", HOUR, Service(), error)
    assert round(budget.left, 3) == left


# --- what has become of it ----------------------------------------------------------------------------------


def fleet(machines: int) -> dict[str, Any]:
    variant = {"VariantName": "A", "InstanceType": "ml.t2.medium", "InitialInstanceCount": machines}
    return {"ProductionVariants": [variant]}


def endpoint(config: str, status: str = "InService", machines: int = 1) -> dict[str, Any]:
    variant = {"VariantName": "A", "CurrentInstanceCount": machines, "DesiredInstanceCount": machines}
    return {"EndpointConfigName": config, "EndpointStatus": status, "ProductionVariants": [variant]}


def held(old: int, new: int) -> tuple[Budget, Service]:
    """A budget of $10 at $1 an hour for 1 h, with an endpoint of ``old`` machines that is made ``new``."""
    budget = quiet(10, hours=Hours(endpoint=1), own_prices={"ml.t2.medium": 1})
    service = Service(DescribeEndpointConfig=fleet(old), DescribeEndpoint=endpoint("old"))
    start(budget, "CreateEndpoint", {"EndpointName": "e", "EndpointConfigName": "old"}, service)
    service.answers["DescribeEndpointConfig"] = fleet(new)
    start(budget, "UpdateEndpoint", {"EndpointName": "e", "EndpointConfigName": "new"}, service)
    return budget, service


@pytest.mark.parametrize(
    ("old", "new", "status", "config", "left"),
    [
        (4, 1, "Updating", "old", 6),
        (1, 4, "Updating", "old", 6),
        (4, 1, "RollingBack", "old", 6),
        (4, 1, "InService", "new", 9),
        (4, 1, "InService", "old", 6),
        (1, 4, "InService", "new", 6),
        (1, 4, "InService", "old", 9),
        (4, 1, "Failed", "new", 6),
        (1, 4, "UpdateRollbackFailed", "old", 6),
    ],
)
def test_an_update_ends_the_old_fleet_only_once_the_new_one_is_in_service(old, new, status, config, left):
    budget, service = held(old, new)
    service.answers["DescribeEndpoint"] = endpoint(config, status)
    assert round(budget.left, 1) == left
    service.answers["DescribeEndpoint"] = refusal("ValidationException")  # it is deleted
    assert round(budget.left, 1) == 10


@pytest.mark.parametrize(
    ("machines", "status", "left"), [(4, "Updating", 6), (1, "InService", 9), (4, "InService", 6)]
)
def test_fewer_machines_count_only_once_the_others_are_gone(machines, status, left) -> None:
    budget = quiet(10, hours=Hours(endpoint=1), own_prices={"ml.t2.medium": 1})
    service = Service(DescribeEndpointConfig=fleet(4), DescribeEndpoint=endpoint("c", machines=4))
    start(budget, "CreateEndpoint", {"EndpointName": "e", "EndpointConfigName": "c"}, service)
    wanted = [{"VariantName": "A", "DesiredInstanceCount": 1}]
    request = {"EndpointName": "e", "DesiredWeightsAndCapacities": wanted}
    start(budget, "UpdateEndpointWeightsAndCapacities", request, service)
    service.answers["DescribeEndpoint"] = endpoint("c", status, machines)
    assert round(budget.left, 1) == left


def test_an_update_that_is_refused_leaves_the_old_fleet_as_it_was() -> None:
    budget, service = held(1, 4)
    service.answers["DescribeEndpoint"] = endpoint("old", "Updating")
    with pytest.raises(ClientError):
        start(
            budget,
            "UpdateEndpoint",
            {"EndpointName": "e", "EndpointConfigName": "third"},
            service,
            refusal(),
        )
    assert round(budget.left, 1) == 6
    service.answers["DescribeEndpoint"] = endpoint("new")
    assert budget.table()["ended"].tolist() == [True, False]


@pytest.mark.parametrize(
    "error", [refusal("AccessDeniedException"), EndpointConnectionError(endpoint_url="https://x")]
)
def test_who_may_not_ask_reckons_with_the_estimate(error) -> None:
    budget, service = quiet(1), Service(DescribeTrainingJob=error)
    start(budget, "CreateTrainingJob", HOUR, service)
    assert round(budget.left, 3) == 0.885
    start(budget, "CreateTrainingJob", HOUR | {"TrainingJobName": "other"}, service)
    assert round(budget.left, 3) == 0.77


@pytest.mark.parametrize("clock", ["monotonic", "time"])
def test_an_endpoint_ages_by_whichever_clock_goes_on(clock, monkeypatch) -> None:
    """While the computer sleeps one clock stops; the other may be set back."""
    budget = quiet(10, hours=Hours(endpoint=1), own_prices={"ml.t2.medium": 1})
    service = Service(DescribeEndpointConfig=fleet(1), DescribeEndpoint=endpoint("c"))
    start(budget, "CreateEndpoint", {"EndpointName": "e", "EndpointConfigName": "c"}, service)
    now = getattr(time, clock)
    monkeypatch.setattr(time, clock, lambda: now() + 5 * 3600)
    assert round(budget.left, 1) == 5


def test_what_nothing_ends_is_said_to_cost_more_if_it_stays() -> None:
    shown: list[str] = []
    budget = Budget(1, show=shown.append)
    service = Service(DescribeEndpointConfig=fleet(1), DescribeEndpoint=endpoint("c"))
    start(budget, "CreateEndpoint", {"EndpointName": "e", "EndpointConfigName": "c"}, service)
    machines = {"InstanceType": "ml.m5.large", "InstanceCount": 1}
    batch = {"TransformJobName": "b", "TransformResources": machines}
    start(
        budget,
        "CreateTransformJob",
        batch,
        Service(DescribeTransformJob={"TransformJobStatus": "InProgress"}),
    )
    assert shown == [
        "endpoint e: reckoned with $0.45 (8 h × 1 × ml.t2.medium at $0.056 an hour); it costs that again for "
        "every further 8 h until it is deleted; $0.55 of $1.00 left",
        "transform job b: reckoned with $0.12 (60 min × 1 × ml.m5.large at $0.115 an hour); it costs that "
        "again for every further 60 min until it has ended; $0.44 of $1.00 left",
    ]
    assert list(budget.table().columns) == ["kind", "name", "reckoned", "so_far", "ended"]
