"""``course aws leftovers`` finds what earlier runs made, by its tag or name, and takes nothing else away."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from functools import partial

import pytest

from .conftest import LEARNER

pytestmark = pytest.mark.wire
PLACES = {"local": "the local SageMaker", "aws": "AWS"}
MAKE = """
name = config("mine-all-mine")
sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
sagemaker.create_training_job(**request("unnamed-run", sleep="600"))
sagemaker.create_transform_job(**transform("fm-course-batch", name))
print("made", here.run, flush=True)
import threading
threading.Event().wait(100)
"""


@pytest.fixture
def local(own_server):
    """For each test a server of its own: what others leave is not seen."""
    with own_server() as started:
        yield started


@pytest.fixture
def sagemaker(local, client_for):
    return client_for(local, "sagemaker")


@pytest.fixture
def crashed(environment, tmp_path):
    """A run that was killed with an endpoint and jobs in the air; gives its name."""
    if os.name != "posix":
        pytest.skip("Windows has no SIGKILL")
    process = subprocess.Popen(
        [sys.executable, "-c", LEARNER + MAKE],
        env=environment | {"CONNECT": json.dumps({"account": "123456789012"})},
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
    )
    for line in process.stdout:
        if line.startswith("made "):
            break
    process.send_signal(signal.SIGKILL)
    assert process.wait(30) == -signal.SIGKILL
    process.stdout.close()
    return line.split()[1]


@pytest.mark.parametrize("mode", ["local", "aws"])
def test_a_killed_run_is_found_by_the_next_and_deleted_when_asked_to(
    course, crashed, local, sagemaker, client_for, mode
):
    foreign = {"Image": "382416733822.dkr.ecr.us-east-1.amazonaws.com/fake:1"}
    role = "arn:aws:iam::123456789012:role/SageMakerRole"
    sagemaker.create_model(ModelName="of-somebody-else", PrimaryContainer=foreign, ExecutionRoleArn=role)
    s3 = client_for(local, "s3")
    bucket = "sagemaker-us-east-1-123456789012"
    s3.put_object(Bucket=bucket, Key="of-somebody-else/x", Body=b"1")
    where = {"COURSE_STATE_DIR": str(local.state_dir)}

    listed = course("aws", "leftovers", "--mode", mode, **where)
    assert listed.returncode == 1
    assert "account 123456789012, us-east-1, us-west-2, eu-west-1, eu-central-1" in listed.stdout
    found = [line.split()[1:] for line in listed.stdout.splitlines() if line.startswith("--")]
    lines = {(words[0], " ".join(words[1:])) for words in found}
    assert {place for place, _ in lines} == {"us-east-1"}
    text = "\n".join(rest for _, rest in lines)
    for thing in ("training job unnamed-run", "endpoint mine-all-mine", "endpoint config mine-all-mine",
                  "model mine-all-mine", f"objects s3://{bucket}/fm-course-*"):  # fmt: skip
        assert thing in text
    assert f"costs by the second run {crashed}" in text
    assert "somebody-else" not in text

    unanswered = course("aws", "leftovers", "--mode", mode, "--delete", **where)
    assert unanswered.returncode == 1
    assert "nothing was deleted" in unanswered.stdout
    assert sagemaker.describe_endpoint(EndpointName="mine-all-mine")["EndpointStatus"] != "Deleting"

    agreed = course("aws", "leftovers", "--mode", mode, "--delete", answer="y\n", **where)
    assert agreed.returncode == 0, agreed.stdout + agreed.stderr
    assert "in account 123456789012? [y/N] " in agreed.stdout
    assert agreed.stdout.endswith("OK   all of it is deleted\n")
    again = course("aws", "leftovers", "--mode", mode, **where)
    assert (again.returncode, again.stdout.splitlines()[-1]) == (
        0,
        f"OK   nothing is left in {PLACES[mode]}, account 123456789012",
    )
    status = sagemaker.describe_training_job(TrainingJobName="unnamed-run")["TrainingJobStatus"]
    assert status == "Stopped"
    assert [each["ModelName"] for each in sagemaker.list_models()["Models"]] == ["of-somebody-else"]
    keys = [each["Key"] for each in s3.list_objects_v2(Bucket=bucket)["Contents"]]
    assert keys == ["of-somebody-else/x"]


def test_the_next_connection_shows_what_a_killed_run_left(course, crashed, python):
    output = python("from course_utils import aws\naws.connect('aws', account='123456789012').clean_up()")
    assert "earlier  still there, and not in your budget: clean_up() ends it" in output
    assert "endpoint mine-all-mine, since " in output
    assert course("aws", "leftovers", "--mode", "aws").stdout.count("by the second") == 0


def test_another_region_and_logs_are_looked_at_too(course, learner, sagemaker, local, client_for):
    learner(
        """
