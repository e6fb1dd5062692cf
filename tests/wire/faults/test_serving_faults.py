"""Endpoints.

The requests go to one endpoint of the real algorithm, whose model knows ten columns.
"""

from __future__ import annotations

import contextlib
import gzip
import http.client
import io
import json
import os
import random
import re
import signal
import struct
import sys
import tarfile
import threading
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit

import numpy as np
import psutil
import pytest
from botocore.exceptions import WaiterError

from course_utils import artifact
from course_utils.fm.model import FMParameters
from course_utils.local_aws import runtime
from course_utils.local_aws.account import ROLE_ARN, default_bucket
from course_utils.local_aws.containers.images import Image
from course_utils.local_aws.endpoints.serving import ServingProcess
from course_utils.local_aws.errors import AwsError

pytestmark = pytest.mark.wire
BUCKET = default_bucket("us-east-1")
ECR = "382416733822.dkr.ecr.us-east-1.amazonaws.com"
WIDTH = 10
JSON, LINES, RECORDIO = "application/json", "application/jsonlines", "application/x-recordio-protobuf"
FAKE_MODEL = Path(__file__).parents[1] / "fake_model.py"


def sparse_row(**changes):
    return {"data": {"features": {"keys": [1, 5], "shape": [WIDTH], "values": [1, 0.5], **changes}}}


GOOD = json.dumps({"instances": [sparse_row()]}).encode()

# fault, how it is made, body (None: RecordIO cut short), ContentType and Accept, OriginalStatusCode
SERVING_FAULTS = [
    ("Wrong content type", "a row as text/csv", b"1,5", {"ContentType": "text/csv"}, 415),
    ("Malformed JSON", "the body ends too early", GOOD[:-4], {"ContentType": JSON}, 400),
    ("JSON without instances", "the list is called rows", GOOD.replace(b"instances", b"rows"),
     {"ContentType": JSON}, 400),
    ("An instance without features", 'it has "feature"', GOOD.replace(b"features", b"feature"),
     {"ContentType": JSON}, 400),
    ("A key beyond feature_dim", "keys 1 and 10 for a model of 10 columns",
     json.dumps({"instances": [sparse_row(keys=[1, WIDTH])]}).encode(), {"ContentType": JSON}, 400),
    ("A row of another width", "shape 11 for a model of 10 columns",
     json.dumps({"instances": [sparse_row(shape=[WIDTH + 1])]}).encode(), {"ContentType": JSON}, 400),
    ("NaN in a request", "a value is NaN", GOOD.replace(b"0.5", b"NaN"), {"ContentType": JSON}, 400),
    ("Text instead of a number", 'a value is "1"', GOOD.replace(b"0.5", b'"1"'), {"ContentType": JSON}, 400),
    ("A body without rows", "no body at all", b"", {"ContentType": JSON}, 400),
    ("A broken line of JSON Lines", "the second line ends too early",
     b"\n".join([json.dumps(sparse_row()).encode(), b'{"data": {']), {"ContentType": LINES}, 400),
    ("RecordIO that ends too early in a request", "the last 7 bytes are cut off", None,
     {"ContentType": RECORDIO}, 400),
    ("An answer that is not offered", "Accept text/csv", GOOD,
     {"ContentType": JSON, "Accept": "text/csv"}, 406),
]  # fmt: skip


@pytest.fixture(scope="module")
def stage(client):
    """``stage(name, Image=…)`` deploys a model; returns the endpoint when it is up or Failed."""
    sagemaker, made = client("sagemaker"), []

    def deploy(name, **container):
        sagemaker.create_model(ModelName=name, PrimaryContainer=container, ExecutionRoleArn=ROLE_ARN)
        variant = {"VariantName": "A", "ModelName": name, "InitialInstanceCount": 1,
                   "InstanceType": "ml.m5.large"}  # fmt: skip
        sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
        sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
        made.append(name)
        with contextlib.suppress(WaiterError):  # raised for Failed
            sagemaker.get_waiter("endpoint_in_service").wait(
                EndpointName=name, WaiterConfig={"Delay": 0.05, "MaxAttempts": 1000}
            )
        return sagemaker.describe_endpoint(EndpointName=name)

    yield deploy
    for name in made:
        sagemaker.delete_endpoint(EndpointName=name)


