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
    left.add_argument(
        "--mode",
        choices=("local", "aws"),
        default=os.environ.get("COURSE_AWS_MODE") or "local",
        help="where (default: what COURSE_AWS_MODE says, else local)",
    )
    left.add_argument(
        "--region",
        action="append",
        help="this region; may be repeated (default: those of the price table, and your own)",
    )
    left.add_argument(
        "--account",
        default=os.environ.get("COURSE_AWS_ACCOUNT"),
        help="with --mode aws: the account that you mean, 12 digits (default: COURSE_AWS_ACCOUNT)",
    )
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

    if options.mode not in _WHERE:
        print(f"FIX  COURSE_AWS_MODE is {options.mode!r}; it must be local or aws", file=sys.stderr)
        return 2
    if options.mode == "aws" and options.delete and options.yes and not options.account:
        print(
            "FIX  --delete --yes at AWS needs --account too, so that it cannot hit another one",
            file=sys.stderr,
        )
        return 2
    try:
        with _clients(options.mode, options.account) as (account, client_of):
            regions = options.region or [*prices.regions(), *_own_region(options.mode, prices.regions())]
            print(f"{_WHERE[options.mode]}, account {account}, {', '.join(regions)}")
            return _in_regions(options, account, {each: partial(client_of, each) for each in regions})
    except (_Refused, OSError) as error:
        print(f"FIX  {error}", file=sys.stderr)
        return 2


def _own_region(mode: str, known: list[str]) -> list[str]:
    """The region that this terminal's clients use at AWS, if it is none of the known."""
    import boto3

    region = boto3.session.Session().region_name if mode == "aws" else None
    return [region] if region and region not in known else []


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
    found, unknown = [], []
    for region, client in clients.items():
        left, dark = _look(client, region, account)
        for each in left:
            by = f"run {each.run}" if each.run else "by its name"
            print(
                f"--   {region:12} {each.kind:16} {each.name}  {each.status}  "
                f"since {each.since:%Y-%m-%d %H:%M}  costs {each.costs}  {by}",
                flush=True,
            )
        for words in dark:
            print(f"FIX  {region:12} {words}", flush=True)
        found += [(region, each) for each in left]
        unknown += dark
    if not found:
        where = f"{_WHERE[options.mode]}, account {account}"
        print(f"--   nothing else is left in {where}" if unknown else f"OK   nothing is left in {where}")
        return 1 if unknown else 0
    if not options.delete:
        print("To delete all this: add --delete")
        return 1
    if not (options.yes or _agreed(len(found), account)):
        print("--   nothing was deleted")
        return 1
    _delete(options.mode, clients, account, {(region, each.kind, each.name) for region, each in found})
    print("OK   all of it is deleted")
    return 0


def _look(client: Any, region: str, account: str) -> tuple[list[Any], list[str]]:
    from course_utils.aws import leftovers as finder

    return finder.look(client, _bucket(region, account))


def _bucket(region: str, account: str) -> str:
    return f"sagemaker-{region}-{account}"


def _agreed(count: int, account: str) -> bool:
    try:
        answer = input(f"Stop and delete these {count} in account {account}? [y/N] ")
    except EOFError:
        answer = ""
    return answer.strip().lower() in ("y", "yes")


def _delete(mode: str, clients: Mapping[str, Any], account: str, shown: set[tuple[str, str, str]]) -> None:
    """In every region until nothing of ``shown`` is left: what is being made, or is stopping, takes its time.

    What was made since is somebody's work of this minute, and stays. One refusal keeps nothing else from
    being deleted.
    """
    from course_utils.aws import leftovers as finder

    deadline = time.monotonic() + _WAIT_SECONDS
    while True:
        left, refused = [], []
        for region, client in clients.items():
            there, dark = _look(client, region, account)
            here = [each for each in there if (region, each.kind, each.name) in shown]
            no = finder.remove(client, _bucket(region, account), here)
            hopeless = {each.left for each in no if each.for_good}
            left += [
                f"{region} {each.kind} {each.name} ({each.status})" for each in here if each not in hopeless
            ]
            refused += [f"{region} {words}" for words in (*dark, *map(str, no))]
        if not left and refused:
            raise _Refused("all else is deleted, and this is not:\n     " + "\n     ".join(refused))
        if not left:
            return
        if time.monotonic() > deadline:
            raise _Refused(f"still there after {_WAIT_SECONDS} seconds: {', '.join([*left, *refused])}")
        time.sleep(_LOOK_SECONDS[mode])
