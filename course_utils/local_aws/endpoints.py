"""Endpoints: Create, Describe, Delete, List, and the life of their serving processes."""

from __future__ import annotations

import logging
import random
import shutil
import threading
import time
from typing import Any

from course_utils.local_aws import texts
from course_utils.local_aws.account import sagemaker_arn
from course_utils.local_aws.images import Image
from course_utils.local_aws.listing import page
from course_utils.local_aws.logs import LogStream
from course_utils.local_aws.models import CONFIG, MODEL, create, find
from course_utils.local_aws.platform import Platform
from course_utils.local_aws.serving import ServingProcess
from course_utils.local_aws.state import Record, now
from course_utils.local_aws.storage import StorageError, unpack

KIND = "endpoint"

_WATCH_SECONDS = 0.5
_log = logging.getLogger(__name__)


def log_group(endpoint: str) -> str:
    return f"/aws/sagemaker/Endpoints/{endpoint}"


class Refused(Exception):
    """An endpoint cannot come up; the text is its FailureReason."""


class RunningEndpoint:
    """The serving processes of one endpoint.

    Parameters
    ----------
    platform : Platform
    region, name : str
        Which endpoint.
    config : dict
        Its endpoint configuration; one process is started for each variant.
    models : dict
        The variants' models as they were when the endpoint was made, by variant name.
    """

    def __init__(
        self, platform: Platform, region: str, name: str, config: Record, models: dict[str, Record]
    ) -> None:
        self.region, self.name = region, name
        self._platform, self._models = platform, models
        self._root = platform.state_dir / "endpoints" / region / name
        self._weights = {
            each["VariantName"]: each["InitialVariantWeight"] for each in config["ProductionVariants"]
        }
        self._processes: dict[str, ServingProcess] = {}
        self._logs: dict[str, LogStream] = {}
        self._cancelled = threading.Event()
        self._thread = threading.Thread(target=self._come_up, name=f"endpoint {name}", daemon=True)

    def start(self) -> None:
        self._platform.running[KIND, self.region, self.name] = self
        self._thread.start()

    def pick(self, wanted: str | None) -> tuple[str, ServingProcess, LogStream] | None:
        """The variant to ask: ``wanted``, or one drawn by weight; None when there is none of that name."""
        names = list(self._processes)
        if wanted is None:
            weights = [self._weights[name] for name in names]
            wanted = (
                names[0] if len(names) == 1 else random.choices(names, weights if any(weights) else None)[0]
            )
        return (wanted, self._processes[wanted], self._logs[wanted]) if wanted in self._processes else None

    def delete(self) -> None:
        """Stop everything and forget the endpoint, in the background."""
        threading.Thread(target=self._take_down, daemon=True).start()

    def shut_down(self) -> None:
        """The server ends: stop everything at once."""
        self._stop(grace=0)

    def _come_up(self) -> None:
        try:
            for variant in self._models:
                self._fetch(variant)
                if not self._launch(variant):
                    self._processes[variant].stop(grace=0)  # after that its log is whole
                    raise Refused(texts.ping_failed(variant, self._logs[variant].last_line))
            self._set(EndpointStatus="InService")
            self._watch()
        except Refused as refusal:
            if self._cancelled.is_set():
                return  # it was deleted, or the server ends: no fault of the endpoint
            self._stop(grace=0)
            self._set(EndpointStatus="Failed", FailureReason=str(refusal))
        except Exception as fault:  # an endpoint must not stay in Creating for ever
            _log.exception("endpoint %s", self.name)
            self._stop(grace=0)
            self._set(
                EndpointStatus="Failed", FailureReason=texts.local_fault(f"{type(fault).__name__}: {fault}")
            )

    def _watch(self) -> None:
        """Start a container again that has died, as AWS does; until then its callers get a ModelError."""
        while not self._cancelled.wait(_WATCH_SECONDS):
            for variant, process in list(self._processes.items()):
                if not process.running and not self._cancelled.is_set():
                    process.stop(grace=0)
                    self._logs[variant].close()
                    self._launch(variant)

    def _fetch(self, variant: str) -> None:
        """Unpack the variant's artefact into its ``/opt/ml/model``."""
        root = self._root / variant
        shutil.rmtree(root, ignore_errors=True)
        (root / "model").mkdir(parents=True)
        uri = self._models[variant]["PrimaryContainer"].get("ModelDataUrl")
        if uri is None:
            return
        archive = root / "model.tar.gz"
        try:
            self._platform.storage.download(uri, archive)
            unpack(archive, root / "model")
        except StorageError as error:
            raise Refused(texts.model_data_broken(uri, str(error))) from error
        archive.unlink()

    def _launch(self, variant: str) -> bool:
        """Start the variant's container; returns whether it became healthy."""
        container = self._models[variant]["PrimaryContainer"]
        image: Image = self._platform.images.find(container["Image"])
        stream = f"{variant}/i-{int(time.time() * 1000):017x}"
        log = self._logs[variant] = self._platform.log_stream(self.region, log_group(self.name), stream)
        environment = {"AWS_REGION": self.region, **container.get("Environment", {})}
        process = ServingProcess(image, self._root / variant, environment, log.write)
        self._processes[variant] = process
        return process.wait_until_healthy(self._cancelled)

    def _take_down(self) -> None:
        self._stop()
        self._platform.running.pop((KIND, self.region, self.name), None)
        self._platform.registry.remove(KIND, self.region, self.name)
        self._platform.registry.untag(sagemaker_arn(self.region, KIND, self.name))

    def _stop(self, **grace: float) -> None:
        self._cancelled.set()
        if threading.current_thread() is not self._thread:
            self._thread.join(timeout=5)
        for process in list(self._processes.values()):
            process.stop(**grace)
        for log in list(self._logs.values()):
            log.close()
        shutil.rmtree(self._root, ignore_errors=True)

    def _set(self, **members: Any) -> None:
        def change(endpoint: Record) -> None:
            if endpoint["EndpointStatus"] != "Deleting":
                endpoint.update(members)

        self._platform.registry.change(KIND, self.region, self.name, change)


