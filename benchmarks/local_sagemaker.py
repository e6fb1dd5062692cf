"""How fast is the local SageMaker, and how much memory does it take? Its S3 beside moto's.

    python benchmarks/local_sagemaker.py                                  # ten minutes, 4 GB of disk
    python benchmarks/local_sagemaker.py --megabytes 64 --requests 1000   # a quick look

A server is started on a folder of its own; it serves a factorization machine with 10,000 columns and 16
factors, which is asked about one row with two non-zeros. boto3 clients in processes of their own take a good
part of the two cores, so the same requests are also sent over plain kept connections. moto's server is the
peer for objects: it keeps them in memory. Times are wall times, since several processes take part.

Memory is the resident set of a process; its peak (VmHWM) is known on Linux only.
"""

from __future__ import annotations

import argparse
import http.client
import json
import multiprocessing
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import median, quantiles
from typing import Any
from urllib.parse import urlsplit

import boto3
import numpy as np
import psutil
from report import Report, timed

from course_utils import artifact
from course_utils.fm.model import FMParameters
from course_utils.local_aws import server
from course_utils.local_aws.account import ROLE_ARN, default_bucket

BUCKET = default_bucket("us-east-1")
IMAGE = "382416733822.dkr.ecr.us-east-1.amazonaws.com/factorization-machines:1"
COLUMNS, FACTORS = 10_000, 16
ROW = json.dumps(
    {"instances": [{"data": {"features": {"keys": [17, 4711], "shape": [COLUMNS], "values": [1, 1]}}}]}
)
CLIENTS = 8
WARM = 200
RANGES, RANGE_BYTES = 50, 64 * 1024
SERVED_BY_MOTO = """
import time
from moto.server import ThreadedMotoServer
server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
server.start()
print("http://%s:%s" % server.get_host_and_port(), flush=True)
time.sleep(10**6)
"""
TARGETS = (
    "Targets: ready in 4 s, 5 ms at the median, 300 requests/s with 8 clients on two cores, flat memory."
)


def client(url: str, service: str) -> Any:
    session = boto3.session.Session("local", "local", region_name="us-east-1")
    return session.client(service, endpoint_url=url)


# --- starting -----------------------------------------------------------------------------------------------


def starts(folder: Path, rounds: int) -> Iterator[list]:
    """Seconds and memory of starts on an empty folder, and on one with history."""
    for name, fresh in (("on an empty folder", True), ("again", False)):
        seconds, memory = [], []
        for number in range(rounds):
            begun = time.perf_counter()
            started = server.start(folder / (f"{number}" if fresh else "0"))
            seconds.append(time.perf_counter() - begun)
            memory.append(megabytes(started.process))
            started.stop()
        yield [name, rounds, median(seconds), max(seconds), median(memory)]


def megabytes(process: psutil.Process) -> float:
    return process.memory_info().rss / 2**20


