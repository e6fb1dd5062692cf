"""The containers behind an endpoint: some for each variant, watched over, and drawn from by weight."""

from __future__ import annotations

import itertools
import random
import shutil
import threading
import time
import uuid
from collections.abc import Callable
from pathlib import Path

from course_utils.local_aws import texts
from course_utils.local_aws.endpoints.artefacts import ArtefactError, fetch
from course_utils.local_aws.endpoints.serving import PING_SECONDS, ServingProcess
from course_utils.local_aws.logs.stream import LogStream
from course_utils.local_aws.platform import Platform
from course_utils.local_aws.state import Record

_WATCH_SECONDS = 0.2
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 60.0
_STEADY_SECONDS = 60.0


def log_group(endpoint: str) -> str:
    return f"/aws/sagemaker/Endpoints/{endpoint}"


class Refused(Exception):
    """The containers cannot come up; the text is the endpoint's FailureReason."""


class Patience:
    """How long to wait before a container that has died is started again.

    Twice as long after each death, up to a minute, so that a model that cannot live does not keep the machine
    busy; from the beginning when it has lived for a minute.
    """

    def __init__(self) -> None:
        self._pause = 0.0

    def after(self, lived: float) -> float:
        """Seconds to wait after a life of ``lived`` seconds."""
        if lived >= _STEADY_SECONDS:
            self._pause = 0.0
        self._pause = min(max(2 * self._pause, _FIRST_PAUSE), _LONGEST_PAUSE)
        return self._pause


class Instance:
    """One container of a variant, started again when it dies.

    Parameters
    ----------
    platform : Platform
    region, endpoint : str
    variant : dict
        Its entry in the endpoint configuration.
    model : Record
    root : Path
        Its ``/opt/ml``.
    """

    process: ServingProcess  # from launch() on

    def __init__(
        self,
        platform: Platform,
        region: str,
        endpoint: str,
        variant: Record,
        model: Record,
        root: Path,
    ) -> None:
        self._platform, self._region, self._root = platform, region, root
        self._variant: str = variant["VariantName"]
        self._ping_seconds = variant.get("ContainerStartupHealthCheckTimeoutInSeconds", PING_SECONDS)
        self._container = model["PrimaryContainer"]
        self._cancelled = threading.Event()
        self._lock = threading.Lock()  # a container is not started while, or after, this is being stopped
        stream = f"{self._variant}/i-{uuid.uuid4().hex[:17]}"
        self.log: LogStream = platform.log_stream(region, log_group(endpoint), stream)

    def launch(self) -> None:
        """Start the container.

        Raises
        ------
        Refused
            When its artefact cannot be had, or it is being stopped.
        """
        try:
            fetch(self._platform.storage, self._container, self._root)
        except ArtefactError as error:
            raise Refused(str(error)) from error
        if not self._start():
            raise Refused("")

    def await_health(self) -> None:
        """Wait until it answers; from then on it is watched over.

        Raises
        ------
        Refused
            When it does not answer in time, or ends.
        """
        if not self.process.wait_until_healthy(self._cancelled, self._ping_seconds):
            self.process.stop(grace=0)  # after that its log is whole
            raise Refused(texts.ping_failed(self._variant, self.log.last_line))
        threading.Thread(target=self._watch, name=f"watch {self.log.stream}", daemon=True).start()

    def retire(self) -> None:
        """Stop it once everybody who asked it has an answer."""
        self._cancelled.set()
        with self._lock:  # from here on no other process takes its place
            process = self.process
        process.retire()
        self.stop()

    def stop(self, **grace: float) -> None:
        self._cancelled.set()
        with self._lock:
            if hasattr(self, "process"):
                self.process.stop(**grace)
        self.log.close()
        shutil.rmtree(self._root, ignore_errors=True)

    def _start(self) -> bool:
        """Start the container; False when it is too late for that."""
        image = self._platform.images.find(self._container["Image"])
        environment = {"AWS_REGION": self._region, **self._container.get("Environment", {})}
        with self._lock:
            if self._cancelled.is_set():
                return False
            self.process = ServingProcess(image, self._root, environment, self.log.write)
            self._started = time.monotonic()
            return True

    def _watch(self) -> None:
        patience = Patience()
        while not self._cancelled.wait(_WATCH_SECONDS):
            if self.process.running:
                continue
            self.process.stop(grace=0)
            if self._cancelled.wait(patience.after(time.monotonic() - self._started)):
                return
            if self._start() and not self.process.wait_until_healthy(self._cancelled, self._ping_seconds):
                self.process.stop(grace=0)


