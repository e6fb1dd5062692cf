"""``preflight`` finds what a training job would fail of, all of it at once, and starts nothing."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.wire
JOBS = """
import numpy as np
from scipy.sparse import csr_array
from course_utils import recordio

FM = "382416733822.dkr.ecr.us-east-1.amazonaws.com/factorization-machines:1"

def rows(n, width=50):
    columns = np.arange(2 * n) % width
    return csr_array((np.ones(2 * n, np.float32), columns, np.arange(0, 2 * n + 1, 2)), shape=(n, width))

def put(folder, *shards, width=50):
    for number, n in enumerate(shards):
        packed = io.BytesIO()
        recordio.write(packed, rows(n, width), np.ones(n, np.float32))
        key = f"fm-course-data/{folder}/part-{number}.pbr"
        s3.put_object(Bucket=here.bucket, Key=key, Body=packed.getvalue())

def fm(folder="good", sharded=False, instances=1, seconds=900, output=None, **settings):
    job = request(seconds=seconds, instances=instances, feature_dim="50", num_factors="2",
                  predictor_type="regressor", mini_batch_size="100") | {"TrainingJobName": "looked-at"}
    job["HyperParameters"] |= settings
    job["AlgorithmSpecification"]["TrainingImage"] = FM
    source = {"S3DataType": "S3Prefix", "S3Uri": f"{here.s3_folder}/{folder}/"}
    if sharded:
        source["S3DataDistributionType"] = "ShardedByS3Key"
    job["InputDataConfig"] = [{"ChannelName": "train", "ContentType": "application/x-recordio-protobuf",
                               "DataSource": {"S3DataSource": source}}]
    if output:
        job["OutputDataConfig"] = {"S3OutputPath": output}
    return job

def look(job, *subjects):
    report = here.preflight(job)
    shown = [str(each) for each in report.findings if each.subject in subjects or not subjects]
    print("\\n".join([f"ok: {report.ok}", *shown]))
"""


def test_a_good_job_has_nothing_to_mend_and_nothing_is_started(learner, played_aws):
    played_aws.quotas = {"ml.m5.large for training job usage": 4, "ml.m5.large for endpoint usage": 0}
    lines = learner(JOBS + 'put("good", 200, 300)\nlook(fm())\nprint(here.preflight(fm()))', budget=2)
    assert lines[0] == "ok: True"
    assert lines[1:9] == [
        "OK   role: SageMakerRole exists, and SageMaker may assume it",
        "OK   quota: 1 × ml.m5.large wanted, 0 in use, 4 allowed by Service Quotas",
        "OK   bucket sagemaker-us-east-1-123456789012: exists in us-east-1",
        "OK   output: s3://sagemaker-us-east-1-123456789012/fm-course-data/out can be written "
        "(by you; the job writes by its role)",
        "OK   channel train: float32 rows with 50 columns, which is feature_dim",
        "OK   channel train: 500 rows fill all batches of 100",
        "OK   price: at most $0.029 (15 min × 1 × ml.m5.large at $0.115 an hour); $2.00 of $2.00 left",
        lines[1],
    ]
    assert lines[-1] == "The job can be started."
    assert played_aws.starts() == []


def test_every_fault_is_named_with_what_to_do(learner, played_aws):
    played_aws.quotas = {"ml.m5.large for training job usage": 2}
    lines = learner(
        JOBS
        + """
from botocore.exceptions import ClientError
iam = here.client("iam")
trust = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "sts:AssumeRole",
         "Principal": {"Service": "lambda.amazonaws.com"}}}
