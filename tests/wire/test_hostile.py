"""What nobody should send: from web pages, without end, with names that are paths, to other services."""

from __future__ import annotations

import http.client
import json
import socket
import time

import psutil
import pytest
from botocore.exceptions import ClientError

from course_utils.local_aws.account import default_bucket

pytestmark = pytest.mark.wire
BUCKET = default_bucket("us-east-1")
SIGNED = "AWS4-HMAC-SHA256 Credential=test/20260101/{}/{}/aws4_request, Signature=0"


def ask(local, method, path, body=b"", **headers):
    """Status and body of one request; header names with ``_`` for ``-``."""
    connection = http.client.HTTPConnection("127.0.0.1", local.port, timeout=30)
    connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
    response = connection.getresponse()
    answer = response.read()
    connection.close()
    return response.status, answer, response.headers


def raw(local, *parts, wait=10):
    """Send bytes as they are; what comes back until the server closes the connection."""
    with socket.create_connection(("127.0.0.1", local.port), timeout=wait) as sock:
        for part in parts:
            sock.sendall(part)
        return b"".join(iter(lambda: sock.recv(100_000), b""))


# --- a web page in the learner's browser --------------------------------------------------------------------


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://127.0.0.1.evil.example", "file://"]
)
def test_a_web_page_may_ask_nothing(local, client, name, origin):
    """A browser sends such requests without asking first, and always says which page they come from."""
    client("s3").put_object(Bucket=BUCKET, Key=name, Body=b"kept")
    delete = f"<Delete><Object><Key>{name}</Key></Object></Delete>".encode()
    for method, path, kind in (
        ("POST", f"/{BUCKET}?delete", "text/plain"),
        ("POST", "/endpoints/e/invocations", "text/plain"),
        ("POST", "/", "application/x-www-form-urlencoded"),
        ("GET", f"/{BUCKET}/{name}", ""),
        ("OPTIONS", f"/{BUCKET}/{name}", ""),
    ):
        status, answer, headers = ask(local, method, path, delete, Origin=origin, Content_Type=kind)
        assert status == 403, path
        assert b"kept" not in answer
        assert not [each for each in headers if each.lower().startswith("access-control")]
    assert client("s3").get_object(Bucket=BUCKET, Key=name)["Body"].read() == b"kept"


def test_programs_on_this_machine_may(local):
    for origin in ("http://127.0.0.1:8888", "http://localhost:8888"):
        assert ask(local, "GET", "/_local/health", Origin=origin)[0] == 200


def test_no_reply_allows_other_origins(local, client):
    for path in ("/_local/health", "/", f"/{BUCKET}"):
        assert "Access-Control-Allow-Origin" not in ask(local, "GET", path)[2]
    url = client("iam").list_roles()["ResponseMetadata"]["HTTPHeaders"]
    assert "access-control-allow-origin" not in url


# --- too long, endless, or no HTTP --------------------------------------------------------------------------


def test_a_body_that_is_too_long_is_refused_before_it_is_read(local, client):
    server = psutil.Process(local.pid)
    before = server.memory_info().rss
    head = (
        "POST {} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 999999999999\r\n{}"
        f"Authorization: {SIGNED.format('us-east-1', 'sagemaker')}\r\n\r\n"
    )
    for path, more in (
        ("/", "X-Amz-Target: SageMaker.ListModels\r\n"),
        ("/", "X-Amz-Target: Logs_20140328.PutLogEvents\r\n"),
        ("/endpoints/e/invocations", ""),
    ):
        with socket.create_connection(("127.0.0.1", local.port), timeout=10) as sock:
            sock.sendall(head.format(path, more).encode())
            assert sock.recv(1000).startswith(b"HTTP/1.1 413 ")
    assert server.memory_info().rss - before < 20 * 2**20


def test_a_body_without_an_end_is_cut_off(local):
    head = (
        "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n"
        f"Authorization: {SIGNED.format('us-east-1', 'sagemaker')}\r\n"
        "X-Amz-Target: SageMaker.ListModels\r\n\r\n"
    )
    chunk = b"100000\r\n" + bytes(2**20) + b"\r\n"
    with socket.create_connection(("127.0.0.1", local.port), timeout=10) as sock:
        sock.sendall(head.encode())
        for _ in range(7):
            sock.sendall(chunk)
        assert sock.recv(1000).startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize(
    "request_",
    [
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: -1\r\n\r\n",
        b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"X: 1\r\n" * 1000 + b"\r\n",
        b"GET / HTTP/1.1\r\nX: " + b"a" * 100_000 + b"\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500),  # the beginning of TLS
    ],
)
def test_no_http_gets_400(local, request_):
    assert raw(local, request_).startswith(b"HTTP/1.1 400 ")


