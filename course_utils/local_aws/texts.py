"""Every sentence that a client may read, in one place.

No live account was at hand to compare with. The first part follows what the SDKs match on, public transcripts
and documentation; the second part is in our own words, because AWS's are not known or because AWS has no such
limit. What a client reads as ``[Hint: …]`` AWS would not have said: it stands behind AWS's sentence, never
in its place.
"""

from __future__ import annotations

from course_utils.local_aws.account import ACCOUNT_ID

# --- As AWS says it -----------------------------------------------------------------------------------------

JOB_STARTING = "Preparing the instances for training"
JOB_DOWNLOADING = "Downloading the training image"
JOB_TRAINING = "Training image download completed. Training in progress."
JOB_STOPPING = "Stopping the training job"
JOB_UPLOADING = "Uploading generated training model"
JOB_COMPLETED = "Training job completed"
JOB_FAILED = "Training job failed"
JOB_STOPPED = "Training job stopped"
JOB_MAX_RUNTIME = "Training job runtime exceeded MaxRuntimeInSeconds provided"


def hinted(text: str, hint: str) -> str:
    return f"{text} [Hint: {hint}]" if hint else text


def job_not_found(name: str, others: list[str]) -> str:
    here = f"Its jobs are: {', '.join(others)}." if others else "It has none now."
    hint = f"the local SageMaker knows no training job {name!r}. {here}"
    return hinted("Requested resource not found.", hint)


def job_exists(arn: str) -> str:
    return (
        "Training job names must be unique within an AWS account and region, "
        f"and a training job with this name already exists ({arn})"
    )


def job_already_ended(status: str) -> str:
    return f"The request was rejected because the training job is in status {status}."


def not_found(what: str, arn: str) -> str:
    return f'Could not find {what} "{arn}".'


def already_exists(what: str, arn: str) -> str:
    return f'Cannot create already existing {what} "{arn}".'


def role_not_assumable(role: str) -> str:
    return (
        f"Could not assume role {role}. Please ensure that the role exists and allows principal "
        "'sagemaker.amazonaws.com' to assume the role."
    )


def no_data(uri: str, bucket: str, role: str, region: str) -> str:
    return (
        f'No S3 objects found under S3 URL "{uri}" given in input data source. Please ensure that the bucket '
        f"exists in the selected region ({region}), that objects exist under that S3 prefix, and that the "
        f'role "{role}" has "s3:ListBucket" permissions on bucket "{bucket}".'
    )


def no_model_data(uri: str) -> str:
    return f"Could not find model data at {uri}."


def endpoint_unknown(name: str, status: str | None) -> str:
    hint = f"it is {status}; only an endpoint that is InService answers." if status else ""
    return hinted(f"Endpoint {name} of account {ACCOUNT_ID} not found.", hint)


def ping_failed(variant: str, last_line: str) -> str:
    text = (
        f"The primary container for production variant {variant} did not pass the ping health check. "
        "Please check CloudWatch logs for this endpoint."
    )
    return hinted(text, f"they end with: {last_line}" if last_line else "")


def body_too_large(limit: int) -> str:
    return f"HTTP content length exceeded {limit} bytes."


def model_error(status: int, message: str, hint: str, group: str, region: str) -> str:
    side = "client" if status < 500 else "server"
    text = (
        f'Received {side} error ({status}) from primary with message "{message}". See '
        f"https://{region}.console.aws.amazon.com/cloudwatch/home?region={region}"
        f"#logEventViewer:group={group} in account {ACCOUNT_ID} for more information."
    )
    return hinted(text, hint)


S3_ERRORS = {  # code: status and sentence
    "AccessDenied": (403, "Access Denied"),
    "BadDigest": (400, "The Content-MD5 you specified did not match what we received."),
    "BucketAlreadyOwnedByYou": (
        409,
        "Your previous request to create the named bucket succeeded and you already own it.",
    ),
    "BucketNotEmpty": (409, "The bucket you tried to delete is not empty"),
    "EntityTooLarge": (400, "Your proposed upload exceeds the maximum allowed size"),
    "EntityTooSmall": (400, "Your proposed upload is smaller than the minimum allowed size"),
    "IllegalLocationConstraintException": (
        400,
        "The unspecified location constraint is incompatible for the region specific endpoint this request "
        "was sent to.",
    ),
    "IncompleteBody": (
        400,
        "You did not provide the number of bytes specified by the Content-Length HTTP header",
    ),
    "InternalError": (507, "We encountered an internal error. Please try again."),
    "InvalidArgument": (400, "Invalid Argument"),
    "InvalidBucketName": (400, "The specified bucket is not valid."),
    "InvalidDigest": (400, "The Content-MD5 you specified was invalid."),
    "InvalidLocationConstraint": (400, "The specified location-constraint is not valid"),
    "InvalidPart": (
        400,
        "One or more of the specified parts could not be found.  The part may not have been uploaded, or the "
        "specified entity tag may not match the part's entity tag.",
    ),
    "InvalidPartNumber": (416, "The requested partnumber is not satisfiable"),
    "InvalidPartOrder": (
        400,
        "The list of parts was not in ascending order. Parts must be ordered by part number.",
    ),
    "InvalidRange": (416, "The requested range is not satisfiable"),
    "InvalidRequest": (400, "Invalid Request"),
    "InvalidTag": (400, "The tag provided was not a valid tag."),
    "InvalidURI": (400, "Couldn't parse the specified URI."),
    "KeyTooLongError": (400, "Your key is too long"),
    "MalformedXML": (
        400,
        "The XML you provided was not well-formed or did not validate against our published schema",
    ),
    "MetadataTooLarge": (400, "Your metadata headers exceed the maximum allowed metadata size"),
    "NoSuchBucket": (404, "The specified bucket does not exist"),
    "NoSuchKey": (404, "The specified key does not exist."),
    "NoSuchUpload": (
        404,
        "The specified upload does not exist. The upload ID may be invalid, or the upload may have been "
        "aborted or completed.",
    ),
    "NotImplemented": (501, "A header you provided implies functionality that is not implemented"),
    "PreconditionFailed": (412, "At least one of the pre-conditions you specified did not hold"),
}


