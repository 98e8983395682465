"""The number of instances of a variant, as Application Auto Scaling reads and sets it."""

from __future__ import annotations

from typing import Any

from moto.sagemaker.models import sagemaker_backends

from infra.emulator.context import Context
from infra.emulator.hosting.endpoint import Endpoint
from infra.emulator.hosting.fleet import Variant


class UnscalableError(Exception):
    """There is nothing to scale there now; the message says why."""


def find(context: Context, region: str, resource_id: str) -> tuple[Endpoint, Variant]:
    """Return endpoint and variant of ``endpoint/<name>/variant/<name>``.

    Raises:
        UnscalableError: there is no such variant in service on instances.
    """
    parts = resource_id.split("/")
    if len(parts) != 4 or (parts[0], parts[2]) != ("endpoint", "variant"):  # noqa: PLR2004 - as above
        raise UnscalableError(
            f"resource id must be endpoint/<name>/variant/<name>, got {resource_id}"
        )
    endpoints: dict[str, Any] = sagemaker_backends[context.account_id][region].endpoints
    endpoint: Endpoint | None = endpoints.get(parts[1])
    variants = endpoint.fleet.variants if endpoint is not None and endpoint.fleet else []
    for variant in variants:
        if variant.name == parts[3] and variant.instances is not None and endpoint is not None:
            return endpoint, variant
    raise UnscalableError(f"SageMaker endpoint variant not found on instances: {resource_id}")


def set_count(endpoint: Endpoint, variant: Variant, count: int) -> None:
    """Give a variant another number of instances.

    Raises:
        UnscalableError: the endpoint is being changed.
    """
    with endpoint.lock:
        if endpoint.endpoint_status != "InService":
            raise UnscalableError(
                f"endpoint {endpoint.endpoint_name} is {endpoint.endpoint_status}"
            )
        endpoint.set_status("Updating")
        variant.instances = count
        endpoint.set_status("InService")
    endpoint.capacity_changed()
