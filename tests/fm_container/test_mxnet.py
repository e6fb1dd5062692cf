"""What the container writes is what MXNet reads: optional, because MXNet cannot be installed beside us.

To have it collected, set ``COURSE_MXNET_PYTHON`` to the Python of an environment with mxnet 1.9.1 and numpy
below 1.24.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import tarfile
import zipfile

import numpy as np
import pytest

from course_utils import artifact

PYTHON = os.environ["COURSE_MXNET_PYTHON"]

# Scores rows of two ones by the artefact's own network.
SCRIPT = """
import json, sys
import mxnet as mx
import numpy as np
columns, width = json.loads(sys.argv[2]), int(sys.argv[3])
module = mx.module.Module.load(sys.argv[1], 0, False, label_names=["out_label"])
n = len(columns)
data = mx.ndarray.sparse.csr_matrix(
    (np.ones(2 * n, np.float32), np.array(columns).ravel(), np.arange(0, 2 * n + 1, 2)), shape=(n, width)
)
batches = mx.io.NDArrayIter(data, None, batch_size=n, last_batch_handle="discard")
module.bind(data_shapes=batches.provide_data, for_training=False)
print(json.dumps(module.predict(batches).asnumpy().ravel().tolist()))
"""


def mxnet_scores(folder, model_file, columns, width):
    with zipfile.ZipFile(model_file) as archive:
        (folder / "model-symbol.json").write_bytes(archive.read("symbol.json"))
        (folder / "model-0000.params").write_bytes(archive.read("params"))
    done = subprocess.run(
        [PYTHON, "-c", SCRIPT, str(folder / "model"), json.dumps(columns.tolist()), str(width)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return np.array(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize("predictor_type", ["regressor", "binary_classifier"])
def test_mxnet_scores_our_artefact_as_we_do(empty_job, toy, records, tmp_path, predictor_type):
    X, y = toy
    labels = y if predictor_type == "regressor" else (y >= 4).astype(np.float32)
    job = empty_job.channel("train", {"a": records(X, labels)})
    job.hyperparameters(
        feature_dim="20", num_factors="3", predictor_type=predictor_type, epochs="5", factors_lr="0.01"
    )
    assert job.train()[0] == 0
    found = mxnet_scores(tmp_path, job.model, X.indices.reshape(-1, 2), 20)
    np.testing.assert_allclose(found, artifact.load(job.model).params.predict(X), rtol=1e-5)


@pytest.mark.golden
def test_mxnet_scores_a_real_artefact_as_we_do(golden_dir, tmp_path):
    golden = golden_dir / "fm-regressor-ml-100k-u1" / "model.tar.gz"
    with tarfile.open(golden) as tar:
        model_file = io.BytesIO(tar.extractfile("model_algo-1").read())
    params = artifact.load(golden).params
    rng = np.random.default_rng(0)
    columns = np.column_stack([rng.integers(0, 943, 50), rng.integers(943, 2625, 50)])
    V, w = params.V[columns].astype(float), params.w[columns].astype(float)
    expected = params.w0 + w.sum(axis=1) + (V[:, 0] * V[:, 1]).sum(axis=1)
    np.testing.assert_allclose(mxnet_scores(tmp_path, model_file, columns, 2625), expected, rtol=1e-5)
