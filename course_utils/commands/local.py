"""Start, stop or inspect the local SageMaker, the stand-in for AWS on this machine."""

from __future__ import annotations

import argparse
import json
import os
import shlex
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from course_utils.local_aws import server

NONE_RUNS = "no local SageMaker is running (type: python3 course.py local start)"
_TAIL_LINES = 50
_LOOK_SECONDS = 0.2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)

    def add(action: Callable[[argparse.Namespace], int]) -> argparse.ArgumentParser:
        summary = (action.__doc__ or "").splitlines()[0]
        sub = actions.add_parser(action.__name__, help=summary, description=action.__doc__)
        sub.set_defaults(action=action)
        return sub

    add(start).add_argument(
        "--port", type=int, default=0, help="this port or none (default: last time's, else any free one)"
    )
    add(stop)
    add(status)
    settings = add(env)
    settings.add_argument("--shell", choices=SHELLS, default="powershell" if os.name == "nt" else "sh")
    settings.add_argument("--region", default="us-east-1")
    lines = add(logs)
    lines.add_argument("name", nargs="?", help="a job or an endpoint (default: the server itself)")
    lines.add_argument("--follow", action="store_true", help="go on until the job ends, or until Ctrl-C")
    lines.add_argument("--region", default="us-east-1")
    add(reset).add_argument("--yes", action="store_true", help="do not ask")


def main(options: argparse.Namespace) -> int:
    try:
        return options.action(options)
    except server.ServerError as error:
        print(f"FIX  {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def start(options: argparse.Namespace) -> int:
    """start it in the background (nothing happens if it runs already)"""
    running = server.start(port=options.port)
    print(f"OK  {_describe(running)}")
    if not running.outlives:
        print("    A notebook has started it, and it ends with that. For one that stays: stop it, start it.")
    return 0


def stop(_: argparse.Namespace) -> int:
    """stop it, with its training jobs and endpoints; endpoints come back with the next start"""
    running = server.running()
    if running is None:
        print("OK  no local SageMaker was running")
    else:
        running.stop()
        print(f"OK  stopped the local SageMaker at {running.url}")
    return 0


def status(_: argparse.Namespace) -> int:
    """say whether it runs, where, and what runs in it (exit status 1 when it does not run)"""
    running = server.running()
    if running is None:
        print(f"--  {NONE_RUNS}")
        return 1
    print(f"OK  {_describe(running)}")
    print(f"    on disk: {_size(running.state_dir) / 1e6:.1f} MB")
    rows = running.what_runs()
    for row in rows:
        print("    {kind:<26} {name:<40} {status:<14} {region:<14} since {since}".format(**row))
    if not rows:
        print("    no job runs, and there is no endpoint")
    return 0


def env(options: argparse.Namespace) -> int:
    """print what points any other terminal, its `aws` command and its Python at it

    For example:  eval "$(python3 course.py local env)"
    """
    from course_utils.local_aws import profile

    local = server.running()
    if local is None:
        raise server.ServerError(NONE_RUNS)
    ours = profile.settings(local, options.region, os.environ)
    strangers = profile.strangers([*os.environ, *profile.USUAL_STRANGERS], ours)
    print(SHELLS[options.shell](ours, strangers))
    return 0


def logs(options: argparse.Namespace) -> int:
    """print the log of the server, of a job or of an endpoint"""
    if options.name is None:
        lines = _server_lines(options.follow)
    else:
        lines = _lines_of(options.name, options.region, options.follow)
    for line in lines:
        print(line, flush=options.follow)
    return 0


def reset(options: argparse.Namespace) -> int:
    """stop it and delete all that it remembers: jobs, models, endpoints, objects, logs"""
    folder = server.resolve(None)
    if not options.yes:
        try:
            answer = input(f"Delete all jobs, models, endpoints, objects and logs in {folder}? [y/N] ")
        except EOFError:
            answer = ""
        if answer.strip().lower() not in ("y", "yes"):
            print("--  nothing was deleted")
            return 1
    server.reset()
    print(f"OK  {folder} is empty (your own images.json, if there is one, is kept)")
    return 0


def _describe(running: server.Server) -> str:
    return f"local SageMaker at {running.url}, process {running.pid}, files in {running.state_dir}"


def _size(folder: Path) -> int:
    total = 0
    for path, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(os.path.join(path, name)).st_size
            except FileNotFoundError:  # a job has just tidied up
                continue
    return total


# --- env: one writer for each shell -------------------------------------------------------------------------


def _sh(ours: dict[str, str], strangers: list[str]) -> str:
    exports = [f"export {name}={shlex.quote(value)}" for name, value in ours.items()]
    return "\n".join([f"unset {' '.join(strangers)}", *exports])


def _fish(ours: dict[str, str], strangers: list[str]) -> str:
    def quote(text: str) -> str:
        return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"

    exports = [f"set -gx {name} {quote(value)}" for name, value in ours.items()]
    # One name after the other: erasing none of several is an error there.
    return "\n".join([*(f"set -e {name}" for name in strangers), *exports])


def _powershell(ours: dict[str, str], strangers: list[str]) -> str:
    def quote(text: str) -> str:
        return "'" + text.replace("'", "''") + "'"

    removals = [f"Remove-Item Env:{name} -ErrorAction SilentlyContinue" for name in strangers]
    return "\n".join([*removals, *(f"$Env:{name} = {quote(value)}" for name, value in ours.items())])


def _cmd(ours: dict[str, str], strangers: list[str]) -> str:
    lines = [f'set "{name}="' for name in strangers] + [f'set "{name}={ours[name]}"' for name in ours]
    return "\n".join(lines)


def _json(ours: dict[str, str], strangers: list[str]) -> str:
    return json.dumps(dict.fromkeys(strangers) | ours, indent=2)


SHELLS = {"sh": _sh, "fish": _fish, "powershell": _powershell, "cmd": _cmd, "json": _json}


# --- logs ---------------------------------------------------------------------------------------------------


def _server_lines(follow: bool) -> Iterator[str]:
    """The end of the server's log, and (``follow``) what comes."""
    file = server.resolve(None) / "server.log"
    if not file.is_file():
        raise server.ServerError(f"there is no {file}: no local SageMaker has run yet")
    with file.open(encoding="utf-8", errors="replace") as log:
        yield from log.read().splitlines()[-_TAIL_LINES:]
        while follow:
            time.sleep(_LOOK_SECONDS)
            yield from log.read().splitlines()


def _lines_of(name: str, region: str, follow: bool) -> Iterator[str]:
    """The log of a job or endpoint, and (``follow``) what comes until it is over."""
    from boto3.session import Session

    from course_utils.aws.training_log import new_log_lines

    local = server.running()
    if local is None:
        raise server.ServerError(NONE_RUNS)
    client = Session("local", "local", region_name=region).client("logs", endpoint_url=local.url)
    places = {
        "/aws/sagemaker/TrainingJobs": f"{name}/",
        "/aws/sagemaker/TransformJobs": f"{name}/",
        f"/aws/sagemaker/Endpoints/{name}": "",
    }
    tokens: dict[str, dict[str, str]] = {group: {} for group in places}
    known = False
    while True:
        runs = any((each["name"], each["region"]) == (name, region) for each in local.what_runs())
        known = known or runs
        for group, prefix in places.items():
            for line in new_log_lines(client, group, prefix, tokens[group]):
                known = True
                yield line
        if not known:
            raise server.ServerError(f"there is no log of {name!r} in {region}")
        if not (follow and runs):
            return
        time.sleep(_LOOK_SECONDS)
