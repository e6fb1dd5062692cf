"""What the registry keeps, and what it says when it cannot."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from datetime import UTC, datetime

import pytest

from course_utils.local_aws.database import StateBroken
from course_utils.local_aws.state import FILE, Registry

RECORD = {
    "Name": "ä\u2028\x00",
    "CreationTime": datetime(2026, 2, 28, 23, 59, 59, 999_999, UTC),
    "Steps": [{"Start": datetime(1969, 1, 1, tzinfo=UTC), "None": None, "Yes": True}],
    "Number": 0.1 + 0.2,
    "HyperParameters": {"$microseconds": "5", "": "x"},  # a map that looks like one of our own
}


def test_records_come_back_as_they_were_and_in_their_order(tmp_path):
    first = Registry(tmp_path)
    for number in (2, 1, 3):
        assert first.add("model", "us-east-1", f"m{number}", RECORD | {"n": number})
    assert first.add("model", "eu-west-1", "m1", RECORD)
    assert not first.add("model", "us-east-1", "m1", {})
    assert first.change("model", "us-east-1", "m2", lambda record: record.update(n=4))
    assert not first.change("model", "us-east-1", "none", lambda record: record.update(n=4))
    before = first.all("model", "us-east-1")
    first.close()

    again = Registry(tmp_path)
    assert again.all("model", "us-east-1") == before
    assert [record["n"] for record in before] == [4, 1, 3]
    assert before[0].pop("LastModifiedTime").tzinfo == UTC
    assert before[0] == RECORD | {"n": 4}
    assert [(region, name) for region, name, _ in again.everywhere("model")] == [
        ("us-east-1", "m2"),
        ("us-east-1", "m1"),
        ("us-east-1", "m3"),
        ("eu-west-1", "m1"),
    ]
    assert again.remove("model", "us-east-1", "m1")["n"] == 1
    assert again.remove("model", "us-east-1", "m1") is None
    again.close()
    assert Registry(tmp_path).get("model", "us-east-1", "m1") is None


def test_tags_come_back(tmp_path):
    first = Registry(tmp_path)
    first.tag("a", [{"Key": "k", "Value": "1"}, {"Key": "l", "Value": "2"}])
    assert first.tag("a", [{"Key": "k", "Value": "3"}]) == first.tags("a")
    first.tag("b", [{"Key": "k", "Value": "1"}])
    first.untag("b")
    first.untag("a", ["l", "unknown"])
    first.close()
    again = Registry(tmp_path)
    assert again.tags("a") == [{"Key": "k", "Value": "3"}]
    assert again.tags("b") == []


def test_readers_get_copies_and_a_change_that_fails_changes_nothing(tmp_path):
    registry = Registry(tmp_path)
    mine = {"list": [1]}
    registry.add("model", "r", "m", mine)
    mine["list"].append(2)
    registry.get("model", "r", "m")["list"].append(3)
    registry.all("model", "r")[0]["list"].append(4)

    def half(record):
        record["list"].append(5)
        raise KeyError("half way")

    with pytest.raises(KeyError):
        registry.change("model", "r", "m", half)
    with pytest.raises(TypeError, match="JSON types and datetime, not bytes"):
        registry.change("model", "r", "m", lambda record: record.update(list=b"1"))
    assert registry.get("model", "r", "m") == {"list": [1]}


def test_threads_lose_nothing_and_see_no_half_of_a_change(tmp_path):
    registry = Registry(tmp_path)
    registry.add("job", "r", "shared", {"a": 0, "b": 0})
    torn = []

    def both(record):
        record["a"] += 1
        record["b"] += 1

    def work(number):
        for step in range(50):
            registry.add("job", "r", f"{number}-{step}", {})
            registry.change("job", "r", "shared", both)
            record = registry.get("job", "r", "shared")
            torn.extend([record] if record["a"] != record["b"] else [])

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert torn == []
    registry.close()
    again = Registry(tmp_path)
    assert again.get("job", "r", "shared")["a"] == 400
    assert len(again.all("job", "r")) == 401


@pytest.mark.skipif(os.name != "posix", reason="Windows has no SIGKILL")
def test_what_was_acknowledged_survives_sigkill(tmp_path):
    """The child says each name after it was stored; whatever it has said when it is shot must be there."""
    script = """
import sys, itertools, pathlib
from course_utils.local_aws.state import Registry
registry = Registry(pathlib.Path(sys.argv[1]))
for number in itertools.count():
    registry.add("model", "r", f"m{number}", {"n": number, "padding": "x" * 1000})
    registry.change("model", "r", f"m{number}", lambda record: record.update(done=True))
    print(number, flush=True)
"""
    with subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE) as child:
        said = [int(child.stdout.readline()) for _ in range(200)][-1]
        os.kill(child.pid, signal.SIGKILL)
        said = max([said, *(int(line) for line in child.stdout.read().split(b"\n")[:-1] if line)])
    registry = Registry(tmp_path)
    for number in range(said + 1):
        assert registry.get("model", "r", f"m{number}")["done"]


def broken_header(file):
    file.write_bytes(b"this is no database" * 400)


def broken_page(file):
    content = bytearray(file.read_bytes())
    content[4096:12288] = os.urandom(8192)
    file.write_bytes(content)


def broken_record(file):
    with sqlite3.connect(file) as database:
        database.execute("UPDATE records SET record = '{'")
    database.close()


def of_the_future(file):
    with sqlite3.connect(file) as database:
        database.execute("PRAGMA user_version = 99")
    database.close()


@pytest.mark.parametrize("harm", [broken_header, broken_page, broken_record, of_the_future])
def test_a_file_that_cannot_be_read_is_named_with_the_remedy(tmp_path, harm):
    registry = Registry(tmp_path)
    for number in range(50):
        registry.add("model", "r", f"m{number}", {"padding": "x" * 500})
    registry.close()
    harm(tmp_path / FILE)
    with pytest.raises(StateBroken, match="local reset") as error:
        Registry(tmp_path)
    assert str(tmp_path / FILE) in str(error.value)


def test_a_full_disk_refuses_new_records_and_lets_a_job_end(tmp_path):
    """SQLite's own limit on the file's size stands in for the disk's."""
    registry = Registry(tmp_path)
    registry.add("job", "r", "j", {"Status": "InProgress"})
    [(pages,)] = registry._database._connection.execute("PRAGMA page_count")
    registry._database._connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(sqlite3.OperationalError, match="full"):
        registry.add("model", "r", "m", {"padding": "x" * 100_000})
    assert registry.get("model", "r", "m") is None
    registry.change("job", "r", "j", lambda job: job.update(Status="Failed", Reason="x" * 100_000))
    assert registry.get("job", "r", "j")["Status"] == "Failed"
    with pytest.raises(sqlite3.OperationalError, match="full"):
        registry.save()
    registry._database._connection.execute("PRAGMA max_page_count = 4294967294")
    registry.save()
    registry.close()
    assert Registry(tmp_path).get("job", "r", "j")["Status"] == "Failed"
