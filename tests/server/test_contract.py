"""SageMaker's contract: paths, types, functions, errors."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipelines.server.model import Model, ModelError
from pipelines.server.settings import Settings
from tests.server.conftest import DOUBLE, Serving

ECHO = """
def model_fn(model_dir): return model_dir
def input_fn(body, content_type): return [type(body).__name__, content_type]
def predict_fn(data, model): return data
def output_fn(prediction, accept): return "|".join(prediction + [accept])
"""


def once(serving: Serving, code: str, *asked: Any, **environment: str) -> Any:
    """Serve a module and ask once."""

    async def run() -> Any:
        async with serving(code, **environment) as server:
            return await server.ask(*asked)

    return asyncio.run(run())


def test_a_server_is_not_healthy_before_its_model_is_loaded(serving: Serving) -> None:
    waits = "import threading\ngate = threading.Event()\ndef model_fn(d): gate.wait(20)\n"

    async def run() -> None:
        async with serving(waits, wait=False) as server:
            assert (await server.ask("", "/ping")).status == 503
            early = await server.ask()
            assert (early.status, early.headers["retry-after"]) == (503, "1")
            # A module is in `sys.modules` before its first line ran.
            while not hasattr(sys.modules.get("inference"), "model_fn"):
                await asyncio.sleep(0.001)
            server.module.gate.set()
            await server.loaded()
            assert (await server.ask("", "/ping")).status == 200

    asyncio.run(run())


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("def model_fn(d): raise OSError('weights are missing')\n", "weights are missing"),
        ("raise ImportError('no torch')\n", "no torch"),
        ("def input_fn(b, c): pass\n", "inference.py must define model_fn"),
        (
            "def model_fn(d): pass\ndef transform_fn(m, b, c, a): pass\ndef input_fn(b, c): pass\n",
            "must define either transform_fn or input_fn",
        ),
        ("def model_fn(d): pass\ndef batch_fn(i): pass\n", "both batch_fn and split_fn, or none"),
        (
            "BATCHED = True\ndef model_fn(d): pass\ndef transform_fn(m, b, c, a): pass\n",
            "must not define transform_fn and be batched",
        ),
        (
            "BATCHED = True\ndef model_fn(d): pass\ndef predict_fn(d, m, context): pass\n",
            "must not take a context",
        ),
    ],
)
def test_a_model_that_cannot_be_loaded_ends_the_server_with_the_reason(
    serving: Serving, code: str, told: str
) -> None:
    async def run() -> None:
        async with serving(code) as server:
            assert told in str(server.app.failure)
            assert server.stopped == ["failure"]
            assert (await server.ask("", "/ping")).status == 503

    asyncio.run(run())


def test_a_folder_without_the_program_is_refused(settings: Callable[..., Settings]) -> None:
    with pytest.raises(ModelError, match=r"SAGEMAKER_PROGRAM other\.py must lie in .*/code"):
        Model(settings(DOUBLE, SAGEMAKER_PROGRAM="other.py"))


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("no-such-package>=1", "no-such-package>=1, got nothing"),
        ("numpy<1", "numpy<1, got "),
        ("numpy>=1  # any\nno-such-package; sys_platform == 'mars'", None),
    ],
)
def test_what_the_image_lacks_is_told_and_never_installed(
    settings: Callable[..., Settings], line: str, told: str | None, serving: Serving
) -> None:
    del serving  # puts back what a model's import leaves behind
    given = settings(DOUBLE)
    (Path(given.code_dir) / "requirements.txt").write_text(line)
    if told is None:
        Model(given)
        return
    with pytest.raises(ModelError, match=told):
        Model(given)


@pytest.mark.parametrize(
    ("body", "headers", "answer"),
    [
        ("[[1, 2], [3, 4]]", {}, (200, "application/json", "[[2.0, 4.0], [6.0, 8.0]]")),
        ("1,2\n3,4\n", {"content_type": "text/csv"}, (200, "application/json", "[[2.0, 4.0], ")),
        ("1,\n", {"content_type": "text/csv; charset=utf-8"}, (200, "application/json", "[[2.0, ")),
        ("[[1]]", {"accept": "text/csv, */*"}, (200, "text/csv", "2.0\n")),
        ("[[1]]", {"accept": "image/png"}, (406, "text/plain", "UnsupportedTypeError: accept")),
        ("x", {"content_type": "image/png"}, (415, "text/plain", "UnsupportedTypeError: content")),
        ("[[1", {}, (400, "text/plain", "JSONDecodeError")),
        (b"\xff", {}, (400, "text/plain", "UnicodeDecodeError")),
        ("[[13]]", {}, (500, "text/plain", "RuntimeError: 13 brings bad luck")),
    ],
)
def test_types_and_errors_are_answered_as_such(
    serving: Serving, body: str | bytes, headers: dict[str, str], answer: tuple[int, str, str]
) -> None:
    async def run() -> Any:
        async with serving() as server:
            return await server.ask(body, **headers)

    got = asyncio.run(run())
    status, kind, text = answer
    assert (got.status, got.headers["content-type"]) == (status, kind)
    assert got.text.startswith(text)
    assert got.headers["content-length"] == str(len(got.body))


def test_arrays_travel_as_npy(serving: Serving, tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.ones((2, 3), dtype=np.float32))

    async def run() -> Any:
        async with serving() as server:
            kind = "application/x-npy"
            return await server.ask(
                (tmp_path / "a.npy").read_bytes(), content_type=kind, accept=kind
            )

    (tmp_path / "b.npy").write_bytes(asyncio.run(run()).body)
    assert (np.load(tmp_path / "b.npy") == 2 * np.ones((2, 3))).all()


def test_pickles_are_not_read(serving: Serving, tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.array([{}], dtype=object), allow_pickle=True)

    async def run() -> Any:
        async with serving() as server:
            body = (tmp_path / "a.npy").read_bytes()
            return await server.ask(body, content_type="application/x-npy")

    assert asyncio.run(run()).status == 400


def test_text_comes_as_text_and_all_else_as_bytes(serving: Serving) -> None:
    async def run() -> list[str]:
        async with serving(ECHO) as server:
            kinds = ("text/csv", "image/png")
            return [(await server.ask("1", content_type=kind)).text for kind in kinds]

    assert asyncio.run(run()) == [
        "str|text/csv|application/json",
        "bytes|image/png|application/json",
    ]


def test_an_exception_may_name_its_status(serving: Serving) -> None:
    code = DOUBLE + "def input_fn(b, c):\n    e = KeyError('x'); e.status_code = 422; raise e\n"
    assert once(serving, code.replace("sample_fn", "other_fn")).status == 422


def test_functions_may_take_the_context(serving: Serving) -> None:
    code = """
