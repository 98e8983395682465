"""Runs executions: starts what is ready, and goes on when a step has ended."""

from __future__ import annotations

import contextlib
import logging
import re
import time
import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from moto.sagemaker.exceptions import ValidationError

from infra.emulator import containers, jobs
from infra.emulator.containers.images import family_of
from infra.emulator.containers.model import UnknownImageError
from infra.emulator.context import Context
from infra.emulator.jobs.api import halt
from infra.emulator.pipelines import announce, hooks, policies
from infra.emulator.pipelines.execution import ENDED, Execution, StepRun, StepStatus
from infra.emulator.pipelines.steps import (
    RUNNERS,
    Place,
    StepError,
    StepStopped,
    outputs_of,
    run_callback,
)
from infra.emulator.pipelines.values import resolve

log = logging.getLogger(__name__)


IMAGE = re.compile(r'"(?:ImageUri|TrainingImage)": *"([^"]+)"')


def warm(context: Context, definition: str) -> None:
    """Have the images of a definition ready by the time that its steps want them."""
    for image in sorted(set(IMAGE.findall(definition))):
        with contextlib.suppress(UnknownImageError):  # its step will say so
            containers.runner(context).warm(family_of(image))


class Executor:
    """Runs the pipeline executions of one emulator."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._waiting: dict[str, tuple[Execution, StepRun]] = {}
        self._cached: dict[str, tuple[datetime, str, dict[str, Any], dict[str, Any]]] = {}

    def start(self, execution: Execution) -> None:
        """Begin an execution, in the background."""
        announce.execution(self._context, execution, None)
        warm(self._context, execution.definition_text)
        self._context.work.submit(f"pipeline execution {execution.id}", self._go_on, execution)

    def stop(self, execution: Execution) -> None:
        """Stop what runs and start nothing more.

        Raises:
            ValidationError: the execution has ended.
        """
        with execution.lock:
            if execution.status in ENDED:
                raise ValidationError(
                    "Only pipelines with 'Executing' status can be stopped,"
                    f" {execution.arn} is {execution.status}"
                )
            before, execution.status = execution.status, "Stopping"
            active = execution.active()
        announce.execution(self._context, execution, before)
        for run in active:
            run.status = "Stopping"
            if run.job is not None:
                halt(jobs.engine(self._context), run.job)
            if run.token is not None and self._waiting.pop(run.token, None) is not None:
                self._end(execution, run, "Stopped", None)
        self._context.work.submit(f"stop execution {execution.id}", self._go_on, execution)

    def retry(self, execution: Execution) -> None:
        """Run what failed or was stopped again; what succeeded is kept.

        Raises:
            ValidationError: the execution has not failed or been stopped.
        """
        with execution.lock:
            if execution.status not in {"Failed", "Stopped"}:
                raise ValidationError(
                    f"only a failed or stopped execution can be retried, "
                    f"{execution.arn} is {execution.status}"
                )
            for name in [run.name for run in execution.runs.values() if run.status != "Succeeded"]:
                del execution.runs[name]
            before, execution.status = execution.status, "Executing"
            execution.ended = execution.failure_reason = None
        announce.execution(self._context, execution, before)
        self._context.work.submit(f"retry execution {execution.id}", self._go_on, execution)

    def answer(self, token: str, outputs: Mapping[str, str] | None, failure: str | None) -> str:
        """End a callback step; returns the execution's ARN.

        Raises:
            ValidationError: no step waits for that token, or an output is missing.
        """
        found = self._waiting.get(token)
        if found is None:
            raise ValidationError(f"no step waits for callback token {token}")
        execution, run = found
        described: dict[str, Any] = {}
        if failure is None:
            declared = run.definition.get("OutputParameters") or []
            try:
                described = outputs_of(run, "Callback", dict(outputs or {}), declared)
            except StepError as error:
                raise ValidationError(str(error)) from error
        del self._waiting[token]
        run.described = described
        status: StepStatus = "Succeeded" if failure is None else "Failed"
        name = f"callback {run.name}"
        self._context.work.submit(name, self._end_and_go_on, execution, run, status, failure)
        return execution.arn

    def _go_on(self, execution: Execution) -> None:
        """Start what is ready; end the execution when nothing runs and nothing can."""
        started: list[StepRun] = []
        with execution.lock:
            if execution.status in ENDED:
                return
            if execution.status == "Executing":
                room = execution.most_parallel - len(execution.active())
                for step in execution.ready()[: max(room, 0)]:
                    run = StepRun(step, started=self._context.clock.now())
                    execution.runs[run.name] = run
                    started.append(run)
            if not execution.active():
                self._end_execution(execution)
                return
        for run in started:
            announce.step(self._context, execution, run, None)
            name = f"{execution.pipeline.pipeline_name} {run.name}"
            self._context.work.submit(name, self._run, execution, run)

    def _end_execution(self, execution: Execution) -> None:
        before = execution.status
        failed = [run.name for run in execution.runs.values() if run.status == "Failed"]
        stopped = [run.name for run in execution.runs.values() if run.status == "Stopped"]
        if before == "Stopping":
            execution.status = "Stopped"
        elif failed or stopped:
            execution.status = "Failed"
            names = ", ".join([*failed, *stopped])
            reason = f"Step failure: One or multiple steps failed: {names}"
            execution.failure_reason = reason[:1300]
        else:
            execution.status = "Succeeded"
        execution.ended = self._context.clock.now()
        announce.execution(self._context, execution, before)

    def _run(self, execution: Execution, run: StepRun) -> None:
        """Run one step to its end, with its retries."""
        place = Place(self._context, execution, run)
        status: StepStatus = "Failed"
        reason: str | None = None
        while True:
            run.attempts += 1
            try:
                if not self._attempt(place):
                    return
                status, reason = "Succeeded", None
            except StepStopped as stop:
                status = "Stopped" if execution.status == "Stopping" else "Failed"
                reason = str(stop)
            except StepError as error:
                reason = str(error)
            except ClientError as error:
                told = error.response["Error"]
                reason = f"{told['Code']}: {told.get('Message', '')}"
            except BotoCoreError as error:
                reason = f"ClientError: {error}"
            except Exception as error:
                log.exception("step %s", run.name)
                reason = f"InternalServerError: {type(error).__name__}: {error}"
            if reason is None or status != "Failed" or execution.status != "Executing":
                break
            pause = policies.retry_after(run.definition, reason, run.attempts)
            if pause is None:
                break
            time.sleep(pause)
        self._end_and_go_on(execution, run, status, reason)

    def _attempt(self, place: Place) -> bool:
        """Run the step once; false when its end will come from outside."""
        execution, run = place.execution, place.run
        given = dict(run.definition["Arguments"])
        if run.type == "Condition":
            given = {"Conditions": given["Conditions"]}
        run.arguments = resolve(place, given)
        key = policies.cache_key(run.definition, run.arguments)
        if key is not None:
            key = f"{execution.pipeline.arn} {key}"
            if self._take_cached(run, key):
                return True
        if run.type == "Callback":
            self._call_back(place)
            return False
        described = RUNNERS[run.type](place, run.arguments)
        run.described = described
        if key is not None:
            now = self._context.clock.now()
            self._cached[key] = (now, execution.arn, described, dict(run.metadata))
        return True

    def _call_back(self, place: Place) -> None:
        """Send a callback step's token; it may be answered before the sending returns."""
        run = place.run
        run.token = uuid.uuid4().hex
        self._waiting[run.token] = (place.execution, run)
        try:
            run_callback(place, run.arguments)
        except BaseException:
            del self._waiting[run.token]
            raise

    def _take_cached(self, run: StepRun, key: str) -> bool:
        held = self._cached.get(key)
        if held is None:
            return False
        when, source, described, metadata = held
        limit = policies.expires(run.definition, when)
        if limit is not None and limit < self._context.clock.now():
            return False
        run.described, run.metadata, run.cache_source = described, dict(metadata), source
        return True

    def _end_and_go_on(
        self, execution: Execution, run: StepRun, status: StepStatus, reason: str | None
    ) -> None:
        self._end(execution, run, status, reason)
        self._go_on(execution)

    def _end(
        self, execution: Execution, run: StepRun, status: StepStatus, reason: str | None
    ) -> None:
        before = run.status
        run.ended = self._context.clock.now()
        run.failure_reason = reason[:1024] if reason else None
        # Hooks come first: who sees the step succeeded finds its lineage recorded.
        hooks.finished(execution, run, status)
        with execution.lock:
            run.status = status
        announce.step(self._context, execution, run, before)
