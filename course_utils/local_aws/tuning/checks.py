"""What is wrong with a CreateHyperParameterTuningJob request, beyond the service model.

What is wrong with the training jobs (role, data, instances, image) is not looked for here: the first of them
is made before the request is answered, and its refusal is the answer.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from typing import Any

from course_utils.local_aws import texts
from course_utils.local_aws.containers.images import Image
from course_utils.local_aws.errors import AwsError, validation
from course_utils.local_aws.platform import Platform
from course_utils.local_aws.training.request import INSTANCES
from course_utils.local_aws.tuning import jobs, results
from course_utils.local_aws.tuning.algorithms import ALGORITHMS, Algorithm, Tunable
from course_utils.local_aws.tuning.ranges import Space
from course_utils.local_aws.validation import fault, raise_faults

_CONFIG = "hyperParameterTuningJobConfig"
_MOST_RANGES = 30


def check(platform: Platform, region: str, request: Mapping[str, Any]) -> None:
    """Refuse a wrong request.

    Raises
    ------
    AwsError
        ``ValidationException``; ``ResourceLimitExceeded`` for too many training jobs side by side;
        ``ResourceNotFound`` for a parent that is not there.
    """
    config = request["HyperParameterTuningJobConfig"]
    _check_offered(request, config)
    _check_present(request, config)
    definition = request["TrainingJobDefinition"]
    uri = definition["AlgorithmSpecification"].get("TrainingImage")
    image = platform.images.find(uri) if uri else None
    if image is None:
        raise validation(texts.image_unknown(uri, platform.images.repositories()))
    algorithm = ALGORITHMS.get(image.repository)
    _check_objective(config["HyperParameterTuningJobObjective"], definition, image, algorithm)
    static = definition.get("StaticHyperParameters", {})
    _check_ranges(config["ParameterRanges"], static, config["Strategy"])
    if algorithm is not None:
        _check_tunable(config["ParameterRanges"], static, algorithm, image.repository)
    _check_number(config)
    _check_instances(config["ResourceLimits"], definition.get("ResourceConfig", {}))
    if warm_start := request.get("WarmStartConfig"):
        _check_warm_start(platform, region, warm_start, request)


def ranges(parameter_ranges: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """All ranges of a request, each with its kind: ``Integer``, ``Continuous`` or ``Categorical``."""
    for kind in ("Integer", "Continuous", "Categorical"):
        for each in parameter_ranges.get(f"{kind}ParameterRanges", []):
            yield kind, each


def _check_offered(request: Mapping[str, Any], config: Mapping[str, Any]) -> None:
    definition = request.get("TrainingJobDefinition", {})
    criteria = config.get("TuningJobCompletionCriteria", {})
    converged = criteria.get("ConvergenceDetected", {}).get("CompleteOnConvergence") == "Enabled"
    warm_start = request.get("WarmStartConfig", {}).get("WarmStartType")
    machines = definition.get("HyperParameterTuningResourceConfig", {})
    unsupported = (
        (request.get("TrainingJobDefinitions"), "several training job definitions", _ONE_DEFINITION),
        (request.get("Autotune"), "Autotune", "Give ParameterRanges and ResourceLimits."),
        (config.get("ParameterRanges", {}).get("AutoParameters"), "AutoParameters", "Give a range to each."),
        (config["Strategy"] == "Hyperband", "the Hyperband strategy", "Use Bayesian, Random or Grid."),
        (config.get("StrategyConfig"), "StrategyConfig, which is for Hyperband alone", "Leave it out."),
        (converged, "ConvergenceDetected", "Use BestObjectiveNotImproving."),
        (warm_start == "TransferLearning", "TransferLearning", "Use IdenticalDataAndAlgorithm."),
        (definition.get("TuningObjective"), "TuningObjective", _IN_CONFIG),
        (definition.get("HyperParameterRanges"), "HyperParameterRanges", _IN_CONFIG),
        (machines.get("InstanceConfigs"), "a choice of machines", "Give one InstanceType."),
        (machines.get("AllocationStrategy"), "AllocationStrategy", "Give one InstanceType and leave it out."),
    )
    for asked_for, feature, instead in unsupported:
        if asked_for:
            raise validation(texts.feature_unsupported(feature, instead))


_ONE_DEFINITION = "Give one TrainingJobDefinition, or make one tuning job of each."
_IN_CONFIG = "With one training job definition it belongs into HyperParameterTuningJobConfig."


def _check_present(request: Mapping[str, Any], config: Mapping[str, Any]) -> None:
    """The service model calls these optional, for the sake of several definitions and of Autotune."""
    needed = {
        "trainingJobDefinition": request.get("TrainingJobDefinition"),
        f"{_CONFIG}.hyperParameterTuningJobObjective": config.get("HyperParameterTuningJobObjective"),
        f"{_CONFIG}.parameterRanges": config.get("ParameterRanges"),
    }
    raise_faults([fault(None, path, "not be null") for path, value in needed.items() if value is None])


def _check_objective(
    objective: Mapping[str, str], definition: Mapping[str, Any], image: Image, algorithm: Algorithm | None
) -> None:
    specification = definition["AlgorithmSpecification"]
    metric, uri = objective["MetricName"], specification["TrainingImage"]
    own = specification.get("MetricDefinitions", [])
    if image.metrics and own:
        raise validation(texts.METRICS_ARE_FIXED)
    known = [each["Name"] for each in image.metrics or own]
    if algorithm is None:
        if metric not in known:
            raise validation(texts.hinted(texts.OBJECTIVE_UNDEFINED, texts.these(known)))
        return
    goal = algorithm.objectives.get(metric)
    if goal is None:
        raise validation(texts.objective_invalid(metric, uri, list(algorithm.objectives)))
    if goal.type != objective["Type"]:
        raise validation(texts.objective_type_invalid(objective["Type"], metric, uri, goal.type))
    predictor = definition.get("StaticHyperParameters", {}).get("predictor_type", goal.predictor_type)
    if predictor != goal.predictor_type:
        raise validation(texts.objective_not_emitted(metric, goal.predictor_type, predictor))
    if "test" not in [each["ChannelName"] for each in definition.get("InputDataConfig", [])]:
        raise validation(texts.objective_needs_channel(metric, "test"))


def _check_ranges(parameter_ranges: Mapping[str, Any], static: Mapping[str, str], strategy: str) -> None:
    all_ranges = list(ranges(parameter_ranges))
    names = [each["Name"] for _, each in all_ranges]
    if not 1 <= len(names) <= _MOST_RANGES:
        raise validation(texts.number_of_ranges(len(names), _MOST_RANGES))
    for number, name in enumerate(names):
        if name in static:
            raise validation(texts.static_and_tuned(name))
        if name in names[:number]:
            raise validation(texts.tuned_twice(name))
    for kind, each in all_ranges:
        if kind == "Categorical":
            if len(set(each["Values"])) < len(each["Values"]):
                raise validation(texts.bad_range(each["Name"], "its Values must differ from each other"))
            continue
        if strategy == "Grid":
            raise validation(texts.grid_is_categorical(each["Name"]))
        _check_numeric(kind, each)


def _check_numeric(kind: str, each: Mapping[str, str]) -> None:
    name, scaling = each["Name"], each.get("ScalingType", "Auto")
    low, high = (_number(kind, name, each[member]) for member in ("MinValue", "MaxValue"))
    if low >= high:
        raise validation(texts.bad_range(name, "MinValue must be less than MaxValue"))
    if scaling == "Logarithmic" and low <= 0:
        raise validation(texts.bad_range(name, "a logarithmic scale is for values greater than 0"))
    if scaling == "ReverseLogarithmic" and kind == "Integer":
        raise validation(texts.bad_range(name, "a reverse logarithmic scale is for continuous ranges"))
    if scaling == "ReverseLogarithmic" and not 0 <= low < high < 1:
        raise validation(texts.bad_range(name, "a reverse logarithmic scale is for values from 0 to below 1"))


def _number(kind: str, name: str, text: str) -> float:
    try:
        value = int(text) if kind == "Integer" else float(text)
    except ValueError:
        what = "a whole number" if kind == "Integer" else "a number"
        raise validation(texts.bad_range(name, f"'{text}' is not {what}")) from None
    if not abs(value) < float("inf"):
        raise validation(texts.bad_range(name, f"'{text}' is not a finite number"))
    return value


def _check_tunable(
    parameter_ranges: Mapping[str, Any], static: Mapping[str, str], algorithm: Algorithm, repository: str
) -> None:
    for kind, each in ranges(parameter_ranges):
        name = each["Name"]
        tunable = algorithm.tunable.get(name)
        if tunable is None:
            near = difflib.get_close_matches(name, algorithm.tunable, n=1, cutoff=0.8)
            raise validation(texts.not_tunable(name, repository, sorted(algorithm.tunable), near))
        if kind not in (tunable.kind, "Categorical"):
            raise validation(texts.bad_range(name, f"it takes a {tunable.kind}ParameterRange"))
        _check_bounds(kind, each, tunable)
        if tunable.needs:
            other, value, default = tunable.needs
            if static.get(other, default) != value:
                raise validation(texts.bad_range(name, f"it has a meaning only where {other} is {value}"))


def _check_bounds(kind: str, each: Mapping[str, Any], tunable: Tunable) -> None:
    values = each["Values"] if kind == "Categorical" else [each["MinValue"], each["MaxValue"]]
    for value in values:
        if not tunable.low <= _number(tunable.kind, each["Name"], value) <= tunable.high:
            limits = f"{tunable.low:g} to {tunable.high:g}"
            raise validation(texts.bad_range(each["Name"], f"{value} is outside its limits, {limits}"))


def _check_number(config: Mapping[str, Any]) -> None:
    """``MaxNumberOfTrainingJobs``: whether there is an end, and enough to try until then."""
    limits, criteria = config["ResourceLimits"], config.get("TuningJobCompletionCriteria")
    most, combinations = limits.get("MaxNumberOfTrainingJobs"), Space.of(config["ParameterRanges"]).size
    if config["Strategy"] == "Grid":
        if most not in (None, combinations):
            raise validation(texts.grid_is_whole(int(combinations), most))
    elif most is None:
        if not (criteria or limits.get("MaxRuntimeInSeconds")):
            path = f"{_CONFIG}.resourceLimits.maxNumberOfTrainingJobs"
            raise_faults([fault(None, path, "not be null")])
    elif combinations < most:
        raise validation(texts.too_few_combinations(combinations, most))


def _check_instances(limits: Mapping[str, int], resources: Mapping[str, Any]) -> None:
    """Whether the training jobs that may run side by side fit on the machine."""
    count = limits["MaxParallelTrainingJobs"] * resources.get("InstanceCount", 1)
    if count > INSTANCES:
        what = f"{resources.get('InstanceType')} for training job usage"
        raise AwsError("ResourceLimitExceeded", texts.limit_exceeded(what, INSTANCES, count))


def _check_warm_start(
    platform: Platform, region: str, warm_start: Mapping[str, Any], request: Mapping[str, Any]
) -> None:
    for each in warm_start["ParentHyperParameterTuningJobs"]:
        name = each.get("HyperParameterTuningJobName", "")
        parent = jobs.find(platform, region, name)
        if parent["HyperParameterTuningJobStatus"] not in jobs.ENDED:
            raise validation(texts.bad_parent(name, "it has not ended yet"))
        if results.Objective.of(parent) != results.Objective.of(request):
            raise validation(texts.bad_parent(name, "its objective is another one"))
        if _hyperparameters(parent) != _hyperparameters(request):
            raise validation(texts.bad_parent(name, "its hyperparameters, static and tuned, are other ones"))


def _hyperparameters(tuning_job: Mapping[str, Any]) -> set[str]:
    static = tuning_job["TrainingJobDefinition"].get("StaticHyperParameters", {})
    tuned = ranges(tuning_job["HyperParameterTuningJobConfig"]["ParameterRanges"])
    return {*(name for name in static if not name.startswith("_")), *(each["Name"] for _, each in tuned)}
