"""AddTags, ListTags and DeleteTags, and what a tag may be."""

from __future__ import annotations

from typing import Any

from course_utils.local_aws import texts
from course_utils.local_aws.account import ACCOUNT_ID
from course_utils.local_aws.errors import validation
from course_utils.local_aws.platform import Platform

_MOST = 50  # a resource
_RESERVED = "aws:"


def check(tags: list[dict[str, str]]) -> None:
    """Refuse tags that no resource can have; for every request that brings some.

    Raises
    ------
    AwsError
        ``ValidationException``.
    """
    keys = [tag["Key"] for tag in tags]
    if repeated := sorted({key for key in keys if keys.count(key) > 1}):
        raise validation(texts.tags_repeated(repeated))
    for key in keys:
        if key.lower().startswith(_RESERVED):
            raise validation(texts.tag_reserved(key))


def add_tags(platform: Platform, region: str, request: dict[str, Any]) -> dict[str, Any]:
    arn = _known(platform, region, request)
    keys = {tag["Key"] for tag in platform.registry.tags(arn) + request["Tags"]}
    if len(keys) > _MOST:
        raise validation(texts.too_many_tags(len(keys), _MOST))
    return {"Tags": platform.registry.tag(arn, request["Tags"])}


def list_tags(platform: Platform, region: str, request: dict[str, Any]) -> dict[str, Any]:
    # A resource has at most as many tags as the smallest page that can be asked for, so there is one page.
    if request.get("NextToken"):
        raise validation(texts.bad_token())
    return {"Tags": platform.registry.tags(_known(platform, region, request))}


def delete_tags(platform: Platform, region: str, request: dict[str, Any]) -> dict[str, Any]:
    platform.registry.untag(_known(platform, region, request), request["TagKeys"])
    return {}


def _known(platform: Platform, region: str, request: dict[str, Any]) -> str:
    """The request's ARN, once it is sure that the resource exists."""
    arn = request["ResourceArn"]
    place, _, resource = arn.rpartition(":")
    kind, _, name = resource.partition("/")
    here = place == f"arn:aws:sagemaker:{region}:{ACCOUNT_ID}"
    if not here or platform.registry.get(kind, region, name) is None:
        raise validation(texts.resource_unknown(arn))
    return arn


OPERATIONS = {"AddTags": add_tags, "ListTags": list_tags, "DeleteTags": delete_tags}
