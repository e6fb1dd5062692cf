"""Run the local SageMaker in the foreground: ``python -m course_utils.local_aws --port 5055``."""

from __future__ import annotations

import argparse
import json
import logging
import os
import signal
import sys
import threading
from pathlib import Path
from typing import IO, TYPE_CHECKING

from course_utils.local_aws.server import FOLDER_IN_USE, default_state_dir

if TYPE_CHECKING:
    from werkzeug.serving import BaseWSGIServer

    from course_utils.local_aws.platform import Platform


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m course_utils.local_aws", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0: last time's port if free, else any free one")
    parser.add_argument("--state", type=Path, default=default_state_dir(), help="state folder")
    options = parser.parse_args()
    forget_aws()
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    state_dir = options.state.expanduser().resolve()
    state_dir.mkdir(parents=True, exist_ok=True)
    with (state_dir / "lock").open("w") as lock:
        if not try_lock(lock):
            print(f"a local SageMaker runs already on {state_dir}", file=sys.stderr)
            return FOLDER_IN_USE
        serve(state_dir, options.port)
    return 0


def serve(state_dir: Path, port: int) -> None:
    """Answer requests until SIGTERM or Ctrl-C."""
    # Imported here: moto reads its settings from the environment, which has just been put in order.
    from course_utils.local_aws.app import App
    from course_utils.local_aws.http_server import bind
    from course_utils.local_aws.platform import Platform

    remembered = state_dir / "port"
    try:
        http = bind(port or int(remembered.read_text()))
    except (OSError, ValueError):
        http = bind(port)
    url = f"http://127.0.0.1:{http.port}"
    platform = Platform(state_dir, url)
    http.app = App(platform, {"service": "local SageMaker", "state_dir": str(state_dir), "pid": os.getpid()})
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: threading.Thread(target=wind_down, args=(platform, http)).start())
    threading.Thread(target=furnish, args=(platform, state_dir, http.port), daemon=True).start()
    remembered.write_text(str(http.port))
    http.serve_forever(poll_interval=0.05)


def wind_down(platform: Platform, http: BaseWSGIServer) -> None:
    """End jobs and endpoints while their last log lines can still be stored, then the server."""
    (platform.state_dir / "server.json").unlink(missing_ok=True)
    platform.shut_down()
    http.shutdown()


def furnish(platform: Platform, state_dir: Path, port: int) -> None:
    """Make what an AWS account has from the start, then tell the world where the server is."""
    from course_utils.local_aws.account import DEFAULT_REGION, ROLE_NAME, default_bucket

    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "sagemaker.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
    platform.client("iam").create_role(RoleName=ROLE_NAME, AssumeRolePolicyDocument=json.dumps(trust))
    platform.client("s3").create_bucket(Bucket=default_bucket(DEFAULT_REGION))
    draft = state_dir / "server.json.new"
    draft.write_text(json.dumps({"pid": os.getpid(), "port": port}))
    draft.replace(state_dir / "server.json")
    print(f"local SageMaker at http://127.0.0.1:{port}", flush=True)


def forget_aws() -> None:
    """Nothing of the learner's AWS set-up or proxies may matter in this process."""
    for name in list(os.environ):
        if name.startswith(("AWS_", "BOTO", "SAGEMAKER_")) or name.lower().endswith("_proxy"):
            del os.environ[name]
    os.environ.update(
        AWS_CONFIG_FILE=os.devnull,
        AWS_SHARED_CREDENTIALS_FILE=os.devnull,
        AWS_EC2_METADATA_DISABLED="true",
        MOTO_DISABLE_GLOBAL_CORS="true",  # no web page may read what is here
    )


def try_lock(file: IO[str]) -> bool:
    """Take the state folder's lock; the system lets go of it when this process ends, however it ends."""
    try:
        if os.name == "posix":
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        else:
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    except OSError:
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
