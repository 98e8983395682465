"""EventBridge Scheduler on the emulator's clock."""

from infra.emulator.scheduler.attach import install

__all__ = ["install"]
