"""What EventBridge is told of a pipeline."""

from __future__ import annotations

from typing import Any

from infra.emulator.codepipeline.execution import ActionRun, Execution
from infra.emulator.context import Context


class Teller:
    """Puts the states of a pipeline, its stages and actions on the event bus, where there is one.

    Fields as on AWS's page "Monitoring CodePipeline events".
    """

    def __init__(self, context: Context, region: str, name: str) -> None:
        self._context = context
        self._region = region
        self._arn = f"arn:aws:codepipeline:{region}:{context.account_id}:{name}"

    def pipeline(self, execution: Execution, state: str) -> None:
        """Tell the state of an execution."""
        trigger = {
            "trigger-type": execution.trigger["triggerType"],
            "trigger-detail": execution.trigger["triggerDetail"],
        }
        self._send("Pipeline", execution, state, {"execution-trigger": trigger})

    def stage(self, execution: Execution, state: str) -> None:
        """Tell the state of the stage that an execution is in."""
        self._send("Stage", execution, state, {"stage": execution.stage_name})

    def action(self, execution: Execution, run: ActionRun) -> None:
        """Tell the state of an action."""
        type_id = run.action["actionTypeId"]
        told: dict[str, Any] = {
            "stage": run.stage,
            "action": run.name,
            "action-execution-id": run.id,
            "region": self._region,
            "type": {key: type_id[key] for key in ("owner", "provider", "category", "version")},
        }
        if run.error or run.external_id:
            told["execution-result"] = {
                "external-execution-id": run.external_id,
                "external-execution-summary": run.error or run.summary,
                **({"error-code": "JobFailed"} if run.error else {}),
            }
        state = "STARTED" if run.status == "InProgress" else run.status.upper()
        self._send("Action", execution, state, told)

    def _send(self, what: str, execution: Execution, state: str, beside: dict[str, Any]) -> None:
        send = getattr(self._context, "events", None)
        if send is None:
            return
        send(
            source="aws.codepipeline",
            detail_type=f"CodePipeline {what} Execution State Change",
            detail={
                "pipeline": execution.name,
                "execution-id": execution.id,
                "start-time": f"{execution.began:%Y-%m-%dT%H:%M:%SZ}",
                "state": state,
                "version": float(execution.pipeline["version"]),
                "pipeline-execution-attempt": 1.0,
                **beside,
            },
            resources=[self._arn],
            region=self._region,
        )
