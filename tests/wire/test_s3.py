"""S3 of the whole server: large objects in little memory, restarts, kills, and whose request is whose."""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import json
import random
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import boto3
import psutil
import pytest
from botocore.config import Config

from course_utils.local_aws import server
from course_utils.local_aws.account import ROLE_ARN, default_bucket
from course_utils.local_aws.storage import pack

pytestmark = pytest.mark.wire
MB = 1024 * 1024
BUCKET = default_bucket("us-east-1")
FAKE_IMAGE = "382416733822.dkr.ecr.us-east-1.amazonaws.com/fake:1"


def s3_of(running: server.Server):
    session = boto3.session.Session("test", "test", region_name="us-east-1")
    return session.client("s3", endpoint_url=running.url, config=Config(retries={"total_max_attempts": 1}))


def files(state_dir: Path) -> list[Path]:
    return list((state_dir / "s3" / "objects").iterdir())


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process's peak of memory")
def test_a_large_object_passes_through_little_memory(local, client, tmp_path, name):
    status = Path(f"/proc/{local.pid}/status")

    def peak() -> float:
        [line] = [each for each in status.read_text().splitlines() if each.startswith("VmHWM")]
        return int(line.split()[1]) / 1024

    s3 = client("s3")
    data = random.Random(0).randbytes(MB) * 96
    (tmp_path / "up").write_bytes(data)
    s3.put_object(Bucket=BUCKET, Key=f"{name}/small", Body=b"x")
    Path(f"/proc/{local.pid}/clear_refs").write_text("5")
    before = peak()
    s3.upload_file(str(tmp_path / "up"), BUCKET, f"{name}/big")
    s3.put_object(Bucket=BUCKET, Key=f"{name}/whole", Body=(tmp_path / "up").open("rb"))
    s3.copy_object(Bucket=BUCKET, Key=f"{name}/copy", CopySource=f"{BUCKET}/{name}/whole")
    s3.download_file(BUCKET, f"{name}/big", str(tmp_path / "down"))
    digest = hashlib.md5()
    for piece in s3.get_object(Bucket=BUCKET, Key=f"{name}/copy")["Body"].iter_chunks(MB):
        digest.update(piece)
    assert peak() - before < 60
    assert digest.digest() == hashlib.md5(data).digest()
    assert (tmp_path / "down").read_bytes() == data
    for key in ("big", "whole", "copy"):
        s3.delete_object(Bucket=BUCKET, Key=f"{name}/{key}")


@pytest.fixture
def restartable(tmp_path):
    """``restartable(end)``: end the server by that method and start it again on the same folder."""
    state = tmp_path / "state"
    current = [server.start(state)]

    def restart(end: str) -> server.Server:
        if end == "stop":
            current[0].stop()
        elif end == "kill":
            current[0].process.kill()
            current[0].stop()
        current[0] = server.start(state)
        return current[0]

    yield restart
    current[0].stop()


def test_objects_and_uploads_outlive_the_server(restartable):
    here = restartable("")
    s3 = s3_of(here)
    s3.put_object(Bucket=BUCKET, Key="ü/..//k", Body=b"body", Metadata={"a": "b"}, ContentType="text/x")
    upload = {"Bucket": BUCKET, "Key": "big"}
    upload["UploadId"] = s3.create_multipart_upload(**upload)["UploadId"]
    etag = s3.upload_part(**upload, PartNumber=1, Body=b"part")["ETag"]
    logs = boto3.session.Session("test", "test", region_name="us-east-1").client(
        "logs", endpoint_url=here.url
    )
    logs.create_log_group(logGroupName="g")
    s3 = s3_of(restartable("kill"))
    found = s3.get_object(Bucket=BUCKET, Key="ü/..//k")
    assert (found["Body"].read(), found["Metadata"], found["ContentType"]) == (b"body", {"a": "b"}, "text/x")
    s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": etag}]})
    s3 = s3_of(restartable("stop"))
    assert [each["Key"] for each in s3.list_objects_v2(Bucket=BUCKET)["Contents"]] == ["big", "ü/..//k"]
    assert s3.get_object(Bucket=BUCKET, Key="big")["Body"].read() == b"part"
    logs = boto3.session.Session("test", "test", region_name="us-east-1").client(
        "logs", endpoint_url=s3.meta.endpoint_url
    )
    assert [each["logGroupName"] for each in logs.describe_log_groups()["logGroups"]] == ["g"]


