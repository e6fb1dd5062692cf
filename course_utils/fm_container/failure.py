"""What can go wrong, who is to blame for it, and how that is told to the platform.

The container tells the platform in two ways: an exit code, and the text in ``output/failure``, whose first
1024 characters become the job's FailureReason. The classes, codes and texts follow the public stub of
AWS's algorithm framework (sagemaker-xgboost-container, ``exceptions.py``).
"""

from __future__ import annotations

import traceback
from collections.abc import Callable
from pathlib import Path

from course_utils.fm_container import messages
from course_utils.fm_container.log import Log


class ContainerError(Exception):
    """A failure with a culprit.

    Attributes
    ----------
    prefix : str
        Starts the failure text.
    exit_code : int
        What the process ends with.
    """

    prefix: str
    exit_code: int

    def failure_text(self) -> str:
        """``{prefix}: {message} (caused by {class})``, then the cause in full if there is one."""
        cause = self.__cause__
        message = str(self) or str(cause or "") or messages.UNKNOWN
        if cause is None:
            return f"{self.prefix}: {message}"
        message = messages.CAUSED_BY_CLASS.format(message=message, cause=type(cause).__name__)
        return f"{self.prefix}: {message}" + messages.CAUSED_BY.format(cause=cause)


class CustomerError(ContainerError):
    """The job's data or settings are wrong; whoever started the job can mend it."""

    prefix = messages.CUSTOMER_PREFIX
    exit_code = 2


class AlgorithmError(ContainerError):
    """The container itself failed."""

    prefix = messages.ALGORITHM_PREFIX
    exit_code = 1


class PlatformError(ContainerError):
    """What the container stands on failed, such as a full disk."""

    prefix = messages.PLATFORM_PREFIX
    exit_code = 3


def classified(error: Exception) -> ContainerError:
    """``error`` itself if it names its culprit; else a PlatformError (disk, memory) or an AlgorithmError."""
    if isinstance(error, ContainerError):
        return error
    if isinstance(error, (OSError, MemoryError)):
        wrapped: ContainerError = PlatformError(messages.UNEXPECTED)
    else:
        wrapped = AlgorithmError(str(error))
    wrapped.__cause__ = error
    return wrapped


def write(root: Path, error: ContainerError) -> None:
    """Leave the reason in ``output/failure``, where the platform looks for it."""
    path = root / "output" / "failure"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(error.failure_text(), encoding="utf-8")


def reported(root: Path, log: Log, work: Callable[[], int]) -> int:
    """Do the work and report every failure as the contract asks; returns the exit code."""
    try:
        return work()
    except Exception as error:
        reason = classified(error)
        if not isinstance(reason, CustomerError):
            for line in traceback.format_exc().splitlines():
                log.line(line)
        log.error(reason.failure_text())
        write(root, reason)
        return reason.exit_code
