"""SageMaker Model Registry: groups, versions, approval and the events it raises."""

from infra.emulator.registry.attach import install

__all__ = ["install"]
