"""Every sentence that a client may read, in one place.

No live account was at hand to compare with. The first part follows what the SDKs match on, public transcripts
and documentation; the second part is in our own words, because AWS's are not known or because AWS has no such
limit. What a client reads as ``[Hint: …]`` AWS would not have said: it stands behind AWS's sentence, never
in its place.
"""

from __future__ import annotations

from course_utils.local_aws.account import ACCOUNT_ID

# --- As AWS says it -----------------------------------------------------------------------------------------

JOB_STARTING = "Starting the training job"
JOB_PREPARING = "Preparing the instances for training"
JOB_DOWNLOADING = "Downloading input data"
JOB_IMAGE = "Downloading the training image"
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


WAIT_WITHOUT_SPOT = (
    "Invalid MaxWaitTimeInSeconds. It is only supported when EnableManagedSpotTraining is set to true"
)
SPOT_WITHOUT_WAIT = (
    "Invalid MaxWaitTimeInSeconds. It must be present and be greater than or equal to MaxRuntimeInSeconds"
)


def wait_too_long(limit: int) -> str:
    text = f"MaxWaitTimeInSeconds above {limit} is not supported for the given algorithm."
    return hinted(text, "it writes no checkpoints, so an interruption would lose everything.")


def not_found(what: str, arn: str) -> str:
    return f'Could not find {what} "{arn}".'


def already_exists(what: str, arn: str) -> str:
    return f'Cannot create already existing {what} "{arn}".'


def role_not_assumable(role: str) -> str:
    return (
        f"Could not assume role {role}. Please ensure that the role exists and allows principal "
        "'sagemaker.amazonaws.com' to assume the role."
    )


def no_data(uri: str, bucket: str, role: str, region: str, where: str | None) -> str:
    """``where``: the bucket's own region, if there is such a bucket."""
    text = (
        f'No S3 objects found under S3 URL "{uri}" given in input data source. Please ensure that the bucket '
        f"exists in the selected region ({region}), that objects exist under that S3 prefix, and that the "
        f'role "{role}" has "s3:ListBucket" permissions on bucket "{bucket}".'
    )
    return hinted(text, elsewhere(bucket, where) if where not in (None, region) else "")


def elsewhere(bucket: str, where: str) -> str:
    return f"the bucket {bucket} lies in {where}; jobs and models read only from their own region."


def no_model_data(uri: str) -> str:
    return f"Could not find model data at {uri}."


def model_data_elsewhere(uri: str, role: str, region: str, where: str) -> str:
    text = (
        f'Could not access model data at {uri}. Please ensure that the role "{role}" exists and that its '
        'trust relationship policy allows the action "sts:AssumeRole" for the service principal '
        '"sagemaker.amazonaws.com". Also ensure that the role has "s3:GetObject" permissions and that the '
        f"object is located in {region}. If your Model uses multiple models or uncompressed models, please "
        'ensure that the role has "s3:ListBucket" permission.'
    )
    return hinted(text, elsewhere(uri.split("/")[2], where))


def model_data_broken(uri: str, detail: str) -> str:
    text = (
        f'Failed to extract model data archive for container "container_1" from URL "{uri}". Please ensure '
        "that the object located at the URL is a valid tar.gz archive."
    )
    return hinted(text, detail)


def endpoint_unknown(name: str, status: str | None) -> str:
    hint = f"it is {status}; only an endpoint that is InService answers." if status else ""
    return hinted(f"Endpoint {name} of account {ACCOUNT_ID} not found.", hint)


def endpoint_not_updatable(arn: str, status: str) -> str:
    if status == "Failed":
        return hinted(f'Could not update failed endpoint "{arn}".', "delete it and create it anew.")
    return f'Cannot update in-progress endpoint "{arn}".'


def ping_failed(variant: str, last_line: str) -> str:
    text = (
        f"The primary container for production variant {variant} did not pass the ping health check. "
        "Please check CloudWatch logs for this endpoint."
    )
    return hinted(text, f"they end with: {last_line}" if last_line else "")


def region_invalid(region: str) -> str:
    return f"Credential should be scoped to a valid region, not '{region}'."


def body_too_large(limit: int) -> str:
    return f"HTTP content length exceeded {limit} bytes."


INVOCATION_TIMED_OUT = (
    "Your invocation timed out while waiting for a response from container primary. Review the latency "
    "metrics for each container in Amazon CloudWatch, resolve the issue, and try again."
)


def model_error(status: int, message: str, hint: str, group: str, region: str) -> str:
    side = "client" if 400 <= status < 500 else "server"  # 0: there was no answer
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


