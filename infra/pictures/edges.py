"""What leads from one resource to another: what it needs, and what it does to it.

What a resource does is read from what AWS will let it do and call it for: the actions of its role's
policies, the targets of rules and schedules, the events that a rule waits for, the model package
behind a model. Nothing here knows a component by its name.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from infra.plan._steps import strings
from infra.plan._values import items, loaded, mapping
from infra.plan.snapshot import Planned

Verb = Literal["reads", "writes", "starts", "asks", "triggers", "tells", "serves"]

VERBS: Final[tuple[tuple[str, Verb], ...]] = (
    (r"sagemaker:StartPipelineExecution|codebuild:StartBuild", "starts"),
    (r"sagemaker:InvokeEndpoint.*|lambda:InvokeFunction|execute-api:Invoke", "asks"),
    (
        r"s3:Put.*|sagemaker:(PutRecord|BatchWriteRecord|CreateModelPackage|UpdateModelPackage)",
        "writes",
    ),
    (r"dynamodb:(PutItem|UpdateItem)|kinesis:PutRecords?", "writes"),
    (r"s3:GetObject|sagemaker:(GetRecord|BatchGetRecord|DescribeModelPackage)", "reads"),
    (r"kinesis:GetRecords|dynamodb:(Query|GetItem)", "reads"),
)
"""Actions that carry data, work or decisions; others (tags, logs, keys) are left out."""
POLICY: Final = "aws:iam/rolePolicy:RolePolicy"
"""Grants; a managed policy may be a boundary, which grants nothing."""
MODEL: Final = "aws:sagemaker/model:Model"


@dataclass(frozen=True, slots=True)
class Edge:
    """One resource acts upon another."""

    source: str
    target: str
    verb: Verb


def needs(resources: Iterable[Planned]) -> set[tuple[str, str]]:
    """Return pairs of URNs: the first is what the second needs."""
    return {(needed, one.urn) for one in resources for needed in one.dependencies}


def flows(resources: Mapping[str, Planned]) -> set[Edge]:
    """Return what the resources of a stack do to one another."""
    known = _Known(resources.values())
    found: set[Edge] = set()
    for one in resources.values():
        found |= set(_of_policy(one, known))
        found |= set(_of_events(one, known))
        if one.type == MODEL:
            for package in _strings(one.inputs, "modelPackageName"):
                group = re.sub(r":model-package/(.+)/\d+$", r":model-package-group/\1", package)
                found |= {Edge(urn, one.urn, "serves") for urn in known.at(group)}
    return {edge for edge in found if edge.source != edge.target}


class _Known:
    """Resources by the ARNs and names that others know them by."""

    def __init__(self, resources: Iterable[Planned]) -> None:
        self._arns: dict[str, str] = {}
        self._names: dict[str, str] = {}
        for one in resources:
            if (arn := one.symbols.get("arn")) is not None:
                self._arns.setdefault(arn, one.urn)
            for key in ("name", "bucket", "modelPackageGroupName", "pipelineName", "alarmName"):
                if isinstance(named := one.inputs.get(key), str):
                    self._names.setdefault(named, one.urn)

    def at(self, pattern: str) -> list[str]:
        """Return who is meant by an ARN, a pattern of ARNs, or what lies within one."""
        if not pattern.startswith("arn:"):
            return []
        if "*" in pattern.split("/", maxsplit=1)[0] or pattern.endswith("*"):
            return [urn for arn, urn in self._arns.items() if _covers(pattern, arn)]
        exact = self._arns.get(pattern)
        return (
            [exact] if exact else [urn for arn, urn in self._arns.items() if _within(pattern, arn)]
        )

    def named(self, text: str) -> str | None:
        """Return who has that name or ARN."""
        return self._arns.get(text) or self._names.get(text)


def _covers(pattern: str, arn: str) -> bool:
    return fnmatch.fnmatchcase(arn, pattern) or _within(pattern, arn)


def _within(pattern: str, arn: str) -> bool:
    return pattern.startswith((f"{arn}/", f"{arn}:"))


def _of_policy(one: Planned, known: _Known) -> Iterator[Edge]:
    """Yield what a role may do to the others, from the role's policy to them or back."""
    if one.type != POLICY:
        return
    for statement in _statements(one.inputs.get("policy")):
        if statement.get("Effect") != "Allow":
            continue
        verbs = {verb for action in _listed(statement.get("Action")) for verb in _verbs(action)}
        for resource in _listed(statement.get("Resource")):
            for urn in known.at(resource):
                for verb in verbs:
                    yield Edge(urn, one.urn, verb) if verb == "reads" else Edge(one.urn, urn, verb)


def _of_events(one: Planned, known: _Known) -> Iterator[Edge]:
    """Yield who a rule hears of, and whom rules and schedules call."""
    if one.type == "aws:cloudwatch/eventRule:EventRule" and "eventPattern" in one.inputs:
        for text in strings(loaded(one.inputs["eventPattern"])):
            if (urn := known.named(text)) is not None:
                yield Edge(urn, one.urn, "tells")
    if one.type == "aws:cloudwatch/eventTarget:EventTarget":
        rule = known.named(str(one.inputs.get("rule"))) or one.urn
        for urn in known.at(str(one.inputs.get("arn"))):
            yield Edge(rule, urn, "triggers")
    if one.type == "aws:scheduler/schedule:Schedule":
        target = one.inputs.get("target")
        told = loaded(mapping(target).get("input"))
        for text in strings(told):
            if (urn := known.named(text)) is not None:
                yield Edge(one.urn, urn, "starts")


def _verbs(action: str) -> Iterator[Verb]:
    yield from (verb for pattern, verb in VERBS if re.fullmatch(pattern, action))


def _statements(policy: object) -> list[dict[str, Any]]:
    listed = items(mapping(loaded(policy)).get("Statement"))
    return [one for one in listed if isinstance(one, dict)]


def _listed(value: object) -> list[str]:
    return [one for one in items(value) if isinstance(one, str)]


def _strings(value: object, key: str) -> Iterator[str]:
    """Yield the texts under a key, wherever it stands."""
    if isinstance(value, Mapping):
        for name, item in value.items():
            if name == key and isinstance(item, str):
                yield item
            else:
                yield from _strings(item, key)
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item, key)
