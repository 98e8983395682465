"""Physical names as Pulumi makes them: the logical name and seven hexadecimal digits."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from infra.resources.handler import InputError

DIGITS = 7


@dataclass(frozen=True, slots=True)
class AutoName:
    """Which property is named when the program leaves it out, and how long it may be."""

    property: str
    maximum: int = 255
    lower: bool = False
    prefix: str = ""
    """What AWS demands at the beginning, for example ``alias/``."""
    suffix: str = ""
    """What AWS demands at the end, for example ``.fifo``."""

    def given(self, logical_name: str, old: Mapping[str, Any] | None) -> str:
        """Return the name that ``old`` was given, or a fresh one.

        A name that was made is kept under any logical name: an alias renames no resource of AWS.

        Raises:
            InputError: the logical name leaves no room for the digits.
        """
        base = self.prefix + (logical_name.lower() if self.lower else logical_name)
        before = (old or {}).get(self.property)
        if isinstance(before, str) and re.fullmatch(
            rf"{re.escape(self.prefix)}.+-[0-9a-f]{{{DIGITS}}}{re.escape(self.suffix)}", before
        ):
            return before
        name = f"{base}-{secrets.token_hex(4)[:DIGITS]}{self.suffix}"
        if len(name) > self.maximum:
            raise InputError(
                f"{self.property} must be at most {self.maximum} characters, got {name!r} "
                "from the logical name; shorten that, or name it"
            )
        return name
