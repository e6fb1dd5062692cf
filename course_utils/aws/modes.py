"""``connect``: the local SageMaker or AWS, and the checks on the way to each."""

from __future__ import annotations

import atexit
import os
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Any, Literal

from course_utils.aws import gate, leftovers, prices
from course_utils.aws.budget import Budget, BudgetRefused, dollars
from course_utils.aws.connection import Connection
from course_utils.aws.environment import enter_local_environment, leave_local_environment
from course_utils.aws.estimate import Hours, is_free
from course_utils.local_aws import redirect, server
from course_utils.local_aws.account import ACCOUNT_ID, ROLE_ARN, default_bucket


class ConnectionRefused(RuntimeError):
    """``connect`` cannot do what was asked; the text says what to do."""


ACCOUNT_VARIABLE = "COURSE_AWS_ACCOUNT"
BUDGET_VARIABLE = "COURSE_AWS_BUDGET"
DEFAULT_BUDGET = 5.0
"""USD, in AWS mode."""


def connect(
    mode: Literal["local", "aws"] = "local",
    *,
    region: str = "us-east-1",
    account: str | None = None,
    budget: float | None = None,
    endpoint_hours: float = 8,
    transform_hours: float = 1,
    own_prices: Mapping[str, float] | None = None,
) -> Connection:
    """Point every AWS client of this Python process at the local SageMaker, or at AWS.

    Parameters
    ----------
    mode : {"local", "aws"}
        ``"local"`` starts the local SageMaker if none runs (and stops it when this process ends); it needs no
        account and nothing can reach AWS. ``"aws"`` uses your own credentials and costs money.
    region : str
    account : str
        For ``"aws"``: the number of the account that is to pay. Your credentials must belong to it. Without
        it, the environment variable ``COURSE_AWS_ACCOUNT`` counts.
    budget : float
        USD. Training jobs, tuning jobs, transform jobs and endpoints of this Python process are reckoned
        first, and refused when they might pass it. Default: ``COURSE_AWS_BUDGET``, or 5 at AWS and no limit
        in local mode, where it is play money at AWS's prices.
    endpoint_hours, transform_hours : float
        How long the budget reckons with an endpoint and a transform job, whose requests have no limit. They
        cost that again for every such time that they stay longer.
    own_prices : mapping
        ``{"ml.c5.xlarge": 0.12}``: USD an hour for instances that the price table does not know.

    Raises
    ------
    ConnectionRefused
        When no account was named, or the credentials are of another one, when no credentials or role are
        found, or clients of another connection exist already.
    """
    if mode not in ("local", "aws"):
        raise ValueError(f'mode is {mode!r}; it must be "local" or "aws"')
    hours = Hours(endpoint_hours, transform_hours)
    if mode == "local":
        return _connect_local(region, None if budget is None else Budget(budget, hours, own_prices))
    if budget is None:
        budget = _number(BUDGET_VARIABLE, os.environ.get(BUDGET_VARIABLE, DEFAULT_BUDGET))
    return _connect_aws(region, _named(account), Budget(budget, hours, own_prices))


def _number(name: str, text: str | float) -> float:
    try:
        return float(text)
    except ValueError:
        raise ConnectionRefused(f"{name} is {text!r}; it must be a number of dollars, such as 5") from None


def _named(account: str | None) -> str:
    """The account that the learner has named as the one that pays."""
    named = str(account or os.environ.get(ACCOUNT_VARIABLE, ""))
    if not re.fullmatch(r"\d{12}", named):
        given = f"You named {named!r}, which is no account number (12 digits). " if named else ""
        raise ConnectionRefused(
            f"{given}AWS charges for training jobs, endpoints and storage. If you want that, name the "
            'account that pays:\n    aws.connect("aws", account="123456789012")\n'
            f"or set {ACCOUNT_VARIABLE}. `aws sts get-caller-identity` shows yours. "
            'aws.connect("local") is free.'
        )
    return named


def _run() -> str:
    """A name for what this connection makes: when, and in which process."""
    return f"{datetime.now(UTC):%y%m%d-%H%M%S}-{os.getpid()}"


