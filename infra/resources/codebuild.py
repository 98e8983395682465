"""AWS CodeBuild: projects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from infra.resources.handler import Clients, Properties
from infra.resources.naming import AutoName
from infra.resources.row import Row


class _Project(Row):
    """``aws:codebuild/project:Project``; its id is the ARN. Tags are part of the project."""

    def described(self, aws: Clients, outputs: Properties) -> Mapping[str, Any] | None:
        """Return the project; ``None`` where there is none of the name."""
        found = self.call(aws, "BatchGetProjects", {"names": [outputs["name"]]})["projects"]
        return dict(found[0]) if found else None


TYPES: Final = (
    _Project(
        token="aws:codebuild/project:Project",
        source="internal/service/codebuild/project.go",
        service="codebuild",
        create_op="CreateProject",
        read_op="BatchGetProjects",
        read_path="projects[0]",
        update_op="UpdateProject",
        delete_op="DeleteProject",
        key={"name": "name"},
        id="arn",
        autoname=AutoName("name", maximum=150),
        computed={"arn": "project.arn || arn"},
        renames={
            "buildTimeout": "timeoutInMinutes",
            "queuedTimeout": "queuedTimeoutInMinutes",
            "logsConfig.cloudwatchLogs": "cloudWatchLogs",
        },
        defaults={"buildTimeout": 60, "queuedTimeout": 480},
        required=("artifacts", "environment", "serviceRole", "source"),
        replace_on=frozenset({"name"}),
    ),
)
