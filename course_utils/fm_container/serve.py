"""The endpoint's HTTP server: ``GET /ping``, ``POST /invocations``, ``GET /execution-parameters``.

The reply's format follows the ``Accept`` header. Without one (or with ``*/*``):

* a JSON request gets JSON, a JSON Lines request JSON Lines [near certain / ours];
* a RecordIO request gets RecordIO [inferred: nobody has published what the real endpoint does];
* in a batch transform job (``SAGEMAKER_BATCH=true``) everything gets JSON Lines, as real output files show.

A request that cannot be read gets AWS's short answer (``unable to evaluate payload provided``); what exactly
was wrong with it stands in the log.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

from course_utils import artifact, payload
from course_utils.fm.model import FMParameters
from course_utils.fm_container import messages
from course_utils.fm_container.log import Log
from course_utils.fm_container.paths import base_dir, model_file

MAX_BODY_BYTES = 100 * 2**20  # what a batch transform job may send at most; the endpoint itself allows 6 MiB
SHUTDOWN_SECONDS = 10
TEXT = "text/plain"
# The keys are documented, the real container's values are not known: these are the platform's own defaults.
EXECUTION_PARAMETERS = b'{"MaxConcurrentTransforms": 1, "BatchStrategy": "MULTI_RECORD", "MaxPayloadInMB": 6}'


def main() -> int:
    """Serve the model under ``SAGEMAKER_BASE_DIR`` until SIGTERM or SIGINT; returns the exit code."""
    log = Log()
    return run(lambda: load(model_file(base_dir()), log), Server, log)


def run(load: Callable[[], Any], server_class: type[Server], log: Log) -> int:
    """Serve what ``load()`` gives, or say why it cannot; a ValueError (or OSError) means it is no model."""
    try:
        model = load()
    except (OSError, ValueError) as error:
        log.error(f"{messages.NO_MODEL.format(path=model_file(base_dir()))} ({error})")
        return 2
    port = int(os.environ.get("SAGEMAKER_BIND_TO_PORT") or 8080)
    server = server_class(
        model, log, port=port, batch=os.environ.get("SAGEMAKER_BATCH", "").lower() == "true"
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        # shutdown() waits for the loop in this very thread, so another one has to call it
        signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
    log.info(f"Listening at: http://127.0.0.1:{server.server_port} ({os.getpid()})")
    server.serve_forever(poll_interval=0.1)
    server.finish()
    log.info("Shutting down")
    return 0


def load(path: Path, log: Log) -> FMParameters:
    """Read ``model_algo-1`` and say so in the log.

    Raises
    ------
    OSError, artifact.ArtifactError
        If there is no such file, or it is no factorization machine.
    """
    log.info("loading model...")
    params = artifact.load(path).params
    log.info("...model loaded.")
    return params


def reply_type(accept: str | None, content_type: str, *, batch: bool = False) -> str:
    """The content type to answer in.

    Parameters
    ----------
    accept : str or None
        The request's Accept header; nothing and ``*/*`` leave the choice to the server.
    content_type : str
        Of the request, a supported one.
    batch : bool
        Whether a batch transform job asks.

    Raises
    ------
    payload.PayloadError
        With status 406 if nothing that the header names is supported.
    """
    if accept and accept.strip() != "*/*":
        return payload.response_type(accept)
    return payload.JSONLINES if batch else payload.response_type(content_type)


class Server(ThreadingHTTPServer):
    """One model behind HTTP on the loopback interface, a thread for each connection.

    Parameters
    ----------
    params : FMParameters
    log : Log
    port : int
        0 takes a free one; ``server_port`` tells which.
    batch : bool
        Answer as in a batch transform job.
    """

    daemon_threads = True  # an idle keep-alive connection must not hold up the end
    request_queue_size = 128

    def __init__(self, params: FMParameters, log: Log, *, port: int = 0, batch: bool = False) -> None:
        self.params = params
        self.log = log
        self.batch = batch
        self._in_flight = 0
        self._idle = threading.Condition()
        super().__init__(("127.0.0.1", port), _Handler)

    def invoke(self, body: bytes, content_type: str, accept: str | None) -> tuple[bytes, str]:
        """Score the rows of one request; returns the reply's body and content type.

        Raises
        ------
        payload.PayloadError
            With the HTTP status to answer: 400, 406 or 415.
        """
        X = payload.decode_request(body, content_type, self.params.feature_dim)
        kind = reply_type(accept, content_type, batch=self.batch)
        scores = self.params.predict(X)
        if self.batch and kind == payload.JSONLINES:
            return payload.encode_transform_lines(scores, task=self.params.task), kind
        return payload.encode_response(scores, accept=kind, task=self.params.task), kind

    @contextmanager
    def busy(self):
        """Marks a request that shutting down has to wait for."""
        with self._idle:
            self._in_flight += 1
        try:
            yield
        finally:
            with self._idle:
                self._in_flight -= 1
                self._idle.notify_all()

    def finish(self) -> None:
        """Let requests in flight end (for at most SHUTDOWN_SECONDS), then close."""
        with self._idle:
            self._idle.wait_for(lambda: self._in_flight == 0, SHUTDOWN_SECONDS)
        self.server_close()

    def handle_error(self, request, client_address) -> None:
        """A client that went away, most likely; there is nobody left to answer."""
        self.log.warning(f"Connection of port {client_address[1]} ended early: {sys.exception()!r}")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # a reply must not wait for the acknowledgement of the one before
    wbufsize = -1  # head and body leave together
    timeout = 300  # of an idle connection, in seconds
    server: Server

    def do_GET(self) -> None:
        if self.path == "/ping":
            self._reply(200, b"", TEXT)
        elif self.path == "/execution-parameters":
            self._reply(200, EXECUTION_PARAMETERS, payload.JSON)
        else:
            self._not_found()

    def do_POST(self) -> None:
        if self.path != "/invocations":
            self._not_found()
            return
        with self.server.busy():
            body = self._body()
            if body is not None:
                self._invoke(body)

    def _invoke(self, body: bytes) -> None:
        content_type, accept = self.headers.get("Content-Type", ""), self.headers.get("Accept")
        try:
            self._reply(200, *self.server.invoke(body, content_type, accept))
        except payload.PayloadError as error:
            self.server.log.error(f"{error}: {error.hint}")
            # The real container keeps the reason to its log; the local platform shows this header, too.
            self._reply(error.status, str(error).encode(), TEXT, {"X-Hint": quote(error.hint)})
        except Exception as error:
            for line in traceback.format_exc().splitlines():
                self.server.log.line(line)
            self._reply(500, f"{messages.ALGORITHM_PREFIX}: {error}".encode(), TEXT)

    def _body(self) -> bytes | None:
        """The request's body, or None if it was refused."""
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdigit()):
            self._refuse(411, messages.NO_LENGTH)
            return None
        if int(length) > MAX_BODY_BYTES:
            self._refuse(413, messages.TOO_LARGE.format(size=length, limit=MAX_BODY_BYTES))
            return None
        body = self.rfile.read(int(length))
        if len(body) < int(length):
            raise ConnectionError("the client hung up in the middle of a request")
        return body

    def _not_found(self) -> None:
        self._refuse(404, messages.NOT_FOUND.format(method=self.command, path=self.path))

    def _refuse(self, status: int, text: str) -> None:
        """Answer and hang up: what the client goes on sending is no request."""
        self.close_connection = True
        self._reply(status, text.encode(), TEXT)

    def _reply(
        self, status: int, body: bytes, content_type: str, headers: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, format: str, *arguments) -> None:
        """No line per request: endpoints are asked thousands of times."""
