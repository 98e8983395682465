"""Kubernetes' quantities: ``500m``, ``2Gi``, ``1e3``."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

_UNITS: Final = {
    **{unit: Decimal(1000) ** power for power, unit in enumerate(["n", "u", "m"], start=-3)},
    **{
        unit: Decimal(1000) ** power
        for power, unit in enumerate(["", "k", "M", "G", "T", "P", "E"])
    },
    **{
        unit: Decimal(1024) ** power
        for power, unit in enumerate(["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"], start=1)
    },
}
_NUMBER: Final = r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)"
_FORM: Final = re.compile(rf"({_NUMBER})([eE][+-]?[0-9]+)?([A-Za-z]*)")
PATTERN: Final = rf"{_NUMBER}(?:[eE][+-]?[0-9]+|{'|'.join(_UNITS)})"
"""What a quantity looks like."""


def quantity(value: str | float) -> Decimal:
    """Return the number that a quantity stands for.

    Raises:
        ValueError: it is no quantity.
    """
    found = _FORM.fullmatch(str(value))
    if found is None or found[3] not in _UNITS or (found[2] and found[3]):
        raise ValueError(
            f"quantity must be a number with a unit such as m, Mi or Gi, got {value!r}"
        )
    return Decimal(found[1] + (found[2] or "")) * _UNITS[found[3]]


def shown(number: Decimal) -> str:
    """Return a number as Kubernetes would list it: whole, in binary units, or in thousandths."""
    if number != number.to_integral_value():
        return f"{int(number * 1000)}m"
    whole = int(number)
    for unit in ("Ei", "Pi", "Ti", "Gi", "Mi", "Ki"):
        size = int(_UNITS[unit])
        if whole and whole % size == 0:
            return f"{whole // size}{unit}"
    return str(whole)
