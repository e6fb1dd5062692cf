"""The limit holds whatever numbers it is given, and whatever becomes of an answer of the service."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, ParamValidationError

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