def create_endpoint(platform: Platform, region: str, request: dict[str, Any]) -> dict[str, Any]:
    name = request["EndpointName"]
    config = find(platform, region, CONFIG, request["EndpointConfigName"])
    variants = config["ProductionVariants"]
    models = {each["VariantName"]: find(platform, region, MODEL, each["ModelName"]) for each in variants}
    arn = sagemaker_arn(region, KIND, name)
    record = {
        **request,
        "EndpointArn": arn,
        "EndpointStatus": "Creating",
        "ProductionVariants": [_summary(each, models[each["VariantName"]]) for each in variants],
        "_Config": config,  # as they were now: they may be deleted, and the endpoint serves on
        "_Models": models,
    }
    create(platform, region, KIND, name, record, request.get("Tags", []))
    RunningEndpoint(platform, region, name, config, models).start()
    return {"EndpointArn": arn}


def recover(platform: Platform) -> None:
    """Bring up again what an earlier server had served, and forget what it was about to delete."""
    for region, name, endpoint in platform.registry.everywhere(KIND):
        status = endpoint["EndpointStatus"]
        if status == "Deleting":
            platform.registry.remove(KIND, region, name)
            platform.registry.untag(endpoint["EndpointArn"])
        elif status != "Failed":
            if status == "InService":
                platform.registry.change(KIND, region, name, _await_maintenance)
            RunningEndpoint(platform, region, name, endpoint["_Config"], endpoint["_Models"]).start()


def _await_maintenance(endpoint: Record) -> None:
    endpoint["EndpointStatus"] = "SystemUpdating"  # what AWS calls maintenance of its own


def _summary(variant: dict[str, Any], model: Record) -> dict[str, Any]:
    """A variant as DescribeEndpoint shows it."""
    image, count = model["PrimaryContainer"]["Image"], variant.get("InitialInstanceCount")
    weight = variant["InitialVariantWeight"]
    return {
        "VariantName": variant["VariantName"],
        "DeployedImages": [{"SpecifiedImage": image, "ResolvedImage": image, "ResolutionTime": now()}],
        "CurrentWeight": weight,
        "DesiredWeight": weight,
        "CurrentInstanceCount": count,
        "DesiredInstanceCount": count,
        "CurrentServerlessConfig": variant.get("ServerlessConfig"),
    }


def describe_endpoint(platform: Platform, region: str, request: dict[str, Any]) -> dict[str, Any]:
    return find(platform, region, KIND, request["EndpointName"])


def delete_endpoint(platform: Platform, region: str, request: dict[str, Any]) -> dict[str, Any]:
    name = request["EndpointName"]
    find(platform, region, KIND, name)
    first = []

    def mark(endpoint: Record) -> None:
        first.append(endpoint["EndpointStatus"] != "Deleting")
        endpoint["EndpointStatus"] = "Deleting"

    platform.registry.change(KIND, region, name, mark)
    running = platform.running.get((KIND, region, name))
    if running is not None and any(first):
        running.delete()
    return {}


def list_endpoints(platform: Platform, region: str, request: dict[str, Any]) -> dict[str, Any]:
    records = platform.registry.all(KIND, region)
    records, token = page(records, request, name="EndpointName", status="EndpointStatus")
    return {"Endpoints": records, **token}


OPERATIONS = {
    "CreateEndpoint": create_endpoint,
    "DescribeEndpoint": describe_endpoint,
    "DeleteEndpoint": delete_endpoint,
    "ListEndpoints": list_endpoints,
}
