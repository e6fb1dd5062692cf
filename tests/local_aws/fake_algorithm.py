"""A tiny algorithm that keeps SageMaker's container contract, for tests of the platform itself.

``train`` obeys hyperparameters (``lines``, ``curve``, ``sleep``, ``fail``, ``exit`` …); ``serve`` echoes what
it was sent.
"""

import hashlib
import json
import os
import signal
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ROOT = Path(os.environ["SAGEMAKER_BASE_DIR"])


def train() -> int:
    settings = json.loads((ROOT / "input/config/hyperparameters.json").read_text())
    signal.signal(signal.SIGTERM, lambda *_: (print("got SIGTERM", flush=True), save(), sys.exit(0)))
    channels = json.loads((ROOT / "input/config/inputdataconfig.json").read_text())
    hosts = json.loads((ROOT / "input/config/resourceconfig.json").read_text())
    if len(hosts["hosts"]) > 1:
        print(f"{hosts['current_host']} of {hosts['hosts']}", flush=True)
    for name, channel in channels.items():
        if channel["TrainingInputMode"] == "Pipe":
            read_pipes(name, int(settings.get("epochs", "1")), int(settings.get("enough", "-1")))
        for path in sorted((ROOT / "input/data" / name).rglob("*")):
            if path.is_file():
                print(
                    f"{name}: {path.relative_to(ROOT / 'input/data' / name)} {path.stat().st_size}",
                    flush=True,
                )
    secrets = [name for name in os.environ if "SECRET" in name or "ACCESS_KEY" in name]
    print(
        f"secrets: {secrets} seed: {os.environ.get('FM_SEED')} job: {os.environ['TRAINING_JOB_NAME']}",
        flush=True,
    )
    if "noise" in settings:
        print(settings["noise"], flush=True)
    for number in range(int(settings.get("lines", "1"))):
        print(f"\tstep={number} score={number / 10}", flush=True)
    if settings.get("child"):
        import subprocess

        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        print(f"child: {child.pid}", flush=True)
    for value in settings.get("curve", "").split():
        print(f"loss={value}", flush=True)
        time.sleep(600 if value == "wait" else 0)
    print("ready", flush=True)
    time.sleep(float(settings.get("sleep", "0")))
    if settings.get("broken-host", hosts["current_host"]) != hosts["current_host"]:
        time.sleep(600)
    if "fail" in settings:
        (ROOT / "output/failure").write_text(settings["fail"])
    if "extra" in settings:
        (ROOT / "output/data/extra.txt").write_text(settings["extra"])
    if settings.get("exit") == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    if "checkpoint" in settings:
        print("checkpoints: ", sorted(path.name for path in (ROOT / "checkpoints").iterdir()), flush=True)
        (ROOT / "checkpoints" / settings["checkpoint"]).write_text("1")
    if "on-every-host" in settings:
        (ROOT / "model" / hosts["current_host"]).write_text(hosts["current_host"])
    if int(settings.get("exit", "0")) == 0:
        save()
    return int(settings.get("exit", "0"))


def read_pipes(name: str, epochs: int, enough: int) -> None:
    """Tell what flows through each epoch's pipe; close it after ``enough`` bytes (-1: at its end)."""
    for epoch in range(epochs):
        with open(ROOT / "input/data" / f"{name}_{epoch}", "rb") as pipe:
            data = pipe.read(enough)
        print(f"{name}_{epoch}: {len(data)} {hashlib.sha256(data).hexdigest()}", flush=True)


def save() -> None:
    (ROOT / "model/weights").write_text("42")


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one packet: apart, they would cost 40 ms (Nagle against delayed ACK)

    def do_GET(self) -> None:
        self.reply(200 if self.path == "/ping" else 404, b"")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"] or 0))
        if body == b"die":
            os._exit(3)
        if body == b"refuse":
            self.reply(400, b"unable to evaluate payload provided", "gr%C3%BCn%20is%20no%20number")
        elif body == b"who":
            self.reply(200, f"{os.getpid()} {(ROOT / 'model/weights').read_text()}".encode())
        else:
            kind = self.headers.get("Content-Type", "none")
            self.reply(200, kind.encode() + b"|" + self.headers.get("Accept", "none").encode() + b"|" + body)

    def reply(self, status: int, body: bytes, hint: str = "") -> None:
        self.send_response(status)
        if hint:
            self.send_header("X-Hint", hint)
        self.send_header("Content-Type", "application/x-echo")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def serve() -> int:
    if not (ROOT / "model/weights").is_file():
        print("no weights", flush=True)
        return 1
    print("serving", flush=True)
    ThreadingHTTPServer(("127.0.0.1", int(os.environ["SAGEMAKER_BIND_TO_PORT"])), Handler).serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit({"train": train, "serve": serve}[sys.argv[1]]())