def model_fn(model_dir, context): return context.system_properties["gpu_id"]
def input_fn(body, content_type, context): return context.get_request_header(0, "X-Who")
def predict_fn(data, model, context): return [data, model]
def output_fn(prediction, accept, context):
    context.set_response_header(0, "x-said", "hello")
    return str(prediction)
"""

    async def run() -> Any:
        async with serving(code, DEVICE="cpu") as server:
            return await server.ask(x_who="Ada")

    got = asyncio.run(run())
    assert (got.text, got.headers["x-said"]) == ("['Ada', None]", "hello")


def test_a_transform_answers_alone(serving: Serving) -> None:
    code = "def model_fn(d): return 'm'\ndef transform_fn(m, b, c, a): return m + b + c, 'text/x'\n"
    got = once(serving, code)
    assert (got.text, got.headers["content-type"]) == ("m[[1]]application/json", "text/x")


def test_custom_attributes_come_back(serving: Serving) -> None:
    async def run() -> Any:
        async with serving() as server:
            return await server.ask(x_amzn_sagemaker_custom_attributes="trace=1")

    assert asyncio.run(run()).headers["x-amzn-sagemaker-custom-attributes"] == "trace=1"


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [
        ("/", "GET", 404),
        ("/ping", "POST", 405),
        ("/invocations", "GET", 405),
        ("/ping", "HEAD", 200),
    ],
)
def test_there_are_three_paths(serving: Serving, path: str, method: str, status: int) -> None:
    async def run() -> Any:
        async with serving() as server:
            return await server.ask("", path, method=method)

    assert asyncio.run(run()).status == status


def test_a_body_that_is_too_large_is_not_read(serving: Serving) -> None:
    got = once(serving, DOUBLE, json.dumps([[1.0] * 1000]), MAX_BODY_MIB="0.001")
    assert (got.status, got.headers["connection"]) == (413, "close")


def test_a_batched_model_whose_rows_hang_on_one_another_is_refused_at_its_start(
    serving: Serving,
) -> None:
    code = DOUBLE.replace("return data * model", "return data / len(data)")

    async def run() -> str:
        async with serving(code) as server:
            return str(server.app.failure)

    assert "predict_fn must answer a row alike alone and among 64" in asyncio.run(run())


def test_a_sample_that_fails_ends_the_server(serving: Serving) -> None:
    code = DOUBLE.replace("[[1, 2]]", "[[13]]")

    async def run() -> str:
        async with serving(code) as server:
            return str(server.app.failure)

    assert asyncio.run(run()) == "13 brings bad luck"


def test_without_its_library_there_are_no_metrics(serving: Serving) -> None:
    assert once(serving, DOUBLE, "", "/metrics").status == 501
