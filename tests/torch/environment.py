"""Where torch is."""

from __future__ import annotations

import pytest

from infra.emulator.containers.images import python_of

PYTHON = python_of("torch")

needs_torch = pytest.mark.skipif(not PYTHON.exists(), reason="torch is not installed: make torch")
