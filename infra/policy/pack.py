"""The same rules as policies of Pulumi's; runs in ``.venv-policy``, whose protobuf is older.

A rule about a resource alone is asked before the engine makes it; one that looks at others, when
the engine knows them all: at the end of a preview, and again at the end of an update. What a
preview does not know yet stays undecided there; the offline way has symbols in its place.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from pulumi_policy import (
    EnforcementLevel,
    Policy,
    PolicyConfigSchema,
    PolicyResource,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.proxy import UnknownValueError

from infra.policy.findings import (
    STANDING,
    WAIVERS,
    Finding,
    asked,
    finding,
    problems,
    told,
    waiver_of,
)
from infra.policy.model import STACK, UNKNOWN, Resource, Rule, Stack
from infra.policy.rules import RULES
from infra.policy.settings import Settings

NAME: Final = "mlops-loop"
SCHEMA: Final[dict[str, dict[str, Any]]] = {
    "waivers": {"type": "array", "items": {"type": "object"}},
    "required_tags": {"type": "array", "items": {"type": "string"}},
    "gpu_types": {"type": "array", "items": {"type": "string"}},
    "severities": {"type": "object"},
}
"""What a policy is told beside its enforcement level; ``mlops policy --pack-config`` writes it."""


def policies() -> list[Policy]:
    """Return a policy for each rule, and one about the waivers themselves."""
    return [*(_policy(rule) for rule in RULES), _about_waivers()]


def _policy(rule: Rule) -> Policy:
    about: dict[str, Any] = {
        "name": rule.id,
        "description": rule.title,
        "enforcement_level": EnforcementLevel(rule.severity),
        "config_schema": PolicyConfigSchema(SCHEMA),
        "remediation_steps": rule.remedy,
        "tags": [rule.source, *rule.also],
    }
    if rule.beside or STACK in rule.types:
        return StackValidationPolicy(validate=_of_a_stack(rule), **about)
    return ResourceValidationPolicy(validate=_of_a_resource(rule), **about)


def _of_a_resource(rule: Rule) -> Callable[[ResourceValidationArgs, ReportViolation], None]:
    def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
        if not asked(rule, args.resource_type):
            return
        settings = _settings(args.get_config())
        one = Resource(
            urn=args.urn,
            type=args.resource_type,
            name=args.name,
            props=_plain(args.props),
            protect=args.opts.protect,
            delete_before_replace=bool(args.opts.delete_before_replace),
        )
        for found in _broken(rule, one, Stack([one], settings.options), settings):
            report(found.says, found.urn)

    return validate


def _of_a_stack(rule: Rule) -> Callable[[StackValidationArgs, ReportViolation], None]:
    def validate(args: StackValidationArgs, report: ReportViolation) -> None:
        settings = _settings(args.get_config())
        stack = Stack(resources(args.resources), settings.options)
        for one in stack.resources:
            if asked(rule, one.type):
                for found in _broken(rule, one, stack, settings):
                    report(found.says, found.urn)

    return validate


def _about_waivers() -> Policy:
    def validate(args: StackValidationArgs, report: ReportViolation) -> None:
        for found in told(_settings(args.get_config()), ()):
            if found.stops:
                report(found.says, None)

    return StackValidationPolicy(
        name=WAIVERS,
        description="A waiver has an end",
        enforcement_level=EnforcementLevel.MANDATORY,
        config_schema=PolicyConfigSchema(SCHEMA),
        validate=validate,
    )


def _broken(rule: Rule, one: Resource, stack: Stack, settings: Settings) -> Iterator[Finding]:
    for problem in problems(rule, one, stack):
        found = finding(rule, one, problem, rule.severity)
        if waiver_of(found, settings) is None:
            yield found


def resources(given: Sequence[PolicyResource]) -> list[Resource]:
    """Return the resources of a stack as rules see them."""
    return [
        Resource(
            urn=one.urn,
            type=one.resource_type,
            name=STANDING if one.resource_type == STACK else one.name,
            props=_Lazy(one.props),
            refers={
                key: [other.urn for other in others]
                for key, others in one.property_dependencies.items()
            },
            protect=one.opts.protect,
            delete_before_replace=bool(one.opts.delete_before_replace),
        )
        for one in given
    ]


class _Lazy(Mapping[str, Any]):
    """Properties that are read when a rule asks: most rules are about few types."""

    def __init__(self, props: Mapping[str, Any]) -> None:
        self._props = props

    def __getitem__(self, key: str) -> Any:
        try:
            return _plain(self._props[key])
        except UnknownValueError:
            return UNKNOWN

    def __iter__(self) -> Iterator[str]:
        return iter(self._props)

    def __len__(self) -> int:
        return len(self._props)


def _plain(value: Any) -> Any:
    """Return a value without Pulumi's proxies, which raise where something is not known yet."""
    if isinstance(value, Mapping):
        return {key: _member(value, key) for key in value}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [_member(value, number) for number in range(len(value))]
    if isinstance(value, float) and value.is_integer():
        return int(value)  # the wire knows no other numbers
    return value


def _member(value: Any, key: Any) -> Any:
    try:
        return _plain(value[key])
    except UnknownValueError:
        return UNKNOWN


def _settings(config: Mapping[str, Any]) -> Settings:
    today = datetime.datetime.now(tz=datetime.UTC).date()
    return Settings.read(config, today)
