"""Operations on tracking servers: kept here, run by the data plane when they are first asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from moto.sagemaker.exceptions import ResourceNotFound, ValidationError
from moto.sagemaker.models import SageMakerModelBackend

from infra.emulator.sagemaker_api import Call, Operation, between, page, present

DEFAULT_VERSION: Final = "3.0"
UPDATABLE: Final = (
    "ArtifactStoreUri",
    "TrackingServerSize",
    "AutomaticModelRegistration",
    "WeeklyMaintenanceWindowStart",
)
KEPT: Final = (*UPDATABLE, "MlflowVersion", "RoleArn")


@dataclass(eq=False, slots=True)
class TrackingServer:
    """A tracking server as the control plane tells it."""

    arn: str
    name: str
    url: str
    asked: dict[str, Any]
    status: str
    created: datetime
    created_by: Mapping[str, Any]
    modified: datetime
    modified_by: Mapping[str, Any]
    tags: list[dict[str, str]] = field(default_factory=list)

    @property
    def active(self) -> bool:
        """Tell whether it answers; a stopped one does not."""
        return self.status != "Stopped"


def servers(backend: SageMakerModelBackend) -> dict[str, TrackingServer]:
    """Return the tracking servers of a region by name, where moto's tags find them too."""
    held: dict[str, TrackingServer] = backend.__dict__.setdefault("mlflow_tracking_servers", {})
    return held


def create(call: Call) -> Mapping[str, Any]:
    """Make a tracking server; it stands at once.

    Raises:
        ValidationError: there is one of that name, or its artifact store is not on S3.
    """
    asked, held = call.parameters, servers(call.backend)
    name = asked["TrackingServerName"]
    if name in held:
        raise ValidationError(f"Tracking server already exists: {held[name].arn}")
    if not asked["ArtifactStoreUri"].startswith("s3://"):
        raise ValidationError(f"ArtifactStoreUri must be on S3, got {asked['ArtifactStoreUri']}")
    now, by = call.now(), call.user()
    made = TrackingServer(
        arn=call.arn("mlflow-tracking-server", name),
        name=name,
        url=f"{call.context.endpoint_url}/_aws/mlflow/{call.region}/{name}",
        asked={
            "TrackingServerSize": "Small",
            "MlflowVersion": DEFAULT_VERSION,
            "AutomaticModelRegistration": False,
            "WeeklyMaintenanceWindowStart": "Tue:03:30",
            **{key: asked[key] for key in KEPT if asked.get(key) is not None},
        },
        status="Created",
        created=now,
        created_by=by,
        modified=now,
        modified_by=by,
        tags=list(asked.get("Tags") or []),
    )
    held[name] = made
    return {"TrackingServerArn": made.arn}


def describe(call: Call) -> Mapping[str, Any]:
    """Return a tracking server."""
    found = find(call)
    return present(
        [
            ("TrackingServerArn", found.arn),
            ("TrackingServerName", found.name),
            ("ArtifactStoreUri", found.asked["ArtifactStoreUri"]),
            ("TrackingServerSize", found.asked["TrackingServerSize"]),
            ("MlflowVersion", found.asked["MlflowVersion"]),
            ("RoleArn", found.asked["RoleArn"]),
            ("TrackingServerStatus", found.status),
            ("IsActive", "Active" if found.active else "Inactive"),
            ("TrackingServerUrl", found.url),
            ("WeeklyMaintenanceWindowStart", found.asked["WeeklyMaintenanceWindowStart"]),
            ("AutomaticModelRegistration", found.asked["AutomaticModelRegistration"]),
            ("CreationTime", found.created),
            ("CreatedBy", found.created_by),
            ("LastModifiedTime", found.modified),
            ("LastModifiedBy", found.modified_by),
        ]
    )


def update(call: Call) -> Mapping[str, Any]:
    """Change a tracking server; members that are not given stay as they are."""
    found, asked = find(call), call.parameters
    found.asked |= {key: asked[key] for key in UPDATABLE if asked.get(key) is not None}
    return _changed(call, found, "Updated" if found.active else found.status)


def start(call: Call) -> Mapping[str, Any]:
    """Let a stopped tracking server answer again.

    Raises:
        ValidationError: it is not stopped.
    """
    found = find(call)
    if found.active:
        raise ValidationError(f"{found.arn} is {found.status}: only a stopped one is started")
    return _changed(call, found, "Started")


def stop(call: Call) -> Mapping[str, Any]:
    """Stop a tracking server; what it holds stays.

    Raises:
        ValidationError: it is stopped already.
    """
    found = find(call)
    if not found.active:
        raise ValidationError(f"{found.arn} is {found.status} already")
    return _changed(call, found, "Stopped")


def delete(call: Call) -> Mapping[str, Any]:
    """Delete a tracking server; its artifacts stay on S3."""
    found = find(call)
    del servers(call.backend)[found.name]
    return {"TrackingServerArn": found.arn}


def list_all(call: Call) -> Mapping[str, Any]:
    """Return the tracking servers that pass the filters."""
    asked = call.parameters
    found = [
        one
        for one in servers(call.backend).values()
        if asked.get("TrackingServerStatus") in {None, one.status}
        and asked.get("MlflowVersion") in {None, one.asked["MlflowVersion"]}
        and between(one.created, asked.get("CreatedAfter"), asked.get("CreatedBefore"))
    ]
    by_name = asked.get("SortBy") == "Name"
    found.sort(
        key=lambda one: (one.name if by_name else "", one.created),
        reverse=asked.get("SortOrder") != "Ascending",
    )
    rows, token = page(found, asked)
    return {
        "TrackingServerSummaries": [
            {
                "TrackingServerArn": one.arn,
                "TrackingServerName": one.name,
                "CreationTime": one.created,
                "LastModifiedTime": one.modified,
                "TrackingServerStatus": one.status,
                "IsActive": "Active" if one.active else "Inactive",
                "MlflowVersion": one.asked["MlflowVersion"],
            }
            for one in rows
        ],
        "NextToken": token,
    }


def presign(call: Call) -> Mapping[str, Any]:
    """Return where a browser reaches the server; nothing is signed here."""
    return {"AuthorizedUrl": f"{find(call).url}/"}


def find(call: Call) -> TrackingServer:
    """Return the tracking server that a request names.

    Raises:
        ResourceNotFound: there is none.
    """
    name = call.parameters["TrackingServerName"]
    found = servers(call.backend).get(name)
    if found is None:
        raise ResourceNotFound(f"Tracking server {name} does not exist.")
    return found


def _changed(call: Call, found: TrackingServer, status: str) -> Mapping[str, Any]:
    found.status, found.modified, found.modified_by = status, call.now(), call.user()
    return {"TrackingServerArn": found.arn}


OPERATIONS: dict[str, Operation] = {
    "CreateMlflowTrackingServer": create,
    "DescribeMlflowTrackingServer": describe,
    "UpdateMlflowTrackingServer": update,
    "DeleteMlflowTrackingServer": delete,
    "StartMlflowTrackingServer": start,
    "StopMlflowTrackingServer": stop,
    "ListMlflowTrackingServers": list_all,
    "CreatePresignedMlflowTrackingServerUrl": presign,
}
