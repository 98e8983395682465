"""Names, rules and files of short-lived stacks."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from infra.cli.main import app
from infra.short_lived import ShortLivedError, last_day, write
from stacks.errors import StackError, StackFileError, UnknownStackError
from stacks.layers import load
from stacks.names import StackName, parse, stacks

TODAY = date(2026, 11, 21)
DAY = date(2026, 11, 24)
OWN = "stacks/Pulumi.flights-dev-pr12.yaml"


@pytest.mark.parametrize("name", ["", "flights", "flights-", "-dev", "flights-dev-", "a-b-c-d"])
def test_a_name_of_another_shape_is_no_stacks(name: str) -> None:
    with pytest.raises(ValueError, match="must be team-environment or team-environment-name, got"):
        parse(name)


def test_a_name_has_two_parts_or_three() -> None:
    assert parse("flights-dev") == StackName(team="flights", environment="dev")
    name = parse("flights-dev-pr12")
    assert (name.instance, name.base, str(name)) == ("pr12", "flights-dev", "flights-dev-pr12")


@pytest.mark.parametrize(
    ("expires", "said"),
    [
        ("tomorrow", r"must be a number of days \(3d\) or a date"),
        ("31d", "must be within 30 days"),
        ("9" * 30 + "d", "must be within 30 days"),
        ("2027-11-21", "must be within 30 days"),
        ("-1d", "must be a number of days"),
    ],
)
def test_a_last_day_that_is_none_or_far_away_is_refused(expires: str, said: str) -> None:
    with pytest.raises(ShortLivedError, match=said):
        last_day(expires, TODAY)


def test_a_last_day_is_days_from_today_or_a_date() -> None:
    assert last_day("3d", TODAY) == last_day("2026-11-24", TODAY) == DAY


@pytest.mark.parametrize(
    ("base", "instance", "revision", "said"),
    [
        ("flights-prod", "pr12", None, "base must be of another environment than prod"),
        *(
            ("flights-dev", one, None, r"name must be letters and a number \(pr12\), got")
            for one in (
                "flights",
                "preview",
                "pr1234567",
                "a/b1",
                "../pr1",
                "pr1\n",
                "pr1\0",
                "",
                "ß1",
            )
        ),
        ("flights-dev", "pr-12", None, r"name must be letters and a number \(pr12\), got 'pr-12'"),
        ("flights-dev", "pr12", "x; curl", "revision must be a branch, tag or commit"),
        ("flights-dev", "pr12", "--upload-pack", "revision must be a branch, tag or commit"),
        ("flights-dv", "pr12", None, "close to it: flights-dev"),
    ],
)
def test_a_stack_that_must_not_be_is_refused_and_leaves_no_file(
    project: Path, base: str, instance: str, revision: str | None, said: str
) -> None:
    before = sorted((project / "stacks").iterdir())
    with pytest.raises(StackError, match=said):
        write(base, instance, DAY, project, revision=revision)
    assert sorted((project / "stacks").iterdir()) == before


def test_a_short_lived_stack_has_none_beside_it(project: Path) -> None:
    write("flights-dev", "pr12", DAY, project)
    with pytest.raises(ShortLivedError, match="must be an environment's own stack"):
        write("flights-dev-pr12", "pr13", DAY, project)


def test_its_layers_are_its_bases_and_what_short_lived_ones_lack(project: Path) -> None:
    name, path = write("flights-dev", "pr12", DAY, project, revision="topic/x")
    assert (name, path.relative_to(project).as_posix()) == ("flights-dev-pr12", OWN)
    resolved = load(name, project)
    config = resolved.config
    assert (config.stack, config.instance, config.expires) == (name, "pr12", DAY)
    assert resolved.origins["instance"] == "stack name"
    assert resolved.origins["deletion_protection"] == "stacks/short_lived.yaml:4"
    source = config.use_cases["flights"].delivery.source
    assert (source.type, source.version) == ("github", "topic/x")
    assert resolved.origins["use_cases.flights.delivery.source.type"].startswith(
        "stacks/Pulumi.flights-dev.yaml:"
    )


def test_it_is_listed_apart(project: Path) -> None:
    before = stacks(project)
    write("flights-dev", "pr12", DAY, project)
    assert stacks(project) == before
    assert stacks(project, short_lived=True) == ["flights-dev-pr12"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("expires: '2026-11-24'", "owner: me", "expires must say the day after which"),
        ("expires: '2026-11-24'", "expires: soon", "expires must be a valid date"),
        ("expires:", "deletion_protection: true\n    force_destroy: false\n    expires:",
         "deletion_protection must be false in a short-lived stack, got true"),
        ("expires:", "people: {roles: true}\n    expires:",
         "people.roles must be off in a short-lived stack: its environment's own has it"),
        ("expires:", "promotion: {downstream: staging}\n    expires:", "promotion.downstream must"),
        ("expires:", "operations: {budget: {monthly_usd: 9}}\n    expires:", "operations.budget"),
        ("expires:", "audit_trail: true\n    expires:", "audit_trail must be off"),
    ],
)  # fmt: skip
def test_what_a_short_lived_stack_must_not_be_set_to_is_told_with_its_place(
    project: Path, old: str, new: str, said: str
) -> None:
    _, path = write("flights-dev", "pr12", DAY, project)
    path.write_text(path.read_text().replace(old, new, 1))
    with pytest.raises(StackFileError) as caught:
        load("flights-dev-pr12", project)
    assert said in str(caught.value)


def test_an_environments_own_stack_does_not_expire(project: Path) -> None:
    path = project / "stacks/Pulumi.flights-dev.yaml"
    path.write_text(path.read_text().replace("platform:\n", "platform:\n    expires: 2026-11-24\n"))
    with pytest.raises(StackFileError, match="expires must be null for an environment's own"):
        load("flights-dev", project)


def test_a_use_case_of_its_name_would_share_names_with_it(project: Path) -> None:
    (project / "stacks/teams/flights.yaml").write_text(
        (project / "stacks/teams/flights.yaml").read_text().replace("  flights:", "  pr12:")
    )
    base = project / "stacks/Pulumi.flights-dev.yaml"
    base.write_text(base.read_text().replace("      flights:", "      pr12:"))
    with pytest.raises(StackFileError, match="instance must not be a use case's name"):
        write("flights-dev", "pr12", DAY, project)


def test_a_short_lived_stack_needs_its_base_and_the_layer_between(project: Path) -> None:
    write("flights-dev", "pr12", DAY, project)
    (project / "stacks/short_lived.yaml").unlink()
    with pytest.raises(UnknownStackError, match=r"stacks/short_lived.yaml: stack 'flights-dev-pr1"):
        load("flights-dev-pr12", project)
    (project / "stacks/Pulumi.flights-dev.yaml").unlink()
    with pytest.raises(UnknownStackError, match=r"stacks/Pulumi.flights-dev.yaml: stack 'flights"):
        load("flights-dev-pr12", project)


def test_the_command_tells_what_is_wrong_in_a_line() -> None:
    done = CliRunner().invoke(app, ["stack", "new", "flights-prod", "--as", "pr12"])
    assert done.exit_code == 2
    assert "base must be of another environment than prod, got 'flights-prod'" in done.stderr
