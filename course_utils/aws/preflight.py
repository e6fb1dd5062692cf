"""Looks at a training job before it is started, and finds what would fail, or cost money for nothing.

``Connection.preflight`` runs all checks and reports them together: one line each, ``OK``, ``FIX`` with what
to do, or ``--`` where something could not be looked at. Each check is a function that yields findings.
"""

from __future__ import annotations

import io
import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

import pandas as pd
from botocore.exceptions import BotoCoreError, ClientError

from course_utils import recordio
from course_utils.aws.budget import Budget, BudgetRefused, dollars

if TYPE_CHECKING:
    from course_utils.aws.connection import Connection

Request = Mapping[str, Any]
OK, FIX, UNKNOWN = "OK", "FIX", "--"
AwsError = (ClientError, BotoCoreError)

READ_AT_MOST = 64 << 20
"""Of channels with more bytes than this only the first rows are read, and the rows are not counted."""

_FIRST_BYTES = 1 << 20
_RECORDIO = "application/x-recordio-protobuf"
_DEFAULT_BATCH = 1000  # of factorization machines


@dataclass(frozen=True)
class Finding:
    """One line of the report."""

    state: str
    subject: str
    detail: str
    fix: str = ""

    def __str__(self) -> str:
        todo = f" ({self.fix})" if self.fix else ""
        return f"{self.state:4} {self.subject}: {self.detail}{todo}"


@dataclass(frozen=True)
class Report:
    """All findings; prints as a list of lines.

    Attributes
    ----------
    findings : tuple of Finding
    """

    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing has to be mended. What could not be looked at does not count."""
        return all(each.state != FIX for each in self.findings)

    def table(self) -> pd.DataFrame:
        """The findings as a table: ``state, subject, detail, fix``."""
        return pd.DataFrame(map(asdict, self.findings))

    def __str__(self) -> str:
        wrong = sum(each.state == FIX for each in self.findings)
        last = f"{wrong} to mend before you start it." if wrong else "The job can be started."
        return "\n".join([*map(str, self.findings), last])

    __repr__ = __str__


def as_request(arguments: Request) -> Request:
    """What the SageMaker SDK makes of ``TrainingJob.create``'s arguments; those of boto3 stay as they are."""
    if all(name[0].isupper() for name in arguments):
        return arguments
    from sagemaker.core.utils.utils import serialize

    return serialize(
        {"".join(part.title() for part in name.split("_")): value for name, value in arguments.items()}
    )


def examine(connection: Connection, request: Request) -> Report:
    """Every check, in the order in which things should be mended."""
    checks = (_role, _quota, _buckets, _settings, _data, _price)
    return Report(tuple(finding for check in checks for finding in check(connection, request)))


def _state(error: Exception) -> str:
    """What you may not look at, the job's role may be allowed to use."""
    code = error.response["Error"]["Code"] if isinstance(error, ClientError) else ""
    return UNKNOWN if code in ("403", "AccessDenied", "AccessDeniedException") else FIX


# --- role ---------------------------------------------------------------------------------------------------


def _role(connection: Connection, request: Request) -> Iterator[Finding]:
    arn = request.get("RoleArn", "")
    if f":{connection.account_id}:role/" not in arn:
        yield Finding(
            FIX,
            "role",
            f"{arn or 'none'} is no role of account {connection.account_id}",
            "RoleArn=connection.role_arn",
        )
        return
    name = arn.rsplit("/", 1)[-1]
    try:
        role = connection.client("iam").get_role(RoleName=name)["Role"]
    except ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchEntity":
            yield Finding(FIX, "role", f"there is no role {name}", "choose or create an execution role")
        else:
            yield Finding(UNKNOWN, "role", f"{name} could not be looked at: {error}")
        return
    trust = role["AssumeRolePolicyDocument"]
    trusted = _trusts_sagemaker(json.loads(trust) if isinstance(trust, str) else trust)
    if trusted:
        yield Finding(OK, "role", f"{name} exists, and SageMaker may assume it")
    elif trusted is None:
        detail = f"whether SageMaker may assume {name} hangs on conditions of its trust policy"
        yield Finding(UNKNOWN, "role", detail)
    else:
        yield Finding(
            FIX,
            "role",
            f"SageMaker may not assume {name}",
            "let sagemaker.amazonaws.com assume it in the role's trust policy",
        )


def _trusts_sagemaker(policy: Request) -> bool | None:
    """Whether the policy lets SageMaker assume the role; None: that depends on what is not known here."""
    allows, denies = set(), set()
    for statement in _listed(policy.get("Statement")):
        (allows if statement.get("Effect") == "Allow" else denies).add(_concerns_sagemaker(statement))
    if True in denies or not allows & {True, None}:
        return False
    return None if None in denies or True not in allows else True


