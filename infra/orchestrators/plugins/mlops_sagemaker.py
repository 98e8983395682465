"""Runs a SageMaker pipeline as one task of Airflow, and ends as the execution ends.

The provider's operator starts an execution; beside what it does, this one tells each step with its
state and its failure's reason, takes a stopped execution for a failure, and stops the execution
where the task is killed, cleared or marked, deferred or not. Lies in Airflow's folder of plugins,
where workers and triggerer find it.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any

from airflow.providers.amazon.aws.hooks.sagemaker import SageMakerHook
from airflow.providers.amazon.aws.operators.sagemaker import SageMakerStartPipelineOperator
from airflow.providers.amazon.aws.triggers.sagemaker import SageMakerPipelineTrigger
from airflow.sdk.exceptions import AirflowException
from airflow.triggers.base import TriggerEvent

RUNNING = frozenset({"Executing", "Stopping"})
ENDED_BADLY = frozenset({"Failed", "Stopped"})
LONGEST_DISPLAY_NAME = 82
FOREVER = 2**31 - 1
"""Attempts of a trigger: ``execution_timeout`` is what bounds a task."""


class PipelineExecutionError(AirflowException):
    """An execution did not succeed; the message holds its reason and those of its steps."""


class RunPipelineOperator(SageMakerStartPipelineOperator):
    """Starts a SageMaker pipeline with the DAG's parameters and waits for its end.

    A try that finds the execution of the try before still running, for the worker was lost, goes on
    watching that one.

    :param pipeline_name: name of the pipeline
    :param parameters: names of the pipeline's parameters; the DAG has a param of each. One that is
        null is left to the pipeline's own default.
    :param time_parameter: the parameter that a scheduled run tells its scheduled time, where the
        DAG's param says nothing else
    :param check_interval: seconds between two looks
    :return: ARN of the execution
    """

    def __init__(
        self,
        *,
        pipeline_name: str,
        parameters: Sequence[str] = (),
        time_parameter: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(pipeline_name=pipeline_name, **kwargs)
        self.parameters = list(parameters)
        self.time_parameter = time_parameter
        self.execution_arn: str | None = None

    def execute(self, context: Any) -> str:
        """Start, or find, the execution; watch it, here or in the triggerer."""
        self.pipeline_params = self._told(context)
        self.display_name = display_name(context["ti"])
        arn = self._running() if context["ti"].try_number > 1 else None
        if arn is None:
            arn = self.hook.start_pipeline(
                pipeline_name=self.pipeline_name,
                display_name=self.display_name,
                pipeline_params=self.pipeline_params,
            )
            self.log.info("%s: started %s with %s", self.pipeline_name, arn, self.pipeline_params)
        self.execution_arn = arn
        context["ti"].xcom_push(key="execution_arn", value=arn)
        if self.deferrable:
            self.defer(trigger=self._trigger(arn), method_name="execute_complete")
        steps = Steps(self.log.info)
        while True:
            status = self.hook.conn.describe_pipeline_execution(PipelineExecutionArn=arn)
            steps.tell(self._steps(arn))
            if status["PipelineExecutionStatus"] not in RUNNING:
                return self._end(arn)
            time.sleep(self.check_interval)

    def execute_complete(
        self,
        context: Any,  # noqa: ARG002 - Airflow's signature
        event: dict[str, Any] | None = None,
    ) -> str:
        """Go on when the triggerer has seen the execution end."""
        if event is None or "value" not in event:
            raise PipelineExecutionError(f"the trigger told no execution, got {event}")
        return self._end(event["value"])

    def on_kill(self) -> None:
        """Stop the execution: the task was killed, cleared or marked, or ran out of time."""
        if self.execution_arn is not None:
            self.log.info("stopping %s", self.execution_arn)
            self.hook.stop_pipeline(self.execution_arn)

    def _end(self, arn: str) -> str:
        """Return the ARN of an execution that succeeded.

        Raises:
            PipelineExecutionError: it did not.
        """
        execution = self.hook.conn.describe_pipeline_execution(PipelineExecutionArn=arn)
        if execution["PipelineExecutionStatus"] != "Succeeded":
            raise PipelineExecutionError(told(self.pipeline_name, execution, self._steps(arn)))
        self.log.info("%s: %s succeeded", self.pipeline_name, arn)
        return arn

    def _told(self, context: Any) -> dict[str, str]:
        given = {name: context["params"].get(name) for name in self.parameters}
        run = context["dag_run"]
        if (
            self.time_parameter is not None
            and given.get(self.time_parameter) is None
            and str(getattr(run.run_type, "value", run.run_type)) == "scheduled"
        ):
            given[self.time_parameter] = run.logical_date.strftime("%Y-%m-%dT%H:%M:%SZ")
        return {name: as_text(value) for name, value in given.items() if value is not None}

    def _running(self) -> str | None:
        pages = self.hook.conn.get_paginator("list_pipeline_executions").paginate(
            PipelineName=self.pipeline_name, SortBy="CreationTime", SortOrder="Descending"
        )
        for page in pages:
            for one in page["PipelineExecutionSummaries"]:
                if (
                    one.get("PipelineExecutionDisplayName") == self.display_name
                    and one["PipelineExecutionStatus"] == "Executing"
                ):
                    arn: str = one["PipelineExecutionArn"]
                    self.log.info("%s: goes on with %s", self.pipeline_name, arn)
                    return arn
        return None

    def _steps(self, arn: str) -> list[dict[str, Any]]:
        pages = self.hook.conn.get_paginator("list_pipeline_execution_steps").paginate(
            PipelineExecutionArn=arn, SortOrder="Ascending"
        )
        return [step for page in pages for step in page["PipelineExecutionSteps"]]

    def _trigger(self, arn: str) -> PipelineExecutionTrigger:
        return PipelineExecutionTrigger(
            waiter_type=SageMakerPipelineTrigger.Type.COMPLETE,
            pipeline_execution_arn=arn,
            waiter_delay=self.check_interval,
            waiter_max_attempts=FOREVER,
            aws_conn_id=self.aws_conn_id,
            region_name=self.region_name,
            verify=self.verify,
            botocore_config=self.botocore_config,
        )


class PipelineExecutionTrigger(SageMakerPipelineTrigger):
    """Watches an execution without a worker, whatever it ends as; stops it with its task."""

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Yield once, when the execution has ended."""
        hook: SageMakerHook = self.hook()
        steps = Steps(self.log.info)
        async with await hook.get_async_conn() as client:
            while True:
                asked = {"PipelineExecutionArn": self.pipeline_execution_arn}
                status = await client.describe_pipeline_execution(**asked)
                found: list[dict[str, Any]] = []
                paginator = client.get_paginator("list_pipeline_execution_steps")
                async for page in paginator.paginate(**asked, SortOrder="Ascending"):
                    found += page["PipelineExecutionSteps"]
                steps.tell(found)
                if status["PipelineExecutionStatus"] not in RUNNING:
                    break
                await asyncio.sleep(self.waiter_delay)
        yield TriggerEvent({"status": "success", "value": self.pipeline_execution_arn})

    async def on_kill(self) -> None:
        """Stop the execution: somebody cleared or marked the deferred task."""
        hook: SageMakerHook = self.hook()
        self.log.info("stopping %s", self.pipeline_execution_arn)
        await asyncio.to_thread(hook.stop_pipeline, self.pipeline_execution_arn)


