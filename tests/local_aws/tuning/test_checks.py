"""Requests that are refused before anything is launched, and the words in which they are."""

from __future__ import annotations

import copy
from types import SimpleNamespace

import pytest

from course_utils.local_aws.containers.images import Image, ImageTable, built_in
from course_utils.local_aws.errors import AwsError
from course_utils.local_aws.tuning.algorithms import ALGORITHMS
from course_utils.local_aws.tuning.checks import check

FM = "382416733822.dkr.ecr.us-east-1.amazonaws.com/factorization-machines:1"
OWN = "382416733822.dkr.ecr.us-east-1.amazonaws.com/own:1"
PLATFORM = SimpleNamespace(images=ImageTable([*built_in(), Image("own", ["train"], ["serve"])]))
CONFIG, DEFINITION = "HyperParameterTuningJobConfig", "TrainingJobDefinition"
RANGES, LIMITS = "ParameterRanges", "ResourceLimits"
STATIC, ALGORITHM = "StaticHyperParameters", "AlgorithmSpecification"
INTEGERS, CONTINUOUS, CATEGORIES = (
    f"{kind}ParameterRanges" for kind in ("Integer", "Continuous", "Categorical")
)


def fm_request():
    return {
        "HyperParameterTuningJobName": "tuning",
        CONFIG: {
            "Strategy": "Bayesian",
            "HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": "test:rmse"},
            LIMITS: {"MaxNumberOfTrainingJobs": 4, "MaxParallelTrainingJobs": 2},
            RANGES: {CONTINUOUS: [numbers("factors_lr", "1e-4", "1e-2")]},
        },
        DEFINITION: {
            STATIC: {"feature_dim": "9", "num_factors": "2", "predictor_type": "regressor"},
            ALGORITHM: {"TrainingImage": FM, "TrainingInputMode": "File"},
            "InputDataConfig": [{"ChannelName": "train"}, {"ChannelName": "test"}],
        },
    }


def numbers(name, low, high, scaling="Auto"):
    return {"Name": name, "MinValue": low, "MaxValue": high, "ScalingType": scaling}


def categories(name, *values):
    return {"Name": name, "Values": list(values)}


def merge(into, changes):
    """``into`` with nested members replaced, or with None removed."""
    merged = copy.deepcopy(into)
    for name, value in changes.items():
        if value is None:
            merged.pop(name, None)
        elif isinstance(value, dict) and name != RANGES:
            merged[name] = merge(merged.get(name, {}), value)
        else:
            merged[name] = value
    return merged


def objective(metric, kind="Minimize"):
    return {CONFIG: {"HyperParameterTuningJobObjective": {"Type": kind, "MetricName": metric}}}


def ranges(**kinds):
    return {CONFIG: {RANGES: kinds}}


def own(*, metrics=("loss",), **changes):
    """The request of an algorithm that SageMaker does not know."""
    definitions = [{"Name": name, "Regex": "x"} for name in metrics]
    specification = {"TrainingImage": OWN, "MetricDefinitions": definitions}
    base = merge({DEFINITION: {ALGORITHM: specification}}, objective("loss"))
    return merge(base, changes)


ACCEPTED = {
    "as it is": {},
    "epochs and batch": ranges(
        **{INTEGERS: [numbers("epochs", "1", "1000"), numbers("mini_batch_size", "100", "10000")]}
    ),
    "categories of a number": ranges(
        **{CATEGORIES: [categories("factors_lr", "0.1", "0.01", "0.001", "1e-8")]}
    ),
    "the default method is normal": ranges(**{CONTINUOUS: [numbers("linear_init_sigma", "1e-8", "512")]}),
    "a method of one's own": {
        **ranges(**{CONTINUOUS: [numbers("bias_init_scale", "0.1", "1")]}),
        DEFINITION: {STATIC: {"bias_init_method": "uniform"}},
    },
    "a whole grid": merge(
        ranges(**{CATEGORIES: [categories("bias_lr", "1", "2"), categories("bias_wd", "0.1", "0.2", "0.3")]}),
        {CONFIG: {"Strategy": "Grid", LIMITS: {"MaxNumberOfTrainingJobs": 6}}},
    ),
    "a grid that counts itself": {
        CONFIG: {
            "Strategy": "Grid",
            LIMITS: {"MaxNumberOfTrainingJobs": None},
            RANGES: {CATEGORIES: [categories("bias_lr", "1", "2")]},
        }
    },
    "an end by time": {CONFIG: {LIMITS: {"MaxNumberOfTrainingJobs": None, "MaxRuntimeInSeconds": 120}}},
    "an algorithm of one's own": own(),
    "and whatever it tunes": own(
        **ranges(**{CONTINUOUS: [numbers("x", "0.5", "0.9", "ReverseLogarithmic")]})
    ),
    "early stopping": {CONFIG: {"TrainingJobEarlyStoppingType": "Auto"}},
}

