"""The HTTP/1.1 server: werkzeug's, taught to keep connections open.

werkzeug closes every connection after one reply; kept connections halve the time of an InvokeEndpoint.
"""

from __future__ import annotations

import io
import os
import socket
from collections.abc import Callable, Iterable
from typing import Any

from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import BaseWSGIServer, make_server
from werkzeug.wsgi import LimitedStream

_DRAIN_LIMIT = 64 * 1024 * 1024  # beyond that, a rejected upload is cut off instead of read to its end
_IDLE_SECONDS = 120


class Handler(MotoRequestHandler):
    """One connection; answers requests until the client closes it."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # a small reply goes out at once
    wbufsize = 64 * 1024
    timeout = _IDLE_SECONDS

    def run_wsgi(self) -> None:
        """Answer one request."""
        if self.headers.get("Expect", "").lower() == "100-continue":
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            self.wfile.flush()
        self.environ = environ = self.make_environ()
        length = int(self.headers.get("Content-Length") or 0)
        body = LimitedStream(self.rfile, length)
        if environ.get("wsgi.input_terminated"):
            self.close_connection = True  # nobody knows whether a chunked body was read to its end
        else:
            environ["wsgi.input"] = io.BufferedReader(body)
        reply = _Reply(self)
        try:
            reply.send(self.server.app(environ, reply.start_response))
        finally:
            if not self.close_connection and not _drain(body):
                self.close_connection = True

    def log_request(self, *_: object) -> None:
        """Nothing: one line for each request would be noise."""


class _Reply:
    """Writes one WSGI reply, with a length or in chunks."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler
        self._started: tuple[str, list[tuple[str, str]]] | None = None

    def start_response(
        self, status: str, headers: list[tuple[str, str]], _error: object = None
    ) -> Callable[[bytes], None]:
        self._started = status, headers
        return self._refuse_write

    @staticmethod
    def _refuse_write(_data: bytes) -> None:
        raise RuntimeError("the application must return its body, not write() it")

    def send(self, body: Iterable[bytes]) -> None:
        try:
            parts = iter(body)
            first = next(parts, b"")
            chunked = self._send_head()
            for data in (first, *parts) if isinstance(body, list) else _chain(first, parts):
                if data:
                    self._handler.wfile.write(b"%x\r\n%b\r\n" % (len(data), data) if chunked else data)
            if chunked:
                self._handler.wfile.write(b"0\r\n\r\n")
            self._handler.wfile.flush()
        finally:
            if hasattr(body, "close"):
                body.close()

    def _send_head(self) -> bool:
        """Send status and headers; returns whether the body goes in chunks."""
        assert self._started is not None, "the application did not call start_response"
        status, headers = self._started
        code, _, phrase = status.partition(" ")
        self._handler.send_response(int(code), phrase)
        names = set()
        for name, value in headers:
            self._handler.send_header(name, value)
            names.add(name.lower())
        no_body = self._handler.command == "HEAD" or code in ("204", "304") or code.startswith("1")
        chunked = (
            "content-length" not in names and not no_body and self._handler.request_version == "HTTP/1.1"
        )
        if chunked:
            self._handler.send_header("Transfer-Encoding", "chunked")
        elif "content-length" not in names and not no_body:
            self._handler.close_connection = True
        if self._handler.close_connection:
            self._handler.send_header("Connection", "close")
        self._handler.end_headers()
        return chunked


def _chain(first: bytes, rest: Iterable[bytes]) -> Iterable[bytes]:
    yield first
    yield from rest


def _drain(body: LimitedStream) -> bool:
    """Read what the application left of the request; False when that is too much or the client has gone."""
    total = 0
    try:
        while data := body.read(1024 * 1024):
            total += len(data)
            if total > _DRAIN_LIMIT:
                return False
    except Exception:  # werkzeug's ClientDisconnected, or a reset
        return False
    return True


def bind(port: int) -> BaseWSGIServer:
    """A threaded server on the loopback interface only; set its ``app`` before serving.

    Port 0 takes a free one.

    Raises
    ------
    OSError
        When the port is taken.
    """
    # werkzeug prints advice and exits on a taken port, so the socket is bound here and handed over.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    if os.name == "posix":  # on Windows it would let two servers share one port
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
        listener.listen(128)
        server = make_server(
            "127.0.0.1", port, _no_app, threaded=True, request_handler=Handler, fd=listener.fileno()
        )
    finally:
        listener.close()
    return server


def _no_app(_environ: dict[str, Any], _start_response: Callable[..., Any]) -> list[bytes]:
    raise RuntimeError("the application is not set yet")
