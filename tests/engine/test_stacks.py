"""Every stack of this project under Pulumi's engine."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra.emulator.server import Emulator
from stacks.layers import load
from stacks.names import stacks
from tests.engine.cli import Cli
from tests.engine.leftovers import standing
from tests.stacks.support import exports


class Times:
    """Seconds of each operation, printed when all are done (``pytest -s``)."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def of(self, operation: str) -> Iterator[None]:
        began = time.monotonic()
        yield
        self.seconds[operation] = round(time.monotonic() - began, 1)


@pytest.mark.parametrize("stack", stacks())
def test_a_stack_lives_from_its_preview_to_nothing(
    stack: str, pulumi: Callable[[Path, str], Cli], checkout: Path, emulator: Emulator
) -> None:
    cli, times = pulumi(checkout, stack), Times()
    before = standing(emulator.endpoint_url)
    cli.init()
    config = load(stack, checkout).config
    before_it = config.promotion.upstream
    if before_it is not None:
        with pytest.raises(AssertionError, match="unknown stack"):
            cli.preview()
        upstream = f"{config.team}-{before_it}"
        cli.pretend(upstream, exports(upstream))
    with times.of("preview"):
        planned = cli.preview().counts
    with times.of("up"):
        made = cli.up().counts
    assert set(made) == {"create"}
    assert made == planned
    with times.of("preview again"):
        assert cli.preview().counts == {}

    use_case = next(iter(config.use_cases))
    change(checkout, stack, {"use_cases": {use_case: {"retraining": {"cool_down_hours": 49}}}})
    with times.of("change"):
        changed = cli.up()
    assert changed.counts == {"update": 1}
    assert changed.names("update") == [f"{use_case}-gate-function"]
    with times.of("refresh"):
        assert cli.refresh().counts == {}

    if config.deletion_protection:
        open_by_hand(cli, emulator)
    with times.of("destroy"):
        cli.destroy()
    assert cli.deployment().get("resources", []) == []
    assert standing(emulator.endpoint_url) == before
    cli.forget(stack)  # another's environment before: it is pretended there
    if before_it is not None:
        cli.forget(f"{config.team}-{before_it}")
    print(json.dumps({"stack": stack, "resources": made["create"], "seconds": times.seconds}))  # noqa: T201 - the figures


def open_by_hand(cli: Cli, emulator: Emulator) -> None:
    """Do what a person has to before a protected stack lets go: unlock tables, empty buckets.

    The engine refuses first, then AWS: the table, at last the buckets that hold access logs.
    """
    with pytest.raises(AssertionError, match="protected"):
        cli.run("destroy", "--yes", "--skip-preview", "--stack", cli.stack)
    dynamodb, s3 = (emulator.context.client(service, "us-east-1") for service in ("dynamodb", "s3"))
    for table in dynamodb.list_tables()["TableNames"]:
        dynamodb.update_table(TableName=table, DeletionProtectionEnabled=False)
    with pytest.raises(AssertionError, match="BucketNotEmpty"):
        cli.destroy()
    for bucket in s3.list_buckets()["Buckets"]:
        held = s3.list_object_versions(Bucket=bucket["Name"]).get("Versions", [])
        for version in held:
            s3.delete_object(
                Bucket=bucket["Name"], Key=version["Key"], VersionId=version["VersionId"]
            )


def change(checkout: Path, stack: str, settings: dict[str, Any]) -> None:
    """Set settings in a stack's own file."""
    file = checkout / "stacks" / f"Pulumi.{stack}.yaml"
    held = yaml.safe_load(file.read_text())
    merge(held["config"]["mlops-loop:platform"], settings)
    file.write_text(yaml.safe_dump(held))


def merge(into: dict[str, Any], settings: dict[str, Any]) -> None:
    for key, value in settings.items():
        if isinstance(value, dict):
            merge(into.setdefault(key, {}), value)
        else:
            into[key] = value
