"""The tables of ``access/``: what each role may and may not do, and how IAM decides each row.

    may:                        # rows that must be allowed, and denied on another team's
      - {do: sagemaker:GetRecord, to: "sagemaker:feature-group/{stack}-{use_case}-{group}"}
      - do: sagemaker:CreateTrainingJob
        to: "sagemaker:training-job/{stack}-trial"
        with: {"sagemaker:OutputKmsKey": "{data_key}"}   # further condition keys
        where: experiments      # only in stacks with this setting; refused in the others
    may_not:                    # rows that must be denied
      - {do: [sagemaker:UpdateEndpoint, sagemaker:DeleteEndpoint], to: ...}

``to`` is ``service:rest`` of an ARN, a placeholder that is an ARN, or left out where an action
takes no resource. Every resource carries the stack's tags.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from infra.emulator.iam.decision import Decision, Policies, Principal, Request, decide
from infra.graph.model import Resource, ResourceGraph
from stacks.config import StackConfig
from stacks.layers import load
from stacks.names import stacks
from stacks.people import People
from tests.stacks import support

ACCOUNT, REGION = "123456789012", "us-east-1"
TABLES = Path(__file__).parent / "access"
ROLES = sorted(path.stem for path in TABLES.glob("*.yaml"))
GLOBAL = {"budgets", "iam"}
USUAL: Mapping[str, str | bool] = {
    "aws:SecureTransport": True,
    "s3:TlsVersion": "1.3",
    "kms:ViaService": f"s3.{REGION}.amazonaws.com",
}
"""Condition keys of every request: TLS, and keys that are used for objects."""


@cache
def config(stack: str) -> StackConfig:
    return load(stack).config


PEOPLED = [stack for stack in stacks() if config(stack).people.roles]
"""Stacks that declare the roles."""


@dataclass(frozen=True)
class Row:
    """One line of a table, for one action and one resource."""

    action: str
    resource: str
    keys: Mapping[str, Any]
    setting: str | None

    def __str__(self) -> str:
        return f"{self.action} on {self.resource}"


@cache
def graph(stack: str) -> ResourceGraph:
    return support.graph(stack, live=support.package_arn(stack), standing=True)


def placeholders(stack: str, *, foreign: bool = False) -> dict[str, str]:
    """Return what the tables' names stand for; ``foreign`` ones are another team's."""
    other = "other-" if foreign else ""
    mock = f"arn:aws:mock:{REGION}:{ACCOUNT}:{other}"
    buckets = {name: f"{other}store-{name}" for name in ("raw", "features", "artifacts", "capture")}
    use_case, group = first(stack)
    return {
        "stack": stack,
        "use_case": use_case,
        "region": config(stack).region if stack in stacks() else REGION,
        "others": "flights" if stack.startswith("vision-") else "vision",
        "group": group,
        **buckets,
        **{f"{name}_key": f"{mock}store-{name}-data-key" for name in buckets},
        "operations_key": f"{mock}operations-key",
        "experiment_role": f"{mock}people-experiments-role",
        "api": f"{mock}{use_case}-scoring-api/live/POST/score",
        "serving_role": f"{mock}{use_case}-serving-role",
        "domain": f"{other}people-studio-domain-id",
    }


def first(stack: str) -> tuple[str, str]:
    """Return a stack's first use case and its first feature group; of no stack, some names."""
    if stack not in stacks():
        return "faces", "images"
    use_case = support.use_cases(stack)[0]
    return use_case, support.compiled(use_case=use_case).feature_groups[0].name


def tags(stack: str) -> dict[str, str]:
    """Return the tags of what a stack owns, as condition keys."""
    team, _, environment = stack.rpartition("-")
    own = {"project": "mlops-loop", "environment": environment, "team": team}
    return {f"aws:ResourceTag/{key}": value for key, value in own.items()}


@cache
def table(role: str) -> Mapping[str, list[dict[str, Any]]]:
    loaded: Mapping[str, list[dict[str, Any]]] = yaml.safe_load(
        (TABLES / f"{role}.yaml").read_text(encoding="utf-8")
    )
    return loaded


