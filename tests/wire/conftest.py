"""A running local SageMaker, once for all wire tests, with the real image table and one fake algorithm."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import boto3
import psutil
import pytest
from botocore.model import OperationModel, Shape

from course_utils.local_aws import server
from course_utils.local_aws.account import ROLE_ARN, default_bucket

FAKE = Path(__file__).parents[1] / "local_aws" / "fake_algorithm.py"
FAKE_IMAGE = "382416733822.dkr.ecr.us-east-1.amazonaws.com/fake:1"
BUCKET = default_bucket("us-east-1")
OwnServer = Callable[[], AbstractContextManager[server.Server]]
_numbers = count(1)


def _install_fake(state_dir: Path) -> None:
    state_dir.mkdir(parents=True, exist_ok=True)
    commands = {verb: [sys.executable, str(FAKE), verb] for verb in ("train", "serve")}
    model = {"train": [], "serve": [sys.executable, str(Path(__file__).parent / "fake_model.py")]}
    (state_dir / "images.json").write_text(json.dumps({"fake": commands, "fake-model": model}))


def client_of(local: server.Server, service: str, region: str = "us-east-1") -> Any:
    made = boto3.session.Session("test", "test", region_name=region).client(service, endpoint_url=local.url)
    made.meta.events.register("before-parse.sagemaker", _check_reply)
    return made


def _check_reply(operation_model: OperationModel, response_dict: dict[str, Any], **_: Any) -> None:
    """Every reply of SageMaker that a test gets has the form that the service model promises."""
    if response_dict["status_code"] < 300:
        reply = json.loads(response_dict["body"] or b"{}")
        wrong = list(_wrong(operation_model.output_shape, reply, operation_model.name))
        assert not wrong, wrong


_JSON = {
    "structure": dict,
    "map": dict,
    "list": list,
    "string": str,
    "boolean": bool,
    "integer": int,
    "long": int,
    "float": int | float,
    "double": int | float,
    "timestamp": int | float,
}


def _wrong(shape: Shape | None, value: Any, place: str) -> Iterator[str]:
    """What breaks the output shape: unknown and missing members, other types, values outside an enum."""
    if shape is None:
        if value:
            yield f"{place}: {value!r}, but the operation has no output"
        return
    if not isinstance(value, _JSON[shape.type_name]):
        yield f"{place}: {value!r} is no {shape.type_name}"
    elif shape.type_name == "structure":
        yield from (f"{place}.{name} is not in the model" for name in value if name not in shape.members)
        yield from (f"{place}.{name} is missing" for name in shape.required_members if name not in value)
        for name in value.keys() & shape.members.keys():
            yield from _wrong(shape.members[name], value[name], f"{place}.{name}")
    elif shape.type_name == "list":
        for number, item in enumerate(value):
            yield from _wrong(shape.member, item, f"{place}[{number}]")
    elif shape.type_name == "map":
        for key, item in value.items():
            yield from _wrong(shape.value, item, f"{place}[{key!r}]")
    elif shape.type_name == "string" and value not in (shape.metadata.get("enum") or [value]):
        yield f"{place}: {value!r} is not in the enum"


@pytest.fixture(scope="session")
def own_server(tmp_path_factory: pytest.TempPathFactory) -> OwnServer:
    """``with own_server() as started``: a server in which nobody else has left anything."""

    @contextmanager
    def own() -> Iterator[server.Server]:
        state_dir = tmp_path_factory.mktemp("sagemaker")
        _install_fake(state_dir)
        started = server.start(state_dir)
        try:
            yield started
        finally:
            started.stop()

    return own


@pytest.fixture(scope="session")
def local(own_server: OwnServer) -> Iterator[server.Server]:
    """The server of all wire tests, but for those files that count what is there."""
    with own_server() as started:
        yield started


@pytest.fixture(scope="session")
def client(local: server.Server) -> Callable[[str], Any]:
    """``client("s3")``: boto3 client of the server."""
    return cache(lambda service: client_of(local, service))


@pytest.fixture(scope="session")
def client_for() -> Callable[..., Any]:
    """``client_for(server, "s3")``: boto3 client of a server that a test has started itself."""
    return client_of


@pytest.fixture(scope="session")
def install_fake() -> Callable[[Path], None]:
    """``install_fake(state_dir)`` adds the image ``fake`` to a state folder."""
    return _install_fake


@pytest.fixture
def name(request: pytest.FixtureRequest) -> str:
    """A resource name that no other test uses."""
    return f"{request.node.name.split('[')[0].replace('_', '-')[:50]}-{next(_numbers)}"


@pytest.fixture
def job_request(client: Callable[[str], Any], name: str) -> dict[str, Any]:
    """A complete CreateTrainingJob request for the fake algorithm; its data lies in S3."""
    client("s3").put_object(Bucket=BUCKET, Key="fake/train/part-0", Body=b"12345")
    return {
        "TrainingJobName": name,
        "AlgorithmSpecification": {"TrainingImage": FAKE_IMAGE, "TrainingInputMode": "File"},
        "RoleArn": ROLE_ARN,
        "InputDataConfig": [
            {
                "ChannelName": "train",
                "DataSource": {
                    "S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/fake/train"}
                },
            }
        ],
        "OutputDataConfig": {"S3OutputPath": f"s3://{BUCKET}/fake/output"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5},
        "StoppingCondition": {"MaxRuntimeInSeconds": 60},
    }


@pytest.fixture
def wait_for(client: Callable[[str], Any]) -> Callable[..., dict[str, Any]]:
    """``wait_for(job, "Training")``: poll until the job has reached a secondary status, or any end."""

    def wait(job: str, *secondary: str) -> dict[str, Any]:
        while True:
            description = client("sagemaker").describe_training_job(TrainingJobName=job)
            ended = description["TrainingJobStatus"] in ("Completed", "Failed", "Stopped")
            if ended or description["SecondaryStatus"] in secondary:
                return description

    return wait


@pytest.fixture
def log_lines(client: Callable[[str], Any]) -> Callable[..., list[str]]:
    """``log_lines("/aws/sagemaker/TrainingJobs", "job/")``: all lines of the streams with that prefix."""

    def read(group: str, prefix: str) -> list[str]:
        logs = client("logs")
        streams = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=prefix)["logStreams"]
        return [
            event["message"]
            for stream in streams
            for event in logs.get_log_events(
                logGroupName=group, logStreamName=stream["logStreamName"], startFromHead=True
            )["events"]
        ]

    return read


@pytest.fixture(scope="session")
def alive() -> Callable[[int], bool]:
    """``alive(pid)``: whether a process runs (a zombie that nobody has reaped does not)."""

    def look(pid: int) -> bool:
        try:
            return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False

    return look
