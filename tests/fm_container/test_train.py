"""Training jobs: what they make, what they refuse and how they stop."""

from __future__ import annotations

import json

import numpy as np
import pytest
from scipy import sparse

from course_utils import artifact
from course_utils.fm import adam
from course_utils.fm_container import train


def test_a_job_leaves_the_model_that_the_optimiser_makes(toy_job, toy, monkeypatch):
    monkeypatch.setenv("FM_SEED", "7")
    code, log = toy_job.train()
    assert (code, toy_job.failure) == (0, None), log
    config = adam.AdamConfig(num_factors=3, mini_batch_size=50)
    expected = adam.fit(*toy, config, seed=7)
    loaded = artifact.load(toy_job.model)
    np.testing.assert_array_equal(loaded.params.V, expected.params.V)
    np.testing.assert_array_equal(loaded.params.w, expected.params.w)
    assert f"epoch=0, train rmse <loss>={expected.history[0].metrics['rmse']!r}" in log
    assert loaded.hyperparameters["epochs"] == 1
    assert list(loaded.hyperparameters)[-3:] == ["feature_dim", "num_factors", "predictor_type"]
    assert sorted(path.name for path in toy_job.root.iterdir()) == ["input", "model"]
    assert list(toy_job.model.parent.iterdir()) == [toy_job.model]


def test_without_a_seed_two_jobs_differ(toy_job):
    toy_job.train()
    first = artifact.load(toy_job.model).params
    toy_job.train()
    assert not np.array_equal(artifact.load(toy_job.model).params.V, first.V)


def test_all_files_of_a_channel_are_read_in_the_order_of_their_names(empty_job, toy, records, monkeypatch):
    monkeypatch.setenv("FM_SEED", "1")
    X, y = toy
    cut = [slice(0, 30), slice(30, 31), slice(31, 130)]
    names = ["part-0", "part-1/x", "part-2"]
    files = {name: records(X[rows], y[rows]) for name, rows in zip(names, cut, strict=True)}
    job = empty_job.channel("train", dict(reversed(files.items())) | {"_SUCCESS": b""})
    job.hyperparameters(feature_dim=20, num_factors=3, predictor_type="regressor", mini_batch_size=50)
    code, log = job.train()
    assert code == 0, log
    expected = adam.fit(X, y, adam.AdamConfig(num_factors=3, mini_batch_size=50), seed=1)
    np.testing.assert_array_equal(artifact.load(job.model).params.V, expected.params.V)
    first, whole = (
        json.loads(line.split("epoch_stats=")[1]) for line in log.splitlines() if "epoch_stats" in line
    )
    total = sum(map(len, files.values()))
    assert (first["num_bytes"], first["num_examples"]) == (len(records(X[:50], y[:50])), 1)
    assert (whole["num_bytes"], whole["num_examples"]) == (total, 3)


def test_dense_rows_train_too(empty_job, toy, records):
    X, y = toy
    job = empty_job.channel("train", {"dense": records(X.toarray(), y)})
    job.hyperparameters(feature_dim=20, num_factors=3, predictor_type="regressor")
    assert job.train()[0] == 0
    assert artifact.load(job.model).params.feature_dim == 20


def _with(X: sparse.csr_array, value: float) -> sparse.csr_array:
    changed = X.copy()
    changed.data[100] = value
    return changed


WORKS = {"feature_dim": "20", "num_factors": "3", "predictor_type": "regressor"}
UNREADABLE = (
    "Unable to read data channel 'train'. Requested content-type is 'application/x-recordio-protobuf'. "
    "Please verify the data matches the requested content-type. (caused by RecordIOError)"
)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("where", ["feature", "label"])
def test_numbers_that_are_not_finite(empty_job, toy, records, where, value):
    """The writer refuses such numbers, so they are put into its bytes."""
    X, y = toy
    mark = np.float32(1234.5)
    if where == "feature":
        X = _with(X, mark)
    else:
        y = np.where(np.arange(len(y)) == 100, mark, y)
    spoilt = records(X, y).replace(mark.tobytes(), np.float32(value).tobytes())
    job = empty_job.channel("train", {"a": spoilt}).hyperparameters(**WORKS)
    kind = "missing (NaN)" if np.isnan(value) else "infinite floating point"
    assert job.train()[0] == 2
    assert job.failure == (
        f"Customer Error: Unable to read data channel 'train'. Found {kind} values. "
        f"Please remove any {kind} values in the input data."
    )


