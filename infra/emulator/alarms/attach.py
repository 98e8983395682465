"""Attaches evaluating alarms to moto's CloudWatch."""

from __future__ import annotations

from typing import Any

from moto.cloudwatch.exceptions import ValidationError
from moto.cloudwatch.models import Alarm, CloudWatchBackend
from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.responses import ActionResult, EmptyResult

from infra.emulator.alarms import composite
from infra.emulator.alarms.alarms import Alarms
from infra.emulator.alarms.embedded import install_embedded
from infra.emulator.alarms.messages import snapshot
from infra.emulator.alarms.queries import install_queries
from infra.emulator.alarms.statistics import Datum, Key, key
from infra.emulator.alarms.validation import check_alarm, check_data
from infra.emulator.context import Context
from infra.emulator.patches import replace

PAGE = 100


def install(context: Context) -> None:
    """Make alarms evaluate, act, and keep a history; add composite alarms."""
    alarms = Alarms(context)
    _receive_data(context, alarms)
    _keep_alarms(context, alarms)
    _answer_calls(context, alarms)
    install_queries(context, alarms.series)
    install_embedded(context)


def _receive_data(context: Context, alarms: Alarms) -> None:
    def put_metric_data(
        backend: CloudWatchBackend, namespace: str, metric_data: list[dict[str, Any]]
    ) -> None:
        now = context.clock.now()
        check_data(metric_data, now)
        by_moto(backend, namespace, metric_data)
        changed: dict[Key, Datum] = {}
        for element in metric_data:
            series = key(namespace, element["MetricName"], element.get("Dimensions") or [])
            changed[series] = Datum.read(element, now=now)
            alarms.series(backend.region_name).add(series, changed[series])
        if changed:
            latest = max(datum.timestamp for datum in changed.values())
            alarms.data_arrived(backend, changed, latest)

    by_moto = replace(context, CloudWatchBackend, "put_metric_data", put_metric_data)


def _keep_alarms(context: Context, alarms: Alarms) -> None:
    def put_metric_alarm(backend: CloudWatchBackend, name: str, **settings: Any) -> Alarm:
        if settings.get("rule") is None:
            check_alarm(settings)
        before = backend.alarms.get(name)
        alarm: Alarm = put_by_moto(backend, name=name, **settings)
        alarms.was_put(alarm, before)
        return alarm

    def delete_alarms(backend: CloudWatchBackend, alarm_names: list[str]) -> None:
        doomed = [backend.alarms[name] for name in alarm_names if name in backend.alarms]
        _check_unused(backend, set(alarm_names))
        delete_by_moto(backend, alarm_names)
        for alarm in doomed:
            backend.tagger.delete_all_tags_for_resource(alarm.alarm_arn)
            alarms.was_deleted(alarm)

    def set_alarm_state(
        backend: CloudWatchBackend,
        alarm_name: str,
        reason: str,
        reason_data: str,
        state_value: str,
    ) -> None:
        alarm = backend.alarms.get(alarm_name)
        before = snapshot(alarm) if alarm else None
        # moto checks the request, and changes the state without telling anyone: taken back, redone.
        set_by_moto(backend, alarm_name, reason, reason_data, state_value)
        if alarm is not None and before is not None:
            alarms.restore(alarm, before)
            alarms.set_state(alarm, state_value, reason, reason_data)

    put_by_moto = replace(context, CloudWatchBackend, "put_metric_alarm", put_metric_alarm)
    delete_by_moto = replace(context, CloudWatchBackend, "delete_alarms", delete_alarms)
    set_by_moto = replace(context, CloudWatchBackend, "set_alarm_state", set_alarm_state)


def _check_unused(backend: CloudWatchBackend, doomed: set[str]) -> None:
    for alarm in backend.alarms.values():
        if alarm.rule is None or alarm.name in doomed:
            continue
        if used := composite.parse(alarm.rule).alarms & doomed:
            raise ValidationError(
                f"Cannot delete {sorted(used)}: composite alarm {alarm.name} depends on it."
            )


def _answer_calls(context: Context, alarms: Alarms) -> None:
    def put_composite_alarm(response: CloudWatchResponse) -> ActionResult:
        text = response._get_param("AlarmRule")
        try:
            parsed = composite.parse(text)
        except composite.RuleError as error:
            raise ValidationError(str(error)) from error
        if missing := parsed.alarms - response.cloudwatch_backend.alarms.keys():
            raise ValidationError(
                f"Could not save the composite alarm as alarms {sorted(missing)} in the alarm "
                f"rule do not exist."
            )
        if response._get_param("ActionsSuppressor"):
            raise ValidationError("ActionsSuppressor is not emulated.")
        response.put_metric_alarm()
        return EmptyResult()

    def describe_alarm_history(response: CloudWatchResponse) -> ActionResult:
        items = alarms.history.describe(response.region, response._get_params())
        page, token = _page(response, items)
        return ActionResult({"AlarmHistoryItems": page, **token})

    replace(context, CloudWatchResponse, "put_composite_alarm", put_composite_alarm)
    replace(context, CloudWatchResponse, "describe_alarm_history", describe_alarm_history)
    replace(context, CloudWatchResponse, "describe_alarms", describe_alarms)


def describe_alarms(response: CloudWatchResponse) -> ActionResult:
    """Answer with every filter applied; composite alarms only where they are asked for."""
    names = response._get_param("AlarmNames", [])
    prefix = response._get_param("AlarmNamePrefix") or ""
    action_prefix = response._get_param("ActionPrefix") or ""
    state = response._get_param("StateValue")
    types = response._get_param("AlarmTypes", []) or ["MetricAlarm"]
    found = [
        alarm
        for alarm in response.cloudwatch_backend.alarms.values()
        if (not names or alarm.name in names)
        and alarm.name.startswith(prefix)
        and state in (None, alarm.state_value)
        and _acts(alarm, action_prefix)
        and ("MetricAlarm" if alarm.rule is None else "CompositeAlarm") in types
    ]
    page, token = _page(response, sorted(found, key=lambda alarm: alarm.name))
    return ActionResult(
        {
            "MetricAlarms": [alarm for alarm in page if alarm.rule is None],
            "CompositeAlarms": [_composite(alarm) for alarm in page if alarm.rule is not None],
            **token,
        }
    )


def _acts(alarm: Alarm, prefix: str) -> bool:
    actions = [*(alarm.alarm_actions or []), *alarm.ok_actions, *alarm.insufficient_data_actions]
    return not prefix or any(action.startswith(prefix) for action in actions)


def _composite(alarm: Alarm) -> dict[str, Any]:
    return {
        "AlarmName": alarm.name,
        "AlarmArn": alarm.alarm_arn,
        "AlarmDescription": alarm.description,
        "AlarmRule": alarm.rule,
        "AlarmConfigurationUpdatedTimestamp": alarm.configuration_updated_timestamp,
        "ActionsEnabled": alarm.actions_enabled,
        "AlarmActions": alarm.alarm_actions,
        "OKActions": alarm.ok_actions,
        "InsufficientDataActions": alarm.insufficient_data_actions,
        "StateValue": alarm.state_value,
        "StateReason": alarm.state_reason,
        "StateUpdatedTimestamp": alarm.state_updated_timestamp,
    }


def _page(response: CloudWatchResponse, items: list[Any]) -> tuple[list[Any], dict[str, str]]:
    first = int(response._get_param("NextToken") or 0)
    size = int(response._get_param("MaxRecords") or PAGE)
    page, rest = items[first : first + size], items[first + size :]
    return page, {"NextToken": str(first + size)} if rest else {}
