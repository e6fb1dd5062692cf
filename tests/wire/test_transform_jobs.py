"""Batch transform jobs over the wire with boto3."""

from __future__ import annotations

import csv
import gzip
import io
import json

import numpy as np
import pytest
from botocore.exceptions import ClientError
from botocore.validate import ParamValidator
from scipy import sparse

from course_utils import artifact, recordio
from course_utils.fm.model import FMParameters
from course_utils.local_aws.account import ROLE_ARN, default_bucket

pytestmark = pytest.mark.wire
ECR = "382416733822.dkr.ecr.us-east-1.amazonaws.com"
BUCKET = default_bucket("us-east-1")
MB = 1024 * 1024


@pytest.fixture
def s3(client):
    return client("s3")


@pytest.fixture
def put(s3, name):
    """``put({"a/b": bytes})`` stores objects under a prefix of the test's own; returns the prefix's URI."""

    def put(objects):
        for key, body in objects.items():
            s3.put_object(Bucket=BUCKET, Key=f"{name}/in/{key}", Body=body)
        return f"s3://{BUCKET}/{name}/in/"

    return put


@pytest.fixture
def outputs(s3, name):
    """``outputs()``: all objects under the test's own output prefix."""

    def read():
        listed = s3.list_objects_v2(Bucket=BUCKET, Prefix=f"{name}/out/").get("Contents", [])
        return {
            each["Key"].removeprefix(f"{name}/out/"): s3.get_object(Bucket=BUCKET, Key=each["Key"])[
                "Body"
            ].read()
            for each in listed
        }

    return read


@pytest.fixture
def model(client, name):
    """``model({"MEET": "2"})`` makes a model of the fake image with these variables."""

    def make(environment=None, **container):
        client("sagemaker").create_model(
            ModelName=name,
            ExecutionRoleArn=ROLE_ARN,
            PrimaryContainer={
                "Image": f"{ECR}/fake-model:1",
                "Environment": environment or {},
                **container,
            },
        )
        return name

    return make


@pytest.fixture
def create(client, name):
    """``create(uri, Split="Line", …)`` makes a transform job; short names stand for nested members."""

    def create(uri, **settings):
        source = {"DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": uri}}}
        target = {"S3OutputPath": f"s3://{BUCKET}/{name}/out"}
        for short, member in (("Split", "SplitType"), ("Type", "ContentType"), ("Zip", "CompressionType")):
            if short in settings:
                source[member] = settings.pop(short)
        source["DataSource"]["S3DataSource"]["S3DataType"] = settings.pop("DataType", "S3Prefix")
        for short, member in (("Assemble", "AssembleWith"), ("Accept", "Accept")):
            if short in settings:
                target[member] = settings.pop(short)
        request = {
            "TransformJobName": name,
            "ModelName": name,
            "TransformInput": source,
            "TransformOutput": target,
            "TransformResources": {
                "InstanceType": "ml.m5.large",
                "InstanceCount": settings.pop("Instances", 1),
            },
            **settings,
        }
        return client("sagemaker").create_transform_job(**request)

    return create


@pytest.fixture
def transform(create, client, name):
    """As ``create``, and returns the description of the job when it has ended."""

    def run(uri, **settings):
        create(uri, **settings)
        return ended(client, name)

    return run


def ended(client, name):
    while True:
        job = client("sagemaker").describe_transform_job(TransformJobName=name)
        if job["TransformJobStatus"] in ("Completed", "Failed", "Stopped"):
            return job


@pytest.fixture
def data_log(client, name):
    """``data_log()``: the texts of the job's data log, without their times."""

    def read():
        logs, group = client("logs"), "/aws/sagemaker/TransformJobs"
        streams = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=f"{name}/")["logStreams"]
        return [
            event["message"].split(":[sagemaker logs]: ", 1)[1]
            for stream in streams
            if stream["logStreamName"].endswith("/data-log")
            for event in logs.get_log_events(
                logGroupName=group, logStreamName=stream["logStreamName"], startFromHead=True
            )["events"]
        ]

    return read


