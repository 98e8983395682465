"""Compiles Kubeflow pipelines: ``python compile_kubeflow.py ANSWER.json FILE...``.

Run by the Python that has kfp; imports nothing of this project. A file's pipeline is its
``pipeline``.
"""

import importlib.util
import json
import sys
from pathlib import Path

from kfp import compiler


def compiled(path: Path) -> str:
    """Return the pipeline of a file in Kubeflow's intermediate representation."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} must be a module")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    target = path.with_suffix(".yaml")
    compiler.Compiler().compile(module.pipeline, str(target))
    return target.read_text(encoding="utf-8")


def main(answer: str, *files: str) -> None:
    """Write each file's compiled form, or its error."""
    made: dict[str, str] = {}
    errors: dict[str, str] = {}
    for file in files:
        path = Path(file)
        try:
            made[path.with_suffix(".yaml").name] = compiled(path)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the file's
            errors[path.name] = f"{type(error).__name__}: {error}"
    Path(answer).write_text(json.dumps({"files": made, "errors": errors}), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
