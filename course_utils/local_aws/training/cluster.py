"""The containers of one job, one for each host. They live together: when one fails, all end."""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from dataclasses import dataclass

from course_utils.local_aws.containers.container import Container

LOST_THE_OTHERS = 3  # the platform's fault, by the container contract
_EXPLANATION_SECONDS = 2


@dataclass(frozen=True)
class Exit:
    """How one host's program ended."""

    host: str
    status: int


class Cluster:
    """Waits for several containers at once."""

    def __init__(self) -> None:
        self._containers: list[Container] = []
        self._exits: queue.SimpleQueue[Exit] = queue.SimpleQueue()

    def add(self, host: str, container: Container) -> None:
        """Watch over a container that has been started."""
        self._containers.append(container)

        def watch() -> None:
            self._exits.put(Exit(host, container.wait()))

        threading.Thread(target=watch, name=f"watch {host}", daemon=True).start()

    def wait(self, timeout: float) -> list[Exit]:
        """The exits of all containers, in their order; or, when one fails, those up to that moment.

        Raises
        ------
        TimeoutError
            When they still run after ``timeout`` seconds.
        """
        deadline = time.monotonic() + timeout
        exits: list[Exit] = []
        try:
            while len(exits) < len(self._containers) and (blamed := culprit(exits)) is None:
                exits.append(self._exits.get(timeout=max(deadline - time.monotonic(), 0)))
        except queue.Empty:
            raise TimeoutError from None
        if blamed and blamed.status == LOST_THE_OTHERS:
            with contextlib.suppress(queue.Empty):  # it noticed first what happened elsewhere
                exits.append(self._exits.get(timeout=_EXPLANATION_SECONDS))
        return exits

    def stop(self, grace: float) -> None:
        """Ask all to end, kill them after ``grace`` seconds, and wait until they are gone."""
        helpers = [
            threading.Thread(target=each.stop, args=(grace,), daemon=True) for each in self._containers
        ]
        for helper in helpers:
            helper.start()
        for helper in helpers:
            helper.join()


def culprit(exits: list[Exit]) -> Exit | None:
    """Whose failure is the job's: the first, but a host that only lost the others comes last."""
    failed = [each for each in exits if each.status]
    return min(failed, key=lambda each: each.status == LOST_THE_OTHERS, default=None)
