"""Each job's commands, run in a clone of this project."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from stacks.names import stacks
from tests.workflows.forge import Forge
from tests.workflows.github import Runner, checkout, commit, git

GOES = "github.event.action == 'closed' || github.event.action == 'unlabeled'"
BASE = {
    "github.base_ref": "main",
    "github.repository": "o/r",
    "github.token": "t0ken",
    "github.event_name": "pull_request",
    "github.event.repository.default_branch": "main",
    f"({GOES}) && github.event.repository.default_branch || ''": "",
    "github.event.workflow_run.id": "1",
    "vars.PULUMI_BACKEND_URL": "unused",
    "secrets.KUBECONFIG": "",
}


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone whose branch changes one line of staging's layer and one page."""
    clone = checkout(tmp_path_factory.mktemp("job"))
    git(clone, "checkout", "-q", "-b", "change")
    layer = clone / "stacks/environments/staging.yaml"
    layer.write_text(layer.read_text().replace("capture_retention_days: 180", "# none"))
    (clone / "docs/network.md").write_text("changed\n")
    commit(clone, "a change")
    return clone


@pytest.fixture
def runner(clone: Path, tmp_path: Path, forge: Forge) -> Runner:
    return Runner(
        clone=clone,
        temp=tmp_path,
        contexts={**BASE, "runner.temp": str(tmp_path), "github.workspace": str(clone)},
        variables={"GITHUB_API_URL": forge.url, "GITHUB_REPOSITORY": "o/r"},
    )


def of(environment: str) -> list[str]:
    """Return every team's stack in an environment."""
    return [stack for stack in stacks() if stack.endswith(f"-{environment}")]


def test_a_pull_request_is_previewed_for_the_stacks_that_it_touches(runner: Runner) -> None:
    assert runner.run("preview", "stacks") == {"deployed": json.dumps(of("staging"))}


def test_a_stack_for_a_while_comes_up_where_a_stack_of_dev_changes(runner: Runner) -> None:
    assert runner.run("ephemeral", "stacks") == {"changed": "[]", "all": json.dumps(of("dev"))}


def test_what_goes_with_a_pull_request_is_not_for_its_branch_to_say(runner: Runner) -> None:
    whole = f"({GOES}) && github.event.repository.default_branch || ''"
    runner.contexts |= {"github.event.action": "closed", whole: "main", "github.base_ref": "gone"}
    assert runner.run("ephemeral", "stacks") == {"changed": "", "all": json.dumps(of("dev"))}


def test_drift_is_looked_for_in_every_stack_of_an_account(runner: Runner) -> None:
    (found,) = runner.run("drift", "stacks").values()
    assert json.loads(found) == [*of("dev"), *of("staging"), *of("prod")]


def test_what_is_deployed_changed_since_everything_last_stood(
    runner: Runner, clone: Path, forge: Forge
) -> None:
    path = "/repos/o/r/actions/workflows/deploy.yml/runs"
    main = git(clone, "rev-parse", "main").strip()
    forge.on("GET", path, {"workflow_runs": [{"head_sha": main}]})
    changed = runner.run("deploy", "stacks")
    assert changed == {
        "dev": "[]", "staging": json.dumps(of("staging")), "prod": "[]",
    }  # fmt: skip


def test_everything_is_deployed_where_nothing_ever_stood(runner: Runner, forge: Forge) -> None:
    forge.on("GET", "/repos/o/r/actions/workflows/deploy.yml/runs", {"workflow_runs": []})
    changed = {key: json.loads(value) for key, value in runner.run("deploy", "stacks").items()}
    assert changed == {
        "dev": of("dev"), "staging": of("staging"), "prod": of("prod"),
    }  # fmt: skip


def test_a_forge_that_does_not_say_what_stands_deploys_nothing(runner: Runner) -> None:
    runner.run("deploy", "stacks", fails=True)


def test_a_revision_that_is_gone_fails_and_is_told(
    runner: Runner, forge: Forge, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = {"workflow_runs": [{"head_sha": "0" * 40}]}
    forge.on("GET", "/repos/o/r/actions/workflows/deploy.yml/runs", answer)
    runner.run("deploy", "stacks", fails=True)
    assert "git merge-base" in capsys.readouterr().out


def test_a_forks_plan_becomes_its_one_comment(
    runner: Runner, clone: Path, forge: Forge, tmp_path: Path
) -> None:
    fork = {"full_name": "stranger/r", "owner": {"login": "stranger"}}
    git(clone, "checkout", "-q", "-b", "fork", "main")
    for stack in stacks():  # one stack shows what all would
        if stack != "flights-sandbox":
            (clone / f"stacks/Pulumi.{stack}.yaml").unlink()
    git(clone, "update-ref", "refs/remotes/origin/main", commit(clone, "a small project"))
    layer = clone / "stacks/environments/sandbox.yaml"
    layer.write_text(layer.read_text().replace("log_retention_days: 30", "log_retention_days: 60"))
    sha = commit(clone, "a change")
    event: dict[str, Any] = {
        "workflow_run": {"head_repository": fork, "head_branch": "fork", "head_sha": sha}
    }
    (tmp_path / "event.json").write_text(json.dumps(event))
    runner.run("preview", "plan")
    assert (clone / "build/plan/plan.html").is_file()
    forge.on("GET", "/repos/o/r/pulls",
             [{"number": 5, "head": {"sha": sha, "repo": fork}}])  # fmt: skip
    forge.on("GET", "/repos/o/r/issues/5/comments", [])
    forge.on("POST", "/repos/o/r/issues/5/comments", {})
    runner.variables = {**runner.variables, "GITHUB_EVENT_PATH": str(tmp_path / "event.json")}
    runner.run("comment", "comment")
    (comment,) = forge.bodies("POST", "/repos/o/r/issues/5/comments")
    assert "flights-sandbox" in comment["body"]
    assert len(comment["body"]) <= 65_536
