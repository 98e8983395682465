"""A small program's life under Pulumi's engine."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from infra.emulator.server import Emulator
from tests.engine.cli import Cli
from tests.engine.leftovers import standing

PROGRAM = Path(__file__).parent / "program"
RESOURCES = 7


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the program as a project that runs in this interpreter."""
    project = tmp_path_factory.mktemp("project") / "small"
    shutil.copytree(PROGRAM, project, ignore=shutil.ignore_patterns("__pycache__"))
    runtime = {"name": "python", "options": {"toolchain": "pip", "virtualenv": sys.prefix}}
    (project / "Pulumi.yaml").write_text(json.dumps({"name": "small", "runtime": runtime}))
    return project


@pytest.fixture(scope="module")
def standing_stack(pulumi: Callable[[Path, str], Cli], project: Path) -> Cli:
    """Return a stack that stands, for all tests that leave it standing."""
    return prepared(pulumi(project, "standing"), up=True)


def prepared(cli: Cli, *, up: bool = False) -> Cli:
    cli.init()
    cli.run("config", "set", "aws:region", "us-east-1")
    cli.run("config", "set", "--secret", "token", "hunter2")
    if up:
        cli.run("config", "set", "topic", "news")
        cli.up()
    return cli


def test_what_comes_up_stays_as_it_is_until_it_is_destroyed(
    pulumi: Callable[[Path, str], Cli], project: Path, emulator: Emulator
) -> None:
    before = standing(emulator.endpoint_url)
    small = prepared(pulumi(project, "dev"))
    small.run("config", "set", "topic", "dev-news")
    assert small.preview().counts == {"create": RESOURCES + 1}
    assert small.up().counts == {"create": RESOURCES + 1}
    assert small.preview().counts == {}
    assert small.refresh().counts == {}
    assert small.preview().counts == {}
    assert small.destroy().counts == {"delete": RESOURCES + 1}
    assert standing(emulator.endpoint_url) == before


def test_a_changed_setting_moves_its_resource_and_no_other(standing_stack: Cli) -> None:
    standing_stack.run("config", "set", "timeout", "20")
    assert standing_stack.preview().names("update") == ["gate"]
    assert standing_stack.up().counts == {"update": 1}
    standing_stack.run("config", "set", "hello", "good bye")
    assert standing_stack.up().names("update") == ["hello"]
    assert standing_stack.preview().counts == {}


def test_a_changed_name_makes_the_successor_and_drops_the_predecessor(
    standing_stack: Cli,
) -> None:
    standing_stack.run("config", "set", "topic", "other")
    assert standing_stack.up().names("create-replacement") == ["news"]
    assert standing_stack.preview().counts == {}


def test_a_secret_stays_encrypted_in_the_state(standing_stack: Cli) -> None:
    assert "hunter2" not in json.dumps(standing_stack.deployment())


def test_what_was_changed_outside_shows_and_is_put_back(
    standing_stack: Cli, emulator: Emulator
) -> None:
    sns = emulator.context.client("sns", "us-east-1")
    (topic,) = sns.list_topics()["Topics"]
    sns.tag_resource(ResourceArn=topic["TopicArn"], Tags=[{"Key": "team", "Value": "others"}])
    assert standing_stack.refresh().names("update") == ["news"]
    assert standing_stack.up().names("update") == ["news"]
    held = sns.list_tags_for_resource(ResourceArn=topic["TopicArn"])["Tags"]
    assert held == [{"Key": "team", "Value": "flights"}]


def test_what_aws_refuses_is_told_in_its_own_words(
    pulumi: Callable[[Path, str], Cli], project: Path
) -> None:
    refused = prepared(pulumi(project, "refused"))
    refused.run("config", "set", "topic", "no spaces allowed")
    with pytest.raises(AssertionError, match="InvalidParameter"):
        refused.up()
    refused.destroy()
