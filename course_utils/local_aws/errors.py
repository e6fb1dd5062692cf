"""Errors in the shape that AWS gives them: a code, a message, an HTTP status."""

from __future__ import annotations

import json


class AwsError(Exception):
    """An error that a client shall see.

    Parameters
    ----------
    code : str
        AWS's name of the error; becomes ``error.response["Error"]["Code"]`` in boto3.
    message : str
        What the learner reads.
    status : int
        HTTP status.
    members : object
        Further members of the error's shape, such as ``OriginalStatusCode`` of a ``ModelError``.
    """

    def __init__(self, code: str, message: str, status: int = 400, **members: object) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
        self.members = members

    def as_json(self) -> bytes:
        """Body of the JSON protocols (SageMaker, SageMaker Runtime, CloudWatch Logs)."""
        # Services differ in the spelling; botocore reads "message" or "Message", the CLI prints either.
        body = {"__type": self.code, "message": self.message, "Message": self.message, **self.members}
        return json.dumps(body).encode()


def validation(message: str) -> AwsError:
    """SageMaker's answer to nearly every mistake in a request."""
    return AwsError("ValidationException", message)


def in_use(message: str) -> AwsError:
    return AwsError("ResourceInUse", message)
