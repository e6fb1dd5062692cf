"""``connect("aws")`` happens to nobody by accident, and says who pays before anything is made."""

from __future__ import annotations

import pytest

from course_utils.local_aws.account import ROLE_ARN

pytestmark = pytest.mark.wire
CONNECT = "from course_utils import aws\nhere = aws.connect('aws'{})\n"


@pytest.mark.parametrize(
    ("named", "environment_names", "said"),
    [
        ("", {}, "name the account that pays"),
        (", account='12345'", {}, "'12345', which is no account number (12 digits)"),
        ("", {"COURSE_AWS_ACCOUNT": "yes"}, "'yes', which is no account number"),
        (
            "",
            {"COURSE_AWS_ACCOUNT": "123456789012", "COURSE_AWS_BUDGET": "much"},
            "must be a number of dollars",
        ),
    ],
)
def test_without_the_number_of_an_account_nothing_is_asked_or_sent(
    python, played_aws, named, environment_names, said
):
    output = python(CONNECT.format(named), **environment_names)
    assert "ConnectionRefused" in output
    assert said in " ".join(output.split())
    assert played_aws.calls == []


def test_a_program_of_a_terminal_that_leads_to_the_local_sagemaker_does_not_take_it_for_aws(
    python, played_aws
):
    named = {"COURSE_AWS_ACCOUNT": "123456789012", "COURSE_LOCAL_SAGEMAKER": "http://127.0.0.1:9"}
    output = python(CONNECT.format(""), **named)
    assert "ConnectionRefused: This program was started where everything leads to the local" in output
    assert played_aws.calls == []


def test_credentials_of_another_account_are_refused_and_nothing_else_is_sent(python, played_aws):
    played_aws.account = "210987654321"
    script = """
from course_utils import aws
try:
    aws.connect("aws", account="123456789012")
except aws.ConnectionRefused as error:
    print(error)
import boto3
try:
    boto3.client("sagemaker").create_training_job(
        TrainingJobName="x", RoleArn="arn:aws:iam::123456789012:role/x",
        OutputDataConfig={"S3OutputPath": "s3://x/"}, StoppingCondition={"MaxRuntimeInSeconds": 60},
        ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1})
except aws.BudgetRefused as error:
    print("and then:", error)
"""
    output = python(script)
    assert "named account 123456789012, but your credentials belong to account 210987654321" in output
    assert "and then: training job x was not started" in output
    assert played_aws.calls == ["sts GetCallerIdentity"]


@pytest.mark.parametrize(
    ("account", "region", "price"),
    [
        ("123456789012", "us-east-1", "ml.m5.large $0.115 an hour (us-east-1, 2025, assumed)"),
        ("210987654321", "eu-west-1", "ml.m5.large $0.128 an hour (eu-west-1, 2025, assumed)"),
    ],
)
def test_account_region_role_and_prices_are_shown_before_anything_is_made(
    python, played_aws, account, region, price
):
    played_aws.account = account
    script = f"""
{CONNECT.format(f", account={account!r}, region={region!r}, budget=2.5")}
print(here.account_id, here.region, here.bucket, here.budget)
"""
    output = python(script)
    shown = output.splitlines()
    assert f"  account  {account}" in shown
    assert f"  region   {region}" in shown
    assert f"  role     {ROLE_ARN}" in shown
    assert "  budget   $2.50; what might pass it is refused before it is sent" in shown
    assert price in output
    assert "Compare them with https://aws.amazon.com/sagemaker/pricing/" in output
    assert shown[-1] == f"{account} {region} sagemaker-{region}-{account} $2.50 in all, $2.50 left"
    assert played_aws.starts() == []


def test_what_is_shown_comes_before_the_first_thing_that_is_made(python, played_aws):
    """S3 is out of reach, so connect ends where it would make the bucket: the account was shown by then."""
    output = python(CONNECT.format(", account='123456789012'"), AWS_ENDPOINT_URL_S3="http://127.0.0.1:9")
    assert "  account  123456789012\n" in output
    assert "EndpointConnectionError" in output
    assert played_aws.calls == ["sts GetCallerIdentity"]


class Accounts:
    """Whom the stand-in says the caller is: one after the other, the last for ever after."""

    def __init__(self, *numbers: str) -> None:
        self.numbers = list(numbers)

    def encode(self) -> bytes:
        return (self.numbers.pop(0) if len(self.numbers) > 1 else self.numbers[0]).encode()


OTHER_KEYS = """
other = boto3.session.Session("AKIAOTHER", "x", region_name="us-east-1").client("sagemaker")
attempt(sagemaker.create_training_job, **request("verified"))
attempt(sagemaker.list_models)
attempt(other.create_training_job, **request("first"))
attempt(other.create_training_job, **request("second"))
attempt(other.list_models)
here.clean_up()
"""


def test_a_client_of_another_account_starts_nothing(learner, played_aws):
    played_aws.account = Accounts("123456789012", "210987654321")
    lines = learner(OTHER_KEYS, account="123456789012")
    said = [line for line in lines if not line.startswith("training job verified: ")]
    assert said[:2] == ["done", "done"]
    for line in said[2:4]:
        assert line.startswith(
            "BudgetRefused: CreateTrainingJob was not sent: you named account 123456789012"
        )
        assert "credentials of this client belong to account 210987654321. Make your client with" in line
    assert said[4] == "done"
    assert played_aws.starts() == ["sagemaker CreateTrainingJob"]
    assert played_aws.calls.count("sts GetCallerIdentity") == 2  # for each pair of keys once


def test_other_credentials_of_the_same_account_pass(learner, played_aws):
    lines = learner(OTHER_KEYS, account="123456789012")
    assert "done" in lines
    assert not [line for line in lines if "Refused" in line]
    assert played_aws.starts() == ["sagemaker CreateTrainingJob"] * 3
    assert played_aws.calls.count("sts GetCallerIdentity") == 2


def test_where_nobody_can_tell_who_pays_nothing_is_started(learner, played_aws):
    lines = learner(
        """
from botocore import UNSIGNED
from botocore.config import Config
unsigned = boto3.client("sagemaker", region_name="us-east-1", config=Config(signature_version=UNSIGNED))
attempt(unsigned.create_training_job, **request("unsigned"))
os.environ["AWS_ENDPOINT_URL_STS"] = "http://127.0.0.1:9"
other = boto3.session.Session("AKIAOTHER", "x", region_name="us-east-1").client("sagemaker")
attempt(other.create_training_job, **request("unasked"))
""",
        account="123456789012",
    )
    assert lines[0].startswith("BudgetRefused: CreateTrainingJob was not sent. Its client has no credentials")
    assert lines[1].startswith(
        "BudgetRefused: CreateTrainingJob was not sent. AWS does not know you: Could not"
    )
    assert played_aws.starts() == []
