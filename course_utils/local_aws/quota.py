"""How many instances one request may ask for: each of them is a process of this machine."""

from __future__ import annotations

from course_utils.local_aws import texts
from course_utils.local_aws.errors import AwsError

MOST_INSTANCES = 4


def check_instances(instance_type: str, usage: str, count: int) -> None:
    """Raise AWS's ``ResourceLimitExceeded`` for too many instances.

    Parameters
    ----------
    instance_type : str
    usage : str
        What AWS's quota calls them, such as ``endpoint usage``.
    count : int
    """
    if count > MOST_INSTANCES:
        text = texts.limit_exceeded(f"{instance_type} for {usage}", MOST_INSTANCES, count)
        raise AwsError("ResourceLimitExceeded", text)
