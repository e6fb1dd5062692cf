"""Archives and object names."""

from __future__ import annotations

import errno
import gzip
import io
import shutil
import tarfile
import tracemalloc
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from course_utils.local_aws import storage as storage_module
from course_utils.local_aws.s3.store import ObjectStore
from course_utils.local_aws.storage import (
    Storage,
    StorageError,
    inside,
    join_uri,
    pack,
    split_uri,
    unpack,
)


def test_an_artefact_is_packed_as_root_without_names(tmp_path):
    (tmp_path / "model" / "sub").mkdir(parents=True)
    (tmp_path / "model" / "a").write_text("1")
    (tmp_path / "model" / "sub" / "b").write_text("2")
    pack(tmp_path / "model", tmp_path / "m.tar.gz")
    with tarfile.open(tmp_path / "m.tar.gz") as tar:
        members = {member.name: member for member in tar}
    assert list(members) == ["a", "sub", "sub/b"]
    for member in members.values():
        assert (member.uid, member.gid, member.uname, member.gname) == (0, 0, "", "")
    assert members["a"].mode == 0o644
    assert members["a"].mtime == int((tmp_path / "model" / "a").stat().st_mtime)
    unpack(tmp_path / "m.tar.gz", tmp_path / "again")
    assert (tmp_path / "again" / "sub" / "b").read_text() == "2"


@pytest.mark.parametrize("name", ["../escaped", "/escaped"])
def test_members_that_would_leave_the_folder_do_not(tmp_path, name):
    with tarfile.open(tmp_path / "evil.tar.gz", "w:gz") as tar:
        member = tarfile.TarInfo(name)
        member.size = 1
        tar.addfile(member, io.BytesIO(b"x"))
    with pytest.raises(StorageError, match="escaped"):
        unpack(tmp_path / "evil.tar.gz", tmp_path / "in" / "model")
    assert list(tmp_path.rglob("escaped")) == []


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE])
def test_links_and_devices_are_refused(tmp_path, kind):
    with tarfile.open(tmp_path / "evil.tar.gz", "w:gz") as tar:
        member = tarfile.TarInfo("looks-harmless")
        member.type, member.linkname = kind, "/etc/passwd"
        tar.addfile(member)
    with pytest.raises(StorageError, match="looks-harmless"):
        unpack(tmp_path / "evil.tar.gz", tmp_path / "model")
    assert list((tmp_path / "model").iterdir()) == []


def test_a_truncated_archive_is_an_error(tmp_path):
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "a").write_bytes(bytes(range(256)) * 100)
    pack(tmp_path / "m", tmp_path / "m.tar.gz")
    whole = (tmp_path / "m.tar.gz").read_bytes()
    for broken in (whole[:-30], whole[:200], b"", b"not an archive", whole[:100] + b"?" + whole[101:]):
        (tmp_path / "broken.tar.gz").write_bytes(broken)
        with pytest.raises(StorageError):
            unpack(tmp_path / "broken.tar.gz", tmp_path / "out")
        assert list((tmp_path / "out").iterdir()) == []


def archive_of(path, *members):
    """An archive of members with any header and no more content than zeros."""
    with gzip.open(path, "wb", compresslevel=1) as stream:
        for member in members:
            stream.write(member.tobuf())
            for _ in range(-(-member.size // tarfile.BLOCKSIZE)):
                stream.write(bytes(tarfile.BLOCKSIZE))
        stream.write(bytes(2 * tarfile.BLOCKSIZE))
    return path


def member(name, size=0, kind=tarfile.REGTYPE):
    info = tarfile.TarInfo(name)
    info.size, info.type = size, kind
    return info


def test_a_bomb_is_refused_before_it_fills_the_disk(tmp_path, monkeypatch):
    folder, mega = tmp_path / "out", 1024 * 1024
    bomb = archive_of(tmp_path / "bomb", member("small", 10), member("a", 2 * mega), member("b", 2 * mega))
    assert bomb.stat().st_size < mega / 10
    begun = []
    real = storage_module._unpack_one
    monkeypatch.setattr(storage_module, "_unpack_one", lambda *a: (begun.append(a[1].name), real(*a)))
    with pytest.raises(StorageError, match="more than the disk has room for"):
        unpack(bomb, folder, limit=3 * mega)
    assert begun == ["small", "a"]
    assert list(folder.iterdir()) == []
    unpack(bomb, folder, limit=5 * mega)
    assert sum(path.stat().st_size for path in folder.iterdir()) == 10 + 4 * mega


def test_the_room_on_the_disk_is_a_limit(tmp_path, monkeypatch):
    bomb = archive_of(tmp_path / "bomb", member("a", 2000))
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=1999))
    with pytest.raises(StorageError, match="room"):
        unpack(bomb, tmp_path / "out")


