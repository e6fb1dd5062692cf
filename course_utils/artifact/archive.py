"""Pack a model into ``model.tar.gz`` and unpack it, in memory: nothing is ever extracted to disk."""

from __future__ import annotations

import calendar
import io
import json
import struct
import tarfile
import time
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from course_utils.artifact.ndarray import MAX_BYTES, ArtifactError, RowSparse, read_params, write_params
from course_utils.artifact.symbol import symbol_json
from course_utils.fm.model import FMParameters

MODEL_FILE = "model_algo-1"  # as the first (or only) host of a training job names it
MEMBERS = ("meta.json", "symbol.json", "params")
GZIP_MAGIC, ZIP_MAGIC = b"\x1f\x8b", b"PK\x03\x04"
GZIP_HEADER = GZIP_MAGIC + bytes([8, 0, 0, 0, 0, 0, 0, 255])  # deflate, no name, no time, unknown system
TAR_BLOCK, TAR_RECORD = 512, 10240
FIRST_ZIP_TIME = 315532800  # 1980-01-01, the earliest that a zip can express


@dataclass(frozen=True)
class Artifact:
    """What a training job leaves behind.

    Parameters
    ----------
    params : FMParameters
    hyperparameters : dict
        The job's final configuration in its order, defaults included; values are text (``epochs`` may be an
        int).
    mtime : int
        When the model was saved, Unix seconds.
    """

    params: FMParameters
    hyperparameters: dict[str, str] = field(default_factory=dict)
    mtime: int = 0


def load(path: str | Path) -> Artifact:
    """Read a ``model.tar.gz``, or the ``model_algo-1`` inside one.

    Raises
    ------
    ArtifactError
        Where the file is cut short, corrupt, too large (1 GiB unpacked), holds links or unexpected names, or
        does not describe a factorization machine.
    FileNotFoundError
    """
    data = Path(path).read_bytes()
    mtime = None
    if data.startswith(GZIP_MAGIC):
        data, mtime = _untar(_gunzip(data))
    if not data.startswith(ZIP_MAGIC):
        raise ArtifactError(
            f"{Path(path).name} is neither a model.tar.gz (gzip) nor a {MODEL_FILE} (zip): it begins with "
            f"{data[:4].hex(' ') or 'nothing'}. Was it downloaded completely?"
        )
    members, zip_time = _unzip(data)
    try:
        hyperparameters = json.loads(members["meta.json"])["training_parameters"]
        params = _parameters(read_params(members["params"]), hyperparameters)
    except ArtifactError:
        raise
    except KeyError as problem:
        raise ArtifactError(f"meta.json lacks {problem}, which every training job writes.") from problem
    except (ValueError, TypeError, RecursionError) as problem:
        raise ArtifactError(f"The artefact does not describe a factorization machine: {problem}") from problem
    return Artifact(params, hyperparameters, zip_time if mtime is None else mtime)


def save(
    path: str | Path, params: FMParameters, hyperparameters: Mapping[str, str], *, mtime: int = 0
) -> None:
    """Write ``model.tar.gz``, byte for byte as SageMaker packs it.

    Parameters
    ----------
    path : path
        The file to write.
    params : FMParameters
    hyperparameters : mapping of str to str
        As the training job was given them. ``feature_dim``, ``num_factors`` and ``predictor_type`` are added
        where they are missing; whatever else is missing is noted in the graph with SageMaker's default.
    mtime : int
        When the model was made, Unix seconds. A fixed one makes the file depend on the model alone.

    Raises
    ------
    ArtifactError
        Where hyperparameters contradict the parameters, or the model has no factors or is larger than 1 GiB.
    """
    Path(path).write_bytes(_gzip(_tar(MODEL_FILE, model_file(params, hyperparameters, mtime=mtime), mtime)))


def model_file(params: FMParameters, hyperparameters: Mapping[str, str], *, mtime: int = 0) -> bytes:
    """The content of ``model_algo-1``, the file that a training container leaves in ``/opt/ml/model``.

    Parameters and errors are those of :func:`save`.
    """
    from course_utils.fm.adam import AdamConfig  # compiled code, which loading a model need not wait for

    d, k = params.V.shape
    if k == 0:
        raise ArtifactError(
            "V has no factors (shape (d, 0)); SageMaker's model needs num_factors of at least 1."
        )
    own = {"feature_dim": str(d), "num_factors": str(k), "predictor_type": params.task}
    for name, value in own.items():
        if str(hyperparameters.get(name, value)) != value:
            raise ArtifactError(
                f"Hyperparameter {name} is {hyperparameters[name]!r}, but the parameters say {value!r}."
            )
    final = {**hyperparameters, **{name: value for name, value in own.items() if name not in hyperparameters}}
    try:
        symbol = symbol_json(AdamConfig.from_hyperparameters(final), d)
    except ValueError as problem:
        raise ArtifactError(f"The hyperparameters are not usable: {problem}") from problem
    meta = {"version": 1, "epoch_number": 1, "training_parameters": final, "label_names": ["out_label"]}
    rows = np.arange(d, dtype=np.int64)
    arrays = {
        "arg:w1_weight": RowSparse(params.w[:, None], rows, (d, 1)),
        "arg:w0_weight": np.array([params.w0], np.float32),
        "arg:v": RowSparse(params.V, rows, (d, k)),
    }
    content = _zip([json.dumps(meta).encode(), symbol.encode(), write_params(arrays)], mtime)
    if len(content) > MAX_BYTES:
        raise ArtifactError(
            f"The model takes {len(content)} bytes, more than {MAX_BYTES}: it could not be loaded again."
        )
    return content


