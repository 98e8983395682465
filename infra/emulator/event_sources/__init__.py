"""Event source mappings: functions that are given what arrives on Kinesis streams."""

from infra.emulator.event_sources.attach import install

__all__ = ["install"]
