"""Models and endpoint configurations: the two resources that only remember what was asked for."""

from __future__ import annotations

from typing import Any

from course_utils.local_aws import texts
from course_utils.local_aws.account import sagemaker_arn
from course_utils.local_aws.endpoints import artefacts
from course_utils.local_aws.errors import validation
from course_utils.local_aws.listing import page
from course_utils.local_aws.platform import Platform
from course_utils.local_aws.state import Record, now
from course_utils.local_aws.validation import fault, raise_faults

MODEL, CONFIG = "model", "endpoint-config"
_WORDS = {MODEL: "model", CONFIG: "endpoint configuration", "endpoint": "endpoint"}


def find(platform: Platform, region: str, kind: str, name: str) -> Record:
    """The record, or AWS's ``Could not find …``."""
    record = platform.registry.get(kind, region, name)
    if record is None:
        raise validation(texts.not_found(_WORDS[kind], sagemaker_arn(region, kind, name)))
    return record


def create(
    platform: Platform, region: str, kind: str, name: str, record: Record, tags: list[dict[str, str]]
) -> str:
    """Store a new record and its tags; returns the ARN. A taken name is AWS's ``Cannot create already …``."""
    arn = sagemaker_arn(region, kind, name)
    times = {"CreationTime": now(), "LastModifiedTime": now()}
    if not platform.registry.add(kind, region, name, {**record, **times}):
        raise validation(texts.already_exists(_WORDS[kind], arn))
    platform.registry.tag(arn, tags)
    return arn


def remove(platform: Platform, region: str, kind: str, name: str) -> None:
    find(platform, region, kind, name)
    platform.registry.remove(kind, region, name)
    platform.registry.untag(sagemaker_arn(region, kind, name))


# --- Models -------------------------------------------------------------------------------------------------


def create_model(platform: Platform, region: str, request: dict[str, Any]) -> dict[str, Any]:
    name = request["ModelName"]
    container = request.get("PrimaryContainer")
    if container is None:
        if request.get("Containers"):
            raise validation(texts.feature_unsupported("inference pipelines", "Give one PrimaryContainer."))
        raise_faults([fault(None, "primaryContainer", "not be null")])
    if container.get("ModelPackageName"):
        raise validation(texts.feature_unsupported("model packages", "Give Image and ModelDataUrl."))
    if container.get("Mode") == "MultiModel":
        raise validation(texts.feature_unsupported("multi-model containers", "Use Mode SingleModel."))
    image = container.get("Image")
    if image is None or platform.images.find(image) is None:
        raise validation(texts.image_unknown(image, platform.images.repositories()))
    _check_source(container)
    role = request.get("ExecutionRoleArn")
    if role is None:
        raise_faults([fault(None, "executionRoleArn", "not be null")])
    if not platform.role_exists(role):
        raise validation(texts.role_not_assumable(role))
    if not artefacts.present(platform.storage, container):
        raise validation(texts.no_model_data(artefacts.location(container)[0]))
    uri, _ = artefacts.location(container)
    if uri is not None and (where := platform.storage.region(uri)) != region:
        raise validation(texts.model_data_elsewhere(uri, role, region, where))
    arn = sagemaker_arn(region, MODEL, name)
    record = {**request, "PrimaryContainer": {"Mode": "SingleModel", **container}, "ModelArn": arn}
    return {"ModelArn": create(platform, region, MODEL, name, record, request.get("Tags", []))}


def _check_source(container: dict[str, Any]) -> None:
    """A ModelDataSource is an archive, one plain file, or all files under a prefix."""
    if container.get("AdditionalModelDataSources"):
        raise validation(texts.feature_unsupported("AdditionalModelDataSources", "Put all into one model."))
    if "ModelDataSource" not in container:
        return
    if container.get("ModelDataUrl"):
        raise validation(texts.one_model_source())
    source = container["ModelDataSource"].get("S3DataSource")
    if source is None:
        raise_faults([fault(None, "primaryContainer.modelDataSource.s3DataSource", "not be null")])
    if source["CompressionType"] == "Gzip" and source["S3DataType"] == "S3Prefix":
        raise validation(texts.feature_unsupported("a prefix of archives", "Use S3Object with Gzip."))
    if source.get("ManifestS3Uri") or source.get("HubAccessConfig"):
        raise validation(texts.feature_unsupported("models from a hub", "Give S3Uri alone."))


