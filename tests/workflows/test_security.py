"""What the workflows must never do, whoever opens a pull request."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from stacks.deployment import GitHub
from tests.workflows.github import FOLDER, ROOT, holds, names, workflow

SAME = "github.event.pull_request.head.repo.full_name == github.repository"
JOBS = [(name, job) for name in names() for job in workflow(name)["jobs"]]
every_job = pytest.mark.parametrize(("name", "job"), JOBS)
every_workflow = pytest.mark.parametrize("name", names())
WRITTEN_BY_ANYBODY = (
    *("title", "body", "head.ref", "head.label", "head_ref", "head_branch", "head_commit"),
    *("display_title", "message", "author", "name", "email", "login", "comment", "review"),
)
EVENTS = {"pull_request", "push", "schedule", "workflow_call", "workflow_dispatch", "workflow_run"}
DEFAULT_BRANCH = "${{ github.event.repository.default_branch }}"


def of(name: str, job: str) -> dict[str, Any]:
    found: dict[str, Any] = workflow(name)["jobs"][job]
    return found


def texts(held: Any) -> Iterator[str]:
    match held:
        case dict():
            for value in held.values():
                yield from texts(value)
        case list():
            for value in held:
                yield from texts(value)
        case str():
            yield held


def powers(name: str, job: str) -> set[str]:
    """Return what a job could do that a stranger must not."""
    held = of(name, job)
    written = {key for key, value in held["permissions"].items() if value != "read"}
    secrets = {"secrets"} if any("secrets." in one for one in texts(held)) else set()
    return written | secrets | ({"environment"} if "environment" in held else set())


@every_workflow
def test_nothing_that_a_stranger_does_starts_a_run_with_the_default_branchs_token(
    name: str,
) -> None:
    """No ``pull_request_target``, no ``issue_comment``; what comes after a run: see below."""
    events = workflow(name)["on"]
    assert ({events} if isinstance(events, str) else set(events)) <= EVENTS


@every_workflow
def test_a_workflow_grants_nothing_and_each_job_what_it_needs(name: str) -> None:
    held = workflow(name)
    assert held["permissions"] == {}
    for job in held["jobs"].values():
        assert isinstance(job["permissions"], dict)


def runs_for_a_fork(condition: str) -> bool:
    """Return whether a job can run for a fork's pull request, at the worst of everything else."""
    atom = r"!?(?:contains\([^()]*\)|\w+\(\)|[\w.*-]+(?: *[!=]= *(?:'[^']*'|[\w.*-]+))?)"
    of_others = ("github.event_name == 'schedule'", "github.event_name == 'push'")
    text = re.sub(
        atom, lambda m: "0" if m[0] == SAME or m[0].startswith(of_others) else "1", condition
    )
    assert "!" not in text, "what is not of a whole group is more than this can tell"
    return holds(text, {"1": True})


@every_job
def test_code_of_a_fork_runs_with_no_power(name: str, job: str) -> None:
    if "pull_request" in workflow(name)["on"] and powers(name, job):
        assert not runs_for_a_fork(of(name, job)["if"])


@pytest.mark.parametrize(
    ("condition", "runs"),
    [
        ("always()", True),
        ("github.event.action != 'closed'", True),
        (f"{SAME} || contains(github.event.pull_request.labels.*.name, 'safe')", True),
        (f"{SAME} && github.event.action != 'closed'", False),
        (f"github.event_name == 'schedule' || ({SAME} && always())", False),
        ("github.event_name == 'schedule'", False),
        ("${{ !cancelled() && needs.x.result == 'success' }}", True),
        ("!github.event.pull_request.draft", True),
    ],
)
def test_a_condition_that_lets_a_fork_in_is_found(condition: str, runs: bool) -> None:  # noqa: FBT001 - pytest's
    assert runs_for_a_fork(condition) is runs


def test_the_rule_on_forks_finds_a_job_that_breaks_it() -> None:
    assert powers("preview", "preview") == {"id-token", "secrets"}
    assert powers("preview", "plan") == set()
    assert "environment" in powers("ephemeral", "up")
    assert powers("comment", "comment") == {"pull-requests"}


@pytest.mark.parametrize(
    ("name", "job"), [one for one in JOBS if "workflow_run" in workflow(one[0])["on"]]
)
def test_what_runs_after_a_pull_requests_run_checks_out_and_runs_none_of_its_code(
    name: str, job: str
) -> None:
    for step in of(name, job)["steps"]:
        given = step.get("with", {})
        if step.get("uses", "").startswith("actions/checkout@"):
            assert given["ref"] == DEFAULT_BRANCH
        if step.get("uses", "").startswith("actions/download-artifact@"):
            assert given["path"].startswith("${{ runner.temp }}/")
        if "run" in step:
            assert step["run"] == "make comment", "it makes a file into text, and runs nothing"