# --- the real algorithm ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def machine():
    """A factorization machine, and rows for it."""
    rng = np.random.default_rng(1)
    w, V = rng.normal(0, 1, 30).astype(np.float32), rng.normal(0, 0.3, (30, 4)).astype(np.float32)
    X = sparse.random_array((500, 30), density=0.1, dtype=np.float32, format="csr", rng=3)
    return FMParameters(0.25, w, V, "binary_classifier"), X


def real_line(score):
    """One line of a real job's output, spelt out: sorted, no spaces, cut after 15 decimals."""
    shortest = np.format_float_positional(np.float64(np.float32(score)), unique=True, trim="0")
    whole, decimals = shortest.split(".")
    cut = decimals[:15].rstrip("0") or "0"
    return f'{{"predicted_label":{1.0 if score >= 0.5 else 0.0},"score":{whole}.{cut}}}\n'


@pytest.mark.parametrize("content_type", ["application/x-recordio-protobuf", "application/jsonlines"])
def test_a_factorization_machine_writes_what_a_real_job_wrote(
    client, put, outputs, transform, machine, name, tmp_path, content_type
):
    params, X = machine
    archive = tmp_path / "model.tar.gz"
    artifact.save(archive, params, {})
    client("s3").upload_file(str(archive), BUCKET, f"{name}/model.tar.gz")
    client("sagemaker").create_model(
        ModelName=name,
        ExecutionRoleArn=ROLE_ARN,
        PrimaryContainer={
            "Image": f"{ECR}/factorization-machines:1",
            "ModelDataUrl": f"s3://{BUCKET}/{name}/model.tar.gz",
        },
    )
    if content_type.endswith("protobuf"):
        stream, split = io.BytesIO(), "RecordIO"
        recordio.write(stream, X)
        data = stream.getvalue()
    else:
        split = "Line"
        data = "".join(json.dumps({"features": row}) + "\n" for row in X.toarray().tolist()).encode()
    job = transform(put({"test.protobuf": data}), Type=content_type, Split=split, MaxPayloadInMB=1)
    assert job["TransformJobStatus"] == "Completed", job
    scores = params.predict(X)
    [(written, lines)] = outputs().items()
    assert written == "test.protobuf.out"
    assert lines.decode().splitlines(keepends=True) == [real_line(score) for score in scores]


# --- inputs and outputs ------------------------------------------------------------------------------------


def test_folders_below_the_prefix_are_kept(put, model, transform, outputs):
    model()
    job = transform(put({"a.csv": b"1", "x/b.csv": b"2", "x/y/c": b"3"}), Type="text/csv")
    assert job["TransformJobStatus"] == "Completed"
    assert job["TransformStartTime"] <= job["TransformEndTime"]
    assert outputs() == {"a.csv.out": b"<1>", "x/b.csv.out": b"<2>", "x/y/c.out": b"<3>"}


def test_a_prefix_may_be_one_object_or_the_beginning_of_names(put, model, transform, outputs):
    model()
    transform(put({"x/part-1": b"1", "x/part-2": b"2", "x/other": b"3"}) + "x/part-")
    assert outputs() == {"part-1.out": b"<1>", "part-2.out": b"<2>"}


def test_a_manifest_names_the_objects(s3, put, model, transform, outputs, name):
    model()
    prefix = put({"x/1": b"1", "2": b"2", "3": b"3"})
    s3.put_object(Bucket=BUCKET, Key=f"{name}/m", Body=json.dumps([{"prefix": prefix}, "x/1", "3"]).encode())
    transform(f"s3://{BUCKET}/{name}/m", DataType="ManifestFile")
    assert outputs() == {"x/1.out": b"<1>", "3.out": b"<3>"}


def test_gzip_is_unpacked_on_the_way(put, model, transform, outputs):
    model()
    transform(put({"a.gz": gzip.compress(b"1\n2\n")}), Zip="Gzip", Split="Line", BatchStrategy="SingleRecord")
    assert outputs() == {"a.gz.out": b"<1><2>"}


