"""The jobs that deploy, run as workflows run them: the real engine, with the emulator for AWS."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from infra.emulator.server import Emulator
from tests.engine.cli import Cli
from tests.engine.leftovers import standing
from tests.workflows.forge import Forge, serving
from tests.workflows.github import Runner, checkout, commit

ROLE = "arn:aws:iam::111122223333:role/flights-dev"
ISSUES = "/repos/o/r/issues"
CONTEXTS = {
    "github.token": "t0ken",
    "github.event.repository.default_branch": "main",
    "github.event.pull_request.number": "12",
    "github.event.pull_request.head.sha": "c0ffee",
    "inputs.stack": "flights-dev",
    "inputs.environment": "dev",
    "matrix.stack": "flights-dev",
    "secrets.KUBECONFIG": "",
}


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone whose stack of dev is as lean as the sandbox's, which takes a third of the time."""
    clone = checkout(tmp_path_factory.mktemp("engine"))
    layers = clone / "stacks/environments"
    lean = (layers / "sandbox.yaml").read_text()
    lean = lean.replace("source: {type: none}", "commands: [make setup]")
    (layers / "dev.yaml").write_text(lean)
    commit(clone, "a lean dev")
    return clone


def issues(forge: Forge) -> list[dict[str, object]]:
    """Have the forge keep issues; return them."""
    held: list[dict[str, object]] = []
    bot = {"login": "github-actions[bot]"}

    def post(_: object, body: dict[str, object]) -> dict[str, object]:
        held.append({**body, "number": 4, "user": bot})
        return held[-1]

    forge.on("GET", ISSUES, lambda *_: held)
    forge.on("POST", ISSUES, post)
    return held


def test_every_job_that_asks_aws_does_what_it_is_for(
    pulumi: Callable[[Path, str], Cli], clone: Path, emulator: Emulator, tmp_path: Path
) -> None:
    cli = pulumi(clone, "flights-dev")
    secret = {key for key in cli.environment if key.startswith("AWS_")}
    with serving() as forge:
        runner = Runner(
            clone=clone,
            temp=tmp_path,
            contexts={**CONTEXTS, "github.workspace": str(clone)},
            variables={
                **{key: value for key, value in cli.environment.items() if key not in secret},
                "GITHUB_API_URL": forge.url,
                "GITHUB_REPOSITORY": "o/r",
            },
            cloud={key: cli.environment[key] for key in secret},
        )
        cli.init()  # a stack's first day is an administrator's
        runner.run("deploy-stack", "deploy")
        assert runner.roles == [f"{ROLE}-deploy"]
        deployed = cli.deployment()["resources"]
        runner.run("preview-stack", "preview")
        assert runner.roles[1:] == [f"{ROLE}-preview"]

        held = issues(forge)
        runner.run("drift", "drift")
        assert held == []
        (group, *_) = names(emulator)
        logs = emulator.context.client("logs", "us-east-1")
        logs.put_retention_policy(logGroupName=group, retentionInDays=3)
        runner.run("drift", "drift")
        (issue,) = held
        assert "`retentionInDays`" in str(issue["body"])
        assert cli.deployment()["resources"] == deployed, "looking changes nothing in the state"

        before = standing(emulator.endpoint_url)
        runner.run("ephemeral", "up")
        assert any(name.startswith("/mlops/flights-dev-pr12-") for name in names(emulator))
        (clone / "stacks/Pulumi.flights-dev-pr12.yaml").unlink()  # another day, another runner
        runner.run("ephemeral", "sweep")
        assert "flights-dev-pr12" in stacks(cli), "its last day is not over"
        runner.run("ephemeral", "down")
        assert "flights-dev-pr12" not in stacks(cli)
        assert standing(emulator.endpoint_url) == before
        runner.run("ephemeral", "down")  # a pull request that never had one


def names(emulator: Emulator) -> list[str]:
    logs = emulator.context.client("logs", "us-east-1")
    return [one["logGroupName"] for one in logs.describe_log_groups()["logGroups"]]


def stacks(cli: Cli) -> str:
    return cli.run("stack", "ls", "--output", "json")
