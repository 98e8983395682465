"""Runs the functions that moto's Lambda only holds, each in a process of its own."""

from infra.emulator.lambdas.attach import install

__all__ = ["install"]