@pytest.mark.parametrize("data", [b"no gzip at all", gzip.compress(bytes(range(256)) * 50)[:-9]])
def test_broken_gzip_fails_the_object(put, model, transform, outputs, data_log, data, name):
    model()
    job = transform(put({"a.gz": data, "b.gz": gzip.compress(b"1")}), Zip="Gzip")
    assert job["TransformJobStatus"] == "Failed"
    assert job["FailureReason"].startswith("ClientError: ")
    assert outputs() == {"b.gz.out": b"<1>"}
    reason, where = job["FailureReason"].split(" [Hint: ")
    assert where == f"{BUCKET}/{name}/in/a.gz]"
    assert f"{BUCKET}/{name}/in/a.gz: {reason}" in data_log()


@pytest.mark.parametrize(
    ("split", "strategy", "assemble", "written"),
    [
        ("None", "MultiRecord", "None", b"<1\n2\n3>"),
        ("Line", "MultiRecord", "None", b"<1\n2\n3>"),
        ("Line", "MultiRecord", "Line", b"<1\n2\n3>\n"),
        ("Line", "SingleRecord", "None", b"<1><2><3>"),
        ("Line", "SingleRecord", "Line", b"<1>\n<2>\n<3>\n"),
    ],
)
def test_records_are_sent_and_put_together_as_asked(
    put, model, transform, outputs, split, strategy, assemble, written
):
    model()
    transform(put({"a": b"1\n2\n3"}), Split=split, BatchStrategy=strategy, Assemble=assemble)
    assert outputs() == {"a.out": written}


def test_the_model_learns_content_type_and_accept(put, model, transform, outputs):
    model()
    transform(put({"a": b"kinds"}), Type="text/csv", Accept="text/plain")
    assert outputs() == {"a.out": b"<text/csv text/plain kinds>"}


def test_objects_without_records_have_empty_outputs(put, model, transform, outputs):
    model()
    assert (
        transform(put({"a": b"", "b": b"\n\n", "c": b"1"}), Split="Line")["TransformJobStatus"] == "Completed"
    )
    assert outputs() == {"a.out": b"", "b.out": b"", "c.out": b"<1>"}


def test_a_large_object_goes_through_in_pieces_in_order(put, model, transform, outputs, local):
    import psutil

    model()
    lines = [b"%09d %s\n" % (number, b"x" * 1000) for number in range(30_000)]
    server = psutil.Process(local.pid)
    before = server.memory_info().rss
    job = transform(put({"big": b"".join(lines)}), Split="Line", MaxPayloadInMB=1, MaxConcurrentTransforms=4)
    assert job["TransformJobStatus"] == "Completed"
    assert server.memory_info().rss - before < 20 * MB
    written = outputs()["big.out"].replace(b"<", b"").replace(b">", b"\n")
    assert written == b"".join(lines)


# --- how requests are made ---------------------------------------------------------------------------------


def test_requests_are_made_at_a_time(put, model, transform, outputs):
    model({"MEET": "3"})
    lines = b"".join(b"%d\n" % number for number in range(9))
    job = transform(put({"a": lines}), Split="Line", BatchStrategy="SingleRecord", MaxConcurrentTransforms=3)
    assert job["TransformJobStatus"] == "Completed"
    assert outputs() == {"a.out": b"".join(b"<%d>" % number for number in range(9))}


def test_objects_that_are_not_split_are_sent_at_a_time_too(put, model, transform, outputs):
    model({"MEET": "3"})
    job = transform(put({f"{number}": b"%d" % number for number in range(6)}), MaxConcurrentTransforms=3)
    assert job["TransformJobStatus"] == "Completed"
    assert outputs() == {f"{number}.out": b"<%d>" % number for number in range(6)}


def test_instances_are_processes_that_share_the_objects(put, model, transform, outputs, log_lines, name):
    model()
    transform(put({f"{number}": b"who" for number in range(6)}), Instances=2)
    pids = [json.loads(body)["pid"] for _, body in sorted(outputs().items())]
    assert len(set(pids)) == 2
    assert pids == [pids[0], pids[1]] * 3


