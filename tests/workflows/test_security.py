"""What the workflows must never do, whoever opens a pull request."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.workflows.github import FOLDER, ROOT, names, workflow

SAME = "github.event.pull_request.head.repo.full_name == github.repository"
JOBS = [(name, job) for name in names() for job in workflow(name)["jobs"]]
every_job = pytest.mark.parametrize(("name", "job"), JOBS)
every_workflow = pytest.mark.parametrize("name", names())
WRITTEN_BY_ANYBODY = (
    *("title", "body", "head.ref", "head.label", "head_ref", "head_branch", "head_commit"),
    *("display_title", "message", "author", "name", "email", "login", "comment", "review"),
)
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
def test_no_workflow_gives_a_pull_request_the_default_branchs_token(name: str) -> None:
    assert "pull_request_target" not in (FOLDER / f"{name}.yml").read_text()


@every_workflow
def test_a_workflow_grants_nothing_and_each_job_what_it_needs(name: str) -> None:
    held = workflow(name)
    assert held["permissions"] == {}
    for job in held["jobs"].values():
        assert isinstance(job["permissions"], dict)


def runs_for_a_fork(condition: str) -> bool:
    """Return whether a job can run for a fork's pull request, at the worst of everything else."""
    known = {SAME: False, "github.event_name == 'pull_request'": True,
             "github.event_name == 'schedule'": False,
             "github.event_name == 'push'": False}  # fmt: skip
    text = re.sub(r"\w+\([^()]*\)", "'any'", condition)
    parts = [one.strip() for one in re.split(r"(&&|\|\||\(|\))", text)]
    words = {"&&": "and", "||": "or", "(": "(", ")": ")", "": ""}
    return bool(eval(" ".join(words.get(one, str(known.get(one, True))) for one in parts)))  # noqa: S307 - words of ours


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
    ],
)
def test_a_condition_that_lets_a_fork_in_is_found(condition: str, runs: bool) -> None:  # noqa: FBT001 - pytest's
    assert runs_for_a_fork(condition) is runs


def test_the_rule_on_forks_finds_a_job_that_breaks_it() -> None:
    assert powers("preview", "preview") == {"id-token"}
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
        command = step.get("run", "make x")
        told = re.fullmatch(r'echo "\w+=\$\((.+)\)" >> "\$GITHUB_OUTPUT"', command)
        assert re.match(r"make( -s)? [a-z-]+$|\.venv/bin/mlops ", told[1] if told else command)


def test_the_checks_are_those_of_ci_run() -> None:
    wanted = re.findall(r"^make [\w-]+$", (ROOT / ".ci/run").read_text(), re.MULTILINE)
    ran = [step["run"] for step in of("check", "check")["steps"] if "run" in step]
    assert set(ran) <= set(wanted)
    assert {"make check", "make check-workflows", "make test", "make demo"} <= set(ran)


def test_one_revision_at_a_time_goes_through_the_environments() -> None:
    held = workflow("deploy")["concurrency"]
    assert held == {"group": "deploy"}, "one group for all, and nothing under way is cut off"


def test_environments_come_in_order_and_a_failure_stops_those_after_it() -> None:
    jobs = workflow("deploy")["jobs"]
    assert jobs["dev"]["needs"] == ["stacks", "preview"]
    for environment, before in (("staging", ["dev"]), ("prod", ["dev", "staging"])):
        held = jobs[environment]
        assert held["needs"] == ["stacks", "preview", *before]
        for one in before:
            ended = f"(needs.{one}.result == 'success' || needs.{one}.result == 'skipped')"
            assert ended in held["if"]
        assert held["with"]["environment"] == environment