def _concerns_sagemaker(statement: Request) -> bool | None:
    """Whether the statement speaks of SageMaker assuming the role; None: it may."""
    principal = statement.get("Principal", "*")
    services = _listed(principal.get("Service")) if isinstance(principal, Mapping) else [principal]
    actions = _listed(statement.get("Action", "*"))
    if not {"sagemaker.amazonaws.com", "*"} & set(services):
        return False
    if not any(fnmatchcase("sts:assumerole", action.lower()) for action in actions):
        return False
    plain = "sagemaker.amazonaws.com" in services and "Action" in statement and not statement.get("Condition")
    return True if plain else None


def _listed(value: Any) -> list[Any]:
    """IAM writes one thing alone, and several as a list."""
    return value if isinstance(value, list) else [] if value is None else [value]


# --- quota --------------------------------------------------------------------------------------------------


def _machines(request: Request) -> dict[str, int]:
    """How many instances of each type the job takes."""
    resources = request.get("ResourceConfig", {})
    machines: dict[str, int] = {}
    for group in resources.get("InstanceGroups") or [resources]:
        if "InstanceType" in group:
            kind = group["InstanceType"]
            machines[kind] = machines.get(kind, 0) + group.get("InstanceCount", 1)
    return machines


def _quota(connection: Connection, request: Request) -> Iterator[Finding]:
    machines = _machines(request)
    if not machines:
        yield Finding(FIX, "quota", "no InstanceType is named", 'InstanceType="ml.m5.large"')
    for instance, wanted in machines.items():
        try:
            used = _used(connection, instance)
            limit, whose = _limit(connection, instance, bool(request.get("EnableManagedSpotTraining")))
        except AwsError as error:
            yield Finding(UNKNOWN, "quota", f"{instance} could not be looked up: {error}")
            continue
        if limit is None:
            yield Finding(UNKNOWN, "quota", f"Service Quotas has no entry for training on {instance}")
            continue
        detail = f"{wanted} × {instance} wanted, {used} in use, {limit:g} allowed {whose}"
        if used + wanted <= limit:
            yield Finding(OK, "quota", detail)
        else:
            remedy = "wait, take fewer, or ask for more at https://console.aws.amazon.com/servicequotas/"
            yield Finding(FIX, "quota", detail, remedy)


def _used(connection: Connection, instance: str) -> int:
    """Instances of training jobs in progress; the local SageMaker counts all types together."""
    sagemaker = connection.client("sagemaker")
    used = 0
    for page in sagemaker.get_paginator("list_training_jobs").paginate(StatusEquals="InProgress"):
        for job in page["TrainingJobSummaries"]:
            machines = _machines(sagemaker.describe_training_job(TrainingJobName=job["TrainingJobName"]))
            used += sum(machines.values()) if connection.mode == "local" else machines.get(instance, 0)
    return used


def _limit(connection: Connection, instance: str, spot: bool) -> tuple[float | None, str]:
    """How many instances there may be, and who says so."""
    if connection.mode == "local":
        from course_utils.local_aws.training.request import INSTANCES

        return INSTANCES, "of all types by the local SageMaker (it has no Service Quotas)"
    name = f"{instance} for {'spot ' if spot else ''}training job usage"
    quotas = connection.client("service-quotas")
    for listing in ("list_service_quotas", "list_aws_default_service_quotas"):
        for page in quotas.get_paginator(listing).paginate(ServiceCode="sagemaker"):
            for quota in page["Quotas"]:
                if quota["QuotaName"] == name:
                    return quota["Value"], "by Service Quotas"
    return None, ""


# --- buckets ------------------------------------------------------------------------------------------------


def _buckets(connection: Connection, request: Request) -> Iterator[Finding]:
    output = request.get("OutputDataConfig", {}).get("S3OutputPath", "")
    uris = [output, *(source["S3Uri"] for _, source in _sources(request))]
    for bucket in dict.fromkeys(_split(uri)[0] for uri in uris):
        yield _bucket(connection, bucket)
    yield _writable(connection, *_split(output))


def _bucket(connection: Connection, bucket: str) -> Finding:
    subject = f"bucket {bucket}"
    try:
        reply = connection.client("s3").head_bucket(Bucket=bucket)
    except AwsError as error:
        remedy = "check its name, and that you may list it"
        return Finding(_state(error), subject, f"cannot be looked at: {error}", remedy)
    region = reply["ResponseMetadata"]["HTTPHeaders"].get("x-amz-bucket-region", connection.region)
    if region != connection.region:
        remedy = f"copy the data, or connect with region={region!r}"
        return Finding(FIX, subject, f"lies in {region}, the job would run in {connection.region}", remedy)
    return Finding(OK, subject, f"exists in {region}")