def _connect_local(region: str, budget: Budget | None) -> Connection:
    local = server.start(outlive=False)
    if local.ours:
        atexit.register(local.stop)  # ending with this process by itself, it would end a little later
    try:
        _refuse_old_clients(local.url)
    except ConnectionRefused:
        if local.ours:
            local.stop()
        raise
    enter_local_environment(local, region)
    connection = Connection(
        "local", region, ROLE_ARN, default_bucket(region), ACCOUNT_ID, local.url, _run(), budget
    )
    gate.close(gate.Gate(connection.run, budget))
    _prove_redirection(connection)
    _ensure_bucket(connection)
    print(f"Connected to the local SageMaker at {local.url}. Nothing here reaches AWS or costs money.")
    return connection


def _connect_aws(region: str, named: str, budget: Budget) -> Connection:
    import boto3

    _refuse_old_clients(None)
    # Until it is sure who pays, nothing that costs money passes.
    gate.close(gate.Gate(_run(), Budget(0)))
    leave_local_environment()
    if redirect.ADDRESS_VARIABLE in os.environ:
        raise ConnectionRefused(
            "This program was started where everything leads to the local SageMaker (`course local env`).\n"
            "Start it from a new terminal to work at AWS."
        )
    os.environ["AWS_DEFAULT_REGION"] = os.environ["AWS_REGION"] = region
    session = boto3.session.Session(region_name=region)
    identity = _caller(session)
    account = identity["Account"]
    if account != named:
        raise ConnectionRefused(
            f"You named account {named}, but your credentials belong to account {account}.\n"
            "Choose the right ones (`aws configure list` shows where they come from), or name that account."
        )
    role = os.environ.get("SAGEMAKER_ROLE_ARN") or _role_of(identity["Arn"], session)
    connection = Connection(
        "aws", region, role, f"sagemaker-{region}-{account}", account, None, _run(), budget
    )
    print(_introduction(connection))
    _ensure_bucket(connection)
    print(_still_running(connection))
    gate.close(gate.Gate(connection.run, OneAccount(account, session, budget)))
    return connection


class OneAccount:
    """A guard that lets the budget decide, once it is sure that the account pays which was named.

    Other clients of this process may have other credentials than those that ``connect`` has looked at. Whose
    they are is asked before the first call that costs money.

    Parameters
    ----------
    account : str
        The one that was named.
    session : boto3.session.Session
        Whose credentials belong to it.
    budget : Budget
    """

    def __init__(self, account: str, session: Any, budget: Budget) -> None:
        self._account, self._budget = account, budget
        self._account_of = {session.get_credentials().get_frozen_credentials().access_key: account}

    def passing(
        self, client: Any, operation: str, parameters: Mapping[str, Any]
    ) -> AbstractContextManager[None]:
        """Let a call through to the budget, or raise :class:`BudgetRefused` if another account would pay."""
        if not is_free(operation, parameters):
            self._require_account(client, operation)
        return self._budget.passing(client, operation, parameters)

    def _require_account(self, client: Any, operation: str) -> None:
        try:
            account = self._payer(client)
        except ConnectionRefused as error:
            raise BudgetRefused(f"{operation} was not sent. {error}") from error
        if account != self._account:
            raise BudgetRefused(
                f"{operation} was not sent: you named account {self._account}, but the credentials of this "
                f"client belong to account {account}.\nMake your client with connection.client(…), or "
                "connect again and name the account that is to pay."
            )

    def _payer(self, client: Any) -> str:
        import boto3

        credentials = client._get_credentials()  # botocore has no public way
        if credentials is None:
            raise ConnectionRefused("Its client has no credentials: make it with connection.client(…).")
        keys = credentials.get_frozen_credentials()
        if keys.access_key not in self._account_of:
            session = boto3.session.Session(
                keys.access_key, keys.secret_key, keys.token, region_name=client.meta.region_name
            )
            self._account_of[keys.access_key] = _caller(session)["Account"]
        return self._account_of[keys.access_key]


def _caller(session: Any) -> Mapping[str, str]:
    import botocore.exceptions

    try:
        return session.client("sts").get_caller_identity()
    except (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError) as error:
        raise ConnectionRefused(
            f"AWS does not know you: {error}\n"
            "Type `aws configure` (or `aws sso login`) in a terminal, then try again."
        ) from error


