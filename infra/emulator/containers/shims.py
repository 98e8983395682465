"""The commands that a container's shell finds first on its ``PATH``."""

from __future__ import annotations

import sys
import sysconfig
from collections.abc import Mapping
from pathlib import Path

from infra.emulator.containers import smspark

_PYTHON = """#!/bin/sh
# Installing into the emulator's own interpreter would change the project's environment.
if [ "$1" = "-m" ] && [ "$2" = "pip" ] && [ "$3" = "install" ]; then
  echo "the emulator installs no packages: put them in the image" >&2; exit 1
fi
PYTHONPATH="${{PYTHONPATH:+$PYTHONPATH:}}{packages}" exec "{python}" "$@"
"""
_PIP = """#!/bin/sh
exec "{directory}/python" -m pip "$@"
"""
_SUBMIT = """#!/bin/sh
exec "{python}" -I "{program}" "$@"
"""


def packages() -> list[str]:
    """Return where libraries are installed; the project's own editable install is not among them.

    That one is a ``.pth`` file, which only the environment's own interpreter honours.
    """
    paths = sysconfig.get_paths()
    return sorted({paths["purelib"], paths["platlib"]})


def write(directory: Path) -> Path:
    """Write ``python`` and ``pip`` in their usual spellings; returns the directory."""
    base: str = getattr(sys, "_base_executable", sys.executable)
    python = _PYTHON.format(python=base, packages=":".join(packages()))
    return _write(directory, python, {})


def write_spark(directory: Path, python: Path) -> Path:
    """Write the same for the environment that has Spark, and its entry point beside them."""
    submit = _SUBMIT.format(python=python, program=smspark.__file__)
    return _write(directory, _PYTHON.format(python=python, packages=""), {"smspark-submit": submit})


def _write(directory: Path, python: str, others: Mapping[str, str]) -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    pip = _PIP.format(directory=directory)
    texts = {"python": python, "python3": python, "pip": pip, "pip3": pip, **others}
    for name, text in texts.items():
        path = directory / name
        path.write_text(text)
        path.chmod(0o755)
    return directory
