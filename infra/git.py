"""Git, as every command here runs it: no hook and no surrounding git command has a say."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path


class GitError(RuntimeError):
    """Git refused, or is not there; the message is its own."""


def git(root: Path, *arguments: str) -> str:
    """Run git in a working tree and return what it printed.

    Raises:
        GitError: it failed, or is not on PATH.
    """
    environment = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    try:
        done = subprocess.run(  # noqa: S603 - the caller's own arguments
            ["git", "-c", "core.hooksPath=/dev/null", *arguments],  # noqa: S607 - found on PATH
            cwd=root,
            env=environment,
            capture_output=True,
            encoding="utf-8",
            errors="surrogateescape",  # a file may be called by any bytes
            check=False,
        )
    except FileNotFoundError:
        raise GitError("git must be on PATH to compare revisions") from None
    if done.returncode != 0:
        said = done.stderr.strip() or "no common commit"  # merge-base alone fails without a word
        command = next(one for one in arguments if one != "-c" and "=" not in one)
        raise GitError(f"git {command}: {said}")
    return done.stdout
