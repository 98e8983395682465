"""``python -m infra.plan.write OUT STACK...``: stacks as this code declares them, as snapshots.

Each becomes ``OUT/STACK.json``; where that fails, ``OUT/STACK.error`` says why in a few lines.
"""

from __future__ import annotations

import argparse
import sys
import traceback
from pathlib import Path
from typing import Final

from infra.plan.describe import describe
from infra.plan.evaluate import evaluate_stack
from infra.plan.snapshot import to_json
from stacks.errors import StackError

FRAMES: Final = 3
ROOT: Final = Path(__file__).resolve().parents[2]


def main(arguments: list[str] | None = None) -> int:
    """Write a file for each stack; whatever the program raises becomes that stack's error."""
    parser = argparse.ArgumentParser(prog="python -m infra.plan.write", description=__doc__)
    parser.add_argument("out", type=Path, help="folder for the files")
    parser.add_argument("stacks", nargs="+", help="names, such as flights-dev")
    parser.add_argument("--no-model", action="store_true", help="before a version was approved")
    options = parser.parse_args(arguments)
    for stack in options.stacks:
        try:
            snapshot = describe(evaluate_stack(stack, model=not options.no_model))
        except Exception as error:  # noqa: BLE001 - anything a program may raise is its answer
            (options.out / f"{stack}.error").write_text(reason(error), encoding="utf-8")
        else:
            (options.out / f"{stack}.json").write_text(to_json(snapshot), encoding="utf-8")
    return 0


def reason(error: BaseException) -> str:
    """Return what went wrong, and for a program's own fault where in this project."""
    if isinstance(error, StackError):
        return str(error)
    frames = [
        f"  {Path(frame.filename).relative_to(ROOT)}:{frame.lineno} in {frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)
        if Path(frame.filename).is_relative_to(ROOT) and ".venv" not in frame.filename
    ]
    return "\n".join([f"{type(error).__name__}: {error}", *frames[-FRAMES:]])


if __name__ == "__main__":
    sys.exit(main())