class Steps:
    """Tells each state of each step once."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._seen: dict[str, str] = {}

    def tell(self, steps: Sequence[Mapping[str, Any]]) -> None:
        """Tell what is new."""
        for step in steps:
            if self._seen.get(step["StepName"]) != step["StepStatus"]:
                self._seen[step["StepName"]] = step["StepStatus"]
                self._tell(line(step))


def line(step: Mapping[str, Any]) -> str:
    """Return a step's name and state, and what it failed of."""
    reason = step.get("FailureReason")
    return f"step {step['StepName']}: {step['StepStatus']}" + (f": {reason}" if reason else "")


def told(pipeline: str, execution: Mapping[str, Any], steps: Sequence[Mapping[str, Any]]) -> str:
    """Return why an execution did not succeed, its steps' reasons below it."""
    status = execution["PipelineExecutionStatus"]
    reason = execution.get("FailureReason")
    first = f"{pipeline}: {execution['PipelineExecutionArn']} {status}"
    bad = [line(step) for step in steps if step["StepStatus"] in ENDED_BADLY]
    return "\n".join([f"{first}: {reason}" if reason else first, *bad])


def display_name(task: Any) -> str:
    """Return the execution's name in SageMaker Studio, the same for each try of a task's run.

    SageMaker takes letters, digits and single dashes, up to 82; ids of runs hold colons and more.
    """
    whole = f"{task.dag_id} {task.run_id} {task.task_id} {task.map_index}"
    end = hashlib.sha256(whole.encode()).hexdigest()[:12]
    words = re.sub(r"[^A-Za-z0-9]+", "-", f"airflow-{task.run_id}")
    return f"{words[: LONGEST_DISPLAY_NAME - 13].strip('-')}-{end}"


def as_text(value: object) -> str:
    """Return a parameter's value as SageMaker takes it."""
    return str(value).lower() if isinstance(value, bool) else str(value)