def test_a_kill_in_the_middle_of_an_upload_leaves_the_old_object(restartable):
    here = restartable("")
    s3 = s3_of(here)
    s3.put_object(Bucket=BUCKET, Key="k", Body=b"old")
    connection = http.client.HTTPConnection(urlsplit(here.url).netloc, timeout=30)
    connection.putrequest("PUT", f"/{BUCKET}/k")
    connection.putheader("Content-Length", str(100 * MB))
    connection.endheaders()
    connection.send(b"n" * 10 * MB)
    while max(path.stat().st_size for path in files(here.state_dir)) < 5 * MB:
        time.sleep(0.005)
    s3 = s3_of(restartable("kill"))
    with contextlib.suppress(OSError):
        connection.close()
    assert s3.get_object(Bucket=BUCKET, Key="k")["Body"].read() == b"old"
    [left] = files(here.state_dir)
    assert left.read_bytes() == b"old"


def test_many_invocations_do_not_grow_the_server(local, client, name, tmp_path):
    """The benchmark does it 10,000 times, with the real algorithm."""
    client("s3").put_object(Bucket=BUCKET, Key=f"{name}/m.tar.gz", Body=fake_archive(tmp_path))
    sagemaker = client("sagemaker")
    sagemaker.create_model(
        ModelName=name,
        ExecutionRoleArn=ROLE_ARN,
        PrimaryContainer={"Image": FAKE_IMAGE, "ModelDataUrl": f"s3://{BUCKET}/{name}/m.tar.gz"},
    )
    variant = {
        "VariantName": "A",
        "ModelName": name,
        "InitialInstanceCount": 1,
        "InstanceType": "ml.m5.large",
    }
    sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
    sagemaker.get_waiter("endpoint_in_service").wait(EndpointName=name, WaiterConfig={"Delay": 1})
    connection = http.client.HTTPConnection(urlsplit(local.url).netloc, timeout=30)
    process = psutil.Process(local.pid)

    def invoke(times: int) -> float:
        for _ in range(times):
            connection.request("POST", f"/endpoints/{name}/invocations", b"x" * 1000)
            response = connection.getresponse()
            body = response.read()
            assert response.status == 200, body
        return process.memory_info().rss / MB

    before = invoke(300)
    assert invoke(1200) - before < 8
    connection.close()
    sagemaker.delete_endpoint(EndpointName=name)


def fake_archive(folder: Path) -> bytes:
    (folder / "model").mkdir()
    (folder / "model" / "weights").write_bytes(b"")
    pack(folder / "model", folder / "m.tar.gz")
    return (folder / "m.tar.gz").read_bytes()


def test_whose_request_it_is(local, name):
    """Unsigned requests are S3's, whatever their content type; a form that is sent to / is STS's or IAM's."""
    connection = http.client.HTTPConnection(urlsplit(local.url).netloc, timeout=30)

    def ask(method, path, body=None, **headers):
        connection.request(method, path, body, {key.replace("_", "-"): each for key, each in headers.items()})
        response = connection.getresponse()
        return response.status, response.read()

    form = "application/x-www-form-urlencoded"
    assert ask("PUT", f"/{BUCKET}/{name}", b"Action=GetCallerIdentity", Content_Type=form)[0] == 200
    assert ask("GET", f"/{BUCKET}/{name}") == (200, b"Action=GetCallerIdentity")
    assert ask("GET", f"/{name}", Host=f"{BUCKET}.localhost") == (200, b"Action=GetCallerIdentity")
    status, body = ask("POST", "/", b"Action=GetCallerIdentity&Version=2011-06-15", Content_Type=form)
    assert (status, b"GetCallerIdentityResult" in body) == (200, True)
    status, body = ask("POST", "/", b"{}", X_Amz_Target="Logs_20140328.DescribeLogGroups")
    assert (status, "logGroups" in json.loads(body)) == (200, True)
    status, body = ask("GET", f"/{BUCKET}?policy")
    assert (status, b"does not offer GET ?policy" in body) == (501, True)
    connection.close()