def s3_checksum_type(kind: str, algorithm: str) -> str:
    return f"The {kind} checksum type cannot be used with the {algorithm} checksum algorithm."


def s3_not_a_count(name: str) -> str:
    if name == "max-keys":
        return "Provided max-keys not an integer or within integer range"
    return f"Argument {name} must be an integer between 0 and 2147483647"


S3_COPY_ONTO_ITSELF = (
    "This copy request is illegal because it is trying to copy an object to itself without changing the "
    "object's metadata, storage class, website redirect location or encryption attributes."
)
S3_COPY_SOURCE_INCOMPLETE = "Copy Source must mention the source bucket and key: sourcebucket/sourcekey"
S3_COPY_RANGE_INVALID = (
    "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the "
    "zero-based offsets of the first and last bytes to copy"
)
S3_ENCODING_UNKNOWN = "Invalid Encoding Method specified in Request"
S3_PART_NUMBER_INVALID = "Part number must be an integer between 1 and 10000, inclusive"
S3_TOKEN_INVALID = "The continuation token provided is incorrect"

TUNING_JOB_NOT_TERMINAL = "The tuning job is not in a terminal state."
METRICS_ARE_FIXED = (
    "You can't override the metric definitions for Amazon SageMaker algorithms. Please retry the request "
    "without specifying metric definitions."
)
OBJECTIVE_UNDEFINED = (
    "A metric is required for this hyperparameter tuning job objective. Provide a metric in the metric "
    "definitions."
)


def tuning_job_not_found(name: str, others: list[str]) -> str:
    here = f"its tuning jobs are {', '.join(others)}." if others else "it has none now."
    return hinted(f"Amazon SageMaker can't find a tuning job with the name {name}.", here)


def objective_invalid(metric: str, image: str, valid: list[str]) -> str:
    text = (
        f"The objective metric for the hyperparameter tuning job, [{metric}], isn't valid for the [{image}] "
        "algorithm. Choose a valid objective metric."
    )
    return hinted(text, these(valid))


def objective_type_invalid(given: str, metric: str, image: str, right: str) -> str:
    text = (
        f"The objective metric type, [{given}], that you specified for objective metric, [{metric}], isn't "
        f"valid for the [{image}] algorithm. Choose a valid objective metric type."
    )
    return hinted(text, f"it is {right}.")


def too_few_combinations(combinations: float, most: int) -> str:
    return (
        "You don't have enough combinations of hyperparameter ranges. The total number of hyperparameter "
        f"combinations for the provided ranges [{float(combinations)}] must be equal or greater than the "
        f"value of MaxNumberOfJobs, [{most}]. Provide additional ranges."
    )


def no_training_job_succeeded(attempts: int) -> str:
    return (
        f"No training job succeeded after {attempts} attempts. Please take a look at the training job "
        "failures to get more details."
    )


def no_objective_found(jobs: int) -> str:
    return (
        f"No objective metrics found after running {jobs} training jobs. Please ensure that the custom "
        "algorithm is emitting the objective metric as defined by the regular expression provided."
    )


def transform_exists(arn: str) -> str:
    return (
        "Transform job names must be unique within an AWS account and region, "
        f"and a transform job with this name already exists ({arn})"
    )


def transform_already_ended(status: str) -> str:
    return f"The request was rejected because the transform job is in status {status}."


def transform_not_found(name: str, others: list[str]) -> str:
    here = f"Its jobs are: {', '.join(others)}." if others else "It has none now."
    hint = f"the local SageMaker knows no transform job {name!r}. {here}"
    return hinted("Requested resource not found.", hint)


# The lines of a transform job's data log were seen in the logs of real jobs, as was the reason that sends
# readers to the log.

NO_RESPONSE = "Unable to get response from algorithm"


def transform_settings(concurrent: int, megabytes: int, strategy: str) -> str:
    return f"MaxConcurrentTransforms={concurrent}, MaxPayloadInMB={megabytes}, BatchStrategy={strategy}"


def bad_status(status: int) -> str:
    return f"ClientError: {status}" if status < 500 else f"Bad HTTP status received from algorithm: {status}"


def transform_failed(status: int | None, name: str, *why: str) -> str:
    """FailureReason of a job whose container answered with ``status``, or (None) not at all."""
    reason = "AlgorithmError: See job logs for more information"
    if status and status < 500:
        reason = f"ClientError: {status}"
    return hinted(reason, " ".join(each for each in (f"{name}:", *why, MORE_IN_DATA_LOG) if each))


