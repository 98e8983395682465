"""``python -m infra.plan.write OUT STACK...``: stacks as this code declares them, as snapshots.

Each becomes ``OUT/STACK.json``; where that fails, ``OUT/STACK.error`` says why in a few lines.
"""

from __future__ import annotations

import argparse
import gc
import sys
import traceback
from pathlib import Path
from typing import Final

FRAMES: Final = 3
ROOT: Final = Path(__file__).resolve().parents[2]


def main(arguments: list[str] | None = None) -> int:
    """Write a file for each stack; whatever the program raises becomes that stack's error."""
    parser = argparse.ArgumentParser(prog="python -m infra.plan.write", description=__doc__)
    parser.add_argument("out", type=Path, help="folder for the files")
    parser.add_argument("stacks", nargs="+", help="names, such as flights-dev")
    parser.add_argument("--no-model", action="store_true", help="before a version was approved")
    options = parser.parse_args(arguments)
    gc.disable()  # what an evaluation leaves behind is large and ends with this process
    for stack in options.stacks:
        try:
            written = snapshot(stack, model=not options.no_model)
        except BaseException as error:  # noqa: BLE001 - whatever a program raises is its answer
            (options.out / f"{stack}.error").write_text(reason(error), encoding="utf-8")
        else:
            (options.out / f"{stack}.json").write_text(written, encoding="utf-8")
        if stack != options.stacks[-1]:
            gc.collect()
    return 0


def snapshot(stack: str, *, model: bool) -> str:
    """Return a stack's snapshot as the file holds it."""
    # A program that cannot even be imported is told like any other fault of it.
    from infra.plan.describe import describe  # noqa: PLC0415
    from infra.plan.evaluate import evaluate_stack  # noqa: PLC0415
    from infra.plan.snapshot import to_json  # noqa: PLC0415

    return to_json(describe(evaluate_stack(stack, model=model)))


def reason(error: BaseException) -> str:
    """Return what went wrong, and for a program's own fault where in this project."""
    if any(kind.__name__ == "StackError" for kind in type(error).__mro__):
        return str(error)
    frames = [
        f"  {Path(frame.filename).relative_to(ROOT)}:{frame.lineno} in {frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)
        if Path(frame.filename).is_relative_to(ROOT) and ".venv" not in frame.filename
    ]
    return "\n".join([f"{type(error).__name__}: {error}", *frames[-FRAMES:]])


if __name__ == "__main__":
    sys.exit(main())
