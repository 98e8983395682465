"""Stable symbols for what AWS would compute, so that an evaluation with nobody asked is whole text.

A policy that names a bucket's ARN is a string only AWS could complete; here it is completed by a
symbol that looks the part (``arn:aws:s3:::raw-7f3a2c1``) and is the same in every evaluation.

While the program runs, each symbol carries a mark (``~`` and ten hexadecimal digits) that says
which resource it came from. Marks go through concatenation and JSON; at each registration they are
taken off, and what is left in :attr:`Symbolic.followed` says which inputs hold a value that the
engine would not know once that resource is replaced.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from infra.graph.assets import is_asset
from infra.graph.invokes import ACCOUNT_ID
from infra.graph.model import UNKNOWN, Resource
from infra.graph.monitor import WITHHELD
from infra.resources.handler import InputError, ResourceType
from infra.resources.naming import DIGITS
from infra.resources.table import lookup

MARK: Final = re.compile(r"~[0-9a-f]{10}~")
USUAL: Final = (
    *("arn", "id", "name", "url"),
    *("executionArn", "invokeArn", "invokeUrl", "prefixListId", "repositoryUrl", "rootResourceId"),
)
"""Outputs that a row of the table computes by code, or that nearly every unknown type has."""
OIDC: Final = "aws:iam/openIdConnectProvider:OpenIdConnectProvider"
_KINDS: Final = {
    "cloudwatch": "alarm:",
    "dynamodb": "table/",
    "kinesis": "stream/",
    "kms": "key/",
    "lambda": "function:",
    "sns": "",
    "sqs": "",
}
"""What stands before the name in an ARN, where that is not the type's own name."""


