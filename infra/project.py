"""The project's name: part of every URN, held equal to ``Pulumi.yaml`` by a test."""

from typing import Final

PROJECT: Final = "mlops-loop"
