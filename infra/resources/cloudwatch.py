"""CloudWatch: alarms, dashboards, log groups."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from botocore.exceptions import ClientError

from infra.resources.handler import Clients, Created, Properties
from infra.resources.naming import AutoName
from infra.resources.row import Row, Tagging

_TAGS: Final = Tagging("TagResource", "UntagResource", "ListTagsForResource", target="ResourceARN")


class _Alarm(Row):
    """An alarm: put to create and to change, told from among all alarms, deleted in a list."""

    answer_key = ""
    """Where ``DescribeAlarms`` keeps alarms of the kind."""
    kind = ""

    def described(self, aws: Clients, outputs: Properties) -> Mapping[str, Any] | None:
        """Return the alarm; ``None`` where there is none of the name."""
        asked = {"AlarmNames": [outputs[self.id]], "AlarmTypes": [self.kind]}
        found = self.call(aws, "DescribeAlarms", asked)[self.answer_key]
        return self.readable(found[0]) if found else None

    def readable(self, held: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the alarm in the shape it is put in."""
        return held

    def read_shape(self) -> Any:
        """Return the shape that an alarm is put in; it is told in the same members."""
        return self.shape(self.create_op)

    def update(self, aws: Clients, resource_id: str, old: Properties, new: Properties) -> Created:
        """Put the alarm again; tags are left to the operations for them."""
        return super().update(aws, resource_id, old, new)

    def parameters(self, operation_name: str, inputs: Properties) -> dict[str, Any]:
        """Return the alarm without its tags, which ``Put`` ignores on one that exists."""
        return super().parameters(operation_name, {k: v for k, v in inputs.items() if k != "tags"})

    def after_create(self, aws: Clients, created: Created, inputs: Properties) -> None:
        """Tag it."""
        if self.tagging and inputs.get("tags"):
            arn = _alarm_arn(aws, created.id)
            self.retag(aws, self.tagging, {**created.outputs, "arn": arn}, {}, inputs)

    def delete(self, aws: Clients, resource_id: str, outputs: Properties) -> None:  # noqa: ARG002 - the protocol
        """Delete it."""
        try:
            self.call(aws, self.delete_op, {"AlarmNames": [resource_id]})
        except ClientError as error:
            if not self.is_gone(error):
                raise


