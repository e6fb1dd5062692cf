"""The server keeps to its folder and away from real credentials; local mode never calls AWS.

A fake AWS is a listener on the loopback interface: in watched processes every other host's name leads there.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import sysconfig
import textwrap
import threading
from pathlib import Path

import psutil
import pytest

from course_utils.local_aws import __main__ as program
from course_utils.local_aws import isolation, server

pytestmark = pytest.mark.wire

# AWS documents this pair as an example; it is nobody's.
KEYS = {
    "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
}


# --- the server and credentials -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("found", "names"),
    [
        ({}, []),
        ({"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"}, []),
        ({"AWS_ACCESS_KEY_ID": "test", "AWS_SESSION_TOKEN": "", "AWS_REGION": "eu-west-1"}, []),
        ({"NOTES": "AKIAIOSFODNN7EXAMPLE"}, []),
        (KEYS, ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]),
        ({"AWS_ACCESS_KEY_ID": " ASIAIOSFODNN7EXAMPLE "}, ["AWS_ACCESS_KEY_ID"]),
        ({"AWS_ACCESS_KEY": "AKIAIOSFODNN7EXAMPLE"}, ["AWS_ACCESS_KEY"]),
        ({"AWS_ACCESS_KEY_ID": "test", "AWS_SESSION_TOKEN": "x"}, ["AWS_SESSION_TOKEN"]),
        ({"AWS_SECURITY_TOKEN": "x"}, ["AWS_SECURITY_TOKEN"]),
    ],
)
def test_what_looks_like_credentials(found, names):
    assert isolation.credentials(found) == names
    assert isolation.credentials(isolation.without_aws(found)) == []


def test_a_server_started_by_hand_beside_credentials_refuses(state_dir):
    outcome = subprocess.run(
        [sys.executable, "-m", "course_utils.local_aws", "--state", str(state_dir)],
        env={"PATH": os.environ["PATH"], "HOME": str(state_dir), **KEYS},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert outcome.returncode == program.CREDENTIALS_FOUND
    assert "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY looks like some" in outcome.stderr
    assert "course.py local start" in outcome.stderr
    assert KEYS["AWS_ACCESS_KEY_ID"] not in outcome.stderr
    assert not state_dir.exists()


def test_whoever_starts_a_server_hides_credentials_and_proxies_from_it(state_dir, monkeypatch):
    own = {**KEYS, "AWS_SESSION_TOKEN": "t", "AWS_PROFILE": "work", "HTTPS_PROXY": "http://127.0.0.1:9"}
    for name, value in own.items():
        monkeypatch.setenv(name, value)
    running = server.start(state_dir)
    try:
        assert not set(psutil.Process(running.pid).environ()) & set(own)
    finally:
        running.stop()


def test_nothing_in_the_learners_home_is_a_credential_for_the_server(tmp_path):
    home, state = tmp_path / "home", tmp_path / "state"
    (home / ".aws").mkdir(parents=True)
    state.mkdir()
    for file in (".aws/credentials", ".aws/config", ".boto"):
        section = "Credentials" if file == ".boto" else "default"
        lines = [f"[{section}]", *(f"{name.lower()} = {value}" for name, value in KEYS.items())]
        (home / file).write_text("\n".join(lines))
    script = """
    import pathlib, sys, tempfile, boto3
    from course_utils.local_aws import isolation
    print(boto3.session.Session().get_credentials() is None)
    isolation.seclude(pathlib.Path(sys.argv[1]))
    print(boto3.session.Session().get_credentials() is None, pathlib.Path.home(), tempfile.gettempdir())
    """
    outcome = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script), str(state)],
        env={"PATH": os.environ["PATH"], "HOME": str(home), "AWS_EC2_METADATA_DISABLED": "true"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert outcome.stdout.splitlines() == ["False", f"True {state} {state / 'tmp'}"]


# --- the server and the disk --------------------------------------------------------------------------------

# What a process opens for writing, or makes; SQLite opens its files unseen, so its calls are watched.
_WATCH_WRITES = """
import os, sys

_notes = {notes!r}
_busy = False

def _watch(event, arguments):
    global _busy
    if event == "open":
        flags = arguments[2] if isinstance(arguments[2], int) else 0
        writes = flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
        path = arguments[0]
    elif event in ("os.mkdir", "os.rename", "os.remove", "sqlite3.connect", "os.truncate", "os.link"):
        writes, path = True, arguments[0]
    else:
        return
    if not writes or _busy or not isinstance(path, (str, bytes, os.PathLike)):
        return
    if event.startswith("os.") and arguments[-1] not in (-1, None):
        return  # relative to an open folder, which only the deletion of a whole folder uses
    path = os.path.abspath(os.fsdecode(path))
    if not path.startswith(({state!r}, "/dev/")) and "__pycache__" not in path:
        _busy = True
        with open(_notes, "a") as notes:
            notes.write(f"{{event}} {{path}} {{sys.orig_argv}}\\n")
        _busy = False