def _float64_tensor(data: bytes) -> bytes:
    """The first record's features renamed from field 2 (float32_tensor) to 3 (float64_tensor)."""
    at = data.index(b"values\x12") + 8
    assert data[at] == 0x12
    return data[:at] + b"\x1a" + data[at + 1 :]


def _int32_tensor(data: bytes) -> bytes:
    at = data.index(b"values\x12") + 8
    return data[:at] + b"\x3a" + data[at + 1 :]


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda data: data[:-7], UNREADABLE),
        (lambda data: b"1,2,3\n4,5,6\n", UNREADABLE),
        (lambda data: data[:8] + b"\xff" * 20 + data[28:], UNREADABLE),
        (_float64_tensor, UNREADABLE),
        (_int32_tensor, UNREADABLE),
        (lambda data: b"", "Unable to read data channel 'train'. Please verify the correct data channel"),
    ],
    ids=["cut short", "CSV", "garbage inside", "Float64", "Int32", "empty"],
)
def test_files_that_cannot_be_read(empty_job, toy, records, spoil, says):
    job = empty_job.channel("train", {"sub/a.pbr": spoil(records(*toy))}).hyperparameters(**WORKS)
    code, log = job.train()
    assert code == 2
    assert job.failure.startswith(f"Customer Error: {says}")
    assert f"ERROR {log.split('ERROR ')[1].split(']')[0]}] Customer Error: {says}" in log
    if says == UNREADABLE:
        assert "\n\nCaused by: 'sub/a.pbr': Record" in job.failure
    assert not job.model.exists()


@pytest.mark.parametrize("at", [1, 4, 7, 8, 9, 30, 61, 60 * 5 + 3, 60 * 129 + 5])
def test_files_that_end_too_early(empty_job, toy, records, at):
    """Inside a magic number, a length, a record, the padding; in the first record, in others, in the last."""
    data = records(*toy)
    job = empty_job.channel("train", {"a.pbr": data[:at]}).hyperparameters(**WORKS)
    assert job.train()[0] == 2
    assert job.failure.startswith(f"Customer Error: {UNREADABLE}\n\nCaused by: 'a.pbr': Record")


def test_a_wrong_magic_number_in_the_middle(empty_job, toy, records):
    data = bytearray(records(*toy))
    second = data.index(data[:4], 4)
    data[second] ^= 1
    job = empty_job.channel("train", {"a.pbr": bytes(data)}).hyperparameters(**WORKS)
    assert job.train()[0] == 2
    assert "Caused by: 'a.pbr': Record 1 (at byte" in job.failure


def test_key_outside_the_shape(empty_job, toy, records):
    data = records(*toy).replace(b"\x1a\x01\x14", b"\x1a\x01\x05")  # shape [20] -> [5] in every record
    job = empty_job.channel("train", {"a": data}).hyperparameters(**WORKS)
    assert job.train()[0] == 2
    assert job.failure.startswith(f"Customer Error: {UNREADABLE}")


@pytest.mark.parametrize("feature_dim", [19, 21])
def test_width_other_than_feature_dim(toy_job, feature_dim):
    toy_job.hyperparameters(**WORKS | {"feature_dim": feature_dim})
    assert toy_job.train()[0] == 2
    assert (
        f"'a.pbr' has rows of 20 columns, but hyperparameter feature_dim is {feature_dim}" in toy_job.failure
    )


def test_missing_labels(empty_job, toy, records):
    job = empty_job.channel("train", {"a": records(toy[0])}).hyperparameters(**WORKS)
    assert job.train()[0] == 2
    assert "'a' has records without a label" in job.failure


def test_some_labels_missing(empty_job, toy, records):
    X, y = toy
    data = records(X[:3], y[:3]) + records(X[3:])
    job = empty_job.channel("train", {"a": data}).hyperparameters(**WORKS)
    assert job.train()[0] == 2
    assert job.failure.startswith(f"Customer Error: {UNREADABLE}")


def test_ratings_are_no_classes(toy_job):
    toy_job.hyperparameters(**WORKS | {"predictor_type": "binary_classifier"})
    assert toy_job.train()[0] == 2
    assert "needs labels 0 and 1; found 1, 2, 3, 4, 5." in toy_job.failure


def test_a_bad_test_channel_fails_before_training(toy_job):
    toy_job.channel("test", {"a": b"not RecordIO"})
    code, log = toy_job.train()
    assert code == 2
    assert toy_job.failure.startswith("Customer Error: Unable to read data channel 'test'.")
    assert "epoch=0" not in log


