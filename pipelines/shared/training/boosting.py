"""XGBoost that can be interrupted, and that trains on several hosts.

A fit that goes on from a checkpoint gives the very bytes of one that was never interrupted, as long
as nothing is drawn at random while trees grow (``subsample``, ``colsample_*``): XGBoost does not
keep the state of its random numbers in a model.

Several hosts each hold a part of the rows, and exchange the histograms of every split. They agree
on the bins' edges by merging sketches, so their model is near that of one host, not equal to it.
"""

from __future__ import annotations

import hashlib
import json
import os
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import xgboost as xgb
from xgboost import collective
from xgboost.tracker import RabitTracker

from pipelines.shared.training.cluster import Cluster

EVERY = 25
"""Rounds between two checkpoints."""
KEPT = 2
"""Checkpoints that stay: one may be half uploaded when an instance goes."""
PORT = 9099
JOIN_SECONDS = 300
"""How long hosts wait for the first one; they start at different times."""
IRRELEVANT = frozenset({"nthread", "verbosity"})
"""Parameters that a model does not hang on."""


def fit(  # noqa: PLR0913 - as xgboost.train
    parameters: Mapping[str, Any],
    features: Any,  # noqa: ANN401 - a numpy array
    labels: Any,  # noqa: ANN401 - another
    rounds: int,
    *,
    checkpoints: Path | None = None,
    every: int = EVERY,
    after: Callable[[int, xgb.Booster], None] | None = None,
) -> xgb.Booster:
    """Fit a model, going on from the newest checkpoint of the same parameters and data.

    ``checkpoints`` is a folder that several fits may share; ``None`` keeps none. ``after`` is
    called every ``every`` rounds with the number of rounds so far.
    """
    data = xgb.DMatrix(features, label=labels)
    folder = None
    if checkpoints is not None:
        folder = checkpoints / fingerprint(parameters, features, labels)
    # Other hosts may lack the file, or have kept an older one: the first tells them all.
    begun = newest(folder) if folder is not None and collective.get_rank() == 0 else b""
    if collective.is_distributed():
        begun = collective.broadcast(begun, 0)
    booster = xgb.Booster(dict(parameters), model_file=bytearray(begun)) if begun else None
    done = booster.num_boosted_rounds() if booster else 0
    if booster and done >= rounds:
        return booster[:rounds]
    return xgb.train(
        dict(parameters),
        data,
        num_boost_round=rounds - done,
        xgb_model=booster,
        callbacks=[_Keep(folder, every, after)],
        verbose_eval=False,
    )


def fingerprint(parameters: Mapping[str, Any], features: Any, labels: Any) -> str:  # noqa: ANN401 - numpy arrays
    """Name what a checkpoint belongs to: XGBoost's version, parameters, rows in their order."""
    relevant = {name: one for name, one in parameters.items() if name not in IRRELEVANT}
    seen = hashlib.sha256(json.dumps([xgb.__version__, relevant], sort_keys=True).encode())
    for array in (features, labels):
        plain = np.ascontiguousarray(array)
        seen.update(f"{plain.dtype}{plain.shape}".encode())
        seen.update(plain.data)
    return seen.hexdigest()[:16]


def newest(folder: Path) -> bytes:
    """Return the newest checkpoint that can be read; nothing where there is none."""
    for path in sorted(folder.glob("*.ubj"), reverse=True):
        body = path.read_bytes()
        try:
            xgb.Booster(model_file=bytearray(body))
        except xgb.core.XGBoostError:
            continue  # cut off while it was written or uploaded
        return body
    return b""


class _Keep(xgb.callback.TrainingCallback):
    """Saves the model every so many rounds, on the first host."""

    def __init__(
        self,
        folder: Path | None,
        every: int,
        after: Callable[[int, xgb.Booster], None] | None,
    ) -> None:
        super().__init__()
        self._folder, self._every, self._after = folder, every, after

    def after_iteration(self, model: xgb.Booster, epoch: int, evals_log: object) -> bool:  # noqa: ARG002 - XGBoost's signature
        done = model.num_boosted_rounds()
        if done % self._every == 0:
            if self._folder is not None and collective.get_rank() == 0:
                save(model, self._folder, done)
            if self._after is not None:
                self._after(done, model)
        return False


def save(model: xgb.Booster, folder: Path, done: int) -> None:
    """Write a checkpoint in one piece, and drop all but the newest."""
    folder.mkdir(parents=True, exist_ok=True)
    written = folder / f"{done:06d}.part"
    written.write_bytes(model.save_raw("ubj"))
    written.replace(folder / f"{done:06d}.ubj")
    for old in sorted(folder.glob("*.ubj"))[:-KEPT]:
        old.unlink()


@contextmanager
def together(hosts: Cluster, *, port: int = PORT) -> Iterator[None]:
    """Let the hosts of a job train as one within the block; does nothing for one host.

    Raises:
        TimeoutError: the first host does not answer.
        xgboost.core.XGBoostError: a host is lost.
    """
    if hosts.size == 1:
        yield
        return
    leader = socket.gethostbyname(hosts.leader)
    with ExitStack() as open_:
        if hosts.rank == 0:
            tracker = RabitTracker(n_workers=hosts.size, host_ip=leader, port=port, sortby="task")
            tracker.start()
            open_.callback(tracker.wait_for)
            open_.enter_context(socket.create_server((leader, port + 1), backlog=hosts.size))
        else:
            _await(leader, port + 1)
        # Ranks follow the order of the tasks' names.
        settings: dict[str, Any] = {
            "dmlc_tracker_uri": leader,
            "dmlc_tracker_port": port,
            "dmlc_task_id": f"{hosts.rank:04d}",
        }
        with collective.CommunicatorContext(**settings):
            yield


def _await(address: str, port: int) -> None:
    """Wait until the first host has a tracker: one that is only probed gives up on its workers."""
    deadline = time.monotonic() + JOIN_SECONDS
    while True:
        try:
            socket.create_connection((address, port), timeout=5).close()
        except OSError as error:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{address}:{port} does not answer: {error}") from error
        else:
            return
        time.sleep(0.1)


def threads() -> int:
    """Return the threads to train with: ``OMP_NUM_THREADS``, 0 for every core.

    XGBoost itself does not look at the variable.
    """
    return int(os.environ.get("OMP_NUM_THREADS", "0"))
