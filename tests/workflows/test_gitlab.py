"""GitLab's file: what it runs, for whom, and in which order."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra.gitlab_jobs import jobs
from infra.place import PlaceError, assumed, place
from stacks.errors import StackError
from stacks.names import stacks
from tests.workflows.forge import Forge
from tests.workflows.github import checkout, commit, git, workflow
from tests.workflows.gitlab import ROOT, pipeline, run, templates, whole

WORDS = {"workflow", "stages", "default", "variables", "include"}
FILE = pipeline()
JOBS = [one for one in FILE if one not in WORDS and not one.startswith(".")]
TEMPLATES = [one for one in templates() if one != ".aws"]
every_job = pytest.mark.parametrize("job", JOBS)
every_template = pytest.mark.parametrize("template", TEMPLATES)
OF_A_CHANGE = "merge_request_event"
GUARDS = (
    '$CI_COMMIT_REF_PROTECTED == "true"',
    "$CI_MERGE_REQUEST_SOURCE_PROJECT_ID == $CI_PROJECT_ID",
    "$CI_MERGE_REQUEST_PROJECT_ID == $CI_PROJECT_ID",
)
COMMAND = re.compile(
    r'make( -s)? [a-z-]+$|(ROLE="\$\()?\.venv/bin/mlops |BEFORE="\$\(make -s deployed\)"$'
    r'|eval "\$ROLE"$'
)


def conditions(job: str) -> list[str]:
    return [rule["if"] for rule in whole(job, FILE)["rules"]]


@every_job
def test_a_job_says_when_it_runs(job: str) -> None:
    assert conditions(job)


@every_job
def test_what_leads_to_a_role_is_a_protected_branchs_of_this_project(job: str) -> None:
    if "trigger" not in FILE[job]:
        assert "id_tokens" not in whole(job, FILE)
        return
    for condition in conditions(job):
        if OF_A_CHANGE in condition:
            assert all(guard in condition for guard in GUARDS)
            assert "||" not in condition


@every_job
def test_a_change_meets_no_token_of_ours(job: str) -> None:
    """GitLab keeps protected variables from it; it is asked for none, either."""
    commands = " ".join(FILE[job].get("script", ()))
    if any(OF_A_CHANGE in one for one in conditions(job)):
        assert not re.search(r"make (-s )?(notes|issue|comment|deployed)", commands)
        assert "GITLAB_TOKEN" not in str(FILE[job])


@every_template
def test_roles_are_taken_with_a_token_for_aws_alone(template: str) -> None:
    job = whole(template, templates())
    assert job["id_tokens"] == {"AWS_TOKEN": {"aud": "sts.amazonaws.com"}}
    assert job["timeout"]
    assert job["interruptible"] is False


def test_every_step_is_a_command_of_make_or_mlops_and_says_nothing_that_anybody_wrote() -> None:
    for job in (*(FILE[one] for one in JOBS), *templates().values()):
        for line in (*job.get("before_script", ()), *job.get("script", ())):
            assert COMMAND.match(line), line
            assert "$(" not in line or re.match(r"\w+=", line), "bash fails by an assignment alone"
            assert not re.search(r"TITLE\b|MESSAGE|DESCRIPTION|REF_NAME|AUTHOR|BRANCH", line), line


@pytest.mark.parametrize(
    ("template", "name", "job"),
    [
        (".preview", "preview-stack", "preview"),
        (".deploy", "deploy-stack", "deploy"),
        (".up", "ephemeral", "up"),
        (".down", "ephemeral", "down"),
        (".sweep", "ephemeral", "sweep"),
        (".drift", "drift", "drift"),
    ],
)
def test_gitlab_runs_what_github_runs(template: str, name: str, job: str) -> None:
    of_github = [
        re.sub(r'"\$(GONE|FILE|REVISION|CI_COMMIT_SHA|STACK)"|build/drift.md', "$", step["run"])
        for step in workflow(name)["jobs"][job]["steps"]
        if "run" in step and "stack place" not in step["run"]
    ]
    held = whole(template, templates())
    of_gitlab = [
        re.sub(r'"\$(GONE|FILE|REVISION|CI_COMMIT_SHA|STACK)"|build/drift.md', "$", line)
        for line in (*held["before_script"], *held["script"])
        if not line.startswith(("ROLE=", "eval "))
    ]
    assert of_gitlab == of_github


def test_deployments_go_through_the_environments_one_after_the_other_by_hand() -> None:
    made = jobs("deploy", stacks())
    assert made["stages"] == ["dev", "staging", "prod"]
    for environment in made["stages"]:
        job = made[f"deploy flights-{environment}"]
        assert (job["stage"], job["environment"]["name"]) == (environment, environment)
        assert (job["when"], job["allow_failure"]) == ("manual", False), "the next stage waits"
        assert job["resource_group"] == f"flights-{environment}"
        assert job["needs"] == [f"preview flights-{environment}"]
        assert "needs" not in made[f"preview flights-{environment}"], "the stage before has to end"


def test_a_change_may_have_a_stack_for_a_while_that_goes_with_it() -> None:
    made = jobs("change", ["flights-dev", "flights-prod"], number=12)
    up, down = made["up flights-dev"], made["down flights-dev"]
    assert up["variables"]["STACK"] == "flights-dev-mr12"
    assert up["environment"]["on_stop"] == "down flights-dev"
    assert up["environment"]["name"] == down["environment"]["name"]
    assert down["environment"]["action"] == "stop"
    assert up["resource_group"] == down["resource_group"]
    assert not [one for one in made if "prod" in one and not one.startswith("preview")]


@pytest.mark.parametrize("kind", ["change", "deploy", "nightly"])
def test_a_pipeline_that_touches_no_stack_says_so(kind: Any) -> None:
    made = jobs(kind, ["flights-sandbox"])
    assert made["nothing"]["script"] == ["echo no stack is touched"]
    assert "nothing" not in jobs(kind, ["flights-dev"])


@pytest.mark.parametrize("kind", ["change", "deploy", "nightly"])
def test_every_job_for_a_stack_is_of_a_template_that_there_is(kind: Any) -> None:
    made = jobs(kind, stacks(), number=3)
    used = {job["extends"] for name, job in made.items() if name not in WORDS}
    assert used
    assert used <= set(TEMPLATES)


def test_a_job_without_identity_takes_no_role(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_TOKEN", raising=False)
    with pytest.raises(PlaceError, match="AWS_TOKEN must be the job's identity token"):
        assumed("flights-dev", "deploy", ROOT)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "us-east-1",
            "xx-nowhere-1",
            "flights-dev: region must be one of AWS's, got 'xx-nowhere-1'",
        ),
        ('dev: "111122223333", ', "", "flights-dev: accounts.dev must be set, got null"),
    ],
)
def test_a_place_that_the_settings_do_not_say_is_told(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    shutil.copytree(ROOT / "stacks", tmp_path / "stacks")
    for file in tmp_path.glob("stacks/**/*.yaml"):
        file.write_text(file.read_text().replace(old, new))
    with pytest.raises(StackError, match=said):
        place("flights-dev", tmp_path)


def test_a_role_stands_in_the_partition_of_its_region(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "stacks", tmp_path / "stacks")
    for file in tmp_path.glob("stacks/**/*.yaml"):
        file.write_text(file.read_text().replace("us-east-1", "cn-north-1"))
    assert place("flights-dev", tmp_path) == {
        "region": "cn-north-1",
        "preview_role": "arn:aws-cn:iam::111122223333:role/flights-dev-preview",
        "deploy_role": "arn:aws-cn:iam::111122223333:role/flights-dev-deploy",
        "session_seconds": "7200",
    }


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    clone = checkout(tmp_path_factory.mktemp("job"))
    layer = clone / "stacks/environments/staging.yaml"
    layer.write_text(layer.read_text().replace("capture_retention_days: 180", "# none"))
    commit(clone, "a change")
    return clone


def of(environment: str) -> list[str]:
    """Return every team's stack in an environment."""
    return [stack for stack in stacks() if stack.endswith(f"-{environment}")]


