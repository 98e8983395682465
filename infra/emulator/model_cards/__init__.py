"""Model cards: content held to SageMaker's schema, versions, status."""

from infra.emulator.model_cards.attach import install

__all__ = ["install"]