def test_a_claimed_size_is_not_believed(tmp_path):
    """A header that says a terabyte, and nothing behind it."""
    with gzip.open(tmp_path / "liar", "wb") as stream:
        stream.write(member("a", 1024**3).tobuf())
    with pytest.raises(StorageError):
        unpack(tmp_path / "liar", tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


def test_too_many_members_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("course_utils.local_aws.storage.MOST_MEMBERS", 20)
    unpack(archive_of(tmp_path / "few", *(member(f"{n}") for n in range(20))), tmp_path / "in")
    with pytest.raises(StorageError, match="more than 20 members"):
        unpack(archive_of(tmp_path / "many", *(member(f"{n}") for n in range(21))), tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize("kind", [tarfile.GNUTYPE_LONGNAME, tarfile.XHDTYPE, tarfile.GNUTYPE_SPARSE])
def test_a_header_does_not_fill_the_memory(tmp_path, kind):
    huge = archive_of(tmp_path / "huge", member("x", 64 * 1024 * 1024, kind))
    tracemalloc.start()
    with pytest.raises(StorageError):
        unpack(huge, tmp_path / "out")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 * 1024 * 1024


def test_endless_headers_end(tmp_path):
    with pytest.raises(StorageError):
        unpack(
            archive_of(tmp_path / "nested", *[member("x", 0, tarfile.GNUTYPE_LONGNAME)] * 3000),
            tmp_path / "out",
        )


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    changes=st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), min_size=1, max_size=5),
    inner=st.booleans(),
)
def test_a_damaged_archive_is_unpacked_or_refused(tmp_path, changes, inner):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name in ("model_algo-1", "folder/" + "long" * 40):
            tar.addfile(member(name, 1000), io.BytesIO(bytes(1000)))
    data = bytearray(buffer.getvalue() if inner else gzip.compress(buffer.getvalue()))
    for place, value in changes:
        data[place % len(data)] = value
    (tmp_path / "damaged").write_bytes(gzip.compress(data) if inner else data)
    out = tmp_path / "out"
    shutil.rmtree(out, ignore_errors=True)
    try:
        unpack(tmp_path / "damaged", out)
    except StorageError:
        assert list(out.iterdir()) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["damaged", "out"]


@pytest.fixture
def storage(tmp_path):
    store = ObjectStore(tmp_path / "s3")
    store.create_bucket("bucket", "us-east-1")
    yield Storage(store)
    store.close()


def test_objects_without_http(storage, tmp_path):
    (tmp_path / "file").write_bytes(b"x" * 3_000_000)
    for key in ("a/1", "a/2", "a/folder/", "b"):
        storage.upload(tmp_path / "file", f"s3://bucket/{key}")
    assert storage.list("s3://bucket/a/") == ["a/1", "a/2"]
    assert storage.list("s3://bucket") == ["a/1", "a/2", "b"]
    assert storage.list("s3://none/a") == storage.list("s3://NOT A BUCKET") == []
    assert storage.exists("s3://bucket/a/1")
    assert not storage.exists("s3://bucket/a/")
    assert not storage.exists("s3://none/a")
    storage.download("s3://bucket/a/1", tmp_path / "new" / "copy")
    assert (tmp_path / "new" / "copy").read_bytes() == storage.read("s3://bucket/a/2") == b"x" * 3_000_000
    with storage.open("s3://bucket/b") as body:
        assert body.read(3) == b"xxx"
    for wrong, text in (("s3://bucket/c", "The specified key does not exist."), ("s3://none/c", "bucket")):
        with pytest.raises(StorageError, match=text):
            storage.download(wrong, tmp_path / "c")
        with pytest.raises(StorageError, match=text):
            storage.open(wrong)
    with pytest.raises(StorageError, match="The specified bucket does not exist"):
        storage.upload(tmp_path / "file", "s3://none/c")
    with pytest.raises(StorageError, match="another object's name uses it as a folder"):
        storage.download("s3://bucket/b", tmp_path / "file" / "below")


def test_many_objects_are_all_listed(storage, tmp_path):
    (tmp_path / "file").write_bytes(b"")
    names = [f"{number:04}" for number in range(1203)]
    for name in names:
        storage.upload(tmp_path / "file", f"s3://bucket/{name}")
    assert storage.list("s3://bucket/") == names


def test_a_full_disk_while_copying_is_a_storage_error(storage, tmp_path, monkeypatch):
    (tmp_path / "file").write_bytes(b"old")
    storage.upload(tmp_path / "file", "s3://bucket/k")

    def fails(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("shutil.copyfileobj", fails)
    with pytest.raises(StorageError, match=r"s3://bucket/k: No space left"):
        storage.download("s3://bucket/k", tmp_path / "copy")
    assert not (tmp_path / "copy").exists()
    monkeypatch.setattr(ObjectStore, "save", fails)
    with pytest.raises(StorageError, match="unharmed"):
        storage.upload(tmp_path / "file", "s3://bucket/k")
    assert storage.read("s3://bucket/k") == b"old"


@pytest.mark.parametrize("name", ["../x", "a/../../x", "/x", ""])
def test_object_names_stay_inside_the_channel(tmp_path, name):
    with pytest.raises(StorageError, match="leave the channel"):
        inside(tmp_path, name)


def test_addresses_of_objects():
    assert split_uri("s3://bucket/a/b") == ("bucket", "a/b")
    assert split_uri("s3://bucket") == ("bucket", "")
    assert split_uri("https://s3.us-east-1.amazonaws.com/bucket/a/b") == ("bucket", "a/b")
    assert join_uri("s3://bucket/out/", "job", "output") == "s3://bucket/out/job/output"
