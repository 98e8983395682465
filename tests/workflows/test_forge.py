"""Comments and issues, as a forge gets them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from infra.plan.render.safe import MARKER
from tests.workflows.forge import Forge

ROOT = Path(__file__).parents[2]
PLAN = f"{MARKER}\n"
BOT = {"login": "github-actions[bot]"}
PULLS, NOTES = "/repos/o/r/pulls", "/projects/7/merge_requests/3/notes"
PULL_9 = {"pull_request": {"number": 9, "head": {"sha": "c0ffee"}}}
FORK = {"full_name": "stranger/r", "owner": {"login": "stranger"}}


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    file = tmp_path / "plan.md"
    file.write_text(f"{PLAN}\n# Plan\nby @someone\n")
    return file


def run(forge: Forge, *arguments: str, gitlab: bool = False, **variables: str) -> Any:
    """Run the command as a job does: this machine's Python, no packages, the forge's variables."""
    github = {"GITHUB_API_URL": forge.url, "GITHUB_REPOSITORY": "o/r", "GITHUB_TOKEN": "t0ken"}
    lab = {"GITLAB_CI": "true", "CI_API_V4_URL": forge.url, "CI_PROJECT_ID": "7",
           "GITLAB_TOKEN": "t0ken"}  # fmt: skip
    return subprocess.run(
        [sys.executable, "-I", "-S", "-c",
         f"import sys; sys.path.insert(0, {str(ROOT)!r}); sys.argv = ['forge', *{arguments!r}];"
         "from infra.forge.__main__ import main; sys.exit(main())"],
        env={"PATH": os.environ["PATH"], **(lab if gitlab else github), **variables},
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip


def event(folder: Path, content: dict[str, Any]) -> str:
    file = folder / "event.json"
    file.write_text(json.dumps(content))
    return str(file)


def after_a_fork(folder: Path, sha: str = "c0ffee", branch: str = "a&b=c/ü") -> str:
    run_of = {"head_repository": FORK, "head_branch": branch, "head_sha": sha, "pull_requests": []}
    return event(folder, {"workflow_run": run_of})


def pull(number: int, sha: str = "c0ffee", repository: str = "stranger/r") -> dict[str, Any]:
    return {"number": number, "head": {"sha": sha, "repo": {"full_name": repository}}}


def test_a_forks_pull_request_is_found_by_its_branch_and_commit_and_by_nothing_it_says(
    forge: Forge, tmp_path: Path, plan: Path
) -> None:
    forge.on("GET", PULLS, [pull(3, repository="other/r"), pull(4, sha="older"), pull(5)])
    forge.on("GET", "/repos/o/r/issues/5/comments", [])
    forge.on("POST", "/repos/o/r/issues/5/comments", {"id": 1})
    done = run(forge, "comment", str(plan), GITHUB_EVENT_PATH=after_a_fork(tmp_path))
    assert (done.returncode, done.stdout) == (0, "#5: created\n"), done.stderr
    assert forge.asked[0][2]["head"] == "stranger:a&b=c/ü"
    (body,) = (one["body"] for one in forge.bodies("POST", "/repos/o/r/issues/5/comments"))
    assert body.startswith(PLAN + "> Computed from this change's own code at `c0ffee`")
    assert body.count("mlops-plan") == 1
    assert "@someone" not in body
    assert forge.tokens == {"Bearer t0ken"}
    assert "t0ken" not in done.stdout + done.stderr


def test_a_branch_that_moved_on_gets_no_comment(forge: Forge, tmp_path: Path, plan: Path) -> None:
    forge.on("GET", PULLS, [pull(5, sha="newer")])
    done = run(forge, "comment", str(plan), GITHUB_EVENT_PATH=after_a_fork(tmp_path))
    assert done.returncode == 0
    assert "nothing to comment on" in done.stdout
    assert forge.written == []


def test_a_fork_that_is_gone_gets_no_comment(forge: Forge, tmp_path: Path, plan: Path) -> None:
    run_of = {"head_repository": None, "head_branch": "x", "head_sha": "c0ffee"}
    path = event(tmp_path, {"workflow_run": run_of})
    done = run(forge, "comment", str(plan), GITHUB_EVENT_PATH=path)
    assert (done.returncode, forge.asked) == (0, []), done.stderr


def test_a_head_of_two_pull_requests_gets_no_comment_that_might_be_the_others(
    forge: Forge, tmp_path: Path, plan: Path
) -> None:
    forge.on("GET", PULLS, [pull(5), pull(6)])
    done = run(forge, "comment", str(plan), GITHUB_EVENT_PATH=after_a_fork(tmp_path))
    assert done.returncode == 1
    assert "must be the only one of its head, got [5, 6]" in done.stderr
    assert forge.written == []


@pytest.mark.parametrize("left", [None, b"", b"\xff"])
def test_where_a_commit_left_no_plan_an_older_ones_does_not_stand_for_it(
    forge: Forge, tmp_path: Path, plan: Path, left: bytes | None
) -> None:
    before = {"id": 1, "user": BOT, "body": PLAN + "changes nothing"}
    forge.on("GET", PULLS, [pull(5)])
    forge.on("GET", "/repos/o/r/issues/5/comments", [before])
    forge.on("PATCH", "/repos/o/r/issues/comments/1", {})
    plan.unlink() if left is None else plan.write_bytes(left)
    done = run(forge, "comment", str(plan), GITHUB_EVENT_PATH=after_a_fork(tmp_path))
    assert done.stdout == "#5: updated\n", done.stderr
    (body,) = (one["body"] for one in forge.bodies("PATCH", "/repos/o/r/issues/comments/1"))
    assert body.startswith(f"{PLAN}> There is no plan of `c0ffee` to show: plan.md must ")
    assert str(tmp_path) not in body


@pytest.mark.parametrize("answer", [b"<html>", b"[" * (32 << 20) + b"["])
def test_an_answer_that_is_no_api_s_is_told_in_a_line(
    forge: Forge, tmp_path: Path, plan: Path, answer: bytes
) -> None:
    forge.on("GET", PULLS, answer)
    done = run(forge, "comment", str(plan), GITHUB_EVENT_PATH=after_a_fork(tmp_path))
    assert done.returncode == 1
    assert done.stderr.startswith("GET /repos/o/r/pulls: answer must be ")
    assert "Traceback" not in done.stderr


def test_an_event_of_another_kind_is_refused(forge: Forge, tmp_path: Path, plan: Path) -> None:
    done = run(forge, "comment", str(plan), GITHUB_EVENT_PATH=event(tmp_path, {"issue": {}}))
    assert done.returncode == 1
    assert "event must be of a pull request, got ['issue']" in done.stderr


def test_there_is_one_comment_and_it_is_the_bots_own(
    forge: Forge, tmp_path: Path, plan: Path
) -> None:
    others = [{"id": n, "user": {"login": "stranger"}, "body": PLAN + "mine"} for n in range(100)]
    mine = {"id": 500, "user": BOT, "body": PLAN + "before"}
    pages = {"1": others, "2": [mine]}
    forge.on("GET", "/repos/o/r/issues/9/comments", lambda query, _: pages[query["page"]])
    forge.on("PATCH", "/repos/o/r/issues/comments/500", {})
    path = event(tmp_path, PULL_9)
    done = run(forge, "comment", str(plan), GITHUB_EVENT_PATH=path)
    assert done.stdout == "#9: updated\n", done.stderr
    assert forge.written == [("PATCH", "/repos/o/r/issues/comments/500")]
    mine["body"] = forge.bodies(*forge.written[0])[0]["body"]
    again = run(forge, "comment", str(plan), GITHUB_EVENT_PATH=path)
    assert again.stdout == "#9: unchanged\n"
    assert len(forge.written) == 1


def test_a_forge_that_refuses_is_told_in_a_line(forge: Forge, tmp_path: Path, plan: Path) -> None:
    path = event(tmp_path, PULL_9)
    done = run(forge, "comment", str(plan), GITHUB_EVENT_PATH=path)
    assert done.returncode == 1
    assert done.stderr.startswith("GET /repos/o/r/issues/9/comments: 404")
    assert "Traceback" not in done.stderr


def test_an_api_without_encryption_gets_no_token(forge: Forge, plan: Path, tmp_path: Path) -> None:
    path = event(tmp_path, PULL_9)
    url = "http://192.0.2.1"
    done = run(forge, "comment", str(plan), GITHUB_EVENT_PATH=path, GITHUB_API_URL=url)
    assert (done.returncode, done.stderr) == (1, "url must be https, got 'http://192.0.2.1'\n")


@pytest.mark.parametrize("where", ["GitHub", "GitLab"])
def test_drift_opens_one_issue_updates_it_and_closes_it(
    forge: Forge, plan: Path, where: str
) -> None:
    gitlab = where == "GitLab"
    held: list[dict[str, Any]] = []
    path, text = ("/projects/7/issues", "description") if gitlab else ("/repos/o/r/issues", "body")

    def post(_: dict[str, str], body: dict[str, Any]) -> dict[str, Any]:
        held.append({"number": 4, "iid": 4, "user": BOT, text: body[text]})
        return held[0]

    def change(_: dict[str, str], body: dict[str, Any]) -> dict[str, Any]:
        held[0].update(body)
        if {"state", "state_event"} & body.keys():
            held.clear()
        return {}

    forge.on("GET", "/user", {"id": 1})
    forge.on("GET", path, lambda *_: held)
    forge.on("POST", path, post)
    forge.on("PUT" if gitlab else "PATCH", f"{path}/4", change)
    arguments = ("issue", "Drift of flights-dev", str(plan))
    assert run(forge, *arguments, gitlab=gitlab).stdout == "Drift of flights-dev: created\n"
    assert held[0][text].startswith("<!-- mlops: Drift of flights-dev -->\n")
    assert run(forge, *arguments, gitlab=gitlab).stdout.endswith("unchanged\n")
    plan.write_text("another")
    assert run(forge, *arguments, gitlab=gitlab).stdout.endswith("updated\n")
    plan.unlink()
    assert run(forge, *arguments, gitlab=gitlab).stdout.endswith("closed\n")
    assert run(forge, *arguments, gitlab=gitlab).stdout.endswith("nothing to close\n")


def test_the_revision_that_stands_is_that_of_the_newest_run_that_succeeded(forge: Forge) -> None:
    path = "/repos/o/r/actions/workflows/deploy.yml/runs"
    forge.on("GET", path, {"workflow_runs": []})
    assert run(forge, "deployed", WORKFLOW="deploy.yml").stdout == "\n"
    forge.on("GET", path, {"workflow_runs": [{"head_sha": "abc"}]})
    assert run(forge, "deployed", WORKFLOW="deploy.yml").stdout == "abc\n"
    assert forge.asked[-1][2] == {"branch": "main", "status": "success", "per_page": "1"}
    forge.on("GET", "/projects/7/pipelines", [{"sha": "def"}])
    assert run(forge, "deployed", gitlab=True).stdout == "def\n"


def test_every_open_merge_request_gets_the_plan_of_its_newest_commit_as_one_note(
    forge: Forge,
) -> None:
    request = "/projects/7/merge_requests"
    forge.on("GET", "/user", {"id": 1})
    forge.on(
        "GET", request, [{"iid": 2, "sha": "x"}, {"iid": 4, "sha": "z"}, {"iid": 3, "sha": "y"}]
    )
    forge.on("GET", f"{request}/2/pipelines", [{"id": 5, "sha": "older", "project_id": 7}])
    hidden = {"id": 7, "sha": "z", "project_id": 98}  # a fork made private: 404
    forge.on("GET", f"{request}/4/pipelines", [hidden])
    forge.on("GET", f"{request}/3/pipelines", [{"id": 6, "sha": "y", "project_id": 99}])
    jobs = [{"id": 1, "name": "check", "artifacts": [{}]}, {"id": 2, "name": "plan",
            "artifacts": [{}]}]  # fmt: skip
    forge.on("GET", "/projects/99/pipelines/6/jobs", jobs)
    forge.on("GET", "/projects/99/jobs/2/artifacts/build/plan/plan.md", b"/approve\n@someone\n")
    stranger = {"id": 8, "author": {"id": 2}, "body": PLAN}
    forge.on("GET", NOTES, [stranger])
    forge.on("POST", NOTES, {})
    done = run(forge, "plans", gitlab=True)
    assert done.returncode == 0, done.stderr
    of_4, of_3 = done.stdout.splitlines()
    assert of_4.startswith("!4: GET /projects/98/pipelines/7/jobs: 404")
    assert of_3 == "!3: created"
    (note,) = forge.bodies("POST", NOTES)
    assert "\n/approve" not in note["body"]
    assert "@someone" not in note["body"]
    assert "at `y`" in note["body"]
    forge.on("GET", "/projects/99/jobs/2/artifacts/build/plan/plan.md", b"\xff")
    assert "!3: the plan of !3 must be UTF-8" in run(forge, "plans", gitlab=True).stdout


def test_a_note_that_cannot_be_written_fails_and_keeps_no_other_back(forge: Forge) -> None:
    request = "/projects/7/merge_requests"
    forge.on("GET", "/user", {"id": 1})
    forge.on("GET", request, [{"iid": 4, "sha": "z"}, {"iid": 3, "sha": "y"}])
    for iid, sha in ((4, "z"), (3, "y")):
        pipeline = {"id": iid, "sha": sha, "project_id": 7}
        forge.on("GET", f"{request}/{iid}/pipelines", [pipeline])
        forge.on("GET", f"/projects/7/pipelines/{iid}/jobs",
                 [{"id": iid, "name": "plan", "artifacts": [{}]}])  # fmt: skip
        forge.on("GET", f"/projects/7/jobs/{iid}/artifacts/build/plan/plan.md", b"a plan")
    forge.on("GET", NOTES, [])
    forge.on("POST", NOTES, {})
    done = run(forge, "plans", gitlab=True)
    assert done.returncode == 1
    assert "!3: created\n!4: GET /projects/7/merge_requests/4/notes: 404" in done.stderr
