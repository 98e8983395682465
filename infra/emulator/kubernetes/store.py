"""The objects of a cluster, and who is told when one changes."""

from __future__ import annotations

import copy
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from infra.emulator.kubernetes.refusal import Refused
from infra.kubernetes.kinds import Kind

Manifest = dict[str, Any]
Key = tuple[str, str, str | None, str]
"""API group, plural, namespace, name."""
_VOLATILE: Final = ("resourceVersion", "generation", "managedFields")


class Store:
    """Everything that the API server keeps; every value that goes in or out is a copy."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._objects: dict[Key, Manifest] = {}
        self._lock = threading.RLock()
        self._version = 0
        self._now = now

    @property
    def lock(self) -> threading.RLock:
        """Held by whoever reads and writes as one step."""
        return self._lock

    def create(self, kind: Kind, manifest: Mapping[str, Any]) -> Manifest:
        """Keep a new object.

        Raises:
            Refused: there is one of that name.
        """
        made = copy.deepcopy(dict(manifest))
        own = made["metadata"]
        key = key_of(kind, own.get("namespace"), own["name"])
        with self._lock:
            if key in self._objects:
                raise Refused(
                    "AlreadyExists",
                    f'{kind.plural} "{own["name"]}" already exists',
                    kind.group,
                    kind.plural,
                    own["name"],
                )
            own["uid"] = str(uuid.uuid4())
            own["creationTimestamp"] = self.now()
            own["generation"] = 1
            self._keep(key, made)
            return copy.deepcopy(made)

    def get(self, kind: Kind, namespace: str | None, name: str) -> Manifest:
        """Return an object.

        Raises:
            Refused: there is none of that name.
        """
        with self._lock:
            found = self._objects.get(key_of(kind, namespace, name))
            if found is None:
                raise Refused(
                    "NotFound", f'{kind.plural} "{name}" not found', kind.group, kind.plural, name
                )
            return copy.deepcopy(found)

    def list(self, kind: Kind, namespace: str | None = None) -> list[Manifest]:
        """Return the objects of a kind, of one namespace or of all."""
        with self._lock:
            return [
                copy.deepcopy(one)
                for (group, plural, home, _), one in self._objects.items()
                if (group, plural) == (kind.group, kind.plural) and namespace in {None, home}
            ]

    def replace(self, kind: Kind, manifest: Mapping[str, Any]) -> Manifest:
        """Put another state in the place of an object; its status stays.

        Raises:
            Refused: there is none, or somebody else has changed it since it was read.
        """
        made = copy.deepcopy(dict(manifest))
        own = made["metadata"]
        with self._lock:
            old = self.get(kind, own.get("namespace"), own["name"])
            told = own.get("resourceVersion")
            if told is not None and told != old["metadata"]["resourceVersion"]:
                raise Refused(
                    "Conflict",
                    f'Operation cannot be fulfilled on {kind.plural} "{own["name"]}": the object'
                    " has been modified; please apply your changes to the latest version",
                    kind.group,
                    kind.plural,
                    own["name"],
                )
            if "status" in old:
                made["status"] = old["status"]
            else:
                made.pop("status", None)
            for field in ("uid", "creationTimestamp", "generation"):
                own[field] = old["metadata"][field]
            if plain(made) == plain(old):
                return old
            if made.get("spec") != old.get("spec"):
                own["generation"] += 1
            self._keep(key_of(kind, own.get("namespace"), own["name"]), made)
            return copy.deepcopy(made)

    def tell(self, kind: Kind, namespace: str | None, name: str, **status: Any) -> None:  # noqa: ANN401 - JSON
        """Add to an object's status; nothing where it is gone."""
        with self._lock:
            found = self._objects.get(key_of(kind, namespace, name))
            if found is not None:
                found["status"] = {**found.get("status", {}), **status}
                self._stamp(found)

    def remove(self, kind: Kind, namespace: str | None, name: str) -> Manifest:
        """Forget an object and return it.

        Raises:
            Refused: there is none of that name.
        """
        with self._lock:
            found = self.get(kind, namespace, name)
            del self._objects[key_of(kind, namespace, name)]
            return found

    def within(self, namespace: str) -> Iterator[Key]:
        """Return the keys of everything in a namespace."""
        with self._lock:
            return iter([key for key in self._objects if key[2] == namespace])

    def now(self) -> str:
        """Return the cluster's time as Kubernetes writes it."""
        return self._now().strftime("%Y-%m-%dT%H:%M:%SZ")

    @property
    def version(self) -> str:
        """The resource version of lists."""
        return str(self._version)

    def _keep(self, key: Key, made: Manifest) -> None:
        self._stamp(made)
        self._objects[key] = made

    def _stamp(self, made: Manifest) -> None:
        self._version += 1
        made["metadata"]["resourceVersion"] = str(self._version)


def key_of(kind: Kind, namespace: str | None, name: str) -> Key:
    """Return what an object is kept under."""
    return (kind.group, kind.plural, namespace if kind.namespaced else None, name)


def plain(manifest: Mapping[str, Any]) -> Manifest:
    """Return an object without what every write changes."""
    own = {k: v for k, v in manifest["metadata"].items() if k not in _VOLATILE}
    return {**manifest, "metadata": own}


def condition(type_: str, status: str, reason: str, message: str, when: str) -> dict[str, str]:
    """Return one condition of a status."""
    return {
        "type": type_,
        "status": status,
        "reason": reason,
        "message": message,
        "lastTransitionTime": when,
    }
