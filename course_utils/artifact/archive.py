"""The boxes of an artefact: zip, tar and gzip, packed and unpacked in memory. Nothing is ever extracted to
disk."""

from __future__ import annotations

import calendar
import io
import struct
import tarfile
import time
import zipfile
import zlib
from collections.abc import Mapping

from course_utils.artifact.ndarray import MAX_BYTES, ArtifactError

MODEL_FILE = "model_algo-1"  # as the first (or only) host of a training job names it
MEMBERS = ("meta.json", "symbol.json", "params")
GZIP_MAGIC, ZIP_MAGIC = b"\x1f\x8b", b"PK\x03\x04"
GZIP_HEADER = GZIP_MAGIC + bytes([8, 0, 0, 0, 0, 0, 0, 255])  # deflate, no name, no time, unknown system
TAR_BLOCK, TAR_RECORD = 512, 10240
FIRST_ZIP_TIME, LAST_ZIP_TIME = 315532800, 4354819199  # all that a zip can express: 1980 to 2107

_ZIP_PROBLEMS = (
    zipfile.BadZipFile,
    NotImplementedError,
    RuntimeError,
    EOFError,
    OSError,
    ValueError,
    struct.error,
)
_TAR_PROBLEMS = (tarfile.TarError, EOFError, OSError, ValueError, OverflowError, RecursionError)


def zip_members(members: Mapping[str, bytes], mtime: int) -> bytes:
    """``model_algo-1``: a zip that stores its members as they are."""
    if not 0 <= mtime <= LAST_ZIP_TIME:
        raise ArtifactError(f"mtime is {mtime}; expected Unix seconds from 0 to {LAST_ZIP_TIME} (year 2107).")
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name in MEMBERS:
            info = zipfile.ZipInfo(name, time.gmtime(max(mtime, FIRST_ZIP_TIME))[:6])
            info.create_system = 3  # Unix, whatever this runs on
            info.external_attr = 0o100644 << 16
            archive.writestr(info, members[name])
    return stream.getvalue()


def unzip_members(data: bytes) -> tuple[dict[str, bytes], int]:
    """The members of ``model_algo-1``, and when they were stored (Unix seconds, even)."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = archive.infolist()
            names = [info.filename for info in infos]
            if sorted(names) != sorted(MEMBERS):
                raise ArtifactError(f"{MODEL_FILE} holds {names[:5]}; expected {list(MEMBERS)}.")
            if any(info.compress_type != zipfile.ZIP_STORED for info in infos):
                raise ArtifactError(
                    f"{MODEL_FILE} has a compressed member; SageMaker stores them as they are."
                )
            if sum(info.file_size for info in infos) > len(data):
                raise ArtifactError(f"The members of {MODEL_FILE} overlap or are cut short.")
            members = {info.filename: archive.read(info) for info in infos}
            return members, calendar.timegm((*infos[0].date_time, 0, 0, 0))
    except ArtifactError:
        raise
    except _ZIP_PROBLEMS as problem:
        raise ArtifactError(f"{MODEL_FILE} is a damaged zip file: {problem}") from problem


def pack(model_file: bytes, mtime: int) -> bytes:
    """``model.tar.gz`` round the content of ``model_algo-1``."""
    tar = _tar_header(len(model_file), mtime) + model_file
    tar += bytes(-len(tar) % TAR_BLOCK + 2 * TAR_BLOCK)  # two empty blocks close a tar
    tar += bytes(-len(tar) % TAR_RECORD)
    deflate = zlib.compressobj(wbits=-15)
    trailer = struct.pack("<II", zlib.crc32(tar), len(tar))
    return GZIP_HEADER + deflate.compress(tar) + deflate.flush() + trailer


def _tar_header(size: int, mtime: int) -> bytes:
    """The header of ``model_algo-1`` as SageMaker's platform writes it: octal numbers end in a space."""
    mode, nobody = b"0100644 ", b"0000000 "  # owner and group 0, without names
    front = (
        struct.pack("100s8s8s8s", MODEL_FILE.encode(), mode, nobody, nobody)
        + f"{size:011o} {mtime:011o} ".encode()
    )
    back = struct.pack("c100s8s64x8s8s167x", b"0", b"", b"ustar\x0000", nobody, nobody)
    checksum = sum(front + b" " * 8 + back)  # taken with the checksum's own field blank
    return front + f"{checksum:06o}\0 ".encode() + back


def unpack(data: bytes) -> tuple[bytes, int]:
    """The content of ``model_algo-1`` out of ``model.tar.gz``, and when it was made (Unix seconds)."""
    try:
        with tarfile.open(fileobj=io.BytesIO(_gunzip(data)), mode="r:") as archive:
            members = archive.getmembers()
            plain = all(member.isreg() and not member.issparse() for member in members)
            if [member.name for member in members] != [MODEL_FILE] or not plain:
                found = [member.name for member in members[:5]]
                raise ArtifactError(
                    f"model.tar.gz holds {found}; expected {MODEL_FILE} alone, as a plain file (no link)."
                )
            return archive.extractfile(members[0]).read(), int(members[0].mtime)
    except ArtifactError:
        raise
    except _TAR_PROBLEMS as problem:
        raise ArtifactError(f"model.tar.gz is damaged: {problem}") from problem


def _gunzip(data: bytes) -> bytes:
    inflate = zlib.decompressobj(wbits=31)
    try:
        content = inflate.decompress(data, MAX_BYTES + TAR_RECORD)
    except zlib.error as problem:
        raise ArtifactError(f"model.tar.gz is a damaged gzip file: {problem}") from problem
    if inflate.unconsumed_tail:
        raise ArtifactError(
            f"model.tar.gz unpacks to more than {MAX_BYTES} bytes; it is no model of this course."
        )
    if not inflate.eof or inflate.unused_data:
        raise ArtifactError(
            "model.tar.gz is cut short, or something follows its end. Was it downloaded completely?"
        )
    return content
