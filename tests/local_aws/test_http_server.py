"""The HTTP server: kept connections, unread bodies, chunks."""

from __future__ import annotations

import http.client
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


def test_a_taken_port_is_an_os_error():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        with pytest.raises(OSError, match="in use"):
            bind(listener.getsockname()[1])
