"""EventBridge that delivers: patterns, transformers, targets, retries, dead letters, schedules."""

from infra.emulator.events.attach import install

__all__ = ["install"]