with here.endpoint(MODEL, IMAGE) as endpoint:
    endpoint.invoke(b"hello", content_type="text/plain")
here.clean_up()
""",
        region="eu-west-1",
    )
    listed = course("aws", "leftovers", "--mode", "aws")
    assert "--   eu-west-1    log group        /aws/sagemaker/Endpoints/fm-course-endpoint-" in listed.stdout
    assert course("aws", "leftovers", "--mode", "aws", "--region", "us-east-1").returncode == 0
    deleted = course("aws", "leftovers", "--mode", "aws", "--delete", "--yes", "--account", "123456789012")
    assert deleted.returncode == 0
    assert client_for(local, "logs", "eu-west-1").describe_log_groups()["logGroups"] == []


def test_your_own_region_is_looked_at_though_the_table_has_no_prices_of_it(course):
    listed = course("aws", "leftovers", "--mode", "aws", AWS_DEFAULT_REGION="sa-east-1")
    regions = "us-east-1, us-west-2, eu-west-1, eu-central-1"
    assert f"account 123456789012, {regions}, sa-east-1\n" in listed.stdout
    listed = course("aws", "leftovers", "--mode", "aws", AWS_DEFAULT_REGION="eu-west-1")
    assert f"account 123456789012, {regions}\n" in listed.stdout


def test_what_is_made_while_the_question_is_asked_stays(course, environment, sagemaker, tmp_path):
    role = "arn:aws:iam::123456789012:role/SageMakerRole"
    image = {"Image": "382416733822.dkr.ecr.us-east-1.amazonaws.com/fake:1"}
    make = partial(sagemaker.create_model, PrimaryContainer=image, ExecutionRoleArn=role)
    make(ModelName="fm-course-earlier")
    command = [sys.executable, "-m", "course_utils.cli", "aws", "leftovers", "--mode", "aws", "--delete"]
    asked = subprocess.Popen(
        command, env=environment, cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert "account 123456789012" in asked.stdout.readline()
    assert "fm-course-earlier" in asked.stdout.readline()
    wait_until_it_asks(asked)
    make(ModelName="fm-course-later")
    said, _ = asked.communicate("y\n", timeout=100)
    assert said.endswith("OK   all of it is deleted\n")
    assert [each["ModelName"] for each in sagemaker.list_models()["Models"]] == ["fm-course-later"]


def wait_until_it_asks(asked: subprocess.Popen) -> None:
    """The question stands on the line that it does not end."""
    read = ""
    while not read.endswith("[y/N] "):
        read += asked.stdout.read(1)


def test_it_looks_where_the_lesson_worked(course, played_aws):
    """As lesson 09 says it: no mode, no account on the line."""
    outcome = course("aws", "leftovers", COURSE_AWS_MODE="aws", COURSE_AWS_ACCOUNT="210987654321")
    assert outcome.returncode == 2
    assert "your credentials belong to account 123456789012, not to 210987654321" in outcome.stderr
    assert played_aws.calls == ["sts GetCallerIdentity"]
    odd = course("aws", "leftovers", COURSE_AWS_MODE="cloud")
    assert (odd.returncode, "COURSE_AWS_MODE is 'cloud'" in odd.stderr) == (2, True)


def test_at_aws_nothing_is_deleted_unasked_or_in_another_account(course, played_aws):
    hasty = course("aws", "leftovers", "--mode", "aws", "--delete", "--yes")
    assert (hasty.returncode, played_aws.calls) == (2, [])
    assert "needs --account too" in hasty.stderr
    played_aws.account = "210987654321"
    wrong = course("aws", "leftovers", "--mode", "aws", "--delete", "--yes", "--account", "123456789012")
    assert (wrong.returncode, played_aws.calls) == (2, ["sts GetCallerIdentity"])
    assert "your credentials belong to account 210987654321, not to 123456789012" in wrong.stderr


def test_a_terminal_that_leads_to_the_local_sagemaker_is_not_taken_for_aws(course, played_aws):
    outcome = course("aws", "leftovers", "--mode", "aws", COURSE_LOCAL_SAGEMAKER="http://127.0.0.1:9")
    assert outcome.returncode == 2
    assert "this terminal leads to the local SageMaker" in outcome.stderr
    assert played_aws.calls == []
