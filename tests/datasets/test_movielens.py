"""Finding, fetching and trusting archives: real files on disk, real HTTP and TLS servers on the loopback."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import ssl
import threading
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from course_utils.datasets import movielens
from course_utils.datasets.archives import STAND_INS
from course_utils.datasets.download import CertificateError

RATINGS = b"userId,movieId,rating,timestamp\n" + b"".join(
    b"%d,%d,4.0,%d\n" % (n, 7 * n, n) for n in range(9000)
)
MOVIES = b"movieId,title,genres\n" + b"".join(b"%d,Tea %d (1999),Comedy\n" % (7 * n, n) for n in range(9000))
NAME = "ml-latest-small"


def write_zip(path: Path, ratings: bytes = RATINGS, movies: bytes = MOVIES) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(f"{NAME}/ratings.csv", ratings)
        archive.writestr(f"{NAME}/movies.csv", movies)
    return path


@pytest.fixture
def good(tmp_path: Path) -> bytes:
    return write_zip(tmp_path / "made" / "good.zip").read_bytes()


@pytest.fixture(autouse=True)
def known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pin the hashes of the archive above in place of GroupLens', and keep the environment's folder out."""
    monkeypatch.delenv("COURSE_DATA_DIR", raising=False)
    pin(monkeypatch, members={"ratings.csv": sha256(RATINGS), "movies.csv": sha256(MOVIES)})


def pin(monkeypatch, **changes) -> None:
    changed = dataclasses.replace(movielens.ARCHIVES[NAME], **changes)
    monkeypatch.setitem(movielens.ARCHIVES, NAME, changed)


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def files_in(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()} if folder.exists() else {}


# --- the order of places


def test_data_dir_comes_first_then_the_cache_then_the_sample(monkeypatch, tmp_path) -> None:
    assert movielens.locate(NAME) is None
    assert movielens.load(NAME).origin == "sample"

    cached = write_zip(movielens.cache_dir() / f"{NAME}.zip")
    assert movielens.locate(NAME) == cached
    assert movielens.load(NAME).origin == "cache"

    monkeypatch.setenv("COURSE_DATA_DIR", str(tmp_path))  # set, but without the archive
    assert movielens.load(NAME).origin == "cache"

    own = write_zip(tmp_path / f"{NAME}.zip")
    data = movielens.load(NAME)
    assert (data.origin, data.name, data.notice, len(data.ratings)) == ("COURSE_DATA_DIR", NAME, "", 9000)
    assert "GroupLens" in data.licence
    assert movielens.locate(NAME) == movielens.fetch(NAME) == own


