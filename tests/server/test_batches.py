"""Requests that come together are predicted together, and answered as if each had come alone."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.server import rows
from pipelines.server.answering import Predicted, answer
from pipelines.server.requests import Answer, Request
from tests.server.conftest import DOUBLE, Serving

LINEAR = """
import json
import numpy as np
BATCHED = True
calls = []
weights = np.random.default_rng(0).normal(size=(3, 2))
def model_fn(model_dir): return weights
def input_fn(body, content_type): return np.array(json.loads(body), dtype=float).reshape(-1, 3)
def predict_fn(data, model):
    calls.append(len(data))
    if (data > 90).any(): raise ValueError("too large")
    return data @ model
"""


async def together(server: Any, bodies: list[str]) -> list[Any]:
    """Ask for one answer while the others come, which are then predicted together."""
    server.module.gate.clear()
    first = asyncio.create_task(server.ask("[[0, 0]]"))
    while not server.app._batcher._busy_since:
        await asyncio.sleep(0.001)
    rest = [asyncio.create_task(server.ask(body)) for body in bodies]
    while len(server.app._batcher) < len(bodies):
        await asyncio.sleep(0.001)
    server.module.calls.clear()
    server.module.gate.set()
    await first
    return list(await asyncio.gather(*rest))


@pytest.mark.parametrize(
    ("bodies", "calls"),
    [
        (["[[1, 1]]", "[[2, 2], [3, 3]]", "[[4, 4]]"], [1, 4]),
        # Of another shape: joined with their like alone.
        (["[[1, 1]]", "[[2]]", "[[3, 3]]"], [1, 2, 1]),
        # More than four rows are another batch, and more rows in one request one of its own.
        (["[[1, 1]]"] * 6, [1, 4, 2]),
        ([json.dumps([[1, 1]] * 9), "[[2, 2]]"], [1, 9, 1]),
    ],
)
def test_what_waited_is_predicted_in_one_call(
    serving: Serving, bodies: list[str], calls: list[int]
) -> None:
    async def run() -> None:
        async with serving(MAX_BATCH_ROWS="4", MAX_DELAY_MS="0") as server:
            answers = await together(server, bodies)
            # By four requests at a time at most, so by their sums.
            assert sum(server.module.calls) == sum(calls)
            assert len(server.module.calls) == len(calls)
            for body, got in zip(bodies, answers, strict=True):
                assert json.loads(got.text) == (2 * np.array(json.loads(body))).tolist()

    asyncio.run(run())


def test_a_request_that_cannot_be_predicted_fails_alone(serving: Serving) -> None:
    async def run() -> None:
        async with serving() as server:
            got = await together(server, ["[[1, 1]]", "[[13, 1]]", "[[2", "[[3, 3]]"])
            assert [one.status for one in got] == [200, 500, 400, 200]
            assert json.loads(got[3].text) == [[6.0, 6.0]]
            assert server.module.calls == [1, 3, 1, 1, 1], "joined, then each by itself"

    asyncio.run(run())


def test_a_model_that_does_not_say_so_gets_no_batches(serving: Serving) -> None:
    async def run() -> None:
        async with serving(DOUBLE.replace("BATCHED = True", "")) as server:
            await together(server, ["[[1, 1]]", "[[2, 2]]"])
            assert server.module.calls == [1, 1, 1]

    asyncio.run(run())


def test_a_model_may_join_and_split_by_itself(serving: Serving) -> None:
    code = """
import threading
calls, gate = [], threading.Event()
gate.set()
def model_fn(model_dir): return "!"
def input_fn(body, content_type): return {"words": body.split()}
def batch_fn(inputs): return {"words": sum((one["words"] for one in inputs), [])}
def predict_fn(data, model):
    gate.wait(20)
    calls.append(len(data["words"]))
    return [word + model for word in data["words"]]
def split_fn(prediction, rows):
    return [[prediction.pop(0) for _ in range(number)] for number in rows]