@pytest.fixture(scope="module")
def endpoint(client, stage, tmp_path_factory):
    """Name of an endpoint of the real algorithm."""
    rng = np.random.default_rng(4)
    params = FMParameters(
        0.5,
        rng.normal(0, 1, WIDTH).astype(np.float32),
        rng.normal(0, 0.5, (WIDTH, 3)).astype(np.float32),
        "regressor",
    )
    archive = tmp_path_factory.mktemp("model") / "model.tar.gz"
    artifact.save(archive, params, {})
    client("s3").upload_file(str(archive), BUCKET, "faults/model.tar.gz")
    found = stage(
        "faults",
        Image=f"{ECR}/factorization-machines:1",
        ModelDataUrl=f"s3://{BUCKET}/faults/model.tar.gz",
    )
    assert found["EndpointStatus"] == "InService"
    return "faults"


def model_error(client, endpoint, body, **more):
    """The error that a request ends in."""
    with pytest.raises(client("sagemaker-runtime").exceptions.ModelError) as error:
        client("sagemaker-runtime").invoke_endpoint(EndpointName=endpoint, Body=body, **more)
    return error.value.response


def answers(client, endpoint):
    """Whether a good request is answered."""
    reply = client("sagemaker-runtime").invoke_endpoint(EndpointName=endpoint, Body=GOOD, ContentType=JSON)
    return len(json.loads(reply["Body"].read())["predictions"]) == 1


@pytest.mark.parametrize(
    ("fault", "made", "body", "kinds", "status"), SERVING_FAULTS, ids=[fault for fault, *_ in SERVING_FAULTS]
)
def test_requests_that_cannot_be_read(client, endpoint, records, report, fault, made, body, kinds, status):
    response = model_error(client, endpoint, records(labels=None)[:-7] if body is None else body, **kinds)
    assert response["OriginalStatusCode"] == status
    assert answers(client, endpoint)
    report(f"ModelError: {response['Error']['Message']}", "the endpoint goes on")


def test_a_body_beyond_the_limit(client, endpoint, refused, report):
    """A body over 6 MB

    6 MB and one byte of JSON
    """
    invoke = client("sagemaker-runtime").invoke_endpoint
    text = refused(invoke, EndpointName=endpoint, Body=GOOD.ljust(6 * 2**20 + 1), ContentType=JSON)
    assert text.startswith("413: ")
    reply = invoke(EndpointName=endpoint, Body=GOOD.ljust(6 * 2**20), ContentType=JSON)
    assert json.loads(reply["Body"].read())["predictions"]
    report(text, "the endpoint goes on")


def test_an_endpoint_that_is_not_there(client, refused, report):
    """An endpoint that is not there

    InvokeEndpoint with a name that was never used
    """
    text = refused(client("sagemaker-runtime").invoke_endpoint, EndpointName="no-such-endpoint", Body=GOOD)
    report(text, "–")


@pytest.mark.skipif(os.name != "posix", reason="Windows has no SIGKILL")
def test_a_container_that_is_killed(client, local, endpoint, report):
    """A serving container that dies

    kill -9 of the serving process
    """
    [process] = [
        each
        for each in psutil.Process(local.pid).children(recursive=True)
        if f"/endpoints/us-east-1/{endpoint}/" in each.environ().get("HOME", "")
        and "serve" in each.cmdline()
        and "guard.py" not in " ".join(each.cmdline())
    ]
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    message = model_error(client, endpoint, GOOD, ContentType=JSON)["Error"]["Message"]
    while True:
        with contextlib.suppress(client("sagemaker-runtime").exceptions.ModelError):
            assert answers(client, endpoint)
            break
    hint = message.replace("(ConnectionRefusedError: [Errno 111] Connection refused)", "(…)")
    report(f"ModelError: {hint}", "the container is started again and the endpoint answers")


