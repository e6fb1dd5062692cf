"""The endpoint's HTTP server: that of factorization machines, with other rows and other answers.

Requests come as JSON, JSON Lines, CSV or RecordIO-protobuf; :mod:`~course_utils.knn_container.replies` says
what is answered.
"""

from __future__ import annotations

import numpy as np
from scipy import sparse

from course_utils import payload
from course_utils.fm_container import serve
from course_utils.fm_container.log import Log
from course_utils.fm_container.paths import base_dir
from course_utils.knn_container import messages, model, replies, rows
from course_utils.knn_container.log import new_log
from course_utils.knn_container.model import Model
from course_utils.payload.content import CANNOT_EVALUATE, TYPE_NOT_SUPPORTED, media_type

CONTENT_TYPES = (*payload.CONTENT_TYPES, rows.CSV)


def main() -> int:
    """Serve the model under ``SAGEMAKER_BASE_DIR`` until SIGTERM or SIGINT; returns the exit code."""
    log = new_log()
    return serve.run(lambda: load(log), Server, log)


def load(log: Log) -> Model:
    """Read the model's files and say so in the log."""
    log.info("loading model...")
    trained = model.load(base_dir())
    log.info("...model loaded.")
    return trained


def decode(body: bytes, content_type: str, feature_dim: int) -> sparse.csr_array:
    """The rows of a request, (n, feature_dim) float32.

    Raises
    ------
    payload.PayloadError
        415 for the content type, 400 for what is in the body.
    """
    kind = media_type(content_type)
    if kind not in CONTENT_TYPES:
        hint = messages.CONTENT_TYPE_HINT.format(types=", ".join(CONTENT_TYPES))
        raise payload.PayloadError(415, TYPE_NOT_SUPPORTED.format(content_type), hint)
    if kind not in (rows.CSV, payload.RECORDIO):
        return payload.decode_request(body, content_type, feature_dim)
    if kind == rows.CSV and rows.parameter(content_type, "label_size") not in (None, "0"):
        raise payload.PayloadError(400, CANNOT_EVALUATE, messages.LABEL_SIZE_HINT)
    try:
        X, _ = rows.from_csv(body, label_size=0) if kind == rows.CSV else rows.from_recordio(body)
    except rows.RowsError as error:
        raise payload.PayloadError(400, CANNOT_EVALUATE, f"{error}.") from None
    return payload.checked_rows(X, feature_dim)


class Server(serve.Server):
    """One k-NN model behind HTTP; parameters as for factorization machines."""

    params: Model

    def __init__(self, trained: Model, log: Log, *, port: int = 0, batch: bool = False) -> None:
        super().__init__(trained, log, port=port, batch=batch)

    def invoke(self, body: bytes, content_type: str, accept: str | None) -> tuple[bytes, str]:
        """Find the neighbours of one request's rows; returns the reply's body and content type."""
        X = decode(body, content_type, self.params.feature_dim)
        kind, verbose = replies.wanted(accept, media_type(content_type), batch=self.batch)
        with np.errstate(over="ignore"):
            found = self.params.predict(X)
        finite = np.isfinite(found.distances).all(axis=1)
        if not finite.all():
            hint = messages.TOO_FAR_HINT.format(row=int(np.argmin(finite)))
            raise payload.PayloadError(400, CANNOT_EVALUATE, hint)
        return replies.encode(found, kind, verbose=verbose, batch=self.batch), kind
