"""Batch transform jobs as a client sees them: Create, Describe, Stop and List."""

from __future__ import annotations

from typing import Any

from course_utils.local_aws import texts
from course_utils.local_aws.account import sagemaker_arn
from course_utils.local_aws.endpoints import artefacts
from course_utils.local_aws.endpoints.models import MODEL, find
from course_utils.local_aws.errors import in_use, validation
from course_utils.local_aws.listing import page
from course_utils.local_aws.platform import Platform
from course_utils.local_aws.quota import check_instances
from course_utils.local_aws.state import Record, now
from course_utils.local_aws.storage import StorageError, split_uri
from course_utils.local_aws.training import channels
from course_utils.local_aws.transform.data_processing import CSV, JSON, JSONLINES, Path
from course_utils.local_aws.transform.run import KIND, TransformRun
from course_utils.local_aws.validation import fault, raise_faults

_MOST_MB = 100
_DEFAULT_MB = 6


def create_transform_job(platform: Platform, region: str, request: dict[str, Any]) -> dict[str, Any]:
    name = request["TransformJobName"]
    arn = sagemaker_arn(region, KIND, name)
    model = find(platform, region, MODEL, request["ModelName"])
    _check(request)
    inputs = _inputs(platform, region, request["TransformInput"], model)
    if not artefacts.present(platform.storage, model["PrimaryContainer"]):
        raise validation(texts.no_model_data(artefacts.location(model["PrimaryContainer"])[0]))
    created = now()
    record = {
        **request,
        "TransformJobArn": arn,
        "TransformInput": {"CompressionType": "None", "SplitType": "None", **request["TransformInput"]},
        "TransformOutput": {"AssembleWith": "None", **request["TransformOutput"]},
        "DataProcessing": _processing(request),
        "TransformJobStatus": "InProgress",
        "CreationTime": created,
        "LastModifiedTime": created,
    }
    if not platform.registry.add(KIND, region, name, record):
        raise in_use(texts.transform_exists(arn))
    platform.registry.tag(arn, request.get("Tags", []))
    TransformRun(platform, region, name, model["PrimaryContainer"], inputs).start()
    return {"TransformJobArn": arn}


def describe_transform_job(platform: Platform, region: str, request: dict[str, Any]) -> dict[str, Any]:
    return _find(platform, region, request["TransformJobName"])


def stop_transform_job(platform: Platform, region: str, request: dict[str, Any]) -> dict[str, Any]:
    name = request["TransformJobName"]
    status = _find(platform, region, name)["TransformJobStatus"]
    if status not in ("InProgress", "Stopping"):
        raise validation(texts.transform_already_ended(status))
    run = platform.running.get((KIND, region, name))
    if run is not None:  # None: it ended in this very moment
        run.request_stop()
    return {}


def list_transform_jobs(platform: Platform, region: str, request: dict[str, Any]) -> dict[str, Any]:
    records = platform.registry.all(KIND, region)
    records, token = page(
        records, request, name="TransformJobName", status="TransformJobStatus", after_is_exclusive=True
    )
    return {"TransformJobSummaries": records, **token}


def recover(platform: Platform) -> None:
    """End the jobs that were going on when an earlier server ended."""
    for region, name, job in platform.registry.everywhere(KIND):
        if job["TransformJobStatus"] in ("InProgress", "Stopping"):
            platform.registry.change(KIND, region, name, _lose)


def _lose(job: Record) -> None:
    job.update(TransformJobStatus="Failed", FailureReason=texts.job_lost(), TransformEndTime=now())


def _find(platform: Platform, region: str, name: str) -> Record:
    record = platform.registry.get(KIND, region, name)
    if record is None:
        jobs = platform.registry.all(KIND, region)
        raise validation(texts.transform_not_found(name, [each["TransformJobName"] for each in jobs[-5:]]))
    return record


def _processing(request: dict[str, Any]) -> dict[str, str]:
    return {
        "InputFilter": "$",
        "OutputFilter": "$",
        "JoinSource": "None",
        **request.get("DataProcessing", {}),
    }


def _check(request: dict[str, Any]) -> None:
    """What AWS checks beyond its service model, and what is not offered here."""
    source = request["TransformInput"]
    data_type = source["DataSource"].get("S3DataSource", {}).get("S3DataType")
    if data_type not in ("S3Prefix", "ManifestFile"):
        raise validation(
            texts.feature_unsupported(f"S3DataType {data_type}", "Use S3Prefix or ManifestFile.")
        )
    if source.get("SplitType") == "TFRecord":
        raise validation(texts.feature_unsupported("SplitType TFRecord", "Use None, Line or RecordIO."))
    if request.get("DataCaptureConfig"):
        raise validation(texts.feature_unsupported("DataCaptureConfig", "Leave it out."))
    payload = request.get("MaxPayloadInMB", _DEFAULT_MB)
    if payload == 0:
        raise validation(texts.feature_unsupported("chunked requests", "Set MaxPayloadInMB to 1 or more."))
    if payload > _MOST_MB:
        raise_faults([fault(payload, "maxPayloadInMB", f"have value less than or equal to {_MOST_MB}")])
    if payload * request.get("MaxConcurrentTransforms", 1) > _MOST_MB:
        raise validation(texts.payloads_too_large(request["MaxConcurrentTransforms"], payload, _MOST_MB))
    resources = request["TransformResources"]
    check_instances(resources["InstanceType"], "transform job usage", resources["InstanceCount"])
    _check_processing(request)


def _check_processing(request: dict[str, Any]) -> None:
    processing = _processing(request)
    for member in ("InputFilter", "OutputFilter"):
        try:
            Path(processing[member])
        except ValueError:
            raise validation(texts.bad_json_path(member, processing[member])) from None
    kinds = request["TransformInput"].get("ContentType"), request["TransformOutput"].get("Accept")
    reads = processing["InputFilter"] != "$" or processing["JoinSource"] == "Input"
    writes = processing["OutputFilter"] != "$" or processing["JoinSource"] == "Input"
    for needed, member, kind in zip((reads, writes), ("ContentType", "Accept"), kinds, strict=True):
        if needed and kind not in (CSV, JSON, JSONLINES):
            raise validation(texts.not_to_be_filtered(member, kind, (CSV, JSON, JSONLINES)))
    if processing["JoinSource"] == "Input" and (kinds[0] == CSV) != (kinds[1] == CSV):
        raise validation(texts.not_to_be_joined(*kinds))


def _inputs(
    platform: Platform, region: str, source: dict[str, Any], model: Record
) -> list[channels.DataObject]:
    """The objects to transform; there has to be one."""
    try:
        found = channels.objects(platform.storage, source)
    except StorageError as error:
        raise validation(str(error)) from error
    uri = source["DataSource"]["S3DataSource"]["S3Uri"]
    where = platform.storage.region(uri)
    if not found or where != region:
        raise validation(texts.no_data(uri, split_uri(uri)[0], model["ExecutionRoleArn"], region, where))
    return found


OPERATIONS = {
    "CreateTransformJob": create_transform_job,
    "DescribeTransformJob": describe_transform_job,
    "StopTransformJob": stop_transform_job,
    "ListTransformJobs": list_transform_jobs,
}