def _parameters(
    arrays: dict[str, np.ndarray | RowSparse], hyperparameters: Mapping[str, str]
) -> FMParameters:
    expected = {"arg:w1_weight", "arg:w0_weight", "arg:v"}
    if arrays.keys() != expected:
        raise ArtifactError(
            f"The artefact holds the arrays {sorted(arrays)}; a factorization machine has "
            f"{sorted(expected)}. Is it the model of another algorithm?"
        )
    w, w0, V = (
        array.to_dense() if isinstance(array, RowSparse) else array.copy()
        for array in (arrays["arg:w1_weight"], arrays["arg:w0_weight"], arrays["arg:v"])
    )
    if w0.shape != (1,) or V.ndim != 2 or w.shape != (len(V), 1):
        raise ArtifactError(
            f"Shapes {w0.shape}, {w.shape}, {V.shape} of w0, w and V; expected (1,), (d, 1), (d, k)."
        )
    for name, value in (("feature_dim", V.shape[0]), ("num_factors", V.shape[1])):
        if str(hyperparameters[name]) != str(value):
            raise ArtifactError(
                f"meta.json says {name} is {hyperparameters[name]}, but the parameters have {value}."
            )
    return FMParameters(float(w0[0]), w[:, 0], V, hyperparameters["predictor_type"])


# ---- the boxes ---------------------------------------------------------------------------------------------


def _zip(contents: list[bytes], mtime: int) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in zip(MEMBERS, contents, strict=True):
            info = zipfile.ZipInfo(name, time.gmtime(max(mtime, FIRST_ZIP_TIME))[:6])
            info.create_system = 3  # Unix, whatever this runs on
            info.external_attr = 0o100644 << 16
            archive.writestr(info, content)
    return stream.getvalue()


def _unzip(data: bytes) -> tuple[dict[str, bytes], int]:
    """The members, and when they were stored (Unix seconds)."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = archive.infolist()
            names = [info.filename for info in infos]
            if sorted(names) != sorted(MEMBERS):
                raise ArtifactError(f"{MODEL_FILE} holds {names[:5]}; expected {list(MEMBERS)}.")
            if any(info.compress_type != zipfile.ZIP_STORED for info in infos):
                raise ArtifactError(
                    f"A member of {MODEL_FILE} is compressed; SageMaker stores them as they are."
                )
            if sum(info.file_size for info in infos) > len(data):
                raise ArtifactError(f"The members of {MODEL_FILE} overlap or are cut short.")
            members = {info.filename: archive.read(info) for info in infos}
            stored = calendar.timegm((*infos[0].date_time, 0, 0, 0))
    except ArtifactError:
        raise
    except (
        zipfile.BadZipFile,
        NotImplementedError,
        RuntimeError,
        EOFError,
        OSError,
        ValueError,
        struct.error,
    ) as problem:
        raise ArtifactError(f"{MODEL_FILE} is a damaged zip file: {problem}") from problem
    return members, stored


def _tar(name: str, content: bytes, mtime: int) -> bytes:
    """A tar of one file, in the dialect of SageMaker's platform: octal numbers end in a space."""

    def header(checksum: bytes) -> bytes:
        size, changed = f"{len(content):011o} ".encode(), f"{mtime:011o} ".encode()
        front = struct.pack(
            "100s8s8s8s", name.encode(), b"0100644 ", b"0000000 ", b"0000000 "
        )  # user, group 0
        back = struct.pack("c100s6s2s64x8s8s", b"0", b"", b"ustar", b"00", b"0000000 ", b"0000000 ")
        return (front + size + changed + checksum + back).ljust(TAR_BLOCK, b"\0")

    archive = header(f"{sum(header(b' ' * 8)):06o}\0 ".encode()) + content
    end = len(archive) + -len(archive) % TAR_BLOCK + 2 * TAR_BLOCK  # two empty blocks close it
    return archive.ljust(end + -end % TAR_RECORD, b"\0")


def _untar(data: bytes) -> tuple[bytes, int]:
    """The model file and its time of change."""
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as archive:
            members = archive.getmembers()
            if [member.name for member in members] != [MODEL_FILE] or not members[0].isreg():
                found = [
                    f"{member.name}{'' if member.isreg() else ' (no regular file)'}" for member in members[:5]
                ]
                raise ArtifactError(f"model.tar.gz holds {found}; expected the one file {MODEL_FILE}.")
            content = archive.extractfile(members[0]).read()
            return content, int(members[0].mtime)
    except ArtifactError:
        raise
    except (tarfile.TarError, EOFError, OSError, ValueError, OverflowError) as problem:
        raise ArtifactError(f"model.tar.gz is damaged: {problem}") from problem


def _gzip(data: bytes) -> bytes:
    deflate = zlib.compressobj(wbits=-15)
    return b"".join(
        [
            GZIP_HEADER,
            deflate.compress(data),
            deflate.flush(),
            struct.pack("<II", zlib.crc32(data), len(data)),
        ]
    )


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
