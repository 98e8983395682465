"""Hyperparameters as a script's arguments: SageMaker's JSON encoding may leave quotes on them."""

from __future__ import annotations


def plain(text: str) -> str:
    """Return a hyperparameter without quotes."""
    return text.strip().strip('"')


def real(text: str) -> float:
    """Read a number."""
    return float(plain(text))


def number(text: str) -> int:
    """Read a whole number, also one written with a fraction of zero."""
    return round(float(plain(text)))


def flag(text: str) -> bool:
    """Read ``true`` or ``false``."""
    return plain(text).lower() == "true"
