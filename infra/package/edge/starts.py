"""What ``components.starts`` is in plain values."""

from typing import TypedDict

import pulumi


class NewObject(TypedDict):
    """Start when an object is created."""

    bucket: pulumi.Input[str]
    """A bucket that announces its objects to EventBridge."""
    pattern: str
    """Object key, with `*` for any run of characters."""
    parameter: str
    """Pipeline parameter that takes the object's key."""


class Recurring(TypedDict):
    """Start by the clock."""

    expression: str
    """`cron(...)` or `rate(...)`, in UTC."""
    time_parameter: str
    """Pipeline parameter that takes the scheduled time (ISO 8601)."""
