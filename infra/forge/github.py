"""One comment on a pull request, one issue, and the revision that was deployed last: GitHub."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from infra.forge.http import Api, ForgeError, variable

BOT = "github-actions[bot]"
"""Who posts with a workflow's own token: no comment of anybody else is changed."""


class Change(NamedTuple):
    """A pull request, and the commit that a run is about."""

    number: int
    commit: str


@dataclass(frozen=True, kw_only=True, slots=True)
class GitHub:
    """A repository on GitHub, as a workflow's job sees it."""

    api: Api
    repository: str
    """``owner/name``."""

    @property
    def _path(self) -> str:
        return f"/repos/{self.repository}"

    def change(self) -> Change | None:
        """Return the pull request that this run is about, from GitHub alone.

        A run after another knows no pull request where that is a fork's: it is the open one whose
        head is that branch at that commit. ``None`` where the branch has moved on, for a newer
        run will tell of it, or the fork is gone.

        Raises:
            ForgeError: the event is of another kind, or several pull requests have that head.
        """
        event = json.loads(Path(variable("GITHUB_EVENT_PATH")).read_text(encoding="utf-8"))
        if "pull_request" in event:
            asked = event["pull_request"]
            return Change(int(asked["number"]), asked["head"]["sha"])
        run = event.get("workflow_run")
        if run is None:
            raise ForgeError(f"event must be of a pull request, got {sorted(event)}")
        if (source := run["head_repository"]) is None:
            return None
        head = f"{source['owner']['login']}:{run['head_branch']}"
        numbers = [
            int(found["number"])
            for found in self.api.pages(f"{self._path}/pulls", state="open", head=head)
            if (found["head"].get("repo") or {}).get("full_name") == source["full_name"]
            and found["head"]["sha"] == run["head_sha"]
        ]
        if len(numbers) > 1:  # against several branches, and the run does not say against which
            raise ForgeError(f"pull request must be the only one of its head, got {numbers}")
        return Change(numbers[0], run["head_sha"]) if numbers else None

    def comment(self, number: int, marker: str, text: str) -> str:
        """Write the one comment that begins with ``marker``; return what was done to it."""
        for held in self.api.pages(f"{self._path}/issues/{number}/comments"):
            if _ours(held) and held["body"].startswith(marker):
                if held["body"] == text:
                    return "unchanged"
                path = f"{self._path}/issues/comments/{held['id']}"
                self.api.ask("PATCH", path, {"body": text})
                return "updated"
        self.api.ask("POST", f"{self._path}/issues/{number}/comments", {"body": text})
        return "created"

    def issue(self, title: str, marker: str, text: str | None) -> str:
        """Write the one open issue that begins with ``marker``; close it where there is no text."""
        held = next(
            (
                one
                for one in self.api.pages(f"{self._path}/issues", state="open")
                if _ours(one) and "pull_request" not in one and _body(one).startswith(marker)
            ),
            None,
        )
        if text is None:
            if held is None:
                return "nothing to close"
            self.api.ask("PATCH", f"{self._path}/issues/{held['number']}", {"state": "closed"})
            return "closed"
        if held is None:
            self.api.ask("POST", f"{self._path}/issues", {"title": title, "body": text})
            return "created"
        if _body(held) == text:
            return "unchanged"
        self.api.ask("PATCH", f"{self._path}/issues/{held['number']}", {"body": text})
        return "updated"

    def deployed(self, branch: str) -> str | None:
        """Return the newest revision of which every deployment succeeded; ``None`` for none."""
        path = f"{self._path}/actions/workflows/{quote(variable('WORKFLOW'))}/runs"
        found = self.api.ask("GET", path, branch=branch, status="success", per_page=1)
        runs = found["workflow_runs"]
        return str(runs[0]["head_sha"]) if runs else None


def from_environment() -> GitHub:
    """Return the repository of this job.

    Raises:
        ForgeError: the job has no token, or this is no job of GitHub's.
    """
    headers = {
        "Authorization": f"Bearer {variable('GITHUB_TOKEN')}",
        "Accept": "application/vnd.github+json",
        "X-GitHub-Api-Version": "2022-11-28",
    }
    api = Api(url=variable("GITHUB_API_URL").rstrip("/"), headers=headers)
    return GitHub(api=api, repository=variable("GITHUB_REPOSITORY"))


def _ours(held: dict[str, Any]) -> bool:
    return (held.get("user") or {}).get("login") == BOT


def _body(held: dict[str, Any]) -> str:
    return held.get("body") or ""
