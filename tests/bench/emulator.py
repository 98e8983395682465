"""The emulator: its start, a pipeline step, requests to an endpoint and to the feature store."""

from __future__ import annotations

import itertools
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from tests.bench.emulated import Bench, Direct, bare_moto, emulator
from tests.bench.measure import Line, once, shown

ROUNDS = 5
SLICE_SECONDS = 0.4
"""How long each side asks in each round; the sides take turns."""
NOTHING = "print('done')\n"
WORKING = """
import time
import numpy as np
import pandas as pd
began = time.process_time()
rng = np.random.default_rng(1)
while time.process_time() - began < 0.2:
    pd.DataFrame({"x": rng.normal(size=20_000)}).sort_values("x").describe()
print("done")
"""
STEPS = {
    "nothing": ("a processing step that does nothing", NOTHING),
    "working": ("a processing step: numpy, pandas and 0.2 s of work", WORKING),
}
ROW = "1,UA,EWR,IAH,1400,2013-01-01T05,39.02,28.04,64.43,12.66,0,1012.0,10,149,0.21,0.19,0.25\n"
FRACTIONS = ("temp", "dewp", "humid", "wind_dir", "wind_speed", "precip", "pressure", "visib")
"""Ten features in all, as many as the flights' weather has."""
RECORDS = 100


