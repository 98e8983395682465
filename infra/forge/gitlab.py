"""One note on a merge request, one issue, and the revision that was deployed last: GitLab."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from infra.forge.http import Api, variable


@dataclass(frozen=True, kw_only=True, slots=True)
class GitLab:
    """A project on GitLab, as a job sees it."""

    api: Api
    project: str
    """Number or full path, encoded."""

    @property
    def _path(self) -> str:
        return f"/projects/{self.project}"

    def requests(self) -> Iterator[dict[str, Any]]:
        """Yield the open merge requests."""
        yield from self.api.pages(f"{self._path}/merge_requests", state="opened")

    def plan(self, request: dict[str, Any], job: str, file: str) -> bytes | None:
        """Return the plan that a job of a merge request's newest commit left, if one did.

        The pipeline of a fork's merge request runs in the fork: its artifact is read there, and
        its word is taken for no more than text.

        Raises:
            ForgeError: the fork cannot be read.
        """
        path = f"{self._path}/merge_requests/{request['iid']}/pipelines"
        for pipeline in self.api.ask("GET", path):
            if pipeline["sha"] == request["sha"]:
                found = self._artifact(pipeline, job, file)
                if found is not None:
                    return found
        return None

    def comment(self, iid: int, marker: str, text: str) -> str:
        """Write the one note of ours that begins with ``marker``; return what was done to it."""
        me = self.api.ask("GET", "/user")["id"]
        path = f"{self._path}/merge_requests/{iid}/notes"
        for held in self.api.pages(path):
            if held["author"]["id"] == me and held["body"].startswith(marker):
                if held["body"] == text:
                    return "unchanged"
                self.api.ask("PUT", f"{path}/{held['id']}", {"body": text})
                return "updated"
        self.api.ask("POST", path, {"body": text})
        return "created"

    def issue(self, title: str, marker: str, text: str | None) -> str:
        """Write the one open issue that begins with ``marker``; close it where there is no text."""
        me = self.api.ask("GET", "/user")["id"]
        path = f"{self._path}/issues"
        for held in self.api.pages(path, state="opened", author_id=me):
            if (held.get("description") or "").startswith(marker):
                if text is None:
                    self.api.ask("PUT", f"{path}/{held['iid']}", {"state_event": "close"})
                    return "closed"
                if held["description"] == text:
                    return "unchanged"
                self.api.ask("PUT", f"{path}/{held['iid']}", {"description": text})
                return "updated"
        if text is None:
            return "nothing to close"
        self.api.ask("POST", path, {"title": title, "description": text})
        return "created"

    def deployed(self, branch: str) -> str | None:
        """Return the newest revision of which every deployment succeeded; ``None`` for none."""
        path = f"{self._path}/pipelines"
        found = self.api.ask("GET", path, ref=branch, status="success", source="push", per_page=1)
        return str(found[0]["sha"]) if found else None

    def _artifact(self, pipeline: dict[str, object], job: str, file: str) -> bytes | None:
        project = f"/projects/{pipeline['project_id']}"
        jobs = self.api.pages(f"{project}/pipelines/{pipeline['id']}/jobs")
        for one in jobs:
            if one["name"] == job and one.get("artifacts"):
                return self.api.raw("GET", f"{project}/jobs/{one['id']}/artifacts/{file}")
        return None


def from_environment() -> GitLab:
    """Return the project of this job.

    Raises:
        ForgeError: the job has no token, or this is no job of GitLab's.
    """
    headers = {"PRIVATE-TOKEN": variable("GITLAB_TOKEN")}
    api = Api(url=variable("CI_API_V4_URL").rstrip("/"), headers=headers)
    return GitLab(api=api, project=quote(variable("CI_PROJECT_ID"), safe=""))
