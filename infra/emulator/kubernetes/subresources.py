"""What lies below an object: its status, its scale, a pod's log, a service's answers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import urllib3
from moto.logs.models import logs_backends
from werkzeug.wrappers import Request, Response

from infra.emulator.kubernetes.access import Caller, reviewed
from infra.emulator.kubernetes.admission import POD
from infra.emulator.kubernetes.operators import RUNTIMES, TRAIN_JOB
from infra.emulator.kubernetes.owned import DEPLOYMENT, SERVICE, is_ready, phase
from infra.emulator.kubernetes.patches import patched
from infra.emulator.kubernetes.pod import LOG_GROUP
from infra.emulator.kubernetes.refusal import Refused, answer
from infra.emulator.kubernetes.scaling import BUDGET, health
from infra.emulator.kubernetes.store import Manifest
from infra.kubernetes.kinds import BY_MANIFEST, Kind
from infra.kubernetes.rbac import Subject
from infra.kubernetes.rules.pods import TOKEN_SECONDS
from infra.kubernetes.selectors import matches

if TYPE_CHECKING:
    from infra.emulator.kubernetes.cluster import Cluster

_NOT_PASSED = {"host", "connection", "content-length", "transfer-encoding", "authorization"}
_HTTP = urllib3.PoolManager(maxsize=16)
_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Asked:
    """Which part of which object."""

    name: str
    part: str
    path: str
    """What follows a proxy's own path."""


def answered(  # noqa: PLR0911 - a table
    cluster: Cluster, request: Request, kind: Kind, namespace: str | None, asked: Asked
) -> Response:
    """Answer a request for a part of an object.

    Raises:
        Refused: the object is not there, or the part is not emulated.
    """
    home = namespace or ""
    match (request.method, kind.plural, asked.part):
        case ("GET", _, "status"):
            return answer(cluster.store.get(kind, namespace, asked.name))
        case ("GET", "deployments", "scale"):
            return answer(_scale(cluster.store.get(kind, namespace, asked.name)))
        case ("PUT" | "PATCH", "deployments", "scale"):
            return answer(_rescaled(cluster, request, home, asked.name))
        case ("GET", "pods", "log"):
            return _log(cluster, request, home, asked.name)
        case ("POST", "pods", "eviction"):
            return _evicted(cluster, request, home, asked.name)
        case ("POST", "serviceaccounts", "token"):
            return answer(_token(cluster, request, home, asked.name), 201)
        case (_, "services" | "pods", "proxy"):
            return _proxied(cluster, request, kind, home, asked)
    raise Refused("NotImplemented", f"{request.method} {kind.plural}/{asked.part} is not emulated")


def known_runtime(kind: Kind, manifest: Manifest) -> None:
    """Refuse a training whose runtime the cluster lacks, as the trainer's webhook does.

    Raises:
        Refused: there is no such runtime.
    """
    if kind is not TRAIN_JOB:
        return
    named = manifest["spec"]["runtimeRef"]
    if named.get("kind", "ClusterTrainingRuntime") != "ClusterTrainingRuntime" or (
        named["name"] not in RUNTIMES
    ):
        raise Refused(
            "Forbidden",
            'admission webhook "validator.trainjob.trainer.kubeflow.org" denied the request:'
            f" spec.runtimeRef: {named.get('kind', 'ClusterTrainingRuntime')} {named['name']!r} not"
            f" found, known: {sorted(RUNTIMES)}",
        )


def review(
    cluster: Cluster, caller: Caller, plural: str, manifest: Mapping[str, Any]
) -> dict[str, Any]:
    """Answer whether somebody may do something.

    Raises:
        Refused: it is another kind of review.
    """
    spec = manifest.get("spec") or {}
    if plural == "selfsubjectaccessreviews":
        who = caller.subject
    elif plural == "subjectaccessreviews":
        who = Subject(user=spec.get("user", ""), groups=spec.get("groups") or ())
    else:
        raise Refused("NotFound", "the server could not find the requested resource")
    allowed = reviewed(cluster, who, spec.get("resourceAttributes") or {})
    return {**manifest, "status": {"allowed": allowed}}


def _scale(deployment: Manifest) -> dict[str, Any]:
    own = deployment["metadata"]
    return {
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": {key: own[key] for key in ("name", "namespace", "uid", "resourceVersion")},
        "spec": {"replicas": deployment["spec"].get("replicas", 1)},
        "status": {"replicas": (deployment.get("status") or {}).get("replicas", 0)},
    }


def _rescaled(cluster: Cluster, request: Request, namespace: str, name: str) -> dict[str, Any]:
    deployment = cluster.store.get(DEPLOYMENT, namespace, name)
    scale = _scale(deployment)
    wanted = json.loads(request.get_data()) if request.method == "PUT" else patched(scale, request)
    deployment["spec"]["replicas"] = wanted["spec"]["replicas"]
    deployment["metadata"].pop("resourceVersion")
    return _scale(cluster.controllers.replace(DEPLOYMENT, deployment))


def _log(cluster: Cluster, request: Request, namespace: str, name: str) -> Response:
    pod = cluster.store.get(POD, namespace, name)
    container = request.args.get("container") or pod["spec"]["containers"][0]["name"]
    groups = logs_backends[cluster.context.account_id]["us-east-1"].groups
    group = groups.get(f"{LOG_GROUP}/{namespace}")
    stream = group.streams.get(f"{name}/{container}") if group else None
    lines = [event.message for event in stream.events] if stream else []
    tail = request.args.get("tailLines")
    kept = lines[-int(tail) :] if tail else lines
    return Response("".join(f"{line}\n" for line in kept), 200, {"Content-Type": "text/plain"})


