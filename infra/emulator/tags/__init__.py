"""Tags of every SageMaker resource that moto keeps, whatever its ARN looks like."""

from infra.emulator.tags.attach import install

__all__ = ["install"]
