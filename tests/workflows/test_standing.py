"""What stands for a while, and what drifted: the commands, with Pulumi's answers written here."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from infra.cli import drift, stack
from infra.cli.main import app

ROOT = Path(__file__).parents[2]
TODAY = datetime.now(UTC).date()
PULUMI = f"""#!{sys.executable}
import json, pathlib, sys
here = pathlib.Path(__file__).parent
asked = " ".join(one for one in sys.argv[1:] if one != "--non-interactive")
with (here / "asked").open("a") as file:
    file.write(asked + "\\n")
code, out, err = json.loads((here / "answers").read_text()).get(asked, (0, "", ""))
print(out, end="")
print(err, end="", file=sys.stderr)
sys.exit(code)
"""
LIST = "stack ls --output json"
DESTROY = "destroy --yes --skip-preview --remove --stack"
REFRESH = "refresh --preview-only --json --stack flights-dev"

Answer = Callable[..., list[str]]


def days(number: int) -> str:
    return (TODAY + timedelta(days=number)).isoformat()


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the stack files, where the commands look for them."""
    shutil.copytree(ROOT / "stacks", tmp_path / "stacks")
    for module in (stack, drift):
        monkeypatch.setattr(module, "ROOT", tmp_path)
    return tmp_path


@pytest.fixture
def pulumi(project: Path, monkeypatch: pytest.MonkeyPatch) -> Answer:
    """Have a ``pulumi`` on PATH; return what gives it answers and what it was asked before."""
    folder = project / "bin"
    folder.mkdir()
    (folder / "answers").write_text("{}")
    (folder / "asked").touch()
    (folder / "pulumi").write_text(PULUMI)
    (folder / "pulumi").chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))

    def answer(asked: str = "", out: object = "", *, code: int = 0, err: str = "") -> list[str]:
        known = json.loads((folder / "answers").read_text())
        if asked:
            known[asked] = (code, out if isinstance(out, str) else json.dumps(out), err)
        (folder / "answers").write_text(json.dumps(known))
        return (folder / "asked").read_text().splitlines()

    return answer


def stands(pulumi: Answer, **updated: str | None) -> None:
    pulumi(LIST, [
        {"name": f"organization/mlops-loop/flights-dev-{one}",
         "lastUpdate": day and f"{day}T03:00:00.000Z"}
        for one, day in updated.items()
    ])  # fmt: skip


def tagged(pulumi: Answer, one: str, *expires: Any) -> None:
    resources = [{"inputs": {"tags": {"expires": day}}} for day in expires]
    told = {"deployment": {"resources": [{"inputs": None}, *resources]}}
    pulumi(f"stack export --stack flights-dev-{one}", told)


def mlops(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, arguments)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.output


def deleted(pulumi: Answer) -> list[str]:
    return [one.removeprefix(f"{DESTROY} ") for one in pulumi() if one.startswith(DESTROY)]


def test_what_is_over_is_deleted_and_what_is_not_stays(pulumi: Answer, project: Path) -> None:
    stands(pulumi, pr1=days(-4), pr2=days(-1), pr3=days(-4), other=days(-90))
    tagged(pulumi, "pr1", days(-2), days(-1))
    tagged(pulumi, "pr2", days(0))
    tagged(pulumi, "pr3", days(1), days(-1))
    assert mlops("stack", "sweep", "flights-dev") == (
        0,
        f"flights-dev-pr1 was to go after {days(-1)}\n"
        f"flights-dev-pr2 stays until {days(0)}\nflights-dev-pr3 stays until {days(1)}\n",
    )
    assert deleted(pulumi) == ["flights-dev-pr1"], "another is a person's own"
    assert (project / "stacks/Pulumi.flights-dev-pr1.yaml").is_file(), (
        "a runner of another day has its file, too"
    )


@pytest.mark.parametrize(
    ("updated", "expires", "goes"),
    [
        (-2, [], False),
        (-4, [], True),
        (-4, ["never"], True),
        (-4, [None], True),
        (-29, ["2999-12-31"], False),
        (-31, ["2999-12-31"], True),
    ],
)
def test_a_stack_goes_though_its_own_code_says_no_day_or_one_that_never_comes(
    pulumi: Answer, updated: int, expires: list[Any], *, goes: bool
) -> None:
    stands(pulumi, pr1=days(updated))
    tagged(pulumi, "pr1", *expires)
    assert mlops("stack", "sweep", "flights-dev")[0] == 0
    assert deleted(pulumi) == (["flights-dev-pr1"] if goes else [])


def test_a_stack_of_no_day_stays_until_its_first_update(pulumi: Answer) -> None:
    stands(pulumi, pr1=None)
    assert mlops("stack", "sweep", "flights-dev") == (
        0, "flights-dev-pr1 stays until its first update\n",
    )  # fmt: skip


def test_what_cannot_be_deleted_is_told_and_keeps_no_other(pulumi: Answer) -> None:
    stands(pulumi, pr1=days(-9), pr2=days(-9), pr3=days(-9))
    tagged(pulumi, "pr2")
    tagged(pulumi, "pr3")
    pulumi("stack export --stack flights-dev-pr1", code=255, err="error: snapshot is corrupt")
    pulumi(f"{DESTROY} flights-dev-pr2", code=255)
    code, said = mlops("stack", "sweep", "flights-dev")
    assert code == 1
    assert deleted(pulumi) == ["flights-dev-pr2", "flights-dev-pr3"]
    assert "flights-dev-pr1: pulumi stack export ended with 255: error: snapshot" in said
    assert "flights-dev-pr2: pulumi destroy --yes ended with 255" in said