@every_job
def test_no_command_is_put_together_from_an_expression(name: str, job: str) -> None:
    for step in of(name, job).get("steps", ()):
        assert "${{" not in step.get("run", "")


@every_workflow
def test_what_anybody_may_have_written_is_in_no_expression(name: str) -> None:
    held = workflow(name)
    held.pop("concurrency", None)  # a group's name is compared, never run
    for text in texts(held["jobs"]):
        for expression in re.findall(r"\$\{\{(.+?)\}\}", text):
            parts = {f".{one}" for one in WRITTEN_BY_ANYBODY}
            assert not [p for p in parts if re.search(rf"event.*{re.escape(p)}\b", expression)
                        and "labels.*.name" not in expression], expression  # fmt: skip
            assert "head_ref" not in expression


@every_workflow
def test_every_action_is_one_commit_with_its_version_beside_it(name: str) -> None:
    lines = [one for one in (FOLDER / f"{name}.yml").read_text().splitlines() if "uses:" in one]
    for line in lines:
        pinned = re.search(r"uses: [\w.-]+/[\w.-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line)
        assert pinned or re.search(r"uses: \./\.github/workflows/[\w-]+\.yml$", line), line


@every_job
def test_a_job_ends_keeps_no_token_and_says_how_long_it_may_take(name: str, job: str) -> None:
    held = of(name, job)
    if "steps" not in held:
        return
    assert 0 < held["timeout-minutes"] <= 180
    for step in held["steps"]:
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False


@every_job
def test_what_changes_a_stack_waits_for_whatever_else_changes_it(name: str, job: str) -> None:
    commands = [step.get("run", "") for step in of(name, job).get("steps", ())]
    if any(re.search(r"make deploy$|mlops stack remove", one) for one in commands):
        held = of(name, job)["concurrency"]
        assert held["group"].startswith("stack-${{ ")
        assert not held.get("cancel-in-progress"), "an update that is cut off leaves a lock"


@every_job
def test_every_command_is_one_of_make_or_mlops(name: str, job: str) -> None:
    for step in of(name, job).get("steps", ()):
        for line in step.get("run", "make x").splitlines():
            assert re.match(
                r'make( -s)? [a-z-]+$|\.venv/bin/mlops |\w+="\$\(make -s [a-z-]+\)"$'
                r'|echo "(?P<name>\w+)=\$(?P=name)" >> "\$GITHUB_OUTPUT"$',
                line,
            ), line


@every_job
def test_no_failure_is_hidden_within_another_command(name: str, job: str) -> None:
    for step in of(name, job).get("steps", ()):
        for line in step.get("run", "").splitlines():
            assert "$(" not in line or re.match(r"\w+=", line), "bash fails by an assignment alone"


def test_the_checks_are_those_of_ci_run() -> None:
    wanted = re.findall(r"^make [\w-]+$", (ROOT / ".ci/run").read_text(), re.MULTILINE)
    ran = [step["run"] for step in of("check", "check")["steps"] if "run" in step]
    assert set(ran) <= set(wanted)
    assert {"make check", "make check-workflows", "make test", "make demo"} <= set(ran)


def test_one_revision_at_a_time_goes_through_the_environments() -> None:
    held = workflow("deploy")["concurrency"]
    assert held == {"group": "deploy"}, "one group for all, and nothing under way is cut off"


def deployed(changed: set[str], fails: str = "") -> list[str]:
    """Return which jobs of a deployment run, in order, where one of them fails."""
    jobs = workflow("deploy")["jobs"]
    known: dict[str, Any] = {
        f"needs.stacks.outputs.{one}": '["x"]' if one in changed else "[]"
        for one in ("dev", "staging", "prod")
    }
    ran, results = list[str](), dict[str, str]()
    for name, job in jobs.items():
        needs = [job["needs"]] if isinstance(job.get("needs"), str) else job.get("needs", [])
        assert results.keys() >= set(needs), "jobs stand in the order in which they run"
        seen = {f"needs.{one}.result": results[one] for one in needs}
        goes = holds(job.get("if", "always()"), {**known, **seen})
        if "cancelled()" not in job.get("if", ""):
            goes = goes and all(results[one] == "success" for one in needs)
        if goes:
            ran.append(name)
        results[name] = "skipped" if not goes else "failure" if name == fails else "success"
    return ran[1:]


ALL = ["preview-dev", "dev", "preview-staging", "staging", "preview-prod", "prod"]


@pytest.mark.parametrize(
    ("changed", "fails", "ran"),
    [
        ({"dev", "staging", "prod"}, "", ALL),
        (set(), "", []),
        ({"staging"}, "", ["preview-staging", "staging"]),
        ({"dev", "prod"}, "", ["preview-dev", "dev", "preview-prod", "prod"]),
        *(({"dev", "staging", "prod"}, one, ALL[: at + 1]) for at, one in enumerate(ALL)),
        ({"staging", "prod"}, "staging", ["preview-staging", "staging"]),
        ({"dev", "prod"}, "preview-dev", ["preview-dev"]),
        ({"dev", "staging", "prod"}, "stacks", []),
    ],
)
def test_environments_come_in_order_and_a_failure_stops_those_after_it(
    changed: set[str], fails: str, ran: list[str]
) -> None:
    assert deployed(changed, fails) == ran


@pytest.mark.parametrize("environment", ["dev", "staging", "prod"])
def test_each_environment_is_asked_for_its_own_approval(environment: str) -> None:
    jobs = workflow("deploy")["jobs"]
    assert jobs[environment]["with"]["environment"] == environment
    for job in (environment, f"preview-{environment}"):
        assert f"needs.stacks.outputs.{environment})" in jobs[job]["strategy"]["matrix"]["stack"]


LABELLED = {"github.event.pull_request.labels.*.name": ["other", "short-lived"]}
OWN = {
    "github.event_name": "pull_request",
    "github.repository": "o/r",
    "github.event.pull_request.head.repo.full_name": "o/r",
    "github.event.pull_request.state": "open",
    "needs.stacks.outputs.changed": '["flights-dev"]',
    "needs.stacks.outputs.all": '["flights-dev"]',
}


@pytest.mark.parametrize(
    ("event", "runs"),
    [
        ({"github.event.action": "opened"}, set()),
        ({"github.event.action": "opened", **LABELLED}, {"stacks", "up"}),
        ({"github.event.action": "synchronize", **LABELLED}, {"stacks", "up"}),
        (
            {"github.event.action": "labeled", **LABELLED,
             "github.event.pull_request.state": "closed"},
            {"stacks"},
        ),
        (
            {"github.event.action": "unlabeled", "github.event.label.name": "short-lived"},
            {"stacks", "down"},
        ),
        (
            {"github.event.action": "unlabeled", "github.event.label.name": "other", **LABELLED},
            {"stacks"},
        ),
        ({"github.event.action": "closed", **LABELLED}, {"stacks", "down"}),
        ({"github.event.action": "closed", "needs.stacks.outputs.all": "[]"}, {"stacks"}),
        ({"github.event.action": "closed"}, {"stacks", "down"}),
        (
            {"github.event.action": "opened", **LABELLED,
             "github.event.pull_request.head.repo.full_name": "stranger/r"},
            set(),
        ),
        ({"github.event_name": "schedule", "github.event.pull_request.head.repo.full_name": None},
         {"stacks", "sweep"}),
    ],
)  # fmt: skip
def test_a_stack_for_a_while_comes_and_goes_with_its_pull_request(
    event: dict[str, Any], runs: set[str]
) -> None:
    jobs = workflow("ephemeral")["jobs"]
    ran = {one for one, job in jobs.items() if holds(job["if"], {**OWN, **event})}
    assert (ran if "stacks" in ran else set()) == runs


@every_job
def test_a_role_is_held_for_as_long_as_the_job_may_take(name: str, job: str) -> None:
    held = of(name, job)
    for step in held.get("steps", ()):
        if step.get("uses", "").startswith("aws-actions/configure-aws-credentials@"):
            session = "${{ steps.place.outputs.session_seconds }}"
            assert step["with"]["role-duration-seconds"] == session
            longest = GitHub(repository="o/r").max_session_seconds
            assert held["timeout-minutes"] * 60 <= longest


@every_job
def test_what_is_run_for_each_stack_may_be_run_for_none(name: str, job: str) -> None:
    """GitHub fails a job whose matrix is empty."""
    held = of(name, job)
    matrix = held.get("strategy", {}).get("matrix", {}).get("stack", "")
    for output in re.findall(r"fromJSON\((.+?)\)", matrix):
        guards = held["if"] + of(name, f"preview-{job}")["if"] if name == "deploy" and (
            f"preview-{job}" in held["needs"]) else held["if"]  # fmt: skip
        assert f"{output} != '[]'" in guards
