"""A model's own serving code, run on requests that were captured: ``replay.py FOLDER``.

Run as a file where the model needs libraries that this project's environment lacks: it reads
requests from stdin, a JSON list of texts, and writes the answers to stdout as another.
"""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

CSV = "text/csv"


def answers(folder: Path, requests: Iterable[str]) -> list[str]:
    """Return what the model in a folder answers.

    Raises:
        FileNotFoundError: there is no serving code.
    """
    code = _code(folder / "code" / "inference.py")
    model = code.model_fn(str(folder))
    return [_answer(code, model, request) for request in requests]


def _answer(code: Any, model: Any, request: str) -> str:  # noqa: ANN401 - a module, a model
    prediction = code.predict_fn(code.input_fn(request, CSV), model)
    answer = code.output_fn(prediction, CSV)
    return str(answer[0] if isinstance(answer, tuple) else answer)


def _code(path: Path) -> Any:  # noqa: ANN401 - a module
    spec = importlib.util.spec_from_file_location("frozen_inference", path)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(f"model archive must hold code/inference.py, got no {path}")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    json.dump(answers(Path(sys.argv[1]), json.load(sys.stdin)), sys.stdout)