class _MetricAlarm(_Alarm):
    """``aws:cloudwatch/metricAlarm:MetricAlarm``; its id is the name."""

    answer_key = "MetricAlarms"
    kind = "MetricAlarm"

    def parameters(self, operation_name: str, inputs: Properties) -> dict[str, Any]:
        """Return the alarm; dimensions, a map in Pulumi, as CloudWatch's list."""
        declared = dict(inputs)
        if "dimensions" in declared:
            declared["dimensions"] = _listed(declared["dimensions"])
        if "metricQueries" in declared:
            declared["metricQueries"] = [_listed_inside(q) for q in declared["metricQueries"]]
        return super().parameters(operation_name, declared)

    def finish(
        self, aws: Clients, outputs: dict[str, Any], held: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Give dimensions back as the maps they were declared as."""
        if "dimensions" in outputs:
            outputs["dimensions"] = _mapped(held.get("Dimensions", []))
        return super().finish(aws, outputs, held)

    def _readable(self, outputs: Properties) -> dict[str, Any]:
        hidden = {"dimensions", "metricQueries"}
        return {k: v for k, v in super()._readable(outputs).items() if k not in hidden}


class _CompositeAlarm(_Alarm):
    """``aws:cloudwatch/compositeAlarm:CompositeAlarm``; its id is the name."""

    answer_key = "CompositeAlarms"
    kind = "CompositeAlarm"

    def parameters(self, operation_name: str, inputs: Properties) -> dict[str, Any]:
        """Return the alarm; the suppressor, one block in Pulumi, as CloudWatch's three members."""
        declared = {key: value for key, value in inputs.items() if key != "actionsSuppressor"}
        parameters = super().parameters(operation_name, declared)
        if suppressor := inputs.get("actionsSuppressor"):
            parameters |= {
                "ActionsSuppressor": suppressor["alarm"],
                "ActionsSuppressorExtensionPeriod": suppressor["extensionPeriod"],
                "ActionsSuppressorWaitPeriod": suppressor["waitPeriod"],
            }
        return parameters

    def _readable(self, outputs: Properties) -> dict[str, Any]:
        readable = super()._readable(outputs)
        return {key: value for key, value in readable.items() if key != "actionsSuppressor"}


class _LogGroup(Row):
    """``aws:cloudwatch/logGroup:LogGroup``; its id is the name."""

    def requests(self, inputs: Properties) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Yield the creation, and the call that sets how long it keeps."""
        yield from super().requests(inputs)
        if days := inputs.get("retentionInDays"):
            yield (
                "PutRetentionPolicy",
                {"logGroupName": inputs["name"], "retentionInDays": days},
            )

    def after_create(self, aws: Clients, created: Created, inputs: Properties) -> None:
        """Set how long it keeps."""
        self._settle(aws, created.id, {}, inputs)

    def described(self, aws: Clients, outputs: Properties) -> Mapping[str, Any] | None:
        """Return the group from among those whose names begin alike."""
        name = outputs["name"]
        pages = aws("logs").get_paginator("describe_log_groups").paginate(logGroupNamePrefix=name)
        found = [g for page in pages for g in page["logGroups"] if g["logGroupName"] == name]
        return found[0] if found else None

    def finish(
        self, aws: Clients, outputs: dict[str, Any], held: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Give the ARN as IAM takes it, without the ``:*`` that Logs adds."""
        outputs["arn"] = held["arn"].removesuffix(":*")
        if "retentionInDays" in outputs:
            outputs["retentionInDays"] = held.get("retentionInDays", 0)
        return super().finish(aws, outputs, {**held, "arn": outputs["arn"]})

    def update(self, aws: Clients, resource_id: str, old: Properties, new: Properties) -> Created:
        """Set retention, key and tags."""
        self._settle(aws, resource_id, old, new)
        logs, before, after = aws("logs"), old.get("kmsKeyId"), new.get("kmsKeyId")
        if before and not after:
            logs.disassociate_kms_key(logGroupName=resource_id)
        elif after and after != before:
            logs.associate_kms_key(logGroupName=resource_id, kmsKeyId=after)
        return super().update(aws, resource_id, old, new)

    @staticmethod
    def _settle(aws: Clients, name: str, old: Properties, new: Properties) -> None:
        before, after = old.get("retentionInDays", 0), new.get("retentionInDays", 0)
        if after and after != before:
            aws("logs").put_retention_policy(logGroupName=name, retentionInDays=after)
        elif before and not after:
            aws("logs").delete_retention_policy(logGroupName=name)


class _Dashboard(Row):
    """``aws:cloudwatch/dashboard:Dashboard``; its id is the name."""

    def requests(self, inputs: Properties) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Yield the one call."""
        yield self.create_op, self.parameters(self.create_op, inputs)

    def create(self, aws: Clients, inputs: Properties) -> Created:
        """Put it; CloudWatch answers with what is wrong in the body, or nothing."""
        self.call(aws, self.create_op, self.parameters(self.create_op, inputs))
        name = str(inputs["dashboardName"])
        return self.read(aws, name, inputs) or Created(id=name, outputs=dict(inputs))

    def delete(self, aws: Clients, resource_id: str, outputs: Properties) -> None:  # noqa: ARG002 - the protocol
        """Delete it."""
        try:
            self.call(aws, self.delete_op, {"DashboardNames": [resource_id]})
        except ClientError as error:
            if not self.is_gone(error):
                raise


def _alarm_arn(aws: Clients, name: str) -> str:
    partition = aws("cloudwatch").meta.partition
    return f"arn:{partition}:cloudwatch:{aws.region}:{aws.account_id}:alarm:{name}"


def _listed(dimensions: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in sorted(dimensions.items())]


def _mapped(dimensions: list[Mapping[str, str]]) -> dict[str, str]:
    return {dimension["Name"]: dimension["Value"] for dimension in dimensions}


def _listed_inside(query: Mapping[str, Any]) -> dict[str, Any]:
    """Return a query whose metric is nested as CloudWatch nests it: what, then how measured."""
    metric = query.get("metric")
    if metric is None:
        return dict(query)
    nested = {key: value for key, value in metric.items() if key in {"metricName", "namespace"}}
    nested["dimensions"] = _listed(metric.get("dimensions", {}))
    stat = {key: value for key, value in metric.items() if key in {"period", "stat", "unit"}}
    others = {key: value for key, value in query.items() if key != "metric"}
    return {**others, "metricStat": {"metric": nested, **stat}}


TYPES: Final = (
    _MetricAlarm(
        token="aws:cloudwatch/metricAlarm:MetricAlarm",
        source="internal/service/cloudwatch/metric_alarm.go",
        service="cloudwatch",
        create_op="PutMetricAlarm",
        read_op="DescribeAlarms",
        update_op="PutMetricAlarm",
        delete_op="DeleteAlarms",
        key={},
        id="name",
        autoname=AutoName("name", maximum=255),
        computed={"arn": "AlarmArn"},
        renames={"name": "AlarmName", "metricQueries": "Metrics"},
        defaults={"actionsEnabled": True, "treatMissingData": "missing"},
        required=("comparisonOperator", "evaluationPeriods"),
        replace_on=frozenset({"name"}),
        tagging=_TAGS,
    ),
    _CompositeAlarm(
        token="aws:cloudwatch/compositeAlarm:CompositeAlarm",
        source="internal/service/cloudwatch/composite_alarm.go",
        service="cloudwatch",
        create_op="PutCompositeAlarm",
        read_op="DescribeAlarms",
        update_op="PutCompositeAlarm",
        delete_op="DeleteAlarms",
        key={},
        id="alarmName",
        computed={"arn": "AlarmArn"},
        defaults={"actionsEnabled": True},
        required=("alarmName", "alarmRule"),
        replace_on=frozenset({"actionsEnabled", "alarmName"}),
        tagging=_TAGS,
    ),
    _Dashboard(
        token="aws:cloudwatch/dashboard:Dashboard",
        source="internal/service/cloudwatch/dashboard.go",
        service="cloudwatch",
        create_op="PutDashboard",
        read_op="GetDashboard",
        update_op="PutDashboard",
        delete_op="DeleteDashboards",
        key={"DashboardName": "dashboardName"},
        id="dashboardName",
        computed={"dashboardArn": "DashboardArn"},
        required=("dashboardBody", "dashboardName"),
        replace_on=frozenset({"dashboardName"}),
    ),
    _LogGroup(
        token="aws:cloudwatch/logGroup:LogGroup",
        source="internal/service/logs/group.go",
        service="logs",
        create_op="CreateLogGroup",
        read_op="DescribeLogGroups",
        read_path="logGroups[0]",
        delete_op="DeleteLogGroup",
        key={"logGroupName": "name"},
        id="name",
        autoname=AutoName("name", maximum=512),
        renames={"name": "logGroupName"},
        computed={"arn": "arn"},
        extra=frozenset({"retentionInDays", "skipDestroy"}),
        replace_on=frozenset({"name", "namePrefix", "logGroupClass"}),
        tagging=Tagging(
            "TagResource",
            "UntagResource",
            "ListTagsForResource",
            "resourceArn",
            tags="tags",
            listed="tags",
            keys="tagKeys",
        ),
    ),
)
