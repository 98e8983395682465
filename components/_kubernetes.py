"""Manifests, which are plain values, declared as resources of pulumi-kubernetes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pulumi

Manifest = Mapping[str, Any]
"""One object as the API server takes it: camelCase, Outputs where AWS alone knows a value."""
LABELLED = ("project", "environment", "team", "use_case")
"""Tags that are labels as well; an owner may be a mail address, which no label takes."""
NAME_LENGTH = 63
"""Characters of a namespace's, a service's or a label's: RFC 1123."""


_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_SERVICE = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?")


def check_name(key: str, name: str, most: int = NAME_LENGTH, *, of_service: bool = False) -> None:
    """Hold a name to what the API server takes, before it is asked: a label of RFC 1123.

    ``of_service`` holds it to RFC 1035, as services' names are before Kubernetes 1.36.

    Raises:
        ValueError: it is longer than ``most``, or of another form.
    """
    form = _SERVICE if of_service else _LABEL
    if len(name) > most or not form.fullmatch(name):
        rule = f"at most {most} of a-z, 0-9 and hyphens within"
        first = ", a letter first" if of_service else ""
        raise ValueError(f"{key} must be {rule}{first}, got {name!r}")


def declare(
    name: str, manifest: Manifest, opts: pulumi.ResourceOptions | None = None
) -> pulumi.CustomResource:
    """Declare one object under pulumi-kubernetes' own type.

    Its classes take the same under other names, and cost a second to import.
    """
    version = manifest["apiVersion"]
    group = version if "/" in version else f"core/{version}"
    return pulumi.CustomResource(
        f"kubernetes:{group}:{manifest['kind']}", name, dict(manifest), opts
    )


def metadata(
    name: str, tags: Mapping[str, str], *, namespace: str | None = None, **labels: str
) -> dict[str, Any]:
    """Return an object's name and labels, with its owner beside them."""
    found: dict[str, Any] = {
        "name": name,
        "labels": {
            "app.kubernetes.io/managed-by": "pulumi",
            **{key: tags[key] for key in LABELLED if key in tags},
            **{f"app.kubernetes.io/{key}": value for key, value in labels.items()},
        },
        "annotations": {"owner": tags["owner"]},
    }
    return found if namespace is None else {**found, "namespace": namespace}


def not_awaited(own: dict[str, Any]) -> dict[str, Any]:
    """Let Pulumi go on once the object is there, not when it is ready or done."""
    own["annotations"]["pulumi.com/skipAwait"] = "true"
    return own