def peak_megabytes(process: psutil.Process) -> float | None:
    """The largest resident set since :func:`reset_peak`."""
    if sys.platform != "linux":
        return None
    for line in Path(f"/proc/{process.pid}/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    return None


def reset_peak(process: psutil.Process) -> None:
    if sys.platform == "linux":
        Path(f"/proc/{process.pid}/clear_refs").write_text("5")


# --- invoking -----------------------------------------------------------------------------------------------


def deploy(url: str, folder: Path) -> None:
    """An endpoint ``fm`` that answers."""
    rng = np.random.default_rng(0)
    w, V = rng.normal(size=COLUMNS), rng.normal(size=(COLUMNS, FACTORS))
    params = FMParameters(0.5, w.astype(np.float32), V.astype(np.float32), "regressor")
    artifact.save(folder / "model.tar.gz", params, {})
    client(url, "s3").upload_file(str(folder / "model.tar.gz"), BUCKET, "model.tar.gz")
    sagemaker = client(url, "sagemaker")
    sagemaker.create_model(
        ModelName="fm",
        ExecutionRoleArn=ROLE_ARN,
        PrimaryContainer={"Image": IMAGE, "ModelDataUrl": f"s3://{BUCKET}/model.tar.gz"},
    )
    variant = {
        "VariantName": "A",
        "ModelName": "fm",
        "InitialInstanceCount": 1,
        "InstanceType": "ml.m5.large",
    }
    sagemaker.create_endpoint_config(EndpointConfigName="fm", ProductionVariants=[variant])
    sagemaker.create_endpoint(EndpointName="fm", EndpointConfigName="fm")
    sagemaker.get_waiter("endpoint_in_service").wait(EndpointName="fm", WaiterConfig={"Delay": 1})


def by_boto3(url: str) -> Callable[[], object]:
    runtime = client(url, "sagemaker-runtime")
    return lambda: runtime.invoke_endpoint(EndpointName="fm", ContentType="application/json", Body=ROW)[
        "Body"
    ].read()


def by_hand(url: str) -> Callable[[], object]:
    """The same request without boto3, over one kept connection."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc)
    scope = "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/sagemaker/aws4_request, Signature=0"
    headers = {"Content-Type": "application/json", "Authorization": scope}

    def ask() -> bytes:
        connection.request("POST", "/endpoints/fm/invocations", ROW, headers)
        return connection.getresponse().read()

    return ask


def latencies(ask: Callable[[], object], requests: int) -> list[float]:
    """Milliseconds of each request, one after the other."""
    for _ in range(WARM):
        ask()
    seconds = []
    for _ in range(requests):
        begun = time.perf_counter()
        ask()
        seconds.append(time.perf_counter() - begun)
    return [1000 * each for each in seconds]


def work(url: str, requests: int, ready: Any, go: Any) -> None:
    """One of several boto3 clients, in a process of its own."""
    ask = by_boto3(url)
    ask()
    ready.release()
    go.wait()
    for _ in range(requests):
        ask()


def rate_of_processes(url: str, requests: int) -> float:
    """Requests a second of eight boto3 clients."""
    context = multiprocessing.get_context("spawn")
    ready, go = context.Semaphore(0), context.Event()
    workers = [
        context.Process(target=work, args=(url, requests // CLIENTS, ready, go)) for _ in range(CLIENTS)
    ]
    for worker in workers:
        worker.start()
    for _ in workers:
        ready.acquire()
    begun = time.perf_counter()
    go.set()
    for worker in workers:
        worker.join()
    return requests // CLIENTS * CLIENTS / (time.perf_counter() - begun)


def rate_of_threads(make: Callable[[str], Callable[[], object]], url: str, requests: int) -> float:
    """Requests a second of eight clients in threads of this process."""
    asks = [make(url) for _ in range(CLIENTS)]
    for ask in asks:
        ask()

    def run(ask: Callable[[], object]) -> None:
        for _ in range(requests // CLIENTS):
            ask()

    with ThreadPoolExecutor(CLIENTS) as pool:
        begun = time.perf_counter()
        list(pool.map(run, asks))
        return requests // CLIENTS * CLIENTS / (time.perf_counter() - begun)


def memory_over_requests(process: psutil.Process, url: str, requests: int) -> Iterator[list]:
    """Memory of the server and of the serving process while requests come in."""
    [serving] = [
        each
        for each in process.children(recursive=True)
        if "guard" not in " ".join(each.cmdline()) and each.cmdline()[-1:] == ["serve"]
    ]
    done = 0
    for share in (0.1, 0.25, 0.5, 1):
        rate_of_threads(by_hand, url, int(requests * share) - done)
        done = int(requests * share)
        yield [done, megabytes(process), megabytes(serving)]


# --- objects ------------------------------------------------------------------------------------------------


@contextmanager
def moto() -> Iterator[tuple[str, psutil.Process]]:
    """moto's own server: its address and its process."""
    process = subprocess.Popen(
        [sys.executable, "-c", SERVED_BY_MOTO], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        url = process.stdout.readline().strip()
        client(url, "s3").create_bucket(Bucket=BUCKET)
        yield url, psutil.Process(process.pid)
    finally:
        process.kill()
        process.wait()


def objects(contest: dict[str, tuple[str, psutil.Process]], file: Path) -> Iterator[list]:
    """Seconds and memory of what one does with a large object, for each server."""
    copy = file.with_name("copy")
    place = random.Random(0)
    size = file.stat().st_size
    starts = [place.randrange(size - RANGE_BYTES) for _ in range(RANGES)]

    def ranged(s3: Any) -> None:
        for start in starts:
            span = f"bytes={start}-{start + RANGE_BYTES - 1}"
            s3.get_object(Bucket=BUCKET, Key="big", Range=span)["Body"].read()

    actions: dict[str, Callable[[Any], object]] = {
        "upload_file (parts of 8 MB)": lambda s3: s3.upload_file(str(file), BUCKET, "big"),
        "download_file (parts of 8 MB)": lambda s3: s3.download_file(BUCKET, "big", str(copy)),
        "put_object (one piece)": lambda s3: s3.put_object(Bucket=BUCKET, Key="whole", Body=file.open("rb")),
        "get_object (one piece)": lambda s3: [
            None for _ in s3.get_object(Bucket=BUCKET, Key="whole")["Body"].iter_chunks(2**20)
        ],
        f"{RANGES} ranges of 64 KB": ranged,
    }
    clients = {name: client(url, "s3") for name, (url, _) in contest.items()}
    for action, act in actions.items():
        for _, process in contest.values():
            reset_peak(process)
        seconds = timed({name: partial(act, s3) for name, s3 in clients.items()}, 1, clock=time.perf_counter)
        ours, theirs = seconds["ours"][0], seconds["moto"][0]
        peaks = [peak_megabytes(process) for _, process in contest.values()]
        yield [action, ours, theirs, theirs / ours, *peaks]
    copy.unlink()


def write_random(path: Path, megabytes: int) -> Path:
    with path.open("wb") as stream:
        for _ in range(megabytes):
            stream.write(os.urandom(2**20))
    return path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--megabytes", type=int, default=1024, help="size of the large object")
    parser.add_argument("--requests", type=int, default=10_000, help="over which memory is watched")
    parser.add_argument("--starts", type=int, default=5)
    parser.add_argument("--save", action="store_true", help="write benchmarks/results/local_sagemaker.md")
    options = parser.parse_args()
    report = Report(
        "local_sagemaker", "The local SageMaker: start, invocations, memory, and objects beside moto."
    )
    report.text(TARGETS)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        report.table(
            "Ready",
            ["start", "times", "median s", "slowest s", "MB"],
            starts(folder / "starts", options.starts),
        )
        started = server.start(folder / "state", outlive=False)
        try:
            measure_invocations(report, started, folder, options.requests)
            file = write_random(folder / "file", options.megabytes)
            with moto() as peer:
                contest = {"ours": (started.url, started.process), "moto": peer}
                report.table(
                    f"An object of {options.megabytes:,} MB",
                    ["action", "ours s", "moto s", "moto/ours", "our peak MB", "moto's peak MB"],
                    objects(contest, file),
                )
        finally:
            started.stop()
    if options.save:
        report.save()


def measure_invocations(report: Report, started: server.Server, folder: Path, requests: int) -> None:
    deploy(started.url, folder)
    some = max(requests // 10, CLIENTS)

    def serial() -> Iterator[list]:
        for name, make in (("boto3", by_boto3), ("kept connection", by_hand)):
            times = latencies(make(started.url), some)
            yield [name, some, median(times), quantiles(times, n=20)[-1], max(times)]

    def parallel() -> Iterator[list]:
        yield ["boto3, 8 processes", rate_of_processes(started.url, 4 * some)]
        yield ["boto3, 8 threads of one process", rate_of_threads(by_boto3, started.url, 2 * some)]
        yield ["kept connections, 8 threads of one process", rate_of_threads(by_hand, started.url, 4 * some)]

    report.table(
        "InvokeEndpoint, one after the other",
        ["client", "requests", "median ms", "95 % ms", "slowest ms"],
        serial(),
    )
    report.table("InvokeEndpoint, 8 clients", ["clients", "requests/s"], parallel())
    report.table(
        "Memory",
        ["requests", "server MB", "serving process MB"],
        memory_over_requests(started.process, started.url, requests),
    )


if __name__ == "__main__":
    main()
