"""What ``components.downstream`` is in plain values."""

from typing import TypedDict


class Downstream(TypedDict):
    """Roles of another account that may read what a version consists of."""

    account_id: str
    """Twelve digits."""
    role_names: str
    """Pattern of the names of its roles (`flights-prod-*-promotion`); no others may read."""