def limit_exceeded(what: str, limit: int, wanted: int, used: int = 0) -> str:
    text = (
        f"The account-level service limit '{what}' is {limit} Instances, with current utilization of {used} "
        f"Instances and a request delta of {wanted} Instances. Please use AWS Service Quotas to request an "
        "increase for this quota. If AWS Service Quotas is not available, contact AWS support to request an "
        "increase for this quota."
    )
    return hinted(text, "each instance is a process of this machine.")


LOG_GROUP_EXISTS = "The specified log group already exists"
LOG_GROUP_UNKNOWN = "The specified log group does not exist."
LOG_STREAM_EXISTS = "The specified log stream already exists"
LOG_STREAM_UNKNOWN = "The specified log stream does not exist."
LOG_TOKEN_INVALID = "The specified nextToken is invalid."
LOG_EVENTS_UNSORTED = "Log events in a single PutLogEvents request must be in chronological order."
LOG_ORDER_WITH_PREFIX = "Cannot order by LastEventTime with a logStreamNamePrefix."
LOG_PREFIX_AND_NAMES = "logStreamNamePrefix and logStreamNames are mutually exclusive parameters"

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


def one_instance_only(algorithm: str) -> str:
    return feature_unsupported(f"several instances for {algorithm}", "Set InstanceCount to 1.")


def gzip_without_pipe(mode: str) -> str:
    return (
        f"CompressionType Gzip is used only in Pipe input mode, and this channel's is {mode}. "
        "Set InputMode to Pipe, or give objects that are not compressed."
    )


def manifest_broken(uri: str, detail: str) -> str:
    return (
        f"the manifest {uri} cannot be used: {detail}. It must be a JSON list such as "
        '[{"prefix": "s3://bucket/folder/"}, "file-1", "file-2"]'
    )


FOREIGN_HOST = "Use the address http://127.0.0.1."


def foreign_origin(origin: str) -> str:
    return f"A web page of {origin} asked this; only programs on this machine may."


def malformed_json(detail: str) -> str:
    return f"The request body is not valid JSON: {detail}."


def bad_token() -> str:
    return "The given NextToken was not issued by this operation."


def resource_unknown(arn: str) -> str:
    return f'There is no resource "{arn}" to tag.'


def channel_is_no_folder(name: str) -> str:
    return f"A channel becomes a folder of its ChannelName, and {name!r} is not the name of one."


def channels_differ() -> str:
    return "Each channel of InputDataConfig needs a ChannelName of its own."


def bad_metric(name: str, detail: str) -> str:
    return f"The regular expression of the metric {name} cannot be read: {detail}."


def names_collide(uri: str) -> str:
    return f"{uri} cannot be a file: another object's name uses it as a folder, or the other way round"


def no_file_name(uri: str, detail: str) -> str:
    return f"{uri} cannot be a file: {detail}"


def variable_reserved(name: str) -> str:
    return f"The environment variable {name} belongs to this machine and keeps its value."


def container_silent(detail: str) -> str:
    return f"the container did not answer ({detail}). One that has ended is started again; its log says why."


def container_slow(seconds: float) -> str:
    return f"an answer may take {seconds:g} seconds. Send fewer rows, or use a batch transform job."


def did_you_mean(name: str) -> str:
    return f"did you mean {name}?"


def name_rule() -> str:
    return "a name is made of letters, digits and hyphens, and has no hyphen at either end."


def variants_differ() -> str:
    return "Each variant needs a VariantName of its own."


def model_data_lost(uri: str, detail: str) -> str:
    return f"Failed to download model data from {uri}: {detail}"


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


def these(names: list[str]) -> str:
    return f"there are {', '.join(names)}." if names else "there are none."


def tuning_job_exists(arn: str) -> str:
    return (
        "Tuning job names must be unique within an AWS account and region, "
        f"and a tuning job with this name already exists ({arn})"
    )


def tuning_job_already_ended(status: str) -> str:
    return f"The request was rejected because the tuning job is already in status {status}."


def objective_not_emitted(metric: str, needed: str, given: str) -> str:
    return (
        f"The objective {metric} is emitted where predictor_type is {needed}, and StaticHyperParameters "
        f"say {given}."
    )


def objective_needs_channel(metric: str, channel: str) -> str:
    return f"The objective {metric} is computed on the channel {channel}, which InputDataConfig lacks."


def number_of_ranges(given: int, most: int) -> str:
    return f"ParameterRanges must hold from 1 to {most} hyperparameters; these hold {given}."


def static_and_tuned(name: str) -> str:
    return f"The hyperparameter {name} has a range, so it must not stand in StaticHyperParameters as well."


def tuned_twice(name: str) -> str:
    return f"The hyperparameter {name} has more than one range."


