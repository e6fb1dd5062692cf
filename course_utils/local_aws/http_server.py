"""The HTTP/1.1 server under everything: WSGI, kept connections, bodies that are streamed in and out.

The standard library's ``http.server`` would do, but its headers go through the parser for e-mail, which takes
longer than the rest of an InvokeEndpoint; and WSGI servers drop header names with an underscore, which S3's
user metadata may have. So the headers are read here, and the application also gets all of them as
``local.headers``: one dict, names in lower case.
"""

from __future__ import annotations

import contextlib
import io
import logging
import os
import re
import socket
import socketserver
import sys
import time
from collections.abc import Callable, Iterable
from email.utils import formatdate
from http.client import responses
from typing import Any
from urllib.parse import unquote_to_bytes

_DRAIN_LIMIT = 5 * 1024**3  # S3's largest PUT; beyond that, a rejected upload is cut off, not read to its end
_IDLE_SECONDS = 120
_LONGEST_LINE = 64 * 1024
_MOST_HEADERS = 200
_PIECE = 256 * 1024
_TLS = b"\x16"  # the first byte of a handshake
_REQUEST = re.compile(r"([A-Z]+) (\S+) HTTP/1\.([01])")
_log = logging.getLogger(__name__)
Headers = dict[str, str]


class BadRequest(Exception):
    """Bytes that are no HTTP request; the text says why."""