def test_the_sample_says_why_it_is_shown(monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("COURSE_DATA_DIR", str(tmp_path / "typo"))
    notice = movielens.load(NAME).notice
    for words in (
        "MADE-UP",
        "COURSE_OFFLINE is set",
        "typo, which is not a folder",
        f"{NAME}.zip",
        "By hand",
    ):
        assert words in notice


def test_without_the_sample_there_is_an_error() -> None:
    with pytest.raises(movielens.DownloadError, match="COURSE_OFFLINE"):
        movielens.load(NAME, allow_sample=False)


def test_unknown_name() -> None:
    with pytest.raises(ValueError, match="no MovieLens archive 'ml-3m'; there are ml-latest-small"):
        movielens.load("ml-3m")


# --- content is trusted by its hash alone


def damaged(kind: str, good: bytes, folder: Path) -> bytes:
    if kind == "truncated":
        return good[: len(good) // 2]
    if kind == "garbage":
        return b"<html>please log in</html>" * 100
    if kind == "flipped byte":
        return good[:2000] + bytes([good[2000] ^ 1]) + good[2001:]
    if kind == "wrong member":
        return write_zip(folder / "wrong.zip", ratings=RATINGS.replace(b"4.0", b"4.5", 1)).read_bytes()
    path = folder / "lacking.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "nothing here")
    return path.read_bytes()


KINDS = {
    "truncated": "no complete zip file",
    "garbage": "no complete zip file",
    "flipped byte": "cannot be read",
    "wrong member": "holds another version of ratings.csv",
    "lacking a member": "there is no ratings.csv in it",
}


@pytest.mark.parametrize("kind", list(KINDS))
@pytest.mark.parametrize("place", ["COURSE_DATA_DIR", "cache"])
def test_damaged_archive_is_an_error_wherever_it_lies(kind, place, good, monkeypatch, tmp_path) -> None:
    folder = movielens.cache_dir() if place == "cache" else tmp_path / "own"
    folder.mkdir(parents=True)
    if place == "COURSE_DATA_DIR":
        monkeypatch.setenv("COURSE_DATA_DIR", str(folder))
    (folder / f"{NAME}.zip").write_bytes(damaged(kind, good, tmp_path))
    before = files_in(folder)
    for ask in (movielens.load, movielens.locate):
        with pytest.raises(movielens.ArchiveError, match=KINDS[kind]) as caught:
            ask(NAME)
        assert f"{NAME}.zip" in str(caught.value)
        assert "course.py data get" in str(caught.value)
    assert files_in(folder) == before


def test_an_archive_known_by_md5_only(good, monkeypatch) -> None:
    target = movielens.cache_dir() / f"{NAME}.zip"
    write_zip(target)
    pin(monkeypatch, members={}, md5=hashlib.md5(good).hexdigest())
    assert movielens.load(NAME).origin == "cache"
    pin(monkeypatch, members={}, md5="0" * 32)
    with pytest.raises(movielens.ArchiveError, match="its MD5 is"):
        movielens.load(NAME)


def test_a_repacked_zip_is_good_when_its_members_are(monkeypatch) -> None:
    write_zip(movielens.cache_dir() / f"{NAME}.zip")
    pin(monkeypatch, md5="0" * 32)
    assert movielens.load(NAME).origin == "cache"


# --- downloads


class Site:
    """A loopback web server that plays back one behaviour per request, then serves the archive."""

    def __init__(self, content: bytes, behaviours: list[str]) -> None:
        self.content, self.behaviours = content, list(behaviours)
        self.ranges: list[str | None] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.answer(self)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/{NAME}.zip"

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        asked = request.headers.get("Range")
        self.ranges.append(asked)
        behaviour = self.behaviours.pop(0) if self.behaviours else "serve"
        if behaviour == "fail":
            request.send_error(503)
            return
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked and behaviour != "no ranges" else 0
        if start > len(self.content):
            request.send_error(416)
            return
        body = self.content[start:]
        request.send_response(206 if start else 200)
        if behaviour != "half, unannounced":
            request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body[: len(body) // 2] if behaviour.startswith("half") else body)


@contextlib.contextmanager
def serving(content: bytes, *behaviours: str) -> Iterator[Site]:
    site = Site(content, list(behaviours))
    thread = threading.Thread(target=site.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield site
    finally:
        site.server.shutdown()
        site.server.server_close()
        thread.join()


@pytest.fixture
def online(monkeypatch: pytest.MonkeyPatch) -> None:
    """Downloads are allowed, from the loopback alone, and retries do not wait."""
    monkeypatch.setenv("COURSE_OFFLINE", "0")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr("pooch.core.time.sleep", lambda _: None)


@pytest.mark.usefixtures("online")
def test_download_prints_the_licence_and_fills_the_cache(good, monkeypatch, capsys) -> None:
    with serving(good) as site:
        pin(monkeypatch, url=site.url)
        assert movielens.load(NAME).origin == "download"
        assert "GroupLens" in capsys.readouterr().out
        assert files_in(movielens.cache_dir()) == {f"{NAME}.zip": good}
        assert movielens.load(NAME).origin == "cache"
        assert capsys.readouterr().out == ""
        assert len(site.ranges) == 1


@pytest.mark.usefixtures("online")
def test_a_server_that_fails_twice(good, monkeypatch) -> None:
    with serving(good, "fail", "fail") as site:
        pin(monkeypatch, url=site.url)
        assert movielens.load(NAME).origin == "download"
        assert len(site.ranges) == 3


@pytest.mark.usefixtures("online")
@pytest.mark.parametrize("next_answer", ["serve", "no ranges"])
def test_half_a_download_is_resumed_where_the_server_allows_it(next_answer, good, monkeypatch) -> None:
    with serving(good, "half", next_answer) as site:
        pin(monkeypatch, url=site.url)
        assert movielens.load(NAME).origin == "download"
        first, second = site.ranges
        assert first is None
        assert 0 < int(second.removeprefix("bytes=").rstrip("-")) <= len(good) // 2
    assert files_in(movielens.cache_dir()) == {f"{NAME}.zip": good}


@pytest.mark.usefixtures("online")
def test_a_part_longer_than_the_file_is_thrown_away(good, monkeypatch) -> None:
    movielens.cache_dir().mkdir(parents=True)
    (movielens.cache_dir() / f"{NAME}.zip.part").write_bytes(b"x" * (len(good) + 9))
    with serving(good) as site:
        pin(monkeypatch, url=site.url)
        assert movielens.load(NAME).origin == "download"


@pytest.mark.usefixtures("online")
def test_a_server_that_never_works_leads_to_the_sample_or_an_error(good, monkeypatch) -> None:
    with serving(good, *["fail"] * 6) as site:
        pin(monkeypatch, url=site.url)
        data = movielens.load(NAME)
        assert data.origin == "sample"
        assert "in 3 attempts" in data.notice
        with pytest.raises(movielens.DownloadError, match="By hand"):
            movielens.load(NAME, allow_sample=False)
    assert files_in(movielens.cache_dir()) == {}


@pytest.mark.usefixtures("online")
def test_nobody_listens(monkeypatch) -> None:
    with serving(b"") as site:
        pin(monkeypatch, url=site.url)
    assert "could not be fetched" in movielens.load(NAME).notice


@pytest.mark.usefixtures("online")
@pytest.mark.parametrize("kind", list(KINDS))
def test_wrong_content_from_the_server_leaves_the_cache_as_it_was(kind, good, monkeypatch, tmp_path) -> None:
    with serving(damaged(kind, good, tmp_path)) as site:
        pin(monkeypatch, url=site.url)
        with pytest.raises(movielens.ArchiveError, match=KINDS[kind]) as caught:
            movielens.load(NAME)
        assert site.url in str(caught.value)
    assert files_in(movielens.cache_dir()) == {}


@pytest.mark.usefixtures("online")
def test_half_a_file_from_a_server_that_does_not_announce_its_length(good, monkeypatch) -> None:
    with serving(good, *["half, unannounced"] * 3) as site:
        pin(monkeypatch, url=site.url)
        with pytest.raises(movielens.ArchiveError, match="no complete zip"):
            movielens.load(NAME)
    assert files_in(movielens.cache_dir()) == {}


@pytest.mark.usefixtures("online")
def test_fetch_replaces_a_damaged_cache_only_by_a_good_one(good, monkeypatch) -> None:
    cache = movielens.cache_dir()
    cache.mkdir(parents=True)
    (cache / f"{NAME}.zip").write_bytes(b"damaged")
    with serving(good, "fail", "fail", "fail") as site:
        pin(monkeypatch, url=site.url)
        with pytest.raises(movielens.DownloadError):
            movielens.fetch(NAME)
        assert files_in(cache) == {f"{NAME}.zip": b"damaged"}
        assert movielens.fetch(NAME) == cache / f"{NAME}.zip"
    assert files_in(cache) == {f"{NAME}.zip": good}


@pytest.mark.usefixtures("online")
def test_fetch_never_touches_the_users_own_folder(good, monkeypatch, tmp_path) -> None:
    (tmp_path / f"{NAME}.zip").write_bytes(b"damaged")
    monkeypatch.setenv("COURSE_DATA_DIR", str(tmp_path))
    with serving(good) as site:
        pin(monkeypatch, url=site.url)
        with pytest.raises(movielens.ArchiveError):
            movielens.fetch(NAME)
        assert site.ranges == []


def make_certificate(folder: Path, last_day: datetime) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1, signed by itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    address = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(last_day - timedelta(days=90))
        .not_valid_after(last_day)
        .add_extension(address, critical=False)
        .sign(key, hashes.SHA256())
    )
    certificate, secret = folder / "certificate.pem", folder / "key.pem"
    certificate.write_bytes(made.public_bytes(Encoding.PEM))
    secret.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return certificate, secret


@pytest.mark.usefixtures("online")
@pytest.mark.parametrize("fault", ["has expired", "self-signed"])
def test_a_bad_certificate_is_explained_and_never_ignored(fault, good, monkeypatch, tmp_path) -> None:
    last_day = datetime.now(UTC) + timedelta(days=-1 if fault == "has expired" else 1)
    certificate, secret = make_certificate(tmp_path, last_day)
    if fault == "has expired":  # then its signer is trusted: only the date is wrong
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, secret)
    with serving(good) as site:
        site.server.socket = context.wrap_socket(site.server.socket, server_side=True)
        pin(monkeypatch, url=site.url.replace("http:", "https:"))
        with pytest.raises(CertificateError, match=fault) as caught:
            movielens.load(NAME, allow_sample=False)
        for words in ("was not accepted", "By hand", str(movielens.cache_dir() / f"{NAME}.zip")):
            assert words in str(caught.value)
        assert fault in movielens.load(NAME).notice
        assert site.ranges == []  # nothing was ever asked of such a server
    assert files_in(movielens.cache_dir()) == {}


def test_the_registry_lists_the_seven_archives_and_nothing_unreadable() -> None:
    from course_utils.datasets.layouts import _READERS

    assert list(movielens.ARCHIVES) == [
        f"ml-{size}" for size in ("latest-small", "100k", "1m", "10m", "20m", "25m", "32m")
    ]
    for archive in (*movielens.ARCHIVES.values(), *STAND_INS.values()):
        assert archive.layout in _READERS
        assert archive.md5 or archive.members