def test_a_container_that_is_slow(tmp_path, monkeypatch, report):
    """A container that takes longer than a minute

    The limit is a third of a second in the test, and the container sleeps
    """
    image = Image("slow", [], [sys.executable, str(FAKE_MODEL)])
    process = ServingProcess(image, tmp_path, {}, lambda _: None, reply_seconds=0.3)
    try:
        assert process.wait_until_healthy(threading.Event())
        running = SimpleNamespace(
            serving=True, pick=lambda _: ("A", process, SimpleNamespace(stream="A/i-0123456789abcdef0"))
        )
        platform = SimpleNamespace(running={("endpoint", "us-east-1", "slow"): running})
        with pytest.raises(AwsError) as error:
            runtime.invoke(platform, "us-east-1", "slow", b"wait", {})
    finally:
        process.stop(grace=0)
    assert (error.value.status, error.value.members["OriginalStatusCode"]) == (424, 0)
    report(f"ModelError: {error.value.message}", "the endpoint goes on")


# --- artefacts ----------------------------------------------------------------------------------------------


def archived(*members):
    """A model.tar.gz with these members (name, or (name, type), and contents)."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, body in members:
            member = tarfile.TarInfo(name)
            if isinstance(body, str):
                member.type, member.linkname = tarfile.SYMTYPE, body
                tar.addfile(member)
            else:
                member.size = len(body)
                tar.addfile(member, io.BytesIO(body))
    return buffer.getvalue()


def bomb():
    """A tar.gz whose one member says that it has 1 TB; the zeros that follow are few."""
    member = tarfile.TarInfo("model_algo-1")
    member.size = 2**40
    return gzip.compress(member.tobuf() + bytes(2**20))


_NO_MODEL = ("An artefact without the model", "A model file of something else")  # the container says so
MODEL = archived(("model_algo-1", random.Random(1).randbytes(5000)))


@pytest.mark.parametrize(
    ("fault", "made", "data"),
    [
        ("A truncated model.tar.gz", "only its first 60 bytes", MODEL[:60]),
        ("A model.tar.gz that is no archive", "it is JSON", b'{"model": 1}'),
        ("A damaged model.tar.gz", "10 bytes in its middle are others",
         MODEL[:3000] + bytes(10) + MODEL[3010:]),
        ("An artefact that breaks out (zip-slip)", "a member is called ../../escaped",
         archived(("../../escaped", b"x"))),
        ("An artefact that links outside", "a member is a link to /etc/passwd",
         archived(("model_algo-1", "/etc/passwd"))),
        ("An artefact of a size that cannot be (tar bomb)", "a member that says it has 1 TB", bomb()),
        ("An artefact without the model", "the archive holds notes.txt only", archived(("notes.txt", b"x"))),
        ("A model file of something else", "model_algo-1 holds text",
         archived(("model_algo-1", b"my model"))),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_artefacts_that_cannot_be_served(client, local, stage, name, report, fault, made, data):
    client("s3").put_object(Bucket=BUCKET, Key=f"{name}/model.tar.gz", Body=data)
    found = stage(
        name, Image=f"{ECR}/factorization-machines:1", ModelDataUrl=f"s3://{BUCKET}/{name}/model.tar.gz"
    )
    assert found["EndpointStatus"] == "Failed"
    assert not list(local.state_dir.rglob("escaped"))
    assert not list((local.state_dir / "endpoints" / "us-east-1").glob(f"{name}/*/*"))
    broken = (
        "Failed to extract" if fault not in _NO_MODEL else "The primary container for production variant A"
    )
    assert found["FailureReason"].startswith(broken)
    reason = re.sub(r"\[[\d/]+ [\d:]+ ERROR \d+\]", "[TIME ERROR ID]", found["FailureReason"])
    reason = re.sub(r"0x[0-9a-f]+", "0x…", reason)
    report(reason, "the endpoint is Failed; nothing of the archive is left")


# --- a thousand payloads ------------------------------------------------------------------------------------


def seeds(records):
    """Good bodies in all formats, and their content types."""
    dense = {"features": [0, 1, 0, 0, 2.5, 0, 0, 0, 0, -1]}
    rows = [sparse_row(), dense, sparse_row(keys=[0, 9], values=[1e-3, 3])]
    return [
        (json.dumps({"instances": rows}).encode(), JSON),
        ("\n".join(map(json.dumps, rows)).encode(), LINES),
        (records(labels=None), RECORDIO),
    ]


_SPICE = [
    b"null",
    b"NaN",
    b"-1",
    b"1e999",
    b'""',
    b"[]",
    b"{}",
    b"\xff\xfe",
    b"\x00",
    b"[" * 2000,
    b"9" * 400,
    b"true",
]


def mutated(rng, body):
    """The body with one to three accidents: bytes changed, cut out, doubled, moved, or something put in."""
    data = bytearray(body)
    for _ in range(rng.randrange(1, 4)):
        at, to = sorted(rng.randrange(len(data) + 1) for _ in range(2))
        match rng.randrange(6):
            case 0 if data:
                data[min(at, len(data) - 1)] = rng.randrange(256)
            case 1:
                del data[at:to]
            case 2:
                data[to:to] = data[at:to]
            case 3:
                data[at:at] = rng.choice(_SPICE)
            case 4:
                data = data[:to]
            case _ if len(data) >= 4:
                data[min(at, len(data) - 4) :][:4] = struct.pack("<I", rng.getrandbits(32))
    return bytes(data)


def row_count(body, kind):
    """How many rows a body has, counted independently; only called for bodies that were understood."""
    if kind == JSON:
        return len(json.loads(body)["instances"])
    if kind == LINES:
        return sum(bool(line.strip()) for line in body.split(b"\n"))
    count = at = 0
    while at < len(body):
        word = struct.unpack_from("<I", body, at + 4)[0]
        count += word >> 29 in (0, 3)
        at += 8 + (word % 2**29 + 3) // 4 * 4
    return count


def test_a_thousand_payloads(client, local, endpoint, records, report):
    """1000 fuzzed payloads

    Good bodies of JSON, JSON Lines and RecordIO, each with one to three accidents
    """
    rng = random.Random(2026)
    good = seeds(records)
    connection = http.client.HTTPConnection(urlsplit(local.url).netloc, timeout=30)
    statuses = []
    for _ in range(1000):
        body, kind = rng.choice(good)
        body = mutated(rng, body)
        accept = rng.choice([JSON, LINES])
        connection.request(
            "POST",
            f"/endpoints/{endpoint}/invocations",
            body,
            {
                "Content-Type": kind,
                "Accept": accept,
                "Authorization": "AWS4-HMAC-SHA256 Credential=t/20260101/us-east-1/sagemaker/aws4_request",
            },
        )
        reply = connection.getresponse()
        answer = reply.read()
        statuses.append(reply.status)
        if reply.status == 200:
            rows = [json.loads(line) for line in answer.splitlines()]
            rows = rows[0]["predictions"] if accept == JSON else rows
            assert len(rows) == row_count(body, kind), body
            assert np.isfinite([row["score"] for row in rows]).all()
        else:
            assert reply.status == 424, (reply.status, answer)
            assert 400 <= json.loads(answer)["OriginalStatusCode"] < 500, answer
    connection.close()
    assert min(statuses.count(200), statuses.count(424)) > 50  # both happen
    assert answers(client, endpoint)
    report("predictions, one for each row, or a ModelError with status 400", "the endpoint goes on")
