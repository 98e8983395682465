"""What ``components.cluster`` is in plain values."""

from collections.abc import Sequence
from typing import NotRequired, TypedDict

from infra.package.edge.words import Operator


class Cluster(TypedDict):
    """What must be known of a cluster before anything is declared on it."""

    issuer: str
    """Issuer of its service accounts' tokens, without `https://`; registered with IAM."""
    version: str
    """Kubernetes' minor version, for example `1.36`."""
    installed: NotRequired[Sequence[Operator]]
    """Operators beside Kubernetes' own controllers."""
