"""The variants of one endpoint configuration, each served by its container."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from moto.sagemaker.models import SageMakerModelBackend

from infra.emulator.context import Context
from infra.emulator.hosting.capture import Capture
from infra.emulator.hosting.configs import EndpointConfig
from infra.emulator.hosting.model_server import PING_SECONDS, ModelServer, Served
from infra.emulator.hosting.models import container_of


@dataclass(slots=True)
class Variant:
    """One variant that serves."""

    name: str
    weight: float
    server: ModelServer
    instances: int | None
    """``None`` where it is serverless."""
    serverless: dict[str, Any] | None
    image: str

    def describe(self) -> dict[str, Any]:
        """Return the variant as DescribeEndpoint shows it."""
        found: dict[str, Any] = {
            "VariantName": self.name,
            "DeployedImages": [{"SpecifiedImage": self.image, "ResolvedImage": self.image}],
            "CurrentWeight": self.weight,
            "DesiredWeight": self.weight,
        }
        if self.instances is not None:
            found["CurrentInstanceCount"] = found["DesiredInstanceCount"] = self.instances
        if self.serverless is not None:
            found["CurrentServerlessConfig"] = self.serverless
        return found


class Fleet:
    """Everything that one configuration asks to be served."""

    def __init__(
        self,
        config: EndpointConfig,
        variants: list[Variant],
        shadows: list[Variant],
        capture: Capture | None,
    ) -> None:
        self.config = config
        self.variants = variants
        self.shadows = shadows
        self.capture = capture

    def start(self) -> None:
        """Start every container.

        Raises:
            StartError: one did not come up; the others are ended again.
        """
        try:
            for variant in (*self.variants, *self.shadows):
                variant.server.start()
        except BaseException:
            self.stop()
            raise

    def stop(self, *, drain: bool = True) -> None:
        """End every container, after the requests under way, and write out what was captured."""
        for variant in (*self.variants, *self.shadows):
            variant.server.stop(drain=drain)
        if self.capture is not None:
            self.capture.close()


def make_fleet(
    context: Context, backend: SageMakerModelBackend, endpoint: str, config: EndpointConfig
) -> Fleet:
    """Return the fleet of a configuration, not yet started.

    Raises:
        ValidationError: a model or its package is gone.
    """

    def make(variant: dict[str, Any]) -> Variant:
        model: Any = backend.describe_model(variant["ModelName"])
        container = container_of(backend, variant["ModelName"])
        served = Served(
            endpoint=endpoint,
            variant=variant["VariantName"],
            model=variant["ModelName"],
            container=container,
            region=str(backend.region_name),
            role_arn=model.execution_role_arn,
            isolated=model.enable_network_isolation,
            startup_seconds=float(
                variant.get("ContainerStartupHealthCheckTimeoutInSeconds") or PING_SECONDS
            ),
        )
        return Variant(
            name=variant["VariantName"],
            weight=float(variant["InitialVariantWeight"]),
            server=ModelServer(context, served),
            instances=variant.get("InitialInstanceCount"),
            serverless=variant.get("ServerlessConfig"),
            image=container["Image"],
        )

    variants = [make(variant) for variant in config.production_variants]
    shadows = [make(variant) for variant in config.shadow_variants]
    served = variants[0].server.served
    capture = (
        Capture(
            context,
            endpoint=endpoint,
            region=served.region,
            role_arn=served.role_arn,
            config=config.data_capture,
        )
        if config.data_capture
        else None
    )
    return Fleet(config, variants, shadows, capture)
