"""A model server: SageMaker's hosting contract for its XGBoost, scikit-learn and PyTorch images.

``serve.py FAMILY SOCKET`` loads the model, then answers ``/ping`` and ``/invocations`` over
HTTP/1.1 on a Unix socket. It exits with 1, its reason on stderr, when the model cannot be loaded.
Requests are predicted one at a time, as by one worker of the images' own servers.
"""

# ruff: noqa: ANN401, PLC0415, BLE001
# What users and libraries pass is untyped; libraries load only where the image has them; whatever
# a user's function raises is the answer.

from __future__ import annotations

import contextlib
import importlib
import io
import json
import os
import socket
import sys
import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

CSV, JSON, NPY, OCTETS = (
    "text/csv",
    "application/json",
    "application/x-npy",
    "application/octet-stream",
)
TEXT_TYPES = {CSV, JSON}
Answer = tuple[int, str, bytes]


class UnsupportedTypeError(Exception):
    """A content type that the model does not read, or cannot write."""


# --- what the images do where the user's module does not say ---


def decode(body: Any, content_type: str) -> Any:
    """Return the request as an array."""
    import numpy as np

    if content_type == CSV:
        return np.genfromtxt(io.StringIO(_text(body)), delimiter=",", ndmin=2)
    if content_type == JSON:
        return np.array(json.loads(_text(body)))
    if content_type == NPY:
        return np.load(io.BytesIO(body), allow_pickle=False)
    raise UnsupportedTypeError(f"content type {content_type} is not supported")


def encode(prediction: Any, accept: str) -> tuple[Any, str]:
    """Return predictions as CSV, JSON or NPY."""
    import numpy as np

    if isinstance(prediction, (str, bytes)):
        return prediction, accept
    values = np.asarray(prediction)
    if accept == CSV:
        rows = values.reshape(len(values), -1) if values.ndim else values.reshape(1, 1)
        return "".join(",".join(map(str, row)) + "\n" for row in rows.tolist()), CSV
    if accept == JSON:
        return json.dumps(values.tolist()), JSON
    if accept == NPY:
        buffer = io.BytesIO()
        np.save(buffer, values, allow_pickle=False)
        return buffer.getvalue(), NPY
    raise UnsupportedTypeError(f"accept {accept} is not supported")


def xgboost_decode(body: Any, content_type: str) -> Any:
    """Return the request as the matrix that a Booster predicts from."""
    import xgboost

    return xgboost.DMatrix(decode(body, content_type))


def xgboost_predict(data: Any, model: Any) -> Any:
    """Predict with a Booster, whatever its features were called in training."""
    return model.predict(data, validate_features=False)


def xgboost_model(model_dir: str) -> Any:
    """Return the one Booster that lies in the directory.

    Raises:
        RuntimeError: there is none, or more than one.
    """
    import xgboost

    files = [p for p in Path(model_dir).iterdir() if p.is_file() and not p.name.startswith(".")]
    if len(files) != 1:
        raise RuntimeError(f"{model_dir} must hold one model file, holds {len(files)}")
    booster = xgboost.Booster()
    booster.load_model(bytearray(files[0].read_bytes()))
    return booster


def torch_decode(body: Any, content_type: str) -> Any:
    """Return the request as a tensor: of floats, if it came as text."""
    import torch

    values = decode(body, content_type)
    return torch.as_tensor(values, dtype=torch.float32 if content_type in TEXT_TYPES else None)


def torch_predict(data: Any, model: Any) -> Any:
    """Call the module in eval mode, without gradients, on the CPU."""
    import torch

    model.eval()
    with torch.no_grad():
        return model(data).detach()


def xgboost_encode(prediction: Any, accept: str) -> tuple[Any, str]:
    """Return predictions as the built-in algorithm does: one line of numbers, or JSON."""
    if accept == JSON:
        rows = [{"score": score} for score in prediction.tolist()]
        return json.dumps({"predictions": rows}), JSON
    return ",".join(map(str, prediction.tolist())), CSV


# --- the model ---


