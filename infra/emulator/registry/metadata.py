"""What the metadata of a model package may hold, as the API's model has it."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Final

from moto.sagemaker.exceptions import ValidationError

MOST_PROPERTIES: Final = 50
LONGEST_KEY: Final = 128
LONGEST_VALUE: Final = 256
_MARKS: Final = frozenset("_.:/=+-@")


def check_metadata(properties: Mapping[str, str]) -> None:
    """Refuse what ``CustomerMetadataProperties`` cannot hold.

    Raises:
        ValidationError: too many, too long, empty, or of other characters than letters, digits,
            blanks and ``_.:/=+-@``.
    """
    if len(properties) > MOST_PROPERTIES:
        raise _refused(f"'{len(properties)} entries'", f"length at most {MOST_PROPERTIES}")
    for key, value in properties.items():
        for text, longest in ((key, LONGEST_KEY), (value, LONGEST_VALUE)):
            if not 1 <= len(text) <= longest:
                raise _refused(f"{key!r}: '{text}'", f"length from 1 to {longest}")
            if not all(_is_allowed(character) for character in text):
                raise _refused(
                    f"{key!r}: '{text}'", "letters, digits, blanks and _.:/=+-@ and no others"
                )


def _is_allowed(character: str) -> bool:
    return character in _MARKS or unicodedata.category(character)[0] in "LNZ"


def _refused(value: str, rule: str) -> ValidationError:
    return ValidationError(
        f"1 validation error detected: Value {value} at 'customerMetadataProperties' failed to "
        f"satisfy constraint: Map must have {rule}"
    )