def test_the_container_may_choose_what_the_job_leaves_open(put, model, transform, data_log, log_lines, name):
    chosen = {"MaxConcurrentTransforms": 8, "MaxPayloadInMB": 2, "BatchStrategy": "SINGLE_RECORD"}
    model({"PARAMETERS": json.dumps(chosen)})
    transform(put({"a": b"1"}), MaxPayloadInMB=3, Environment={"OF_BATCH": "the job"})
    assert data_log() == ["MaxConcurrentTransforms=8, MaxPayloadInMB=3, BatchStrategy=SINGLE_RECORD"]
    [first] = [line for line in log_lines("/aws/sagemaker/TransformJobs", f"{name}/") if line.startswith("{")]
    assert json.loads(first) == {
        "OF_BATCH": "the job",
        "SAGEMAKER_BATCH": "true",
        "SAGEMAKER_BATCH_STRATEGY": "MULTI_RECORD",
        "SAGEMAKER_MAX_CONCURRENT_TRANSFORMS": "1",
        "SAGEMAKER_MAX_PAYLOAD_IN_MB": "3",
    }


def test_streams_are_named_as_on_aws(client, put, model, transform, name):
    model()
    transform(put({"a": b"1"}))
    streams = client("logs").describe_log_streams(
        logGroupName="/aws/sagemaker/TransformJobs", logStreamNamePrefix=f"{name}/"
    )["logStreams"]
    first, second = sorted(each["logStreamName"] for each in streams)
    assert second == f"{first}/data-log"
    assert first.startswith(f"{name}/i-")


# --- filters and joins -------------------------------------------------------------------------------------


def test_predictions_are_joined_to_their_records(put, model, transform, outputs):
    model()
    rows = [{"id": number, "features": ["score"] * number} for number in range(1, 6)]
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    transform(
        put({"a": lines.encode()}),
        Type="application/jsonlines",
        Accept="application/jsonlines",
        Split="Line",
        Assemble="Line",
        DataProcessing={
            "InputFilter": "$.features",
            "JoinSource": "Input",
            "OutputFilter": "$['id','SageMakerOutput']",
        },
    )
    found = [json.loads(line) for line in outputs()["a.out"].splitlines()]
    sent = [json.dumps(row["features"], separators=(",", ":")) for row in rows]
    assert found == [
        {"id": row["id"], "SageMakerOutput": {"score": len(text)}}
        for row, text in zip(rows, sent, strict=True)
    ]


def test_csv_columns_are_filtered_and_joined(put, model, transform, outputs):
    model()
    transform(
        put({"a": b'7,"a,b",score\n8,c,score!\n'}),
        Type="text/csv",
        Accept="text/csv",
        Split="Line",
        DataProcessing={"InputFilter": "$[1:]", "JoinSource": "Input", "OutputFilter": "$[0,-1]"},
    )
    rows = list(csv.reader(io.StringIO(outputs()["a.out"].decode())))
    assert rows == [["7", '{"score":11}'], ["8", '{"score":8}']]


def test_a_join_that_does_not_fit_fails(put, model, transform, outputs):
    model()
    job = transform(
        put({"a": b"[1]\n[2]\n"}), Type="application/jsonlines", Accept="application/jsonlines", Split="Line",
        DataProcessing={"JoinSource": "Input"},
    )  # fmt: skip
    assert job["TransformJobStatus"] == "Failed"
    assert job["FailureReason"].startswith("ClientError: not application/jsonlines")
    assert outputs() == {}


# --- failures ----------------------------------------------------------------------------------------------


def test_a_refused_payload_fails_its_object_and_the_job(put, model, transform, outputs, data_log, name):
    model()
    job = transform(
        put({"a": b"1", "b": b"2\nrefuse\n3\n", "c": b"4"}), Split="Line", BatchStrategy="SingleRecord"
    )
    assert job["TransformJobStatus"] == "Failed"
    assert job["FailureReason"].startswith(
        f"ClientError: 400 [Hint: {BUCKET}/{name}/in/b: unable to evaluate\n"
    )
    assert outputs() == {"a.out": b"<1>", "c.out": b"<4>"}
    key = f"{BUCKET}/{name}/in/b"
    assert data_log() == [
        "MaxConcurrentTransforms=1, MaxPayloadInMB=6, BatchStrategy=SINGLE_RECORD",
        f"{key}: ClientError: 400",
        f"{key}: ",
        f"{key}: Message:",
        f"{key}: unable to evaluate",
        f"{key}: payload provided [Hint: it says refuse]",
    ]