def _evicted(cluster: Cluster, request: Request, namespace: str, name: str) -> Response:
    """Remove a pod where its budget has room: two at once do not take the same room.

    Raises:
        Refused: the budget would be broken, or there are two.
    """
    asked = _asked(request)
    done = answer({"kind": "Status", "apiVersion": "v1", "status": "Success"}, 201)
    with cluster.store.lock:
        pod = cluster.store.get(POD, namespace, name)
        labels = pod["metadata"].get("labels") or {}
        budgets = [
            one
            for one in cluster.store.list(BUDGET, namespace)
            if matches(one["spec"]["selector"], labels)
        ]
        if phase(pod) == "Running":  # others answer nobody
            if len(budgets) > 1:
                raise Refused(
                    "InternalError",
                    "This pod has more than one PodDisruptionBudget, which the eviction subresource"
                    " does not support.",
                )
            for budget in budgets:
                _within(cluster, pod, budget)
        if (asked.get("deleteOptions") or {}).get("dryRun") or request.args.get("dryRun"):
            return done
        cluster.controllers.remove(POD, namespace, name)
    return done


def _within(cluster: Cluster, pod: Manifest, budget: Manifest) -> None:
    _, healthy, needed = health(cluster.store, budget)
    if healthy > needed:
        return
    policy = budget["spec"].get("unhealthyPodEvictionPolicy", "IfHealthyBudget")
    if not is_ready(pod) and (policy == "AlwaysAllow" or (healthy >= needed > 0)):
        return
    own = budget["metadata"]["name"]
    raise Refused(
        "TooManyRequests",
        "Cannot evict pod as it would violate the pod's disruption budget.",
        causes=[
            f"The disruption budget {own} needs {needed} healthy pods and has {healthy} currently"
        ],
        cause="DisruptionBudget",
    )


def _token(cluster: Cluster, request: Request, namespace: str, name: str) -> dict[str, Any]:
    """Return a service account's token for those who are to read it.

    Raises:
        Refused: it would end within ten minutes, or with another object.
    """
    cluster.store.get(BY_MANIFEST["v1", "ServiceAccount"], namespace, name)
    asked = _asked(request)
    spec = asked.get("spec") or {}
    seconds = spec.get("expirationSeconds") or 3600
    if seconds < TOKEN_SECONDS:
        fault = "may not specify a duration less than 10 minutes"
        told = f"spec.expirationSeconds: Invalid value: {seconds}: {fault}"
        raise Refused("Invalid", f'TokenRequest "" is invalid: {told}', causes=[told])
    if spec.get("boundObjectRef"):
        raise Refused("NotImplemented", "a token bound to an object is not emulated")
    audiences = spec.get("audiences") or ["kubernetes"]
    ends = cluster.context.clock.now() + timedelta(seconds=seconds)
    return {
        **asked,
        "spec": {**spec, "audiences": audiences, "expirationSeconds": seconds},
        "status": {
            "token": cluster.tokens.sign(namespace, name, audiences, seconds),
            "expirationTimestamp": ends.strftime("%Y-%m-%dT%H:%M:%SZ"),
        },
    }


def _asked(request: Request) -> dict[str, Any]:
    found = json.loads(request.get_data() or b"{}")
    return found if isinstance(found, dict) else {}


def _proxied(
    cluster: Cluster, request: Request, kind: Kind, namespace: str, asked: Asked
) -> Response:
    """Ask a pod, a service's first that is ready, for what the path names."""
    name, _, named_port = asked.name.removeprefix("http:").partition(":")
    if kind is POD:
        pods, port = [cluster.store.get(POD, namespace, name)], named_port
    else:
        service = cluster.store.get(SERVICE, namespace, name)
        selector = {"matchLabels": service["spec"].get("selector") or {}}
        ports = service["spec"]["ports"]
        chosen = next(
            (one for one in ports if named_port in {one.get("name"), str(one["port"])}), ports[0]
        )
        port = chosen.get("targetPort", chosen["port"])
        pods = [
            one
            for one in cluster.store.list(POD, namespace)
            if matches(selector, one["metadata"].get("labels") or {})
        ]
    ready = [one for one in pods if is_ready(one)]
    if not ready:
        raise Refused(
            "ServiceUnavailable", f'no endpoints available for {kind.name.lower()} "{name}"'
        )
    inside = _port(ready[0], port)
    address = cluster.kubelet.address(ready[0]["metadata"]["uid"], inside)
    query = request.query_string.decode()
    url = f"http://127.0.0.1:{address}/{asked.path}{'?' + query if query else ''}"
    headers = {k: v for k, v in request.headers.items() if k.lower() not in _NOT_PASSED}
    try:
        found = _HTTP.request(
            request.method,
            url,
            body=request.get_data(),
            headers=headers,
            redirect=False,
            retries=False,
            timeout=_SECONDS,
        )
    except urllib3.exceptions.HTTPError as error:
        raise Refused("ServiceUnavailable", f"error trying to reach service: {error}") from error
    kept = [(k, v) for k, v in found.headers.items() if k.lower() not in _NOT_PASSED]
    return Response(found.data, found.status, kept)


def _port(pod: Manifest, port: int | str) -> int:
    for container in pod["spec"]["containers"]:
        for one in container.get("ports") or ():
            if port in {one.get("name"), one["containerPort"], str(one["containerPort"]), ""}:
                return int(one["containerPort"])
    raise Refused("ServiceUnavailable", f"no port {port!r} of the pod")