CONVERGED = {"ConvergenceDetected": {"CompleteOnConvergence": "Enabled"}}

REFUSED = {
    # what this SageMaker does not offer
    "Hyperband": ({CONFIG: {"Strategy": "Hyperband"}}, "does not offer the Hyperband strategy"),
    "StrategyConfig": ({CONFIG: {"StrategyConfig": {"x": 1}}}, "does not offer StrategyConfig"),
    "Autotune": ({"Autotune": {"Mode": "Enabled"}}, "does not offer Autotune"),
    "AutoParameters": (ranges(AutoParameters=[{"Name": "x"}]), "does not offer AutoParameters"),
    "several definitions": ({"TrainingJobDefinitions": [{}]}, "does not offer several training job"),
    "convergence": (
        {CONFIG: {"TuningJobCompletionCriteria": CONVERGED}},
        "does not offer ConvergenceDetected",
    ),
    "transfer": ({"WarmStartConfig": {"WarmStartType": "TransferLearning"}}, "not offer TransferLearning"),
    "objective of a definition": ({DEFINITION: {"TuningObjective": {"x": 1}}}, "not offer TuningObjective"),
    "ranges of a definition": ({DEFINITION: {"HyperParameterRanges": {"x": 1}}}, "HyperParameterRanges"),
    "flexible instances": (
        {DEFINITION: {"HyperParameterTuningResourceConfig": {"InstanceConfigs": [{}, {}]}}},
        "does not offer a choice of machines. Give one InstanceType.",
    ),
    # what is missing
    "no definition": ({DEFINITION: None}, "Value null at 'trainingJobDefinition' failed to satisfy"),
    "no objective": (
        {CONFIG: {"HyperParameterTuningJobObjective": None}},
        "Value null at 'hyperParameterTuningJobConfig.hyperParameterTuningJobObjective'",
    ),
    "no ranges": ({CONFIG: {RANGES: None}}, "Value null at 'hyperParameterTuningJobConfig.parameterRanges'"),
    "empty ranges": (ranges(), "from 1 to 30 hyperparameters; these hold 0"),
    "no end": (
        {CONFIG: {LIMITS: {"MaxNumberOfTrainingJobs": None}}},
        "Value null at 'hyperParameterTuningJobConfig.resourceLimits.maxNumberOfTrainingJobs'",
    ),
    "no image": ({DEFINITION: {ALGORITHM: {"TrainingImage": None}}}, "has no image 'None'"),
    # objectives
    "own metric of an FM": (
        {DEFINITION: {ALGORITHM: {"MetricDefinitions": [{"Name": "a", "Regex": "b"}]}}},
        "You can't override the metric definitions for Amazon SageMaker algorithms.",
    ),
    "a metric of training": (
        objective("train:rmse"),
        f"The objective metric for the hyperparameter tuning job, [train:rmse], isn't valid for the [{FM}] "
        "algorithm. Choose a valid objective metric. [Hint: there are test:rmse, test:binary_",
    ),
    "the wrong direction": (
        objective("test:rmse", "Maximize"),
        "The objective metric type, [Maximize], that you specified for objective metric, [test:rmse], isn't",
    ),
    "the wrong predictor": (
        objective("test:binary_f_beta", "Maximize"),
        "emitted where predictor_type is binary_classifier, and StaticHyperParameters say regressor",
    ),
    "no test channel": (
        {DEFINITION: {"InputDataConfig": [{"ChannelName": "train"}]}},
        "test:rmse is computed on the channel test, which InputDataConfig lacks",
    ),
    "an undefined metric": (own(metrics=("a", "b")), "A metric is required for this hyperparameter"),
    # ranges
    "static and tuned": ({DEFINITION: {STATIC: {"factors_lr": "1"}}}, "factors_lr has a range"),
    "tuned twice": (
        ranges(**{CONTINUOUS: [numbers("bias_lr", "1", "2")], CATEGORIES: [categories("bias_lr", "1")]}),
        "bias_lr has more than one range",
    ),
    "empty range": (ranges(**{CONTINUOUS: [numbers("bias_lr", "2", "2")]}), "must be less than MaxValue"),
    "no number": (ranges(**{CONTINUOUS: [numbers("bias_lr", "a", "2")]}), "'a' is not a number"),
    "NaN": (ranges(**{CONTINUOUS: [numbers("bias_lr", "nan", "2")]}), "'nan' is not a finite number"),
    "no whole number": (ranges(**{INTEGERS: [numbers("epochs", "1.5", "2")]}), "'1.5' is not a whole number"),
    "logarithm of 0": (own(**ranges(**{CONTINUOUS: [numbers("x", "0", "2", "Logarithmic")]})), "than 0"),
    "reverse beyond 1": (
        own(**ranges(**{CONTINUOUS: [numbers("x", "0", "1", "ReverseLogarithmic")]})),
        "from 0 to below 1",
    ),
    "reverse integers": (
        own(**ranges(**{INTEGERS: [numbers("x", "0", "9", "ReverseLogarithmic")]})),
        "a reverse logarithmic scale is for continuous ranges",
    ),
    "same category twice": (own(**ranges(**{CATEGORIES: [categories("x", "a", "a")]})), "must differ from"),
    "num_factors": (
        ranges(**{INTEGERS: [numbers("num_factors", "2", "9")]})
        | {DEFINITION: {STATIC: {"num_factors": None}}},
        "num_factors of factorization-machines cannot be tuned. Those that can are: bias_init_scale",
    ),
    "epoch": (ranges(**{INTEGERS: [numbers("epoch", "2", "9")]}), "[Hint: did you mean epochs?]"),
    "a rate as a whole number": (
        ranges(**{INTEGERS: [numbers("bias_lr", "2", "9")]}),
        "ContinuousParameterRange",
    ),
    "too small a batch": (
        ranges(**{INTEGERS: [numbers("mini_batch_size", "10", "1000")]}),
        "10 is outside its limits, 100 to 10000",
    ),
    "too large a rate": (
        ranges(**{CONTINUOUS: [numbers("bias_lr", "1", "513")]}),
        "513 is outside its limits, 1e-08 to 512",
    ),
    "too large a category": (ranges(**{CATEGORIES: [categories("bias_lr", "1", "513")]}), "513 is outside"),
    "an idle setting": (
        ranges(**{CONTINUOUS: [numbers("factors_init_scale", "0.1", "1")]}),
        "it has a meaning only where factors_init_method is uniform",
    ),
    # numbers of training jobs
    "numbers in a grid": (
        {CONFIG: {"Strategy": "Grid"}},
        "categorical ranges only, and that of factors_lr is",
    ),
    "half a grid": (
        merge(ranges(**{CATEGORIES: [categories("bias_lr", "1", "2", "3")]}), {CONFIG: {"Strategy": "Grid"}}),
        "tries all 3 combinations, so MaxNumberOfTrainingJobs must be 3 or left out; it is 4",
    ),
    "too few combinations": (
        ranges(**{INTEGERS: [numbers("epochs", "1", "3")]}),
        "You don't have enough combinations of hyperparameter ranges. The total number of hyperparameter "
        "combinations for the provided ranges [3.0] must be equal or greater than the value of "
        "MaxNumberOfJobs, [4]. Provide additional ranges.",
    ),
    "too many at once": ({CONFIG: {LIMITS: {"MaxParallelTrainingJobs": 17}}}, "delta of 17 Instances"),
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_a_good_request_passes(name):
    check(PLATFORM, "us-east-1", merge(fm_request(), ACCEPTED[name]))


@pytest.mark.parametrize("name", REFUSED)
def test_a_wrong_request_is_refused_in_words(name):
    changes, words = REFUSED[name]
    with pytest.raises(AwsError) as refusal:
        check(PLATFORM, "us-east-1", merge(fm_request(), changes))
    assert words in refusal.value.message
    expected = "ResourceLimitExceeded" if name == "too many at once" else "ValidationException"
    assert refusal.value.code == expected


@pytest.mark.parametrize("repository", ALGORITHMS)
def test_what_may_be_tuned_is_what_the_images_take_and_tell(repository):
    """The tables of tuning name nothing that the algorithms themselves do not have."""
    image = next((each for each in built_in() if each.repository == repository), None)
    if image is None:
        pytest.fail(f"{repository} is no built-in image")
    assert set(ALGORITHMS[repository].objectives) <= {each["Name"] for each in image.metrics}
