"""What a SageMaker call may cost at most: from its request alone, before it is sent.

Only instances are counted. Storage and transfer come on top; with the data of this course they are cents.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from math import isfinite
from numbers import Real
from typing import Any

Request = Mapping[str, Any]
Rate = Callable[[str, str], float]
"""``rate(instance_type, use)``: USD an hour."""

DAY = 86_400  # SageMaker's own limit for a job that names none


class CostUnknown(ValueError):
    """A request whose cost cannot be told beforehand; the text says what to change."""


@dataclass(frozen=True)
class Hours:
    """How long things run whose request has no limit.

    Attributes
    ----------
    endpoint, transform : float
        Hours to reckon with for an endpoint and for a batch transform job.
    """

    endpoint: float = 8.0
    transform: float = 1.0

    def __post_init__(self) -> None:
        require_positive("endpoint_hours", self.endpoint, "hours")
        require_positive("transform_hours", self.transform, "hours")


def require_positive(name: str, value: float, unit: str) -> None:
    """Raise ValueError unless ``value`` is a finite number above 0."""
    if not (isinstance(value, Real) and isfinite(value) and value > 0):
        raise ValueError(f"{name} is {value!r}; it must be a number of {unit}, more than 0")


@dataclass(frozen=True)
class Estimate:
    """The most that a call costs, and how that was reckoned.

    Attributes
    ----------
    kind, name : str
        Such as ``"training job"`` and its name.
    per_hour : float
        USD an hour, of all instances together.
    hours : float
        How long they run at most, or how long is reckoned with.
    how : str
        The sum in words.
    """

    kind: str
    name: str
    per_hour: float
    hours: float
    how: str

    @property
    def usd(self) -> float:
        return self.per_hour * self.hours


def training_job(request: Request, rate: Rate, _: Hours, __: Callable) -> Estimate:
    resources = request.get("ResourceConfig") or {}
    machines = _machines(resources, "training job")
    seconds = _longest(request) + resources.get("KeepAlivePeriodInSeconds", 0)
    seconds *= 1 + (request.get("RetryStrategy") or {}).get("MaximumRetryAttempts", 0)
    return _reckoned("training job", request["TrainingJobName"], machines, "training", seconds / 3600, rate)


def tuning_job(request: Request, rate: Rate, _: Hours, __: Callable) -> Estimate:
    name = request["HyperParameterTuningJobName"]
    config = request.get("HyperParameterTuningJobConfig") or {}
    jobs = (config.get("ResourceLimits") or {}).get("MaxNumberOfTrainingJobs")
    if jobs is None:
        raise CostUnknown("ResourceLimits names no MaxNumberOfTrainingJobs: say how many jobs it may start.")
    definitions = request.get("TrainingJobDefinitions") or [request.get("TrainingJobDefinition") or {}]
    each = max((_try(definition, name, rate) for definition in definitions), key=lambda one: one.usd)
    return Estimate("tuning job", name, each.per_hour, each.hours * jobs, f"{jobs} jobs × {each.how}")


def _try(definition: Request, name: str, rate: Rate) -> Estimate:
    """The dearest of the jobs that one definition may start."""
    hours = _longest(definition) / 3600
    hours *= 1 + (definition.get("RetryStrategy") or {}).get("MaximumRetryAttempts", 0)
    flexible = definition.get("HyperParameterTuningResourceConfig") or {}
    choices = flexible.get("InstanceConfigs") or [flexible or definition.get("ResourceConfig") or {}]
    tries = [
        _reckoned("", name, _machines(choice, "tuning job"), "training", hours, rate) for choice in choices
    ]
    return max(tries, key=lambda one: one.usd)


def transform_job(request: Request, rate: Rate, hours: Hours, _: Callable) -> Estimate:
    machines = _machines(request.get("TransformResources") or {}, "transform job")
    name = request["TransformJobName"]
    return _reckoned("transform job", name, machines, "transform", hours.transform, rate)


def processing_job(request: Request, rate: Rate, _: Hours, __: Callable) -> Estimate:
    resources = (request.get("ProcessingResources") or {}).get("ClusterConfig") or {}
    machines = _machines(resources, "processing job")
    name = request["ProcessingJobName"]
    return _reckoned("processing job", name, machines, "processing", _longest(request) / 3600, rate)


def endpoint(request: Request, rate: Rate, hours: Hours, ask: Callable) -> Estimate:
    """``ask(operation, request)`` reads the configuration that the request names."""
    config = ask("DescribeEndpointConfig", {"EndpointConfigName": request["EndpointConfigName"]})
    machines = [_variant(each) for each in _variants(config)]
    return _reckoned("endpoint", request["EndpointName"], machines, "hosting", hours.endpoint, rate)


def resized_endpoint(request: Request, rate: Rate, hours: Hours, ask: Callable) -> Estimate:
    name = request["EndpointName"]
    there = ask("DescribeEndpoint", {"EndpointName": name})
    config = ask("DescribeEndpointConfig", {"EndpointConfigName": there["EndpointConfigName"]})
    wanted = {
        each["VariantName"]: each.get("DesiredInstanceCount")
        for each in request["DesiredWeightsAndCapacities"]
    }
    counts = {each["VariantName"]: each.get("DesiredInstanceCount") for each in there["ProductionVariants"]}
    machines = []
    for variant in _variants(config):
        kind, count = _variant(variant)
        at = variant["VariantName"]
        machines.append((kind, wanted.get(at) or counts.get(at) or count))
    return _reckoned("endpoint", name, machines, "hosting", hours.endpoint, rate)


ESTIMATORS: dict[str, Callable[[Request, Rate, Hours, Callable], Estimate]] = {
    "CreateTrainingJob": training_job,
    "CreateHyperParameterTuningJob": tuning_job,
    "CreateTransformJob": transform_job,
    "CreateProcessingJob": processing_job,
    "CreateEndpoint": endpoint,
    "UpdateEndpoint": endpoint,
    "UpdateEndpointWeightsAndCapacities": resized_endpoint,
}
"""The calls that cost money by the second, and how each is reckoned."""

_FREE_VERBS = (
    "Describe", "List", "Get", "Search", "Query", "Render", "BatchDescribe",
    "Delete", "BatchDelete", "Stop", "Disassociate", "Deregister", "Detach", "Disable",
)  # fmt: skip
_FREE = {
    "AddAssociation", "AddTags", "AssociateTrialComponent", "CreateAction", "CreateArtifact", "CreateContext",
    "CreateEndpointConfig", "CreateExperiment", "CreateModel", "CreateModelCard", "CreateModelPackage",
    "CreateModelPackageGroup", "CreateTrial", "CreateTrialComponent", "UpdateAction", "UpdateArtifact",
    "UpdateContext", "UpdateExperiment", "UpdateModelCard", "UpdateModelPackage", "UpdateTrial",
    "UpdateTrialComponent",
}  # fmt: skip


def is_free(operation: str) -> bool:
    """Whether a call starts nothing that is billed while it exists."""
    return operation in _FREE or operation.startswith(_FREE_VERBS)


# --- parts of requests --------------------------------------------------------------------------------------


def _longest(request: Request) -> int:
    """Seconds that a job may run."""
    return (request.get("StoppingCondition") or {}).get("MaxRuntimeInSeconds", DAY)


def _machines(resources: Request, what: str) -> list[tuple[str, int]]:
    groups = resources.get("InstanceGroups") or [resources]
    if any("InstanceType" not in group for group in groups):
        raise CostUnknown(f"The {what} names no InstanceType: say on which machines it runs.")
    return [(group["InstanceType"], group.get("InstanceCount", 1)) for group in groups]


def _variants(config: Request) -> list[Request]:
    return [*config.get("ProductionVariants", []), *config.get("ShadowProductionVariants", [])]


def _variant(variant: Request) -> tuple[str, int]:
    scaling = variant.get("ManagedInstanceScaling") or {}
    count = max(variant.get("InitialInstanceCount", 1), scaling.get("MaxInstanceCount", 0))
    if "InstanceType" not in variant:
        raise CostUnknown(
            f"Variant {variant['VariantName']} has no InstanceType (serverless, or a pool): "
            "what it costs depends on its use."
        )
    return variant["InstanceType"], count


def _reckoned(
    kind: str, name: str, machines: Iterable[tuple[str, int]], use: str, hours: float, rate: Rate
) -> Estimate:
    machines = list(machines)
    rates = [(count, instance, rate(instance, use)) for instance, count in machines]
    parts = " + ".join(f"{count} × {instance} at ${price:g} an hour" for count, instance, price in rates)
    per_hour = sum(count * price for count, _, price in rates)
    return Estimate(kind, name, per_hour, hours, f"{_duration(hours)} × {parts}")


def _duration(hours: float) -> str:
    return f"{round(hours * 60, 1):g} min" if hours < 2 else f"{round(hours, 1):g} h"