def bad_range(name: str, detail: str) -> str:
    return f"The range of the hyperparameter {name} is not valid: {detail}."


def not_tunable(name: str, algorithm: str, tunable: list[str], near: list[str]) -> str:
    text = (
        f"The hyperparameter {name} of {algorithm} cannot be tuned. Those that can are: {', '.join(tunable)}."
    )
    return hinted(text, did_you_mean(near[0]) if near else "")


def grid_is_categorical(name: str) -> str:
    return (
        f"The Grid strategy takes categorical ranges only, and that of {name} is not. List its values in a "
        "CategoricalParameterRange."
    )


def grid_is_whole(combinations: int, most: int) -> str:
    return (
        f"The Grid strategy tries all {combinations} combinations, so MaxNumberOfTrainingJobs must be "
        f"{combinations} or left out; it is {most}."
    )


def bad_parent(name: str, detail: str) -> str:
    return f"The tuning job {name} cannot be a parent of a warm start: {detail}."


def tags_repeated(keys: list[str]) -> str:
    return f"Each tag needs a Key of its own; there are several of: {', '.join(keys)}."


def tag_reserved(key: str) -> str:
    return f"The tag {key} cannot be set: keys that begin with aws: are for AWS itself."


def too_many_tags(count: int, most: int) -> str:
    return f"A resource has at most {most} tags; with these it would have {count}."


def client_error(detail: str) -> str:
    return f"ClientError: {detail}"


def transform_ping_failed(last_line: str) -> str:
    text = "AlgorithmError: The model's container did not pass the ping health check."
    return hinted(text, f"its log ends with: {last_line}" if last_line else "")


def record_too_large(megabytes: int) -> str:
    return (
        f"a record is larger than MaxPayloadInMB ({megabytes} MB). Raise MaxPayloadInMB (to at most 100), or "
        "set SplitType to cut the object into records (Line, RecordIO)."
    )


def payloads_too_large(concurrent: int, megabytes: int, most: int) -> str:
    return (
        f"MaxConcurrentTransforms * MaxPayloadInMB must not exceed {most} MB, "
        f"but {concurrent} * {megabytes} does."
    )


def bad_json_path(member: str, path: str) -> str:
    return (
        f"{member} '{path}' is not a JSONPath that SageMaker knows. It has $, .name, .*, ['a','b'], [0], "
        "[-1], [1:] and [0,5:]."
    )


def not_to_be_filtered(member: str, kind: str | None, kinds: tuple[str, ...]) -> str:
    return f"DataProcessing needs {member} to be one of {', '.join(kinds)}; it is {kind}."


def not_to_be_joined(content_type: str, accept: str) -> str:
    return f"JoinSource Input cannot join {content_type} with {accept}: ContentType and Accept must be alike."


def answers_do_not_fit(records: int, answers: int) -> str:
    return (
        f"the answer to {records} records has {answers}, so they cannot be joined. For JSON set "
        "BatchStrategy to SingleRecord."
    )


def nothing_at(path: str) -> str:
    return f"there is nothing at {path} in a record."


def not_parsed(kind: str, detail: str) -> str:
    return f"not {kind}: {detail}."


def logs_operation_unknown(operation: str, supported: list[str]) -> str:
    return f"The local CloudWatch Logs has no operation {operation}. It has: {', '.join(supported)}."


def log_group_missing() -> str:
    return "Name the log group, by logGroupName or by logGroupIdentifier."


def log_pattern_unsupported(pattern: str) -> str:
    return feature_unsupported(
        f"the filter pattern {pattern}", 'It knows words, "phrases", -excluded and ?alternative words.'
    )


def variant_unknown(name: str, known: list[str]) -> str:
    return f"The endpoint has no variant {name}. Its variants are: {', '.join(known)}."


def one_model_source() -> str:
    return "A container has one of ModelDataUrl and ModelDataSource, not both."


def archive_unsafe(member: str) -> str:
    return f"{member!r} is not a plain file or folder inside the archive"


def archive_too_large(limit: int) -> str:
    return (
        f"unpacked it would take more than {limit / 1024**3:.0f} GiB, or more than the disk has room for. "
        "If that is its true size, make room on the disk of the state folder"
    )


def archive_too_many(limit: int) -> str:
    return f"it has more than {limit:,} members; an artefact has a handful"


def archive_header_too_large() -> str:
    return "it has a header of more than 256 KiB, as no program writes that means well"


MORE_IN_DATA_LOG = "The log stream that ends with /data-log says more."
FRAMES_TAKEN_OFF = (
    "BatchStrategy SingleRecord takes the frames of RecordIO off, and algorithms that read RecordIO need "
    "them: use MultiRecord."
)