def test_single_records_of_recordio_come_without_frames_and_with_advice(put, model, transform):
    model()
    framed = b"\x0a\x23\xd7\xce\x06\x00\x00\x00refuse\x00\x00"
    job = transform(put({"a": framed}), Split="RecordIO", BatchStrategy="SingleRecord")
    assert job["FailureReason"].endswith(
        "need them: use MultiRecord. The log stream that ends with /data-log says more.]"
    )


def test_a_fault_of_the_model_is_tried_again(put, model, transform, outputs):
    model()
    assert transform(put({"a": b"fault"}))["TransformJobStatus"] == "Completed"
    assert outputs() == {"a.out": b"<fault>"}


def test_a_fault_that_stays_fails_the_job(put, model, transform, outputs, data_log, name):
    model()
    job = transform(put({"a": b"fault"}), ModelClientConfig={"InvocationsMaxRetries": 1})
    assert job["TransformJobStatus"] == "Failed"
    assert job["FailureReason"].startswith("AlgorithmError: See job logs for more information")
    assert f"{BUCKET}/{name}/in/a: Bad HTTP status received from algorithm: 500" in data_log()


@pytest.mark.parametrize("body", [b"crash", b"wait"])
def test_a_silent_container_fails_the_job(put, model, transform, outputs, data_log, name, body):
    model()
    client = {"InvocationsTimeoutInSeconds": 1, "InvocationsMaxRetries": 0}
    job = transform(put({"a": body}), ModelClientConfig=client)
    assert job["TransformJobStatus"] == "Failed"
    assert job["FailureReason"].startswith("AlgorithmError: See job logs")
    assert f"{BUCKET}/{name}/in/a: Unable to get response from algorithm" in data_log()
    assert outputs() == {}


def test_a_container_that_does_not_start_fails_the_job(put, model, transform):
    model({"BOOT": "exit"})
    job = transform(put({"a": b"1"}))
    assert (
        "did not pass the ping health check. [Hint: its log ends with: no such model]" in job["FailureReason"]
    )


def test_a_record_beyond_the_payload_fails_the_job(put, model, transform, outputs):
    model()
    job = transform(put({"a": b"x" * (MB + 1), "b": b"x" * MB}), MaxPayloadInMB=1)
    assert job["FailureReason"].startswith("ClientError: a record is larger than MaxPayloadInMB (1 MB)")
    assert outputs().keys() == {"b.out"}


def test_an_output_bucket_that_is_missing_fails_the_job(put, model, client, name, create):
    model()
    uri = put({"a": b"1"})
    client("sagemaker").create_transform_job(
        TransformJobName=name,
        ModelName=name,
        TransformInput={"DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": uri}}},
        TransformOutput={"S3OutputPath": "s3://there-is-no-such-bucket/x"},
        TransformResources={"InstanceType": "ml.m5.large", "InstanceCount": 1},
    )
    job = ended(client, name)
    assert job["TransformJobStatus"] == "Failed"
    assert "there-is-no-such-bucket" in job["FailureReason"]


def test_a_broken_artefact_fails_the_job(client, put, model, transform, name):
    client("s3").put_object(Bucket=BUCKET, Key=f"{name}/m.tar.gz", Body=b"no archive")
    model(ModelDataUrl=f"s3://{BUCKET}/{name}/m.tar.gz")
    job = transform(put({"a": b"1"}))
    assert job["FailureReason"].startswith("ClientError: Failed to extract model data archive")


# --- the job's life ----------------------------------------------------------------------------------------


def test_stop_ends_a_job_and_its_container(client, put, model, create, outputs, name, alive, local):
    import psutil

    model()
    create(put({"a": b"1\nwait\n2\n"}), Split="Line", BatchStrategy="SingleRecord")
    sagemaker = client("sagemaker")
    assert sagemaker.describe_transform_job(TransformJobName=name)["TransformJobStatus"] == "InProgress"

    def containers():
        family = psutil.Process(local.pid).children(recursive=True)
        return [each for each in family if f"/transforms/us-east-1/{name}/" in each.environ().get("HOME", "")]

    while not containers():
        pass
    started = containers()
    sagemaker.stop_transform_job(TransformJobName=name)
    assert sagemaker.describe_transform_job(TransformJobName=name)["TransformJobStatus"] in (
        "Stopping",
        "Stopped",
    )
    job = ended(client, name)
    assert job["TransformJobStatus"] == "Stopped"
    assert "FailureReason" not in job
    assert not any(alive(each.pid) for each in started)
    assert outputs() == {}
    assert not (local.state_dir / "transforms" / "us-east-1" / name).exists()
    with pytest.raises(ClientError, match="transform job is in status Stopped"):
        sagemaker.stop_transform_job(TransformJobName=name)


