"""The fault table: each test here makes one fault, and says what the client saw of it.

What it says has to be what ``tests/wire/README.md`` holds. With ``WRITE_FAULT_TABLE=1`` the run of this
folder writes that file instead.
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from botocore.exceptions import ClientError
from scipy import sparse

from course_utils import aws, recordio
from course_utils.local_aws import server
from course_utils.local_aws.account import ROLE_ARN, default_bucket

README = Path(__file__).parents[1] / "README.md"
BUCKET = default_bucket("us-east-1")
ECR = "382416733822.dkr.ecr.us-east-1.amazonaws.com"
WIDTH = 10  # columns of the rows in these tests
_HEAD = """\
# Wire tests

These tests talk to a running local SageMaker over HTTP, as a learner's program does: with boto3 here, with
both SageMaker SDKs and the `aws` command in `clients/`.

## What goes wrong, and what the client sees of it

Each row is a test in `faults/`, which makes the fault, waits for its end, and looks at what is left. The
tables below were written by a run and are compared with every later one. After a change of wording:

```
WRITE_FAULT_TABLE=1 python -m pytest tests/wire/faults
```

(With the name of a file instead of the folder, only that file's tables are written.)

*The client sees* what AWS would say; the *hint* is ours: it stands behind AWS's sentence in brackets, or is
what `aws.follow` and its sisters add in the notebook.
"""
_COLUMNS = "| Fault | How it is made | The client sees | Hint | After it |\n|---|---|---|---|---|\n"


# --- the table ----------------------------------------------------------------------------------------------


class Table:
    """Rows by section, in the order of the run."""

    def __init__(self) -> None:
        self._sections: dict[str, list[str]] = {}

    def add(self, section: str, cells: list[str]) -> str:
        row = f"| {' | '.join(cells)} |"
        self._sections.setdefault(section, []).append(row)
        return row

    def write(self) -> None:
        """Write the file anew; sections that were not run stay as they are."""
        sections = {**rows_of(README), **self._sections}
        tables = [
            f"\n### {title}\n\n{_COLUMNS}" + "".join(f"{row}\n" for row in rows)
            for title, rows in sorted(sections.items())
        ]
        README.write_text(_HEAD + "".join(tables), "utf-8")


def rows_of(file: Path) -> dict[str, list[str]]:
    """The rows of each section of the table."""
    text = file.read_text("utf-8") if file.exists() else ""
    return {
        section.split("\n", 1)[0]: [line for line in section.splitlines() if line.startswith("| ")][1:]
        for section in text.split("\n### ")[1:]
    }


@pytest.fixture(scope="session")
def table(request: pytest.FixtureRequest) -> Iterator[Table]:
    rows = Table()
    yield rows
    if _writing() and not request.session.testsfailed:
        rows.write()


def _writing() -> bool:
    return os.environ.get("WRITE_FAULT_TABLE") == "1"


def described(node: Any) -> tuple[str, str]:
    """A test's fault and how it is made: the two parts of its docstring, or its parameters of these names."""
    parameters = getattr(node, "callspec", None)
    if parameters and "fault" in parameters.params:
        return parameters.params["fault"], parameters.params["made"]
    fault, _, made = node.function.__doc__.partition("\n\n")
    return fault, " ".join(made.split())


@pytest.fixture
def report(request: pytest.FixtureRequest, table: Table, name: str) -> Callable[[str, str], None]:
    """``report(text, after)``: the client was told ``text`` (which may hold a hint), and ``after`` that …

    ``advice`` is what the notebook shows besides; a test of several faults names each. Names, addresses and
    other things that differ from run to run are replaced.
    """

    def say(text: str, after: str, advice: str = "", fault: str = "", made: str = "") -> None:
        if not fault:
            fault, made = described(request.node)
        hint = re.search(r" \[Hint: (.*)\]", text, re.DOTALL)
        seen = text.replace(hint[0], "") if hint else text
        said = f"{hint[1] if hint else ''} {advice}".strip()
        section = request.module.__doc__.splitlines()[0].rstrip(".")
        row = table.add(section, [_cell(each, name) for each in (fault, made, seen, said, after)])
        if not _writing():
            assert row in README.read_text("utf-8").splitlines(), f"the table has no row\n{row}"

    return say


_LONGEST_CELL = 400
_VARYING = {
    r"http://127\.0\.0\.1:\d+": "http://127.0.0.1:PORT",
    r"\bport \d+": "port PORT",
    r"s3://[a-z0-9-]+/": "s3://BUCKET/",
    r"\d{4}-\d\d-\d\dT[0-9:.]+": "TIME",
    r"i-[0-9a-f]{17}": "i-ID",
    r"\(process \d+\)": "(process PID)",
    r"\[\d\d/\d\d/\d{4} [0-9:]+ ([A-Z]+) \d+\]": r"[TIME \1 THREAD]",
    r"See https://\S*console\.aws\S* in account \d+": "See … in account ACCOUNT",
    r"(/[\w.-]+)+/pytest-of-[\w-]+/[\w./-]*": "STATE",
}


def _cell(text: str, name: str) -> str:
    text = text.replace(name, "NAME")
    for pattern, place in _VARYING.items():
        text = re.sub(pattern, place, text)
    if len(text) > _LONGEST_CELL:
        text = text[:_LONGEST_CELL].rstrip() + " …"
    return re.sub(r"\n+", "<br>", text.replace("|", "\\|").replace("<", "&lt;")) or "–"


# --- what the tests do --------------------------------------------------------------------------------------


@pytest.fixture
def in_notebook(local: server.Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """This process is set up as ``aws.connect("local")`` leaves a notebook."""
    for variable, value in {
        "AWS_ENDPOINT_URL": local.url,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_DEFAULT_REGION": "us-east-1",
        "COURSE_LOCAL_SAGEMAKER": local.url,
    }.items():
        monkeypatch.setenv(variable, value)


@pytest.fixture
def follow(in_notebook: None) -> Callable[[str], tuple[str, str]]:
    """``follow(job)``: what ``aws.follow`` shows of a training job that fails: its reason, and the advice."""

    def text(job: str) -> tuple[str, str]:
        with pytest.raises(aws.TrainingFailed) as failure:
            aws.follow(job, poll=0.05, show=lambda _: None)
        _, reason, advice = re.split(r"^.*\n  |\n(?=.*$)", str(failure.value))
        return reason, advice

    return text


@pytest.fixture
def refused() -> Callable[..., str]:
    """``refused(call, …)``: the code and the message of the error that a boto3 call ends in."""

    def text(call: Callable[..., Any], *positional: Any, **named: Any) -> str:
        with pytest.raises(ClientError) as error:
            call(*positional, **named)
        answer = error.value.response["Error"]
        return f"{answer['Code']}: {answer['Message']}"

    return text


@pytest.fixture(scope="session")
def records() -> Callable[..., bytes]:
    """``records(labels=…, width=…)``: RecordIO of three rows."""

    def make(labels: Any = (3.5, 4.0, 5.0), width: int = WIDTH) -> bytes:
        X = sparse.csr_array(
            (np.array([1.5, 1, 1, 1, 1, 1], np.float32), ([0, 0, 1, 1, 2, 2], [0, 5, 1, 6, 2, 7])),
            shape=(3, width),
        )
        stream = io.BytesIO()
        recordio.write(stream, X, None if labels is None else np.array(labels, np.float32))
        return stream.getvalue()

    return make


@pytest.fixture(scope="session")
def fm_job(client: Callable[[str], Any]) -> Callable[..., str]:
    """``fm_job(name, data, …)``: start a training job of the real algorithm on ``data``; returns its name."""

    def start(
        job: str, data: bytes, *, channel: str = "train", kind: str = "", **hyperparameters: str
    ) -> str:
        client("s3").put_object(Bucket=BUCKET, Key=f"{job}/data/rows.protobuf", Body=data)
        source = {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/{job}/data/"}
        settings = {
            "feature_dim": str(WIDTH),
            "num_factors": "2",
            "predictor_type": "regressor",
            **hyperparameters,
        }
        client("sagemaker").create_training_job(
            TrainingJobName=job,
            AlgorithmSpecification={
                "TrainingImage": f"{ECR}/factorization-machines:1",
                "TrainingInputMode": "File",
            },
            RoleArn=ROLE_ARN,
            HyperParameters={name: value for name, value in settings.items() if value},
            InputDataConfig=[
                {
                    "ChannelName": channel,
                    "DataSource": {"S3DataSource": source},
                    **({"ContentType": kind} if kind else {}),
                }
            ],
            OutputDataConfig={"S3OutputPath": f"s3://{BUCKET}/{job}/output"},
            ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5},
            StoppingCondition={"MaxRuntimeInSeconds": 60},
        )
        return job

    return start
