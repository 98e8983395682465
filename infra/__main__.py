"""What ``pulumi up`` runs."""

import sys
from pathlib import Path

_HERE = Path(__file__).resolve().parent
# Pulumi runs this folder as a program, which puts the folder itself on the path: there,
# platform.py would stand before the standard library's module of that name.
sys.path[:] = [str(_HERE.parent), *(one for one in sys.path if Path(one).resolve() != _HERE)]

import pulumi  # noqa: E402 - after the path is right

from infra.program import load  # noqa: E402 - after the path is right

load(pulumi.get_stack()).declare()
