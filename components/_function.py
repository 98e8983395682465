"""A Lambda function and what stands around it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pulumi
import pulumi_aws as aws

from components._alarm import Watch, watch
from components._iam import trust_plainly
from components._iam_functions import Surroundings
from components._place import Place, here
from components._queue import dead_letter_queue
from components.alerting import Alerting
from components.code import FunctionCode

RUNTIME = "python3.13"


@dataclass(frozen=True, kw_only=True, slots=True)
class FunctionPlan:
    """How one function differs from the others."""

    description: str
    code: FunctionCode
    environment: Mapping[str, pulumi.Input[str]]
    log_group_name: str
    log_retention_days: int
    reserved_concurrency: int
    """Calls served at once; more are refused (429) or wait, when asynchronous."""
    timeout_seconds: int
    memory_mib: int
    key_arn: pulumi.Input[str]
    """Customer key of environment, logs and queue."""
    subnet_ids: Sequence[pulumi.Input[str]]
    security_group_ids: Sequence[pulumi.Input[str]]
    tags: Mapping[str, str]
    parent: pulumi.Resource
    alerting: Alerting | None = None
    urgent: bool = False
    """Callers notice when it fails."""
    dead_letters_variable: str | None = None
    """Variable with the URL of the queue, for a function that sends there itself."""


def function(
    name: str, plan: FunctionPlan, policy: Callable[[Place, Surroundings], pulumi.Output[str]]
) -> aws.lambda_.Function:
    """Declare a function with a role, a log group and a queue for events that it failed on.

    ``policy`` returns the role's policy document, given where it stands and what it writes to.
    """
    child = pulumi.ResourceOptions(parent=plan.parent)
    queue = dead_letter_queue(
        f"{name}-failed",
        key_arn=plan.key_arn,
        tags=plan.tags,
        parent=plan.parent,
        alerting=plan.alerting,
    )
    logs = aws.cloudwatch.LogGroup(
        f"{name}-logs",
        name=plan.log_group_name,
        retention_in_days=plan.log_retention_days,
        kms_key_id=plan.key_arn,
        tags=plan.tags,
        opts=child,
    )
    role = aws.iam.Role(
        f"{name}-role",
        assume_role_policy=trust_plainly("lambda.amazonaws.com"),
        tags=plan.tags,
        opts=child,
    )
    document: pulumi.Output[str] = pulumi.Output.all(
        here(), logs.name, queue.arn, plan.key_arn
    ).apply(
        lambda known: policy(
            known[0],
            Surroundings(
                log_group=known[1],
                dead_letters_arn=known[2],
                key_arn=known[3],
                joins_network=bool(plan.subnet_ids),
            ),
        )
    )
    told = {plan.dead_letters_variable: queue.url} if plan.dead_letters_variable else {}
    allowed = aws.iam.RolePolicy(f"{name}-policy", role=role.name, policy=document, opts=child)
    declared = aws.lambda_.Function(
        f"{name}-function",
        description=plan.description,
        runtime=RUNTIME,
        architectures=["arm64"],
        handler=plan.code.handler,
        code=archive(plan.code.files),
        role=role.arn,
        environment={"variables": {**plan.environment, **told}},
        kms_key_arn=plan.key_arn,
        memory_size=plan.memory_mib,
        timeout=plan.timeout_seconds,
        reserved_concurrent_executions=plan.reserved_concurrency,
        dead_letter_config={"target_arn": queue.arn},
        tracing_config={"mode": "Active"},
        logging_config={"log_format": "JSON", "log_group": logs.name},
        vpc_config={
            "subnet_ids": list(plan.subnet_ids),
            "security_group_ids": list(plan.security_group_ids),
        }
        if plan.subnet_ids
        else None,
        tags=plan.tags,
        # CreateFunction checks that the role may send to the queue.
        opts=pulumi.ResourceOptions(parent=plan.parent, depends_on=[allowed]),
    )
    if plan.alerting is not None:
        errors = Watch(
            runbook="function-errors",
            description=f"Calls of {name} fail",
            namespace="AWS/Lambda",
            metric="Errors",
            dimensions={"FunctionName": declared.name},
            urgent=plan.urgent,
        )
        watch(f"{name}-errors", errors, plan.alerting, tags=plan.tags, parent=plan.parent)
    return declared


def call_on(
    name: str,
    called: aws.lambda_.Function,
    *,
    rule: pulumi.Input[str],
    rule_arn: pulumi.Input[str],
    parent: pulumi.Resource,
) -> None:
    """Call the function for each event of a rule."""
    permission = aws.lambda_.Permission(
        f"{name}-permission",
        action="lambda:InvokeFunction",
        function=called.name,
        principal="events.amazonaws.com",
        source_arn=rule_arn,
        opts=pulumi.ResourceOptions(parent=parent),
    )
    aws.cloudwatch.EventTarget(
        f"{name}-target",
        rule=rule,
        arn=called.arn,
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[permission]),
    )


def archive(files: Mapping[str, Path]) -> pulumi.AssetArchive:
    """Return the files as they lie in the function's package."""
    return pulumi.AssetArchive({name: pulumi.FileAsset(str(path)) for name, path in files.items()})
