"""The HTTP server: kept connections, unread bodies, chunks."""

from __future__ import annotations

import http.client
import json
import socket
import threading

import pytest

from course_utils.local_aws.http_server import bind


def app(environ, start_response):
    """Answers by path; ``/ignore`` leaves its request body unread."""
    path = environ["PATH_INFO"]
    if path == "/echo":
        body = environ["wsgi.input"].read()
        start_response("200 OK", [("Content-Length", str(len(body)))])
        return [body]
    if path == "/chunks":
        start_response("200 OK", [])
        return iter([b"one", b"", b"two"])
    if path == "/headers":
        body = json.dumps(environ["local.headers"]).encode()
        start_response("200 OK", [("Content-Length", str(len(body)))])
        return [body]
    if path == "/count":
        size = sum(len(piece) for piece in iter(lambda: environ["wsgi.input"].read(1000), b""))
        start_response("200 OK", [])
        return [str(size).encode()]
    if path == "/lines":
        lines = list(iter(lambda: environ["wsgi.input"].readline(10), b""))
        start_response("200 OK", [])
        return [json.dumps([line.decode() for line in lines]).encode()]
    if path == "/broken":
        raise ValueError("a fault of ours")
    if path == "/empty":
        start_response("204 No Content", [])
        return []
    start_response("200 OK", [("Content-Length", "2")])
    return [b"ok"]


@pytest.fixture
def connection():
    server = bind(0)
    server.app = app
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    client = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    yield client
    client.close()
    server.shutdown()
    server.server_close()


def ask(connection, method, path, body=None, **more):
    connection.request(method, path, body, **more)
    response = connection.getresponse()
    return response.status, response.read()


def test_many_requests_share_one_connection(connection):
    assert ask(connection, "POST", "/echo", b"a" * 100_000) == (200, b"a" * 100_000)
    sock = connection.sock
    assert ask(connection, "POST", "/ignore", b"b" * 1_000_000) == (200, b"ok")
    assert ask(connection, "HEAD", "/echo") == (200, b"")
    assert ask(connection, "GET", "/empty") == (204, b"")
    assert ask(connection, "GET", "/chunks") == (200, b"onetwo")
    assert ask(connection, "GET", "/echo") == (200, b"")
    assert connection.sock is sock


def test_a_chunked_request_is_read_to_its_end(connection):
    status, body = ask(connection, "POST", "/echo", iter([b"abc", b"def"]), encode_chunked=True)
    assert (status, body) == (200, b"abcdef")


def test_the_client_may_wait_for_100_continue(connection):
    connection.connect()
    connection.sock.sendall(
        b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n"
    )
    assert connection.sock.recv(100).startswith(b"HTTP/1.1 100 Continue")
    connection.sock.sendall(b"abc")
    answer = b""
    while not answer.endswith(b"abc"):
        answer += connection.sock.recv(1000)
    assert answer.startswith(b"HTTP/1.1 200 OK")


def raw(connection, *parts):
    """Send bytes as they are; everything that comes back until the server closes."""
    with socket.create_connection(("127.0.0.1", connection.port), timeout=10) as client:
        for part in parts:
            client.sendall(part)
        client.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: client.recv(100_000), b""))


@pytest.mark.parametrize(
    "request_",
    [
        b"nonsense\r\n\r\n",
        b"GET / HTTP/2.0\r\n\r\n",
        b"GET /\r\n\r\n",
        b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
        b"GET / HTTP/1.1\r\nspace : x\r\n\r\n",
        b"GET / HTTP/1.1\r\na: b\r\n folded\r\n\r\n",
        b"PUT / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"PUT / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 1000 + b"\r\n",
        b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n\r\n",
        b"\x16\x03\x01 a handshake of TLS \r\n\r\n",
    ],
)
def test_what_is_no_http_is_refused_in_words(connection, request_):
    answer = raw(connection, request_)
    assert answer.startswith(b"HTTP/1.1 400 Bad Request")
    assert answer.count(b"HTTP/1.1 ") == 2  # one reply, with words of its own


def test_requests_may_be_sent_ahead(connection):
    two = raw(connection, b"GET /empty HTTP/1.1\r\n\r\nGET /echo HTTP/1.1\r\nConnection: close\r\n\r\n")
    assert two.count(b"HTTP/1.1 20") == 2


def test_old_clients_get_no_chunks(connection):
    answer = raw(connection, b"GET /chunks HTTP/1.0\r\n\r\n")
    assert answer.endswith(b"\r\n\r\nonetwo")
    assert b"Transfer-Encoding" not in answer


def test_all_headers_arrive(connection):
    headers = {"X-With_Underscore": "1", "X-Two": "a", "Content-Type": "text/x", "X-Latin": "\xe9"}
    _, body = ask(connection, "GET", "/headers", headers=headers)
    got = json.loads(body)
    assert (got["x-with_underscore"], got["content-type"], got["x-latin"]) == ("1", "text/x", "\xe9")


def test_bodies_are_read_in_pieces_and_lines(connection):
    assert ask(connection, "POST", "/count", b"a" * 123_456) == (200, b"123456")
    assert ask(connection, "POST", "/count", iter([b"a" * 5000] * 3), encode_chunked=True) == (200, b"15000")
    lines = ["one\n", "a long lin", "e\n", "rest"]
    assert json.loads(ask(connection, "POST", "/lines", "".join(lines).encode())[1]) == lines
    assert json.loads(
        ask(connection, "POST", "/lines", iter([b"on", b"e\nt", b"wo"]), encode_chunked=True)[1]
    ) == [
        "one\n",
        "two",
    ]


def test_a_fault_is_a_500_and_the_connection_lives(connection):
    assert ask(connection, "POST", "/broken", b"x" * 100_000)[0] == 500
    sock = connection.sock
    assert ask(connection, "GET", "/empty") == (204, b"")
    assert connection.sock is sock


@pytest.mark.parametrize(
    "parts",
    [
        (b"POST /echo HTTP/1.1\r\nContent-Length: 100\r\n\r\nshort",),
        (b"POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nshort\r\n",),
        (b"POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",),
    ],
)
def test_half_a_body_is_no_request(connection, parts):
    assert raw(connection, *parts) == b""


def test_a_client_that_was_not_asked_for_its_body_is_let_go(connection):
    head = b"POST /ignore HTTP/1.1\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n"
    answer = raw(connection, head)
    assert answer.startswith(b"HTTP/1.1 200 OK")
    assert b"Connection: close" in answer


def test_a_taken_port_is_an_os_error():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        with pytest.raises(OSError, match="in use"):
            bind(listener.getsockname()[1])
