"""The model artefact of SageMaker's factorization machines, read and written without MXNet.

``model.tar.gz`` is a set of boxes within boxes::

    model.tar.gz           archive.py: gzip, tar, and a zip that compresses nothing; model.py fills them
      └ model_algo-1
          ├ meta.json      the hyperparameters of the job
          ├ symbol.json    symbol.py: the model as MXNet's computation graph
          └ params         ndarray.py: w0, w and V, as MXNet saves a list of arrays

Loading and saving a real artefact gives the same bytes, so what is saved here can be deployed on SageMaker.
"""

from course_utils.artifact.archive import MODEL_FILE
from course_utils.artifact.model import Artifact, load, model_file, save
from course_utils.artifact.ndarray import MAX_BYTES, ArtifactError, RowSparse, read_params, write_params
from course_utils.artifact.symbol import symbol_json

__all__ = [
    "MAX_BYTES",
    "MODEL_FILE",
    "Artifact",
    "ArtifactError",
    "RowSparse",
    "load",
    "model_file",
    "read_params",
    "save",
    "symbol_json",
    "write_params",
]