def test_a_merge_request_gets_jobs_for_the_stacks_that_it_touches(clone: Path) -> None:
    before = git(clone, "rev-parse", "HEAD~1").strip()
    known = {"CI_MERGE_REQUEST_DIFF_BASE_SHA": before, "CI_MERGE_REQUEST_IID": "12"}
    assert run(whole("changed", FILE), clone, known).returncode == 0
    made = yaml.safe_load((clone / "build/stacks.yml").read_text())
    assert made.keys() - WORDS == {f"preview {stack}" for stack in of("staging")}


def test_what_is_merged_gets_jobs_for_what_changed_since_everything_stood(
    clone: Path, forge: Forge
) -> None:
    before = git(clone, "rev-parse", "HEAD~1").strip()
    forge.on("GET", "/projects/7/pipelines", [{"sha": before}])
    known = {"CI_API_V4_URL": forge.url, "CI_PROJECT_ID": "7", "GITLAB_TOKEN": "t0ken"}
    assert run(whole("merged", FILE), clone, known).returncode == 0
    made = yaml.safe_load((clone / "build/stacks.yml").read_text())
    touched = of("staging")
    assert made.keys() - WORDS == {
        f"{job} {one}" for job in ("preview", "deploy") for one in touched
    }


def test_a_forge_that_does_not_say_what_stands_deploys_nothing(clone: Path, forge: Forge) -> None:
    known = {"CI_API_V4_URL": forge.url, "CI_PROJECT_ID": "7", "GITLAB_TOKEN": "t0ken"}
    assert run(whole("merged", FILE), clone, known).returncode != 0


