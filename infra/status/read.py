"""Ask AWS what the use cases of a stack are doing; the emulator answers in its place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from infra.status.alarms import alarms
from infra.status.decisions import decisions, table_of, told_once
from infra.status.endpoint import endpoint
from infra.status.facts import Decision, UseCaseStatus
from infra.status.measurements import newest
from infra.status.pipelines import pipelines
from stacks.serving import Serving

Client = Callable[[str], Any]
DECISIONS = 5


def read(client: Client, stack: str, use_case: str, serving: Serving) -> UseCaseStatus:
    """Return what a use case is doing.

    Raises:
        LookupError: the stack file pins a version that the registry does not have.
        ClientError: AWS refuses, for example for lack of a permission, which it names.
    """
    prefix = f"{stack}-{use_case}"
    return UseCaseStatus(
        use_case=use_case,
        pipelines=pipelines(client("sagemaker"), prefix),
        endpoint=endpoint(client("sagemaker"), prefix, serving),
        drift=newest(client, stack, use_case),
        alarms=alarms(client("cloudwatch"), prefix, on=True),
        decisions=_decisions(client("dynamodb"), stack, use_case),
    )


def _decisions(dynamodb: Any, stack: str, use_case: str) -> tuple[Decision, ...]:
    table = table_of(dynamodb, stack, use_case)
    if table is None:
        return ()
    return tuple(told_once(decisions(dynamodb, table, use_case)[0]))[:DECISIONS]
