"""A short-lived stack under Pulumi's engine, from its file to nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

from infra.emulator.server import Emulator
from infra.short_lived import write
from tests.engine.cli import Cli
from tests.engine.leftovers import standing


def test_a_short_lived_stack_comes_up_stays_as_it_is_and_goes(
    pulumi: Callable[[Path, str], Cli], checkout: Path, emulator: Emulator
) -> None:
    before = standing(emulator.endpoint_url)
    stack, _ = write("flights-dev", "pr12", date(2026, 11, 24), checkout)
    cli = pulumi(checkout, stack)
    cli.init()
    made = cli.up()
    assert set(made.counts) == {"create"}
    tags = [one["inputs"]["tags"] for one in cli.deployment()["resources"]
            if "tags" in one.get("inputs", {})]  # fmt: skip
    assert {(one["instance"], one["expires"]) for one in tags} == {("pr12", "2026-11-24")}
    assert cli.preview().counts == {}
    cli.destroy()
    assert cli.deployment().get("resources", []) == []
    assert standing(emulator.endpoint_url) == before
