"""How many instances there may be: each of them is a process of this machine."""

from __future__ import annotations

from course_utils.local_aws import texts
from course_utils.local_aws.errors import AwsError

MOST_INSTANCES = 4  # of one variant, or of one job
MOST_TOGETHER = 16  # of all that are used alike


def check_instances(instance_type: str, usage: str, count: int, used: int = 0) -> None:
    """Raise AWS's ``ResourceLimitExceeded`` for too many instances.

    Parameters
    ----------
    instance_type : str
    usage : str
        What AWS's quota calls them, such as ``endpoint usage``.
    count : int
        How many are asked for.
    used : int
        How many there are already.
    """
    for limit, others in ((MOST_INSTANCES, 0), (MOST_TOGETHER, used)):
        if others + count > limit:
            text = texts.limit_exceeded(f"{instance_type} for {usage}", limit, count, others)
            raise AwsError("ResourceLimitExceeded", text)
