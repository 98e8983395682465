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
_PROBES: Final = ("livenessProbe", "readinessProbe", "startupProbe")
_HOOKS: Final = ("postStart", "preStop")
_PROFILES: Final = ("RuntimeDefault", "Localhost")
_SELINUX: Final = ("container_t", "container_init_t", "container_kvm_t", "container_engine_t")
_SYSCTLS: Final = frozenset(
    {
        "kernel.shm_rmid_forced",
        "net.ipv4.ip_local_port_range",
        "net.ipv4.ip_local_reserved_ports",
        "net.ipv4.ip_unprivileged_port_start",
        "net.ipv4.ping_group_range",
        "net.ipv4.tcp_fin_timeout",
        "net.ipv4.tcp_keepalive_intvl",
        "net.ipv4.tcp_keepalive_probes",
        "net.ipv4.tcp_keepalive_time",
        "net.ipv4.tcp_rmem",
        "net.ipv4.tcp_syncookies",
        "net.ipv4.tcp_wmem",
    }
)
"""Those that the kernel keeps apart for each pod."""
_APPARMOR: Final = "container.apparmor.security.beta.kubernetes.io/"
"""Start of the annotations that said it before there were fields."""


def refusals(
    spec: Mapping[str, Any], path: str, annotations: Mapping[str, Any] | None = None
) -> Iterator[str]:
    """Yield what *restricted* refuses of a pod's spec and annotations: field, rule, value."""
    own = spec.get("securityContext") or {}
    windows = (spec.get("os") or {}).get("name") == "windows"
    for field in ("hostNetwork", "hostPID", "hostIPC"):
        if spec.get(field) is True:
            yield f"{path}.{field} must be false (host namespaces), got True"
    for index, volume in enumerate(spec.get("volumes") or ()):
        kinds = sorted(set(volume) - {"name"})
        if set(kinds) - VOLUMES or not kinds:
            rule = f"must be of {sorted(VOLUMES)} (volume types)"
            wrong = next((one for one in kinds if one not in VOLUMES), None)
            yield f"{path}.volumes[{index}] {rule}, got {wrong}"
    for sysctl in own.get("sysctls") or ():
        if sysctl.get("name") not in _SYSCTLS:
            rule = f"must be of {sorted(_SYSCTLS)} (sysctls)"
            yield f"{path}.securityContext.sysctls {rule}, got {sysctl.get('name')}"
    for key, value in (annotations or {}).items():
        if key.startswith(_APPARMOR) and not _confined(value):
            yield f"annotation {key} must be runtime/default or localhost/* (AppArmor), got {value}"
    yield from _either(own, f"{path}.securityContext")
    if own.get("runAsNonRoot") is False:
        yield f"{path}.securityContext.runAsNonRoot must not be false (running as non-root)"
    profile = (own.get("seccompProfile") or {}).get("type", _PROFILES[0])
    if not windows and not isinstance(profile, Unknown) and profile not in _PROFILES:
        rule = f"must be {' or '.join(_PROFILES)} (seccomp)"
        yield f"{path}.securityContext.seccompProfile.type {rule}, got {profile}"
    for inner, container in containers(spec, path):
        yield from _container(container, inner, own)
        if not windows:
            yield from _of_linux(container, inner, own)


def _either(own: Mapping[str, Any], at: str) -> Iterator[str]:
    """Yield what is refused of a security context, a pod's and a container's alike."""
    if own.get("runAsUser") == 0:
        yield f"{at}.runAsUser must not be 0 (running as non-root user), got 0"
    if (own.get("windowsOptions") or {}).get("hostProcess") is True:
        yield f"{at}.windowsOptions.hostProcess must be false (HostProcess), got True"
    armor = (own.get("appArmorProfile") or {}).get("type", _PROFILES[0])
    if not isinstance(armor, Unknown) and armor not in _PROFILES:
        rule = f"must be {' or '.join(_PROFILES)} (AppArmor)"
        yield f"{at}.appArmorProfile.type {rule}, got {armor}"
    selinux = own.get("seLinuxOptions") or {}
    if selinux.get("type") and selinux["type"] not in _SELINUX:
        rule = f"must be one of {list(_SELINUX)} (SELinux)"
        yield f"{at}.seLinuxOptions.type {rule}, got {selinux['type']}"
    for field in ("user", "role"):
        if selinux.get(field):
            yield f"{at}.seLinuxOptions.{field} must be left out (SELinux), got {selinux[field]}"


def _container(container: Mapping[str, Any], path: str, of_pod: Mapping[str, Any]) -> Iterator[str]:
    own = container.get("securityContext") or {}
    at = f"{path}.securityContext"
    yield from _either(own, at)
    if own.get("privileged") is True:
        yield f"{at}.privileged must be false (privileged containers), got True"
    if _is_not(own.get("runAsNonRoot", of_pod.get("runAsNonRoot")), wanted=True):
        got = own.get("runAsNonRoot", of_pod.get("runAsNonRoot"))
        yield f"{at}.runAsNonRoot must be true, here or on the pod (running as non-root), got {got}"
    if own.get("procMount", "Default") != "Default":
        yield f"{at}.procMount must be Default (/proc mount type), got {own['procMount']}"
    for index, port in enumerate(container.get("ports") or ()):
        if port.get("hostPort"):
            yield f"{path}.ports[{index}].hostPort must be 0 (host ports), got {port['hostPort']}"
    lifecycle = container.get("lifecycle") or {}
    probes = {name: container.get(name) or {} for name in _PROBES}
    hooks = {f"lifecycle.{name}": lifecycle.get(name) or {} for name in _HOOKS}
    for name, asked in (probes | hooks).items():
        for way in ("httpGet", "tcpSocket"):
            if host := (asked.get(way) or {}).get("host"):
                rule = "must be left out (host probes and lifecycle hooks)"
                yield f"{path}.{name}.{way}.host {rule}, got {host}"


def _of_linux(container: Mapping[str, Any], path: str, of_pod: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is refused of a container but for one on Windows, which has none of it."""
    own = container.get("securityContext") or {}
    at = f"{path}.securityContext"
    if _is_not(own.get("allowPrivilegeEscalation"), wanted=False):
        got = own.get("allowPrivilegeEscalation")
        yield f"{at}.allowPrivilegeEscalation must be false (privilege escalation), got {got}"
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


def _confined(profile: object) -> bool:
    said = str(profile)
    return said in {"", "runtime/default"} or said.startswith("localhost/")


def _is_not(value: object, *, wanted: bool) -> bool:
    return not isinstance(value, Unknown) and value is not wanted