class Fleet:
    """All containers of one endpoint configuration.

    Parameters
    ----------
    platform : Platform
    region, endpoint : str
    config : Record
        The endpoint configuration, with the counts and weights that hold now.
    models : dict
        The models by variant name.
    root : Path
        Where the containers' folders go.
    """

    def __init__(
        self,
        platform: Platform,
        region: str,
        endpoint: str,
        config: Record,
        models: dict[str, Record],
        root: Path,
    ) -> None:
        self._make = lambda variant: Instance(
            platform,
            region,
            endpoint,
            variant,
            models[variant["VariantName"]],
            root / variant["VariantName"] / uuid.uuid4().hex[:8],
        )
        self._variants: list[Record] = config["ProductionVariants"]
        self._weights: dict[str, float] = {}
        self._serving: dict[str, list[Instance]] = {}
        self._everyone: list[Instance] = []  # also those on their way up or down
        self._turn = itertools.count()
        self._lock = threading.Lock()
        self._stopped = False

    @property
    def variants(self) -> list[str]:
        return sorted(self._serving)

    def come_up(self) -> None:
        """Start all containers and wait until they answer.

        Raises
        ------
        Refused
            When one does not, or the fleet is being stopped.
        """
        self.resize(self._variants)

    def resize(self, variants: list[Record]) -> None:
        """Take over counts and weights; all is in place when this returns.

        Raises
        ------
        Refused
            When a new container does not come up; the old ones serve on as before.
        """
        before = {each["VariantName"]: self._serving.get(each["VariantName"], []) for each in variants}
        new = {
            each["VariantName"]: self._made(each, instance_count(each) - len(before[each["VariantName"]]))
            for each in variants
        }
        fresh = list(itertools.chain.from_iterable(new.values()))
        try:
            for instance in fresh:
                instance.launch()
            for instance in fresh:
                instance.await_health()
        except BaseException:
            self._let_go(fresh, lambda instance: instance.stop(grace=0))
            raise
        after = {
            each["VariantName"]: [*before[each["VariantName"]], *new[each["VariantName"]]][
                : instance_count(each)
            ]
            for each in variants
        }
        surplus = [each for name, old in before.items() for each in old[len(after[name]) :]]
        self._serving = after
        self._weights = {each["VariantName"]: each["InitialVariantWeight"] for each in variants}
        self._let_go(surplus, Instance.retire)

    def pick(self, wanted: str | None) -> tuple[str, ServingProcess, LogStream] | None:
        """A container to ask, of ``wanted`` or of a variant drawn by weight; None: no such variant."""
        if wanted is None:
            names, weights = list(self._weights), list(self._weights.values())
            wanted = (
                names[0] if len(names) == 1 else random.choices(names, weights if any(weights) else None)[0]
            )
        instances = self._serving.get(wanted)
        if instances is None:
            return None
        chosen = instances[0] if len(instances) == 1 else self._next(instances)
        return wanted, chosen.process, chosen.log

    def retire(self) -> None:
        """Stop all containers once everybody who asked has an answer."""
        self._let_go(self._close(), Instance.retire)

    def stop(self, **grace: float) -> None:
        """Stop all containers, also those on their way up."""
        self._let_go(self._close(), lambda instance: instance.stop(**grace))

    def _next(self, instances: list[Instance]) -> Instance:
        """Taken in turn; one that is dead now is passed over while another lives."""
        turn = next(self._turn)
        in_turn = [instances[(turn + offset) % len(instances)] for offset in range(len(instances))]
        return next((each for each in in_turn if each.process.running), in_turn[0])

    def _made(self, variant: Record, count: int) -> list[Instance]:
        with self._lock:
            if self._stopped:
                raise Refused("")
            made = [self._make(variant) for _ in range(count)]
            self._everyone += made
        return made

    def _close(self) -> list[Instance]:
        with self._lock:
            self._stopped = True
            return list(self._everyone)

    def _let_go(self, instances: list[Instance], end: Callable[[Instance], None]) -> None:
        """End some at a time, and forget them."""
        threads = [threading.Thread(target=end, args=(each,), daemon=True) for each in instances]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        with self._lock:
            self._everyone = [each for each in self._everyone if each not in instances]


def instance_count(variant: Record) -> int:
    """How many containers a variant has; a serverless one has one."""
    return variant.get("InitialInstanceCount") or 1
