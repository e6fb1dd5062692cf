"""Endpoints as a client sees them: Create, Describe, Update, Delete and List."""

from __future__ import annotations

from typing import Any

from course_utils.local_aws import texts
from course_utils.local_aws.account import sagemaker_arn
from course_utils.local_aws.endpoints.fleet import instance_count
from course_utils.local_aws.endpoints.models import CONFIG, MODEL, create, find
from course_utils.local_aws.endpoints.run import KIND, RunningEndpoint, promise, summaries
from course_utils.local_aws.errors import validation
from course_utils.local_aws.listing import page
from course_utils.local_aws.platform import Platform
from course_utils.local_aws.quota import check_instances
from course_utils.local_aws.state import Record
from course_utils.local_aws.validation import fault, raise_faults


def create_endpoint(platform: Platform, region: str, request: dict[str, Any]) -> dict[str, Any]:
    name = request["EndpointName"]
    _check_deployment(request)
    config, models = _plan(platform, region, request["EndpointConfigName"])
    _check_counts(platform, config)
    arn = sagemaker_arn(region, KIND, name)
    record = {
        **request,
        "EndpointArn": arn,
        "EndpointStatus": "Creating",
        "ProductionVariants": summaries(config, models),
        "LastDeploymentConfig": request.get("DeploymentConfig"),
        "_Config": config,
        "_Models": models,
    }
    create(platform, region, KIND, name, record, request.get("Tags", []))
    RunningEndpoint(platform, region, name).start()
    return {"EndpointArn": arn}


def describe_endpoint(platform: Platform, region: str, request: dict[str, Any]) -> dict[str, Any]:
    return find(platform, region, KIND, request["EndpointName"])


def update_endpoint(platform: Platform, region: str, request: dict[str, Any]) -> dict[str, Any]:
    """Another configuration; the old one serves until the new one does, and on when that fails."""
    find(platform, region, KIND, request["EndpointName"])
    _check_deployment(request)
    config, models = _plan(platform, region, request["EndpointConfigName"])

    def begin(endpoint: Record) -> None:
        if request.get("RetainAllVariantProperties"):
            _retain(endpoint["_Config"], config, request.get("ExcludeRetainedVariantProperties", []))
        _check_counts(platform, config, endpoint)
        promise(endpoint, config, models)
        if "DeploymentConfig" in request:
            endpoint["LastDeploymentConfig"] = request["DeploymentConfig"]

    return _update(platform, region, request["EndpointName"], begin)


def update_endpoint_weights_and_capacities(
    platform: Platform, region: str, request: dict[str, Any]
) -> dict[str, Any]:
    wishes = request["DesiredWeightsAndCapacities"]
    find(platform, region, KIND, request["EndpointName"])
    for number, wish in enumerate(wishes, 1):
        if wish.get("ServerlessUpdateConfig"):
            raise validation(
                texts.feature_unsupported("ServerlessUpdateConfig", "Make a new endpoint configuration.")
            )
        if wish.get("DesiredInstanceCount") == 0:
            path = f"desiredWeightsAndCapacities.{number}.member.desiredInstanceCount"
            raise_faults([fault(0, path, "have value greater than or equal to 1")])

    def begin(endpoint: Record) -> None:
        config = {
            **endpoint["_Config"],
            "ProductionVariants": [{**each} for each in endpoint["_Config"]["ProductionVariants"]],
        }
        variants = {each["VariantName"]: each for each in config["ProductionVariants"]}
        for wish in wishes:
            if wish["VariantName"] not in variants:
                raise validation(texts.variant_unknown(wish["VariantName"], sorted(variants)))
            variant = variants[wish["VariantName"]]
            variant["InitialVariantWeight"] = wish.get("DesiredWeight", variant["InitialVariantWeight"])
            if "DesiredInstanceCount" in wish:
                variant["InitialInstanceCount"] = wish["DesiredInstanceCount"]
        _check_counts(platform, config, endpoint)
        promise(endpoint, config, None)

    return _update(platform, region, request["EndpointName"], begin)


def delete_endpoint(platform: Platform, region: str, request: dict[str, Any]) -> dict[str, Any]:
    """Only what is in no other change can be deleted: that is so on AWS, too."""
    name = request["EndpointName"]
    arn = find(platform, region, KIND, name)["EndpointArn"]

    def mark(endpoint: Record) -> None:
        status = endpoint["EndpointStatus"]
        if status not in ("InService", "Failed"):
            raise validation(texts.endpoint_not_updatable(arn, status))
        endpoint["EndpointStatus"] = "Deleting"

    platform.registry.change(KIND, region, name, mark)
    running = platform.running.get((KIND, region, name))
    if running is None:  # one that had failed before a restart
        _forget(platform, region, name, arn)
    else:
        running.delete()
    return {}


