"""S3's errors."""

from __future__ import annotations

from course_utils.local_aws import texts
from course_utils.local_aws.errors import AwsError


def s3_error(code: str, message: str = "", **members: object) -> AwsError:
    """An error of S3, with its usual sentence and status.

    Parameters
    ----------
    code : str
        One of ``texts.S3_ERRORS``.
    message : str
        In place of the usual sentence.
    members : object
        Further elements of the reply, such as ``BucketName``.
    """
    status, usual = texts.S3_ERRORS[code]
    return AwsError(code, message or usual, status, **members)
