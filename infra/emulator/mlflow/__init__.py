"""Managed MLflow: tracking servers, and a real MLflow behind each where it is installed."""

from infra.emulator.mlflow.attach import install

__all__ = ["install"]
