"""The command line's reference, from its own help."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]


def page() -> str:
    """Return every command with its arguments and options as Markdown, by typer itself.

    Raises:
        RuntimeError: typer does not take the command line.
    """
    asked = ("infra.cli.main", "utils", "docs", "--name", "mlops", "--title", "Command line")
    done = subprocess.run(  # noqa: S603 - our own interpreter and words
        [sys.executable, "-m", "typer", *asked],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"typer must describe the command line, got {done.stderr}")
    return done.stdout.replace(f"{ROOT}/", "")  # a default is a file of this project
