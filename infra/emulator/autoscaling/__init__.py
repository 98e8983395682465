"""Application Auto Scaling that acts on SageMaker's variants: policies, schedules, activities."""

from infra.emulator.autoscaling.attach import install

__all__ = ["install"]
