"""``aws.connect`` and ``aws.follow`` in Python processes of their own."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from course_utils.local_aws import server

pytestmark = pytest.mark.wire
START_JOB = """
here.client("s3").put_object(Bucket=here.bucket, Key="fm-course-data/x", Body=b"1")
def job(**hyperparameters):
    name = here.name("train")
    source = {"S3DataType": "S3Prefix", "S3Uri": here.s3_folder}
    here.client("sagemaker").create_training_job(
        TrainingJobName=name, RoleArn=here.role_arn, HyperParameters=hyperparameters,
        AlgorithmSpecification={"TrainingInputMode": "File",
                                "TrainingImage": "382416733822.dkr.ecr.us-east-1.amazonaws.com/fake:1"},
        InputDataConfig=[{"ChannelName": "train", "DataSource": {"S3DataSource": source}}],
        OutputDataConfig={"S3OutputPath": here.s3_folder + "/out"}, StoppingCondition={"MaxRuntimeInSeconds":
        60}, ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1})
    return name
"""


@pytest.fixture(scope="module")
def local(own_server):
    """A server of this file's own: it counts what is there."""
    with own_server() as started:
        yield started


@pytest.fixture
def python(local):
    """Run a script beside the wire tests' server; returns its output."""

    def run(script, **environment):
        outcome = subprocess.run(
            [sys.executable, "-c", "from course_utils import aws\n" + script],
            env={"PATH": os.environ["PATH"], "HOME": "/nowhere", "COURSE_STATE_DIR": str(local.state_dir)}
            | environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return outcome.stdout + outcome.stderr

    return run


def test_follow_prints_every_line_once_and_in_order(python, local):
    output = python(
        'here = aws.connect("local")\n'
        + START_JOB
        + 'job = aws.follow(job(lines="300", sleep="0.5"), poll=0.01)\n'
        'print(job["TrainingJobStatus"])\n'
        "print(here.clean_up()[['kind', 'status']].values.tolist(), len(here.what_is_running()))"
    )
    assert server.running(local.state_dir) == local  # found running, so left running
    lines = output.splitlines()
    steps = [line for line in lines if line.startswith("#011step=")]
    assert steps == [f"#011step={n} score={n / 10}" for n in range(300)]
    words = [line.split()[1] for line in lines if line[2:3] == ":"]
    assert words == ["Starting", "Downloading", "Training", "Uploading", "Completed"]
    assert lines[-3].startswith("Billable seconds: ")
    assert lines[-2] == "Completed"
    assert lines[-1] == "[['objects', '2 objects, 0.0 MB']] 0"


def test_follow_can_leave_out_log_lines_but_no_status(python):
    output = python(
        'here = aws.connect("local")\n' + START_JOB + 'aws.follow(job(lines="300"), only="step=(7|8) ")'
    )
    lines = output.splitlines()[1:]
    assert [line for line in lines if line[2:3] != ":"] == [
        "#011step=7 score=0.7",
        "#011step=8 score=0.8",
        lines[-1],
    ]
    assert sum(line[2:3] == ":" for line in lines) == 5


def test_follow_explains_a_failure(python):
    output = python(
        'here = aws.connect("local")\n'
        + START_JOB
        + """
try:
    aws.follow(job(exit="2", fail="Customer Error: no such channel"))
except aws.TrainingFailed as error:
    print("reason:", error.description["FailureReason"])
    print(error)
"""
    )
    assert "reason: ClientError: no such channel, exit code: 2" in output
    assert "correct; then start a job under a new name" in output.replace("\n", " ")


@pytest.mark.skipif(os.name != "posix", reason="Windows has no SIGKILL")
def test_follow_explains_a_killed_program(python):
    output = python('here = aws.connect("local")\n' + START_JOB + 'aws.follow(job(exit="killed"))')
    assert "AlgorithmError: , exit code: 137\nThe program was killed, most likely because memory" in output


def test_clean_up_stops_jobs_in_progress(python):
    output = python(
        'here = aws.connect("local")\n'
        + START_JOB
        + """
name = job(sleep="60")
print(list(here.what_is_running()["kind"]))
here.clean_up()
print(here.client("sagemaker").describe_training_job(TrainingJobName=name)["TrainingJobStatus"])
print(len(here.what_is_running()))
"""
    )
    assert output.splitlines()[-3:] == ["['training job', 'objects']", "Stopped", "0"]


def test_clean_up_does_not_wait_for_ever(python):
    output = python(
        'here = aws.connect("local")\n'
        + START_JOB
        + """
name = job(sleep="60")
try:
    here.clean_up(timeout=0)
except TimeoutError as error:
    print(str(error).replace(name, "NAME"))
here.clean_up()
"""
    )
    assert "Still there after 0 seconds:\n  training job NAME is InProgress\nStop the local" in output


def test_credentials_that_come_later_are_seen_and_a_local_connection_stays_local(python, local, tmp_path):
    output = python(
        """
import pathlib
here = aws.connect("local")
def try_aws():
    try:
        print(aws.connect("aws", account="123456789012").mode)
    except aws.ConnectionRefused as error:
        print("refused:", str(error).splitlines()[0])
try_aws()
keys = pathlib.Path.home() / ".aws" / "credentials"
keys.parent.mkdir()
keys.write_text("[default]\\naws_access_key_id = a\\naws_secret_access_key = b\\n")
try_aws()
print(here.client("iam").meta.endpoint_url)
""",
        HOME=str(tmp_path),
        AWS_ENDPOINT_URL_STS=local.url,  # it plays AWS
        AWS_ENDPOINT_URL_IAM="http://127.0.0.1:9",
        AWS_ENDPOINT_URL_S3=local.url,
        AWS_EC2_METADATA_DISABLED="true",
        SAGEMAKER_ROLE_ARN="arn:aws:iam::123456789012:role/SageMakerRole",
    )
    lines = output.splitlines()
    assert lines[1] == "refused: AWS does not know you: Unable to locate credentials"
    assert lines[-2:] == ["aws", local.url]


def test_local_mode_can_be_left_again(python):
    output = python(
        """
import os
before = dict(os.environ)
aws.connect("local"); aws.connect("local", region="eu-west-1")
assert "AWS_SECRET_ACCESS_KEY" not in os.environ and "AWS_PROFILE" not in os.environ
import boto3
print(boto3.client("s3").meta.endpoint_url, boto3.client("s3").meta.region_name)
try:
    aws.connect("aws")
except aws.ConnectionRefused as error:
    print("refused")
try:
    aws.connect("aws", account="123456789012")
except aws.ConnectionRefused as error:
    print("refused:", str(error).splitlines()[0])
changed = {name for name in set(before) | set(os.environ) if before.get(name) != os.environ.get(name)}
print(sorted(changed))
""",
        AWS_SECRET_ACCESS_KEY="x",
        AWS_ACCESS_KEY_ID="y",
        AWS_ENDPOINT_URL_STS="http://127.0.0.1:9",
        AWS_MAX_ATTEMPTS="1",
    )
    lines = output.splitlines()
    assert lines[-4].startswith("http://127.0.0.1:")
    assert lines[-4].endswith(" eu-west-1")
    assert lines[-3] == "refused"
    assert lines[-2].startswith("refused: AWS does not know you: Could not connect")
    assert lines[-1] == "['AWS_DEFAULT_REGION', 'AWS_REGION']"


def test_a_wrong_mode_is_a_clear_error(python):
    assert 'mode is \'aws-local\'; it must be "local" or "aws"' in python('aws.connect("aws-local")')
