"""SNS, SQS and Lambda as destinations of what AWS services send."""

from infra.emulator.messaging.attach import install

__all__ = ["install"]