def output_fn(prediction, accept): return " ".join(prediction)
"""

    async def run() -> None:
        async with serving(code) as server:
            got = await together(server, ["a", "b", "c"])
            assert [one.text for one in got] == ["a!", "b!", "c!"]
            assert server.module.calls == [2, 3]

    asyncio.run(run())


def test_a_prediction_with_rows_missing_is_no_ones_answer(serving: Serving) -> None:
    code = DOUBLE.replace("return data * model", "return (data * model)[:1]")

    async def run() -> None:
        async with serving(code.replace("sample_fn", "none")) as server:
            got = await together(server, ["[[1, 1]]", "[[2, 2]]"])
            assert [json.loads(one.text) for one in got] == [[[2.0, 2.0]], [[4.0, 4.0]]]
            assert server.module.calls == [1, 2, 1, 1], "taken apart"

    asyncio.run(run())


def test_a_lone_client_does_not_wait_for_company(serving: Serving) -> None:
    async def run() -> None:
        async with serving(MAX_DELAY_MS="60000") as server:
            await asyncio.wait_for(server.ask(), 30)
            await asyncio.wait_for(server.ask(), 30)

    asyncio.run(run())


def test_company_is_waited_for_where_there_was_some(serving: Serving) -> None:
    async def run() -> None:
        async with serving(MAX_DELAY_MS="60000") as server:
            await together(server, ["[[1, 1]]", "[[2, 2]]"])
            server.module.calls.clear()
            early = asyncio.create_task(server.ask("[[1, 1]]"))
            await asyncio.sleep(0.01)
            assert not server.module.calls
            await asyncio.gather(early, server.ask("[[2, 2]]"))
            assert server.module.calls == [2]

    asyncio.run(run())


BODIES = st.lists(
    st.lists(st.lists(st.integers(-99, 99), min_size=3, max_size=3), min_size=0, max_size=5).map(
        json.dumps
    ),
    min_size=1,
    max_size=12,
)


@pytest.fixture(scope="module")
def linear(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A loaded model whose batches hold at most seven rows."""
    import sys  # noqa: PLC0415 - of this fixture alone

    from pipelines.server.model import Model  # noqa: PLC0415
    from pipelines.server.settings import Settings  # noqa: PLC0415

    folder = tmp_path_factory.mktemp("model")
    (folder / "code").mkdir()
    (folder / "code/linear.py").write_text(LINEAR)
    environment = {"SM_MODEL_DIR": str(folder), "SAGEMAKER_PROGRAM": "linear.py"}
    model = Model(Settings.read({**environment, "MAX_BATCH_ROWS": "7"}))
    yield model
    sys.path.remove(str(folder / "code"))
    del sys.modules["linear"]


@given(bodies=BODIES)
def test_each_answer_is_the_one_that_it_would_have_got_alone(
    linear: Any, bodies: list[str]
) -> None:
    told: list[Predicted] = []
    requests = [Request(body.encode(), accept="text/csv") for body in bodies]
    joined = answer(linear, requests, told.append)
    assert all(call.rows <= 7 for call in told)
    for request, got in zip(requests, joined, strict=True):
        (alone,) = answer(linear, [request], told.append)
        assert got.status == alone.status
        if got.status == 200:
            assert numbers(got) == pytest.approx(numbers(alone))
        else:
            assert got.body == alone.body


def numbers(got: Answer) -> list[float]:
    return [float(cell) for line in got.body.decode().split() for cell in line.split(",")]


TABLE = pd.DataFrame({"a": [1, 2], "b": ["x", "y"]})


@pytest.mark.parametrize(
    "data",
    [
        [1, 2, 3],
        np.arange(6).reshape(3, 2),
        TABLE,
        (np.arange(2), TABLE),
        {"ids": np.arange(2), "mask": [True, False]},
    ],
    ids=["list", "array", "frame", "tuple", "mapping"],
)
def test_what_is_joined_is_split_again(data: Any) -> None:
    assert rows.kind(data) is not None
    number = rows.count(data)
    parts = rows.split(rows.join([data, data]), [number, number])
    assert all(rows.alike(part, data, tolerance=0) for part in parts)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (np.zeros((2, 3)), np.zeros((2, 4))),
        (np.zeros(2, dtype=np.float32), np.zeros(2)),
        (TABLE, TABLE[["a"]]),
        ({"a": [1]}, {"b": [1]}),
        ((np.zeros(2),), (np.zeros(2), np.zeros(2))),
        ([1], np.zeros(1)),
    ],
)
def test_only_like_inputs_are_joined(one: Any, other: Any) -> None:
    assert rows.kind(one) != rows.kind(other)


@pytest.mark.parametrize(
    "data", [3, "text", np.float64(1), np.array(1), (np.zeros(2), np.zeros(3))]
)
def test_what_has_no_rows_is_predicted_alone(data: Any) -> None:
    assert rows.kind(data) is None


@pytest.mark.parametrize(
    ("prediction", "told"),
    [("text", "must return rows for a batch, got str"), (np.zeros(3), "must return 2 rows, got 3")],
)
def test_a_prediction_that_cannot_be_split_is_refused(prediction: Any, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        rows.split(prediction, [1, 1])