@pytest.mark.parametrize(
    ("name", "settings", "says"),
    [
        ("test", {}, "Missing required channel: train"),
        ("validation", {}, "Extraneous channel found: validation"),
        ("train", {"ContentType": "text/csv"}, "Requested content-type is 'text/csv'. Please"),
        ("train", {"TrainingInputMode": "Tube"}, "TrainingInputMode 'Tube' is not supported"),
    ],
)
def test_channel_settings_that_are_refused(request, toy, records, name, settings, says):
    job = request.getfixturevalue("toy_job" if name == "validation" else "empty_job")
    job.hyperparameters(**WORKS).channel(name, {"a": records(*toy)}, **settings)
    assert job.train()[0] == 2
    assert says in job.failure


@pytest.mark.parametrize(
    "settings",
    [
        {"ContentType": "application/x-recordio-protobuf"},
        {"ContentType": "Application/X-RecordIO-protobuf; v=1", "TrainingInputMode": "FastFile"},
        {"ContentType": ""},
    ],
)
def test_channel_settings_that_are_accepted(empty_job, toy, records, settings):
    job = empty_job.hyperparameters(**WORKS).channel("train", {"a": records(*toy)}, **settings)
    assert job.train()[0] == 0


def test_a_model_beyond_the_format_is_refused_before_training(toy_job):
    toy_job.hyperparameters(**WORKS | {"feature_dim": "100000000"})
    assert toy_job.train()[0] == 2
    assert "The model would take 3200000000 bytes" in toy_job.failure


@pytest.mark.parametrize("seed", ["-1", "1.5", "abc", "4294967296"])
def test_bad_seed(toy_job, monkeypatch, seed):
    monkeypatch.setenv("FM_SEED", seed)
    assert toy_job.train()[0] == 2
    assert f"FM_SEED is {seed!r}" in toy_job.failure


def test_divergence_is_told_with_its_remedy(toy_job):
    toy_job.hyperparameters(**WORKS | {"factors_lr": "1e30", "linear_lr": "1e30", "epochs": "5"})
    assert toy_job.train()[0] == 2
    assert "smaller learning rate" in toy_job.failure
    assert not toy_job.model.exists()


def test_a_bug_is_the_algorithms_fault_and_leaves_a_traceback(toy_job, monkeypatch):
    def broken(*_, **__):
        raise KeyError("surprise")

    monkeypatch.setattr(train.adam, "fit", broken)
    code, log = toy_job.train()
    assert code == 1
    assert toy_job.failure == "Algorithm Error: 'surprise' (caused by KeyError)\n\nCaused by: 'surprise'"
    assert "Traceback (most recent call last):" in log


def test_stopping_before_the_first_batch_leaves_nothing(toy_job):
    code, log = toy_job.train(should_stop=lambda: True)
    assert (code, toy_job.failure) == (143, None)
    assert not toy_job.model.exists()
    assert "there is no model to save" in log


def test_stopping_in_the_middle_saves_the_model_of_that_moment(toy_job, toy, monkeypatch):
    monkeypatch.setenv("FM_SEED", "3")
    toy_job.hyperparameters(**WORKS | {"mini_batch_size": "50", "epochs": "10"})
    asked = iter(range(100))
    code, log = toy_job.train(should_stop=lambda: next(asked) == 5)
    assert (code, toy_job.failure) == (143, None)
    assert "stopped in epoch 1 after 5 batches" in log
    asked = iter(range(100))
    expected = adam.fit(
        *toy,
        adam.AdamConfig(num_factors=3, mini_batch_size=50, epochs=10),
        seed=3,
        should_stop=lambda: next(asked) == 5,
    )
    np.testing.assert_array_equal(artifact.load(toy_job.model).params.V, expected.params.V)


def test_a_failed_save_leaves_no_half_model(toy_job, monkeypatch):
    """What is written before the rename never lies in model/, even when the rename fails."""

    def full_disk(source, target):
        assert list(toy_job.model.parent.iterdir()) == []
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(train.os, "replace", full_disk)
    assert toy_job.train()[0] == 3
    assert "No space left on device" in toy_job.failure
    assert list(toy_job.model.parent.iterdir()) == []
    assert sorted(path.name for path in toy_job.root.iterdir()) == ["input", "model", "output"]
