"""Two calls that the SageMaker SDK makes first, and that moto cannot answer as SageMaker needs."""

from __future__ import annotations

from xml.sax.saxutils import escape

from course_utils.local_aws.account import ACCOUNT_ID, CALLER_ARN

_REQUEST_ID = "00000000-0000-4000-8000-000000000000"


def answer(form: dict[str, list[str]]) -> bytes | None:
    """The XML reply to a form-encoded STS or IAM request, or None when moto shall answer it.

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
