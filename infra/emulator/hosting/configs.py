"""Endpoint configurations, as they were asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from moto.sagemaker.exceptions import ValidationError

from infra.emulator.hosting.exclusions import check_modes
from infra.emulator.hosting.instance_types import instance_types
from infra.emulator.sagemaker_api import Call, Operation

MAX_VARIANTS: Final = 10
_SERVERLESS_MIB = range(1024, 6145, 1024)
_NOT_EMULATED = ("ExplainerConfig",)


class EndpointConfig:
    """One configuration; never changes, so endpoints keep the one they were made from."""

    def __init__(self, asked: Mapping[str, Any], arn: str, created: datetime) -> None:
        self.endpoint_config_name: str = asked["EndpointConfigName"]
        self.endpoint_config_arn = self.arn = arn
        self.creation_time = created
        self.tags: list[dict[str, str]] = list(asked.get("Tags") or [])
        self.production_variants = [_filled(v) for v in asked["ProductionVariants"]]
        self.shadow_variants = [_filled(v) for v in asked.get("ShadowProductionVariants") or []]
        self.data_capture: dict[str, Any] = dict(asked.get("DataCaptureConfig") or {})
        self.asynchronous: dict[str, Any] = dict(asked.get("AsyncInferenceConfig") or {})
        self._asked = {k: v for k, v in asked.items() if k != "Tags" and v is not None}

    @property
    def response_object(self) -> dict[str, Any]:
        """Return DescribeEndpointConfig's answer."""
        found = {
            **self._asked,
            "EndpointConfigArn": self.arn,
            "CreationTime": self.creation_time,
            "ProductionVariants": self.production_variants,
        }
        if self.shadow_variants:
            found["ShadowProductionVariants"] = self.shadow_variants
        return found

    def summary(self) -> dict[str, Any]:
        """Return the row of ListEndpointConfigs."""
        return {
            "EndpointConfigName": self.endpoint_config_name,
            "EndpointConfigArn": self.arn,
            "CreationTime": self.creation_time,
        }


def create_endpoint_config(call: Call) -> Mapping[str, Any]:
    """Keep a configuration.

    Raises:
        ValidationError: the name is taken, a rule is broken, or it asks for what is not emulated.
    """
    asked = call.parameters
    name = asked["EndpointConfigName"]
    arn = call.arn("endpoint-config", name)
    if name in call.backend.endpoint_configs:
        raise ValidationError(f"Cannot create already existing endpoint configuration '{arn}'.")
    for field in _NOT_EMULATED:
        if asked.get(field):
            raise ValidationError(f"{field} is not emulated")
    variants = asked.get("ProductionVariants") or []
    shadows = asked.get("ShadowProductionVariants") or []
    if not 1 <= len(variants) <= MAX_VARIANTS:
        raise ValidationError(f"ProductionVariants must be 1-{MAX_VARIANTS}, got {len(variants)}")
    if shadows and (len(shadows), len(variants)) != (1, 1):
        raise ValidationError(
            "a shadow variant needs exactly 1 production variant and 1 shadow variant, got "
            f"{len(variants)} and {len(shadows)}"
        )
    _check_variants(call, [*variants, *shadows])
    _check_capture(asked.get("DataCaptureConfig"))
    check_modes(call, asked)
    configs: dict[str, Any] = call.backend.endpoint_configs
    configs[name] = EndpointConfig(asked, arn, call.now())
    return {"EndpointConfigArn": arn}


def _check_variants(call: Call, variants: Sequence[Mapping[str, Any]]) -> None:
    names = [variant["VariantName"] for variant in variants]
    if len(set(names)) != len(names):
        raise ValidationError(f"variant names must be unique, got {', '.join(names)}")
    for number, variant in enumerate(variants, 1):
        name = variant["VariantName"]
        if not variant.get("ModelName"):
            raise ValidationError(
                f"variant {name} has no ModelName: inference components not emulated"
            )
        call.backend.describe_model(variant["ModelName"])
        serverless, instance_type = variant.get("ServerlessConfig"), variant.get("InstanceType")
        if bool(serverless) == bool(instance_type):
            raise ValidationError(
                f"variant {name} must have either InstanceType or ServerlessConfig"
            )
        if instance_type:
            _check_instances(number, variant)
        elif serverless and serverless["MemorySizeInMB"] not in _SERVERLESS_MIB:
            raise ValidationError(
                f"MemorySizeInMB must be one of {', '.join(map(str, _SERVERLESS_MIB))}, got "
                f"{serverless['MemorySizeInMB']}"
            )


def _check_instances(number: int, variant: Mapping[str, Any]) -> None:
    kind = variant["InstanceType"]
    if kind not in instance_types():
        raise ValidationError(
            f"1 validation error detected: Value '{kind}' at "
            f"'productionVariants.{number}.member.instanceType' failed to satisfy constraint: "
            f"Member must satisfy enum value set: [{', '.join(sorted(instance_types()))}]"
        )
    if (variant.get("InitialInstanceCount") or 0) < 1:
        raise ValidationError(
            f"InitialInstanceCount of variant {variant['VariantName']} must be at least 1, got "
            f"{variant.get('InitialInstanceCount')}"
        )


def _check_capture(capture: Mapping[str, Any] | None) -> None:
    if not capture:
        return
    percentage = capture["InitialSamplingPercentage"]
    if not 0 <= percentage <= 100:  # noqa: PLR2004 - a percentage
        raise ValidationError(f"InitialSamplingPercentage must be 0-100, got {percentage}")
    if not capture["DestinationS3Uri"].startswith("s3://"):
        raise ValidationError(
            f"DestinationS3Uri must start with s3://, got {capture['DestinationS3Uri']}"
        )


def _filled(variant: Mapping[str, Any]) -> dict[str, Any]:
    return {"InitialVariantWeight": 1.0, **variant}


OPERATIONS: dict[str, Operation] = {"CreateEndpointConfig": create_endpoint_config}
