"""What must not go wrong when things do: full disks, clients that hang up, servers that are killed."""

from __future__ import annotations

import errno
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from course_utils.local_aws.s3.store import ObjectStore

MB = 1024 * 1024


def only_object(served, body):
    """Nothing but one object of that body is left, in the index and on disk."""
    [path] = served.files.iterdir()
    assert path.read_bytes() == body


class FullDisk:
    """Takes the first megabyte of every file, and no more."""

    def __init__(self, file):
        self._file, self._room = file, MB

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._file.close()

    def write(self, data):
        self._room -= len(data)
        if self._room < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return self._file.write(data)


@pytest.fixture
def full_disk(monkeypatch):
    """Files that are newly made have room for one megabyte."""
    real = Path.open

    def opened(path, mode="r", *arguments, **named):
        file = real(path, mode, *arguments, **named)
        return FullDisk(file) if "x" in mode else file

    return lambda: monkeypatch.setattr(Path, "open", opened)


def test_a_full_disk_is_said_and_the_old_object_stays(served, s3, full_disk):
    s3.put_object(Bucket="bucket", Key="k", Body=b"old")
    full_disk()
    with pytest.raises(ClientError) as error:
        s3.put_object(Bucket="bucket", Key="k", Body=b"n" * 3 * MB)
    assert error.value.response["Error"]["Code"] == "InternalError"
    assert "No space left on device" in error.value.response["Error"]["Message"]
    assert "unharmed" in error.value.response["Error"]["Message"]
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 507
    assert s3.get_object(Bucket="bucket", Key="k")["Body"].read() == b"old"
    only_object(served, b"old")


def test_a_part_that_finds_no_room_leaves_the_upload_as_it_was(served, s3, full_disk):
    upload = s3.create_multipart_upload(Bucket="bucket", Key="k")["UploadId"]
    part = {"Bucket": "bucket", "Key": "k", "UploadId": upload, "PartNumber": 1}
    s3.upload_part(**part, Body=b"first")
    full_disk()
    with pytest.raises(ClientError, match="No space left"):
        s3.upload_part(**part, Body=b"n" * 3 * MB)
    only_object(served, b"first")


@pytest.mark.skipif(os.name != "posix", reason="resource limits are POSIX's")
def test_a_limit_of_the_system_is_a_full_disk_too(tmp_path):
    """The real thing, in a process of its own: no file may grow beyond 2 MB, the index neither."""
    program = """
import resource, sqlite3, sys
from pathlib import Path
from course_utils.local_aws.s3.store import About, ObjectStore
store = ObjectStore(Path(sys.argv[1]))
store.create_bucket("b", "us-east-1")
store.put("b", "k", [store.save([b"old"])], "etag", About())
resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, 2_000_000))
try:
    store.save([b"x" * 1_000_000] * 3)
except OSError as error:
    print(type(error).__name__)
try:
    for number in range(100_000):
        store.put("b", f"{number}" * 100, [], "etag", About())
except sqlite3.OperationalError as error:
    print(type(error).__name__)
found, reader = store.open("b", "k")
print(reader.read())
"""
    outcome = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert outcome.stdout.split() == ["OSError", "OperationalError", "b'old'"], outcome.stderr
    assert sorted(path.stat().st_size for path in (tmp_path / "objects").iterdir()) == [3]


@pytest.mark.parametrize("framing", ["Content-Length: 5000000", "Transfer-Encoding: chunked"])
def test_a_client_that_hangs_up_in_the_middle_leaves_nothing(served, s3, framing):
    s3.put_object(Bucket="bucket", Key="k", Body=b"old")
    with socket.create_connection(("127.0.0.1", served.port)) as client:
        client.sendall(f"PUT /bucket/k HTTP/1.1\r\nHost: localhost\r\n{framing}\r\n\r\n".encode())
        client.sendall(b"186a0\r\n" + b"n" * 100_000)
        while len(list(served.files.iterdir())) < 2:
            time.sleep(0.005)
    while len(list(served.files.iterdir())) > 1:
        time.sleep(0.005)
    assert s3.get_object(Bucket="bucket", Key="k")["Body"].read() == b"old"
    only_object(served, b"old")


def test_a_refused_upload_is_answered_without_its_body(served, s3):
    """A client that waits for 100 Continue gets the error instead."""
    with socket.create_connection(("127.0.0.1", served.port), timeout=10) as client:
        client.sendall(
            b"PUT /none/k HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5000000000\r\n"
            b"Expect: 100-continue\r\n\r\n"
        )
        response = http.client.HTTPResponse(client)
        response.begin()
        assert response.status == 404
        assert b"NoSuchBucket" in response.read()
        assert response.getheader("Connection") == "close"


def test_a_server_that_is_killed_loses_nothing_that_it_acknowledged(tmp_path):
    """Killed while it writes; what it said it had is there, what it had not finished is gone."""
    program = """
import sys
from pathlib import Path
from course_utils.local_aws.s3.store import About, ObjectStore
store = ObjectStore(Path(sys.argv[1]))
store.create_bucket("b", "us-east-1")
number = 0
while True:
    store.put("b", "k", [store.save([b"%d" % number] * 1000)], "etag", About())
    store.put("b", f"k{number}", [store.save([b"x"])], "etag", About())
    print(number, flush=True)
    number += 1
"""
    process = subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE)
    for _ in range(20):
        last = int(process.stdout.readline())
    process.send_signal(signal.SIGKILL if os.name == "posix" else signal.SIGTERM)
    last = int((process.stdout.read().split() or [last])[-1])
    process.wait()
    (tmp_path / "objects" / "half-of-an-upload").write_bytes(b"?")
    store = ObjectStore(tmp_path)
    found, reader = store.open("b", "k")
    body = reader.read()
    assert body in (b"%d" % last * 1000, b"%d" % (last + 1) * 1000)
    assert found.size == len(body)
    for number in range(last + 1):
        assert store.find("b", f"k{number}") is not None
    named = {name for entry in store.list("b")[0] for name, _ in entry.object.files}
    assert {path.name for path in store._files.iterdir()} == named
    store.close()


def test_an_object_whose_file_is_gone_is_an_error_and_no_hang(served, s3):
    s3.put_object(Bucket="bucket", Key="k", Body=b"x")
    for path in served.files.iterdir():
        path.unlink()
    with pytest.raises(ClientError) as error:
        s3.get_object(Bucket="bucket", Key="k")
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] >= 500
