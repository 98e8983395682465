"""SageMaker hosting: models, endpoint configurations, endpoints that serve, deployments."""

from infra.emulator.hosting.attach import install

__all__ = ["install"]
