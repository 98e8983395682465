"""Functions, and who calls them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from infra.policy.ask import each, get, is_own_key, is_set, known, must, one_of
from infra.policy.model import Problem, Resource, Rule, Stack, UndecidedError

FUNCTION: Final = ("aws:lambda/function:Function",)
URL: Final = "aws:lambda/functionUrl:FunctionUrl"
PERMISSION: Final = ("aws:lambda/permission:Permission", URL)
SUBNET: Final = "aws:ec2/subnet:Subnet"
SUPPORTED: Final = frozenset(
    {
        *("dotnet10", "java11", "java17", "java21", "java25", "nodejs22.x", "nodejs24.x"),
        *("python3.11", "python3.12", "python3.13", "python3.14", "ruby3.3", "ruby3.4"),
        "provided.al2023",
    }
)
"""Runtimes that AWS mends until 2027 or longer (Lambda Developer Guide, "Lambda runtimes")."""
ACCESS_KEY: Final = re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b")
SECRET_NAME: Final = re.compile(
    r"(?:^|_)(?:PASSWORD|PASSWD|SECRET|TOKEN|API_?KEY|PRIVATE_KEY|ACCESS_KEY)$", re.IGNORECASE
)


def _not_public(one: Resource, _: Stack) -> Iterator[Problem]:
    if one.type == URL:
        if not one_of("AWS_IAM")(get(one.props, "authorizationType")):
            yield Problem(what="authorizationType must be AWS_IAM", found="NONE")
        return
    who = str(known(get(one.props, "principal")))
    of_an_account = who.isdigit() or who.startswith("arn:")
    source = [get(one.props, key) for key in ("sourceArn", "sourceAccount", "principalOrgId")]
    if who == "*" or not (of_an_account or any(is_set(value) for value in source)):
        yield Problem(what="principal must be one account's, or of a named source", found=who)


def _supported(one: Resource, _: Stack) -> Iterator[Problem]:
    runtime = known(get(one.props, "runtime"))
    if is_set(get(one.props, "imageUri")) and not runtime:
        return
    if runtime not in SUPPORTED:
        yield Problem(what="runtime must be one that AWS still mends", found=runtime)


def _in_two_zones(one: Resource, stack: Stack) -> Iterator[Problem]:
    subnets = each(get(one.props, "vpcConfig.subnetIds"))
    declared = stack.taken_from(one, "vpcConfig", SUBNET)
    zones = {_zone(subnet) for subnet in declared}
    # Of subnets of elsewhere nothing is known but how many there are.
    if min(len(subnets), len(zones) + len(subnets) - len(declared)) < 2:  # noqa: PLR2004 - zones
        yield Problem(what="vpcConfig.subnetIds must be of two zones", found=[*subnets])


def _zone(subnet: Resource) -> str:
    zone = known(get(subnet.props, "availabilityZone") or get(subnet.props, "availabilityZoneId"))
    if not zone:
        raise UndecidedError("a zone that AWS chooses")
    return str(zone)


def _no_secrets(one: Resource, _: Stack) -> Iterator[Problem]:
    variables = get(one.props, "environment.variables")
    for name, value in variables.items() if isinstance(variables, Mapping) else ():
        literal = isinstance(value, str) and value and not value.startswith("arn:")
        if literal and (SECRET_NAME.search(name) or ACCESS_KEY.search(value)):
            yield Problem(what="a variable must hold no credential", found=name, at=name)


def _function(
    identifier: str, title: str, path: str, rule: str, remedy: str, *also: str, **more: Any
) -> Rule:
    holds = more.pop("holds", is_set)
    return Rule(
        id=identifier,
        title=title,
        types=FUNCTION,
        check=must(path, holds, rule),
        remedy=remedy,
        also=also,
        **more,
    )


RULES: Final = (
    Rule(
        id="Lambda.1",
        title="Functions are not public",
        types=PERMISSION,
        check=_not_public,
        remedy="Name the source that calls: sourceArn; have URLs ask for IAM",
    ),
    Rule(
        id="Lambda.2",
        title="Functions run on supported runtimes",
        types=FUNCTION,
        check=_supported,
        remedy="Move to a newer runtime",
        also=("CKV_AWS_363", "AwsSolutions-L1"),
    ),
    _function(
        "Lambda.3",
        "Functions lie in a network of one's own",
        "vpcConfig.subnetIds",
        "subnets of the stack's network",
        "Give the stack a network: its vpc, or its subnet_ids",
        "CKV_AWS_117",
    ),
    Rule(
        id="Lambda.5",
        title="Functions in a network survive the loss of a zone",
        types=FUNCTION,
        check=_in_two_zones,
        remedy="Give the network two zones or more",
        beside=True,
    ),
    Rule(
        id="CKV_AWS_45",
        title="Settings of functions hold no credentials",
        types=FUNCTION,
        check=_no_secrets,
        remedy="Hand over the ARN of a secret, and read it when the function starts",
    ),
    _function(
        "CKV_AWS_50",
        "Calls of functions are traced",
        "tracingConfig.mode",
        "Active",
        "Set tracingConfig.mode to Active",
        holds=one_of("Active"),
    ),
    _function(
        "CKV_AWS_115",
        "Functions take a reserved part of the account's concurrency",
        "reservedConcurrentExecutions",
        "a number",
        "Set reservedConcurrentExecutions",
        holds=lambda value: known(value) not in (None, -1),
    ),
    _function(
        "CKV_AWS_116",
        "What a function could not do is kept",
        "deadLetterConfig.targetArn",
        "a queue or topic",
        "Give the function a deadLetterConfig",
    ),
    _function(
        "CKV_AWS_173",
        "Settings of functions are encrypted with a customer key",
        "kmsKeyArn",
        "a customer key",
        "Give the function a kmsKeyArn",
        holds=is_own_key,
    ),
    _function(
        "CKV_AWS_272",
        "The code of functions is signed",
        "codeSigningConfigArn",
        "a signing configuration",
        "Sign the code where it does not come from the tree that declares it",
        severity="advisory",
    ),
)
