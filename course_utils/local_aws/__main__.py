"""Run the local SageMaker in the foreground: ``python -m course_utils.local_aws --port 5055``."""

from __future__ import annotations

import argparse
import json
import logging
import os
import shutil
import signal
import sqlite3
import sys
import threading
import time
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from course_utils.local_aws import isolation
from course_utils.local_aws.database import StateBroken
from course_utils.local_aws.server import START_SECONDS, ServerError, claim, default_state_dir, running

if TYPE_CHECKING:
    from course_utils.local_aws.http_server import Server


FOLDER_IN_USE = 3  # exit status of a server that finds another one on its state folder
CREDENTIALS_FOUND = 4  # … of one that finds what looks like a way into a real AWS account


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m course_utils.local_aws", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0: last time's port if free, else any free one")
    parser.add_argument("--state", type=Path, default=default_state_dir(), help="state folder")
    parser.add_argument(
        "--until-stdin-ends", action="store_true", help="stop when whoever started this closes the pipe"
    )
    options = parser.parse_args()
    found = isolation.credentials(os.environ)
    if found:
        print(isolation.explain(found), file=sys.stderr)
        return CREDENTIALS_FOUND
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    state_dir = options.state.expanduser().resolve()
    try:
        claim(state_dir)
        with (state_dir / "lock").open("wb") as lock:
            if not lock_folder(lock, state_dir):
                print(f"a local SageMaker runs already on {state_dir}", file=sys.stderr)
                return FOLDER_IN_USE
            isolation.seclude(state_dir)
            health = {
                "service": "local SageMaker",
                "state_dir": str(state_dir),
                "pid": os.getpid(),
                "outlives": not options.until_stdin_ends,
            }
            serve(state_dir, options.port, health, stop_event(until_stdin_ends=options.until_stdin_ends))
    except (ServerError, StateBroken) as error:
        print(error, file=sys.stderr)
        return 1
    except (OSError, sqlite3.OperationalError) as error:  # a full disk, a lack of rights
        print(f"the local SageMaker cannot use its state folder {state_dir}: {error}", file=sys.stderr)
        return 1
    return 0


def lock_folder(lock: IO[str], state_dir: Path) -> bool:
    """Take the state folder's lock; False when another server has it and answers.

    One that has it and does not answer is on its way up or down, so it is waited for.
    """
    deadline = time.monotonic() + START_SECONDS
    while not try_lock(lock):
        if running(state_dir) or time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def stop_event(*, until_stdin_ends: bool) -> threading.Event:
    """What SIGTERM, Ctrl-C, and the end of standard input if that is asked for, will set."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())

    def listen() -> None:
        while os.read(0, 1024):  # not sys.stdin: Python would wait for its lock when this process ends
            pass
        stop.set()

    if until_stdin_ends:
        threading.Thread(target=listen, daemon=True).start()
    return stop


def serve(state_dir: Path, port: int, health: dict[str, Any], stop: threading.Event) -> None:
    """Answer requests until ``stop`` is set, then end jobs and endpoints."""
    # Imported here: moto reads its settings from the environment, which has just been put in order.
    from course_utils.local_aws.account import DEFAULT_REGION, default_bucket
    from course_utils.local_aws.app import App
    from course_utils.local_aws.platform import Platform
    from course_utils.local_aws.recovery import recover

    for folder in ("jobs", "endpoints", "transforms"):  # left behind by a server that was killed
        shutil.rmtree(state_dir / folder, ignore_errors=True)
    remembered, note = state_dir / "port", state_dir / "server.json"
    http = listen(port, remembered)
    remembered.write_text(str(http.port), "utf-8")
    platform = Platform(state_dir)
    platform.objects.create_bucket(default_bucket(DEFAULT_REGION), DEFAULT_REGION)
    recover(platform)
    http.app = App(platform, health)
    threading.Thread(target=http.serve_forever, args=(0.05,), daemon=True).start()
    draft = note.with_name("server.json.new")
    draft.write_text(json.dumps({"pid": os.getpid(), "port": http.port}), "utf-8")
    draft.replace(note)  # from now on the server is found
    print(f"local SageMaker at http://127.0.0.1:{http.port}", flush=True)
    threading.Thread(target=platform.iam.wake, daemon=True).start()  # before the first job asks for its role
    while not stop.wait(1):  # in steps, because Windows lets no Ctrl-C into an endless wait
        pass
    note.unlink(missing_ok=True)
    http.shutdown()
    http.server_close()
    platform.shut_down()


def listen(port: int, remembered: Path) -> Server:
    """Bind ``port``; or else (0) last time's port, which older clients know, or any free one.

    Raises
    ------
    ServerError
        When the port that was asked for is not to be had.
    """
    from course_utils.local_aws.http_server import bind

    if port:
        try:
            return bind(port)
        except (OSError, OverflowError) as error:
            raise ServerError(f"port {port} cannot be used ({error}). Choose another, or none.") from error
    try:
        return bind(int(remembered.read_text("utf-8")))
    except (OSError, ValueError, OverflowError):
        return bind(0)


def try_lock(file: IO[str]) -> bool:
    """Take the state folder's lock; the system lets go of it when this process ends, however it ends."""
    try:
        if os.name == "posix":
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        else:
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    except (BlockingIOError, PermissionError):  # what each system says of a lock that is taken
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
