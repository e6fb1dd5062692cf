"""The image table against the SDK's own image URIs, and the metric expressions against real logs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from course_utils.local_aws.containers.images import ImageTable, fm_metrics
from course_utils.local_aws.training.metrics import MetricScanner


@pytest.mark.parametrize("algorithm", ["factorization-machines", "knn"])
def test_every_image_uri_of_the_sdk_is_known(tmp_path, algorithm):
    from importlib.util import find_spec

    folder = Path(next(iter(find_spec("sagemaker").submodule_search_locations))) / "core" / "image_uri_config"
    registries = json.loads((folder / f"{algorithm}.json").read_text())["versions"]["1"]["registries"]
    table = ImageTable.load(tmp_path)
    for region, account in registries.items():
        domain = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
        image = table.find(f"{account}.dkr.ecr.{region}.{domain}/{algorithm}:1")
        assert image is not None, region
    assert table.find(f"382416733822.dkr.ecr.us-east-1.amazonaws.com/{algorithm}:latest")
    for wrong in ("factorization-machines:1", "382416733822.dkr.ecr.us-east-1.amazonaws.com/xgboost:1", ""):
        assert table.find(wrong) is None


def test_own_images_come_from_the_state_folder(tmp_path):
    (tmp_path / "images.json").write_text(json.dumps({"mine": {"train": ["a"], "serve": ["b"]}}))
    table = ImageTable.load(tmp_path)
    assert table.repositories() == ["factorization-machines", "knn", "mine"]
    assert table.find("123456789012.dkr.ecr.eu-west-1.amazonaws.com/mine@sha256:0").train == ["a"]


@pytest.mark.golden
@pytest.mark.parametrize("job", ["fm-regressor-ml-100k-u1", "fm-regressor-ml-latest-small"])
def test_metrics_of_a_real_log(golden_dir, job):
    scanner = MetricScanner(fm_metrics())
    log = (golden_dir / job / "training-log.txt").read_text()
    for line in log.splitlines():
        scanner.scan(line)
    found = {each["MetricName"]: each["Value"] for each in scanner.final()}
    last = [line for line in log.splitlines() if "test rmse <loss>=" in line][-1]
    assert found["test:rmse"] == pytest.approx(float(last.rsplit("=", 1)[1]), rel=1e-7)  # single precision
    assert found["train:progress"] == 100
    assert found["train:throughput"] > 1000
    kinds = {
        f"train:{name}{kind}"
        for name in ("rmse", "mse", "absolute_loss")
        for kind in ("", ":epoch", ":batch")
    }
    assert kinds <= set(found)
    assert found["train:rmse"] == found["train:rmse:epoch"]


def test_metrics_of_a_real_binary_job():
    scanner = MetricScanner(fm_metrics())
    for line in (
        "#quality_metric: host=algo-1, epoch=0, batch=0 train binary_f_1.000 <score>=0.05128205128205128",
        "#quality_metric: host=algo-1, epoch=0, train binary_f_1.000 <score>=0.045454545454545456",
        "#quality_metric: host=algo-1, test binary_classification_cross_entropy <loss>=0.07022031709551811",
        "#quality_metric: host=algo-1, test binary_f_1.000 <score>=nan-ish",
    ):
        scanner.scan(line)
    found = {each["MetricName"]: each["Value"] for each in scanner.final()}
    expected = {
        "train:binary_f_beta:batch": 0.05128205128205128,
        "train:binary_f_beta:epoch": 0.045454545454545456,
        "test:binary_classification_cross_entropy": 0.07022031709551811,
    }
    assert found == pytest.approx(expected, rel=1e-7)  # single precision
