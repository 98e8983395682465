"""CloudWatch alarms that evaluate, act and are told of."""

from infra.emulator.alarms.attach import install

__all__ = ["install"]
