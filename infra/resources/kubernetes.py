"""Objects on a Kubernetes cluster: every kind that is known, by one row's code."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import urllib3
from botocore.exceptions import ClientError

from infra.kubernetes import manifests
from infra.kubernetes.kinds import ALWAYS, API_PATH, KINDS, Kind
from infra.resources._waiting import wait_until_gone, wait_until_settled
from infra.resources.handler import Clients, Created, InputError, Properties
from infra.resources.naming import AutoName

SKIP_AWAIT: Final = "pulumi.com/skipAwait"
_HTTP: Final = urllib3.PoolManager(maxsize=32)
_TIMEOUT: Final = urllib3.Timeout(connect=3.0, read=120.0)
_NOT_FOUND: Final = 404
_REFUSED: Final = 400


@dataclass(frozen=True, kw_only=True, slots=True)
class KubernetesType:
    """One kind: created, read back as far as it is declared, merged with what others changed."""

    kind: Kind

    @property
    def token(self) -> str:
        """Pulumi's type token."""
        return self.kind.token

    @property
    def replace_on(self) -> frozenset[str]:
        """Paths that the API server, or pulumi-kubernetes, does not change."""
        return ALWAYS | self.kind.immutable | self.kind.replaced

    @property
    def stateful(self) -> bool:
        """False: a namespace's quota lets no volume in, and all else is made again from code."""
        return False

    @property
    def autoname(self) -> AutoName | None:
        """None: others on the cluster refer to an object by the name that it was given."""
        return None

    @property
    def delete_before_replace(self) -> bool:
        """Whether the successor bears the same name: only a job's name says what it runs."""
        return self.kind.name not in {"Job", "TrainJob"}

    def check(self, name: str, inputs: Properties, old: Properties | None = None) -> dict[str, Any]:  # noqa: ARG002 - the protocol
        """Return the inputs with ``apiVersion`` and ``kind``.

        Raises:
            InputError: no name is given.
        """
        own = {"apiVersion": self.kind.api_version, "kind": self.kind.name}
        checked = {**{k: v for k, v in inputs.items() if v is not None}, **own}
        if not (checked.get("metadata") or {}).get("name"):
            raise InputError(f"{self.token} {name!r}: metadata.name must be given, got None")
        return checked

    def faults(self, name: str, inputs: Properties) -> list[str]:
        """Return what a cluster of any supported version would refuse, with nothing sent."""
        found = manifests.faults(self.kind, _open(inputs))
        return [f"{self.token} {name!r}: {fault}" for fault in found]

    def create(self, aws: Clients, inputs: Properties) -> Created:
        """Create it, and wait until it is what it is for, unless an annotation says not to."""
        made = self._call(aws, "POST", self._collection(inputs), dict(inputs))
        self._settle(aws, inputs)
        return self._created(inputs, made)

    def read(self, aws: Clients, resource_id: str, outputs: Properties) -> Created | None:  # noqa: ARG002 - the protocol
        """Return what is declared of it, as the cluster has it now."""
        held = self._held(aws, outputs)
        return None if held is None else self._created(outputs, held)

    def update(self, aws: Clients, resource_id: str, old: Properties, new: Properties) -> Created:  # noqa: ARG002 - the protocol
        """Change what is declared; what others added stays, as with server-side apply."""
        held = self._held(aws, new)
        if held is None:
            return self.create(aws, new)
        merged = _merged(held, old, new)
        made = self._call(aws, "PUT", self._path(new), merged)
        self._settle(aws, new)
        return self._created(new, made)

    def delete(self, aws: Clients, resource_id: str, outputs: Properties) -> None:  # noqa: ARG002 - the protocol
        """Delete it and wait until it is gone; already gone is success."""
        try:
            self._call(aws, "DELETE", self._path(outputs))
        except ClientError as error:
            if error.response["Error"]["Code"] != "NotFound":
                raise
        wait_until_gone(lambda: self._held(aws, outputs), operation=f"delete {self.kind.name}")

    # -- the API server ------------------------------------------------------------------------

    def _held(self, aws: Clients, properties: Properties) -> dict[str, Any] | None:
        try:
            return self._call(aws, "GET", self._path(properties))
        except ClientError as error:
            if error.response["Error"]["Code"] == "NotFound":
                return None
            raise

    def _settle(self, aws: Clients, inputs: Properties) -> None:
        """Wait as pulumi-kubernetes does: for a deployment's pods, for a job's end.

        Raises:
            ClientError: it never came to be, with the reason that its conditions give.
        """
        annotations = inputs["metadata"].get("annotations") or {}
        if self.kind.name not in {"Deployment", "Job"} or annotations.get(SKIP_AWAIT) == "true":
            return
        wait_until_settled(
            lambda: self._progress(aws, inputs),
            status="state",
            passing=("waiting",),
            good=("done",),
            operation=f"await {self.kind.name} {inputs['metadata']['name']}",
        )

    def _progress(self, aws: Clients, inputs: Properties) -> dict[str, str] | None:
        held = self._held(aws, inputs)
        if held is None:
            return None
        status = held.get("status") or {}
        seen = status.get("observedGeneration", held["metadata"]["generation"])
        if seen != held["metadata"]["generation"]:
            return {"state": "waiting"}
        for one in status.get("conditions") or ():
            match (one["type"], one["status"], one["reason"]):
                case ("Progressing", "True", "NewReplicaSetAvailable") | ("Complete", "True", _):
                    return {"state": "done"}
                case ("Progressing", "False", _) | ("Failed", "True", _):
                    return {"state": one["reason"], "FailureReason": one["message"]}
        return {"state": "waiting"}

    def _collection(self, properties: Properties) -> str:
        namespace = properties["metadata"].get("namespace")
        inside = f"/namespaces/{namespace}" if self.kind.namespaced else ""
        return f"{self.kind.path}{inside}/{self.kind.plural}"

    def _path(self, properties: Properties) -> str:
        return f"{self._collection(properties)}/{properties['metadata']['name']}"

    def _call(
        self, aws: Clients, method: str, path: str, body: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        answer = _HTTP.request(
            method,
            f"{aws.endpoint_url}{API_PATH}{path}",
            body=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
            timeout=_TIMEOUT,
            retries=False,
        )
        found: dict[str, Any] = json.loads(answer.data)
        if answer.status >= _REFUSED:
            code, message = found.get("reason", "Unknown"), found.get("message", "")
            raise ClientError(
                {"Error": {"Code": code, "Message": message}}, f"{method} {self.kind.name}"
            )
        return found

    def _created(self, inputs: Properties, held: Mapping[str, Any]) -> Created:
        own = held["metadata"]
        namespace = own.get("namespace")
        return Created(
            id=f"{namespace}/{own['name']}" if namespace else str(own["name"]),
            outputs=_projected(inputs, held),
        )


def _projected(declared: Any, held: Any) -> Any:
    """Return of what is held what is declared: defaults and other writers' fields are no drift."""
    if isinstance(declared, Mapping) and isinstance(held, Mapping):
        return {key: _projected(item, held[key]) for key, item in declared.items() if key in held}
    if isinstance(declared, list) and isinstance(held, list) and len(declared) == len(held):
        return [_projected(*pair) for pair in zip(declared, held, strict=True)]
    return copy.deepcopy(held)


def _merged(held: Any, old: Any, new: Any) -> Any:
    """Return what is held with the declared fields changed, and those no longer declared gone."""
    if not (isinstance(held, Mapping) and isinstance(new, Mapping)):
        return new
    before = old if isinstance(old, Mapping) else {}
    kept = {k: v for k, v in held.items() if k not in before or k in new}
    changed = {k: _merged(held.get(k), before.get(k), v) for k, v in new.items()}
    return {**kept, **changed}


def _open(inputs: Properties) -> dict[str, Any]:
    """Return the manifest without Pulumi's own keys."""
    return {key: value for key, value in inputs.items() if not key.startswith("__")}


TYPES: Final = tuple(KubernetesType(kind=kind) for kind in KINDS)
