"""A tiny model server that keeps SageMaker's container contract and does as its variables and bodies say.

``MEET=3``: a request is answered once three are there at a time. ``PARAMETERS``: what
``/execution-parameters`` answers. ``BOOT=exit``: it ends at once; ``BOOT=once``: it does so from its second
start on. ``GATE``: it serves when there is a file of that name. Bodies: see ``do_POST``.
"""

import json
import os
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

MEETING = threading.Barrier(int(os.environ.get("MEET", "1")), timeout=5)
FAULTS = {"left": 2}


def await_file(name: str) -> None:
    while not Path(name).exists():
        time.sleep(0.01)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1

    def do_GET(self) -> None:
        if self.path == "/execution-parameters" and "PARAMETERS" in os.environ:
            self.reply(200, os.environ["PARAMETERS"].encode())
        else:
            self.reply(200 if self.path == "/ping" else 404, b"")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        try:
            MEETING.wait()
        except threading.BrokenBarrierError:
            self.reply(500, b"alone")
            return
        if b"crash" in body:
            os._exit(3)
        if b"wait" in body:
            time.sleep(600)
        if body.startswith(b"hold "):
            folder = body.removeprefix(b"hold ").decode()
            Path(folder, "held").touch()
            await_file(f"{folder}/go")
            self.reply(200, b"held")
            return
        if b"refuse" in body:
            self.reply(400, b"unable to evaluate\npayload provided", "it%20says%20refuse")
        elif b"fault" in body and FAULTS["left"]:
            FAULTS["left"] -= 1
            self.reply(500, b"an accident")
        elif b"score" in body:  # a score for every line
            lines = b"".join(b'{"score":%d}\n' % len(line) for line in body.splitlines())
            self.reply(200, lines)
        elif b"who" in body:
            model = {path.name: path.read_text() for path in Path("model").rglob("*") if path.is_file()}
            who = {"pid": os.getpid(), "name": os.environ.get("NAME"), "model": model}
            self.reply(200, json.dumps(who).encode())
        else:
            kinds = f"{self.headers.get('Content-Type')} {self.headers.get('Accept')} ".encode()
            self.reply(200, b"<" + (kinds if b"kinds" in body else b"") + body.rstrip(b"\n") + b">")

    def reply(self, status: int, body: bytes, hint: str = "") -> None:
        self.send_response(status)
        if hint:
            self.send_header("X-Hint", hint)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_) -> None:
        pass


if __name__ == "__main__":
    print(
        json.dumps({name: value for name, value in os.environ.items() if "BATCH" in name or "MAX_" in name})
    )
    second = Path("booted").exists()
    Path("booted").touch()
    if os.environ.get("BOOT") == "exit" or (second and os.environ.get("BOOT") == "once"):
        sys.exit("no such model")
    if "GATE" in os.environ:
        await_file(os.environ["GATE"])
    ThreadingHTTPServer(("127.0.0.1", int(os.environ["SAGEMAKER_BIND_TO_PORT"])), Handler).serve_forever()