def rows(role: str, verdict: str, stack: str, *, foreign: bool = False) -> Iterator[Row]:
    """Yield the rows of a table with every placeholder filled in."""
    names = placeholders(stack, foreign=foreign)
    for line in table(role)[verdict]:
        assert line.keys() <= {"do", "to", "with", "where"}, line
        keys = {key: _filled(value, names) for key, value in line.get("with", {}).items()}
        for action in _each(line["do"]):
            for resource in _each(line.get("to", "*")):
                yield Row(action, _arn(resource, names), keys, line.get("where"))


def _filled(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, list):
        return [_filled(one, names) for one in value]
    return value.format(**names) if isinstance(value, str) else value


def on(row: Row, stack: str) -> bool:
    """Tell whether the stack's settings allow what the row says."""
    people: People = config(stack).people
    return row.setting is None or bool(getattr(people, row.setting))


def ask(row: Row, stack: str, role: str, *, owner: str | None = None) -> Decision:
    """Return IAM's decision on a row, the resource being of the stack ``owner``."""
    return _decide(row, stack, policies(stack, role), owner=owner)


def ask_beyond(row: Row, stack: str, *, owner: str | None = None) -> Decision:
    """Return IAM's decision for a role whose own policy allows everything, within the boundary."""
    everything = '{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}'
    limited = replace(policies(stack, "ml_engineer"), identity=(everything,))
    return _decide(row, stack, limited, owner=owner)


def policies(stack: str, role: str) -> Policies:
    """Return the documents that stand on a role of the stack."""
    held = graph(stack)
    made = held[f"people-{role.replace('_', '-')}-role"]
    inline = [
        one.inputs["policy"]
        for one in held.of_type("aws:iam/rolePolicy:RolePolicy")
        if one.inputs["role"] == made.name
    ]
    limit = held["people-boundary"]
    assert made.inputs["permissionsBoundary"] == f"arn:aws:mock:{REGION}:{ACCOUNT}:{limit.name}"
    return Policies(identity=tuple(inline), boundary=limit.inputs["policy"])


def trust_of(stack: str, role: str) -> str:
    """Return the trust policy of a role of the stack."""
    trust: str = graph(stack)[f"people-{role.replace('_', '-')}-role"].inputs["assumeRolePolicy"]
    return trust


def _decide(row: Row, stack: str, held: Policies, *, owner: str | None) -> Decision:
    tagged = {} if row.resource == "*" else tags(owner or stack)
    request = Request(row.action, row.resource, {**USUAL, **tagged, **row.keys})
    on_resource = _resource_policy(graph(stack), row.resource)
    session = f"arn:aws:sts::{ACCOUNT}:assumed-role/role/session"
    principal = Principal(ACCOUNT, (session, f"arn:aws:iam::{ACCOUNT}:role/role"))
    return decide(request, principal, replace(held, resource=on_resource))


def _resource_policy(held: ResourceGraph, resource: str) -> str | None:
    bucket = resource.removeprefix("arn:aws:s3:::").partition("/")[0]
    for one in held.of_type("aws:s3/bucketPolicy:BucketPolicy"):
        if one.inputs["bucket"] == bucket:
            return _text(one)
    for one in held.of_type("aws:kms/key:Key"):
        if resource.endswith(f":{one.name}"):
            return _text(one)
    return None


def _text(one: Resource) -> str:
    policy: str = one.inputs["policy"]
    return policy


def _each(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def _arn(text: str, names: Mapping[str, str]) -> str:
    filled = text.format(**names)
    if filled == "*" or filled.startswith("arn:"):
        return filled
    service, _, rest = filled.partition(":")
    if service == "s3":
        return f"arn:aws:s3:::{rest}"
    if service == "apigateway":
        return f"arn:aws:apigateway:{REGION}::{rest}"
    region = "" if service in GLOBAL or rest.startswith("dashboard/") else REGION
    return f"arn:aws:{service}:{region}:{ACCOUNT}:{rest}"
