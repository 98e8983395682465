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
class FunctionArgs:
    """Inputs of components that are a function, or have one."""

    code: FunctionCode
    """What runs when it is called."""
    key_arn: pulumi.Input[str]
    """Customer key of the function's settings, logs and queue, and of what stands beside it."""
    tags: Mapping[str, str]
    """Must hold ``project``, ``environment``, ``owner`` and ``team``."""
    alerting: Alerting | None = None
    """Whom the alarms tell; left out, they tell nobody."""
    log_retention_days: int = 365
    subnet_ids: Sequence[pulumi.Input[str]] = ()
    """Subnets that the function joins; empty leaves it outside a VPC."""
    security_group_ids: Sequence[pulumi.Input[str]] = ()
    """Security groups of the function in these subnets."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FunctionPlan:
    """How one function differs from the others."""

    description: str
    environment: Mapping[str, pulumi.Input[str]]
    log_group_name: str
    reserved_concurrency: int
    """Calls served at once; more are refused (429) or wait, when asynchronous."""
    timeout_seconds: int
    memory_mib: int
    tags: Mapping[str, str]
    parent: pulumi.Resource
    urgent: bool = False
    """Callers notice when it fails."""
    dead_letters_variable: str | None = None
    """Variable with the URL of the queue, for a function that sends there itself."""


def function(
    name: str,
    args: FunctionArgs,
    plan: FunctionPlan,
    policy: Callable[[Place, Surroundings], pulumi.Output[str]],
) -> aws.lambda_.Function:
    """Declare a function with a role, a log group and a queue for events that it failed on.

    ``policy`` returns the role's policy document, given where it stands and what it writes to.
    """
    child = pulumi.ResourceOptions(parent=plan.parent)
    queue = dead_letter_queue(
        f"{name}-failed",
        key_arn=args.key_arn,
        tags=plan.tags,
        parent=plan.parent,
        alerting=args.alerting,
    )
    logs = aws.cloudwatch.LogGroup(
        f"{name}-logs",
        name=plan.log_group_name,
        retention_in_days=args.log_retention_days,
        kms_key_id=args.key_arn,
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
        here(), logs.name, queue.arn, args.key_arn
    ).apply(
        lambda known: policy(
            known[0],
            Surroundings(
                log_group=known[1],
                dead_letters_arn=known[2],
                key_arn=known[3],
                joins_network=bool(args.subnet_ids),
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
        handler=args.code.handler,
        code=archive(args.code.files),
        role=role.arn,
        environment={"variables": {**plan.environment, **told}},
        kms_key_arn=args.key_arn,
        memory_size=plan.memory_mib,
        timeout=plan.timeout_seconds,
        reserved_concurrent_executions=plan.reserved_concurrency,
        dead_letter_config={"target_arn": queue.arn},
        tracing_config={"mode": "Active"},
        logging_config={"log_format": "JSON", "log_group": logs.name},
        vpc_config={
            "subnet_ids": list(args.subnet_ids),
            "security_group_ids": list(args.security_group_ids),
        }
        if args.subnet_ids
        else None,
        tags=plan.tags,
        # CreateFunction checks that the role may send to the queue.
        opts=pulumi.ResourceOptions(parent=plan.parent, depends_on=[allowed]),
    )
    if args.alerting is not None:
        errors = Watch(
            runbook="function-errors",
            description=f"Calls of {name} fail",
            namespace="AWS/Lambda",
            metric="Errors",
            dimensions={"FunctionName": declared.name},
            urgent=plan.urgent,
        )
        watch(f"{name}-errors", errors, args.alerting, tags=plan.tags, parent=plan.parent)
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