def test_a_role_that_is_not_taken_ends_the_job(clone: Path) -> None:
    job = whole(".preview", templates())
    done = run({**job, "script": [*job["script"][:-1], "echo went on"]}, clone, {"STACK": "no-dev"})
    assert done.returncode != 0
    assert "went on" not in done.stdout


def test_a_night_looks_at_every_stack(clone: Path) -> None:
    assert run(whole("standing", FILE), clone, {}).returncode == 0
    made = yaml.safe_load((clone / "build/stacks.yml").read_text())
    watched = [*of("dev"), *of("staging"), *of("prod")]
    assert made.keys() - WORDS == {
        *(f"drift {stack}" for stack in watched),
        *(f"sweep {stack}" for stack in of("dev")),
    }


def test_notes_are_written_with_nothing_installed(clone: Path, forge: Forge) -> None:
    forge.on("GET", "/projects/7/merge_requests", [])
    known = {"CI_API_V4_URL": forge.url, "CI_PROJECT_ID": "7", "GITLAB_TOKEN": "t0ken"}
    done = run(whole("notes", FILE), clone, known)
    assert done.stdout == "no open merge request has a plan\n"


def test_a_role_is_taken_with_a_token_that_nobody_else_reads(clone: Path) -> None:
    lines = [
        *templates()[".preview"]["script"][:-1],
        'echo "$AWS_ROLE_ARN $AWS_REGION $(stat -c %a "$AWS_WEB_IDENTITY_TOKEN_FILE")"',
    ]
    done = run({"script": lines}, clone, {"AWS_TOKEN": "secret", "STACK": "flights-dev"})
    assert done.stdout == (
        "flights-dev has no cluster\n"
        "arn:aws:iam::111122223333:role/flights-dev-preview us-east-1 600\n"
    )
    assert not git(clone, "status", "--porcelain", "--", ".mlops")
