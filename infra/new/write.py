"""Writing files as one: made and checked in a folder beside, then moved; or nothing at all."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from infra.new.errors import NewError
from stacks.layers import load

CHANGED = ("stacks/",)
"""What may be there already, to be added to."""


def write(files: Mapping[str, str], root: Path, *, stacks: list[str], use_case: str = "") -> None:
    """Write files below the project's root.

    ``stacks`` are those that must be valid with them; ``use_case`` one whose code must load.

    Raises:
        NewError: a file is there already, or the project's own loaders refuse what was made.
        StackError: a stack's settings break rules.
    """
    for path in files:
        if (root / path).exists() and not path.startswith(CHANGED):
            raise NewError(f"{path}: must not be there yet, got one; nothing is overwritten")
    with tempfile.TemporaryDirectory(prefix=".new-", dir=root) as made:
        folder = Path(made)
        shutil.copytree(root / "stacks", folder / "stacks", ignore=shutil.ignore_patterns("*.py"))
        for path, text in files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text, encoding="utf-8")
        code = sorted(str(folder / path) for path in files if path.endswith(".py"))
        if code:
            _ruff("check", "--select", "I,RUF", "--fix", "--quiet", *code, root=root)
            _ruff("format", "--quiet", *code, root=root)
        for stack in stacks:
            load(stack, folder)
        if use_case:
            _loads(use_case, folder, root)
        _move(sorted(files), folder, root)


def _move(files: list[str], folder: Path, root: Path) -> None:
    """Put each file where it belongs; take all back if one cannot be."""
    done: list[tuple[Path, bytes | None]] = []
    try:
        for path in files:
            target = root / path
            before = target.read_bytes() if target.exists() else None
            target.parent.mkdir(parents=True, exist_ok=True)
            done.append((target, before))
            (folder / path).replace(target)
    except OSError as error:
        for target, before in reversed(done):
            if before is None:
                target.unlink(missing_ok=True)
            else:
                target.write_bytes(before)
        raise NewError(
            f"{error.filename or root}: must be writable, got {error.strerror}"
        ) from error


def _loads(use_case: str, folder: Path, root: Path) -> None:
    """Load the new code beside the project's own."""
    (folder / "pipelines" / "__init__.py").write_text("")
    for name in ("shared", "settings.py"):
        (folder / "pipelines" / name).symlink_to(root / "pipelines" / name)
    code = (
        f"import pipelines.{use_case}.features, pipelines.{use_case}.card,"
        f" pipelines.{use_case}.evidence, pipelines.{use_case}.lambdas.scoring"
    )
    done = subprocess.run(  # noqa: S603 - this interpreter
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise NewError(
            f"pipelines/{use_case}: must load, got {done.stderr.strip().splitlines()[-1]}"
        )


def _ruff(*arguments: str, root: Path) -> None:
    done = subprocess.run(  # noqa: S603 - this interpreter
        [sys.executable, "-m", "ruff", *arguments, "--config", str(root / "pyproject.toml")],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise NewError(f"what was made must be Python, got {done.stdout}{done.stderr}")
