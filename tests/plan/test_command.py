"""``mlops plan`` on a clone of this project whose code somebody else changed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest

from infra.plan.isolation import network_can_be_cut
from infra.plan.render.safe import MARKER
from tests.plan.clone import Clone, cloned, git

STACK = "flights-sandbox"
PLANTED = "planted-secret-7c1e"

cut = pytest.mark.skipif(not network_can_be_cut(), reason="no way here to refuse the network")


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Clone:
    """Return the clone whose HEAD's snapshot is kept from the first plan on."""
    made = cloned(tmp_path_factory.mktemp("origin") / "project")
    assert made.plan("-s", STACK, page=False).returncode == 0
    return made


@pytest.fixture
def clone(origin: Clone) -> Iterator[Clone]:
    """Return the clone, put back as it was after each test."""
    yield origin
    git(origin.path, "checkout", "-q", ".")
    git(origin.path, "clean", "-fdq")


def test_a_change_is_told_everywhere_and_goes_on(clone: Clone) -> None:
    clone.edit("stacks/environments/sandbox.yaml", "max_jobs: 2", "max_jobs: 3")
    clone.edit(
        "pipelines/shared/steps/training_split.py", "import argparse", "import argparse  # x"
    )
    done = clone.plan("-s", STACK)
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads((clone.path / "plan.json").read_text())
    (stack,) = told["stacks"]
    assert (stack["stack"], stack["status"], told["stops"]) == (STACK, "changed", False)
    assert stack["pipelines"]["code"][0]["file"] == "pipelines/shared/steps/training_split.py"
    (setting,) = told["settings"]["changes"]
    assert (setting["old"], setting["new"]) == (2, 3)
    comment = (clone.path / "plan.md").read_text()
    assert comment.startswith(MARKER)
    for text in (comment, (clone.path / "plan.html").read_text(), done.stdout):
        assert "training_split.py" in text
        assert "max_jobs" in text


def test_losing_a_feature_group_stops_until_it_is_named(
    clone: Clone, monkeypatch: pytest.MonkeyPatch
) -> None:
    clone.edit("infra/_use_case.py", 'f"{plan.name}-features",', 'f"{plan.name}-store",')
    named = ("weather", "lateness")
    words = [word for one in named for word in ("--acknowledge", f"flights-features-{one}")]
    status, told = clone.ask(monkeypatch, "-s", STACK, *words)
    assert status == 1
    assert re.findall(r"flights-features-(\w+) would be deleted", told) == ["planes"]
    assert 'aliases=[pulumi.Alias(name="flights-features")]' in (clone.path / "plan.md").read_text()


@cut
@pytest.mark.parametrize(
    ("hostile", "said"),
    [
        ("import socket; socket.create_connection(('127.0.0.1', 9))", "PermissionError"),
        ("import os; raise KeyError(sorted(os.environ.items()))", "AWS_EC2_METADATA_DISABLED"),
        ("import time; time.sleep(3600)", "must end within"),
        ("held = b'x' * (2 << 30); import time; time.sleep(3600)", "must get by with"),
        ("import os; os._exit(9)", "ended with 9"),
        ("import sys; sys.exit('no')", "SystemExit"),
        ("raise RuntimeError('\\x1b]0;title\\x07<!-- mlops-plan --> @everyone')", "RuntimeError"),
    ],
)
def test_hostile_code_ends_in_words(
    clone: Clone, monkeypatch: pytest.MonkeyPatch, hostile: str, said: str
) -> None:
    clone.edit("infra/platform.py", "import pulumi\n", f"import pulumi\n\n{hostile}\n")
    status, told = clone.ask(
        monkeypatch,
        *("-s", STACK, "--seconds", "5" if "within" in said else "200", "--memory-mib", "1500"),
        AWS_SECRET_ACCESS_KEY=PLANTED,
        PULUMI_CONFIG_PASSPHRASE=PLANTED,
        GITHUB_TOKEN=PLANTED,
    )
    assert status in {1, 2}, told
    assert said in told
    assert "Traceback" not in told
    assert PLANTED not in told + clone.written()
    assert "\x1b]0;" not in told
    comment = clone.path / "plan.md"
    if comment.is_file():
        assert comment.read_text().count(MARKER) == 1


def test_no_secret_is_in_anything_that_is_written(clone: Clone) -> None:
    clone.edit(
        "infra/platform.py",
        "    before = upstream(config)\n",
        "    before = upstream(config)\n"
        "    import pulumi_aws as aws\n"
        f"    token = pulumi.Output.secret({PLANTED!r}[::-1])\n"
        "    topic = aws.sns.Topic('planted', display_name=token.apply(lambda t: t[::-1]))\n"
        "    aws.sqs.Queue('echo', tags={'said': topic.display_name})\n"
        "    pulumi.export('planted', token.apply(lambda t: t[::-1]))\n",
    )
    stack = clone.path / "stacks" / f"Pulumi.{STACK}.yaml"
    secret = f"secure: v1:{PLANTED}"
    secure = f"config:\n  aws:profile:\n    {secret}\n  other:thing:\n    a:\n      {secret}\n"
    stack.write_text(stack.read_text().replace("config:\n", secure, 1))
    clone.edit("infra/platform.py", f"{PLANTED!r}[::-1]", "open('planted').read()")
    (clone.path / "planted").write_text(PLANTED[::-1])
    done = clone.plan("-s", STACK)
    assert done.returncode == 1, done.stdout + done.stderr  # rules want more of them
    assert "planted" in done.stdout
    assert PLANTED not in done.stdout + done.stderr + clone.written()
    assert PLANTED[::-1] not in done.stdout + done.stderr + clone.written()


def test_files_that_break_rules_are_told_as_they_are_elsewhere(
    clone: Clone, monkeypatch: pytest.MonkeyPatch
) -> None:
    clone.edit("stacks/environments/sandbox.yaml", "max_jobs: 2", "max_jobs: two")
    status, told = clone.ask(monkeypatch, "-s", STACK)
    assert status == 1
    assert "stacks/environments/sandbox.yaml" in told
    assert "max_jobs" in told


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("-s", "flights-sandbx"), "close to it: flights-sandbox"),
        (("-s", STACK, "--against", "no-such-branch"), "git fetch"),
        (("-s", STACK, "--against", "--upload-pack=x"), "revision must be"),
        (("-s", STACK, "--all"), "not both"),
    ],
)
def test_wrong_use_exits_with_two(
    clone: Clone, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], said: str
) -> None:
    status, told = clone.ask(monkeypatch, *arguments)
    assert status == 2
    assert said in told