def _writable(connection: Connection, bucket: str, key: str) -> Finding:
    """Begins an upload and takes it back: that needs the right to write, and makes no object."""
    place = {"Bucket": bucket, "Key": f"{key.rstrip('/')}/preflight".lstrip("/")}
    s3 = connection.client("s3")
    try:
        upload = s3.create_multipart_upload(**place)["UploadId"]
        s3.abort_multipart_upload(**place, UploadId=upload)
    except AwsError as error:
        detail = f"s3://{bucket}/{key} cannot be written by you: {error}"
        return Finding(_state(error), "output", detail, "choose another place")
    return Finding(OK, "output", f"s3://{bucket}/{key} can be written (by you; the job writes by its role)")


# --- settings -----------------------------------------------------------------------------------------------


def _settings(connection: Connection, request: Request) -> Iterator[Finding]:
    """What factorization machines refuse of hyperparameters and channels, by the container's own checks."""
    if not _is_fm(request):
        return
    from course_utils.fm_container import channels, config
    from course_utils.fm_container.failure import CustomerError

    given = request.get("HyperParameters") or {}
    inputs = {each["ChannelName"]: each for each in request.get("InputDataConfig") or []}
    try:
        config.validate(config.merge(given))
    except CustomerError as error:
        _, _, hint = str(error.__cause__).partition(" [Hint: ")
        yield Finding(FIX, "hyperparameters", str(error), hint.rstrip(".]"))
    try:
        channels.check_settings(inputs)
    except CustomerError as error:
        detail, _, hint = str(error).partition(" [Hint: ")
        yield Finding(FIX, "channels", detail, hint.rstrip(".]"))


# --- data ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Shard:
    """One object of a channel: how many rows it has (None: not counted) and how wide they are."""

    key: str
    rows: int | None
    width: int


def _data(connection: Connection, request: Request) -> Iterator[Finding]:
    for channel, source in _sources(request):
        name = channel["ChannelName"]
        subject = f"channel {name}"
        if source.get("S3DataType") != "S3Prefix":
            yield Finding(UNKNOWN, subject, f"{source.get('S3DataType')} is not looked into; S3Prefix is")
            continue
        try:
            listed = list(_objects(connection, source["S3Uri"]))
        except AwsError as error:
            detail = f"{source['S3Uri']} cannot be listed by you: {error}"
            yield Finding(_state(error), subject, detail, "check the address")
            continue
        if not listed:
            yield Finding(FIX, subject, f"{source['S3Uri']} holds no object", "upload the rows first")
            continue
        yield from _distribution(subject, source, listed, request)
        if not _is_recordio(channel, request):
            kind = channel.get("ContentType", "no content type")
            yield Finding(UNKNOWN, subject, f"{kind} is not looked into; {_RECORDIO} is")
            continue
        try:
            shards = _read(connection, source["S3Uri"], listed, strict=_is_fm(request))
        except recordio.RecordIOError as error:
            yield Finding(FIX, subject, str(error), "write it with recordio.write(stream, X, y)")
            continue
        except AwsError as error:
            yield Finding(UNKNOWN, subject, f"{source['S3Uri']} cannot be read by you: {error}")
            continue
        yield from _width(subject, shards, request)
        if name == "train" and _is_fm(request):
            yield from _batches(subject, source, shards, request)


def _distribution(
    subject: str, source: Request, listed: list[Request], request: Request
) -> Iterator[Finding]:
    machines = sum(_machines(request).values())
    if not _is_sharded(source) or machines <= 1:
        return
    detail = f"{len(listed)} objects for {machines} machines, each of which reads some (ShardedByS3Key)"
    if len(listed) >= machines:
        yield Finding(OK, subject, detail)
    else:
        remedy = f"write at least {machines} objects, or take {len(listed)} machines"
        yield Finding(FIX, subject, detail, remedy)


def _width(subject: str, shards: list[_Shard], request: Request) -> Iterator[Finding]:
    said = (request.get("HyperParameters") or {}).get("feature_dim")
    widths = sorted({shard.width for shard in shards})
    have = " and ".join(f"{width:,}" for width in widths)
    if [str(width) for width in widths] == [said]:
        yield Finding(OK, subject, f"{_kind(request)} with {have} columns, which is feature_dim")
    elif _is_fm(request) or _whole_number(said):
        remedy = f'feature_dim="{widths[0]}"' if len(widths) == 1 else "write all objects with one FeatureMap"
        yield Finding(FIX, subject, f"its rows have {have} columns, feature_dim is {said}", remedy)
    else:
        yield Finding(
            UNKNOWN, subject, f"its rows have {have} columns; no feature_dim says how many are right"
        )


def _kind(request: Request) -> str:
    return "float32 rows" if _is_fm(request) else "rows"


def _whole_number(value: Any) -> int | None:
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() else None


