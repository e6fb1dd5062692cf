"""A limit in dollars: whatever is billed by the second is reckoned first, and refused when it would pass it.

A job counts with the longest time that it may take until it has ended; then it counts with what was billed.
An endpoint counts with the hours that were reckoned for it, or with those that it has lived if they are more;
so does a transform job, which has no limit either. While an endpoint is updated, the dearer of its two fleets
counts: only when the new one is in service does the old one end.
The guard refuses to start things. It stops nothing, it sees this Python process only, and it begins anew with
each ``connect``: an alarm in AWS Budgets belongs beside it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pandas as pd
from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

from course_utils.aws import estimate, prices
from course_utils.aws.estimate import CostUnknown, Estimate, Hours
from course_utils.aws.polling import ENDED


class BudgetRefused(RuntimeError):
    """A call that would cost too much, or nobody knows how much, and was therefore not sent."""


@dataclass(eq=False)
class Started:
    """One thing that was started, and what it costs.

    Attributes
    ----------
    estimate : Estimate
    client
        Asks what became of it.
    request : mapping
        What started it.
    billed_hours : float or None
        When it has ended: how long it was billed.
    answered : bool
        Whether the service has said that it started it. Before that it may not be there when asked for.
    replacement : Started or None
        The update that ends it, once that is in service.
    """

    estimate: Estimate
    client: Any
    request: Mapping[str, Any]
    billed_hours: float | None = None
    answered: bool = False
    replacement: Started | None = None
    _awake: float = field(default_factory=time.monotonic)
    _clock: float = field(default_factory=time.time)

    @property
    def usd(self) -> float:
        """What to reckon with: the bill of what has ended, else the estimate, or more if it lives longer."""
        if self.billed_hours is not None:
            return self.estimate.per_hour * self.billed_hours
        if self.replacement is not None:
            return max(self._usd_alone - self.replacement.usd, self.usd_so_far)
        return self._usd_alone

    @property
    def usd_so_far(self) -> float:
        """What its life has cost, if it ended now."""
        return self.estimate.per_hour * self.lived

    @property
    def lived(self) -> float:
        """Hours since the start: one clock stops while the computer sleeps, the other may be set back."""
        return max(time.monotonic() - self._awake, time.time() - self._clock) / 3600

    @property
    def _usd_alone(self) -> float:
        return max(self.estimate.usd, self.usd_so_far)


class Budget:
    """How much may be spent, and what was started so far.

    Parameters
    ----------
    limit : float
        USD.
    hours : Hours
        How long to reckon for things that have no limit of their own.
    own_prices : mapping
        ``{"ml.c5.xlarge": 0.12}``: USD an hour for instances that the price table does not know, or of today.
    show : callable
        Gets a line for each thing that is started.
    """

    def __init__(
        self,
        limit: float,
        hours: Hours | None = None,
        own_prices: Mapping[str, float] | None = None,
        show: Callable[[str], object] = print,
    ) -> None:
        if not limit >= 0:
            raise ValueError(f"budget is {limit!r}; it must be a number of dollars, 0 or more")
        for instance, price in (own_prices or {}).items():
            estimate.require_positive(f"own_prices[{instance!r}]", price, "dollars an hour")
        self.limit = limit
        self._hours, self._own, self._show = hours or Hours(), dict(own_prices or {}), show
        self._started: list[Started] = []
        self._lock = threading.RLock()

    @property
    def left(self) -> float:
        """USD that may still be started; negative when an endpoint has lived longer than was reckoned."""
        with self._lock:
            self._settle()
            return self._left()

    def table(self) -> pd.DataFrame:
        """What was started: ``kind, name, reckoned, so_far, ended``, in USD."""
        with self._lock:
            self._settle()
            rows = [
                {
                    "kind": each.estimate.kind,
                    "name": each.estimate.name,
                    "reckoned": each.estimate.usd,
                    "so_far": each.usd,
                    "ended": each.billed_hours is not None,
                }
                for each in self._started
            ]
        return pd.DataFrame(rows, columns=["kind", "name", "reckoned", "so_far", "ended"])

    def __repr__(self) -> str:
        return f"{dollars(self.limit)} in all, {dollars(self.left)} left"

    def estimate(self, client: Any, operation: str, parameters: Mapping[str, Any]) -> Estimate:
        """What a call of a SageMaker client would cost at most; nothing is sent but questions.

        Raises
        ------
        BudgetRefused
            When that cannot be told.
        """
        reckon = estimate.ESTIMATORS.get(operation)
        if reckon is None:
            raise BudgetRefused(
                f"{operation} was not sent: the budget does not know what it costs. If you want it, use the "
                "console of AWS, or a Python process without aws.connect."
            )
        region = client.meta.region_name

        def rate(instance: str, use: str) -> float:
            return self._own.get(instance) or prices.of(instance, use, region).usd_per_hour

        def ask(question: str, request: Mapping[str, Any]) -> Mapping[str, Any]:
            return client._make_api_call(question, request)

        try:
            return reckon(parameters, rate, self._hours, ask)
        except prices.PriceUnknown as error:
            remedy = 'Look its price up and connect again with own_prices={"ml.…": dollars an hour}.'
            raise BudgetRefused(f"{operation} was not sent: {error} {remedy}") from None
        except CostUnknown as error:
            raise BudgetRefused(f"{operation} was not sent: {error}") from None

    @contextmanager
    def passing(self, client: Any, operation: str, parameters: Mapping[str, Any]) -> Iterator[None]:
        """Let a call through, or raise :class:`BudgetRefused` before it is sent."""
        if estimate.is_free(operation, parameters):
            yield
            return
        cost = self.estimate(client, operation, parameters)
        started = Started(cost, client, parameters)
        # An update takes the old machines away when the new ones are there.
        before = self._reserve(started, replacing=operation.startswith("Update"))
        try:
            yield
        except (ClientError, ParamValidationError) as error:
            if _surely_not_started(error):
                self._take_back(started, before)
            raise
        started.answered = True

    def _reserve(self, started: Started, replacing: bool) -> list[tuple[Started, Started | None]]:
        """Count it in; returns what it replaces, each with the update that was to replace it before."""
        cost = started.estimate
        with self._lock:
            self._settle()
            running = [each for each in self._started if each.billed_hours is None]
            replaced = [each for each in running if replacing and _same(each.estimate, cost)]
            left = self._left() + sum(each.usd - each.usd_so_far for each in replaced)
            if not cost.usd <= left:  # what is not a number is refused, too
                raise BudgetRefused(_refusal(cost, self.limit, left))
            before = [(each, each.replacement) for each in replaced]
            for each in replaced:
                each.replacement = started
            self._started.append(started)
            left = self._left()
        self._show(f"{cost.kind} {cost.name}: {_said(cost)}; {dollars(left)} of {dollars(self.limit)} left")
        return before

    def _take_back(self, started: Started, before: list[tuple[Started, Started | None]]) -> None:
        with self._lock:
            self._started.remove(started)
            for each, replacement in before:
                each.replacement = replacement

    def _left(self) -> float:
        return self.limit - sum(each.usd for each in self._started)

    def _settle(self) -> None:
        """Put the bill in the place of the estimate, for what has ended."""
        for each in self._started:
            if each.answered and each.billed_hours is None:
                # Who may not ask, or gets no answer, reckons with the estimate as before.
                with suppress(ClientError, BotoCoreError):
                    each.billed_hours = _BILLED[each.estimate.kind](each)


def dollars(amount: float) -> str:
    """With as many digits as it takes to tell it from nothing: ``$3.58``, ``$0.0096``."""
    if amount < 0:
        return f"-{dollars(-amount)}"
    return f"${amount:.2f}" if amount == 0 or amount >= 0.1 else f"${amount:.2g}"


def _surely_not_started(error: ClientError | ParamValidationError) -> bool:
    """Whether the only request was turned down, or none was sent.

    Of a server's fault nobody knows what it has done. And where botocore has asked again, the answer to an
    earlier request may be lost: the "no" may mean that the job is there already.
    """
    if isinstance(error, ParamValidationError):
        return True
    answer = error.response.get("ResponseMetadata", {})
    return answer.get("RetryAttempts") == 0 and answer.get("HTTPStatusCode", 500) < 500


def _same(one: Estimate, other: Estimate) -> bool:
    return (one.kind, one.name) == (other.kind, other.name)


def _said(cost: Estimate) -> str:
    """The price of what is started, in words."""
    if not cost.ends_with:
        return f"at most {dollars(cost.usd)} ({cost.how})"
    return (
        f"reckoned with {dollars(cost.usd)} ({cost.how}); it costs that again for every further "
        f"{estimate.duration(cost.hours)} until it {cost.ends_with}"
    )


def _refusal(cost: Estimate, limit: float, left: float) -> str:
    return (
        f"{cost.kind} {cost.name} was not started: it may cost {dollars(cost.usd)} ({cost.how}), and of your "
        f"{dollars(limit)} there are {dollars(max(left, 0))} left.\n"
        "Give it less time or fewer machines, end what runs (clean_up), or connect with a larger budget."
    )


# --- what was billed, in hours, once it has ended -----------------------------------------------------------


def _asked(started: Started, operation: str, member: str) -> Mapping[str, Any] | None:
    """What describes a thing; None when there is none (any more)."""
    try:
        return started.client._make_api_call(operation, {member: started.estimate.name})
    except ClientError as error:
        if error.response["Error"]["Code"] in ("ValidationException", "ResourceNotFound"):
            return None
        raise


def _hours(start: datetime | None, end: datetime | None) -> float:
    return (end - start).total_seconds() / 3600 if start and end else 0.0


def _of_training(started: Started) -> float | None:
    job = _asked(started, "DescribeTrainingJob", "TrainingJobName")
    if job is None or job["TrainingJobStatus"] not in ENDED:
        return None
    return job.get("BillableTimeInSeconds", 0) / 3600


def _of_transform(started: Started) -> float | None:
    job = _asked(started, "DescribeTransformJob", "TransformJobName")
    if job is None or job["TransformJobStatus"] not in ENDED:
        return None
    return _hours(job.get("TransformStartTime"), job.get("TransformEndTime"))


def _of_processing(started: Started) -> float | None:
    job = _asked(started, "DescribeProcessingJob", "ProcessingJobName")
    if job is None or job["ProcessingJobStatus"] not in ENDED:
        return None
    return _hours(job.get("ProcessingStartTime"), job.get("ProcessingEndTime"))


def _of_tuning(started: Started) -> float | None:
    name = "HyperParameterTuningJobName"
    job = _asked(started, "DescribeHyperParameterTuningJob", name)
    if job is None or job["HyperParameterTuningJobStatus"] not in ENDED:
        return None
    jobs = started.client.get_paginator("list_training_jobs_for_hyper_parameter_tuning_job")
    return sum(
        _hours(each.get("TrainingStartTime"), each.get("TrainingEndTime"))
        for page in jobs.paginate(**{name: started.estimate.name})
        for each in page["TrainingJobSummaries"]
    )


def _of_endpoint(started: Started) -> float | None:
    there = _asked(started, "DescribeEndpoint", "EndpointName")
    if there is None:
        return started.lived
    update, status = started.replacement, there["EndpointStatus"]
    if update is None or status in _UNDECIDED:
        return None
    if status == "InService" and _shows(there, update.request):
        return started.lived
    if update.answered:  # it was rolled back or has failed: the old machines go on
        update.billed_hours, started.replacement = update.lived, None
    return None


_UNDECIDED = ("Creating", "Updating", "SystemUpdating", "RollingBack", "UpdateRollbackFailed", "Deleting")


def _shows(there: Mapping[str, Any], update: Mapping[str, Any]) -> bool:
    """Whether an endpoint is what an update wanted to make of it."""
    if "EndpointConfigName" in update:
        return there["EndpointConfigName"] == update["EndpointConfigName"]
    counts = {each["VariantName"]: each.get("CurrentInstanceCount") for each in there["ProductionVariants"]}
    return all(
        counts.get(each["VariantName"]) == each["DesiredInstanceCount"]
        for each in update["DesiredWeightsAndCapacities"]
        if "DesiredInstanceCount" in each
    )


_BILLED = {
    "training job": _of_training,
    "transform job": _of_transform,
    "processing job": _of_processing,
    "tuning job": _of_tuning,
    "endpoint": _of_endpoint,
}
