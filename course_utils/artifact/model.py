"""A fitted factorization machine as SageMaker's artefact, and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from course_utils.artifact.archive import (
    GZIP_MAGIC,
    MODEL_FILE,
    ZIP_MAGIC,
    pack,
    unpack,
    unzip_members,
    zip_members,
)
from course_utils.artifact.ndarray import MAX_BYTES, ArtifactError, RowSparse, read_params, write_params
from course_utils.artifact.symbol import symbol_json
from course_utils.fm.model import FMParameters


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
        data, mtime = unpack(data)
    if not data.startswith(ZIP_MAGIC):
        raise ArtifactError(
            f"{Path(path).name} is neither a model.tar.gz (gzip) nor a {MODEL_FILE} (zip): it begins with "
            f"{data[:4].hex(' ') or 'nothing'}. Was it downloaded completely?"
        )
    members, zip_time = unzip_members(data)
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
        When the model was made, Unix seconds up to the year 2107. A fixed one makes the file depend on the
        model alone.

    Raises
    ------
    ArtifactError
        Where hyperparameters contradict the parameters, where the model has no columns or no factors or is
        larger than 1 GiB, or mtime is out of range. Nothing is written then.
    """
    Path(path).write_bytes(pack(model_file(params, hyperparameters, mtime=mtime), mtime))


def model_file(params: FMParameters, hyperparameters: Mapping[str, str], *, mtime: int = 0) -> bytes:
    """The content of ``model_algo-1``, the file that a training container leaves in ``/opt/ml/model``.

    Parameters and errors are those of :func:`save`.
    """
    from course_utils.fm.adam import AdamConfig  # compiled code, which loading a model need not wait for

    d, k = params.V.shape
    if 0 in (d, k):
        raise ArtifactError(
            f"V has shape {(d, k)}; SageMaker's model needs at least one column and one factor. "
            "Train with num_factors of at least 1."
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
    members = {
        "meta.json": json.dumps(meta).encode(),
        "symbol.json": symbol.encode(),
        "params": write_params(arrays),
    }
    content = zip_members(members, mtime)
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
