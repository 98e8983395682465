"""What Kubernetes takes for a name, a label and a key; each form bears its RFC's name there.

Source: kubernetes/apimachinery pkg/util/validation, pkg/api/validation.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from infra.kubernetes.kinds import Kind
from infra.kubernetes.pods import templates

LABEL: Final = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
SUBDOMAIN: Final = rf"{LABEL}(\.{LABEL})*"
PART: Final = "[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?"
"""What a label's value and the name in a key are."""
SHORT: Final = 63
LONG: Final = 253
_SERVICE: Final = "[a-z]([-a-z0-9]*[a-z0-9])?"
_SERVICES: Final = frozenset({"Service", "TrainJob", "InferenceService"})
"""Kinds that become DNS names: RFC 1035. Services may begin with a digit from 1.36 on."""
_SEGMENTS: Final = frozenset({"PodDisruptionBudget", "Role", "RoleBinding"})
"""Kinds whose names are parts of a path and nothing more."""


def is_label(name: str) -> bool:
    """Tell whether it is a label of RFC 1123: a namespace's name."""
    return len(name) <= SHORT and re.fullmatch(LABEL, name) is not None


def is_service(name: str) -> bool:
    """Tell whether it is a label of RFC 1035, which begins with a letter: a service's name."""
    return len(name) <= SHORT and re.fullmatch(_SERVICE, name) is not None


def is_subdomain(name: str) -> bool:
    """Tell whether it is a subdomain of RFC 1123: what most objects are named."""
    return len(name) <= LONG and re.fullmatch(SUBDOMAIN, name) is not None


def is_segment(name: str) -> bool:
    """Tell whether it may be part of a path."""
    return name not in {".", ".."} and not {"/", "%"} & set(name)


def is_label_value(value: str) -> bool:
    """Tell whether a label may have this value; it may be empty."""
    return not value or (len(value) <= SHORT and re.fullmatch(PART, value) is not None)


def is_key(key: str) -> bool:
    """Tell whether a label or an annotation may have this key: a name, perhaps below a domain."""
    domain, slash, name = key.rpartition("/")
    if slash and not is_subdomain(domain):
        return False
    return len(name) <= SHORT and re.fullmatch(PART, name) is not None


def faults(kind: Kind, manifest: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is wrong with the names, labels and annotations of an object and of its pods."""
    metadata = manifest.get("metadata") or {}
    if not isinstance(metadata, Mapping):
        return
    yield from _own(kind, manifest, metadata)
    yield from _labelled(metadata, "metadata")
    for path, template in templates(manifest):
        yield from _labelled(template, path)


def _own(kind: Kind, manifest: Mapping[str, Any], metadata: Mapping[str, Any]) -> Iterator[str]:
    name, namespace = metadata.get("name"), metadata.get("namespace")
    if name is None:
        yield "metadata.name must be given, got None"
    elif isinstance(name, str):
        fits, rule = _form(kind)
        if not fits(name):
            yield f"metadata.name must be {rule}, got {name!r}"
        elif kind.name == "Job" and not is_label(hostname := _last_host(name, manifest)):
            rule = "short enough for the label job-name and the pods' host names"
            yield f"metadata.name must be {rule}, at most {SHORT} characters, got {hostname!r}"
    if kind.namespaced and namespace is None:
        yield "metadata.namespace must be given, got None"
    if kind.namespaced and isinstance(namespace, str) and not is_label(namespace):
        yield f"metadata.namespace must be {_RULE}, got {namespace!r}"
    if not kind.namespaced and namespace is not None:
        yield f"metadata.namespace must be left out of a {kind.name}, got {namespace!r}"


_RULE: Final = f"at most {SHORT} of a-z, 0-9 and hyphens within"


def _form(kind: Kind) -> tuple[Callable[[str], bool], str]:
    """Return how names of a kind are told, and the rule in words."""
    if kind.name in _SEGMENTS:
        return is_segment, "part of a path: not . or .., and without / and %"
    if kind.name in _SERVICES:
        return is_service, f"{_RULE}, a letter first"
    if kind.name == "Namespace":
        return is_label, _RULE
    return is_subdomain, f"at most {LONG} of a-z, 0-9, hyphens and dots within"


def _last_host(name: str, manifest: Mapping[str, Any]) -> str:
    """Return the longest name that a job's pods get: the job's, with the last index behind it."""
    spec = manifest.get("spec") or {}
    count = spec.get("completions") if isinstance(spec, Mapping) else None
    if isinstance(count, int) and spec.get("completionMode") == "Indexed":
        return f"{name}-{max(0, count - 1)}"
    return name


def _labelled(metadata: Mapping[str, Any], path: str) -> Iterator[str]:
    for group in ("labels", "annotations"):
        held = metadata.get(group)
        for key, value in held.items() if isinstance(held, Mapping) else ():
            at = f"{path}.{group}.{key}"
            if not is_key(key if group == "labels" else key.lower()):
                rule = f"have a key of at most {SHORT} of A-Z, a-z, 0-9, -_. within"
                yield f"{at} must {rule}, perhaps below a domain, got {key!r}"
            if group == "labels" and isinstance(value, str) and not is_label_value(value):
                rule = f"must be at most {SHORT} of A-Z, a-z, 0-9, -_. within"
                yield f"{at} {rule}, got {value!r}"
