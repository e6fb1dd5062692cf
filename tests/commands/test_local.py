"""`course local`: a daemon, its words, and settings that any other terminal can take over."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import boto3
import pytest

from course_utils import cli
from course_utils.local_aws import server

FAKE = Path(__file__).parents[1] / "local_aws" / "fake_algorithm.py"
STRANGERS = {
    "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
    "AWS_PROFILE": "work",
    "AWS_ENDPOINT_URL_S3": "https://192.0.2.1",
    "SAGEMAKER_ADMIN_CONFIG_OVERRIDE": "s3://company/config.yaml",
}


@pytest.fixture(scope="module")
def daemon(tmp_path_factory):
    """A server that `course local start` has started, in a folder whose name needs quotes."""
    folder = tmp_path_factory.mktemp("it's a $HOME")
    commands = {verb: [sys.executable, str(FAKE), verb] for verb in ("train", "serve")}
    (folder / "images.json").write_text(json.dumps({"fake": commands}))
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": "/nowhere",
        "COURSE_STATE_DIR": str(folder),
        **STRANGERS,
    }
    command = [sys.executable, "-m", "course_utils.cli", "local", "start"]
    outcome = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert outcome.returncode == 0, outcome.stderr
    running = server.running(folder)
    yield running
    if still := server.running(folder):
        still.stop()


@pytest.fixture(autouse=True)
def here(request, monkeypatch):
    if "daemon" in request.fixturenames:
        daemon = request.getfixturevalue("daemon")
        monkeypatch.setenv("COURSE_STATE_DIR", str(daemon.state_dir))


def client(daemon, service):
    return boto3.session.Session("a", "b", region_name="us-east-1").client(service, endpoint_url=daemon.url)


@pytest.fixture
def job(daemon, request):
    """Start a job of the fake algorithm; returns its name."""

    def start(**hyperparameters):
        name = request.node.name.replace("_", "-")[:60]
        client(daemon, "sagemaker").create_training_job(
            TrainingJobName=name,
            AlgorithmSpecification={
                "TrainingImage": "382416733822.dkr.ecr.us-east-1.amazonaws.com/fake:1",
                "TrainingInputMode": "File",
            },
            RoleArn="arn:aws:iam::123456789012:role/SageMakerRole",
            HyperParameters=hyperparameters,
            OutputDataConfig={"S3OutputPath": "s3://sagemaker-us-east-1-123456789012/out"},
            ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
            StoppingCondition={"MaxRuntimeInSeconds": 60},
        )
        return name

    return start


def test_a_daemon_outlives_the_command_and_is_found_again(daemon, capsys):
    assert cli.main(["local", "start"]) == 0
    told = capsys.readouterr().out
    assert f"OK  local SageMaker at {daemon.url}, process {daemon.pid}" in told
    assert "ends with" not in told
    assert cli.main(["local", "start", "--port", "1"]) == 1
    assert capsys.readouterr().err.startswith("FIX  it runs already, at http")


def test_start_says_that_a_notebooks_server_ends_with_the_notebook(capsys):
    theirs = server.start(outlive=False)
    try:
        assert cli.main(["local", "start"]) == 0
        assert "ends with that" in capsys.readouterr().out
    finally:
        theirs.stop()


def test_status_lists_what_runs_and_the_size_on_disk(daemon, job, capsys):
    name = job(sleep="60")
    assert cli.main(["local", "status"]) == 0
    told = capsys.readouterr().out
    assert " MB\n" in told
    [line] = [line for line in told.splitlines() if name in line]
    assert line.split()[:4] == ["training-job", name, "InProgress", "us-east-1"]
    client(daemon, "sagemaker").stop_training_job(TrainingJobName=name)
    while daemon.what_runs():
        pass
    cli.main(["local", "status"])
    assert "no job runs, and there is no endpoint" in capsys.readouterr().out


def test_logs_follow_a_job_to_its_end_and_show_the_server(daemon, job, capsys):
    name = job(lines="3", sleep="1")
    assert cli.main(["local", "logs", name, "--follow"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if "step=" in line] == [f"#011step={n} score={n / 10}" for n in range(3)]
    assert lines[-1] == "ready"
    assert cli.main(["local", "logs", name]) == 0
    assert capsys.readouterr().out.splitlines() == lines
    assert cli.main(["local", "logs", "unknown"]) == 1
    assert "no log of 'unknown' in us-east-1" in capsys.readouterr().err
    assert cli.main(["local", "logs"]) == 0
    assert f"local SageMaker at {daemon.url}" in capsys.readouterr().out


@pytest.mark.skipif(os.name != "posix", reason="there is no sh")
def test_env_for_sh_sets_what_json_says_and_takes_strangers_away(daemon, monkeypatch, capsys):
    for name, value in STRANGERS.items():
        monkeypatch.setenv(name, value)
    assert cli.main(["local", "env", "--region", "eu-west-1", "--shell", "json"]) == 0
    expected = json.loads(capsys.readouterr().out)
    python = shlex.quote(sys.executable)
    command = f"{python} -m course_utils.cli local env --region eu-west-1"
    show = f'{python} -c "import os, json; print(json.dumps(dict(os.environ)))"'
    shown = subprocess.run(
        ["sh", "-c", f'eval "$({command})"; {show}'], capture_output=True, text=True, check=True
    )
    found = json.loads(shown.stdout)
    assert {name: found.get(name) for name in expected} == expected
    assert {name for name in found if name.startswith("AWS_")} == {
        name for name, value in expected.items() if value and name.startswith("AWS_")
    }
    assert set(STRANGERS) <= {name for name, value in expected.items() if value is None}


@pytest.mark.parametrize(
    ("shell", "line"),
    [
        ("fish", "set -gx COURSE_LOCAL_SAGEMAKER 'http"),
        ("fish", "set -e AWS_PROFILE"),
        ("fish", "it\\'s a $HOME"),
        ("powershell", "$Env:COURSE_LOCAL_SAGEMAKER = 'http"),
        ("powershell", "Remove-Item Env:AWS_PROFILE -ErrorAction SilentlyContinue"),
        ("powershell", "it''s a $HOME"),
        ("cmd", 'set "COURSE_LOCAL_SAGEMAKER=http'),
        ("cmd", 'set "AWS_PROFILE="'),
    ],
)
def test_env_speaks_other_shells(daemon, capsys, shell, line):
    assert cli.main(["local", "env", "--shell", shell]) == 0
    assert line in capsys.readouterr().out


def test_a_region_that_would_leave_the_folder_is_refused(daemon, capsys):
    assert cli.main(["local", "env", "--region", "../../elsewhere"]) == 1
    assert "'../../elsewhere' is no AWS region" in capsys.readouterr().err


@pytest.mark.parametrize("action", [["env"], ["logs", "x"], ["logs"]])
def test_without_a_server_it_says_what_to_type(capsys, action):
    assert cli.main(["local", *action]) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("FIX  ")


def test_reset_asks_first(daemon, monkeypatch, capsys):
    client(daemon, "s3").put_object(Bucket="sagemaker-us-east-1-123456789012", Key="k", Body=b"1")
    for answer in ("", "n"):
        monkeypatch.setattr("builtins.input", lambda _, answer=answer: answer)
        assert cli.main(["local", "reset"]) == 1
    assert server.running() == daemon
    monkeypatch.setattr("builtins.input", lambda _: "y")
    assert cli.main(["local", "reset"]) == 0
    assert server.running() is None
    assert {path.name for path in daemon.state_dir.iterdir()} == {"local-sagemaker.txt", "images.json"}


def test_reset_touches_no_folder_that_is_not_ours(monkeypatch, tmp_path, capsys):
    folder = tmp_path / "thesis"
    folder.mkdir()
    (folder / "chapter-1.txt").write_text("years of work")
    monkeypatch.setenv("COURSE_STATE_DIR", str(folder))
    assert cli.main(["local", "reset", "--yes"]) == 1
    assert "nothing was deleted" in capsys.readouterr().err
    assert cli.main(["local", "start"]) == 1  # nor is it taken over
    assert "holds something else (chapter-1.txt)" in capsys.readouterr().err
    assert [path.name for path in folder.iterdir()] == ["chapter-1.txt"]
    monkeypatch.setenv("COURSE_STATE_DIR", str(tmp_path / "none"))
    assert cli.main(["local", "reset", "--yes"]) == 0
    assert not (tmp_path / "none").exists()
