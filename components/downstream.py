"""The environment that takes a stack's approved model versions."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Downstream:
    """Roles of another account that may read what a version consists of.

    Raises:
        ValueError: the account is not one.
    """

    account_id: str
    """Twelve digits."""
    role_names: str
    """Pattern of the names of its roles (``flights-prod-*-promotion``); no others may read."""

    def __post_init__(self) -> None:
        if len(self.account_id) != 12 or not self.account_id.isdigit():  # noqa: PLR2004 - AWS's
            raise ValueError(f"account_id must be 12 digits, got {self.account_id!r}")
