"""An endpoint beside the registry: what serves, and what was approved to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from infra.status.facts import Endpoint, Served
from pipelines.shared.release.versions import Registry, answering, chosen, pairs
from pipelines.shared.serving.variants import MISSING
from stacks.serving import Serving


def endpoint(sagemaker: Any, name: str, serving: Serving) -> Endpoint:
    """Return the endpoint of that name; ``NotCreated`` before the first version.

    Raises:
        LookupError: the stack file pins a version that the registry does not have.
    """
    wanted = chosen(Registry(lambda: sagemaker), name, serving.model_versions)
    try:
        told = sagemaker.describe_endpoint(EndpointName=name)
    except ClientError as error:
        if error.response["Error"]["Code"] not in MISSING:
            raise
        return Endpoint(
            name=name,
            status="NotCreated",
            reason="",
            variants=(),
            versions=tuple(pairs(wanted, [])),
        )
    found, _ = answering(sagemaker, told["EndpointConfigName"])
    running = {
        one["VariantName"]: one
        for kind in ("ProductionVariants", "ShadowProductionVariants")
        for one in told.get(kind) or ()
    }
    return Endpoint(
        name=name,
        status=told["EndpointStatus"],
        reason=told.get("FailureReason", ""),
        versions=tuple(pairs(wanted, found)),
        variants=tuple(
            Served(
                name=one.name,
                version=one.version,
                instances=_instances(running.get(one.name, {})),
                weight=one.weight,
                shadow=one.shadow,
            )
            for one in found
        ),
    )


def _instances(running: Mapping[str, Any]) -> str:
    current, desired = running.get("CurrentInstanceCount"), running.get("DesiredInstanceCount")
    if current is None:
        return "serverless"
    return str(current) if desired in {None, current} else f"{current} of {desired}"