with open({watched!r}, "a") as notes:
    notes.write(" ".join(sys.orig_argv) + "\\n")
sys.addaudithook(_watch)
"""
_TRAIN = """
import boto3, io, sys
import numpy as np
from scipy.sparse import csr_array
from course_utils import recordio
session = boto3.session.Session("a", "b", region_name="us-east-1")
s3, sagemaker = (session.client(name, endpoint_url=sys.argv[1]) for name in ("s3", "sagemaker"))
stream = io.BytesIO()
recordio.write(stream, csr_array(np.eye(4, dtype=np.float32)), np.ones(4, np.float32))
bucket, role = "sagemaker-us-east-1-123456789012", "arn:aws:iam::123456789012:role/SageMakerRole"
s3.put_object(Bucket=bucket, Key="train/part", Body=stream.getvalue())
source = {"S3DataType": "S3Prefix", "S3Uri": f"s3://{bucket}/train"}
image = "382416733822.dkr.ecr.us-east-1.amazonaws.com/factorization-machines:1"
sagemaker.create_training_job(
    TrainingJobName="j", RoleArn=role, OutputDataConfig={"S3OutputPath": f"s3://{bucket}/out"},
    AlgorithmSpecification={"TrainingImage": image, "TrainingInputMode": "File"},
    HyperParameters={"feature_dim": "4", "num_factors": "2", "predictor_type": "regressor"},
    InputDataConfig=[{"ChannelName": "train", "DataSource": {"S3DataSource": source}}],
    ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
    StoppingCondition={"MaxRuntimeInSeconds": 60})
while (job := sagemaker.describe_training_job(TrainingJobName="j"))["TrainingJobStatus"] == "InProgress":
    pass
print(job["TrainingJobStatus"], job.get("FailureReason"))
"""


def tree(folder: Path) -> dict[str, float]:
    return {str(path): path.stat().st_mtime for path in folder.rglob("*")}


def test_a_server_and_its_job_write_nowhere_but_in_the_state_folder(tmp_path):
    state, home, temporary, watch = (tmp_path / name for name in ("state", "home", "tmp", "watch"))
    for folder in (home, temporary, watch):
        folder.mkdir()
    (home / "thesis.txt").write_text("years of work")
    notes, watched = watch / "outside.txt", watch / "watched.txt"
    (watch / "sitecustomize.py").write_text(
        _WATCH_WRITES.format(state=str(state), notes=str(notes), watched=str(watched))
    )
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "TMPDIR": str(temporary),
        "COURSE_STATE_DIR": str(state),
    }
    watched_too = {**environment, "PYTHONPATH": str(watch)}
    before = tree(home), tree(temporary)
    start = "from course_utils.local_aws import server; server.start()"
    subprocess.run([sys.executable, "-c", start], env=watched_too, cwd=home, timeout=60, check=True)
    running = server.running(state)
    try:
        outcome = subprocess.run(
            [sys.executable, "-c", _TRAIN, running.url],
            env={"PATH": os.environ["PATH"]},
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        assert outcome.stdout == "Completed None\n"
    finally:
        running.stop()
    for process in ("course_utils.local_aws", "fm_container train"):
        assert process in watched.read_text()
    assert not notes.exists(), notes.read_text()
    assert (tree(home), tree(temporary)) == before


# --- the learner's process and AWS --------------------------------------------------------------------------

_ALL_NAMES_LEAD_TO_THE_FAKE = """
import os, socket
_real = socket.getaddrinfo
def _resolve(host, port, *rest, **options):
    if host not in ("127.0.0.1", "localhost", "::1", None):
        host, port = "127.0.0.1", int(os.environ["FAKE_AWS_PORT"])
    return _real(host, port, *rest, **options)
socket.getaddrinfo = _resolve
"""
_TALK = """
import boto3, subprocess, sys
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

once = Config(retries={"total_max_attempts": 1}, connect_timeout=2, read_timeout=2)
address = "https://sts.us-east-1.amazonaws.com"
def attempt(call):
    try:
        call()
        return "answered"
    except (BotoCoreError, ClientError, RuntimeError) as error:
        return type(error).__name__
"""
_LOCAL = (
    _TALK
    + """
older = [boto3.client("sts", region_name="us-east-1", config=once),
         boto3.client("s3", region_name="us-east-1", config=once),
         boto3.session.Session(profile_name="work").client("sagemaker", config=once)]
