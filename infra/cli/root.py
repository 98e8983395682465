"""Where the project lies: its stack files, and what runs and is built for it."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[2]
