"""The months, played: the demo feeds data and traffic and moves the clock, no more."""

from __future__ import annotations

import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from infra.demo import story as told
from infra.demo.errors import StalledError
from infra.demo.frozen import FrozenModel, captured
from infra.demo.lineage import trace
from infra.demo.memory import PeakMemory
from infra.demo.script import Batch, Source
from infra.demo.story import Month, Story
from infra.demo.world import Prediction, World


class Stage(Protocol):
    """Where the demo shows what goes on."""

    def doing(self, what: str) -> None:
        """Show what is being done now."""

    def watch(self, under_way: list[str]) -> None:
        """Show what runs in the emulator."""

    def month(self, month: Month) -> None:
        """Show a finished month."""

    def note(self, text: str) -> None:
        """Show something worth keeping on the screen."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Setting:
    """What stands before the curtain rises."""

    stack: str
    commit: str
    resources: int
    last_month: int


def play(world: World, stage: Stage, setting: Setting, source: Source) -> Story:
    """Play the year up to the last month and return what happened.

    Raises:
        StalledError: no model was live where one had to be.
    """
    began = time.monotonic()
    with PeakMemory() as memory, tempfile.TemporaryDirectory() as scratch:
        frozen = _begin(world, stage, source, Path(scratch))
        months = []
        for number in range(3, setting.last_month + 1):
            months.append(_month(world, stage, source.month(number), number, frozen))
            stage.month(months[-1])
        stage.doing("reading what happened")
        versions = told.versions(world)
        live = told.live_version(world)
        package = next(version.arn for version in versions if version.number == live)
        stages, associations = trace(world, package, setting.commit)
        return Story(
            words=world.script.words,
            stack=setting.stack,
            commit=setting.commit,
            months=months,
            happenings=told.happenings(world, versions),
            versions=versions,
            lineage=stages,
            associations=associations,
            live=f"v{live}",
            seconds=time.monotonic() - began,
            peak_gib=memory.gib,
            resources=setting.resources,
            alarms=told.alarm_states(world),
        )


def _begin(world: World, stage: Stage, source: Source, scratch: Path) -> FrozenModel:
    """Deliver January and February; the gate finds no model and has one trained."""
    stage.doing("January and February arrive")
    world.advance(world.script.at(3, 0, 30), watch=stage.watch)
    january, february = source.month(1), source.month(2)
    world.feed(january)
    world.settle(watch=stage.watch)
    # The gate has refused for want of labels; the next trigger finds those of both months.
    world.label(january)
    world.label(february)
    world.feed(february)
    world.settle(watch=stage.watch)
    stage.doing("the first model")
    world.advance(world.script.at(3, 6, 30), watch=stage.watch)
    versions = told.versions(world)
    if not versions or told.live_version(world) is None:
        last = told.happenings(world, versions)[-6:]
        raise StalledError(
            "a first model must be live by March, got none; last: "
            + "; ".join(f"{one.what} ({one.detail})" for one in last)
        )
    first = versions[0]
    words = world.script.words
    reached = first.metadata.get(words.metadata)
    stage.note(f"v{first.number} is live: held-out {words.figure} {reached}")
    return FrozenModel(world, first.arn, scratch, world.script)


def _month(world: World, stage: Stage, batch: Batch, number: int, frozen: FrozenModel) -> Month:
    """Replay one month the night after it ended."""
    world.advance(world.script.at(number + 1, 0, 30), watch=stage.watch)
    if number == world.script.broken_month:
        stage.doing(f"{batch.month}: a broken batch arrives")
        world.feed(batch, files=batch.broken())
        world.settle(watch=stage.watch)
        world.advance(world.script.at(number + 1, 2, 0), watch=stage.watch)
    stage.doing(f"{batch.month}: raw data arrives")
    world.feed(batch)
    world.settle(watch=stage.watch)
    world.advance(world.script.at(number + 1, 3, 30), watch=stage.watch)
    served_from = world.now()
    version = told.live_version(world)
    predictions = _serve(world, stage, batch)
    world.advance(world.script.at(number + 1, 5, 0), watch=stage.watch)
    world.label(batch)
    stage.doing(f"{batch.month}: labels arrive, drift is measured")
    with ThreadPoolExecutor(1) as aside:
        # The emulator has work for a while: the frozen model scores captured traffic meanwhile.
        frozen_scores = aside.submit(frozen.score, captured(world, served_from))
        world.advance(world.script.at(number + 1, 6, 30), watch=stage.watch)
    day = world.script.at(number + 1), world.script.at(number + 1, 12)
    features, prediction = told.drift(world, *day)
    truth = batch.truth()
    served = {one.row: one.said for one in predictions}
    return Month(
        month=batch.month,
        rows=len(predictions),
        labelled=len(truth),
        version=str(version),
        reached=world.script.measure(truth, served),
        frozen=world.script.measure(truth, frozen_scores.result()),
        drift=features,
        prediction_drift=prediction,
        decision=told.outcome(world, world.script.at(number + 1, 0)),
    )


def _serve(world: World, stage: Stage, batch: Batch) -> list[Prediction]:
    total, count = sum(rows for rows, _ in batch.asked()), 0

    def done(rows: int) -> None:
        nonlocal count
        count += rows
        stage.doing(f"{batch.month}: {count:,} of {total:,} {world.script.words.rows} scored")

    return world.score(batch, done=done)