from course_utils import aws
here = aws.connect("local")
print(attempt(older[0].get_caller_identity), attempt(older[1].list_buckets), attempt(older[2].list_models))
"""
)
_NEW_CLIENTS = """
keys = dict(aws_access_key_id="AKIAIOSFODNN7EXAMPLE", aws_secret_access_key="x", aws_session_token="y")
virtual = Config(s3={"addressing_style": "virtual"}).merge(once)
bucket = "sagemaker-us-east-1-123456789012"
print(
    attempt(boto3.client("sts", config=once).get_caller_identity),
    attempt(boto3.client("sts", endpoint_url=address, config=once, **keys).get_caller_identity),
    attempt(boto3.client("sagemaker", config=once, **keys).list_models),
    attempt(lambda: boto3.client("s3", config=virtual).list_objects_v2(Bucket=bucket)),
    attempt(lambda: boto3.client("s3", region_name="eu-central-1", config=once).head_bucket(Bucket=bucket)),
)
print(attempt(boto3.client("bedrock", config=once).list_foundation_models),
      attempt(lambda: boto3.session.Session(profile_name="work").client("sts")))
child = f"import boto3; print(boto3.client('sts', endpoint_url={address!r}).get_caller_identity()['Account'])"
print(subprocess.run([sys.executable, "-c", child], capture_output=True, text=True, check=True).stdout)
"""
_EXPECTED = ["answered answered answered answered answered", "ClientError ProfileNotFound", "123456789012"]
_SDK = """
from sagemaker.core.helper.session_helper import Session, get_execution_role
session = Session()
print(get_execution_role(), session.default_bucket(), session.account_id())
import importlib.util
print(importlib.util.find_spec("course_utils"))
"""


@pytest.fixture
def fake_aws():
    """The port of a listener that plays AWS, and the list of calls that reached it."""
    calls = []

    def listen():
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                calls.append(connection.recv(100))

    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        thread = threading.Thread(target=listen, daemon=True)
        thread.start()
        yield listener.getsockname()[1], calls
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(10)


@pytest.fixture
def learner(tmp_path, fake_aws):
    """``learner(script, **environment)`` runs it for somebody with real-looking keys everywhere."""
    home, watch = tmp_path / "home", tmp_path / "watch"
    (home / ".aws").mkdir(parents=True)
    watch.mkdir()
    keys = "\n".join(f"{name.lower()} = {value}" for name, value in KEYS.items())
    (home / ".aws" / "credentials").write_text(f"[default]\n{keys}\n[work]\n{keys}\n")
    (home / ".aws" / "config").write_text("[profile work]\nregion = us-east-1\n")
    (watch / "sitecustomize.py").write_text(_ALL_NAMES_LEAD_TO_THE_FAKE)

    def run(script, *options, **environment):
        basis = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "FAKE_AWS_PORT": str(fake_aws[0]),
            "AWS_EC2_METADATA_DISABLED": "true",
            **KEYS,
        }
        path = os.pathsep.join([str(watch), environment.pop("PYTHONPATH", "")])
        outcome = subprocess.run(
            [sys.executable, *options, "-c", "import sitecustomize\n" + script],
            env={**basis, **environment, "PYTHONPATH": path},
            cwd=home,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert outcome.returncode == 0, outcome.stderr
        return [line for line in outcome.stdout.splitlines() if line]

    return run


def proxies(fake_aws):
    return dict.fromkeys(("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"), f"http://127.0.0.1:{fake_aws[0]}")


@pytest.mark.parametrize("proxied", [False, True])
def test_without_local_mode_the_fake_is_called(learner, fake_aws, proxied):
    """Else the tests below would prove nothing."""
    call = "print(attempt(boto3.client('sts', region_name='us-east-1', config=once).get_caller_identity))"
    assert learner(_TALK + call, **(proxies(fake_aws) if proxied else {})) != ["answered"]
    assert fake_aws[1] != []


def test_after_connect_nothing_reaches_aws(learner, fake_aws, local):
    environment = {"COURSE_STATE_DIR": str(local.state_dir), **proxies(fake_aws)}
    lines = learner(_LOCAL + _NEW_CLIENTS, **environment)
    assert fake_aws[1] == []
    assert lines[1] == " ".join(["LeavesThisMachine"] * 3)
    assert lines[2:] == _EXPECTED


def test_settings_of_env_keep_an_environment_without_this_package_from_aws_too(learner, fake_aws, local):
    """Without site (-S), a Python has no packages but those on PYTHONPATH, and no editable installs."""
    command = [sys.executable, "-m", "course_utils.cli", "local", "env", "--shell", "json"]
    environment = {**os.environ, "COURSE_STATE_DIR": str(local.state_dir)}
    shown = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    settings = json.loads(shown.stdout)
    forget = [name for name, value in settings.items() if value is None]
    settings = {name: value for name, value in settings.items() if value is not None}
    settings["PYTHONPATH"] += os.pathsep + sysconfig.get_paths()["purelib"]
    script = f"import os\nfor name in {forget}: os.environ.pop(name, None)\n" + _TALK + _NEW_CLIENTS + _SDK
    lines = learner(script, "-S", **settings)
    assert fake_aws[1] == []
    role = "arn:aws:iam::123456789012:role/SageMakerRole"
    assert lines == [*_EXPECTED, f"{role} sagemaker-us-east-1-123456789012 123456789012", "None"]
