"""Who asks the API server, and whether they may."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from werkzeug.datastructures import Headers

from infra.emulator.kubernetes.refusal import Refused
from infra.kubernetes.kinds import BY_MANIFEST
from infra.kubernetes.rbac import ADMINISTRATORS, Access, Subject, allowed

if TYPE_CHECKING:
    from infra.emulator.kubernetes.cluster import Cluster

_RBAC = "rbac.authorization.k8s.io/v1"


@dataclass(frozen=True, slots=True)
class Caller:
    """The user of a request: an administrator, whom one stands in for, or a service account."""

    subject: Subject

    @classmethod
    def of(cls, cluster: Cluster, headers: Headers) -> Caller:
        """Return who a request is from.

        Without a token it is the cluster's administrator, as everything on loopback is here;
        ``Impersonate-User`` and ``Impersonate-Group`` make it somebody else.

        Raises:
            Refused: the token is not of this cluster.
        """
        if user := headers.get("Impersonate-User"):
            groups = (*headers.getlist("Impersonate-Group"), "system:authenticated")
            return cls(Subject(user=user, groups=groups))
        bearer = headers.get("Authorization", "")
        if not bearer.startswith("Bearer "):
            return cls(Subject(user="kubernetes-admin", groups=(ADMINISTRATORS,)))
        claims = cluster.tokens.read(bearer.removeprefix("Bearer "))
        if claims is None or "kubernetes" not in claims["aud"]:
            raise Refused("Unauthorized", "Unauthorized")
        inside = claims["kubernetes.io"]["namespace"]
        groups = ("system:serviceaccounts", f"system:serviceaccounts:{inside}")
        return cls(Subject(user=claims["sub"], groups=groups))


def may(cluster: Cluster, subject: Subject, wanted: Access) -> bool:
    """Tell whether the cluster's roles and bindings let somebody."""
    roles = cluster.store.list(BY_MANIFEST[_RBAC, "Role"])
    bindings = cluster.store.list(BY_MANIFEST[_RBAC, "RoleBinding"])
    return allowed(subject, wanted, roles, bindings)


def check(cluster: Cluster, caller: Caller, wanted: Access) -> None:
    """Let a request pass, or not.

    Raises:
        Refused: no role lets the caller.
    """
    if may(cluster, caller.subject, wanted):
        return
    where = f'in the namespace "{wanted.namespace}"' if wanted.namespace else "at the cluster scope"
    plural = wanted.resource.partition("/")[0]
    named = f' "{wanted.name}"' if wanted.name else ""
    raise Refused(
        "Forbidden",
        f'{plural}{named} is forbidden: User "{caller.subject.user}" cannot {wanted.verb} resource'
        f' "{wanted.resource}" in API group "{wanted.group}" {where}',
        wanted.group,
        plural,
        wanted.name or "",
    )


def reviewed(cluster: Cluster, subject: Subject, attributes: Mapping[str, str]) -> bool:
    """Answer a review of access: may this subject do that?"""
    sub = attributes.get("subresource")
    plural = attributes.get("resource", "")
    return may(
        cluster,
        subject,
        Access(
            verb=attributes.get("verb", ""),
            group=attributes.get("group", ""),
            resource=f"{plural}/{sub}" if sub else plural,
            namespace=attributes.get("namespace") or None,
            name=attributes.get("name") or None,
        ),
    )
