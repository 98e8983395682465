"""The image: its recipe, what it holds, its tag, and that a stack's registry gets it once."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from infra.serving_image import ImageError, named, provide
from pipelines.server import tag
from pipelines.server.tag import content, image, program

ROOT = Path(__file__).parents[2]
RECIPE = (ROOT / tag.HERE / "Dockerfile").read_text()
PIN = re.compile(r"^([\w.-]+)==(\S+)( ; .*?)? \\$", re.MULTILINE)


def test_its_base_is_named_by_digest_and_every_stage_begins_with_it() -> None:
    assert re.search(r"^ARG BASE=\S+@sha256:[0-9a-f]{64}$", RECIPE, re.MULTILINE)
    assert {one.split()[1] for one in re.findall(r"^FROM .*$", RECIPE, re.MULTILINE)} == {"${BASE}"}


def test_it_runs_as_nobody_in_particular() -> None:
    """Group 0 is what an arbitrary user of OpenShift is in; a number is what runAsNonRoot sees."""
    (user,) = re.findall(r"^USER (\S+)$", RECIPE, re.MULTILINE)
    assert re.fullmatch(r"[1-9]\d*:0", user)


def test_its_libraries_are_those_of_the_lock_by_hash() -> None:
    assert "--require-hashes --requirement /tmp/requirements.lock" in RECIPE
    ours, torch = (
        {(name, version) for name, version, _ in PIN.findall((ROOT / path).read_text())}
        for path in ("pipelines/server/requirements.lock", "requirements-torch.lock")
    )
    assert ours
    assert ours <= torch, "what is tested is what the image holds"


def test_all_that_is_copied_is_part_of_the_tag() -> None:
    ignored = (ROOT / tag.HERE / "Dockerfile.dockerignore").read_text().splitlines()
    taken = {line.removeprefix("!") for line in ignored if line.startswith("!")}
    copied = {
        source
        for line in re.findall(r"^COPY (?!--from)(.*) \S+$", RECIPE, re.MULTILINE)
        for source in line.split()
    }
    assert copied == taken
    for pattern in copied:
        assert {str(path.relative_to(ROOT)) for path in ROOT.glob(pattern)} <= set(content())


@pytest.mark.parametrize("path", ["pipelines/server/Dockerfile", "pipelines/server/app.py"])
def test_another_content_has_another_tag(monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    before = tag.tag()
    files = content()
    monkeypatch.setattr(tag, "content", lambda: files | {path: files[path] + b"\n"})
    assert tag.tag() != before
    assert re.fullmatch(r"[0-9a-f]{16}", before)


def test_the_program_needs_nothing_else_of_this_project() -> None:
    for path, body in program().items():
        for module in re.findall(
            rb"(?:from|import) ((?:components|infra|pipelines|stacks)[\w.]*)", body
        ):
            assert module.startswith(b"pipelines.server"), f"{path} imports {module.decode()}"


# --- what a deployment does ---


@pytest.fixture
def ecr(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    with mock_aws():
        yield boto3.client("ecr", region_name="us-east-1")


class Docker:
    """Notes the commands that it is given."""

    def __init__(self, fails: str = "") -> None:
        self.commands: list[list[str]] = []
        self._fails = fails

    def __call__(self, command: list[str], **_: Any) -> None:
        self.commands.append(command)
        if command[1] == self._fails:
            raise subprocess.CalledProcessError(1, command)


@pytest.fixture
def path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda _: "/usr/bin/docker")


def test_a_stack_that_never_stood_waits_for_its_repository(ecr: Any) -> None:
    said: list[str] = []
    assert not provide("vision-dev", ecr, said.append, Docker())
    assert said == [
        "vision-dev/serving does not stand yet; the deployment after this one brings its image"
    ]


@pytest.mark.usefixtures("path")
def test_what_its_registry_lacks_is_built_and_pushed(ecr: Any) -> None:
    made = ecr.create_repository(repositoryName="vision-dev/serving")["repository"]
    docker = Docker()
    assert provide("vision-dev", ecr, lambda _: None, docker)
    build, login, push = docker.commands
    assert build[-3:] == ["--tag", push[-1], "."]
    assert login[-1] == made["repositoryUri"].partition("/")[0]
    assert push[-1] == image(login[-1], "vision-dev")


@pytest.mark.usefixtures("path")
def test_a_build_that_fails_pushes_nothing(ecr: Any) -> None:
    ecr.create_repository(repositoryName="vision-dev/serving")
    docker = Docker(fails="build")
    with pytest.raises(subprocess.CalledProcessError):
        provide("vision-dev", ecr, lambda _: None, docker)
    assert [command[1] for command in docker.commands] == ["build"]


def test_without_docker_it_is_told_what_must_be_built(
    ecr: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.which", lambda _: None)
    ecr.create_repository(repositoryName="vision-dev/serving")
    with pytest.raises(ImageError, match=r"vision-dev/serving:.* must be built, and there is no"):
        provide("vision-dev", ecr, lambda _: None, Docker())


def test_what_is_there_is_not_built_again(ecr: Any) -> None:
    ecr.create_repository(repositoryName="vision-dev/serving")
    kind = "application/vnd.oci.image.manifest.v1+json"
    manifest = json.dumps({"schemaVersion": 2, "mediaType": kind, "config": {}, "layers": []})
    ecr.put_image(repositoryName="vision-dev/serving", imageTag=tag.tag(), imageManifest=manifest)
    docker = Docker()
    assert not provide("vision-dev", ecr, lambda _: None, docker)
    assert not docker.commands


@pytest.mark.parametrize(
    ("properties", "found"),
    [
        ({"spec": {"containers": [{"image": "TAGGED"}]}}, True),
        ({"image": "1.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0"}, False),
        ({"image": "1.dkr.ecr.us-east-1.amazonaws.com/vision-dev/serving:0123456789abcdef"}, False),
        ({"count": 1, "body": b"x", "none": None}, False),
    ],
)
def test_a_stack_that_does_not_name_it_needs_no_image(
    properties: dict[str, Any],
    found: bool,  # noqa: FBT001 - pytest's
) -> None:
    tagged = image("1.dkr.ecr.us-east-1.amazonaws.com", "vision-dev")
    given = {
        key: [{"containers": [{"image": tagged}]}] if "TAGGED" in str(value) else value
        for key, value in properties.items()
    }
    assert named(given) is found
