"""Who may do what: two calls that the SageMaker SDK makes first, and IAM's roles, which survive a restart."""

from __future__ import annotations

import json
import sqlite3
import threading
from urllib.parse import parse_qs, unquote, urlencode
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from course_utils.local_aws import moto_services, texts
from course_utils.local_aws.account import ACCOUNT_ID, CALLER_ARN, ROLE_NAME
from course_utils.local_aws.state import Registry

Reply = tuple[str, list[tuple[str, str]], bytes]  # status line, headers, body

_REQUEST_ID = "00000000-0000-4000-8000-000000000000"


def answer(form: dict[str, list[str]]) -> bytes | None:
    """The XML reply to a form-encoded STS or IAM request that moto cannot answer as SageMaker needs, or None.

    ``GetCallerIdentity`` says that the caller has assumed the course's role, so that ``get_execution_role()``
    works; ``SimulatePrincipalPolicy`` allows everything.
    """
    action = form.get("Action", [""])[0]
    if action == "GetCallerIdentity":
        return _reply(
            action,
            "https://sts.amazonaws.com/doc/2011-06-15/",
            f"<Arn>{CALLER_ARN}</Arn><UserId>AROALOCALSAGEMAKER:local</UserId><Account>{ACCOUNT_ID}</Account>",
        )
    if action == "SimulatePrincipalPolicy":
        members = [value[0] for name, value in form.items() if name.startswith("ActionNames.member.")]
        results = "".join(
            f"<member><EvalActionName>{escape(name)}</EvalActionName><EvalDecision>allowed</EvalDecision></member>"
            for name in members
        )
        return _reply(
            action,
            "https://iam.amazonaws.com/doc/2010-05-08/",
            f"<IsTruncated>false</IsTruncated><EvaluationResults>{results}</EvaluationResults>",
        )
    return None


def _reply(action: str, namespace: str, content: str) -> bytes:
    return (
        f'<{action}Response xmlns="{namespace}"><{action}Result>{content}</{action}Result>'
        f"<ResponseMetadata><RequestId>{_REQUEST_ID}</RequestId></ResponseMetadata></{action}Response>"
    ).encode()


# --- roles --------------------------------------------------------------------------------------------------

_READS = ("Get", "List", "Simulate", "Generate")
_NAMESPACE = "{https://iam.amazonaws.com/doc/2010-05-08/}"
_TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}
_FIRST_ROLE = {"RoleName": ROLE_NAME, "AssumeRolePolicyDocument": json.dumps(_TRUST)}


class Iam:
    """IAM as moto answers it, which keeps all in RAM; here it gets a memory.

    Each change that moto has made is written down, and after a restart moto is told all of them again before
    it answers the first question. Ids and dates are new then, names and policies are as they were.

    Parameters
    ----------
    registry : Registry
        Keeps the changes.
    """

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._lock = threading.Lock()  # one call after the other, so that they are written in their order
        self._awake = False

    def answer(self, body: bytes) -> Reply:
        """Reply to a form-encoded request."""
        with self._lock:
            self._wake()
            reply = _ask_moto(body)
            action, role = _read(body)
            if reply[0].startswith("2") and not action.startswith(_READS):
                try:
                    self._remember(body, action, role)
                except sqlite3.Error as error:  # a full disk: what is not written down has not happened
                    _make_moto_forget()
                    self._awake = False
                    return _failure(texts.disk_failed(str(error)))
        return reply

    def _remember(self, body: bytes, action: str, role: str) -> None:
        if action == "DeleteRole":
            self._registry.forget_calls(role)  # its life before that matters no more
        self._registry.remember_call(body.decode("utf-8", "replace"), role)

    def wake(self) -> None:
        """Make ready to answer, which takes a moment."""
        with self._lock:
            self._wake()

    def lets_sagemaker_in(self, arn: str) -> bool:
        """Whether there is such a role, and SageMaker may assume it."""
        question = {"Action": "GetRole", "Version": "2010-05-08", "RoleName": arn.rsplit("/", 1)[-1]}
        status, _, body = self.answer(urlencode(question).encode())
        if not status.startswith("2"):
            return False
        [role] = ElementTree.fromstring(body).iter(f"{_NAMESPACE}Role")
        trust = unquote(role.findtext(f"{_NAMESPACE}AssumeRolePolicyDocument"))
        return role.findtext(f"{_NAMESPACE}Arn") == arn and "sagemaker.amazonaws.com" in trust

    def _wake(self) -> None:
        if self._awake:
            return
        first = urlencode({"Action": "CreateRole", "Version": "2010-05-08", **_FIRST_ROLE})
        for form in (first, *self._registry.calls()):
            _ask_moto(form.encode())
        self._awake = True


def _read(body: bytes) -> tuple[str, str]:
    """What is asked for, and for which role (or empty)."""
    form = parse_qs(body.decode("utf-8", "replace"))
    return form.get("Action", [""])[0], form.get("RoleName", [""])[0]


def _make_moto_forget() -> None:
    from moto.iam.models import iam_backends

    iam_backends[ACCOUNT_ID]["aws"].reset()


def _failure(message: str) -> Reply:
    body = (
        f"<Error><Type>Receiver</Type><Code>ServiceFailure</Code><Message>{escape(message)}</Message></Error>"
    )
    body = f"<ErrorResponse>{body}</ErrorResponse>"
    # 507, because clients repeat a request that was answered with 500
    return "507 Insufficient Storage", [("Content-Type", "text/xml")], body.encode()


def _ask_moto(body: bytes) -> Reply:
    from werkzeug.test import EnvironBuilder, run_wsgi_app

    environ = EnvironBuilder(
        method="POST",
        data=body,
        content_type="application/x-www-form-urlencoded",
        headers={"Authorization": "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/iam/aws4_request"},
    ).get_environ()
    parts, status, headers = run_wsgi_app(moto_services.application, environ)
    return status, list(headers), b"".join(parts)
