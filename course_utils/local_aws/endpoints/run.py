"""The life of one endpoint: it comes up, is updated, serves, goes away.

Everything that a life needs to go on after a restart stands in the endpoint's record, in members that no
reply shows: ``_Config`` (its configuration as it was when the endpoint took it, because it may be deleted and
the endpoint serves on; with the counts and weights that hold now), ``_Models`` (the same of the models, by
variant) and ``_Update`` (what UpdateEndpoint has promised).
"""

from __future__ import annotations

import logging
import shutil
import threading
from collections.abc import Callable

from course_utils.local_aws import texts
from course_utils.local_aws.account import sagemaker_arn
from course_utils.local_aws.endpoints.fleet import Fleet, Refused
from course_utils.local_aws.endpoints.serving import ServingProcess
from course_utils.local_aws.logs.stream import LogStream
from course_utils.local_aws.platform import Platform
from course_utils.local_aws.state import Record, now

KIND = "endpoint"
_log = logging.getLogger(__name__)


class RunningEndpoint:
    """The fleets of one endpoint: the one that serves, and during an update the next one.

    Parameters
    ----------
    platform : Platform
    region, name : str
        Which endpoint; its record exists.
    """

    def __init__(self, platform: Platform, region: str, name: str) -> None:
        self.region, self.name = region, name
        self._platform = platform
        self._root = platform.state_dir / "endpoints" / region / name
        self._serving: Fleet | None = None
        self._fleets: list[Fleet] = []
        self._lock = threading.Lock()
        self._cancelled = False

    @property
    def serving(self) -> bool:
        """Whether it answers: from the first time that it is up until it is deleted."""
        return self._serving is not None

    @property
    def variants(self) -> list[str]:
        """Names of the variants that answer."""
        fleet = self._serving
        return fleet.variants if fleet else []

    def pick(self, wanted: str | None) -> tuple[str, ServingProcess, LogStream] | None:
        """Variant, container and log to use for a request; None when there is no variant ``wanted``."""
        fleet = self._serving
        return fleet.pick(wanted) if fleet else None

    def start(self) -> None:
        """Come up, in the background."""
        self._platform.running[KIND, self.region, self.name] = self
        self._in_background(self._come_up)

    def update(self) -> None:
        """Do what the record's ``_Update`` says, in the background."""
        self._in_background(self._update)

    def delete(self) -> None:
        """Stop everything and forget the endpoint, in the background."""
        self._in_background(self._take_down)

    def shut_down(self) -> None:
        """The server ends: stop everything at once."""
        self._stop(grace=0)

    # --- in the background ----------------------------------------------------------------------------------

    def _come_up(self) -> None:
        endpoint = self._record()
        fleet = self._try(lambda: self._launched(endpoint["_Config"], endpoint["_Models"]), "Failed")
        if fleet is None:
            return
        self._serving = fleet
        if "_Update" in endpoint:  # promised before a restart
            self._set(_change_status, "Updating")
            self._update()
        else:
            self._set(_change_status, "InService")

    def _update(self) -> None:
        promised, old = self._record()["_Update"], self._serving
        if promised["Models"] is None:
            variants = promised["Config"]["ProductionVariants"]
            if self._try(lambda: old.resize(variants) or old, "InService"):
                self._set(_keep_promise)
            return
        fleet = self._try(lambda: self._launched(promised["Config"], promised["Models"]), "InService")
        if fleet is not None:
            self._serving = fleet
            self._set(_keep_promise)
            old.retire()
            self._fleets.remove(old)

    def _take_down(self) -> None:
        self._stop()
        self._platform.running.pop((KIND, self.region, self.name), None)
        self._platform.registry.remove(KIND, self.region, self.name)
        self._platform.registry.untag(sagemaker_arn(self.region, KIND, self.name))

    # --- steps ----------------------------------------------------------------------------------------------

    def _launched(self, config: Record, models: dict[str, Record]) -> Fleet:
        """A new fleet that answers; what cannot come up is gone when this raises Refused."""
        fleet = Fleet(self._platform, self.region, self.name, config, models, self._root)
        with self._lock:
            if self._cancelled:
                raise Refused("")
            self._fleets.append(fleet)
        try:
            fleet.come_up()
        except BaseException:
            fleet.stop(grace=0)
            raise
        return fleet

    def _try(self, step: Callable[[], Fleet], status_after_failure: str) -> Fleet | None:
        """Do something; when it cannot be done, say why in the record and return None."""
        try:
            return step()
        except Refused as refusal:
            reason = str(refusal)
        except Exception as fault:  # an endpoint must not stay in Creating or Updating for ever
            _log.exception("endpoint %s", self.name)
            reason = texts.local_fault(f"{type(fault).__name__}: {fault}")
        if not self._cancelled:  # if so, it was deleted, or the server ends: no fault of the endpoint
            self._set(_give_up, status_after_failure, reason)
        return None

    def _stop(self, **grace: float) -> None:
        with self._lock:
            self._cancelled = True
            self._serving = None
            fleets = list(self._fleets)
        for fleet in fleets:
            fleet.stop(**grace)
        shutil.rmtree(self._root, ignore_errors=True)

    def _in_background(self, work: Callable[[], None]) -> None:
        threading.Thread(target=work, name=f"endpoint {self.name}", daemon=True).start()

    def _record(self) -> Record:
        return self._platform.registry.get(KIND, self.region, self.name)

    def _set(self, change: Callable[..., None], *values: str) -> None:
        def unless_deleted(endpoint: Record) -> None:
            if endpoint["EndpointStatus"] != "Deleting":
                change(endpoint, *values)

        self._platform.registry.change(KIND, self.region, self.name, unless_deleted)


