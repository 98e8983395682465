"""The drift detector beside Evidently and beside one sort of the current data."""

from __future__ import annotations

import json
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

from pipelines.shared.drift.detector import Baseline, Statistic, compare
from tests.bench.measure import Line, once, paired, shown

ROOT = Path(__file__).parents[2]
PEER = ROOT / ".venv-bench/bin/python"
ROWS = 1_000_000
FEATURES = 20
CONTINUOUS = 4
"""So many of the features have a value of its own in each row; the baseline thins those."""
METHODS = {
    "psi": "psi",
    "ks": "ks",
    "jensenshannon": "jensen_shannon",
    "wasserstein": "wasserstein",
}


def run() -> Iterator[Line]:
    """Measure speed and agreement at a million rows a side, then memory at ten million."""
    known, current = sides()
    baseline = Baseline.from_json(Baseline.build(known).to_json())
    ours, floor, ratio = paired(lambda: compare(baseline, current), lambda: _sorted(current))
    yield Line(
        what=f"drift: four statistics, {FEATURES} features, {ROWS:,} rows a side",
        measured=shown(ours),
        floor=f"one sort of the current data {shown(floor)}",
        ratio=ratio,
        bound="at most 1.5",
        held=ratio <= 1.5,
    )
    found = {one.feature: one for one in compare(baseline, current)}
    peer = _evidently(known, current)
    for method, name in METHODS.items():
        taken = statistics.median(peer[method]["seconds"])
        yield Line(
            what=f"drift: all four of ours beside Evidently's {method} alone",
            measured=shown(ours),
            floor=shown(taken),
            ratio=taken / ours,
            bound="at least 20 times as fast",
            held=taken / ours >= 20,
        )
        apart = _apart(found, peer[method]["values"], name)
        exact = max(value for feature, value in apart.items() if feature.startswith("rounded"))
        thinned = max(value for feature, value in apart.items() if feature.startswith("fine"))
        yield Line(
            what=f"drift: {method}, largest difference from Evidently's, baseline kept whole",
            measured=f"{exact:.1e}",
            bound="at most 1e-6",
            held=exact <= 1e-6,
        )
        yield Line(
            what=f"drift: {method}, the same where every value differs and the baseline is thinned",
            measured=f"{thinned:.1e}",
            floor="rank error at most " + f"{_rank_error(baseline):.1e}",
        )
    yield _scipy(found, known, current)
    yield from _streamed()


def sides() -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the two sides: measurements with one to three decimals, and some without rounding."""
    rng = np.random.default_rng(2013)
    known, current = {}, {}
    for index in range(FEATURES):
        shift, fine = 0.05 * (index % 5), index >= FEATURES - CONTINUOUS
        name = f"{'fine' if fine else 'rounded'}_{index:02d}"
        decimals = 12 if fine else 1 + index % 3
        draw = rng.normal if index % 2 else rng.gumbel
        known[name] = np.round(draw(0.0, 1.0, ROWS), decimals)
        current[name] = np.round(draw(shift, 1.0 + shift, ROWS), decimals)
    return known, current


def _sorted(columns: dict[str, Any]) -> None:
    for column in columns.values():
        np.sort(column)


def _evidently(known: dict[str, Any], current: dict[str, Any]) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "data.npz"
        columns = {f"r_{name}": side for name, side in known.items()}
        columns |= {f"c_{name}": side for name, side in current.items()}
        np.savez(path, **columns)
        answer = subprocess.run(
            [PEER, Path(__file__).with_name("evidently_side.py"), path, ",".join(METHODS), "1"],
            capture_output=True,
            text=True,
            check=True,
        )
    found: dict[str, Any] = json.loads(answer.stdout)
    return found


def _apart(found: dict[str, Statistic], theirs: dict[str, float], name: str) -> dict[str, float]:
    """Evidently's ``ks`` is the p-value, so it is held beside ours."""
    ours: dict[str, Any] = {
        feature: one.ks_p_value() if name == "ks" else getattr(one, name)
        for feature, one in found.items()
    }
    return {feature: abs(value - theirs[feature]) for feature, value in ours.items()}


def _rank_error(baseline: Baseline) -> float:
    return max(float(feature.rank_error) for feature in baseline.features.values())


def _scipy(found: dict[str, Statistic], known: dict[str, Any], current: dict[str, Any]) -> Line:
    apart = max(
        abs((one.ks or 0.0) - stats.ks_2samp(known[name], current[name], method="asymp").statistic)
        for name, one in found.items()
        if name.startswith("rounded")
    )
    return Line(
        what="drift: KS statistic, largest difference from scipy's, baseline kept whole",
        measured=f"{apart:.1e}",
        bound="at most 1e-6",
        held=apart <= 1e-6,
    )


STREAMED_ROWS = 10_000_000
CHUNK_ROWS = 250_000


def _streamed() -> Iterator[Line]:
    """Ten million rows in chunks, in a process of its own so that its peak is its own."""
    peaks = {}
    for rows in (STREAMED_ROWS // 10, STREAMED_ROWS):
        command = [sys.executable, "-m", "tests.bench.drift", str(rows)]
        answer = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
        peaks[rows] = json.loads(answer.stdout)
    small, large = peaks.values()
    ratio = large["mib"] / small["mib"]
    yield Line(
        what=f"drift: memory at {STREAMED_ROWS:,} rows streamed, {FEATURES} features",
        measured=f"{large['mib']:.0f} MiB, {large['seconds']:.1f} s",
        floor=f"a tenth of the rows {small['mib']:.0f} MiB",
        ratio=ratio,
        bound="bounded: at most 1.2",
        held=ratio <= 1.2,
    )


def stream(rows: int) -> None:
    """Stream rows against a baseline and print peak memory and time as JSON."""
    rng = np.random.default_rng(1)

    def chunk() -> dict[str, Any]:
        return {f"f{index:02d}": rng.normal(size=CHUNK_ROWS) for index in range(FEATURES)}

    baseline = Baseline.build(chunk())

    def follow() -> None:
        current = Baseline({})
        for _ in range(rows // CHUNK_ROWS):
            current.update(chunk())
        compare(baseline, current)

    taken = once(follow)
    sys.stdout.write(json.dumps({"mib": _peak_mib(), "seconds": taken}))


def _peak_mib() -> float:
    """Peak memory of this program; ``getrusage`` counts the parent's before the exec, too."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20  # bytes on macOS
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    stream(int(sys.argv[1]))
