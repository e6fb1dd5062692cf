"""The ``aws`` command: a whole cycle as shell lines."""

from __future__ import annotations

import json
import os
import re

import numpy as np
import pandas as pd
import pytest
from botocore.exceptions import ClientError
from scipy.sparse import csr_array

from course_utils import artifact, recordio

pytestmark = [pytest.mark.wire, pytest.mark.skipif(os.name != "posix", reason="a shell script")]
WIDTH = 150
ROLE = "arn:aws:iam::123456789012:role/SageMakerRole"


@pytest.fixture
def rows(folder):
    """Writes what the script needs beside ``ratings.csv``; returns the ten rows that it asks about."""
    table = pd.read_csv(folder / "ratings.csv")
    columns = np.stack([table.user.factorize()[0], table.user.nunique() + table.item.factorize()[0]], axis=1)
    X = csr_array(
        (np.ones(columns.size, np.float32), columns.ravel(), np.arange(0, columns.size + 1, 2)),
        shape=(len(table), WIDTH),
    )
    with (folder / "train.protobuf").open("wb") as stream:
        recordio.write(stream, X, table.rating.to_numpy(np.float32))
    instances = [
        {"data": {"features": {"keys": pair.tolist(), "shape": [WIDTH], "values": [1, 1]}}}
        for pair in columns[:10]
    ]
    (folder / "films.json").write_text(json.dumps({"instances": instances}))
    (folder / "films.jsonl").write_text("".join(json.dumps(each) + "\n" for each in instances))
    return X[:10]


def test_a_whole_cycle_in_shell_lines(run_script, sdk_v2, folder, rows, client):
    sections = re.split(r"^== (.*)\n", run_script("cycle.sh", sdk_v2), flags=re.MULTILINE)
    told = dict(zip(sections[1::2], sections[2::2], strict=True))

    assert re.search(r"^access_key +\*+ocal +config-file", told["identity"], re.MULTILINE)
    assert told["identity"].endswith(f"{ROLE}\n")
    assert "make_bucket: films-123456789012" in told["storage"]
    assert re.search(rf" {(folder / 'train.protobuf').stat().st_size} train\.protobuf\n", told["storage"])

    uri = "s3://films-123456789012/fm/output/films-1/output/model.tar.gz"
    assert f"Completed\tCompleted\t{uri}\n" in told["training"]
    assert "#quality_metric: host=algo-1, epoch=2, train rmse <loss>=" in told["training"]
    assert told["training"].endswith("./films-1/output/model.tar.gz\n")

    model = artifact.load(folder / "films-1" / "output" / "model.tar.gz")
    expected = model.params.predict(rows)
    answer = json.loads(told["endpoint"].splitlines()[-1])
    assert [each["score"] for each in answer["predictions"]] == pytest.approx(expected, abs=1e-5)
    assert json.loads(told["endpoint"][told["endpoint"].rindex("{\n    ") :].partition("}\n")[0] + "}") == {
        "ContentType": "application/json",
        "InvokedProductionVariant": "AllTraffic",
    }
    scores = [json.loads(line)["score"] for line in told["transform"].splitlines() if line.startswith('{"')]
    assert scores == pytest.approx(expected, abs=1e-5)

    assert told["tuning"].splitlines()[-2:] == ["Completed", "Completed\tCompleted"]
    tags, models, configs, jobs, transforms = told["lists"].splitlines()[-5:]
    assert set(tags.split()) == {"films", "fm"}
    assert (models, configs, jobs, transforms) == ("films", "films", "films-1", "Completed")
    assert "remove_bucket: films-123456789012" in told["leaving"]
    assert "films-123456789012" not in told["leaving"].splitlines()[-1]

    with pytest.raises(ClientError) as error:
        client("sagemaker").describe_endpoint(EndpointName="films")
    assert f"\n{error.value}\n" in told["refused"]
    assert "An error occurred (ResourceInUse) when calling the CreateTrainingJob operation" in told["refused"]
    assert told["refused"].count("exit status 255") == 2
