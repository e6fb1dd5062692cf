"""What a SageMaker call may cost: from its request alone, before it is sent.

Only instances are counted. Storage and transfer come on top; with the data of this course they are cents, and
a request for large disks is refused.
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

MOST_GB = 100
"""Disk of a machine that may be called cents an hour."""

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
    """What a call costs at most, or in the hours that were named for it, and how that was reckoned.

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
    ends_with : str
        Of what no limit ends, what does: ``"is deleted"``. Empty when ``hours`` are the most that it can run.
    """

    kind: str
    name: str
    per_hour: float
    hours: float
    how: str
    ends_with: str = ""

    @property
    def usd(self) -> float:
        return self.per_hour * self.hours


def training_job(request: Request, rate: Rate, _: Hours, __: Callable) -> Estimate:
    for rules in ("DebugRuleConfigurations", "ProfilerRuleConfigurations"):
        if any("InstanceType" in rule for rule in request.get(rules) or ()):
            raise CostUnknown(f"{rules} with an InstanceType run on machines of their own: leave them out.")
    machines = _machines(request.get("ResourceConfig") or {}, "training job")
    name = request["TrainingJobName"]
    return _reckoned("training job", name, machines, "training", _longest(request) / 3600, rate)


def changed_job(_: Request, *__: object) -> Estimate:
    """What a change of a training job costs that does not merely give its machines back."""
    raise CostUnknown(
        "it may keep or add machines. Only what gives machines back passes: the job's name, "
        'ResourceConfig={"KeepAlivePeriodInSeconds": 0}, and nothing else.'
    )


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
    flexible = definition.get("HyperParameterTuningResourceConfig") or {}
    choices = flexible.get("InstanceConfigs") or [flexible or definition.get("ResourceConfig") or {}]
    tries = [
        _reckoned("", name, _machines(choice, "tuning job"), "training", hours, rate) for choice in choices
    ]
    return max(tries, key=lambda one: one.usd)


def transform_job(request: Request, rate: Rate, hours: Hours, _: Callable) -> Estimate:
    machines = _machines(request.get("TransformResources") or {}, "transform job")
    name = request["TransformJobName"]
    return _reckoned("transform job", name, machines, "transform", hours.transform, rate, "has ended")


def processing_job(request: Request, rate: Rate, _: Hours, __: Callable) -> Estimate:
    resources = (request.get("ProcessingResources") or {}).get("ClusterConfig") or {}
    machines = _machines(resources, "processing job")
    name = request["ProcessingJobName"]
    return _reckoned("processing job", name, machines, "processing", _longest(request) / 3600, rate)


def endpoint(request: Request, rate: Rate, hours: Hours, ask: Callable) -> Estimate:
    """``ask(operation, request)`` reads the configuration that the request names."""
    if request.get("RetainAllVariantProperties"):
        raise CostUnknown(
            "RetainAllVariantProperties takes the number of machines from the endpoint and not from the "
            "configuration: leave it out."
        )
    config = ask("DescribeEndpointConfig", {"EndpointConfigName": request["EndpointConfigName"]})
    machines = [_variant(each) for each in _variants(config)]
    return _reckoned(
        "endpoint", request["EndpointName"], machines, "hosting", hours.endpoint, rate, "is deleted"
    )


def model_package(_: Request, *__: object) -> Estimate:
    """What a model package costs that is to be tried out; without that it is free."""
    raise CostUnknown("ValidationSpecification starts transform jobs, which have no limit: leave it out.")


def scaled_endpoint(_: Request, *__: object) -> Estimate:
    """What automatic scaling costs."""
    raise CostUnknown(
        "Automatic scaling adds machines to an endpoint when the budget does not look. Give the endpoint as "
        "many machines as it needs (InitialInstanceCount)."
    )


def resized_endpoint(request: Request, rate: Rate, hours: Hours, ask: Callable) -> Estimate:
    name = request["EndpointName"]
    there = ask("DescribeEndpoint", {"EndpointName": name})
    config = ask("DescribeEndpointConfig", {"EndpointConfigName": there["EndpointConfigName"]})
    wanted = {
        each["VariantName"]: each.get("DesiredInstanceCount")
        for each in request["DesiredWeightsAndCapacities"]
    }
    counts = {each["VariantName"]: each.get("DesiredInstanceCount") for each in _variants(there)}
    machines = []
    for variant in _variants(config):
        kind, count = _variant(variant)
        at = variant["VariantName"]
        machines.append((kind, max(wanted.get(at) or counts.get(at) or count, _scaled_to(variant))))
    return _reckoned("endpoint", name, machines, "hosting", hours.endpoint, rate, "is deleted")


ESTIMATORS: dict[str, Callable[[Request, Rate, Hours, Callable], Estimate]] = {
    "CreateTrainingJob": training_job,
    "CreateHyperParameterTuningJob": tuning_job,
    "CreateTransformJob": transform_job,
    "CreateProcessingJob": processing_job,
    "CreateEndpoint": endpoint,
    "CreateModelPackage": model_package,
    "UpdateTrainingJob": changed_job,
    "UpdateEndpoint": endpoint,
    "UpdateEndpointWeightsAndCapacities": resized_endpoint,
    "RegisterScalableTarget": scaled_endpoint,
    "PutScalingPolicy": scaled_endpoint,
    "PutScheduledAction": scaled_endpoint,
}
"""The calls that cost money by the second, and how each is reckoned."""

_FREE_VERBS = (
    "Describe", "List", "Get", "Search", "Query", "Render", "BatchDescribe",
    "Delete", "BatchDelete", "Stop", "Disassociate", "Deregister", "Detach", "Disable",
)  # fmt: skip
_FREE = {
    "AddAssociation", "AddTags", "AssociateTrialComponent", "CreateAction", "CreateArtifact", "CreateContext",
    "CreateEndpointConfig", "CreateExperiment", "CreateModel", "CreateModelCard",
    "CreateModelPackageGroup", "CreateTrial", "CreateTrialComponent", "UpdateAction", "UpdateArtifact",
    "UpdateContext", "UpdateExperiment", "UpdateModelCard", "UpdateModelPackage", "UpdateTrial",
    "UpdateTrialComponent",
}  # fmt: skip


def is_free(operation: str, request: Request) -> bool:
    """Whether a call starts nothing that is billed while it exists."""
    if operation == "CreateModelPackage":
        return "ValidationSpecification" not in request
    if operation == "UpdateTrainingJob":
        gives_back = {"ResourceConfig": {"KeepAlivePeriodInSeconds": 0}}
        return request == {"TrainingJobName": request.get("TrainingJobName"), **gives_back}
    return operation in _FREE or operation.startswith(_FREE_VERBS)


# --- parts of requests --------------------------------------------------------------------------------------


def _longest(request: Request) -> int:
    """Seconds that a job may run: all of its tries together, where a RetryStrategy lets it try again."""
    return (request.get("StoppingCondition") or {}).get("MaxRuntimeInSeconds", DAY)


def _machines(resources: Request, what: str) -> list[tuple[str, int]]:
    if resources.get("KeepAlivePeriodInSeconds"):
        raise CostUnknown(
            "KeepAlivePeriodInSeconds keeps the machines when the job has ended, and again after each job "
            "that takes them over: leave it out."
        )
    _require_small_disk(resources, what)
    groups = resources.get("InstanceGroups") or [resources]
    if any("InstanceType" not in group for group in groups):
        raise CostUnknown(f"The {what} names no InstanceType: say on which machines it runs.")
    return [(group["InstanceType"], group.get("InstanceCount", 1)) for group in groups]


def _require_small_disk(resources: Request, what: str) -> None:
    size = resources.get("VolumeSizeInGB") or 0
    if size > MOST_GB:
        raise CostUnknown(
            f"The {what} asks for {size} GB of disk (VolumeSizeInGB), and the budget counts machines only: "
            f"ask for {MOST_GB} GB or less."
        )


def _variants(config: Request) -> list[Request]:
    return [*config.get("ProductionVariants", []), *config.get("ShadowProductionVariants", [])]


def _variant(variant: Request) -> tuple[str, int]:
    if "InstanceType" not in variant:
        raise CostUnknown(
            f"Variant {variant['VariantName']} has no InstanceType (serverless, or a pool): "
            "what it costs depends on its use."
        )
    _require_small_disk(variant, "endpoint")
    return variant["InstanceType"], max(variant.get("InitialInstanceCount", 1), _scaled_to(variant))


def _scaled_to(variant: Request) -> int:
    """How many machines SageMaker may give a variant by itself; 0 when it leaves their number alone."""
    return (variant.get("ManagedInstanceScaling") or {}).get("MaxInstanceCount", 0)


def _reckoned(
    kind: str,
    name: str,
    machines: Iterable[tuple[str, int]],
    use: str,
    hours: float,
    rate: Rate,
    ends_with: str = "",
) -> Estimate:
    machines = list(machines)
    rates = [(count, instance, rate(instance, use)) for instance, count in machines]
    parts = " + ".join(f"{count} × {instance} at ${price:g} an hour" for count, instance, price in rates)
    per_hour = sum(count * price for count, _, price in rates)
    return Estimate(kind, name, per_hour, hours, f"{duration(hours)} × {parts}", ends_with)


def duration(hours: float) -> str:
    """In words: ``90 min``, ``8 h``."""
    return f"{round(hours * 60, 1):g} min" if hours < 2 else f"{round(hours, 1):g} h"
