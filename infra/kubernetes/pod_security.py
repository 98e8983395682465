"""Pod Security Standards, level *restricted*, as admission would enforce it.

Source: kubernetes.io/docs/concepts/security/pod-security-standards; each rule bears its name there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from infra.graph.model import Unknown
from infra.kubernetes.pods import containers

ENFORCE: Final = "pod-security.kubernetes.io/enforce"
"""Label of a namespace."""
LEVELS: Final = ("privileged", "baseline", "restricted")
VOLUMES: Final = frozenset(
    {
        "configMap",
        "csi",
        "downwardAPI",
        "emptyDir",
        "ephemeral",
        "image",
        "persistentVolumeClaim",
        "projected",
        "secret",
    }
)
_PROFILES: Final = ("RuntimeDefault", "Localhost")


def refusals(spec: Mapping[str, Any], path: str) -> Iterator[str]:
    """Yield what *restricted* refuses of a pod's spec: field, rule, value."""
    own = spec.get("securityContext") or {}
    for field in ("hostNetwork", "hostPID", "hostIPC"):
        if spec.get(field) is True:
            yield f"{path}.{field} must be false (host namespaces), got True"
    for index, volume in enumerate(spec.get("volumes") or ()):
        if kinds := sorted(set(volume) - {"name"} - VOLUMES):
            rule = f"must be of {sorted(VOLUMES)} (volume types)"
            yield f"{path}.volumes[{index}] {rule}, got {kinds[0]}"
    if own.get("runAsUser") == 0:
        yield f"{path}.securityContext.runAsUser must not be 0 (running as non-root user), got 0"
    for inner, container in containers(spec, path):
        yield from _container(container, inner, own)


def _container(container: Mapping[str, Any], path: str, of_pod: Mapping[str, Any]) -> Iterator[str]:
    own = container.get("securityContext") or {}
    at = f"{path}.securityContext"
    if own.get("privileged") is True:
        yield f"{at}.privileged must be false (privileged containers), got True"
    if _is_not(own.get("allowPrivilegeEscalation"), wanted=False):
        got = own.get("allowPrivilegeEscalation")
        yield f"{at}.allowPrivilegeEscalation must be false (privilege escalation), got {got}"
    if _is_not(own.get("runAsNonRoot", of_pod.get("runAsNonRoot")), wanted=True):
        got = own.get("runAsNonRoot", of_pod.get("runAsNonRoot"))
        yield f"{at}.runAsNonRoot must be true, here or on the pod (running as non-root), got {got}"
    if own.get("runAsUser") == 0:
        yield f"{at}.runAsUser must not be 0 (running as non-root user), got 0"
    profile = (own.get("seccompProfile") or of_pod.get("seccompProfile") or {}).get("type")
    if not isinstance(profile, Unknown) and profile not in _PROFILES:
        rule = f"must be {' or '.join(_PROFILES)}, here or on the pod (seccomp)"
        yield f"{at}.seccompProfile.type {rule}, got {profile}"
    capabilities = own.get("capabilities") or {}
    dropped, added = capabilities.get("drop") or [], capabilities.get("add") or []
    if "ALL" not in dropped:
        yield f"{at}.capabilities.drop must hold ALL (capabilities), got {dropped}"
    if further := sorted(set(added) - {"NET_BIND_SERVICE"}):
        yield f"{at}.capabilities.add must be NET_BIND_SERVICE alone (capabilities), got {further}"
    for index, port in enumerate(container.get("ports") or ()):
        if port.get("hostPort"):
            yield f"{path}.ports[{index}].hostPort must be 0 (host ports), got {port['hostPort']}"


def _is_not(value: object, *, wanted: bool) -> bool:
    return not isinstance(value, Unknown) and value is not wanted
