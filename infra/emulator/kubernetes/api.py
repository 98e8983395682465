"""The API server: REST over the kinds that are served, for whoever may."""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Request, Response

from infra.emulator.kubernetes import discovery, subresources
from infra.emulator.kubernetes.access import Caller, check
from infra.emulator.kubernetes.admission import unchanged
from infra.emulator.kubernetes.patches import patched
from infra.emulator.kubernetes.refusal import Refused, answer
from infra.emulator.kubernetes.selectors import asked
from infra.emulator.kubernetes.store import Manifest
from infra.kubernetes import manifests
from infra.kubernetes.kinds import API_PATH, BY_MANIFEST, Kind
from infra.kubernetes.rbac import Access
from infra.kubernetes.selectors import matches

if TYPE_CHECKING:
    from infra.emulator.kubernetes.cluster import Cluster

VERBS = {"GET": "get", "POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}


class Api:
    """Answers requests below ``/_kubernetes``."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._store = cluster.store

    def __call__(self, request: Request) -> Response | None:
        """Answer, or leave requests for AWS alone."""
        if not request.path.startswith(f"{API_PATH}/"):
            return None
        try:
            return self._answer(request, request.path.removeprefix(API_PATH).strip("/").split("/"))
        except Refused as refused:
            return refused.response()

    def _answer(self, request: Request, parts: list[str]) -> Response:
        if (found := discovery.found(self._cluster, parts)) is not None:
            return answer(found)
        match parts:
            case ["api", version, *rest]:
                api_version = version
            case ["apis", group, version, *rest]:
                api_version = f"{group}/{version}"
            case _:
                raise _nothing()
        caller = Caller.of(self._cluster, request.headers)
        if api_version == "authorization.k8s.io/v1":
            return answer(subresources.review(self._cluster, caller, rest[0], _body(request)), 201)
        namespace = None
        if rest[:1] == ["namespaces"] and len(rest) > 2:  # noqa: PLR2004 - what lies in one
            _, namespace, *rest = rest
        plural, name, sub, path = (*rest[:3], *[""] * (3 - len(rest)), "/".join(rest[3:]))
        kind = self._kind(api_version, plural)
        verb = VERBS.get(request.method, "")
        if verb == "get" and not name:
            verb = "watch" if request.args.get("watch") in {"true", "1"} else "list"
        if verb == "delete" and not name:
            verb = "deletecollection"
        home = name if plural == "namespaces" else namespace
        check(
            self._cluster,
            caller,
            Access(
                verb=verb,
                group=kind.group,
                resource=f"{plural}/{sub}" if sub else plural,
                namespace=home or None,
                name=name or None,
            ),
        )
        if sub:
            return subresources.answered(
                self._cluster, request, kind, namespace, subresources.Asked(name, sub, path)
            )
        return self._verb(request, verb, kind, namespace, name)

    def _kind(self, api_version: str, plural: str) -> Kind:
        for kind in BY_MANIFEST.values():
            if (kind.api_version, kind.plural) == (api_version, plural):
                if self._cluster.serves(kind):
                    return kind
                break
        raise _nothing()

    def _verb(
        self, request: Request, verb: str, kind: Kind, namespace: str | None, name: str
    ) -> Response:
        match verb:
            case "get":
                return answer(self._store.get(kind, namespace, name))
            case "list":
                return answer(self._list(request, kind, namespace))
            case "create":
                return answer(self._create(request, kind, namespace), 201)
            case "update" | "patch":
                old = self._store.get(kind, namespace, name)
                new = _body(request) if verb == "update" else patched(old, request)
                self._check(kind, {**new, "status": {}} if "status" in new else new)
                unchanged(kind, old, new)
                return answer(self._cluster.controllers.replace(kind, new))
            case "delete":
                return answer(self._cluster.controllers.remove(kind, namespace, name))
            case "deletecollection":
                for one in self._list(request, kind, namespace)["items"]:
                    self._cluster.controllers.remove(kind, namespace, one["metadata"]["name"])
                return answer({"kind": "Status", "apiVersion": "v1", "status": "Success"})
        raise Refused("MethodNotAllowed", f"{verb or request.method} is not emulated")

    def _list(self, request: Request, kind: Kind, namespace: str | None) -> dict[str, Any]:
        selector = asked(request.args.get("labelSelector", ""))
        fields = request.args.get("fieldSelector", "")
        items = [
            one
            for one in self._store.list(kind, namespace)
            if matches(selector, one["metadata"].get("labels") or {}) and _meets(one, fields)
        ]
        return {
            "kind": f"{kind.name}List",
            "apiVersion": kind.api_version,
            "metadata": {"resourceVersion": self._store.version},
            "items": items,
        }

    def _create(self, request: Request, kind: Kind, namespace: str | None) -> Manifest:
        made = _body(request)
        own = made.setdefault("metadata", {})
        if kind.namespaced and own.setdefault("namespace", namespace) != namespace:
            raise Refused(
                "BadRequest",
                "the namespace of the provided object does not match the namespace sent on the"
                " request",
            )
        if "generateName" in own and "name" not in own:
            own["name"] = f"{own['generateName']}{secrets.token_hex(3)[:5]}"
        made.pop("status", None)
        self._check(kind, made)
        subresources.known_runtime(kind, made)
        if request.args.get("dryRun") == "All":
            return made
        return self._cluster.controllers.create(kind, made)

    def _check(self, kind: Kind, manifest: Manifest) -> None:
        told = (manifest.get("apiVersion"), manifest.get("kind"))
        if told != (kind.api_version, kind.name):
            raise Refused(
                "BadRequest",
                f"the API version and kind in the data {told} do not match the expected"
                f" {(kind.api_version, kind.name)}",
            )
        # Of pods, Pod Security is the namespace's to enforce; of what starts them, nobody's.
        found = list(manifests.formal_faults(kind, manifest, (self._cluster.version,)))
        if found:
            name = str(manifest["metadata"].get("name", ""))
            raise Refused(
                "Invalid",
                f'{kind.name} "{name}" is invalid: {"; ".join(found)}',
                kind.group,
                kind.plural,
                name,
                found,
            )


def _meets(manifest: Manifest, fields: str) -> bool:
    for term in filter(None, fields.split(",")):
        key, _, value = term.replace("==", "=").partition("=")
        held: Any = manifest
        for step in key.split("."):
            held = held.get(step) if isinstance(held, dict) else None
        if str(held) != value:
            return False
    return True


def _body(request: Request) -> Manifest:
    try:
        found = json.loads(request.get_data() or b"{}")
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise Refused("BadRequest", "the body of the request must be a JSON object")
    return found


def _nothing() -> Refused:
    return Refused("NotFound", "the server could not find the requested resource")