def run() -> Iterator[Line]:
    """Measure start-up, then the rest on one emulator that has nothing else to do."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        home = Path(folder)
        yield _start_up(home)
        with emulator(home) as url:
            bench = Bench(url)
            yield from _steps(bench, home)
            yield from _invocations(bench, home)
            yield from _records(bench)


def _start_up(home: Path) -> Line:
    pairs = [(_starting(emulator(home)), _starting(bare_moto(home))) for _ in range(ROUNDS)]
    ours, theirs, ratio = _medians(pairs)
    return Line(
        what="emulator: start, until it answers",
        measured=shown(ours),
        floor=f"moto's own server {shown(theirs)}",
        ratio=ratio,
    )


def _starting(server: AbstractContextManager[object]) -> float:
    """Return how long a server takes to come up; its end is off the clock."""
    taken = once(server.__enter__)
    server.__exit__(None, None, None)
    return taken


def _steps(bench: Bench, home: Path) -> Iterator[Line]:
    for name, (told, script) in STEPS.items():
        bench.pipeline(name, script)
        path = home / f"{name}.py"
        path.write_text(script)
        cold, _ = _execute(bench, name)
        if name == "nothing":
            yield Line(
                what="emulator: the first step of an image family, imports included",
                measured=shown(cold),
            )
        runs = [(*_execute(bench, name), _directly(path)) for _ in range(ROUNDS)]
        step, alone, ratio = _medians([(one, other) for one, _, other in runs])
        whole = statistics.median(one for _, one, _ in runs)
        yield Line(
            what=f"emulator: {told}",
            measured=f"{shown(step)}; its pipeline, start to end, {shown(whole)}",
            floor=f"`python step.py` {shown(alone)}",
            ratio=ratio,
        )


def _execute(bench: Bench, name: str) -> tuple[float, float]:
    """Return how long the step took by its own times, and the execution by the wall clock.

    Raises:
        RuntimeError: the execution did not succeed.
    """
    sagemaker = bench.client("sagemaker")
    began = time.perf_counter()
    arn = sagemaker.start_pipeline_execution(PipelineName=name)["PipelineExecutionArn"]
    status = "Executing"
    while status == "Executing":
        time.sleep(0.005)
        found = sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn)
        status = found["PipelineExecutionStatus"]
    whole = time.perf_counter() - began
    listed = sagemaker.list_pipeline_execution_steps(PipelineExecutionArn=arn)
    (step,) = listed["PipelineExecutionSteps"]
    if status != "Succeeded":
        raise RuntimeError(f"pipeline {name}: {status}: {step.get('FailureReason')}")
    return (step["EndTime"] - step["StartTime"]).total_seconds(), whole


def _directly(path: Path) -> float:
    return once(lambda: subprocess.run([sys.executable, path], check=True, capture_output=True))


def _invocations(bench: Bench, home: Path) -> Iterator[Line]:
    bench.endpoint("quick")
    runtime = bench.client("sagemaker-runtime")
    (address,) = home.glob("emulator-*/hosting/*/s")
    direct = Direct(address)
    for rows, body in (("one row", ROW), ("1,000 rows", ROW * 1000)):
        for threads, told in ((1, "one client"), (2, "two clients")):
            ours, floor, ratio = _beside(
                lambda body=body: _invoke(runtime, body),  # type: ignore[misc] # bound now
                lambda body=body: direct.ask(body),  # type: ignore[misc]
                threads=threads,
            )
            yield Line(
                what=f"emulator: InvokeEndpoint through boto3, {rows}, {told}",
                measured=_rate(ours),
                floor=f"the model server's own socket {_rate(floor)}",
                ratio=ratio,
            )
    yield _beside_moto(bench, "InvokeEndpoint, one row", lambda: _invoke(runtime, ROW))


def _invoke(runtime: Any, body: str) -> None:
    answer = runtime.invoke_endpoint(EndpointName="quick", Body=body, ContentType="text/csv")
    answer["Body"].read()


def _records(bench: Bench) -> Iterator[Line]:
    group = "weather"
    bench.feature_group(group, FRACTIONS)
    store = bench.client("sagemaker-featurestore-runtime")
    numbers = itertools.count()

    def entry() -> dict[str, Any]:
        return {"FeatureGroupName": group, "Record": _record(next(numbers) % RECORDS)}

    def batch_write() -> None:
        store.batch_write_record(Entries=[entry() for _ in range(25)])

    names = [str(number) for number in range(RECORDS)]
    wanted = [{"FeatureGroupName": group, "RecordIdentifiersValueAsString": names}]

    def batch_get() -> None:
        answer = store.batch_get_record(Identifiers=wanted)
        assert len(answer["Records"]) == RECORDS

    def get() -> None:
        store.get_record(FeatureGroupName=group, RecordIdentifierValueAsString="0")

    for _ in range(RECORDS):  # every record is there before any is read
        store.put_record(**entry())
    yield _beside_moto(bench, "PutRecord", lambda: store.put_record(**entry()))
    yield _beside_moto(bench, "BatchWriteRecord of 25", batch_write, records=25)
    bench.settle()
    yield _beside_moto(bench, "GetRecord", get)
    yield _beside_moto(bench, "BatchGetRecord of 100", batch_get, records=RECORDS)


def _record(number: int) -> list[dict[str, str]]:
    values = {"id": str(number), "event_time": "2013-01-01T05:00:00Z"}
    values |= {name: f"{number / 8 + index}" for index, name in enumerate(FRACTIONS)}
    return [{"FeatureName": name, "ValueAsString": value} for name, value in values.items()]


def _beside_moto(
    bench: Bench, told: str, act: Callable[[], object], *, records: int | None = None
) -> Line:
    """Return a line beside a bare call that moto answers, on the same emulator."""
    ours, floor, ratio = _beside(act, bench.client("sts").get_caller_identity)
    per_record = f", {records / ours:,.0f} records a second" if records else ""
    return Line(
        what=f"emulator: {told} through boto3, beside a bare call",
        measured=_rate(ours) + per_record,
        floor=f"GetCallerIdentity {_rate(floor)}",
        ratio=ratio,
    )


def _rate(seconds: float) -> str:
    return f"{1 / seconds:,.0f} a second"


def _beside(
    ours: Callable[[], object], floor: Callable[[], object], *, threads: int = 1
) -> tuple[float, float, float]:
    """Return seconds a call of both, and their ratio; medians of rounds taken turn by turn."""
    ours()
    floor()
    return _medians([(_a_call(ours, threads), _a_call(floor, threads)) for _ in range(ROUNDS)])


def _a_call(act: Callable[[], object], threads: int) -> float:
    """Ask from some threads for a while; return wall seconds over answers."""
    began = time.perf_counter()

    def ask() -> int:
        count = 0
        while time.perf_counter() - began < SLICE_SECONDS:
            act()
            count += 1
        return count

    with ThreadPoolExecutor(threads) as pool:
        asking = [pool.submit(ask) for _ in range(threads)]
        count = sum(task.result() for task in asking)
    return (time.perf_counter() - began) / count


def _medians(pairs: list[tuple[float, float]]) -> tuple[float, float, float]:
    return (
        statistics.median(ours for ours, _ in pairs),
        statistics.median(floor for _, floor in pairs),
        statistics.median(ours / floor for ours, floor in pairs),
    )
