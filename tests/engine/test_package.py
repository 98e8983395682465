"""Programs in other languages declare our components, under Pulumi's engine."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra.emulator.server import Emulator
from tests.engine.cli import Cli
from tests.engine.leftovers import standing

PLANE = {"tailnum": "N1", "event_time": "2013-01-01T00:00:00Z", "seats": "55"}
NEEDS = {
    "yaml": ["pulumi-language-yaml"],
    "typescript": ["pulumi-language-nodejs", "npm", "node"],
}


@pytest.fixture
def program(
    pulumi: Callable[[Path, str], Cli], checkout: Path, request: pytest.FixtureRequest
) -> Iterator[Cli]:
    """Yield a program of the page on packages, with the package of this working tree."""
    language: str = request.param
    missing = [name for name in NEEDS[language] if not shutil.which(name)]
    if missing:
        pytest.skip(f"not on PATH: {', '.join(missing)}")
    project = checkout / "tests" / "engine" / "package" / language
    settings = yaml.safe_load((project / "Pulumi.yaml").read_text())
    del settings["packages"]
    package = checkout / "infra" / "package"
    settings["plugins"] = {"providers": [{"name": "mlops", "path": str(package)}]}
    # What `pulumi package add` makes from requirements.txt.
    (package / ".venv").symlink_to(sys.prefix)
    (project / "Pulumi.yaml").write_text(yaml.safe_dump(settings, sort_keys=False))
    cli = pulumi(project, language)
    if language == "typescript":
        install(cli, package / "schema.json")
    cli.init()
    cli.run("config", "set", "aws:region", "us-east-1")
    yield cli
    cli.forget(language)


def install(cli: Cli, schema: Path) -> None:
    """Have the SDK and what it needs, as `pulumi package add` and `npm install` leave them."""
    cli.run("package", "gen-sdk", str(schema), "--language", "nodejs", "--out", "sdks")
    needs = {"@pulumi/pulumi": "^3.200.0", "@pulumi/mlops": "file:sdks/nodejs"}
    manifest = {"name": "planes", "main": "index.ts", "dependencies": needs}
    (cli.project / "package.json").write_text(json.dumps(manifest))
    done = npm(cli.project, "install", "--no-audit", "--no-fund")
    if any(code in done.stderr for code in ("ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED")):
        pytest.skip("the npm registry cannot be reached")
    assert done.returncode == 0, done.stderr
    built = npm(cli.project / "sdks" / "nodejs", "run", "build")
    assert built.returncode == 0, built.stdout


def npm(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["npm", *arguments], cwd=folder, capture_output=True, text=True, check=False, timeout=300
    )


def in_each(*languages: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("program", languages, indirect=True)


@in_each("yaml", "typescript")
def test_a_program_in_another_language_stands_rests_and_goes(
    program: Cli, emulator: Emulator
) -> None:
    before = standing(emulator.endpoint_url)
    made = program.up().counts
    assert set(made) == {"create"}
    assert kept(emulator, PLANE) == PLANE
    assert program.preview().counts == {}
    assert program.destroy().counts == {"delete": made["create"]}
    assert standing(emulator.endpoint_url) == before


@in_each("yaml")
def test_an_impossible_input_is_told_with_its_path_and_stops_before_anything_is_made(
    program: Cli,
) -> None:
    file = program.project / "Pulumi.yaml"
    settings = yaml.safe_load(file.read_text())
    changed(settings, "key", tags={"team": "planes"})
    changed(settings, "buckets", deletionProtection=True)
    file.write_text(yaml.safe_dump(settings, sort_keys=False))
    with pytest.raises(AssertionError) as told:
        program.preview()
    for words in (
        "property forceDestroy with value",
        "forceDestroy must be false with deletionProtection, got true",
        "key: tags must hold ['environment', 'owner', 'project'], got ['team']",
    ):
        assert words in str(told.value)
    assert "Traceback" not in str(told.value)
    assert ".py" not in str(told.value)


def changed(settings: dict[str, Any], resource: str, **inputs: Any) -> None:
    settings["resources"][resource]["properties"] |= inputs


def kept(emulator: Emulator, record: dict[str, str]) -> dict[str, str]:
    """Return a record as the feature group gives it back."""
    runtime = emulator.context.client("sagemaker-featurestore-runtime", "us-east-1")
    features = [{"FeatureName": name, "ValueAsString": value} for name, value in record.items()]
    runtime.put_record(FeatureGroupName="planes-planes", Record=features)
    found = runtime.get_record(
        FeatureGroupName="planes-planes", RecordIdentifierValueAsString=record["tailnum"]
    )
    return {one["FeatureName"]: one["ValueAsString"] for one in found["Record"]}
