"""Where requests of local mode go."""

from __future__ import annotations

import boto3
import pytest
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.exceptions import ConnectTimeoutError, EndpointConnectionError
from botocore.httpsession import URLLib3Session

from course_utils.local_aws import redirect

LOCAL = "http://127.0.0.1:5055"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://sts.us-east-1.amazonaws.com/", f"{LOCAL}/"),
        ("https://s3.us-east-1.amazonaws.com/bucket/key?list-type=2", f"{LOCAL}/bucket/key?list-type=2"),
        ("https://my.bucket.s3.eu-west-1.amazonaws.com/a%20b", f"{LOCAL}/my.bucket/a%20b"),
        ("https://bucket.s3.amazonaws.com/", f"{LOCAL}/bucket/"),
        ("https://api.sagemaker.cn-north-1.amazonaws.com.cn/", f"{LOCAL}/"),
        ("https://sagemaker.us-east-1.api.aws/x", f"{LOCAL}/x"),
        ("http://127.0.0.1:9/x", "http://127.0.0.1:9/x"),
        ("http://localhost:9/x", "http://localhost:9/x"),
        ("https://amazonaws.com.example.org/", "https://amazonaws.com.example.org/"),
    ],
)
def test_aws_becomes_local(url, expected):
    assert redirect.local_url(url, LOCAL) == expected


@pytest.mark.parametrize("proxies", [None, {"https": "http://127.0.0.1:9"}])
def test_a_client_from_before_local_mode_cannot_leave_either(monkeypatch, proxies):
    old = boto3.session.Session("a", "b", region_name="us-east-1").client(
        "sts", endpoint_url="https://sts.us-east-1.amazonaws.com", config=Config(proxies=proxies)
    )
    assert not redirect.is_redirected(old)
    monkeypatch.setenv(redirect.ADDRESS_VARIABLE, LOCAL)
    redirect.stand_guard()
    with pytest.raises(
        redirect.LeavesThisMachine, match=r"sts\.us-east-1\.amazonaws\.com was refused.*make that"
    ):
        old.get_caller_identity()


def test_a_server_that_has_ended_is_said_with_its_remedy(monkeypatch):
    monkeypatch.setenv(redirect.ADDRESS_VARIABLE, "http://127.0.0.1:9")  # nobody listens there
    redirect.stand_guard()
    session = boto3.session.Session("a", "b", region_name="us-east-1")
    once = Config(retries={"total_max_attempts": 1})
    for url, notes in (("http://127.0.0.1:9", 1), ("http://127.0.0.1:10", 0)):
        with pytest.raises(EndpointConnectionError) as error:
            session.client("sts", endpoint_url=url, config=once).get_caller_identity()
        assert len(getattr(error.value, "__notes__", [])) == notes


def test_the_guard_stands_once_and_rests_outside_local_mode(monkeypatch):
    redirect.stand_guard()
    guarded = URLLib3Session.send
    redirect.stand_guard()
    assert URLLib3Session.send is guarded
    monkeypatch.delenv(redirect.ADDRESS_VARIABLE, raising=False)
    request = AWSRequest("GET", "http://127.0.0.2:9/").prepare()  # nobody listens there
    with pytest.raises((EndpointConnectionError, ConnectTimeoutError)):
        URLLib3Session(timeout=1).send(request)


def test_botocore_loads_the_plugin(monkeypatch):
    monkeypatch.setenv("BOTOCORE_EXPERIMENTAL__PLUGINS", f"fm_course={redirect.__name__}")
    monkeypatch.setenv(redirect.ADDRESS_VARIABLE, LOCAL)
    session = boto3.session.Session("a", "b", region_name="us-east-1")
    client = session.client("sts", endpoint_url="https://sts.example.com")
    assert redirect.is_redirected(client)
    with pytest.raises(redirect.LeavesThisMachine):
        client.get_caller_identity()
    monkeypatch.delenv("BOTOCORE_EXPERIMENTAL__PLUGINS")
    assert not redirect.is_redirected(session.client("sts"))
