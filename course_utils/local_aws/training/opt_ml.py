"""The ``/opt/ml`` of a training container: what the program finds there, and what it leaves there."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from course_utils.local_aws.containers.container import OPT_ML, write_config
from course_utils.local_aws.state import Record
from course_utils.local_aws.training import channels

REASON_LENGTH = 1024


def lay_out(root: Path, host: str, hosts: list[str], job: Record) -> None:
    """Make folders and configuration for one of ``hosts``, as the container contract describes them."""
    for folder in ("input/config", "input/data", "model", "output/data", "code"):
        (root / folder).mkdir(parents=True)
    # in alphabetical order, in which real logs print them
    write_config(root, "hyperparameters", dict(sorted(job.get("HyperParameters", {}).items())))
    write_config(
        root,
        "inputdataconfig",
        {each["ChannelName"]: channels.channel_config(each, job) for each in job.get("InputDataConfig", [])},
    )
    instance = job["ResourceConfig"]["InstanceType"]
    group = {"instance_group_name": "homogeneousCluster", "instance_type": instance, "hosts": hosts}
    write_config(
        root,
        "resourceconfig",
        {
            "current_host": host,
            "current_instance_type": instance,
            "current_group_name": "homogeneousCluster",
            "hosts": hosts,
            "instance_groups": [group],
            "network_interface_name": "lo",
        },
    )


def checkpoint_folder(job: Record) -> PurePosixPath:
    """Where the program finds and leaves checkpoints, below its ``/opt/ml``.

    Raises
    ------
    ValueError
        When that is no folder below ``/opt/ml``.
    """
    path = PurePosixPath(job["CheckpointConfig"].get("LocalPath") or f"{OPT_ML}/checkpoints")
    folder = path.relative_to(OPT_ML)
    if not folder.parts or ".." in folder.parts:
        raise ValueError(f"{path} is no folder below {OPT_ML}")
    return folder


def add_files(source: Path, target: Path) -> None:
    """Move files to where ``target`` has none of their name."""
    for path in sorted(source.rglob("*")):
        place = target / path.relative_to(source)
        if path.is_file() and not place.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            path.rename(place)


_FAULTS = {2: "ClientError", 3: "InternalServerError"}
_PREFIXES = {
    "Customer Error": "ClientError",
    "Algorithm Error": "AlgorithmError",
    "Platform Error": "InternalServerError",
}


def failure_reason(root: Path, exit_status: int) -> str:
    """FailureReason of a program that ended with ``exit_status``.

    The first 1024 characters of ``output/failure`` are the reason; its prefix, or else the exit status (1
    algorithm, 2 customer, 3 platform), says whose fault it is.
    """
    file = root / "output" / "failure"
    text = ""
    if file.is_file():
        with file.open(encoding="utf-8", errors="replace") as stream:
            text = stream.read().strip().replace(str(root), OPT_ML)[:REASON_LENGTH]
    fault = _FAULTS.get(exit_status, "AlgorithmError")
    prefix, colon, rest = text.partition(":")
    if colon and prefix in _PREFIXES:
        fault, text = _PREFIXES[prefix], rest.strip()
    return f"{fault}: {text}, exit code: {exit_status}"
