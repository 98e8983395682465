"""Every stack of this project under Pulumi's engine."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

from infra.emulator.server import Emulator
from tests.engine.cli import Cli
from tests.engine.leftovers import standing

STACKS = ("flights-sandbox", "flights-dev", "flights-prod")


class Times:
    """Seconds of each operation, printed when all are done (``pytest -s``)."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def of(self, operation: str) -> Iterator[None]:
        began = time.monotonic()
        yield
        self.seconds[operation] = round(time.monotonic() - began, 1)


@pytest.mark.parametrize("stack", STACKS)
def test_a_stack_lives_from_its_preview_to_nothing(
    stack: str, pulumi: Callable[[Path, str], Cli], checkout: Path, emulator: Emulator
) -> None:
    cli, times = pulumi(checkout, stack), Times()
    before = standing(emulator.endpoint_url)
    cli.init()
    with times.of("preview"):
        planned = cli.preview().counts
    with times.of("up"):
        made = cli.up().counts
    assert set(made) == {"create"}
    assert made == planned
    with times.of("preview again"):
        assert cli.preview().counts == {}
    with times.of("up again"):
        assert cli.up().counts == {}

    _set(checkout, stack, "retraining", "cool_down_hours", 49)
    with times.of("change"):
        changed = cli.up()
    assert changed.counts == {"update": 1}
    assert changed.names("update") == ["flights-gate-function"]
    with times.of("refresh"):
        assert cli.refresh().counts == {}
    assert cli.preview().counts == {}

    with times.of("destroy"):
        gone = cli.destroy().counts
    assert gone == {"delete": made["create"]}
    assert standing(emulator.endpoint_url) == before
    print(json.dumps({"stack": stack, "resources": made["create"], "seconds": times.seconds}))  # noqa: T201 - the figures


def _set(checkout: Path, stack: str, section: str, key: str, value: object) -> None:
    file = checkout / "stacks" / f"Pulumi.{stack}.yaml"
    held = yaml.safe_load(file.read_text())
    settings = held["config"]["mlops-loop:platform"]["use_cases"]["flights"]
    settings.setdefault(section, {})[key] = value
    file.write_text(yaml.safe_dump(held))
