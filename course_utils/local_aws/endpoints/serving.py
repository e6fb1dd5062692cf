"""One serving container: started from a model's artefact, watched, and spoken to over kept connections."""

from __future__ import annotations

import http.client
import queue
import socket
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from course_utils.local_aws.containers.container import Container
from course_utils.local_aws.containers.images import Image

PING_SECONDS = 4 * 60  # a container that does not answer by then fails the launch
REPLY_SECONDS = 60
HINT = "X-Hint"  # a container of ours may explain its refusal here, percent-encoded; AWS's say too little
_GET_SECONDS = 2
_STOP_GRACE_SECONDS = 30


class Reply(NamedTuple):
    """What the container answered."""

    status: int
    headers: dict[str, str]
    body: bytes


class ServingProcess:
    """A model behind ``/ping`` and ``/invocations``.

    Parameters
    ----------
    image : Image
        What to run.
    root : Path
        Its ``/opt/ml``, with the artefact already unpacked in ``model/``.
    environment : dict
        The model's own variables.
    sink : callable
        Gets every line of its output.
    reply_seconds : float
        How long an answer may take.
    """

    def __init__(
        self,
        image: Image,
        root: Path,
        environment: dict[str, str],
        sink: Callable[[str], None],
        reply_seconds: float = REPLY_SECONDS,
    ) -> None:
        self._port = free_port()
        self._reply_seconds = reply_seconds
        self._in_flight = 0
        self._answered = threading.Condition()
        self._idle: queue.LifoQueue[http.client.HTTPConnection] = queue.LifoQueue()
        variables = {**environment, "SAGEMAKER_BIND_TO_PORT": str(self._port)}
        self._container = Container(image.serve, root, variables, [sink])

    @property
    def running(self) -> bool:
        return self._container.running

    def wait_until_healthy(self, cancelled: threading.Event, seconds: float = PING_SECONDS) -> bool:
        """Ping until the container answers 200; False when it ends, is too slow, or ``cancelled`` is set."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and self.running and not cancelled.wait(0.05):
            if self.get("/ping").status == 200:
                return True
        return False

    def get(self, path: str) -> Reply:
        """A GET request; a container that does not answer within two seconds counts as status 0."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=_GET_SECONDS)
        with closing(connection):
            try:
                connection.request("GET", path)
                response = connection.getresponse()
                return Reply(response.status, dict(response.getheaders()), response.read())
            except (OSError, http.client.HTTPException):
                return Reply(0, {}, b"")

    def invoke(self, body: bytes, headers: dict[str, str]) -> Reply:
        """Forward one request to ``/invocations``.

        Raises
        ------
        OSError, http.client.HTTPException
            When the container does not answer, or not in time.
        """
        with self._answered:
            self._in_flight += 1
        try:
            return self._ask(body, headers)
        finally:
            with self._answered:
                self._in_flight -= 1
                self._answered.notify_all()

    def _ask(self, body: bytes, headers: dict[str, str]) -> Reply:
        while True:
            connection, kept = self._connection()
            try:
                connection.request("POST", "/invocations", body, headers)
                response = connection.getresponse()
                reply = Reply(response.status, dict(response.getheaders()), response.read())
            except (ConnectionError, http.client.BadStatusLine):
                connection.close()
                if kept:
                    continue  # the server had closed an idle connection; nothing was answered, so ask again
                raise
            except BaseException:
                connection.close()
                raise
            if not response.will_close:
                self._idle.put(connection)
            return reply

    def _connection(self) -> tuple[http.client.HTTPConnection, bool]:
        """A connection, and whether it was used before."""
        try:
            return self._idle.get_nowait(), True
        except queue.Empty:
            connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=self._reply_seconds)
            connection.connect()
            connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return connection, False

    def retire(self) -> None:
        """End the container once everybody who asked it has an answer."""
        with self._answered:
            self._answered.wait_for(lambda: self._in_flight == 0, self._reply_seconds)
        self.stop()

    def stop(self, grace: float = _STOP_GRACE_SECONDS) -> None:
        """End the container."""
        while not self._idle.empty():
            self._idle.get_nowait().close()
        self._container.stop(grace)


def free_port() -> int:
    """A TCP port of the loopback interface that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
