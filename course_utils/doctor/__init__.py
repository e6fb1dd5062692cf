"""What can be wrong with a learner's machine, and what to type about it.

Every check returns a :class:`Finding` and changes nothing. None talks to another machine, unless that is
asked for. ``course doctor`` prints them, lesson 00 shows them.
"""

from __future__ import annotations

from collections.abc import Callable

from course_utils.doctor import cloud, environment, folders, kernels, network, typed
from course_utils.doctor.finding import Finding

__all__ = ["Finding", "examine"]

Check = Callable[[], Finding]

# In the order in which a learner should mend what is wrong.
CHECKS: tuple[Check, ...] = (
    environment.python, environment.packages, environment.sdk, environment.widgets, kernels.kernels,
    folders.lessons, folders.data, folders.disk,
    network.loopback, network.port, network.proxy,
    cloud.local_sagemaker, cloud.aws, cloud.region,
)  # fmt: skip
ONLINE: tuple[Check, ...] = (network.data_host,)


def examine(*, online: bool = False) -> list[Finding]:
    """Every check, in the order in which a learner should mend what is wrong.

    Parameters
    ----------
    online : bool
        Whether to ask MovieLens' server as well, the only question to another machine.
    """
    return [_carry_out(check) for check in (*CHECKS, *(ONLINE if online else ()))]


def _carry_out(check: Check) -> Finding:
    """A check may need a package that is missing, which then is what to mend."""
    try:
        return check()
    except ImportError as error:
        subject = check.__name__.replace("_", " ")
        return Finding(subject, f"cannot be looked at: {error}", typed.install())
