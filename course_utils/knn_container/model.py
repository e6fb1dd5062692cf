"""What training leaves and serving reads: three files, named as the developer guide names them.

    model_algo-1         the index, as faiss stores it (:mod:`~course_utils.knn_container.faiss_file`)
    model_algo-1.labels  the points' labels: float32, one after the other
    model_algo-1.json    k and predictor_type, which may be changed by hand, and whether rows are normalised

The guide (*How the k-NN Algorithm Works*) says so much; that the first is a plain faiss file is our guess.
"""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
from scipy import sparse

from course_utils.fm_container.paths import model_file
from course_utils.knn_container import faiss_file
from course_utils.knn_container.index import Index

PredictorType = Literal["classifier", "regressor"]
PREDICTOR_TYPES: tuple[str, ...] = get_args(PredictorType)
_BLOCK_NUMBERS = 1 << 22  # of sparse rows written out at once: 16 MB


class ModelError(ValueError):
    """Files that are no k-NN model."""


@dataclass(frozen=True, eq=False)
class Neighbours:
    """The answer to m queries.

    Parameters
    ----------
    predicted_label : (m,) float32
    distances, labels : (m, k) float32
        Of the neighbours, in the order of the distances: ascending.
    """

    predicted_label: np.ndarray
    distances: np.ndarray
    labels: np.ndarray


@dataclass(frozen=True, eq=False)
class Model:
    """Points, their labels, and how many of them decide.

    Parameters
    ----------
    index : Index
        n points.
    labels : (n,) float32
    k : int
        Neighbours asked for each prediction, 1 to n.
    predictor_type : str
        ``classifier``: the label that most neighbours have, the smallest of several such. ``regressor``: the
        mean of their labels.
    """

    index: Index
    labels: np.ndarray
    k: int
    predictor_type: PredictorType

    @property
    def feature_dim(self) -> int:
        return self.index.points.shape[1]

    def predict(self, X: sparse.csr_array) -> Neighbours:
        """Neighbours and predictions of every row, (m, feature_dim) float32."""
        step = max(1, _BLOCK_NUMBERS // self.feature_dim)
        found = [self.index.search(X[at : at + step].toarray(), self.k) for at in range(0, X.shape[0], step)]
        distances, places = (np.concatenate(parts) for parts in zip(*found, strict=True))
        labels = self.labels[places]
        return Neighbours(self._decide(labels), distances, labels)

    def _decide(self, labels: np.ndarray) -> np.ndarray:
        if self.predictor_type == "classifier":
            return most_frequent(labels)
        return labels.mean(axis=1, dtype=np.float64).astype(np.float32)


def most_frequent(rows: np.ndarray) -> np.ndarray:
    """Each row's commonest number, the smallest of several such."""
    ordered = np.sort(rows, axis=1)
    place = np.arange(ordered.shape[1])
    begins = np.concatenate([np.ones((len(rows), 1), bool), ordered[:, 1:] != ordered[:, :-1]], axis=1)
    run = place - np.maximum.accumulate(np.where(begins, place, 0), axis=1)
    return np.take_along_axis(ordered, run.argmax(axis=1)[:, None], axis=1)[:, 0]


def save(root: Path, model: Model) -> None:
    """Write the three files into ``<root>/model``, the index last and each by a rename."""
    index = model_file(root)
    index.parent.mkdir(parents=True, exist_ok=True)
    metric = model.index.metric
    about = {
        "k": model.k,
        "predictor_type": model.predictor_type,
        "normalize": metric == "COSINE",
        "version": "1.0",
    }
    files = {
        ".json": json.dumps(about).encode(),
        ".labels": model.labels.astype("<f4").tobytes(),
        "": faiss_file.write(model.index.points, inner_product=metric != "L2"),
    }
    with tempfile.TemporaryDirectory(dir=root) as temporary:
        for suffix, content in files.items():
            path = Path(temporary) / "part"
            path.write_bytes(content)
            os.replace(path, f"{index}{suffix}")


def load(root: Path) -> Model:
    """Read the three files in ``<root>/model``.

    Raises
    ------
    OSError
        Where one is missing.
    ModelError
        Where they are no k-NN model; the message says which and why.
    """
    path = model_file(root)
    about = _metadata(Path(f"{path}.json"))
    try:
        points, inner_product = faiss_file.read(path.read_bytes())
    except faiss_file.FaissError as error:
        raise ModelError(f"{path.name} cannot be used: {error}") from None
    if not np.isfinite(points).all():
        raise ModelError(f"{path.name} cannot be used: it holds numbers that are NaN or infinite")
    data = Path(f"{path}.labels").read_bytes()
    if len(data) != 4 * len(points):
        raise ModelError(f"{path.name}.labels has {len(data)} bytes, and {len(points)} labels take 4 each")
    normalize, k = about["normalize"] is True, about["k"]
    if normalize and not inner_product:
        raise ModelError(f"{path.name}.json says normalize, but the index is one for L2")
    if k > len(points):
        raise ModelError(f"{path.name}.json asks for k = {k} neighbours of {len(points)} points")
    metric = "COSINE" if normalize else "INNER_PRODUCT" if inner_product else "L2"
    return Model(Index(points, metric), np.frombuffer(data, "<f4"), k, about["predictor_type"])


def _metadata(path: Path) -> dict[str, Any]:
    try:
        about = json.loads(path.read_bytes())
    except ValueError as error:
        raise ModelError(f"{path.name} is not valid JSON: {error}") from None
    if not isinstance(about, dict):
        raise ModelError(f"{path.name} holds no JSON object")
    if about.get("dimension_reduction"):
        raise ModelError(f"{path.name} asks for dimension_reduction, which this container does not do")
    if type(about.get("k")) is not int or about["k"] < 1:
        raise ModelError(f"{path.name} needs a whole number k from 1 upwards; it has {about.get('k')!r}")
    if about.get("predictor_type") not in PREDICTOR_TYPES:
        raise ModelError(f"{path.name} needs a predictor_type of {PREDICTOR_TYPES}")
    return {"normalize": False, **about}
