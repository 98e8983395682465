"""The commands that a container's shell finds first on its ``PATH``."""

from __future__ import annotations

import sys
import sysconfig
from collections.abc import Mapping
from pathlib import Path

from infra.emulator.containers import smspark
from infra.emulator.containers.images import Family

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


def packages(family: Family) -> list[str]:
    """Return where libraries are installed; the project's own editable install is not among them.

    That one is a ``.pth`` file, which only the environment's own interpreter honours.
    """
    if family.environment:
        found = family.python.parents[1].glob("lib*/python*/site-packages")
        return sorted({str(one.resolve()) for one in found})
    paths = sysconfig.get_paths()
    return sorted({paths["purelib"], paths["platlib"]})


def write(directory: Path, family: Family) -> Path:
    """Write ``python`` and ``pip`` in their usual spellings, and the image's own entry point.

    Returns the directory.
    """
    if not family.environment:
        base: str = getattr(sys, "_base_executable", sys.executable)
        return _write(
            directory, _PYTHON.format(python=base, packages=":".join(packages(family))), {}
        )
    python = _PYTHON.format(python=family.python, packages="")
    if family.environment != "spark":
        return _write(directory, python, {})
    submit = _SUBMIT.format(python=family.python, program=smspark.__file__)
    return _write(directory, python, {"smspark-submit": submit})


def _write(directory: Path, python: str, others: Mapping[str, str]) -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    pip = _PIP.format(directory=directory)
    texts = {"python": python, "python3": python, "pip": pip, "pip3": pip, **others}
    for name, text in texts.items():
        path = directory / name
        path.write_text(text)
        path.chmod(0o755)
    return directory
