"""A schema that grows, and one that must not shrink, under Pulumi's engine."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra.emulator.server import Emulator
from tests.engine.cli import Cli

GROUP = "evolving-planes"
SCHEMA = {"tailnum": "String", "event_time": "String", "seats": "Integral"}
PLANE = {"tailnum": "N1", "event_time": "2013-01-01T00:00:00Z", "seats": "55"}


@pytest.fixture
def evolving(pulumi: Callable[[Path, str], Cli], checkout: Path) -> Cli:
    project = checkout / "tests" / "engine" / "evolving"
    python = {"toolchain": "pip", "virtualenv": "../../../.venv"}
    plugin = {"name": "mlops", "path": "../../../infra/plugin"}
    settings = {
        "name": "evolving",
        "runtime": {"name": "python", "options": python},
        "plugins": {"providers": [plugin]},
    }
    (project / "Pulumi.yaml").write_text(json.dumps(settings))
    cli = pulumi(project, "test")
    cli.init()
    declare(cli, SCHEMA)
    return cli


def declare(cli: Cli, features: dict[str, str], note: str = "none") -> None:
    settings = {"aws:region": "us-east-1", "evolving:features": features, "evolving:note": note}
    file = cli.project / "Pulumi.test.yaml"
    kept = yaml.safe_load(file.read_text()) if file.exists() else {}
    file.write_text(yaml.safe_dump({**kept, "config": settings}))


def test_features_are_added_in_place_and_none_is_removed_or_retyped(
    evolving: Cli, emulator: Emulator
) -> None:
    evolving.up()
    put(emulator, PLANE)

    declare(evolving, {**SCHEMA, "wingspan": "Fractional"})
    grown = evolving.up()
    assert (grown.counts, grown.names("update")) == ({"update": 1}, ["store-planes-definitions"])
    assert get(emulator, "N1") == PLANE
    put(emulator, {**PLANE, "tailnum": "N2", "wingspan": "34.1"})
    assert get(emulator, "N2")["wingspan"] == "34.1"
    assert evolving.refresh().counts == {}
    assert evolving.preview().counts == {}

    before = evolving.deployment()["resources"]
    declare(evolving, {**SCHEMA, "seats": "String"}, note="changed with it")
    with pytest.raises(AssertionError) as told:
        evolving.preview()
    for words in (
        "feature seats must stay Integral, got String",
        "feature wingspan must stay, got none",
        "under a new name",
    ):
        assert words in str(told.value)
    assert evolving.deployment()["resources"] == before
    assert get(emulator, "N1") == PLANE


def put(emulator: Emulator, record: dict[str, str]) -> None:
    features = [{"FeatureName": name, "ValueAsString": value} for name, value in record.items()]
    _runtime(emulator).put_record(FeatureGroupName=GROUP, Record=features)


def get(emulator: Emulator, tailnum: str) -> dict[str, str]:
    found = _runtime(emulator).get_record(
        FeatureGroupName=GROUP, RecordIdentifierValueAsString=tailnum
    )
    return {one["FeatureName"]: one["ValueAsString"] for one in found.get("Record", [])}


def _runtime(emulator: Emulator) -> Any:
    return emulator.context.client("sagemaker-featurestore-runtime", "us-east-1")
