"""Local mode never leaves this machine, whatever the learner has configured; "aws" runs the same code."""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from course_utils.local_aws import server

pytestmark = pytest.mark.wire
HERE = Path(__file__).parent

# AWS documents this pair as an example; it is nobody's.
KEYS = {
    "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "AWS_SESSION_TOKEN": "token",
}


@pytest.fixture
def learner(tmp_path, state_dir):
    """The environment of a learner with real-looking AWS settings, who is watched."""
    home = tmp_path / "home"
    (home / ".aws").mkdir(parents=True)
    (home / ".aws" / "credentials").write_text(
        "[default]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = x\n"
        "[work]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = y\n"
    )
    (home / ".aws" / "config").write_text(
        "[profile work]\nregion = eu-central-1\nendpoint_url = https://192.0.2.1\nservices = all\n"
        "[services all]\nsagemaker =\n  endpoint_url = https://192.0.2.2\n"
    )
    watch = tmp_path / "watch"  # it writes its notes beside itself, so that even containers find the place
    watch.mkdir()
    shutil.copy(HERE.parent / "loopback_only" / "sitecustomize.py", watch)
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "COURSE_STATE_DIR": str(state_dir),
        "PYTHONPATH": str(watch),
        "AWS_PROFILE": "work",
        "AWS_ENDPOINT_URL_S3": "https://s3.us-east-1.amazonaws.com",
        "AWS_REGION": "eu-central-1",
        "AWS_USE_FIPS_ENDPOINT": "true",
        "SAGEMAKER_ADMIN_CONFIG_OVERRIDE": "s3://a-company/sagemaker.yaml",
        "HTTP_PROXY": "http://127.0.0.1:9",  # nobody listens there
        "HTTPS_PROXY": "http://127.0.0.1:9",
        **KEYS,
    }
    return environment, watch / "left-this-machine.txt"


def python(environment, *arguments):
    return subprocess.run(
        [sys.executable, *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=240,  # alone it takes 16 s; beside three others on two busy cores, minutes
        check=False,
    )


def test_the_watch_itself_works(learner):
    environment, report = learner
    outcome = python(environment, "-c", "import socket; socket.create_connection(('192.0.2.1', 80), 1)")
    assert "PermissionError" in outcome.stderr
    assert "192.0.2.1" in report.read_text()


def test_the_sdk_goes_from_ratings_to_predictions_on_the_loopback_interface_alone(learner, state_dir):
    environment, report = learner
    own_files = {path: path.read_bytes() for path in Path(environment["HOME"]).rglob("*") if path.is_file()}
    outcome = python(environment, str(HERE / "flow_v3.py"), "local")
    assert outcome.returncode == 0, outcome.stderr[-3000:]
    assert not report.exists(), report.read_text()
    for path, content in own_files.items():
        assert path.read_bytes() == content
    for secret in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        for path in state_dir.rglob("*"):
            assert not path.is_file() or KEYS[secret].encode() not in path.read_bytes()
    watched = report.with_name("watched.txt").read_text()
    for program in ("flow_v3.py", "course_utils.local_aws", "fm_container train", "fm_container serve"):
        assert program in watched
    result = json.loads(outcome.stdout.splitlines()[-1])
    assert (result["mode"], result["account"]) == ("local", "123456789012")
    assert result["bucket"] == "sagemaker-us-east-1-123456789012"
    assert result["role"].endswith(":role/SageMakerRole")
    statuses = [line.split()[1] for line in result["lines"] if line[2:3] == ":" and line[5:6] == ":"]
    assert statuses == ["Starting", "Downloading", "Training", "Uploading", "Completed"]
    assert any("#quality_metric: host=algo-1, test rmse <loss>=" in line for line in result["lines"])
    assert not any(str(state_dir) in line for line in result["lines"])
    [merging] = [line for line in result["lines"] if "Merging with provided configuration" in line]
    names = list(ast.literal_eval(merging[merging.index("{") :]))
    assert names == sorted(names)
    assert len(names) == 5
    assert {"test:rmse", "train:rmse", "train:rmse:epoch", "train:progress"} <= set(result["metrics"])
    assert result["score"] == pytest.approx(result["score_of_artefact"], abs=1e-6)
    assert result["records"] == 3
    assert "Failure Reason: ClientError: " in result["failure"]
    assert "num_factors" in result["failure"]
    assert result["running"] == ["endpoint", "endpoint config", "model", "objects"]
    assert result["left"] == 0
    assert "Restart the kernel" in result["refused"]
    assert server.running(state_dir.with_name("second")) is None
    assert server.running(state_dir) is None  # the program had started it, so it ended with the program


def test_aws_mode_needs_a_clear_yes(learner):
    environment, report = learner
    script = "from course_utils import aws; aws.connect('aws')"
    outcome = python(environment, "-c", script)
    assert 'aws.connect("aws", account="123456789012")' in outcome.stderr
    assert not report.exists()


def test_aws_mode_is_the_same_code(own_server, tmp_path):
    """A local server plays AWS here: its address takes the place of AWS's own."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "COURSE_STATE_DIR": str(tmp_path / "unused"),
        "COURSE_AWS_ACCOUNT": "123456789012",
        **KEYS,
    }
    script = """
from course_utils import aws
here = aws.connect("aws")
print(here)
here.client("s3").put_object(Bucket=here.bucket, Key="fm-course-data/x", Body=b"1")
here.client("s3").put_object(Bucket=here.bucket, Key="mine/x", Body=b"1")
print(list(here.what_is_running()["kind"]), list(here.clean_up()["status"]), len(here.what_is_running()))
print(here.client("s3").list_objects_v2(Bucket=here.bucket, Prefix="mine")["KeyCount"])
"""
    with own_server() as played:  # nobody else's objects lie there
        outcome = python(environment | {"AWS_ENDPOINT_URL": played.url}, "-c", script)
    assert outcome.returncode == 0, outcome.stderr
    assert "account  123456789012\n  region   us-east-1\n" in outcome.stdout
    assert "Connection(mode='aws'" in outcome.stdout
    assert "endpoint_url=None" in outcome.stdout
    assert outcome.stdout.splitlines()[-2:] == ["['objects'] ['1 objects, 0.0 MB'] 0", "1"]
    assert not (tmp_path / "unused").exists()
