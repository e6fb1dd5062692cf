"""A stand-in for AWS between a learner's process and the local SageMaker: it forwards, and notes every call.

It can play an account of another number, and it answers Service Quotas, which the local SageMaker has not.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from course_utils.local_aws.account import ACCOUNT_ID, ROLE_ARN
from course_utils.local_aws.server import Server

KEYS = {"AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": "x"}  # AWS's own example
_WATCH = Path(__file__).parents[1] / "loopback_only" / "sitecustomize.py"
_HOP = {"connection", "transfer-encoding", "content-length", "x-amz-expected-bucket-owner"}


class PlayedAws:
    """What a test sets and sees of the stand-in.

    Attributes
    ----------
    account : str
        Who the caller is said to be.
    quotas : dict or None
        Names and values that Service Quotas answers; None: it refuses.
    denied : str or None
        How the calls begin that the caller has no right to.
    calls : list of str
        Such as ``"sts GetCallerIdentity"``, ``"sagemaker CreateModel"``, ``"s3 PUT /bucket/key"``.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.account = ACCOUNT_ID
        self.quotas: dict[str, float] | None = None
        self.denied: str | None = None
        self.calls: list[str] = []

    def starts(self) -> list[str]:
        """The calls that make or change something in SageMaker."""
        verbs = ("Create", "Update", "Start")
        return [call for call in self.calls if call.startswith(tuple(f"sagemaker {verb}" for verb in verbs))]


@pytest.fixture(scope="module")
def local(own_server: Callable[[], AbstractContextManager[Server]]) -> Iterator[Server]:
    """For each file a server of its own: these tests count what is there."""
    with own_server() as started:
        yield started


@pytest.fixture(scope="module")
def client(local: Server, client_for: Callable[..., Any]) -> Callable[[str], Any]:
    return cache(lambda service: client_for(local, service))


@pytest.fixture
def played_aws(local: Server) -> Iterator[PlayedAws]:
    home = urlsplit(local.url)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_any(self) -> None:
            body = self._body()
            call = _name_of(self, body)
            played.calls.append(call)
            if played.denied and call.startswith(played.denied):
                self._deny(call)
                return
            if call.startswith("servicequotas"):
                self._quotas()
                return
            wire = http.client.HTTPConnection(home.hostname, home.port, timeout=60)
            kept = {name: value for name, value in self.headers.items() if name.lower() not in _HOP}
            wire.request(self.command, self.path, body, {**kept, "Content-Length": str(len(body))})
            reply = wire.getresponse()
            content = reply.read()
            wire.close()
            if call == "sts GetCallerIdentity":
                content = content.replace(ACCOUNT_ID.encode(), played.account.encode())
            self._answer(reply.status, dict(reply.getheaders()), content)

        do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_any

        def _body(self) -> bytes:
            if "chunked" not in self.headers.get("Transfer-Encoding", ""):
                return self.rfile.read(int(self.headers.get("Content-Length") or 0))
            parts = []
            while size := int(self.rfile.readline().split(b";")[0], 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(parts)

        def _quotas(self) -> None:
            if played.quotas is None:
                self._deny("servicequotas")
                return
            found = [{"QuotaName": name, "Value": value} for name, value in played.quotas.items()]
            content = json.dumps({"Quotas": found}).encode()
            self._answer(200, {"Content-Type": "application/x-amz-json-1.1"}, content)

        def _deny(self, call: str) -> None:
            if call.startswith("s3"):
                content = b"<Error><Code>AccessDenied</Code><Message>you may not</Message></Error>"
                self._answer(403, {"Content-Type": "application/xml"}, content)
            else:
                content = json.dumps({"__type": "AccessDeniedException", "message": "you may not"}).encode()
                self._answer(400, {"Content-Type": "application/x-amz-json-1.1"}, content)

        def _answer(self, status: int, headers: dict[str, str], content: bytes) -> None:
            self.send_response_only(status)
            for name, value in headers.items():
                if name.lower() not in _HOP:
                    self.send_header(name, value)
            length = headers.get("Content-Length", len(content)) if self.command == "HEAD" else len(content)
            self.send_header("Content-Length", str(length))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listener:
        played = PlayedAws(f"http://127.0.0.1:{listener.server_port}")
        thread = threading.Thread(target=listener.serve_forever, daemon=True)
        thread.start()
        yield played
        listener.shutdown()
        thread.join(10)


def _name_of(request: BaseHTTPRequestHandler, body: bytes) -> str:
    target = request.headers.get("X-Amz-Target", "")
    signed = re.search(r"Credential=[^/]+/\d+/[^/]+/([^/]+)/", request.headers.get("Authorization", ""))
    service = signed[1].lower() if signed else "unsigned"
    if target:
        return f"{service} {target.split('.')[-1]}"
    if service in ("sts", "iam"):
        return f"{service} {parse_qs(body.decode())['Action'][0]}"
    return f"{service} {request.command} {urlsplit(request.path).path}"


@pytest.fixture
def environment(played_aws: PlayedAws, tmp_path: Path) -> dict[str, str]:
    """Of a learner's process that takes the stand-in for AWS, and is watched: nothing leaves this machine."""
    watch = tmp_path / "watch"
    watch.mkdir()
    shutil.copy(_WATCH, watch)
    no_telemetry = {
        "SchemaVersion": "1.0",
        "SageMaker": {"PythonSDK": {"Modules": {"TelemetryOptOut": True}}},
    }
    (tmp_path / "sagemaker.yaml").write_text(json.dumps(no_telemetry))
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "PYTHONPATH": str(watch),
        "COURSE_STATE_DIR": str(tmp_path / "unused"),
        "AWS_ENDPOINT_URL": played_aws.url,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_MAX_ATTEMPTS": "1",
        "SAGEMAKER_ROLE_ARN": ROLE_ARN,
        "SAGEMAKER_USER_CONFIG_OVERRIDE": str(tmp_path / "sagemaker.yaml"),
        **KEYS,
    }


