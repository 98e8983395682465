"""``mlops policy``: what a stack breaks, from the code alone."""

from __future__ import annotations

import dataclasses
import datetime
import json
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from infra.cli.root import ROOT
from stacks.errors import StackError

if TYPE_CHECKING:
    from infra.policy.findings import Finding

_ERRORS = Console(stderr=True, soft_wrap=True, highlight=False, markup=False)
SHOWN = 6
"""Resources named of those that break a rule in the same way."""
_STYLES = {"mandatory": "bold red", "advisory": "yellow", "waived": "dim"}


def policy(
    stack: Annotated[str, typer.Option("--stack", "-s", help="for example flights-prod")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="for programs")] = False,
    pack_config: Annotated[
        bool,
        typer.Option(
            "--pack-config", help="print what `pulumi --policy-pack-config` is to be told"
        ),
    ] = False,
) -> None:
    """Hold a stack to the rules, from the code alone: no account, no credentials, no network.

    Exits with 1 where a mandatory rule is broken without a waiver, a waiver has expired, or AWS or
    a cluster would refuse an input, and with 2 where the stack's files are wrong. What the code
    alone cannot decide is named, and stops nothing.
    """
    from infra.plan.evaluate import evaluate_stack  # noqa: PLC0415 - two seconds
    from infra.policy.of_stack import left_open, of_stack, told  # noqa: PLC0415
    from infra.policy.pack_config import pack_config as configure  # noqa: PLC0415
    from pipelines.compile import CompileError  # noqa: PLC0415
    from stacks.layers import load  # noqa: PLC0415

    try:
        config = load(stack, ROOT).config
        if pack_config:
            typer.echo(json.dumps(configure(told(config)), indent=2))
            return
        evaluated = evaluate_stack(stack, root=ROOT)
        graph = evaluated.graph
    except (StackError, CompileError) as error:
        _ERRORS.print(str(error), style="red")
        raise typer.Exit(2) from error
    impossible = [fault for faults in evaluated.symbols.faults.values() for fault in faults]
    for fault in impossible:  # no rule waives what AWS or the cluster would refuse
        _ERRORS.print(fault, style="red", markup=False)
    today = datetime.datetime.now(tz=datetime.UTC).date()
    found, undecided = of_stack(graph, config, today), left_open(graph, config, today)
    if as_json:
        typer.echo(json.dumps({**_document(stack, found), "undecided": undecided}, indent=2))
    else:
        console = Console(soft_wrap=True, highlight=False)
        _show(console, stack, found)
        for urn, rules in undecided.items():
            name = urn.rpartition("::")[2]
            console.print(f"not decided, as AWS alone knows it: {name}: {', '.join(rules)}")
    if impossible or any(one.stops for one in found):
        raise typer.Exit(1)


def grouped(found: Iterable[Finding]) -> dict[str, list[Finding]]:
    """Return what stops, what is told, and what is waived."""
    groups: dict[str, list[Finding]] = {"mandatory": [], "advisory": [], "waived": []}
    for one in found:
        groups["waived" if one.waived else one.severity].append(one)
    return groups


def _document(stack: str, found: Sequence[Finding]) -> dict[str, Any]:
    def values(one: Finding) -> dict[str, Any]:
        fields = {**dataclasses.asdict(one), "key": one.key}
        if one.waived is not None:
            fields["waived"] = {**fields["waived"], "expires": one.waived.expires.isoformat()}
        return fields

    groups = {name: [values(one) for one in ones] for name, ones in grouped(found).items()}
    return {"stack": stack, "stops": any(one.stops for one in found), **groups}


def _show(console: Console, stack: str, found: Sequence[Finding]) -> None:
    groups = grouped(found)
    for name, ones in groups.items():
        if ones:
            console.print(Text(f"{name}: {len(ones)}", style=_STYLES[name]))
        for rule, broken in groupby(sorted(ones, key=lambda one: one.rule), lambda one: one.rule):
            _show_rule(console, rule, list(broken))
    counts = ", ".join(f"{len(ones)} {name}" for name, ones in groups.items())
    console.print(f"{stack}: {counts}", markup=False)


def _show_rule(console: Console, rule: str, broken: Sequence[Finding]) -> None:
    console.print(f"  {rule} ({broken[0].source}): {broken[0].title}", markup=False)
    alike: dict[str, list[str]] = {}
    for one in broken:
        waiver = one.waived
        let = (
            f"\n      waived until {waiver.expires} by {waiver.owner}: {waiver.reason}"
            if waiver
            else ""
        )
        alike.setdefault(f"{one.what}, got {one.found}{let}", []).append(one.where)
    for what, names in alike.items():
        console.print(f"    {_some(names)}: {what}", markup=False)
    if any(one.waived is None for one in broken):
        console.print(f"    to do: {broken[0].remedy}", markup=False)


def _some(names: Sequence[str]) -> str:
    told, more = names[:SHOWN], len(names) - SHOWN
    return "; ".join(told) + (f" and {more} more (--json names all)" if more > 0 else "")
