"""Code that components carry to where it runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True, slots=True)
class FunctionCode:
    """What a Lambda function runs."""

    handler: str
    """``module.function``."""
    files: Mapping[str, Path]
    """Name within the package to where the file lies now."""
