"""AddTags, ListTags and DeleteTags."""

from __future__ import annotations

from typing import Any

from course_utils.local_aws import texts
from course_utils.local_aws.errors import validation
from course_utils.local_aws.platform import Platform


def add_tags(platform: Platform, region: str, request: dict[str, Any]) -> dict[str, Any]:
    return {"Tags": platform.registry.tag(_known(platform, region, request), request["Tags"])}


def list_tags(platform: Platform, region: str, request: dict[str, Any]) -> dict[str, Any]:
    return {"Tags": platform.registry.tags(_known(platform, region, request))}


def delete_tags(platform: Platform, region: str, request: dict[str, Any]) -> dict[str, Any]:
    platform.registry.untag(_known(platform, region, request), request["TagKeys"])
    return {}


def _known(platform: Platform, region: str, request: dict[str, Any]) -> str:
    """The request's ARN, once it is sure that the resource exists."""
    arn = request["ResourceArn"]
    kind, _, name = arn.split(":", 5)[5].partition("/")
    if platform.registry.get(kind, region, name) is None:
        raise validation(texts.resource_unknown(arn))
    return arn


OPERATIONS = {"AddTags": add_tags, "ListTags": list_tags, "DeleteTags": delete_tags}
