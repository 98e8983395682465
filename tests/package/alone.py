"""Run a folder as Python does, with nothing to import but what its requirements.txt holds.

``python tests/package/alone.py FOLDER ARGUMENT...``
"""

from __future__ import annotations

import re
import runpy
import sys
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

OF_THE_PROJECT = "mlops-loop"


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def own(folder: Path) -> set[str]:
    """Return the distributions that the folder's environment holds."""
    text = (folder / "requirements.txt").read_text(encoding="utf-8")
    return {OF_THE_PROJECT, *map(normal, re.findall(r"^([\w.-]+)==", text, re.MULTILINE))}


class Others:
    """Finds no module of any other distribution."""

    def __init__(self, held: set[str]) -> None:
        self.hidden = {
            module
            for module, given_by in packages_distributions().items()
            if not held & set(map(normal, given_by))
        }

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> None:  # noqa: ARG002
        if name.partition(".")[0] in self.hidden:
            raise ModuleNotFoundError(f"{name} is not of this environment", name=name)


if __name__ == "__main__":
    sys.argv.pop(0)
    sys.meta_path.insert(0, Others(own(Path(sys.argv[0]))))
    runpy.run_path(sys.argv[0], run_name="__main__")
