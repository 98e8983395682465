"""Takes executions through their stages, one in a stage at a time, as their pipelines say."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

from infra.emulator.codepipeline.actions import Act, begin
from infra.emulator.codepipeline.events import Teller
from infra.emulator.codepipeline.execution import ActionRun, Execution, order
from infra.emulator.context import Context


class Executor:
    """The executions of one pipeline."""

    def __init__(self, context: Context, region: str, name: str) -> None:
        self._context = context
        self._region = region
        self._name = name
        self._lock = threading.RLock()
        self._tell = Teller(context, region, name)
        self.executions: list[Execution] = []
        """Oldest first."""

    def start(
        self, pipeline: Mapping[str, Any], trigger: Mapping[str, str], revisions: Mapping[str, str]
    ) -> Execution:
        """Begin an execution, or queue it, and return at once."""
        execution = Execution(
            pipeline=pipeline, trigger=trigger, began=self._now(), revisions=revisions
        )
        with self._lock:
            self.executions.append(execution)
        self._tell.pipeline(execution, "STARTED")
        self._let_in()
        return execution

    def get(self, execution_id: str) -> Execution | None:
        """Return an execution."""
        return next((one for one in self.executions if one.id == execution_id), None)

    def end_all(self, status: str, summary: str) -> None:
        """End every execution that goes on; builds under way end by themselves, unheard."""
        with self._lock:
            for execution in self.executions:
                if not execution.ended:
                    self._abandon(execution)
                    self._end(execution, status, summary)

    def stop(self, execution: Execution, reason: str, *, abandon: bool) -> None:
        """Stop after the actions under way, or at once where they are abandoned."""
        with self._lock:
            execution.status, execution.stopping = "Stopping", reason
            self._tell.pipeline(execution, "STOPPING")
            if abandon:
                self._abandon(execution)
            busy = any(run.status == "InProgress" for run in execution.runs)
            if not busy or execution.waiting:
                self._end(execution, "Stopped", reason)
        self._let_in()

    def retry(self, execution: Execution, *, failed_only: bool) -> None:
        """Go on from the stage that failed, with the artifacts of then."""
        with self._lock:
            execution.status, execution.summary, execution.stopping = "InProgress", None, None
            execution.pending = {
                action["name"]
                for action in execution.actions
                if not failed_only or self._state(execution, action) != "Succeeded"
            }
            self._tell.pipeline(execution, "RESUMED")
            self._tell.stage(execution, "RESUMED")
        self._go_on(execution)

    def decide(self, run: ActionRun, execution: Execution, *, approved: bool, why: str) -> None:
        """Give the result of an approval that waits."""
        run.summary, run.token = why, None
        if approved:
            self._done(execution, run, "Succeeded", None)
        else:
            self._done(execution, run, "Failed", f"Rejected: {why}" if why else "Rejected")

    def _let_in(self) -> None:
        """Let the next execution into every stage that is free; newer ones supersede, if asked."""
        entered: list[Execution] = []
        with self._lock:
            occupied = {
                one.stage_name for one in self.executions if not one.ended and not one.waiting
            }
            waiting: dict[str, list[Execution]] = {}
            for one in self.executions:
                if one.waiting and not one.ended:
                    waiting.setdefault(one.stage_name, []).append(one)
            for stage, queue in waiting.items():
                if queue[-1].pipeline.get("executionMode", "SUPERSEDED") == "SUPERSEDED":
                    for older in queue[:-1]:
                        self._end(older, "Superseded", f"superseded by {queue[-1].id}")
                    del queue[:-1]
                if stage not in occupied:
                    queue[0].waiting = False
                    queue[0].pending = {action["name"] for action in queue[0].actions}
                    entered.append(queue[0])
        for execution in entered:
            self._tell.stage(execution, "STARTED")
            self._go_on(execution)

    def _go_on(self, execution: Execution) -> None:
        """Begin the next actions of the stage, or leave it where none is left."""
        begun: list[ActionRun] = []
        with self._lock:
            if execution.ended or execution.waiting:
                return
            begin_at = [one for one in execution.actions if one["name"] in execution.pending]
            others = [one for one in execution.actions if one["name"] not in execution.pending]
            states = {one["name"]: self._state(execution, one) for one in others}
            if "InProgress" in states.values():
                return
            failed = [name for name, state in states.items() if state != "Succeeded"]
            if failed or execution.stopping is not None:
                self._leave_badly(execution, failed)
            elif not begin_at:
                self._leave(execution)
            for action in begin_at if execution.status == "InProgress" else ():
                if order(action) == order(begin_at[0]):
                    execution.pending.discard(action["name"])
                    run = ActionRun(stage=execution.stage_name, action=action, began=self._now())
                    execution.runs.append(run)
                    begun.append(run)
        for run in begun:
            self._begin(execution, run)
        if not begun:
            self._let_in()

    def _begin(self, execution: Execution, run: ActionRun) -> None:
        self._tell.action(execution, run)
        act = Act(
            context=self._context,
            region=self._region,
            execution=execution,
            run=run,
            done=partial(self._done, execution, run),
        )
        self._context.work.submit(f"action {self._name}/{run.stage}/{run.name}", begin, act)

    def _done(self, execution: Execution, run: ActionRun, status: str, error: str | None) -> None:
        with self._lock:
            if run.status != "InProgress":
                return  # abandoned meanwhile
            self._close(execution, run, status, error)
            if status == "Succeeded":
                execution.artifacts.update(run.outputs)
        self._go_on(execution)

    def _abandon(self, execution: Execution) -> None:
        for run in execution.runs:
            if run.status == "InProgress":
                self._close(execution, run, "Abandoned", None)

    def _close(self, execution: Execution, run: ActionRun, status: str, error: str | None) -> None:
        run.status, run.error, run.changed, run.token = status, error, self._now(), None
        self._tell.action(execution, run)

    def _leave(self, execution: Execution) -> None:
        self._tell.stage(execution, "SUCCEEDED")
        if execution.stage + 1 == len(execution.pipeline["stages"]):
            self._end(execution, "Succeeded", None)
            return
        execution.stage += 1
        execution.waiting = True
        execution.changed = self._now()

    def _leave_badly(self, execution: Execution, failed: list[str]) -> None:
        if execution.stopping is not None:
            self._tell.stage(execution, "STOPPED")
            self._end(execution, "Stopped", execution.stopping)
            return
        self._tell.stage(execution, "FAILED")
        self._end(execution, "Failed", f"{execution.stage_name}: {', '.join(failed)} failed")

    def _end(self, execution: Execution, status: str, summary: str | None) -> None:
        execution.status, execution.summary, execution.changed = status, summary, self._now()
        execution.waiting = False
        self._tell.pipeline(execution, "CANCELED" if status == "Cancelled" else status.upper())

    @staticmethod
    def _state(execution: Execution, action: Mapping[str, Any]) -> str | None:
        run = execution.latest(execution.stage_name, action["name"])
        return None if run is None else run.status

    def _now(self) -> datetime:
        return self._context.clock.now()
