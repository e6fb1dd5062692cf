"""moto is there when it is needed, and not before."""

from __future__ import annotations

import subprocess
import sys
from base64 import b64encode

import pytest

from course_utils.local_aws.moto_services import credential_scope


def test_moto_is_not_imported_for_what_is_ours():
    program = """
import sys
import course_utils.local_aws.app, course_utils.local_aws.http_server, course_utils.local_aws.platform
late = [name for name in ("moto", "flask", "werkzeug") if name in sys.modules]
print(late)
"""
    outcome = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert outcome.stdout.strip() == "[]", outcome.stderr


SIGNED = "AWS4-HMAC-SHA256 Credential=a/20260101/eu-west-1/logs/aws4_request, SignedHeaders=host, Signature=0"


@pytest.mark.parametrize(
    ("environ", "scope"),
    [
        (
            {"HTTP_AUTHORIZATION": SIGNED},
            ("eu-west-1", "logs"),
        ),
        (
            {"QUERY_STRING": "X-Amz-Credential=a%2F20260101%2Feu-west-1%2Fs3%2Faws4_request&X-Amz-Expires=9"},
            ("eu-west-1", "s3"),
        ),
        ({"HTTP_AUTHORIZATION": "AWS key:signature"}, ("us-east-1", "s3")),
        ({"HTTP_AUTHORIZATION": f"Basic {b64encode(b'a:b').decode()}"}, ("us-east-1", "s3")),
        ({}, ("us-east-1", "s3")),
    ],
)
def test_for_what_a_request_is_signed(environ, scope):
    assert credential_scope({"QUERY_STRING": "", **environ}) == scope
