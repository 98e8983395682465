"""SageMaker lineage: what people record, and what the service records of its own resources."""

from infra.emulator.lineage.attach import install

__all__ = ["install"]
