"""Show what the course costs and what it left running, in the local SageMaker or at AWS."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache, partial
from typing import Any

from course_utils.local_aws import redirect, server

_LOOK_SECONDS = {"local": 0.2, "aws": 5.0}
_WAIT_SECONDS = 900


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    left = actions.add_parser(
        "leftovers",
        help="list what the course made and did not take away (and delete it)",
        description="Lists jobs that run, endpoints, configurations, models, objects and logs that bear the "
        "course's tag or a name beginning with fm-course-, of any run. Exit status 1 when something is left.",
    )
    left.add_argument("--mode", choices=("local", "aws"), default="local", help="where (default: local)")
    left.add_argument(
        "--region", action="append", help="this region; may be repeated (default: all of the price table)"
    )
    left.add_argument("--account", help="with --mode aws: the account that you mean (12 digits)")
    left.add_argument("--delete", action="store_true", help="stop and delete it all, after a question")
    left.add_argument("--yes", action="store_true", help="do not ask")
    left.set_defaults(action=leftovers)
    prices = actions.add_parser("prices", help="print the price table, with its dates and sources")
    prices.add_argument("--region", help="this region only")
    prices.set_defaults(action=show_prices)


def main(options: argparse.Namespace) -> int:
    return options.action(options)


def show_prices(options: argparse.Namespace) -> int:
    """One line for each row of the price table."""
    from course_utils.aws import prices

    table = prices.table(options.region)
    if table.empty:
        print(f"FIX  no price of {options.region}; regions: {', '.join(prices.regions())}", file=sys.stderr)
        return 1
    grouped = table.groupby(["region", "instance", "usd_per_hour", "as_of", "certain"], sort=False)["use"]
    for (region, instance, usd, as_of, certain), uses in grouped:
        sure = "on a bill" if certain else "assumed"
        print(f"{region:14} {instance:14} ${usd:<7g} {as_of:8} {sure:10} {', '.join(uses)}")
    for source in dict.fromkeys(table["as_of"] + ": " + table["source"]):
        print(source)
    for region in [options.region] if options.region else prices.regions():
        if warning := prices.warning(region):
            print(warning)
    return 0


# --- leftovers ----------------------------------------------------------------------------------------------


def leftovers(options: argparse.Namespace) -> int:
    """List what is left, and delete it when asked to."""
    from course_utils.aws import prices

    if options.mode == "aws" and options.delete and options.yes and not options.account:
        print(
            "FIX  --delete --yes at AWS needs --account too, so that it cannot hit another one",
            file=sys.stderr,
        )
        return 2
    try:
        with _clients(options.mode, options.account) as (account, client_of):
            regions = options.region or prices.regions()
            print(f"{_WHERE[options.mode]}, account {account}, {', '.join(regions)}")
            return _in_regions(options, account, {each: partial(client_of, each) for each in regions})
    except (_Refused, OSError) as error:
        print(f"FIX  {error}", file=sys.stderr)
        return 2


_WHERE = {"local": "the local SageMaker", "aws": "AWS"}


class _Refused(RuntimeError):
    """What was asked for cannot be done; the text says why."""


@contextmanager
def _clients(mode: str, account: str | None) -> Iterator[tuple[str, Any]]:
    """Whose account it is, and ``client_of(region, service)``."""
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    if mode == "local":
        from course_utils.local_aws.account import ACCOUNT_ID

        try:
            local = server.start(outlive=False)  # what it remembers may be from an earlier start
        except server.ServerError as error:
            raise _Refused(str(error)) from error
        session = boto3.session.Session("local", "local")
        try:
            yield (
                ACCOUNT_ID,
                cache(lambda region, service: session.client(service, region, endpoint_url=local.url)),
            )
        finally:
            if local.ours:
                local.stop()
        return
    if redirect.ADDRESS_VARIABLE in os.environ:
        raise _Refused("this terminal leads to the local SageMaker (`course local env`); use another one")
    try:
        session = boto3.session.Session()
        whose = session.client("sts", "us-east-1").get_caller_identity()["Account"]
        if account not in (None, whose):
            raise _Refused(f"your credentials belong to account {whose}, not to {account}")
        yield whose, cache(lambda region, service: session.client(service, region))
    except (BotoCoreError, ClientError) as error:
        raise _Refused(f"AWS refuses: {error}") from error


def _in_regions(options: argparse.Namespace, account: str, clients: Mapping[str, Any]) -> int:
    found = {region: _look(client, region, account) for region, client in clients.items()}
    for region, left in found.items():
        for each in left:
            by = f"run {each.run}" if each.run else "by its name"
            print(
                f"--   {region:12} {each.kind:16} {each.name}  {each.status}  "
                f"since {each.since:%Y-%m-%d %H:%M}  costs {each.costs}  {by}"
            )
    if not any(found.values()):
        print("OK   nothing is left")
        return 0
    if not options.delete:
        print("To delete all this: add --delete")
        return 1
    if not (options.yes or _agreed(sum(map(len, found.values())), account)):
        print("--   nothing was deleted")
        return 1
    for region, client in clients.items():
        _delete(options.mode, client, region, account)
    print("OK   all of it is deleted")
    return 0


def _look(client: Any, region: str, account: str) -> list[Any]:
    from course_utils.aws import leftovers as finder

    return [*finder.find(client, f"sagemaker-{region}-{account}"), *finder.find_logs(client)]


def _agreed(count: int, account: str) -> bool:
    try:
        answer = input(f"Stop and delete these {count} in account {account}? [y/N] ")
    except EOFError:
        answer = ""
    return answer.strip().lower() in ("y", "yes")


def _delete(mode: str, client: Any, region: str, account: str) -> None:
    """Until nothing is left: what is still being made, and jobs that are stopping, take their time."""
    from course_utils.aws import leftovers as finder

    deadline = time.monotonic() + _WAIT_SECONDS
    while left := _look(client, region, account):
        if time.monotonic() > deadline:
            names = ", ".join(f"{each.kind} {each.name} ({each.status})" for each in left)
            raise _Refused(f"still there in {region} after {_WAIT_SECONDS} seconds: {names}")
        finder.remove(client, f"sagemaker-{region}-{account}", left)
        time.sleep(_LOOK_SECONDS[mode])