@pytest.fixture
def python(environment: dict[str, str], tmp_path: Path) -> Iterator[Callable[..., str]]:
    """Run a script as a learner would; returns what it printed, and its error when it failed."""

    def run(script: str, *, program: str = sys.executable, **more: str) -> str:
        outcome = subprocess.run(
            [program, "-c", script],
            env=environment | more,
            cwd=tmp_path,
            stdin=subprocess.DEVNULL,  # whoever asks a question gets no answer
            capture_output=True,
            text=True,
            timeout=200,
            check=False,
        )
        return outcome.stdout + outcome.stderr

    yield run
    left = tmp_path / "watch" / "left-this-machine.txt"
    assert not left.exists(), left.read_text()


@pytest.fixture
def course(environment: dict[str, str], tmp_path: Path) -> Callable[..., subprocess.CompletedProcess]:
    """``course("aws", "leftovers")``: the command, without anybody at the keyboard."""

    def run(*arguments: str, answer: str = "", **more: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            [sys.executable, "-m", "course_utils.cli", *arguments],
            env=environment | more,
            cwd=tmp_path,
            input=answer,
            capture_output=True,
            text=True,
            timeout=200,
            check=False,
        )

    return run


LEARNER = """
import io, json, os, tarfile, boto3
from botocore.exceptions import ClientError
older = boto3.client("sagemaker", region_name="us-east-1")
from course_utils import aws
here = aws.connect("aws", **json.loads(os.environ.get("CONNECT", "{}")))
sagemaker, s3 = here.client("sagemaker"), here.client("s3")
IMAGE = "382416733822.dkr.ecr.us-east-1.amazonaws.com/fake:1"
s3.put_object(Bucket=here.bucket, Key="fm-course-data/x", Body=b"1")
packed = io.BytesIO()
with tarfile.open(fileobj=packed, mode="w:gz") as artefact:
    artefact.addfile(tarfile.TarInfo("weights"))
s3.put_object(Bucket=here.bucket, Key="fm-course-data/m/model.tar.gz", Body=packed.getvalue())
MODEL = f"s3://{here.bucket}/fm-course-data/m/model.tar.gz"
SOURCE = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": here.s3_folder + "/x"}}

def request(name=None, seconds=3600, instances=1, instance="ml.m5.large", **settings):
    return dict(
        TrainingJobName=name or here.name("t"), RoleArn=here.role_arn, HyperParameters=settings,
        AlgorithmSpecification={"TrainingInputMode": "File", "TrainingImage": IMAGE},
        InputDataConfig=[{"ChannelName": "train", "DataSource": SOURCE}],
        OutputDataConfig={"S3OutputPath": here.s3_folder + "/out"},
        StoppingCondition={"MaxRuntimeInSeconds": seconds},
        ResourceConfig={"InstanceType": instance, "InstanceCount": instances, "VolumeSizeInGB": 1})

def tuning(name, jobs, **settings):
    job = request(**settings)
    del job["TrainingJobName"]
    job["StaticHyperParameters"] = job.pop("HyperParameters")
    job["AlgorithmSpecification"]["MetricDefinitions"] = [{"Name": "s", "Regex": "score=(.*)"}]
    ranges = {"IntegerParameterRanges": [{"Name": "lines", "MinValue": "1", "MaxValue": "9"}]}
    return dict(
        HyperParameterTuningJobName=name, TrainingJobDefinition=job, HyperParameterTuningJobConfig={
            "Strategy": "Random", "ParameterRanges": ranges,
            "HyperParameterTuningJobObjective": {"Type": "Maximize", "MetricName": "s"},
            "ResourceLimits": {"MaxNumberOfTrainingJobs": jobs, "MaxParallelTrainingJobs": jobs}})

def transform(name, model):
    return dict(
        TransformJobName=name, ModelName=model, TransformInput={"DataSource": SOURCE},
        TransformOutput={"S3OutputPath": here.s3_folder + "/answers"},
        TransformResources={"InstanceType": "ml.m5.large", "InstanceCount": 1})

def model(name=None):
    name = name or here.name("m")
    sagemaker.create_model(ModelName=name, ExecutionRoleArn=here.role_arn,
                           PrimaryContainer={"Image": IMAGE, "ModelDataUrl": MODEL})
    return name

def config(name=None, instance="ml.t2.medium", count=1):
    name = model(name)
    variant = dict(VariantName="A", ModelName=name, InitialInstanceCount=count, InstanceType=instance)
    sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
    return name

def attempt(call, *arguments, **named):
    try:
        call(*arguments, **named)
        print("done", flush=True)
    except Exception as error:
        print(type(error).__name__ + ": " + " ".join(str(error).split()), flush=True)
"""
"""Begins every script of a learner: connects, and has requests at hand for the fake algorithm."""


@pytest.fixture
def learner(python: Callable[..., str]) -> Callable[..., list[str]]:
    """``learner(script, budget=1)``: the lines that a connected learner's script prints after ``--``."""

    def run(script: str, *, program: str = sys.executable, **connect: object) -> list[str]:
        told = {"account": ACCOUNT_ID, **connect}
        output = python(LEARNER + "print('--')\n" + script, program=program, CONNECT=json.dumps(told))
        assert "\n--\n" in output, output
        return output.split("\n--\n")[1].splitlines()

    return run
