"""Do more machines train faster, and as well? Lesson 09's job on 1, 2 and 4 hosts of the local SageMaker.

    COURSE_DATA_DIR=… python benchmarks/hosts.py --save

The rows, the split and the hyperparameters are the lesson's: nine tenths of ml-latest-small, shuffled, 30
epochs. Two ways to give the rows to several hosts: each reads them all (`FullyReplicated`, what a channel
does unless told otherwise), or each host reads a share of the files (`ShardedByS3Key`). Hosts are processes
that share the processors of this machine: times say what talk between hosts costs here, and not what other
machines would gain. The bill in machine-seconds is time by hosts, as at AWS. A seed decides a job's result;
times differ from run to run, so jobs of one seed follow each other and are compared within the seed.
"""

from __future__ import annotations

import argparse
import io
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, median
from typing import Any

import boto3
import numpy as np
from report import Report

from course_utils import recordio
from course_utils.datasets import movielens
from course_utils.encode import FeatureMap
from course_utils.evaluate.split import split_by_hash
from course_utils.local_aws import server
from course_utils.local_aws.account import ROLE_ARN, default_bucket

BUCKET = default_bucket("us-east-1")
IMAGE = "382416733822.dkr.ecr.us-east-1.amazonaws.com/factorization-machines:1"
BATCH, FILES = 1000, 4
SETTINGS = {
    "num_factors": "16",
    "predictor_type": "regressor",
    "epochs": "30",
    "mini_batch_size": str(BATCH),
    "linear_lr": "0.003",
    "factors_lr": "0.0005",
    "linear_wd": "0.0001",
    "factors_wd": "0.0001",
    "factors_init_sigma": "0.01",
}
WAYS = ((1, "FullyReplicated"), (2, "FullyReplicated"), (4, "FullyReplicated"),
        (2, "ShardedByS3Key"), (4, "ShardedByS3Key"))  # fmt: skip

DISTRIBUTION = {"FullyReplicated": "with all rows", "ShardedByS3Key": "with a share"}


@dataclass(frozen=True)
class Run:
    """What one job came to: test RMSE, and seconds between the start of its download and its end."""

    rmse: float
    seconds: float


def upload(s3: Any) -> int:
    """The lesson's rows, the learning rows in several files; returns the number of columns."""
    ratings = movielens.load("ml-latest-small", allow_sample=False).ratings
    learn, judge = split_by_hash(ratings, test_share=0.1)
    features = FeatureMap.fit(learn, blocks=("user", "item"))
    order = np.random.default_rng(7).permutation(len(learn))
    whole = BATCH * FILES  # every file ends with a full batch
    shares = np.array_split(order[: len(order) // whole * whole], FILES)
    rows = {f"train/{number}": learn.iloc[share] for number, share in enumerate(shares)}
    for key, table in {**rows, "test/0": judge}.items():
        body = io.BytesIO()
        recordio.write(body, features.transform(table), table["rating"].to_numpy(np.float32))
        s3.put_object(Bucket=BUCKET, Key=key, Body=body.getvalue())
    return features.feature_dim


def channel(name: str, distribution: str) -> dict[str, Any]:
    source = {
        "S3DataType": "S3Prefix",
        "S3Uri": f"s3://{BUCKET}/{name}/",
        "S3DataDistributionType": distribution,
    }
    return {"ChannelName": name, "DataSource": {"S3DataSource": source}}


def train(sagemaker: Any, columns: int, hosts: int, distribution: str, seed: int) -> Run:
    """Run one job to its end."""
    name = f"hosts-{hosts}-{distribution}-{seed}"
    sagemaker.create_training_job(
        TrainingJobName=name,
        RoleArn=ROLE_ARN,
        AlgorithmSpecification={"TrainingImage": IMAGE, "TrainingInputMode": "File"},
        HyperParameters={**SETTINGS, "feature_dim": str(columns)},
        Environment={"FM_SEED": str(seed)},
        InputDataConfig=[channel("train", distribution), channel("test", "FullyReplicated")],
        OutputDataConfig={"S3OutputPath": f"s3://{BUCKET}/output"},
        ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": hosts, "VolumeSizeInGB": 5},
        StoppingCondition={"MaxRuntimeInSeconds": 3600},
    )
    while (job := sagemaker.describe_training_job(TrainingJobName=name))["TrainingJobStatus"] == "InProgress":
        time.sleep(0.1)
    if job["TrainingJobStatus"] != "Completed":
        raise RuntimeError(f"{name}: {job.get('FailureReason', job['TrainingJobStatus'])}")
    measured = {each["MetricName"]: each["Value"] for each in job["FinalMetricDataList"]}
    return Run(measured["test:rmse"], (job["TrainingEndTime"] - job["TrainingStartTime"]).total_seconds())


def compared(runs: dict[tuple[int, str], list[Run]]) -> Iterator[list]:
    """Each way beside one host: errors, worst difference, and ratios of times and of machine-seconds."""
    alone = runs[WAYS[0]]
    for (hosts, distribution), found in runs.items():
        errors = [run.rmse for run in found]
        worse = sum(run.rmse > one.rmse for run, one in zip(found, alone, strict=True))
        ratio = median(run.seconds / one.seconds for run, one in zip(found, alone, strict=True))
        way = distribution if hosts > 1 else "–"
        yield [
            hosts,
            way,
            mean(errors),
            min(errors),
            max(errors),
            f"{worse} of {len(found)}",
            ratio,
            hosts * ratio,
        ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--save", action="store_true", help="write benchmarks/results/hosts.md")
    options = parser.parse_args()
    report = Report("hosts", "One job of lesson 09 on several hosts of the local SageMaker.")
    runs: dict[tuple[int, str], list[Run]] = {way: [] for way in WAYS}
    with tempfile.TemporaryDirectory() as folder:
        started = server.start(Path(folder) / "state", outlive=False)
        try:
            session = boto3.session.Session("local", "local", region_name="us-east-1")
            s3, sagemaker = (session.client(each, endpoint_url=started.url) for each in ("s3", "sagemaker"))
            columns = upload(s3)
            for seed in range(options.seeds):
                for way, found in runs.items():
                    found.append(train(sagemaker, columns, *way, seed))
                    print(seed, *way, found[-1], flush=True)
        finally:
            started.stop()
    report.table(
        f"{options.seeds} seeds",
        [
            "hosts",
            "rows go to",
            "mean RMSE",
            "lowest",
            "highest",
            "worse than 1",
            "time / 1 host",
            "bill / 1 host",
        ],
        compared(runs),
        "RMSE on the rows kept back. *Worse than 1*: in how many seeds. Time and bill: medians of the ratios "
        "within a seed; the bill is time by hosts.",
    )
    report.table(
        "RMSE, seed by seed",
        ["seed", *(f"{hosts} {DISTRIBUTION[way]}" for hosts, way in WAYS)],
        ([seed, *(f"{runs[way][seed].rmse:.4f}" for way in WAYS)] for seed in range(options.seeds)),
    )
    if options.save:
        report.save()


if __name__ == "__main__":
    main()