def describe_model(platform: Platform, region: str, request: dict[str, Any]) -> dict[str, Any]:
    return find(platform, region, MODEL, request["ModelName"])


def delete_model(platform: Platform, region: str, request: dict[str, Any]) -> dict[str, Any]:
    remove(platform, region, MODEL, request["ModelName"])
    return {}


def list_models(platform: Platform, region: str, request: dict[str, Any]) -> dict[str, Any]:
    records, token = page(platform.registry.all(MODEL, region), request, name="ModelName")
    return {"Models": records, **token}


# --- Endpoint configurations --------------------------------------------------------------------------------


def create_endpoint_config(platform: Platform, region: str, request: dict[str, Any]) -> dict[str, Any]:
    name = request["EndpointConfigName"]
    for unsupported in (
        "AsyncInferenceConfig",
        "ShadowProductionVariants",
        "ExplainerConfig",
        "DataCaptureConfig",
    ):
        if request.get(unsupported):
            raise validation(texts.feature_unsupported(unsupported, "Leave it out."))
    variants = request["ProductionVariants"]
    for number, variant in enumerate(variants, 1):
        _check_variant(platform, region, variant, f"productionVariants.{number}.member")
    if len({variant["VariantName"] for variant in variants}) < len(variants):
        raise validation(texts.variants_differ())
    arn = sagemaker_arn(region, CONFIG, name)
    record = {
        **request,
        "ProductionVariants": [{"InitialVariantWeight": 1.0, **variant} for variant in variants],
        "EndpointConfigArn": arn,
    }
    return {"EndpointConfigArn": create(platform, region, CONFIG, name, record, request.get("Tags", []))}


def _check_variant(platform: Platform, region: str, variant: dict[str, Any], path: str) -> None:
    if variant.get("ModelName") is None:
        raise_faults([fault(None, f"{path}.modelName", "not be null")])
    find(platform, region, MODEL, variant["ModelName"])
    if variant.get("ServerlessConfig"):
        return  # served like any other: there is no instance either way
    if variant.get("InstanceType") is None:
        raise_faults([fault(None, f"{path}.instanceType", "not be null")])
    count = variant.get("InitialInstanceCount")
    if count is None:
        raise_faults([fault(None, f"{path}.initialInstanceCount", "not be null")])
    if count < 1:
        raise_faults([fault(count, f"{path}.initialInstanceCount", "have value greater than or equal to 1")])


def describe_endpoint_config(platform: Platform, region: str, request: dict[str, Any]) -> dict[str, Any]:
    return find(platform, region, CONFIG, request["EndpointConfigName"])


def delete_endpoint_config(platform: Platform, region: str, request: dict[str, Any]) -> dict[str, Any]:
    remove(platform, region, CONFIG, request["EndpointConfigName"])
    return {}


def list_endpoint_configs(platform: Platform, region: str, request: dict[str, Any]) -> dict[str, Any]:
    records, token = page(platform.registry.all(CONFIG, region), request, name="EndpointConfigName")
    return {"EndpointConfigs": records, **token}


OPERATIONS = {
    "CreateModel": create_model,
    "DescribeModel": describe_model,
    "DeleteModel": delete_model,
    "ListModels": list_models,
    "CreateEndpointConfig": create_endpoint_config,
    "DescribeEndpointConfig": describe_endpoint_config,
    "DeleteEndpointConfig": delete_endpoint_config,
    "ListEndpointConfigs": list_endpoint_configs,
}
