"""What data can have that no analysis can be made of."""

from __future__ import annotations


class ExploreError(ValueError):
    """Data cannot be analysed; the message names the file, what is wrong there, and the rule."""
