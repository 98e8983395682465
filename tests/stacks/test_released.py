"""What a revision consists of, and what is no longer what was released."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from infra.cli.main import app
from infra.made_from import made_from
from infra.released import ReleaseError, compare, manifest, read, text
from pipelines.compiled import CompiledPipeline, CompiledUseCase
from tests.stacks import support

ROOT = Path(__file__).parents[2]
MADE_FROM = {"commit": "c0ffee", "branch": "main", "author": "A. Person"}
DIGEST = f"sha256:{'a' * 64}"
Released = dict[str, Any]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a small project."""
    for folder in ("components", "infra", "pipelines", "stacks"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "code.py").write_text(folder)
    for file in ("Pulumi.yaml", "pyproject.toml", "requirements.lock"):
        (tmp_path / file).write_text(file)
    return tmp_path


def made(root: Path, *stacks: str, of: CompiledUseCase | None = None) -> Released:
    use_case = of or support.compiled()
    compiled = {stack: {"flights": use_case} for stack in stacks or ("flights-dev",)}
    return manifest(root, compiled, MADE_FROM)


def with_other_definition(root: Path) -> Released:
    one = support.compiled()
    other = CompiledPipeline(name="training", definition="{}", artifacts=())
    return made(root, of=replace(one, pipelines={**one.pipelines, "training": other}))


def with_other_image(root: Path) -> Released:
    repository = "123456789012.dkr.ecr.us-east-1.amazonaws.com/serving"
    return made(root, of=replace(support.compiled(), serving_image_uri=f"{repository}@{DIGEST}"))


def with_other_function(root: Path) -> Released:
    one = support.compiled()
    scoring = replace(one.lambdas["scoring"], files={"scoring.py": root / "Pulumi.yaml"})
    return made(root, of=replace(one, lambdas={**one.lambdas, "scoring": scoring}))


def with_other_program(root: Path) -> Released:
    (root / "stacks" / "Pulumi.flights-dev.yaml").write_text("config: {}")
    return made(root)


def with_other_lock(root: Path) -> Released:
    (root / "requirements.lock").write_text("pulumi==0")
    return made(root)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (with_other_definition, "stacks.flights-dev.flights.pipelines.training"),
        (with_other_image, "stacks.flights-dev.flights.images.123456789012.dkr"),
        (with_other_function, "stacks.flights-dev.flights.functions.scoring"),
        (with_other_program, "program must be as released"),
        (with_other_lock, "lock must be as released"),
    ],
)
def test_what_is_not_what_was_released_is_named(
    root: Path, change: Callable[[Path], Released], named: str
) -> None:
    released = made(root)
    with pytest.raises(ReleaseError, match="this is not the release of c0ffee") as refused:
        compare(released, change(root))
    assert named in str(refused.value)


def test_a_stack_that_was_not_released_is_refused(root: Path) -> None:
    with pytest.raises(ReleaseError, match=r"must be released ones, got \['flights-prod'\]"):
        compare(made(root), made(root, "flights-prod"))


@pytest.mark.parametrize("content", ["", "[]", '{"format": 2}'])
def test_a_file_that_is_no_manifest_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "release.json").write_text(content)
    with pytest.raises(ReleaseError, match=r"release\.json"):
        read(tmp_path / "release.json")


def test_the_same_sources_are_the_same_release_wherever_they_lie(
    root: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "unpacked"
    shutil.copytree(root, elsewhere)
    (elsewhere / "infra" / "__pycache__").mkdir()
    (elsewhere / "infra" / "__pycache__" / "code.pyc").write_bytes(b"0")
    released = made(root, "flights-dev", "flights-prod")
    assert text(made(elsewhere, "flights-prod", "flights-dev")) == text(released)
    compare(released, made(elsewhere, "flights-prod"))


def test_an_image_s_digest_is_told_where_its_uri_names_it(root: Path) -> None:
    images = with_other_image(root)["stacks"]["flights-dev"]["flights"]["images"]
    assert images["123456789012.dkr.ecr.us-east-1.amazonaws.com/serving"] == DIGEST
    plain = made(root)["stacks"]["flights-dev"]["flights"]["images"]
    assert list(plain.values()) == [None]


def test_an_unpacked_release_stands_at_the_commit_that_was_released(root: Path) -> None:
    build = {"CODEBUILD_RESOLVED_SOURCE_VERSION": "version-of-the-archive"}
    # A pipeline tells its builds where their artifact lies, which is no branch.
    build["CODEBUILD_SOURCE_VERSION"] = "arn:aws:s3:::artifacts/flights-dev/release/x"
    told = made_from(root, build)
    assert (told["commit"], told["branch"]) == ("version-of-the-archive", "unknown")
    (root / "release.json").write_text(text(made(root)))
    assert made_from(root, build) == MADE_FROM


def test_the_command_writes_what_it_then_finds_again(tmp_path: Path) -> None:
    file, run = tmp_path / "release.json", CliRunner()
    written = run.invoke(app, ["release", "-s", "flights-sandbox", "-o", str(file)])
    assert written.exit_code == 0, written.output
    asked = ["release", "-s", "flights-sandbox", "--check", str(file)]
    assert "flights-sandbox: as released" in run.invoke(app, asked).output
    released = json.loads(file.read_text())
    pipelines = released["stacks"]["flights-sandbox"]["flights"]["pipelines"]
    assert {"features", "training", "drift"} <= pipelines.keys()
    pipelines["training"] = "0" * 64
    file.write_text(text(released))
    refused = run.invoke(app, asked)
    assert refused.exit_code == 1
    assert "flights.pipelines.training must be as released" in refused.output