# --- changes of the record ----------------------------------------------------------------------------------


def summaries(config: Record, models: dict[str, Record], now_there: Record | None = None) -> list[Record]:
    """Variants as DescribeEndpoint shows them; ``now_there``: what holds until the configuration does."""
    current = {each["VariantName"]: each for each in (now_there or config)["ProductionVariants"]}
    shown = []
    for variant in config["ProductionVariants"]:
        name = variant["VariantName"]
        image, there = models[name]["PrimaryContainer"]["Image"], current.get(name, variant)
        shown.append(
            {
                "VariantName": name,
                "DeployedImages": [
                    {"SpecifiedImage": image, "ResolvedImage": image, "ResolutionTime": now()}
                ],
                "CurrentWeight": there["InitialVariantWeight"],
                "DesiredWeight": variant["InitialVariantWeight"],
                "CurrentInstanceCount": there.get("InitialInstanceCount"),
                "DesiredInstanceCount": variant.get("InitialInstanceCount"),
                "CurrentServerlessConfig": variant.get("ServerlessConfig"),
            }
        )
    return shown


def promise(endpoint: Record, config: Record, models: dict[str, Record] | None) -> None:
    """Begin an update to another configuration or (``models`` is None) to other counts and weights."""
    endpoint["EndpointStatus"] = "Updating"
    endpoint["_Update"] = {"Config": config, "Models": models}
    if models is None:
        endpoint["ProductionVariants"] = summaries(config, endpoint["_Models"], endpoint["_Config"])
    else:
        endpoint["PendingDeploymentSummary"] = {
            "EndpointConfigName": config["EndpointConfigName"],
            "ProductionVariants": summaries(config, models),
            "StartTime": now(),
        }


def _keep_promise(endpoint: Record) -> None:
    update = endpoint.pop("_Update")
    endpoint.pop("PendingDeploymentSummary", None)
    endpoint.pop("FailureReason", None)
    endpoint["_Config"] = update["Config"]
    endpoint["_Models"] = update["Models"] or endpoint["_Models"]
    endpoint["EndpointConfigName"] = update["Config"]["EndpointConfigName"]
    endpoint["ProductionVariants"] = summaries(endpoint["_Config"], endpoint["_Models"])
    endpoint["EndpointStatus"] = "InService"


def _give_up(endpoint: Record, status: str, reason: str) -> None:
    endpoint.pop("_Update", None)
    endpoint.pop("PendingDeploymentSummary", None)
    endpoint["ProductionVariants"] = summaries(endpoint["_Config"], endpoint["_Models"])
    endpoint.update(EndpointStatus=status, FailureReason=reason)


def _change_status(endpoint: Record, status: str) -> None:
    endpoint["EndpointStatus"] = status
