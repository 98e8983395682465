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


@pytest.fixture
def small(pulumi: Callable[[Path, str], Cli], tmp_path: Path) -> Cli:
    project = tmp_path / "small"
    shutil.copytree(PROGRAM, project, ignore=shutil.ignore_patterns("__pycache__"))
    runtime = {"name": "python", "options": {"toolchain": "pip", "virtualenv": sys.prefix}}
    (project / "Pulumi.yaml").write_text(json.dumps({"name": "small", "runtime": runtime}))
    cli = pulumi(project, "dev")
    cli.init()
    cli.run("config", "set", "aws:region", "us-east-1")
    cli.run("config", "set", "--secret", "token", "hunter2")
    return cli


def test_what_comes_up_stays_as_it_is_until_it_is_destroyed(small: Cli, emulator: Emulator) -> None:
    assert small.preview().counts == {"create": RESOURCES + 1}
    assert small.up().counts == {"create": RESOURCES + 1}
    assert small.preview().counts == {}
    assert small.refresh().counts == {}
    assert small.preview().counts == {}
    assert small.destroy().counts == {"delete": RESOURCES + 1}
    assert standing(emulator.endpoint_url) == {}


def test_a_changed_setting_moves_its_resource_and_no_other(small: Cli) -> None:
    small.up()
    small.run("config", "set", "timeout", "20")
    assert small.preview().names("update") == ["gate"]
    assert small.up().counts == {"update": 1}
    small.run("config", "set", "hello", "good bye")
    assert small.up().names("update") == ["hello"]
    assert small.preview().counts == {}
    small.destroy()


def test_a_fixed_name_is_freed_before_its_successor_takes_it(small: Cli) -> None:
    small.up()
    small.run("config", "set", "topic", "other")
    outcome = small.up()
    assert outcome.names("create-replacement") == ["news"]
    assert small.preview().counts == {}
    small.destroy()


def test_a_secret_stays_encrypted_in_the_state(small: Cli) -> None:
    small.up()
    assert "hunter2" not in json.dumps(small.deployment())
    small.destroy()


def test_what_was_changed_outside_shows_and_is_put_back(small: Cli, emulator: Emulator) -> None:
    small.up()
    sns = emulator.context.client("sns", "us-east-1")
    (topic,) = sns.list_topics()["Topics"]
    sns.tag_resource(ResourceArn=topic["TopicArn"], Tags=[{"Key": "team", "Value": "others"}])
    assert small.refresh().names("update") == ["news"]
    assert small.up().names("update") == ["news"]
    held = sns.list_tags_for_resource(ResourceArn=topic["TopicArn"])["Tags"]
    assert held == [{"Key": "team", "Value": "flights"}]
    small.destroy()


def test_what_aws_refuses_is_told_in_its_own_words(small: Cli) -> None:
    small.run("config", "set", "topic", "no spaces allowed")
    with pytest.raises(AssertionError, match="InvalidParameter"):
        small.up()
    small.destroy()
