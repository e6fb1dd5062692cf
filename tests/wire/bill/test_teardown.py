"""``with connection.endpoint(…)``: nothing of it is left, however the block ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from .conftest import LEARNER

pytestmark = pytest.mark.wire
LEFT = """
def left():
    print([each for each in here.what_is_running()["kind"] if each != "objects"])
"""


@pytest.mark.parametrize(
    ("inside", "said"),
    [
        ("pass", []),
        ("raise ZeroDivisionError('of mine')", ["ZeroDivisionError of mine"]),
        ("raise KeyboardInterrupt", ["KeyboardInterrupt "]),
    ],
)
def test_endpoint_configuration_and_model_go_after_the_block(learner, inside, said):
    lines = learner(
        LEFT
        + f"""
try:
    with here.endpoint(MODEL, IMAGE) as endpoint:
        print(endpoint.invoke(b"hello", content_type="text/plain") != b"")
        left()
        {inside}
except BaseException as error:
    print(type(error).__name__, error)
left()
""",
        budget=1,
    )
    assert lines[0].startswith("endpoint fm-course-endpoint-")
    assert lines[1:] == ["True", "['endpoint', 'endpoint config', 'model']", *said, "[]"]


def test_what_was_made_before_a_failure_goes_too(learner, played_aws):
    lines = learner(
        LEFT
        + """
def use(*where, **options):
    with here.endpoint(*where, **options):
        print("never")
attempt(use, MODEL, IMAGE, instance_count=9)
left()
s3.put_object(Bucket=here.bucket, Key="fm-course-data/bad/model.tar.gz", Body=b"no archive")
attempt(use, here.s3_folder + "/bad/model.tar.gz", IMAGE)
left()
""",
        budget=1,
    )
    assert lines[0].startswith("BudgetRefused: endpoint fm-course-endpoint-")
    assert lines[1] == "[]"
    assert lines[3].startswith("EndpointFailed: The endpoint fm-course-endpoint-")
    assert lines[4] == "[]"
    assert played_aws.starts().count("sagemaker CreateEndpoint") == 1


def test_an_endpoint_that_does_not_come_up_in_time_goes(learner):
    lines = learner(
        LEFT
        + """
def use():
    with here.endpoint(MODEL, IMAGE, timeout=-1):
        print("never")
attempt(use)
left()
""",
        budget=1,
    )
    assert lines[-2].startswith("EndpointFailed: The endpoint fm-course-endpoint-")
    assert lines[-2].endswith(" was not in service after -1 seconds.")
    assert lines[-1] == "[]"


def test_an_endpoint_goes_although_the_service_stumbles(learner):
    lines = learner(
        LEFT
        + """
busy = ClientError({"Error": {"Code": "ThrottlingException", "Message": "Rate exceeded"}}, "Describe")
describe, asked = sagemaker.describe_endpoint, []
def stumbling(**named):
    asked.append(named)
    if len(asked) < 3:
        raise busy
    return describe(**named)
with here.endpoint(MODEL, IMAGE):
    sagemaker.describe_endpoint = stumbling
left()
""",
        budget=1,
    )
    assert lines[1:] == ["[]"]


def test_a_learner_is_told_when_an_endpoint_may_run_on(learner):
    lines = learner(
        """
denied = ClientError({"Error": {"Code": "AccessDeniedException", "Message": "not you"}}, "DeleteEndpoint")
def refuse(**_):
    raise denied
from course_utils.aws import serving
serving._TRIES = 2
try:
    delete = sagemaker.delete_endpoint
    with here.endpoint(MODEL, IMAGE):
        sagemaker.delete_endpoint = refuse
except ClientError as error:
    print(error.response["Error"]["Code"])
sagemaker.delete_endpoint = delete
here.clean_up()
""",
        budget=1,
    )
    assert "MAY STILL RUN AND COST MONEY. Call clean_up()" in lines[1]
    assert lines[2] == "AccessDeniedException"


def test_what_somebody_else_made_under_the_same_name_stays(learner):
    lines = learner(
        """
model("prod")
def use():
    with here.endpoint(MODEL, IMAGE, name="prod"):
        print("never")
attempt(use)
print([each["ModelName"] for each in sagemaker.list_models(NameContains="prod")["Models"]])
here.clean_up()
""",
        budget=1,
    )
    assert "ClientError" in lines[0]
    assert lines[1] == "['prod']"


@pytest.mark.skipif(os.name != "posix", reason="Windows sends Ctrl-C otherwise")
def test_ctrl_c_while_the_endpoint_is_being_made(environment, client, tmp_path):
    """The signal comes when CreateEndpoint has been answered, and the endpoint is not in service yet."""
    script = (
        LEARNER
        + """
import signal, threading
signal.signal(signal.SIGINT, signal.default_int_handler)
describe = sagemaker.describe_endpoint
def watched(**named):
    print("waiting", flush=True)
    return describe(**named)
sagemaker.describe_endpoint = watched
with here.endpoint(MODEL, IMAGE, name="fm-course-interrupted"):
    print("in service", flush=True)
    threading.Event().wait(100)
"""
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script],
        env=environment | {"CONNECT": '{"account": "123456789012"}'},
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    for line in process.stdout:
        if line == "waiting\n":
            break
    process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=100)
    assert "KeyboardInterrupt" in error
    sagemaker = client("sagemaker")
    for operation, member in (
        ("list_endpoints", "Endpoints"),
        ("list_endpoint_configs", "EndpointConfigs"),
        ("list_models", "Models"),
    ):
        assert getattr(sagemaker, operation)(NameContains="fm-course-interrupted")[member] == []