def _batches(subject: str, source: Request, shards: list[_Shard], request: Request) -> Iterator[Finding]:
    """Factorization machines fill the last batch with empty rows labelled 0, and learn from them."""
    size = _whole_number((request.get("HyperParameters") or {}).get("mini_batch_size", _DEFAULT_BATCH))
    if not size:
        return  # already refused among the hyperparameters
    counts = [shard.rows for shard in shards]
    if None in counts:
        large = f"more than {READ_AT_MOST >> 20} MiB: rows are not counted"
        yield Finding(UNKNOWN, subject, f"{large}; is their number a multiple of {size:,}?")
        return
    alone = sum(_machines(request).values()) <= 1
    # Which machine gets which objects is not known, so each object must suit.
    parts = counts if _is_sharded(source) and not alone else [sum(counts)]
    over = [rows % size for rows in parts if rows % size]
    if not over:
        yield Finding(OK, subject, f"{sum(counts):,} rows fill all batches of {size:,}")
        return
    fills = " and ".join(f"{size - rows:,}" for rows in over[:3])
    yield Finding(
        FIX,
        subject,
        f"{sum(counts):,} rows do not fill the last batch of {size:,}: {fills} empty rows with label 0 would "
        "be learned from",
        f"leave {' and '.join(f'{rows:,}' for rows in over[:3])} rows out, or change mini_batch_size",
    )


def _sources(request: Request) -> list[tuple[Request, Request]]:
    """Channels that read from S3, each with its source."""
    channels = request.get("InputDataConfig") or []
    found = [(each, each.get("DataSource", {}).get("S3DataSource")) for each in channels]
    return [(channel, source) for channel, source in found if source]


def _is_sharded(source: Request) -> bool:
    return source.get("S3DataDistributionType") == "ShardedByS3Key"


def _is_fm(request: Request) -> bool:
    return "factorization-machines" in request.get("AlgorithmSpecification", {}).get("TrainingImage", "")


def _is_recordio(channel: Request, request: Request) -> bool:
    """Factorization machines take rows of no named kind for RecordIO."""
    kind = channel.get("ContentType") or (_RECORDIO if _is_fm(request) else "")
    return kind.split(";")[0].strip().lower() == _RECORDIO


def _objects(connection: Connection, uri: str) -> Iterator[Request]:
    bucket, prefix = _split(uri)
    pages = connection.client("s3").get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    for page in pages:
        yield from (item for item in page.get("Contents", []) if item["Size"])


def _read(connection: Connection, uri: str, listed: Iterable[Request], strict: bool) -> list[_Shard]:
    """What the objects hold. ``strict``: as factorization machines read it, float32 and nothing else."""
    listed = list(listed)
    whole = sum(item["Size"] for item in listed) <= READ_AT_MOST
    bucket, _ = _split(uri)
    shards = []
    for item in listed if whole else listed[:1]:
        part = {} if whole else {"Range": f"bytes=0-{_FIRST_BYTES - 1}"}
        body = connection.client("s3").get_object(Bucket=bucket, Key=item["Key"], **part)["Body"].read()
        if not whole:
            body = _whole_records(body)
        try:
            X, _y = recordio.read(io.BytesIO(body), convert=not strict)
        except recordio.RecordIOError as error:
            raise recordio.RecordIOError(f"{item['Key']}: {error}") from error
        shards.append(_Shard(item["Key"], X.shape[0] if whole else None, X.shape[1]))
    return shards


def _whole_records(body: bytes) -> bytes:
    """The records that the beginning of a file holds whole."""
    at = 0
    while at + 8 <= len(body):
        length = int.from_bytes(body[at + 4 : at + 8], "little") & (1 << 29) - 1
        after = at + 8 + (length + 3) // 4 * 4
        if after > len(body):
            break
        at = after
    return body[:at]


def _split(uri: str) -> tuple[str, str]:
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return bucket, key


# --- price --------------------------------------------------------------------------------------------------


def _price(connection: Connection, request: Request) -> Iterator[Finding]:
    budget = connection.budget or Budget(math.inf)
    try:
        cost = budget.estimate(connection.client("sagemaker"), "CreateTrainingJob", request)
    except BudgetRefused as error:
        yield Finding(FIX, "price", str(error), 'connect with own_prices={"ml.…": dollars an hour}')
        return
    detail = f"at most {dollars(cost.usd)} ({cost.how})"
    if connection.budget is None:
        unit = "by AWS's prices; here it costs nothing" if connection.mode == "local" else "no budget is set"
        yield Finding(OK, "price", f"{detail}; {unit}")
    elif cost.usd <= budget.left:
        yield Finding(OK, "price", f"{detail}; {dollars(budget.left)} of {dollars(budget.limit)} left")
    else:
        remedy = "less time in StoppingCondition, fewer machines, or a larger budget"
        yield Finding(
            FIX, "price", f"{detail}; {dollars(budget.left)} of {dollars(budget.limit)} left", remedy
        )
