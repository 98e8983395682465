from __future__ import annotations

import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
STACKS = Path(__file__).parent / "stacks"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of stack files whose lines the tests know, to be spoilt."""
    shutil.copytree(STACKS, tmp_path / "stacks")
    return tmp_path
