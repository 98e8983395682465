"""Invokes the REST APIs that moto holds."""

from infra.emulator.apigateway.attach import install

__all__ = ["install"]
