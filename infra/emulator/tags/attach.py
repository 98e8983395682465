"""Attaches AddTags, ListTags and DeleteTags to an emulator."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from moto.sagemaker.exceptions import ResourceNotFound, ValidationError
from moto.sagemaker.models import SageMakerModelBackend

from infra.emulator.context import Context
from infra.emulator.lineage.graph import Lineage
from infra.emulator.sagemaker_api import Call, page, register, state

MAX_TAGS: Final = 50
"""SageMaker's limit for one resource."""


def install(context: Context) -> None:
    """Answer the three operations."""
    register(context, {"AddTags": add_tags, "ListTags": list_tags, "DeleteTags": delete_tags})


def add_tags(call: Call) -> Mapping[str, Any]:
    """Set tags; a key that is there gets the new value.

    Raises:
        ValidationError: the resource would have more than ``MAX_TAGS``, or a key is AWS's own.
    """
    resource = find(call)
    merged = {tag["Key"]: tag["Value"] for tag in resource.tags or []}
    merged |= {tag["Key"]: tag["Value"] for tag in call.parameters["Tags"]}
    if len(merged) > MAX_TAGS:
        raise ValidationError(f"tags of a resource must be at most {MAX_TAGS}, got {len(merged)}")
    if reserved := [key for key in merged if key.lower().startswith("aws:")]:
        raise ValidationError(f"tag keys must not start with aws:, got {reserved[0]}")
    resource.tags = [{"Key": key, "Value": value} for key, value in merged.items()]
    return {"Tags": resource.tags}


def list_tags(call: Call) -> Mapping[str, Any]:
    """Return the tags, page by page."""
    rows, token = page(list(find(call).tags or []), call.parameters, default=MAX_TAGS)
    return {"Tags": rows, "NextToken": token}


def delete_tags(call: Call) -> None:
    """Remove tags; keys that are not there are no error."""
    resource = find(call)
    gone = set(call.parameters["TagKeys"])
    resource.tags = [tag for tag in resource.tags or [] if tag["Key"] not in gone]


def find(call: Call) -> Any:  # noqa: ANN401 - whatever class has ``arn`` and ``tags``
    """Return the resource of an ARN.

    Raises:
        ValidationError: the ARN is none of SageMaker's.
        ResourceNotFound: nothing has it.
    """
    arn: str = call.parameters["ResourceArn"]
    if not arn.startswith("arn:") or ":sagemaker:" not in arn:
        raise ValidationError(f"ResourceArn must be an ARN of SageMaker, got {arn}")
    for candidate in _resources(call.backend):
        if _arn(candidate) == arn.lower() and hasattr(candidate, "tags"):
            return candidate
    entity = state(call.backend, Lineage).entities.get(arn)
    if entity is not None:
        return entity
    raise ResourceNotFound(f"Resource {arn} does not exist")


def _resources(backend: SageMakerModelBackend) -> Iterator[object]:
    """Yield everything moto keeps, the executions that it keeps inside pipelines too."""
    for collection in list(vars(backend).values()):
        if not isinstance(collection, dict):
            continue
        for resource in list(collection.values()):
            # Of a model card moto keeps a list of versions; the first has the tags.
            yield resource[0] if isinstance(resource, list) and resource else resource
            executions = getattr(resource, "pipeline_executions", None)
            yield from list(executions.values()) if isinstance(executions, dict) else ()


def _arn(resource: object) -> str:
    """Return the ARN under any of the names that moto's classes give it; they differ in case."""
    for name in ("arn", "endpoint_config_arn", "pipeline_arn", "pipeline_execution_arn"):
        found = getattr(resource, name, None)
        if isinstance(found, str):
            return found.lower()
    return ""
