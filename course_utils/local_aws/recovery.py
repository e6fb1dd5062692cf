"""After a restart: what was going on when an earlier server ended is brought to an end, or up again."""

from __future__ import annotations

from course_utils.local_aws.endpoints import operations as endpoints
from course_utils.local_aws.platform import Platform
from course_utils.local_aws.training import operations as training
from course_utils.local_aws.transform import operations as transform
from course_utils.local_aws.tuning import run as tuning

MODULES = (training, endpoints, transform, tuning)
"""Those with work that outlasts a request; each has a ``recover(platform)``."""


def recover(platform: Platform) -> None:
    for module in MODULES:
        module.recover(platform)