class Model:
    """The user's functions, the image's where the user has none, and the loaded model."""

    def __init__(self, family: str) -> None:
        self.model_dir = os.environ.get("SM_MODEL_DIR", "/opt/ml/model")
        module = _user_module(self.model_dir)
        if module is None and family != "xgboost":
            raise RuntimeError(f"the {family} image needs SAGEMAKER_PROGRAM, it is not set")
        boosted = family == "xgboost"
        functions: dict[str, Callable[..., Any]] = {
            "input_fn": xgboost_decode if boosted else decode,
            "predict_fn": xgboost_predict if boosted else _predict,
            "output_fn": xgboost_encode if boosted and module is None else encode,
        }
        if boosted and module is None:
            functions["model_fn"] = xgboost_model
        if family == "pytorch":
            functions |= {"input_fn": torch_decode, "predict_fn": torch_predict}
        for name in ("model_fn", "input_fn", "predict_fn", "output_fn", "transform_fn"):
            if hasattr(module, name):
                functions[name] = getattr(module, name)
        if "model_fn" not in functions:
            raise NotImplementedError(f"{os.environ['SAGEMAKER_PROGRAM']} must define model_fn")
        self._functions = functions
        self._lock = threading.Lock()
        fallback = CSV if boosted and module is None else JSON
        self._accept = os.environ.get("SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT", fallback)
        self._model = functions["model_fn"](self.model_dir)

    def predict(self, body: bytes, content_type: str, accept: str) -> tuple[Any, str]:
        """Return the answer and its content type."""
        if accept in {"", "*/*"}:
            accept = self._accept
        kind = content_type.split(";", maxsplit=1)[0].strip()
        content: Any = body.decode("utf-8") if kind in TEXT_TYPES else body
        with self._lock:
            if "transform_fn" in self._functions:
                result = self._functions["transform_fn"](self._model, content, kind, accept)
            else:
                data = self._functions["input_fn"](content, kind)
                prediction = self._functions["predict_fn"](data, self._model)
                result = self._functions["output_fn"](prediction, accept)
        return result if isinstance(result, tuple) else (result, accept)


def _predict(data: Any, model: Any) -> Any:
    return model.predict(data)


def _user_module(model_dir: str) -> Any:
    program = os.environ.get("SAGEMAKER_PROGRAM")
    if not program:
        return None
    directory = os.environ.get("SAGEMAKER_SUBMIT_DIRECTORY", f"{model_dir}/code")
    if "://" in directory:
        raise RuntimeError(f"SAGEMAKER_SUBMIT_DIRECTORY {directory}: not emulated")
    if not (Path(directory) / program).is_file():
        raise FileNotFoundError(f"SAGEMAKER_PROGRAM {program} is not in {directory}")
    sys.path.insert(0, directory)
    return importlib.import_module(program.removesuffix(".py").replace("/", "."))


def _text(body: Any) -> str:
    return body if isinstance(body, str) else body.decode("utf-8")


# --- HTTP ---


def answer(model: Model, path: str, headers: dict[str, str], body: bytes) -> Answer:
    """Answer one request."""
    if path == "/ping":
        return 200, JSON, b""
    if path != "/invocations":
        return 404, "text/plain", f"no such path: {path}".encode()
    try:
        content, kind = model.predict(
            body, headers.get("content-type", JSON), headers.get("accept", "")
        )
    except UnsupportedTypeError as error:
        return 415, "text/plain", str(error).encode()
    except Exception as error:
        traceback.print_exc()
        return 500, "text/plain", f"{type(error).__name__}: {error}".encode()
    return 200, kind, content if isinstance(content, bytes) else str(content).encode()


def serve(model: Model, connection: socket.socket) -> None:
    """Answer the requests of one connection until it closes."""
    with connection, connection.makefile("rb") as reader, contextlib.suppress(OSError):
        while line := reader.readline(65536):
            path = line.split(b" ")[1].decode("latin-1")
            headers: dict[str, str] = {}
            while (header := reader.readline(65536)) not in {b"\r\n", b""}:
                name, _, value = header.decode("latin-1").partition(":")
                headers[name.lower()] = value.strip()
            body = reader.read(int(headers.get("content-length", "0")))
            status, kind, content = answer(model, path, headers, body)
            length = len(content)
            head = (
                f"HTTP/1.1 {status} -\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\r\n"
            )
            connection.sendall(head.encode("latin-1") + content)


def main(family: str, address: str) -> None:
    """Load the model, then serve until the process is ended."""
    here = str(Path(__file__).parent)
    sys.path[:] = [entry for entry in sys.path if entry != here]
    model = Model(family)
    # Bound under another name first: the socket appears only once it can be connected to.
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(f"{address}.new")
    listener.listen(128)
    Path(f"{address}.new").rename(address)
    print(f"serving {os.environ.get('SAGEMAKER_PROGRAM', 'the built-in algorithm')}")  # noqa: T201
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=serve, args=(model, connection), daemon=True).start()


if __name__ == "__main__":
    try:
        main(*sys.argv[1:3])
    except Exception:
        traceback.print_exc()
        sys.exit(1)
