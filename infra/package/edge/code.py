"""What ``components.code`` is in plain values."""

from collections.abc import Mapping
from typing import TypedDict


class FunctionCode(TypedDict):
    """What a Lambda function runs."""

    handler: str
    """`module.function`."""
    files: Mapping[str, str]
    """Name within the package to where the file lies now."""
