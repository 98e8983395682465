"""CodePipeline's calls, in moto's manner: methods of its response class, which we replace."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from moto.codepipeline.exceptions import (
    InvalidStructureException,
    PipelineExecutionNotFoundException,
    PipelineNotFoundException,
)
from moto.codepipeline.models import CodePipeline
from moto.codepipeline.responses import CodePipelineResponse
from moto.core.exceptions import JsonRESTError

from infra.emulator.codepipeline import described
from infra.emulator.codepipeline.execution import Execution
from infra.emulator.codepipeline.executor import Executor
from infra.emulator.codepipeline.structure import cannot_run, check
from infra.emulator.context import Context
from infra.emulator.identity import identity

Json = dict[str, Any]
_REVISIONS = "S3_OBJECT_VERSION_ID"


class Pipelines:
    """The pipelines of one emulator."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._executors: dict[tuple[str, str], Executor] = {}
        self._update = CodePipelineResponse.update_pipeline
        self._delete = CodePipelineResponse.delete_pipeline

    def methods(self) -> dict[str, Callable[..., str]]:
        """Return what to set on ``CodePipelineResponse``."""
        answers: dict[str, Callable[[CodePipelineResponse, Json], Json]] = {
            "create_pipeline": self.create,
            "update_pipeline": self.update,
            "delete_pipeline": self.delete,
            "start_pipeline_execution": self.start,
            "stop_pipeline_execution": self.stop,
            "retry_stage_execution": self.retry,
            "put_approval_result": self.decide,
            "get_pipeline_execution": self.execution,
            "list_pipeline_executions": self.executions,
            "list_action_executions": self.actions,
            "get_pipeline_state": self.state,
        }
        return {name: _method(answer) for name, answer in answers.items()}

    def create(self, response: CodePipelineResponse, asked: Json) -> Json:
        """Create a pipeline; like AWS, run it at once, where it can be run here."""
        pipeline, tags = asked["pipeline"], asked.get("tags") or []
        name, backend = pipeline["name"], response.codepipeline_backend
        if name in backend.pipelines:
            raise InvalidStructureException(f"A pipeline with the name '{name}' already exists")
        # moto's own creation takes a role only where one service alone may assume it.
        check(pipeline, self._context.account_id)
        held = CodePipeline(self._context.account_id, response.region, pipeline)
        held.validate_tags(tags)
        held.tags = {tag["key"]: tag["value"] for tag in tags}
        backend.pipelines[name] = held
        if cannot_run(pipeline) is None:
            trigger = {"triggerType": "CreatePipeline", "triggerDetail": _caller(response)}
            self._executor(response, name).start(held.pipeline, trigger, {})
        return {"pipeline": held.pipeline, "tags": tags}

    def update(self, response: CodePipelineResponse, asked: Json) -> Json:
        """Change a pipeline; what runs of it is cancelled, as AWS does."""
        check(asked["pipeline"], self._context.account_id)
        answer: Json = json.loads(self._update(response))
        self._executor(response, asked["pipeline"]["name"]).end_all(
            "Cancelled", "the pipeline's definition was updated"
        )
        return answer

    def delete(self, response: CodePipelineResponse, asked: Json) -> Json:
        """Delete a pipeline with its executions."""
        executor = self._executors.pop((response.region, asked["name"]), None)
        if executor is not None:
            executor.end_all("Stopped", "the pipeline was deleted")
        self._delete(response)
        return {}

    def start(self, response: CodePipelineResponse, asked: Json) -> Json:
        """Start an execution.

        Raises:
            JsonRESTError: the pipeline holds what is not emulated.
        """
        pipeline = self._held(response, asked["name"]).pipeline
        if (why := cannot_run(pipeline)) is not None:
            raise _invalid(f"the emulator cannot run pipeline {asked['name']}: {why}")
        if asked.get("variables"):
            raise _invalid("variables of an execution are not emulated")
        wanted = asked.get("sourceRevisions") or []
        if other := [one["revisionType"] for one in wanted if one["revisionType"] != _REVISIONS]:
            raise _invalid(f"revisionType must be {_REVISIONS} here, got {other[0]}")
        revisions = {one["actionName"]: one["revisionValue"] for one in wanted}
        trigger = {"triggerType": "StartPipelineExecution", "triggerDetail": _caller(response)}
        begun = self._executor(response, asked["name"]).start(pipeline, trigger, revisions)
        return {"pipelineExecutionId": begun.id}

    def stop(self, response: CodePipelineResponse, asked: Json) -> Json:
        """Stop an execution.

        Raises:
            JsonRESTError: it has ended, or is stopping.
        """
        executor, execution = self._found(response, asked)
        if execution.ended:
            raise JsonRESTError(
                "PipelineExecutionNotStoppableException",
                f"execution {execution.id} is {execution.status} already",
            )
        if execution.stopping is not None and not asked.get("abandon"):
            raise JsonRESTError(
                "DuplicatedStopRequestException", f"execution {execution.id} is stopping already"
            )
        executor.stop(execution, asked.get("reason") or "", abandon=bool(asked.get("abandon")))
        return {"pipelineExecutionId": execution.id}

    def retry(self, response: CodePipelineResponse, asked: Json) -> Json:
        """Run the failed stage of an execution once more.

        Raises:
            JsonRESTError: it is not the stage that failed.
        """
        executor, execution = self._found(response, asked)
        if execution.status != "Failed" or execution.stage_name != asked["stageName"]:
            raise JsonRESTError(
                "StageNotRetryableException",
                f"stage {asked['stageName']} of execution {execution.id} must have failed, got"
                f" {execution.status} in {execution.stage_name}",
            )
        executor.retry(execution, failed_only=asked["retryMode"] == "FAILED_ACTIONS")
        return {"pipelineExecutionId": execution.id}

    def decide(self, response: CodePipelineResponse, asked: Json) -> Json:
        """Approve or reject what waits.

        Raises:
            JsonRESTError: nothing waits, or for another token.
        """
        name, stage, action = asked["pipelineName"], asked["stageName"], asked["actionName"]
        executor = self._executor(response, name)
        for execution in reversed(executor.executions):
            run = execution.latest(stage, action)
            if run is None:
                continue
            if run.status != "InProgress":
                raise JsonRESTError(
                    "ApprovalAlreadyCompletedException",
                    f"the approval {stage}/{action} of {name} is {run.status} already",
                )
            if run.token != asked["token"]:
                raise JsonRESTError(
                    "InvalidApprovalTokenException",
                    f"the approval {stage}/{action} of {name} waits for another token",
                )
            result = asked["result"]
            run.decided_by = _caller(response)
            approved = result["status"] == "Approved"
            executor.decide(run, execution, approved=approved, why=result["summary"])
            return {"approvedAt": self._context.clock.now().timestamp()}
        raise JsonRESTError("ActionNotFoundException", f"{name} has run no {stage}/{action}")

    def execution(self, response: CodePipelineResponse, asked: Json) -> Json:
        """Return an execution."""
        _, execution = self._found(response, asked)
        return {"pipelineExecution": described.execution(execution)}

    def executions(self, response: CodePipelineResponse, asked: Json) -> Json:
        """Return the executions, newest first."""
        found = self._executor(response, asked["pipelineName"]).executions[::-1]
        if stage := ((asked.get("filter") or {}).get("succeededInStage") or {}).get("stageName"):
            found = [one for one in found if described.passed(one, stage)]
        rows, token = _page([described.summary(one) for one in found], asked)
        return {"pipelineExecutionSummaries": rows, **token}

    def actions(self, response: CodePipelineResponse, asked: Json) -> Json:
        """Return the actions of all executions or of one, newest first."""
        executor = self._executor(response, asked["pipelineName"])
        chosen = asked.get("filter") or {}
        latest = chosen.get("latestInPipelineExecution") or {}
        wanted = chosen.get("pipelineExecutionId") or latest.get("pipelineExecutionId")
        found = [one for one in executor.executions if wanted in {None, one.id}]
        listed = [
            described.action(one, run) for one in reversed(found) for run in reversed(one.runs)
        ]
        rows, token = _page(listed, asked)
        return {"actionExecutionDetails": rows, **token}

    def state(self, response: CodePipelineResponse, asked: Json) -> Json:
        """Return what each stage did last."""
        held = self._held(response, asked["name"])
        executions = self._executor(response, asked["name"]).executions
        return described.state(held.pipeline, held.metadata, executions)

    def _held(self, response: CodePipelineResponse, name: str) -> Any:  # noqa: ANN401 - moto's
        held = response.codepipeline_backend.pipelines.get(name)
        if held is None:
            account = self._context.account_id
            raise PipelineNotFoundException(
                f"Account '{account}' does not have a pipeline with name '{name}'"
            )
        return held

    def _executor(self, response: CodePipelineResponse, name: str) -> Executor:
        self._held(response, name)
        key = (response.region, name)
        if key not in self._executors:
            self._executors[key] = Executor(self._context, response.region, name)
        return self._executors[key]

    def _found(
        self, response: CodePipelineResponse, asked: Mapping[str, Any]
    ) -> tuple[Executor, Execution]:
        executor = self._executor(response, asked["pipelineName"])
        execution = executor.get(asked["pipelineExecutionId"])
        if execution is None:
            raise PipelineExecutionNotFoundException(
                f"pipeline {asked['pipelineName']} has no execution {asked['pipelineExecutionId']}"
            )
        return executor, execution


def _method(
    answer: Callable[[CodePipelineResponse, Json], Json],
) -> Callable[[CodePipelineResponse], str]:
    def method(response: CodePipelineResponse) -> str:
        return json.dumps(answer(response, json.loads(response.body)))

    return method


def _page(rows: list[Json], asked: Mapping[str, Any]) -> tuple[list[Json], Json]:
    begin, size = int(asked.get("nextToken") or 0), int(asked.get("maxResults") or 100)
    end = begin + size
    return rows[begin:end], {"nextToken": str(end)} if end < len(rows) else {}


def _caller(response: CodePipelineResponse) -> str:
    arn, _ = identity(str(response.current_account), response.headers)
    return arn


def _invalid(message: str) -> JsonRESTError:
    return JsonRESTError("ValidationException", message)
