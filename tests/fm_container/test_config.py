"""Hyperparameters: defaults, merging and refusals."""

from __future__ import annotations

import ast

import pytest

from course_utils.fm.adam import AdamConfig
from course_utils.fm_container import config
from course_utils.fm_container.failure import CustomerError

REQUIRED = {"feature_dim": "30", "num_factors": "4", "predictor_type": "regressor"}


def _printed(log: str, label: str) -> dict:
    """The dict that a real log prints after a label."""
    line = next(line for line in log.splitlines() if label in line)
    return ast.literal_eval(line[line.index("{") :])


@pytest.mark.golden
@pytest.mark.parametrize("job", ["fm-regressor-ml-100k-u1", "fm-regressor-ml-latest-small"])
def test_defaults_and_merging_are_those_of_real_jobs(golden_dir, job):
    log = (golden_dir / job / "training-log.txt").read_text()
    defaults, provided, final = (
        _printed(log, label)
        for label in ("Reading default configuration", "Merging with", "Final configuration")
    )
    # str() compares the order too
    assert str(config.DEFAULTS) == str(defaults)
    assert str(config.merge(provided)) == str(final)
    config.validate(final)


def test_defaults_agree_with_the_optimiser():
    assert AdamConfig.from_hyperparameters(config.merge(REQUIRED)) == AdamConfig(
        num_factors=4, feature_dim=30, predictor_type="regressor"
    )


@pytest.mark.parametrize(
    "settings",
    [
        {"epochs": 3, "mini_batch_size": 10, "bias_lr": 0},  # JSON numbers are as good as text
        {"bias_lr": "1e-8", "linear_lr": "+.5", "factors_lr": "512.", "bias_wd": "0"},
        {"clip_gradient": "-1.5", "eps": "1E-6", "rescale_grad": "1"},
        {"bias_init_method": "constant", "bias_init_value": "-3"},
        {"factors_init_method": "uniform", "factors_init_scale": "0.01"},
        {"_tuning_objective_metric": "test:rmse", "use_bias": "true", "_kvstore": "auto"},
    ],
)
def test_valid_settings_pass(settings):
    final = config.merge(REQUIRED | settings)
    config.validate(final)
    AdamConfig.from_hyperparameters(final)


def _refusal(settings: dict) -> str:
    with pytest.raises(CustomerError) as refused:
        config.validate(config.merge(settings))
    return refused.value.failure_text()


def test_unknown_name_is_refused_with_the_documented_words_and_a_suggestion():
    text = _refusal(REQUIRED | {"mini_batch_siz": "10"})
    assert text.startswith(
        "Customer Error: Additional properties are not allowed ('mini_batch_siz' was unexpected) "
        "(caused by ValidationError)\n\nCaused by: "
    )
    assert text.endswith(" [Hint: did you mean 'mini_batch_size'?]")
    assert "('seed', 'shuffle' were unexpected)" in _refusal(REQUIRED | {"seed": "1", "shuffle": "true"})


def test_missing_names_are_listed():
    assert _refusal({"predictor_type": "regressor"}) == (
        "Customer Error: No value(s) were specified for 'feature_dim', 'num_factors' which are required "
        "hyperparameter(s) (caused by ValidationError)\n\nCaused by: 'feature_dim' is a required property"
    )


def test_bad_value_names_the_hyperparameter_and_what_it_takes():
    assert _refusal(REQUIRED | {"feature_dim": "abc"}) == (
        "Customer Error: 'abc' is not valid under any of the given schemas (caused by ValidationError)\n\n"
        "Caused by: 'abc' is not valid under any of the given schemas\n\n"
        "Failed validating 'oneOf' in schema['properties']['feature_dim']:\n"
        "    {'oneOf': [{'pattern': '^([1-9][0-9]*)$', 'type': 'string'}, {'minimum': 1, 'type': 'integer'}]}"
        " [Hint: hyperparameter 'feature_dim' takes a whole number from 1 upwards.]"
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("feature_dim", value) for value in ("0", "-1", "1.0", "1e3", "", " 5", "07", 0, 1.5, True, None)),
        ("num_factors", "0"),
        ("epochs", "0"),
        ("mini_batch_size", "ten"),
        ("predictor_type", "classifier"),
        *(("bias_lr", value) for value in ("-0.1", "nan", "inf", "1e999", "0,1", "", -1, float("nan"), True)),
        ("factors_wd", "-1e-9"),
        ("linear_init_sigma", "-1"),
        ("factors_init_scale", "wide"),
        ("bias_init_value", "inf"),
        ("eps", "small"),
        ("bias_init_method", "xavier"),
        ("use_bias", "false"),
        ("_optimizer", "sgd"),
        ("batch_metrics_publish_interval", "0"),
    ],
)
def test_values_out_of_range_are_refused(name, value):
    text = _refusal(REQUIRED | {name: value})
    assert text.startswith(f"Customer Error: {value!r} is not ")
    assert f" [Hint: hyperparameter '{name}' takes " in text


@pytest.mark.parametrize(("method", "setting"), [("uniform", "scale"), ("constant", "value")])
def test_an_init_method_needs_its_number(method, setting):
    text = _refusal(REQUIRED | {"linear_init_method": method})
    assert f"'linear_init_{setting}'" in text


@pytest.mark.parametrize("content", [None, "", "[1, 2]", "{'a': 1}", '{"a": 1'])
def test_unreadable_files_are_the_customers(tmp_path, content):
    path = tmp_path / "hyperparameters.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(CustomerError, match=r"hyperparameters\.json"):
        config.read_object(path)
