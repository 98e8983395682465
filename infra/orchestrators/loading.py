"""Generated files, loaded by the tool itself in an environment of its own."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from infra.orchestrators.errors import ExportError
from infra.orchestrators.files import Generated

PROGRAMS: Final = Path(__file__).parent / "programs"
TIMEOUT_SECONDS: Final = 300
TAIL_LINES: Final = 12


def load_airflow(generated: Generated, python: Path) -> None:
    """Have Airflow load every DAG, as its scheduler would.

    Raises:
        ExportError: a file does not load, or ``python`` has no Airflow; tells each file's error.
    """
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        _lay(generated, home)
        environment = {
            "AIRFLOW_HOME": str(home / "home"),
            "AIRFLOW__CORE__DAGS_FOLDER": str(home / "dags"),
            "AIRFLOW__CORE__PLUGINS_FOLDER": str(home / "plugins"),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__UNIT_TEST_MODE": "False",
        }
        answer = run(python, "load_airflow.py", [str(home / "dags")], environment)
    if errors := answer["errors"]:
        said = "; ".join(f"{Path(file).name}: {error}" for file, error in sorted(errors.items()))
        raise ExportError(f"airflow {answer['version']} must load every DAG, got {said}")


def compile_kubeflow(files: Mapping[str, str], python: Path) -> dict[str, str]:
    """Return what Kubeflow's compiler makes of each file, by the compiled file's name.

    Raises:
        ExportError: a file does not compile, or ``python`` has no kfp; tells each file's error.
    """
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            (Path(folder) / name).write_text(text, encoding="utf-8")
        paths = [str(Path(folder) / name) for name in sorted(files)]
        answer = run(python, "compile_kubeflow.py", paths, {})
    if errors := answer["errors"]:
        said = "; ".join(f"{file}: {error}" for file, error in sorted(errors.items()))
        raise ExportError(f"kfp must compile every pipeline, got {said}")
    made: dict[str, str] = answer["files"]
    return made


def load_feast(generated: Generated, python: Path) -> None:
    """Have Feast read every repository, as ``feast apply`` would.

    Raises:
        ExportError: one does not load, or ``python`` has no Feast; tells each one's error.
    """
    with tempfile.TemporaryDirectory() as folder:
        _lay(generated, Path(folder))
        places = sorted({str((Path(folder) / name).parent) for name in generated.files})
        answer = run(python, "load_feast.py", places, {"FEAST_USAGE": "False"})
    if errors := answer["errors"]:
        said = "; ".join(f"{Path(place).name}: {error}" for place, error in sorted(errors.items()))
        raise ExportError(f"feast {answer['version']} must load every repository, got {said}")


def run(
    python: Path, program: str, arguments: list[str], environment: dict[str, str]
) -> dict[str, Any]:
    """Return what a program of ours says, run by another Python with nothing of this one.

    Raises:
        ExportError: it ends badly; the message ends in the last lines that it said.
    """
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder) / "answer.json"
        try:
            done = subprocess.run(  # noqa: S603 - the Python that was named, a program of ours
                [str(python.absolute()), str(PROGRAMS / program), str(answer), *arguments],
                env={"PATH": os.environ.get("PATH", ""), "HOME": folder, **environment},
                cwd=folder,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                timeout=TIMEOUT_SECONDS,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise ExportError(f"{python} must run {program}, got {error}") from error
        if done.returncode != 0:
            said = "\n".join(done.stdout.strip().splitlines()[-TAIL_LINES:])
            raise ExportError(f"{python} must run {program}, it said:\n{said}")
        read: dict[str, Any] = json.loads(answer.read_text(encoding="utf-8"))
        return read


def _lay(generated: Generated, folder: Path) -> None:
    for name, text in generated.marked().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