class Body(io.RawIOBase):
    """A request's body: as long as its Content-Length says, or in chunks.

    Attributes
    ----------
    untouched, ended : bool
        Whether nothing has been read, and whether all has been.

    Raises
    ------
    ConnectionError
        While reading, when the client hangs up before the end.
    """

    def __init__(self, stream: io.BufferedReader, headers: Headers, ask_for_it: Callable[[], None]) -> None:
        self._stream = stream
        self._chunked = "chunked" in headers.get("transfer-encoding", "").lower()
        length = headers.get("content-length", "0")
        if not re.fullmatch("[0-9]{1,18}", length):
            raise BadRequest(f"Content-Length: {length:.80}")
        self._left = 0 if self._chunked else int(length)  # of the chunk, or of all
        self.ended = not self._chunked and not self._left
        self._ask_for_it = ask_for_it if not self.ended else _nothing
        self.untouched = True

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1) -> bytes:
        """Up to ``size`` bytes, fewer only at the end; all of them without a size."""
        if size is None or size < 0:
            return b"".join(iter(lambda: self.read(_PIECE), b""))
        parts = []
        while size and not self.ended:
            part = self._some(size, self._stream.read)
            size -= len(part)
            parts.append(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def readline(self, size: int | None = -1) -> bytes:
        """A line, or the beginning of one that is longer than ``size``."""
        longest = _LONGEST_LINE if size is None or size < 0 else size
        line = b""
        while len(line) < longest and not line.endswith(b"\n") and not self.ended:
            line += self._some(longest - len(line), self._stream.readline)
        return line

    def readinto(self, buffer: Any) -> int:
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def _some(self, size: int, take: Callable[[int], bytes]) -> bytes:
        if self.untouched:
            self.untouched = False
            self._ask_for_it()
        if self._chunked and not self._left:
            self._next_chunk()
            return b""
        data = take(min(size, self._left))
        self._left -= len(data)
        if not data:
            raise ConnectionError("the client hung up in the middle of a request")
        if not self._left:
            if self._chunked:
                self._stream.readline(_LONGEST_LINE)
            else:
                self.ended = True
        return data

    def _next_chunk(self) -> None:
        line = self._stream.readline(_LONGEST_LINE)
        digits = line.partition(b";")[0].strip()
        if not re.fullmatch(b"[0-9a-fA-F]{1,16}", digits):
            raise ConnectionError("the client hung up, or sent something that is no chunk")
        self._left = int(digits, 16)
        if not self._left:
            self.ended = True
            while self._stream.readline(_LONGEST_LINE).strip():  # trailing headers
                pass

    def drain(self) -> bool:
        """Read what is left; False when that is too much, or not to be had."""
        total = 0
        with contextlib.suppress(OSError):
            while data := self.read(_PIECE):
                total += len(data)
                if total > _DRAIN_LIMIT:
                    return False
        return self.ended


def _nothing() -> None:
    pass


class Handler(socketserver.StreamRequestHandler):
    """One connection; answers requests until either side closes it."""

    disable_nagle_algorithm = True  # a small reply goes out at once
    rbufsize = wbufsize = 64 * 1024
    timeout = _IDLE_SECONDS
    server: Server

    def handle(self) -> None:
        """Answer requests, one after the other."""
        with contextlib.suppress(OSError):  # the client has gone, or was silent for too long
            while self._answer_one():
                pass

    def finish(self) -> None:
        with contextlib.suppress(OSError):
            super().finish()

    def _answer_one(self) -> bool:
        """Returns whether the connection stays open."""
        try:
            request = self._read_head()
            if request is None:
                return False
            method, target, minor, headers = request
            waits = headers.get("expect", "").lower() == "100-continue"
            body = Body(self.rfile, headers, self._send_continue if waits else _nothing)
        except BadRequest as error:
            text = f"This is no HTTP/1.1 request: {error}\n".encode()
            head = f"HTTP/1.1 400 Bad Request\r\nContent-Length: {len(text)}\r\nConnection: close\r\n\r\n"
            self.wfile.write(head.encode() + text)
            self.wfile.flush()
            self._linger()
            return False
        keep = minor == "1" and headers.get("connection", "").lower() != "close"
        reply = _Reply(self.wfile, body if waits else None, method, minor == "1", keep)
        environ = self._environ(method, target, minor, headers, body)
        try:
            reply.send(self.server.app(environ, reply.start_response))
        except ConnectionError:
            return False
        except Exception:
            _log.exception("%s %s", method, target)
            if reply.begun:
                return False
            reply.start_response("500 Internal Server Error", [("Content-Length", "0")])
            reply.send([])
        return reply.keep and body.drain()

    def _linger(self) -> None:
        """Read on for a moment: closing at once would take the reply back from a client that still sends."""
        self.connection.shutdown(socket.SHUT_WR)
        self.connection.settimeout(1)
        self.rfile.read(_PIECE)

    def _send_continue(self) -> None:
        self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        self.wfile.flush()

    def _read_head(self) -> tuple[str, str, str, Headers] | None:
        """Method, target, minor version and headers; None when the client has closed the connection."""
        if self.rfile.peek(1).startswith(_TLS):  # it has no line to read, and its client would wait
            raise BadRequest("it is TLS; the address begins with http://, not https://")
        line = self.rfile.readline(_LONGEST_LINE)
        while line in (b"\r\n", b"\n"):  # some clients end a body with a line of their own
            line = self.rfile.readline(_LONGEST_LINE)
        if not line:
            return None
        match = _REQUEST.fullmatch(line.decode("latin-1").rstrip("\r\n"))
        if match is None:
            raise BadRequest(f"{line[:80]!r}")
        headers: Headers = {}
        for _ in range(_MOST_HEADERS):
            line = self.rfile.readline(_LONGEST_LINE)
            if line in (b"\r\n", b"\n", b""):
                return match[1], match[2], match[3], headers
            name, colon, value = line.decode("latin-1").partition(":")
            if not colon or not line.endswith(b"\n") or name != name.strip():
                raise BadRequest(f"{line[:80]!r}")
            name, value = name.lower(), value.strip()
            headers[name] = f"{headers[name]},{value}" if name in headers else value
        raise BadRequest(f"more than {_MOST_HEADERS} headers")

    def _environ(self, method: str, target: str, minor: str, headers: Headers, body: Body) -> dict[str, Any]:
        path, _, query = target.partition("?")
        if not path.startswith("/"):  # http://host/path
            path = "/" + path.partition("://")[2].partition("/")[2]
        environ: dict[str, Any] = {
            "REQUEST_METHOD": method,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),  # as WSGI wants it
            "QUERY_STRING": query,
            "RAW_URI": target,
            "REQUEST_URI": target,
            "REMOTE_ADDR": self.client_address[0],
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": str(self.server.port),
            "SERVER_PROTOCOL": f"HTTP/1.{minor}",
            "local.headers": headers,
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": body,
            "wsgi.input_terminated": True,
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        for name, value in headers.items():
            if "_" not in name:  # WSGI could not tell X_Foo from X-Foo
                key = name.upper().replace("-", "_")
                environ[key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"] = value
        return environ


class _Reply:
    """Writes one WSGI reply, with a length or in chunks.

    Parameters
    ----------
    stream
        Where to write.
    awaited : Body or None
        The request's body, if the client waits to be asked for it.
    method : str
        Of the request.
    may_chunk, keep : bool
        Whether the client understands chunks, and kept connections.
    """

    def __init__(
        self, stream: io.BufferedWriter, awaited: Body | None, method: str, may_chunk: bool, keep: bool
    ) -> None:
        self._stream, self._awaited, self._method, self._may_chunk = stream, awaited, method, may_chunk
        self.keep = keep
        self.begun = False
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
            first = next(parts, b"")  # before the head, because it may fail
            silent, chunked = self._send_head()
            if not silent:
                self._write(first, chunked)
                for data in parts:
                    self._write(data, chunked)
                if chunked:
                    self._stream.write(b"0\r\n\r\n")
            self._stream.flush()
        finally:
            if hasattr(body, "close"):
                body.close()

    def _write(self, data: bytes, chunked: bool) -> None:
        if data:
            self._stream.write(b"%x\r\n%b\r\n" % (len(data), data) if chunked else data)

    def _send_head(self) -> tuple[bool, bool]:
        """Send status and headers; returns whether no body follows, and whether it goes in chunks."""
        assert self._started is not None, "the application did not call start_response"
        status, headers = self._started
        code, _, phrase = status.partition(" ")
        names = {name.lower() for name, _ in headers}
        lines = [f"HTTP/1.1 {code} {phrase or responses.get(int(code), '')}"]
        lines += [f"{name}: {_one_line(value)}" for name, value in headers]
        if "date" not in names:
            lines.append(f"Date: {_http_now()}")
        silent = self._method == "HEAD" or code in ("204", "304")
        chunked = not silent and "content-length" not in names and self._may_chunk
        if chunked:
            lines.append("Transfer-Encoding: chunked")
        elif not silent and "content-length" not in names:
            self.keep = False
        if self._awaited is not None and self._awaited.untouched and not self._awaited.ended:
            self.keep = False  # nobody knows whether the client sends the body that it was not asked for
        if not self.keep:
            lines.append("Connection: close")
        self.begun = True
        self._stream.write("\r\n".join([*lines, "", ""]).encode("latin-1", "replace"))
        return silent, chunked


def _one_line(value: str) -> str:
    """A header's value; one that came in a query or in stored metadata must not begin another header."""
    return value.replace("\r", " ").replace("\n", " ")


def _http_now() -> str:
    return formatdate(time.time(), usegmt=True)


class Server(socketserver.ThreadingMixIn, socketserver.TCPServer):
    """Threads for connections on the loopback interface; set ``app`` before serving.

    Attributes
    ----------
    app : callable
        A WSGI application.
    port : int
    """

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128
    allow_reuse_address = os.name == "posix"  # on Windows it would let two servers share one port
    app: Callable[..., Iterable[bytes]]

    @property
    def port(self) -> int:
        return self.server_address[1]

    def handle_error(self, request: socket.socket, client_address: object) -> None:
        _log.exception("connection from %s", client_address)


def bind(port: int) -> Server:
    """A server that listens on the loopback interface only; port 0 takes a free one.

    Raises
    ------
    OSError
        When the port is taken.
    """
    return Server(("127.0.0.1", port), Handler)