def test_where_no_file_can_be_written_for_what_is_over_each_is_told(
    pulumi: Answer, project: Path
) -> None:
    stands(pulumi, pr1=days(-9), pr2=days(-9))
    tagged(pulumi, "pr1")
    tagged(pulumi, "pr2")
    (project / "stacks/short_lived.yaml").unlink()
    code, said = mlops("stack", "sweep", "flights-dev")
    assert (code, deleted(pulumi)) == (1, [])
    assert said.count("stacks/short_lived.yaml: stack 'flights-dev-pr") == 2


def test_a_stack_is_removed_whatever_is_wrong_with_those_beside_it(pulumi: Answer) -> None:
    stands(pulumi, pr1=days(-1), pr12=days(-1))
    pulumi("stack export --stack flights-dev-pr1", code=255)
    assert mlops("stack", "remove", "flights-dev-pr12")[0] == 0
    assert deleted(pulumi) == ["flights-dev-pr12"]


def test_a_stack_that_does_not_stand_is_gone_already(pulumi: Answer, project: Path) -> None:
    stands(pulumi, pr1=days(-1))
    before = sorted((project / "stacks").iterdir())
    done = mlops("stack", "remove", "flights-dev-pr12")
    assert done == (0, "flights-dev-pr12 does not stand\n")
    assert deleted(pulumi) == []
    assert sorted((project / "stacks").iterdir()) == before


@pytest.mark.parametrize("name", ["flights-prod", "flights-dev", "x", "--all"])
def test_an_environments_own_stack_is_never_removed(pulumi: Answer, name: str) -> None:
    assert mlops("stack", "remove", "--", name)[0] == 2
    assert pulumi() == []


def test_a_deletion_that_fails_half_way_fails(pulumi: Answer) -> None:
    stands(pulumi, pr12=days(-1))
    pulumi(f"{DESTROY} flights-dev-pr12", code=255)
    code, said = mlops("stack", "remove", "flights-dev-pr12")
    assert code == 1
    assert "pulumi destroy --yes ended with 255" in said


@pytest.mark.parametrize("printed", ["", "warning: x", "null", "{"])
def test_what_pulumi_says_that_is_no_list_is_told(pulumi: Answer, printed: str) -> None:
    pulumi(LIST, printed)
    assert mlops("stack", "sweep", "flights-dev")[0] == 1


URN = (
    "urn:pulumi:flights-dev::mlops-loop::mlops:index:ArtifactStore$aws:s3/bucket:Bucket::store-raw"
)
SECRET = {"password": "hunter2"}
STEPS = [
    {"op": "refresh", "urn": URN, "oldState": SECRET},
    {"op": "update", "urn": URN, "detailedDiff": {"tags.a|b": {}, "acl": {}}, "newState": SECRET},
    {"op": "update", "urn": f"{URN}-2", "detailedDiff": None},
    {"op": "delete", "urn": f"{URN}-3", "oldState": SECRET},
]


def test_what_drifted_is_told_by_name_and_never_by_value(pulumi: Answer, project: Path) -> None:
    pulumi(REFRESH, "Previewing refresh:\n" + json.dumps({"steps": STEPS}))
    code, said = mlops("drift", "-s", "flights-dev", "--markdown", str(project / "b/drift.md"))
    assert (code, said) == (
        1,
        "aws:s3/bucket:Bucket store-raw: acl, tags.a|b\n"
        "aws:s3/bucket:Bucket store-raw-2: differs\n"
        "aws:s3/bucket:Bucket store-raw-3: is gone\n",
    )
    report = (project / "b/drift.md").read_text()
    assert "In AWS, 3 resources of `flights-dev` are no longer as deployed." in report
    assert "| `aws:s3/bucket:Bucket store-raw` | `acl`, `tags.a\\|b` |" in report
    assert "| `aws:s3/bucket:Bucket store-raw-2` | something |" in report
    assert "| `aws:s3/bucket:Bucket store-raw-3` | gone |" in report
    assert "hunter2" not in report + said


@pytest.mark.parametrize("printed", [{"duration": 1}, {"steps": STEPS[:1]}])
def test_where_nothing_drifted_no_report_of_another_day_is_left(
    pulumi: Answer, project: Path, printed: object
) -> None:
    pulumi(REFRESH, printed)
    (project / "drift.md").write_text("yesterday's")
    told = mlops("drift", "-s", "flights-dev", "--markdown", str(project / "drift.md"))
    assert told == (0, "flights-dev: nothing drifted\n")
    assert not (project / "drift.md").exists()


def test_what_cannot_be_told_is_no_drift_and_shows_no_value(pulumi: Answer) -> None:
    why = {"severity": "error", "message": "<{%reset%}>AccessDenied: reading it<{%reset%}>\n"}
    pulumi(REFRESH, {"steps": STEPS, "diagnostics": [why]}, code=255)
    code, said = mlops("drift", "-s", "flights-dev", "--exit-zero")
    assert code == 2
    assert said == "pulumi refresh --preview-only ended with 255: AccessDenied: reading it\n"


def test_no_pulumi_is_told_with_where_to_get_it(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(project))
    assert mlops("stack", "sweep", "flights-dev") == (
        1, "pulumi must be on PATH: https://www.pulumi.com/docs/install\n",
    )  # fmt: skip