def list_endpoints(platform: Platform, region: str, request: dict[str, Any]) -> dict[str, Any]:
    records = platform.registry.all(KIND, region)
    records, token = page(records, request, name="EndpointName", status="EndpointStatus")
    return {"Endpoints": records, **token}


def recover(platform: Platform) -> None:
    """Bring up again what an earlier server had served, and forget what it was about to delete."""
    for region, name, endpoint in platform.registry.everywhere(KIND):
        status = endpoint["EndpointStatus"]
        if status == "Deleting":
            _forget(platform, region, name, endpoint["EndpointArn"])
        elif status != "Failed":
            if status != "Creating":
                platform.registry.change(KIND, region, name, _await_maintenance)
            RunningEndpoint(platform, region, name).start()


def _await_maintenance(endpoint: Record) -> None:
    endpoint["EndpointStatus"] = "SystemUpdating"  # what AWS calls maintenance of its own


def _forget(platform: Platform, region: str, name: str, arn: str) -> None:
    platform.registry.remove(KIND, region, name)
    platform.registry.untag(arn)


def _plan(platform: Platform, region: str, config_name: str) -> tuple[Record, dict[str, Record]]:
    """A configuration and the models that it names."""
    config = find(platform, region, CONFIG, config_name)
    variants = config["ProductionVariants"]
    return config, {
        each["VariantName"]: find(platform, region, MODEL, each["ModelName"]) for each in variants
    }


def _update(platform: Platform, region: str, name: str, begin: Any) -> dict[str, Any]:
    """Let ``begin`` change the record of an endpoint that is in service, and the endpoint follow."""
    arn = sagemaker_arn(region, KIND, name)

    def check_and_begin(endpoint: Record) -> None:
        status = endpoint["EndpointStatus"]
        if status != "InService":
            raise validation(texts.endpoint_not_updatable(arn, status))
        begin(endpoint)

    platform.registry.change(KIND, region, name, check_and_begin)
    platform.running[KIND, region, name].update()
    return {"EndpointArn": arn}


def _retain(old: Record, new: Record, excluded: list[dict[str, str]]) -> None:
    """Keep the counts and weights of variants that both configurations have."""
    kept = {"DesiredWeight": "InitialVariantWeight", "DesiredInstanceCount": "InitialInstanceCount"}
    for each in excluded:
        kept.pop(each["VariantPropertyType"], None)
    before = {each["VariantName"]: each for each in old["ProductionVariants"]}
    for variant in new["ProductionVariants"]:
        there = before.get(variant["VariantName"], {})
        variant.update({member: there[member] for member in kept.values() if member in there})


def _check_counts(platform: Platform, config: Record, itself: Record | None = None) -> None:
    """Refuse more instances than this machine may have, those of all other endpoints counted in."""
    others = [
        endpoint
        for _, _, endpoint in platform.registry.everywhere(KIND)
        if endpoint["EndpointStatus"] != "Failed"
        and (itself is None or endpoint["EndpointArn"] != itself["EndpointArn"])
    ]
    used = sum(
        instance_count(variant)
        for endpoint in others
        for variant in endpoint["_Config"]["ProductionVariants"]
    )
    for variant in config["ProductionVariants"]:
        kind = variant.get("InstanceType", "serverless")
        check_instances(kind, "endpoint usage", instance_count(variant), used)
        used += instance_count(variant)


def _check_deployment(request: dict[str, Any]) -> None:
    """Traffic moves at once, and there are no alarms that could call for a way back."""
    wanted = request.get("DeploymentConfig", {})
    routing = wanted.get("BlueGreenUpdatePolicy", {}).get("TrafficRoutingConfiguration", {})
    if routing.get("Type", "ALL_AT_ONCE") != "ALL_AT_ONCE" or "RollingUpdatePolicy" in wanted:
        raise validation(
            texts.feature_unsupported("canary, linear and rolling deployments", "Use ALL_AT_ONCE.")
        )
    if wanted.get("AutoRollbackConfiguration"):
        raise validation(texts.feature_unsupported("AutoRollbackConfiguration", "Leave it out."))


OPERATIONS = {
    "CreateEndpoint": create_endpoint,
    "DescribeEndpoint": describe_endpoint,
    "UpdateEndpoint": update_endpoint,
    "UpdateEndpointWeightsAndCapacities": update_endpoint_weights_and_capacities,
    "DeleteEndpoint": delete_endpoint,
    "ListEndpoints": list_endpoints,
}
