"""``python -m infra.forge``: one comment, one issue, the revision deployed last.

It runs from the default branch's code with the job's token, and takes what it posts for text that
anybody may have written.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Final

from infra.forge import github, gitlab
from infra.forge.http import ForgeError
from infra.forge.untrusted import UntrustedError, bounded, check, harmless, read
from infra.plan.render.safe import MARKER

PLAN: Final = f"{MARKER}\n"
SAID: Final = (
    "> Computed from this change's own code at `{commit}`, which had no credentials and no network."
    " What it says is that code's word: read the diff, too.\n\n"
)
NONE: Final = "> There is no plan of `{commit}` to show: {why}. The job that makes it tells more.\n"
MOVED: Final = "the branch has moved on, or its pull request is closed: nothing to comment on"


def main() -> int:
    """Do what the arguments say; return the exit status."""
    asked = _arguments()
    try:
        print(asked.do(asked))  # noqa: T201 - a command
    except (ForgeError, UntrustedError) as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 1
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m infra.forge")
    commands = parser.add_subparsers(required=True)
    one = commands.add_parser("comment", help="write the one comment of the change at hand")
    one.add_argument("file", type=Path)
    one.set_defaults(do=_comment)
    one = commands.add_parser("plans", help="GitLab: write the note of every open merge request")
    one.add_argument("--job", default="plan")
    one.add_argument("--file", default="build/plan/plan.md")
    one.set_defaults(do=_plans)
    one = commands.add_parser("issue", help="write the one open issue of a kind, or close it")
    one.add_argument("title", help="tells it from others, and is its marker")
    one.add_argument("file", type=Path, help="closed where it does not exist")
    one.set_defaults(do=_issue)
    one = commands.add_parser("deployed", help="print the newest revision that stands everywhere")
    one.add_argument("--branch", default="main")
    one.set_defaults(do=_deployed)
    return parser.parse_args()


def _forge() -> github.GitHub | gitlab.GitLab:
    return gitlab.from_environment() if "GITLAB_CI" in os.environ else github.from_environment()


def _comment(asked: argparse.Namespace) -> str:
    forge = github.from_environment()
    if (change := forge.change()) is None:
        return MOVED
    try:
        text = _told(read(asked.file), change.commit)
    except UntrustedError as error:  # what an older commit's plan said must not stand for this one
        why = harmless(str(error).replace(str(asked.file), asked.file.name))
        text = PLAN + NONE.format(commit=change.commit, why=why)
    return f"#{change.number}: {forge.comment(change.number, PLAN, text)}"


def _plans(asked: argparse.Namespace) -> str:
    forge, done, failed = gitlab.from_environment(), list[str](), list[str]()
    for request in forge.requests():
        iid = int(request["iid"])
        try:
            content = forge.plan(request, asked.job, asked.file)
            if content is None:
                continue
            told = _told(check(content, f"the plan of !{iid}"), request["sha"])
        except (ForgeError, UntrustedError) as error:
            # A fork that hides keeps no other's note back.
            done.append(f"!{iid}: {error}")
            continue
        try:
            done.append(f"!{iid}: {forge.comment(iid, PLAN, told)}")
        except ForgeError as error:
            failed.append(f"!{iid}: {error}")
    if failed:
        raise ForgeError("\n".join([*done, *failed]))
    return "\n".join(done) or "no open merge request has a plan"


def _issue(asked: argparse.Namespace) -> str:
    marker = f"<!-- mlops: {harmless(asked.title)} -->\n"
    text = None
    if asked.file.exists():
        text = bounded(marker + harmless(read(asked.file)), "the log of the job has the whole")
    return f"{asked.title}: {_forge().issue(asked.title, marker, text)}"


def _deployed(asked: argparse.Namespace) -> str:
    return _forge().deployed(asked.branch) or ""


def _told(text: str, commit: str) -> str:
    told = harmless(text.removeprefix(PLAN).lstrip())
    return bounded(PLAN + SAID.format(commit=commit) + told, "the artifact `plan` has the whole")


if __name__ == "__main__":
    sys.exit(main())