def _introduction(connection: Connection) -> str:
    """Who pays, for what and how much: before anything is made."""
    region, budget = connection.region, connection.budget
    shown = [f"{instance} {_price(instance, use, region)} for {what}" for instance, use, what in _USUAL]
    lines = [
        "Connected to AWS. From now on training jobs and endpoints cost money; clean_up() ends them.",
        f"  account  {connection.account_id}",
        f"  region   {region}",
        f"  role     {connection.role_arn}",
        f"  bucket   {connection.bucket}",
        f"  budget   {dollars(budget.limit)}; what might pass it is refused before it is sent",
        *(f"  price    {line}" for line in shown),
    ]
    return "\n".join([*lines, *filter(None, [prices.warning(region)])])


_USUAL = (("ml.m5.large", "training", "training and batches"), ("ml.t2.medium", "hosting", "an endpoint"))


def _price(instance: str, use: str, region: str) -> str:
    try:
        return str(prices.of(instance, use, region))
    except prices.PriceUnknown:
        return "at a price that the table does not know"


def _still_running(connection: Connection) -> str:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        left = list(leftovers.running(connection.client))
    except (BotoCoreError, ClientError) as error:
        return f"  earlier  could not be looked at: {error}"
    if not left:
        return "  earlier  nothing that costs money by the second is left in this region"
    names = "".join(
        f"\n           {each.kind} {each.name}, since {each.since:%Y-%m-%d %H:%M}" for each in left
    )
    return f"  earlier  still there, and not in your budget: clean_up() ends it{names}"


def _role_of(caller: str, session: Any) -> str:
    """The role that the caller has assumed (as in a SageMaker notebook); a user has none."""
    _, _, assumed = caller.partition(":assumed-role/")
    if not assumed:
        raise ConnectionRefused(
            f"You are {caller}, which is not a role that SageMaker can run under. "
            "Set SAGEMAKER_ROLE_ARN to the ARN of a SageMaker execution role."
        )
    return session.client("iam").get_role(RoleName=assumed.split("/")[0])["Role"]["Arn"]


def _ensure_bucket(connection: Connection) -> None:
    s3 = connection.client("s3")
    try:
        s3.head_bucket(Bucket=connection.bucket, ExpectedBucketOwner=connection.account_id)
    except s3.exceptions.ClientError as error:
        if error.response["Error"]["Code"] != "404":
            raise ConnectionRefused(f"The bucket {connection.bucket} is not usable: {error}") from error
        place = {"CreateBucketConfiguration": {"LocationConstraint": connection.region}}
        s3.create_bucket(Bucket=connection.bucket, **({} if connection.region == "us-east-1" else place))


def _refuse_old_clients(endpoint_url: str | None) -> None:
    """The SageMaker SDK keeps its clients for good; they must belong to ``endpoint_url``."""
    if any(_belongs_elsewhere(url, endpoint_url) for url in _sdk_client_urls()):
        raise ConnectionRefused(
            "The SageMaker SDK has made clients for another connection in this Python process, and it keeps "
            "them. Restart the kernel (Kernel ▸ Restart), and call aws.connect(…) before anything else."
        )


def _belongs_elsewhere(url: str, endpoint_url: str | None) -> bool:
    return url != endpoint_url if endpoint_url else url.startswith("http://127.0.0.1")


def _sdk_client_urls() -> Iterator[str]:
    """Addresses of the clients that the SageMaker SDK has cached."""
    utils = sys.modules.get("sagemaker.core.utils.utils")
    caches = getattr(getattr(utils, "_ClientCacheMeta", None), "_instances", {})
    for kept in caches.values():
        for holder in kept.values():
            yield holder.sagemaker_client.meta.endpoint_url


def _prove_redirection(connection: Connection) -> None:
    """Make sure, before anything is sent, that a client with AWS's own address is watched over."""
    import boto3

    region = connection.region
    session = boto3.session.Session(region_name=region)
    client = session.client("sts", endpoint_url=f"https://sts.{region}.amazonaws.com")
    if not redirect.is_redirected(client):
        raise ConnectionRefused(
            "This version of botocore does not load the plugin that keeps local mode local. "
            "Install the versions that the course was tested with: uv sync --frozen"
        )
