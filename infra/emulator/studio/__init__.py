"""SageMaker Studio's control plane: domains and user profiles; no application ever runs."""

from infra.emulator.studio.attach import install

__all__ = ["install"]