@dataclass(slots=True)
class Symbolic:
    """A registrar that makes nothing: it answers with the inputs and with symbols."""

    region: str
    account_id: str = ACCOUNT_ID
    inputs: dict[str, dict[str, Any]] = field(default_factory=dict)
    """By URN: checked inputs, as the provider would complete them; no marks, no secrets."""
    followed: dict[str, dict[str, tuple[str, ...]]] = field(default_factory=dict)
    """By URN and input, the URNs of those whose computed outputs are in it."""
    symbols: dict[str, dict[str, str]] = field(default_factory=dict)
    """By URN and output, the symbols handed out."""
    faults: dict[str, list[str]] = field(default_factory=dict)
    """By URN, why pulumi-aws or AWS would refuse the inputs."""
    _marks: dict[str, str] = field(default_factory=dict)

    def register(
        self, resource: Resource, inputs: Mapping[str, Any]
    ) -> tuple[str, Mapping[str, Any]]:
        """Return a symbol as the id, and the inputs beside symbols for what AWS computes."""
        urn = resource.urn
        mark = f"~{hashlib.sha256(urn.encode()).hexdigest()[:10]}~"
        self._marks[mark] = urn
        told = {**inputs, **dict.fromkeys(resource.secrets, WITHHELD)}
        self.followed[urn] = self._following(told)
        kind = _known(resource.type)
        checked = self._checked(kind, resource, told, mark)
        self.inputs[urn] = checked
        named = kind.autoname.property if kind and kind.autoname else ""
        own = {named: checked[named]} if named in checked and named not in inputs else {}
        symbols = {**self._computed(kind, resource, checked, mark), **own}
        self.symbols[urn] = symbols
        marked = {key: f"{value}{mark}" for key, value in symbols.items()}
        return marked["id"], {**checked, **marked, **told}

    def _following(self, inputs: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
        found = {
            key: tuple(sorted({self._marks[mark] for mark in marks(value) if mark in self._marks}))
            for key, value in inputs.items()
        }
        return {key: urns for key, urns in found.items() if urns}

    def _checked(
        self, kind: ResourceType | None, resource: Resource, inputs: Mapping[str, Any], mark: str
    ) -> dict[str, Any]:
        """Return the inputs as the provider would complete them, without marks."""
        clean = {key: unmarked(value) for key, value in inputs.items()}
        if kind is None:
            return clean
        before = None
        if kind.autoname:
            base = resource.name.lower() if kind.autoname.lower else resource.name
            name = f"{kind.autoname.prefix}{base}-{mark[1 : 1 + DIGITS]}{kind.autoname.suffix}"
            before = {kind.autoname.property: name}
        try:
            checked = kind.check(resource.name, clean, before)
            # A symbol need not have the form that AWS demands, so none is shown to its API model.
            hidden = {key: _hidden(value) for key, value in inputs.items()}
            known = kind.check(resource.name, hidden, before) if hidden != clean else checked
        except InputError as error:
            self.faults[resource.urn] = [str(error)]
            return clean
        if found := kind.faults(resource.name, known):
            self.faults[resource.urn] = found
        return checked

    def _computed(
        self, kind: ResourceType | None, resource: Resource, checked: Mapping[str, Any], mark: str
    ) -> dict[str, str]:
        digest = mark[1 : 1 + DIGITS]
        physical = _physical(kind, resource, checked, digest)
        names = {*USUAL, *getattr(kind, "computed", ())} - checked.keys()
        found = {name: self._symbol(name, resource.type, physical) for name in sorted(names)}
        return {**found, "id": _identifier(kind, found, checked, physical)}

    def _symbol(self, output: str, token: str, physical: str) -> str:
        lowered = output.lower()
        if lowered.endswith("arn"):
            return arn(token, physical, region=self.region, account_id=self.account_id)
        if lowered.endswith(("url", "uri", "endpoint")):
            return f"https://{physical}.{self.region}.amazonaws.com"
        return physical


def arn(type_: str, name: str, *, region: str, account_id: str) -> str:
    """Return an ARN in the manner of AWS: global services name no region, S3 no account."""
    service = type_.split("/", maxsplit=1)[0].removeprefix("aws:")
    kind = type_.rsplit(":", 1)[-1]
    own = _KINDS.get(service, re.sub(r"(?<=[a-z])(?=[A-Z])", "-", kind).lower() + "/")
    if service == "s3":
        return f"arn:aws:s3:::{name}"
    if type_ == OIDC:
        own = "oidc-provider/"
    if service == "iam":
        return f"arn:aws:iam::{account_id}:{own}{name}"
    if type_ == "aws:cloudwatch/logGroup:LogGroup":
        service, own = "logs", "log-group:"
    return f"arn:aws:{service}:{region}:{account_id}:{own}{name}"


def marks(value: Any) -> Iterator[str]:
    """Yield every mark within a value."""
    if isinstance(value, str):
        yield from MARK.findall(value)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from MARK.findall(key)
            yield from marks(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from marks(item)


def unmarked(value: Any) -> Any:
    """Return the value without marks."""
    if isinstance(value, str):
        return MARK.sub("", value) if "~" in value else value
    if isinstance(value, Mapping):
        if is_asset(value) and value.get("path"):
            return value  # a file's path may hold anything
        return {unmarked(key): unmarked(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [unmarked(item) for item in value]
    return value


def _hidden(value: Any) -> Any:
    """Return the value with what AWS would compute unknown, as it is in a preview."""
    if isinstance(value, str):
        return UNKNOWN if MARK.search(value) else value
    if isinstance(value, Mapping):
        return {key: _hidden(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_hidden(item) for item in value]
    return value


def _identifier(
    kind: ResourceType | None, symbols: Mapping[str, str], checked: Mapping[str, Any], name: str
) -> str:
    key = getattr(kind, "id", "")
    return str(symbols.get(key) or checked.get(key) or name)


def _known(token: str) -> ResourceType | None:
    try:
        return lookup(token)
    except LookupError:
        return None


def _physical(
    kind: ResourceType | None, resource: Resource, checked: Mapping[str, Any], digest: str
) -> str:
    """Return the name that AWS would know the resource by, where the program gave it one."""
    if resource.type == OIDC and isinstance(url := checked.get("url"), str):
        return url.removeprefix("https://")
    keys = [kind.autoname.property] if kind and kind.autoname else []
    keys += list(getattr(kind, "key", {}).values())
    given = next((checked[key] for key in keys if isinstance(checked.get(key), str)), None)
    return given or f"{resource.name}-{digest}"
