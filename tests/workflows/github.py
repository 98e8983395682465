"""GitHub's workflows, run here: each job's commands in a clone, with the contexts of an event.

Only what these workflows use is understood; anything else fails the test that meets it.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / ".github" / "workflows"
EXPRESSION = re.compile(r"\$\{\{\s*(.+?)\s*\}\}", re.DOTALL)
TOKEN = re.compile(r"'[^']*'|&&|\|\||==|!=|!|[(),]|[\w.*-]+")
WORDS = {"&&": " and ", "||": " or ", "!": " not ", "==": "==", "!=": "!="}


def workflow(name: str) -> dict[str, Any]:
    # YAML 1.1 takes "on" for true.
    text = (FOLDER / f"{name}.yml").read_text(encoding="utf-8")
    held: dict[Any, Any] = yaml.safe_load(text)
    held["on"] = held.pop(True)
    return held


def names() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("*.yml"))


def holds(condition: str, known: Mapping[str, Any]) -> bool:
    """Return whether a condition holds; a context that is not known is null, as GitHub has it."""

    def word(token: str) -> str:
        if token in WORDS or token[0] in "'(),":
            return WORDS.get(token, token)
        if token in {"always", "cancelled", "contains"}:
            return f"functions[{token!r}]"
        return f"known.get({token!r})"

    functions = {
        "always": lambda: True,
        "cancelled": lambda: False,
        "contains": lambda held, one: one in (held or ()),
    }
    text = EXPRESSION.sub(r"\1", condition)
    assert not TOKEN.sub("", text).split(), f"{condition} must be of words known here"
    told = "".join(word(token) for token in TOKEN.findall(text))
    return bool(eval(told, {"functions": functions, "known": known}))  # noqa: S307 - our own files


def checkout(folder: Path) -> Path:
    """Return this project as it stands, uncommitted changes too, as the one commit of main."""
    clone = folder / "clone"
    git(folder, "init", "-q", "-b", "main", str(clone))
    listed = git(ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    for name in filter(None, listed.split("\0")):
        source, target = ROOT / name, clone / name
        if source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)
    commit(clone, "as it stands")
    git(clone, "update-ref", "refs/remotes/origin/main", "HEAD")
    compiled = Path(".mlops") / "compiled"  # by its content: a pipeline takes 20 seconds
    with suppress(shutil.Error, FileNotFoundError):  # another test may be writing there
        shutil.copytree(ROOT / compiled, clone / compiled)
    environment = clone / ".venv"
    environment.mkdir()
    for name in ("bin", "lib", "include", "pyvenv.cfg"):
        (environment / name).symlink_to(Path(sys.prefix) / name)
    (environment / ".installed").touch()  # make setup finds nothing to do
    return clone


def commit(clone: Path, message: str) -> str:
    git(clone, "add", "--all")
    identity = ("-c", "user.name=someone", "-c", "user.email=someone@example.com")
    git(clone, *identity, "commit", "-q", "--allow-empty", "-m", message)
    return git(clone, "rev-parse", "HEAD").strip()


def git(folder: Path, *arguments: str) -> str:
    command = ["git", *arguments]
    return subprocess.run(
        command, cwd=folder, check=True, capture_output=True, text=True
    ).stdout  # fmt: skip


@dataclass
class Runner:
    """A machine of GitHub's with one clone."""

    clone: Path
    temp: Path
    contexts: dict[str, str]
    """By expression, what it is worth in this event."""
    variables: Mapping[str, str] = field(default_factory=dict)
    cloud: Mapping[str, str] = field(default_factory=dict)
    """What a job has once it assumed its role."""
    artifacts: dict[str, Path] = field(default_factory=dict)
    roles: list[str] = field(default_factory=list)

    def run(self, name: str, job: str, *, fails: bool = False) -> dict[str, str]:
        """Run a job's steps in order; return its outputs."""
        held = workflow(name)
        steps = held["jobs"][job]["steps"]
        variables = {**self.variables, **self._env(held), **self._env(held["jobs"][job])}
        outputs: dict[str, str] = {}
        failed = False
        for step in steps:
            if failed and step.get("if") != "always()":
                continue
            if not holds(step.get("if", "always()"), self.contexts):
                continue
            if "uses" in step:
                self._use(step, variables, outputs)
                continue
            done = self._shell(step, variables)
            failed = failed or done != 0
            outputs |= self._told(step, outputs)
        assert failed is fails, f"{name}.{job} {'ended well' if fails else 'failed'}"
        return {
            key: self._worth(value, outputs)
            for key, value in held["jobs"][job].get("outputs", {}).items()
        }

    def _shell(self, step: dict[str, Any], variables: dict[str, str]) -> int:
        assert "${{" not in step["run"]
        (self.temp / "output").write_text("")
        own = {**variables, **{k: self._worth(v) for k, v in step.get("env", {}).items()}}
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=self.clone,
            env={
                **os.environ,
                "PYTHON": sys.executable,
                "PYTHONPATH": str(self.clone),
                "GITHUB_OUTPUT": str(self.temp / "output"),
                **own,
            },
            capture_output=True,
            text=True,
            check=False,
            timeout=900,
        )
        print(f"$ {step['run']}\n{done.stdout}{done.stderr}")  # noqa: T201 - of a test that fails
        return done.returncode

    def _told(self, step: dict[str, Any], before: dict[str, str]) -> dict[str, str]:
        lines = (self.temp / "output").read_text().splitlines()
        pairs = [line.partition("=") for line in lines]
        found = {f"steps.{step.get('id')}.outputs.{key}": value for key, _, value in pairs}
        self.contexts |= found
        return {**before, **found}

    def _use(
        self, step: dict[str, Any], variables: dict[str, str], outputs: dict[str, str]
    ) -> None:
        action = step["uses"].partition("@")[0]
        given = {k: self._worth(str(v), outputs) for k, v in step.get("with", {}).items()}
        match action:
            case "actions/checkout" | "actions/setup-python":
                pass
            case "actions/upload-artifact":
                self.artifacts[given["name"]] = self.clone / given["path"]
            case "actions/download-artifact":
                shutil.copytree(self.artifacts[given["name"]], given["path"], dirs_exist_ok=True)
            case "aws-actions/configure-aws-credentials":
                self.roles.append(given["role-to-assume"])
                variables |= self.cloud
            case "pulumi/actions":
                assert shutil.which("pulumi")
            case _:
                raise AssertionError(f"{action} must be one of those known here")

    def _env(self, of: dict[str, Any]) -> dict[str, str]:
        given = of.get("env", {})
        return {k: self._worth(str(v)) for k, v in given.items() if k not in self.variables}

    def _worth(self, text: str, outputs: Mapping[str, str] | None = None) -> str:
        known = {**self.contexts, **(outputs or {})}

        def value(found: re.Match[str]) -> str:
            expression = found[1]
            if expression.startswith("steps.") and expression not in known:
                return ""  # as GitHub has it for a step that did not run
            assert expression in known, f"no context has {expression}"
            return known[expression]

        return EXPRESSION.sub(value, text)
