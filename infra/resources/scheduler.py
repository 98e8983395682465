"""EventBridge Scheduler: schedules and their groups."""

from __future__ import annotations

from typing import Any, Final

from infra.resources.handler import Clients, Created, Properties
from infra.resources.naming import AutoName
from infra.resources.row import Row, Tagging


class _Schedule(Row):
    """``aws:scheduler/schedule:Schedule``; its id is ``group/name``."""

    def created(self, inputs: Properties, answer: Any) -> Created:
        """Return the id made of both names."""
        outputs = {**inputs, "arn": answer["ScheduleArn"]}
        return Created(id=f"{inputs['groupName']}/{inputs['name']}", outputs=outputs)

    def update(self, aws: Clients, resource_id: str, old: Properties, new: Properties) -> Created:
        """Send the whole schedule: what is left out goes back to its default."""
        return super().update(aws, resource_id, {**old, **self._key(old)}, new)


_RENAMES: Final = {
    "target.sagemakerPipelineParameters": "SageMakerPipelineParameters",
    "target.sagemakerPipelineParameters.pipelineParameters": "PipelineParameterList",
}

TYPES: Final = (
    _Schedule(
        token="aws:scheduler/schedule:Schedule",
        source="internal/service/scheduler/schedule.go",
        service="scheduler",
        create_op="CreateSchedule",
        read_op="GetSchedule",
        update_op="UpdateSchedule",
        delete_op="DeleteSchedule",
        key={"Name": "name", "GroupName": "groupName"},
        id="name",
        autoname=AutoName("name", maximum=64),
        computed={"arn": "Arn"},
        renames=_RENAMES,
        defaults={
            "actionAfterCompletion": "NONE",
            "groupName": "default",
            "scheduleExpressionTimezone": "UTC",
            "state": "ENABLED",
        },
        required=("flexibleTimeWindow", "scheduleExpression", "target"),
        replace_on=frozenset({"name", "namePrefix", "groupName"}),
    ),
    Row(
        token="aws:scheduler/scheduleGroup:ScheduleGroup",
        source="internal/service/scheduler/schedule_group.go",
        service="scheduler",
        create_op="CreateScheduleGroup",
        read_op="GetScheduleGroup",
        delete_op="DeleteScheduleGroup",
        key={"Name": "name"},
        id="name",
        autoname=AutoName("name", maximum=64),
        computed={"arn": "Arn", "state": "State"},
        replace_on=frozenset({"name", "namePrefix"}),
        tagging=Tagging(
            "TagResource", "UntagResource", "ListTagsForResource", target="ResourceArn"
        ),
    ),
)
