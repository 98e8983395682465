"""What every group of settings is made of, and how a rule about one of them is told."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict
from pydantic_core import PydanticCustomError


class Settings(BaseModel):
    """Frozen, closed to unknown keys, and strict: a quoted number is not a number."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, use_attribute_docstrings=True
    )


def at(key: str, rule: str, value: object, *, beside: tuple[str, ...] = ()) -> PydanticCustomError:
    """Return an error about ``key`` below the model that is being validated.

    ``beside`` names the other keys below it that the rule is about: where the two come from
    different layers, a reader has to see both places.
    """
    return PydanticCustomError(
        "rule", "{rule}", {"key": key, "rule": rule, "got": value, "beside": beside}
    )
