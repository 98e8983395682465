"""What every row of the table of resource types offers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from infra.resources.naming import AutoName

Properties = Mapping[str, Any]
"""Inputs or outputs under Pulumi's camelCase names, plain JSON-like values."""


class Clients(Protocol):
    """Gives boto3 clients, all of one endpoint and region."""

    region: str
    account_id: str
    endpoint_url: str

    def __call__(self, service: str) -> Any:
        """Return the (cached) client of a boto3 service name."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Created:
    """What the provider hands back for a created or read resource."""

    id: str
    outputs: dict[str, Any]
    """Inputs as AWS holds them plus what AWS computed (``arn``, ...), camelCase."""


class ResourceType(Protocol):
    """One Pulumi type: what it takes to create, read, update and delete it."""

    @property
    def token(self) -> str:
        """Pulumi's type token."""

    @property
    def replace_on(self) -> frozenset[str]:
        """Inputs whose change makes pulumi-aws replace the resource."""

    @property
    def stateful(self) -> bool:
        """Holds what cannot be made again: data, keys, versions."""

    @property
    def autoname(self) -> AutoName | None:
        """The input that is named when the program leaves it out."""

    @property
    def delete_before_replace(self) -> bool:
        """The successor cannot stand beside its predecessor."""

    def check(self, name: str, inputs: Properties, old: Properties | None = None) -> dict[str, Any]:
        """Return the inputs with provider defaults filled in, the autoname among them.

        ``name`` is the logical name; ``old`` are the checked inputs of before, whose autoname is
        kept: leave them out to get the successor of a replacement. Unknown values pass through.

        Raises:
            InputError: an input is missing, unknown or impossible.
        """

    def faults(self, name: str, inputs: Properties) -> list[str]:
        """Return what AWS's API model refuses of checked inputs, with nothing sent."""

    def create(self, aws: Clients, inputs: Properties) -> Created:
        """Create it; botocore's errors pass through."""

    def read(self, aws: Clients, resource_id: str, outputs: Properties) -> Created | None:
        """Return it as AWS has it now; ``None`` when it is gone."""

    def update(self, aws: Clients, resource_id: str, old: Properties, new: Properties) -> Created:
        """Update in place; only called when no input of ``replace_on`` changed."""

    def delete(self, aws: Clients, resource_id: str, outputs: Properties) -> None:
        """Delete it; already gone is success."""


class InputError(ValueError):
    """An input that AWS or pulumi-aws would refuse: names type, resource, field, rule, value."""
