"""Experiments: trials of pipeline executions, and a component with numbers for each job."""

from infra.emulator.experiments.attach import install

__all__ = ["install"]
