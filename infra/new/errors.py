"""Why nothing was written."""

from __future__ import annotations


class NewError(ValueError):
    """What was asked for cannot be written; nothing was changed. The message names the rule."""
