"""What AWS excludes from serverless and from asynchronous endpoints, and beside a shadow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from moto.sagemaker.exceptions import ValidationError

from infra.emulator.sagemaker_api import Call


def check_modes(call: Call, asked: Mapping[str, Any]) -> None:
    """Refuse an endpoint configuration that mixes what does not go together.

    Raises:
        ValidationError: names what is excluded from what.
    """
    variants = asked.get("ProductionVariants") or []
    shadows = asked.get("ShadowProductionVariants") or []
    serverless = [one for one in (*variants, *shadows) if one.get("ServerlessConfig")]
    captures = (asked.get("DataCaptureConfig") or {}).get("EnableCapture", False)
    if serverless:
        for fault in _serverless(call, asked, serverless):
            raise ValidationError(f"serverless endpoints do not support {fault}")
        if captures:
            raise ValidationError("serverless endpoints do not support data capture")
    if asked.get("AsyncInferenceConfig"):
        if shadows:
            raise ValidationError("asynchronous endpoints do not support shadow variants")
        if len(variants) > 1:
            raise ValidationError("several variants of an asynchronous endpoint are not emulated")
        if captures:
            raise ValidationError("data capture of an asynchronous endpoint is not emulated")
        output = asked["AsyncInferenceConfig"]["OutputConfig"]
        if not str(output.get("S3OutputPath", "")).startswith("s3://"):
            raise ValidationError(
                f"S3OutputPath must start with s3://, got {output.get('S3OutputPath')}"
            )
    if shadows:
        for one in (*variants, *shadows):
            if str(one.get("InstanceType", "")).startswith("ml.inf1."):
                raise ValidationError("shadow variants do not support ml.inf1 instances")


def _serverless(
    call: Call, asked: Mapping[str, Any], serverless: list[Mapping[str, Any]]
) -> Iterator[str]:
    if asked.get("ShadowProductionVariants"):
        yield "shadow variants"
    if len(asked["ProductionVariants"]) > 1:
        yield "several production variants"
    if asked.get("AsyncInferenceConfig"):
        yield "AsyncInferenceConfig"
    for variant in serverless:
        limits = variant["ServerlessConfig"]
        warm = limits.get("ProvisionedConcurrency") or 0
        if warm > limits["MaxConcurrency"]:
            yield f"ProvisionedConcurrency {warm} above MaxConcurrency {limits['MaxConcurrency']}"
        model: Any = call.backend.describe_model(variant["ModelName"])
        if model.enable_network_isolation:
            yield "network isolation"
        if model.vpc_config:
            yield "VPC configuration"