iam.create_role(RoleName="for-lambda", AssumeRolePolicyDocument=json.dumps(trust))
role = "arn:aws:iam::123456789012:role/"
look(fm() | {"RoleArn": role + "for-lambda"}, "role")
look(fm() | {"RoleArn": role + "nobody"}, "role")
look(fm() | {"RoleArn": "arn:aws:iam::210987654321:role/theirs"}, "role")
iam.delete_role(RoleName="for-lambda")
look(fm(instances=3), "quota")
boto3.client("s3", "eu-west-1").create_bucket(
    Bucket="fm-course-far", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
look(fm(output="s3://fm-course-far/out"), "bucket fm-course-far")
look(fm(output="s3://fm-course-nowhere/out"), "bucket fm-course-nowhere", "output")
""",
        budget=2,
    )
    expected = [
        "FIX  role: SageMaker may not assume for-lambda (let sagemaker.amazonaws.com assume it in the role's",
        "FIX  role: there is no role nobody (choose or create an execution role)",
        "FIX  role: arn:aws:iam::210987654321:role/theirs is no role of account 123456789012 (RoleArn=",
        "FIX  quota: 3 × ml.m5.large wanted, 0 in use, 2 allowed by Service Quotas (wait, take fewer, or",
        "FIX  bucket fm-course-far: lies in eu-west-1, the job would run in us-east-1 (copy the data, or",
        "FIX  bucket fm-course-nowhere: cannot be looked at: ",
        "FIX  output: s3://fm-course-nowhere/out cannot be written by you: ",
    ]
    found = [line for line in lines if not line.startswith("ok:")]
    assert len(found) == len(expected)
    for line, words in zip(found, expected, strict=True):
        assert line.startswith(words)
    assert {line for line in lines if line.startswith("ok:")} == {"ok: False"}
    assert played_aws.starts() == []


def test_rows_that_would_spoil_or_fail_the_job_are_found(learner, played_aws):
    lines = learner(
        JOBS
        + """
put("good", 200, 300)
put("odd", 250)
put("uneven", 150, 250)
look(fm("odd"), "channel train")
look(fm("uneven"), "channel train")
look(fm("uneven", sharded=True, instances=2), "channel train")
look(fm("good", sharded=True, instances=3), "channel train")
look(fm("good", feature_dim="51"), "channel train")
put("mixed", 100, width=50); put("mixed", 100, 100, width=60)
s3.delete_object(Bucket=here.bucket, Key="fm-course-data/mixed/part-0.pbr")
put("mixed", 100)
look(fm("mixed"), "channel train")
look(fm("empty"), "channel train")
from course_utils.recordio.framing import frame
from course_utils.recordio.protobuf import with_length
def float64(values):
    tensor = with_length(b"\\n", np.array(values, "<f8").tobytes())
    value = with_length(b"\\x1a", tensor)
    return frame(with_length(b"\\n", b"\\n\\x06values" + with_length(b"\\x12", value)))
s3.put_object(Bucket=here.bucket, Key="fm-course-data/wide/part-0.pbr", Body=float64([1.0, 2.0]))
look(fm("wide"), "channel train")
""",
        budget=2,
    )
    expected = [
        "OK   channel train: float32 rows with 50 columns, which is feature_dim",
        "FIX  channel train: 250 rows do not fill the last batch of 100: 50 empty rows with label 0 would be "
        "learned from (leave 50 rows out, or change mini_batch_size)",
        "OK   channel train: float32 rows with 50 columns, which is feature_dim",
        "OK   channel train: 400 rows fill all batches of 100",
        "OK   channel train: 2 objects for 2 machines, each of which reads some (ShardedByS3Key)",
        "OK   channel train: float32 rows with 50 columns, which is feature_dim",
        "FIX  channel train: 400 rows do not fill the last batch of 100: 50 and 50 empty rows",
        "FIX  channel train: 2 objects for 3 machines, each of which reads some (ShardedByS3Key) (write",
        "OK   channel train: float32 rows with 50 columns, which is feature_dim",
        "OK   channel train: 500 rows fill all batches of 100",
        'FIX  channel train: its rows have 50 columns, feature_dim is 51 (feature_dim="50")',
        "OK   channel train: 500 rows fill all batches of 100",
        "FIX  channel train: its rows have 50 and 60 columns, feature_dim is 50 (write all objects with one",
        "OK   channel train: 200 rows fill all batches of 100",
        "FIX  channel train: s3://sagemaker-us-east-1-123456789012/fm-course-data/empty/ holds no object",
        "FIX  channel train: fm-course-data/wide/part-0.pbr: Record 0 (at byte 0): ",
    ]
    found = [line for line in lines if not line.startswith("ok:")]
    assert len(found) == len(expected), "\n".join(found)
    for line, words in zip(found, expected, strict=True):
        assert line.startswith(words)
    assert "Float64Tensor" in found[-1]
    assert played_aws.starts() == []


def test_what_cannot_be_looked_at_is_said(learner, played_aws):
    lines = learner(
        JOBS
        + """
put("good", 200, 300)
look(fm(), "quota")
from course_utils.aws import preflight
preflight.READ_AT_MOST = 10_000
preflight._FIRST_BYTES = 1_000
look(fm(), "channel train")
""",
        budget=2,
    )
    assert lines[0] == "ok: True"
    assert lines[1].startswith(
        "--   quota: ml.m5.large could not be looked up: An error occurred (AccessDenied"
    )
    assert lines[3] == "OK   channel train: float32 rows with 50 columns, which is feature_dim"
    assert lines[4].startswith("--   channel train: more than ")
    assert lines[4].endswith("rows are not counted; is their number a multiple of 100?")


def test_what_the_algorithm_would_refuse_is_found_without_a_row_being_read(learner, played_aws):
    lines = learner(
        JOBS
        + """
put("good", 200, 300)
def without(name):
    job = fm()
    del job["HyperParameters"][name]
    return job
def channel(name="train", **settings):
    job = fm()
    job["InputDataConfig"] = [job["InputDataConfig"][0] | {"ChannelName": name} | settings]
    return job
def looked_at(job):
    look(job, "hyperparameters", "channels")
looked_at(without("num_factors"))
looked_at(fm(predictor_type="regresor"))
looked_at(fm(mini_batch_size="many"))
looked_at(fm(num_factor="3"))
looked_at(fm(bias_init_method="uniform"))
looked_at(fm() | {"InputDataConfig": []})
looked_at(channel("training"))
looked_at(channel(ContentType="text/csv"))
plain = channel()
del plain["InputDataConfig"][0]["ContentType"]
look(plain, "channels", "channel train")
""",
        budget=2,
    )
    expected = [
        "FIX  hyperparameters: No value(s) were specified for 'num_factors' which are required",
        "FIX  hyperparameters: 'regresor' is not one of ['binary_classifier', 'regressor'] (hyperparameter",
        "FIX  hyperparameters: 'many' is not valid under any of the given schemas (hyperparameter 'mini_",
        "FIX  hyperparameters: Additional properties are not allowed ('num_factor' was unexpected) (did you",
        "FIX  hyperparameters: Hyperparameter 'bias_init_method' is 'uniform', which also needs",
        "FIX  channels: Missing required channel: train (the job has no channel.",
        "FIX  channels: Missing required channel: train (the job has 'training'.",
        "FIX  channels: ",
        "OK   channel train: float32 rows with 50 columns, which is feature_dim",
        "OK   channel train: 500 rows fill all batches of 100",
    ]
    found = [line for line in lines if not line.startswith("ok:")]
    assert len(found) == len(expected), "\n".join(found)
    for line, words in zip(found, expected, strict=True):
        assert line.startswith(words)
    assert "text/csv" in found[7]
    assert [line for line in lines if line.startswith("ok:")] == ["ok: False"] * 8 + ["ok: True"]
    assert played_aws.starts() == []


def test_other_algorithms_rows_are_not_measured_by_factorization_machines_rules(learner, played_aws):
    lines = learner(
        JOBS
        + """
put("good", 200, 50)
def other(**settings):
    job = fm()
    job["AlgorithmSpecification"]["TrainingImage"] = IMAGE
    job["HyperParameters"] = settings
    return job
look(other(feature_dim="auto"), "hyperparameters", "channels", "channel train")
look(other(), "channel train")
look(other(feature_dim="49"), "channel train")
""",
        budget=2,
    )
    assert lines == [
        "ok: True",
        "--   channel train: its rows have 50 columns; no feature_dim says how many are right",
        "ok: True",
        "--   channel train: its rows have 50 columns; no feature_dim says how many are right",
        "ok: False",
        'FIX  channel train: its rows have 50 columns, feature_dim is 49 (feature_dim="50")',
    ]


def test_groups_of_instances_are_counted_type_by_type(learner, played_aws):
    played_aws.quotas = {
        "ml.m5.large for training job usage": 3,
        "ml.c5.large for training job usage": 1,
    }
    lines = learner(
        JOBS
        + """
job = fm()
groups = [("a", "ml.m5.large", 1), ("b", "ml.c5.large", 2), ("c", "ml.m5.large", 2)]
job["ResourceConfig"] = {"VolumeSizeInGB": 1, "InstanceGroups": [
    {"InstanceGroupName": name, "InstanceType": kind, "InstanceCount": n} for name, kind, n in groups]}
look(job, "quota")
""",
        budget=2,
    )
    assert lines[1] == "OK   quota: 3 × ml.m5.large wanted, 0 in use, 3 allowed by Service Quotas"
    assert lines[2].startswith("FIX  quota: 2 × ml.c5.large wanted, 0 in use, 1 allowed by Service Quotas (")


def test_a_trust_policy_is_read_as_iam_reads_it():
    from course_utils.aws.preflight import _trusts_sagemaker

    def statement(effect="Allow", service="sagemaker.amazonaws.com", action="sts:AssumeRole", **more):
        return {"Effect": effect, "Principal": {"Service": service}, "Action": action, **more}

    def trusted(*statements):
        return _trusts_sagemaker({"Statement": list(statements)})

    only_here = {"Condition": {"StringEquals": {"aws:SourceAccount": "123456789012"}}}
    assert trusted(statement()) is True
    assert trusted(statement(service=["lambda.amazonaws.com", "sagemaker.amazonaws.com"])) is True
    assert trusted(statement(action=["sts:TagSession", "sts:Assume*"])) is True
    assert trusted(statement(service="lambda.amazonaws.com")) is False
    assert trusted(statement(action="sts:TagSession")) is False
    assert trusted(statement("Deny")) is False
    assert trusted() is False
    assert trusted(statement(), statement("Deny")) is False
    assert trusted(statement(), statement("Deny", service="lambda.amazonaws.com")) is True
    assert trusted(statement(**only_here)) is None
    assert trusted(statement(), statement(**only_here)) is True
    assert trusted(statement(), statement("Deny", **only_here)) is None
    assert trusted({"Effect": "Allow", "Principal": "*", "Action": "*"}) is None
    assert trusted({"Effect": "Allow", "NotPrincipal": {"AWS": "x"}, "Action": "sts:AssumeRole"}) is None


@pytest.mark.parametrize(
    ("refused", "line"),
    [
        ("sagemaker ListTrainingJobs", "--   quota: ml.m5.large could not be looked up: "),
        ("s3 HEAD /fm-course-other", "--   bucket fm-course-other: cannot be looked at: "),
        ("s3 POST /fm-course-other", "--   output: s3://fm-course-other/out cannot be written by you: "),
        (
            "s3 GET /sagemaker-us-east-1-123456789012/fm-course-data/",
            "--   channel train: s3://sagemaker-us-east-1",
        ),
    ],
)
def test_what_you_may_not_do_yourself_is_said_and_the_rest_is_looked_at(learner, played_aws, refused, line):
    played_aws.quotas = {"ml.m5.large for training job usage": 4}
    played_aws.denied = refused
    lines = learner(
        JOBS
        + """
put("good", 200, 300)
s3.create_bucket(Bucket="fm-course-other")
look(fm(output="s3://fm-course-other/out"))
""",
        budget=2,
    )
    assert lines[0] == "ok: True"
    assert [each for each in lines[1:] if not each.startswith("OK")] == [
        next(each for each in lines if each.startswith(line))
    ]
    assert "price" in lines[-1]


def test_looking_leaves_nothing_in_the_bucket(learner, played_aws):
    lines = learner(
        JOBS
        + """
put("good", 200, 300)
look(fm(), "output")
print(s3.list_objects_v2(Bucket=here.bucket, Prefix="fm-course-data/out").get("Contents"))
print(s3.list_multipart_uploads(Bucket=here.bucket).get("Uploads"))
""",
        budget=2,
    )
    assert lines[1].startswith("OK   output: ")
    assert lines[2:] == ["None", "None"]


def test_arguments_of_the_sdk_are_understood_and_a_budget_that_is_too_small_is_found(learner, played_aws):
    lines = learner(
        JOBS
        + """
put("good", 200, 300)
from sagemaker.core import shapes
source = shapes.S3DataSource(s3_data_type="S3Prefix", s3_uri=here.s3_folder + "/good/")
report = here.preflight(
    training_job_name="sdk", role_arn=here.role_arn,
    algorithm_specification=shapes.AlgorithmSpecification(training_image=FM, training_input_mode="File"),
    hyper_parameters={"feature_dim": "50", "num_factors": "2", "predictor_type": "regressor",
                      "mini_batch_size": "300"},
    input_data_config=[shapes.Channel(channel_name="train", content_type="application/x-recordio-protobuf",
                                      data_source=shapes.DataSource(s3_data_source=source))],
    output_data_config=shapes.OutputDataConfig(s3_output_path=here.s3_folder + "/out"),
    resource_config=shapes.ResourceConfig(instance_type="ml.m5.large", instance_count=1, volume_size_in_gb=1),
    stopping_condition=shapes.StoppingCondition(max_runtime_in_seconds=3600))
print(*(each for each in report.findings if each.state == "FIX"), sep="\\n")
print(report.table().shape[1])
""",
        budget=0.1,
    )
    assert lines[0].startswith(
        "FIX  channel train: 500 rows do not fill the last batch of 300: 100 empty rows"
    )
    assert lines[1].startswith(
        "FIX  price: at most $0.12 (60 min × 1 × ml.m5.large at $0.115 an hour); $0.10 of"
    )
    assert lines[2] == "4"
    assert played_aws.starts() == []


def test_in_local_mode_the_limit_is_the_local_sagemakers(python, local):
    output = python(
        """
from course_utils import aws
here = aws.connect("local")
report = here.preflight({
    "TrainingJobName": "x", "RoleArn": here.role_arn, "OutputDataConfig": {"S3OutputPath": here.s3_folder},
    "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 17, "VolumeSizeInGB": 1}})
print(report)
""",
        COURSE_STATE_DIR=str(local.state_dir),
        SAGEMAKER_USER_CONFIG_OVERRIDE="",
    )
    assert "17 × ml.m5.large wanted, 0 in use, 16 allowed of all types by the local SageMaker" in output
    assert "by AWS's prices; here it costs nothing" in output
    assert output.endswith("1 to mend before you start it.\n")