def test_silent_connections_keep_nobody_waiting(local, client):
    silent = [socket.create_connection(("127.0.0.1", local.port)) for _ in range(150)]
    for each in silent:
        each.sendall(b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Le")
    begun = time.monotonic()
    client("sagemaker").list_models()
    assert time.monotonic() - begun < 5
    for each in silent:
        each.close()
    server = psutil.Process(local.pid)
    while server.num_threads() > 100:
        pass


# --- names that are paths -----------------------------------------------------------------------------------


@pytest.mark.parametrize("region", ["..", ".", "", "%2e%2e", "a\\b"])
def test_a_region_is_no_path(local, region):
    """Working folders lie below the region's name; ``..`` would make a job called s3 the store itself."""
    status, answer, _ = ask(
        local, "POST", "/", b"{}", X_Amz_Target="SageMaker.ListModels",
        Authorization=SIGNED.format(region, "sagemaker"),
    )  # fmt: skip
    assert status == 400
    assert json.loads(answer)["__type"] == "InvalidSignatureException"


@pytest.mark.parametrize("channel", [".", ".."])
def test_a_channel_is_no_path(client, job_request, channel):
    job_request["InputDataConfig"][0]["ChannelName"] = channel
    with pytest.raises(ClientError, match="ChannelName"):
        client("sagemaker").create_training_job(**job_request)


@pytest.mark.parametrize("key", ["a" * 300, "null\0byte", "a/" * 400 + "a", "über/ß", "a//b", "a/./b"])
def test_keys_that_can_be_no_files(client, job_request, name, wait_for, key):
    """Any text is a key; a job that cannot have it as a file says so, as a fault of the data."""
    client("s3").put_object(Bucket=BUCKET, Key=f"{name}/{key}", Body=b"1")
    source = job_request["InputDataConfig"][0]["DataSource"]["S3DataSource"]
    source["S3Uri"] = f"s3://{BUCKET}/{name}/"
    client("sagemaker").create_training_job(**job_request)
    job = wait_for(name)
    if job["TrainingJobStatus"] == "Failed":
        assert job["FailureReason"].startswith("ClientError: Data download failed: s3://")


# --- other services of moto ---------------------------------------------------------------------------------


def test_no_other_service_calls_addresses_or_starts_programs(client):
    for service, call, request in (
        ("sns", "create_topic", {"Name": "x"}),
        ("sqs", "create_queue", {"QueueName": "x"}),
        ("lambda", "list_functions", {}),
        ("ec2", "describe_instances", {}),
        ("dynamodb", "list_tables", {}),
    ):
        with pytest.raises(ClientError) as error:
            getattr(client(service), call)(**request)
        assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501, service
        assert error.value.response["ResponseMetadata"]["RetryAttempts"] == 0


def test_moto_has_no_remote_control(local):
    for path in ("/moto-api/reset", "//moto-api/reset", "/%6doto-api/reset", "/moto-api"):
        for service in ("sts", "iam", "moto"):
            status, _, _ = ask(local, "POST", path, b"", Authorization=SIGNED.format("us-east-1", service))
            assert status in (403, 404, 405, 501), path
    status, answer, _ = ask(
        local, "POST", "/", b"Action=ListRoles&Version=2010-05-08",
        Content_Type="application/x-www-form-urlencoded", Authorization=SIGNED.format("us-east-1", "iam"),
    )  # fmt: skip
    assert (status, b"SageMakerRole" in answer) == (200, True)


def test_an_address_alone_changes_nothing(local, client):
    """Such as the address of an image in a web page, which a browser asks for without an Origin."""
    signed = "X-Amz-Credential=a/20260101/us-east-1/iam/aws4_request"
    query = f"?Action=DeleteRole&RoleName=kept&Version=2010-05-08&{signed}"
    client("iam").create_role(RoleName="kept", AssumeRolePolicyDocument="{}")
    assert ask(local, "GET", f"/{query}")[0] == 501
    assert client("iam").get_role(RoleName="kept")["Role"]["RoleName"] == "kept"
    client("iam").delete_role(RoleName="kept")


def test_a_job_cannot_choose_the_code_that_is_run(client, job_request, wait_for, log_lines, name, tmp_path):
    (tmp_path / "sitecustomize.py").write_text(f"open({str(tmp_path / 'escaped')!r}, 'w')")
    job_request["Environment"] = {"PYTHONPATH": str(tmp_path), "LD_PRELOAD": "/nowhere.so", "FM_SEED": "3"}
    client("sagemaker").create_training_job(**job_request)
    assert wait_for(name)["TrainingJobStatus"] == "Completed"
    assert not (tmp_path / "escaped").exists()
    lines = log_lines("/aws/sagemaker/TrainingJobs", name)
    assert lines[:2] == [
        f"The environment variable {each} belongs to this machine and keeps its value."
        for each in ("LD_PRELOAD", "PYTHONPATH")
    ]
    assert any("seed: 3" in line for line in lines)


def test_xml_that_explodes_is_malformed(local):
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    bomb = f'<!DOCTYPE x [<!ENTITY l0 "lol">{entities}]><Delete><Object><Key>&l9;</Key></Object></Delete>'
    status, answer, _ = ask(local, "POST", f"/{BUCKET}?delete", bomb.encode())
    assert (status, b"MalformedXML" in answer) == (400, True)
