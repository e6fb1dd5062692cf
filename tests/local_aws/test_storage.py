"""Archives and object names."""

from __future__ import annotations

import io
import tarfile

import pytest

from course_utils.local_aws.storage import (
    StorageError,
    _name_below,
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
    for broken in (whole[:-30], b"", b"not an archive"):
        (tmp_path / "broken.tar.gz").write_bytes(broken)
        with pytest.raises(StorageError):
            unpack(tmp_path / "broken.tar.gz", tmp_path / "out")


@pytest.mark.parametrize("name", ["../x", "a/../../x", "/x", ""])
def test_object_names_stay_inside_the_channel(tmp_path, name):
    with pytest.raises(StorageError, match="leave the channel"):
        inside(tmp_path, name)


@pytest.mark.parametrize(
    ("prefix", "key", "name"),
    [
        ("a/train", "a/train/x/y", "x/y"),
        ("a/train/", "a/train/x/y", "x/y"),
        ("a/train", "a/train-1", "train-1"),
        ("a/train", "a/train", "train"),
        ("", "a/b", "a/b"),
        ("a/tr", "a/train/x", "train/x"),
    ],
)
def test_names_below_a_prefix(prefix, key, name):
    assert _name_below(prefix, key) == name


def test_addresses_of_objects():
    assert split_uri("s3://bucket/a/b") == ("bucket", "a/b")
    assert split_uri("s3://bucket") == ("bucket", "")
    assert split_uri("https://s3.us-east-1.amazonaws.com/bucket/a/b") == ("bucket", "a/b")
    assert join_uri("s3://bucket/out/", "job", "output") == "s3://bucket/out/job/output"