def test_a_job_is_described_and_listed(client, put, model, transform, name):
    model()
    job = transform(put({"a": b"1"}), Tags=[{"Key": "k", "Value": "v"}])
    shape = client("sagemaker").meta.service_model.operation_model("DescribeTransformJob").output_shape
    report = ParamValidator().validate({k: v for k, v in job.items() if k != "ResponseMetadata"}, shape)
    assert not report.has_errors(), report.generate_report()
    assert job["DataProcessing"] == {"InputFilter": "$", "OutputFilter": "$", "JoinSource": "None"}
    assert job["TransformInput"]["SplitType"] == job["TransformInput"]["CompressionType"] == "None"
    assert job["TransformOutput"]["AssembleWith"] == "None"
    sagemaker = client("sagemaker")
    assert sagemaker.list_tags(ResourceArn=job["TransformJobArn"])["Tags"] == [{"Key": "k", "Value": "v"}]
    [summary] = sagemaker.list_transform_jobs(NameContains=name, StatusEquals="Completed")[
        "TransformJobSummaries"
    ]
    assert (summary["TransformJobName"], summary["TransformJobStatus"]) == (name, "Completed")
    assert (
        sagemaker.list_transform_jobs(NameContains=name, StatusEquals="Failed")["TransformJobSummaries"] == []
    )
    waiter = sagemaker.get_waiter("transform_job_completed_or_stopped")
    waiter.wait(TransformJobName=name, WaiterConfig={"Delay": 0.01})
    with pytest.raises(
        sagemaker.exceptions.ResourceInUse, match="transform job with this name already exists"
    ):
        transform(put({"a": b"1"}))


def test_unknown_jobs_are_named(client):
    for call in (client("sagemaker").describe_transform_job, client("sagemaker").stop_transform_job):
        with pytest.raises(ClientError, match="Requested resource not found") as error:
            call(TransformJobName="nix")
        assert error.value.response["Error"]["Code"] == "ValidationException"


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"ModelName": "nix"}, "Could not find model"),
        ({"MaxPayloadInMB": 101}, "'101' at 'maxPayloadInMB' failed to satisfy constraint"),
        ({"MaxPayloadInMB": 0}, "does not offer chunked requests"),
        ({"MaxPayloadInMB": 20, "MaxConcurrentTransforms": 6}, "must not exceed 100 MB, but 6 . 20 does"),
        ({"MaxConcurrentTransforms": 17}, "must not exceed 100 MB, but 17 . 6 does"),
        ({"Split": "TFRecord"}, "does not offer SplitType TFRecord"),
        ({"DataType": "AugmentedManifestFile"}, "does not offer S3DataType AugmentedManifestFile"),
        ({"Instances": 5}, "'ml.m5.large for transform job usage' is 4 Instances"),
        ({"DataProcessing": {"InputFilter": "$.a"}}, "DataProcessing needs ContentType to be one of"),
        ({"DataProcessing": {"OutputFilter": "$["}}, "OutputFilter '.*' is not a JSONPath"),
        (
            {"DataProcessing": {"JoinSource": "Input"}, "Type": "text/csv", "Accept": "application/json"},
            "cannot join text/csv with application/json",
        ),
    ],
)
def test_requests_are_checked(put, model, create, settings, says):
    model()
    with pytest.raises(ClientError, match=says):
        create(put({"a": b"1"}), **settings)


def test_data_must_be_there(put, model, create, name):
    model()
    with pytest.raises(ClientError, match="No S3 objects found under S3 URL"):
        create(f"s3://{BUCKET}/{name}/none/")
    with pytest.raises(ClientError, match="none"):
        create(f"s3://{BUCKET}/{name}/none", DataType="ManifestFile")
