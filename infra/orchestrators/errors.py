"""What keeps a stack from being exported."""

from __future__ import annotations


class ExportError(ValueError):
    """Something cannot be written as the other tool wants it; nothing was written."""