def s3_checksum_differs(algorithm: str) -> str:
    return f"The {algorithm.upper()} you specified did not match the calculated checksum."


def s3_copy_onto_itself() -> str:
    return (
        "This copy request is illegal because it is trying to copy an object to itself without changing the "
        "object's metadata, storage class, website redirect location or encryption attributes."
    )


def s3_part_number_out_of_range() -> str:
    return "Part number must be an integer between 1 and 10000, inclusive"


# --- In our own words ---------------------------------------------------------------------------------------


def operation_unknown(operation: str, supported: list[str]) -> str:
    return f"The local SageMaker has no operation {operation}. It has: {', '.join(supported)}."


def service_unsupported(service: str, reason: str) -> str:
    return (
        f"The local SageMaker cannot answer this {service} request ({reason}). "
        "It offers SageMaker, SageMaker Runtime, S3, IAM, STS and CloudWatch Logs."
    )


def image_unknown(image: str, repositories: list[str]) -> str:
    return (
        f"The local SageMaker has no image '{image}'. Its images are: {', '.join(repositories)}; "
        "take the URI from sagemaker.core.image_uris.retrieve(name, region)."
    )


def feature_unsupported(feature: str, instead: str) -> str:
    return f"The local SageMaker does not offer {feature}. {instead}"


def malformed_json(detail: str) -> str:
    return f"The request body is not valid JSON: {detail}."


def bad_token() -> str:
    return "The given NextToken was not issued by this operation."


def resource_unknown(arn: str) -> str:
    return f'There is no resource "{arn}" to tag.'


def channels_differ() -> str:
    return "Each channel of InputDataConfig needs a ChannelName of its own."


def bad_metric(name: str, detail: str) -> str:
    return f"The regular expression of the metric {name} cannot be read: {detail}."


def names_collide(uri: str) -> str:
    return f"{uri} cannot be a file: another object's name uses it as a folder, or the other way round"


def container_silent(detail: str) -> str:
    return f"the container did not answer ({detail}). One that has ended is started again; its log says why."


def did_you_mean(name: str) -> str:
    return f"did you mean {name}?"


def name_rule() -> str:
    return "a name is made of letters, digits and hyphens, and has no hyphen at either end."


def variants_differ() -> str:
    return "Each variant needs a VariantName of its own."


def model_data_broken(uri: str, detail: str) -> str:
    return f"Failed to extract model data archive {uri}: {detail}"


def download_failed(detail: str) -> str:
    return f"ClientError: Data download failed: {detail}"


def upload_failed(detail: str) -> str:
    return f"ClientError: Artifact upload failed: {detail}"


def local_fault(detail: str) -> str:
    return f"InternalServerError: the local SageMaker itself failed ({detail}); its server.log says more."


def state_broken(file: str, detail: str) -> str:
    return (
        f"The local SageMaker cannot read its memory, {file} ({detail}). To begin afresh, without the old "
        "jobs, models and objects, type: python3 course.py local reset"
    )


def job_lost() -> str:
    return (
        "InternalServerError: the local SageMaker ended while this job was running, and the job with it. "
        "Start it again under a new name."
    )


def s3_unsupported(what: str, operations: list[str]) -> str:
    return (
        f"{S3_ERRORS['NotImplemented'][1]} "
        f"[Hint: the local SageMaker's S3 does not offer {what}. It has: {', '.join(operations)}.]"
    )


def s3_checksum_unknown(algorithm: str, known: list[str]) -> str:
    return (
        f"{S3_ERRORS['NotImplemented'][1]} "
        f"[Hint: the local SageMaker's S3 cannot check {algorithm}. It knows: {', '.join(known)}.]"
    )


def disk_failed(detail: str) -> str:
    hint = (
        f"the disk refused to take it ({detail}); what was there before is unharmed. Make room on the disk "
        "of the state folder: `course local status` names it."
    )
    return hinted(S3_ERRORS["InternalError"][1], hint)
