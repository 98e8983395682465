"""Attaches schedules that fire to moto's EventBridge Scheduler."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from moto.iam.models import iam_backends
from moto.scheduler.exceptions import ScheduleGroupNotFound, ValidationException
from moto.scheduler.models import EventBridgeSchedulerBackend, Schedule, scheduler_backends
from moto.scheduler.responses import EventBridgeSchedulerResponse

from infra.cron import ScheduleError
from infra.emulator.context import Context
from infra.emulator.patches import replace
from infra.emulator.scheduler.expression import Schedule as Expression
from infra.emulator.scheduler.schedules import Schedules
from infra.emulator.scheduler.targets import check

SERVICE = "scheduler.amazonaws.com"


def install(context: Context) -> None:
    """Keep a timer with every schedule that is created, updated and deleted."""

    def forget(schedule: Schedule) -> None:
        region = schedule.arn.split(":")[3]
        groups = scheduler_backends[context.account_id][region].schedule_groups
        if schedule.group_name in groups:
            groups[schedule.group_name].schedules.pop(schedule.name, None)

    schedules = Schedules(context, forget)

    def create(backend: EventBridgeSchedulerBackend, **settings: Any) -> Schedule:
        if (group := settings["group_name"]) and group not in backend.schedule_groups:
            raise ScheduleGroupNotFound(group)
        _check(context, settings)
        schedule: Schedule = create_by_moto(backend, **settings)
        schedules.arm(schedule)
        return schedule

    def update(backend: EventBridgeSchedulerBackend, **settings: Any) -> Schedule:
        _check(context, settings)
        # An update replaces every setting; one that is left out falls back to its default.
        settings["state"] = settings["state"] or "ENABLED"
        schedule: Schedule = update_by_moto(backend, **settings)
        schedules.arm(schedule)
        return schedule

    def delete(backend: EventBridgeSchedulerBackend, group_name: str | None, name: str) -> None:
        arn = backend.get_schedule(group_name, name).arn
        delete_by_moto(backend, group_name, name)
        schedules.disarm(arn)

    def delete_group(backend: EventBridgeSchedulerBackend, name: str | None) -> None:
        group = backend.get_schedule_group(name)
        if group.name == "default":
            raise ValidationException("The default schedule group cannot be deleted.")
        for schedule in group.schedules.values():
            schedules.disarm(schedule.arn)
        delete_group_by_moto(backend, name)

    owner = EventBridgeSchedulerBackend
    create_by_moto = replace(context, owner, "create_schedule", create)
    update_by_moto = replace(context, owner, "update_schedule", update)
    delete_by_moto = replace(context, owner, "delete_schedule", delete)
    delete_group_by_moto = replace(context, owner, "delete_schedule_group", delete_group)
    _keep_completion_action(context)


def _keep_completion_action(context: Context) -> None:
    """Moto drops ``ActionAfterCompletion`` on update."""

    def update_schedule(response: EventBridgeSchedulerResponse) -> str:
        answer: str = by_moto(response)
        name = response.uri.split("?", maxsplit=1)[0].rsplit("/", 1)[-1]
        group = response._get_param("GroupName")
        schedule = response.scheduler_backend.get_schedule(group, name)
        schedule.action_after_completion = response._get_param("ActionAfterCompletion")
        return answer

    by_moto = replace(context, EventBridgeSchedulerResponse, "update_schedule", update_schedule)


def _check(context: Context, settings: Mapping[str, Any]) -> None:
    window = settings["flexible_time_window"] or {}
    if window.get("Mode") != "OFF":
        raise ValidationException(
            f"FlexibleTimeWindow must have Mode OFF (FLEXIBLE is not emulated), got {window}"
        )
    try:
        timezone = settings["schedule_expression_timezone"] or "UTC"
        Expression.parse(settings["schedule_expression"] or "", timezone)
    except ScheduleError as error:
        raise ValidationException(f"Invalid Schedule Expression: {error}") from error
    target = settings["target"] or {}
    try:
        check(target)
    except ValueError as error:
        raise ValidationException(str(error)) from error
    if not _may_assume(context, str(target.get("RoleArn"))):
        raise ValidationException(
            "The execution role you provide must allow AWS EventBridge Scheduler to assume the "
            f"role, got {target.get('RoleArn')}"
        )


def _may_assume(context: Context, role_arn: str) -> bool:
    for role in iam_backends[context.account_id]["aws"].roles.values():
        if role.arn == role_arn:
            trust = json.loads(role.assume_role_policy_document)
            return any(_trusts(statement) for statement in _listed(trust["Statement"]))
    return False


def _trusts(statement: Mapping[str, Any]) -> bool:
    principal = statement.get("Principal") or {}
    services = _listed(principal.get("Service")) if isinstance(principal, dict) else []
    return statement.get("Effect") == "Allow" and SERVICE in services


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
