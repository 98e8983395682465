"""The model: what ``inference.py`` says of it, and SageMaker's defaults where it does not."""

from __future__ import annotations

import importlib
import inspect
import logging
import sys
from collections.abc import Callable, Hashable, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from pipelines.server import codec, device, rows
from pipelines.server.requests import Answer, Context, Request
from pipelines.server.settings import Settings

log = logging.getLogger(__name__)

HOOKS = ("model_fn", "input_fn", "predict_fn", "output_fn", "transform_fn", "sample_fn")
BATCHED = "BATCHED"
TOLERANCE = 1e-3
"""Of a row's prediction in a batch beside the row's alone: kernels add up in another order."""


class ModelError(Exception):
    """The model folder does not hold what the contract asks for."""


class Model:
    """A loaded model, with its functions.

    Raises:
        ModelError: the module is missing, or its functions do not fit together.
        Exception: whatever the module or its ``model_fn`` raises.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.device = device.settle(settings.device, settings.num_threads)
        module = _module(settings)
        found = {name: getattr(module, name) for name in HOOKS if hasattr(module, name)}
        if "model_fn" not in found:
            raise ModelError(f"{settings.program} must define model_fn")
        if "transform_fn" in found and found.keys() & {"input_fn", "predict_fn", "output_fn"}:
            raise ModelError(
                f"{settings.program} must define either transform_fn or input_fn, predict_fn and "
                "output_fn, got both"
            )
        self._batch_fn: Callable[..., Any] | None = getattr(module, "batch_fn", None)
        self._split_fn: Callable[..., Any] | None = getattr(module, "split_fn", None)
        if (self._batch_fn is None) != (self._split_fn is None):
            raise ModelError(f"{settings.program} must define both batch_fn and split_fn, or none")
        self.batched = bool(getattr(module, BATCHED, False)) or self._batch_fn is not None
        self._transform = found.get("transform_fn")
        if self.batched and self._transform is not None:
            raise ModelError(f"{settings.program} must not define transform_fn and be batched")
        if self.batched and _takes_context(found.get("predict_fn"), 2):
            raise ModelError("predict_fn of a model that is batched must not take a context")
        self._input = found.get("input_fn", self._default_input)
        self._predict = found.get("predict_fn", self._default_predict)
        self._output = found.get("output_fn", codec.encode)
        self._contexts = {
            "input": _takes_context(self._input, 2),
            "predict": _takes_context(self._predict, 2),
            "output": _takes_context(self._output, 2),
            "transform": _takes_context(self._transform, 4),
        }
        self.sample: Callable[[], tuple[str | bytes, str]] | None = found.get("sample_fn")
        load = found["model_fn"]
        arguments: list[Any] = [str(settings.model_dir)]
        if _takes_context(load, 1):
            arguments.append(Context(Request(b""), self.device))
        self._model = load(*arguments)

    # --- the steps of an answer ---

    def read(self, request: Request) -> Any:
        """Return the request as ``predict_fn`` takes it."""
        kind = request.content_type.partition(";")[0].strip()
        content: str | bytes = request.body
        if kind in codec.TEXTS:
            content = request.body.decode()
        if self._contexts["input"]:
            return self._input(content, kind, Context(request, self.device))
        return self._input(content, kind)

    def predict(self, data: Any, request: Request | None = None) -> Any:
        """Return the prediction for an input, be it one request's or several joined."""
        if self._contexts["predict"]:
            return self._predict(data, self._model, Context(request or Request(b""), self.device))
        return self._predict(data, self._model)

    def write(self, prediction: Any, request: Request) -> Answer:
        """Return the answer to a request."""
        accept = self._accept(request)
        if not self._contexts["output"]:
            return _answer(self._output(prediction, accept), accept)
        context = Context(request, self.device)
        return _answer(self._output(prediction, accept, context), accept, context)

    def transform(self, request: Request) -> Answer | None:
        """Return the answer of ``transform_fn``, ``None`` where there is none."""
        if self._transform is None:
            return None
        kind = request.content_type.partition(";")[0].strip()
        content: str | bytes = request.body.decode() if kind in codec.TEXTS else request.body
        accept = self._accept(request)
        context = Context(request, self.device)
        more = (context,) if self._contexts["transform"] else ()
        return _answer(self._transform(self._model, content, kind, accept, *more), accept, context)

    # --- batches ---

    def kind(self, data: Any) -> Hashable | None:
        """Return what inputs must share to be predicted together; ``None`` for one alone."""
        if not self.batched:
            return None
        return "batch_fn" if self._batch_fn is not None else rows.kind(data)

    def join(self, inputs: Sequence[Any]) -> Any:
        """Return several inputs as one."""
        return rows.join(inputs) if self._batch_fn is None else self._batch_fn(list(inputs))

    def split(self, prediction: Any, numbers: Sequence[int]) -> list[Any]:
        """Return each input's part of a prediction.

        Raises:
            ValueError: there are not as many parts as inputs, or rows as were given.
        """
        if self._split_fn is None:
            return rows.split(prediction, numbers)
        parts = list(self._split_fn(prediction, list(numbers)))
        if len(parts) != len(numbers):
            raise ValueError(f"split_fn must return {len(numbers)} parts, got {len(parts)}")
        return parts

    def warm_up(self) -> bool:
        """Predict the sample alone and in a full batch; return whether there is a sample.

        Raises:
            ModelError: a row's prediction hangs on the rows beside it, or cannot be told apart.
            Exception: whatever the functions raise.
        """
        if self.sample is None:
            return False
        body, kind = self.sample()
        request = Request(body.encode() if isinstance(body, str) else body, kind)
        if self._transform is not None:
            self.transform(request)
            return True
        data = self.read(request)
        alone = self.predict(data, request)
        self.write(alone, request)
        if not self.batched:
            return True
        if self.kind(data) is None:
            raise ModelError(
                "input_fn of a model that is batched must return rows that can be joined, got "
                f"{type(data).__name__}; batch_fn and split_fn join others"
            )
        number = rows.count(data)
        times = max(2, self.settings.max_batch_rows // max(number, 1))
        parts = self.split(self.predict(self.join([data] * times)), [number] * times)
        for part in (parts[0], parts[-1]):
            if not rows.alike(alone, part, tolerance=TOLERANCE):
                raise ModelError(
                    f"predict_fn must answer a row alike alone and among {times * number}: "
                    f"{settings_hint(self.settings)}"
                )
        return True

    def _accept(self, request: Request) -> str:
        accept = request.accept.partition(",")[0].partition(";")[0].strip()
        return self.settings.accept if accept in {"", "*/*"} else accept

    def _default_input(self, content: str | bytes, kind: str) -> Any:
        """Read rows of numbers: a tensor on the device where there is torch, else an array."""
        values = codec.decode(content, kind)
        torch = sys.modules.get("torch")
        return values if torch is None else torch.as_tensor(values).to(self.device)

    def _default_predict(self, data: Any, model: Any) -> Any:
        """Call a torch module as SageMaker's PyTorch images do, ``predict`` of anything else."""
        torch = sys.modules.get("torch")
        if torch is None or not isinstance(model, torch.nn.Module):
            return model.predict(data if torch is None else data.cpu().numpy())
        model.eval()
        with torch.inference_mode():
            return model.to(self.device)(torch.as_tensor(data).to(self.device))


def settings_hint(settings: Settings) -> str:
    """Return what to do about a model that is not to be batched."""
    return f"set eval mode, or remove {BATCHED} from {settings.program}"


def _answer(result: Any, accept: str, context: Context | None = None) -> Answer:
    body, kind = result if isinstance(result, tuple) else (result, accept)
    content = body if isinstance(body, bytes) else str(body).encode()
    headers = tuple(context.response_headers.items()) if context else ()
    return Answer(200, kind, content, headers)


def _takes_context(function: Any, before: int) -> bool:
    if function is None:
        return False
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return False
    return len(parameters) > before and parameters[before].name == "context"


def _module(settings: Settings) -> Any:
    program = settings.code_dir / settings.program
    if not program.is_file():
        raise ModelError(f"SAGEMAKER_PROGRAM {settings.program} must lie in {settings.code_dir}")
    _check_requirements(settings.code_dir / "requirements.txt")
    sys.path.insert(0, str(settings.code_dir))
    name = Path(settings.program).with_suffix("").as_posix().replace("/", ".")
    return importlib.import_module(name)


def _check_requirements(path: Path) -> None:
    """Hold what the model asks for to what the image has: nothing is installed at start.

    Raises:
        ModelError: something is missing, or has another version.
    """
    if not path.is_file():
        return
    from packaging.requirements import Requirement  # noqa: PLC0415 - needed for such models alone

    for line in path.read_text().splitlines():
        text = line.partition("#")[0].strip()
        if not text:
            continue
        wanted = Requirement(text)
        if wanted.marker is not None and not wanted.marker.evaluate():
            continue
        try:
            version = metadata.version(wanted.name)
        except metadata.PackageNotFoundError:
            version = "nothing"
        if version == "nothing" or not wanted.specifier.contains(version, prereleases=True):
            raise ModelError(f"requirements.txt must be met by the image: {text}, got {version}")
