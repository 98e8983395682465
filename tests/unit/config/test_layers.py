from __future__ import annotations

from pathlib import Path

import pytest

from stacks.layers import DEFAULT, STACK_NAME, load
from stacks.names import stacks

OWN = "stacks/Pulumi.flights-prod.yaml"


def test_the_project_has_a_stack_for_the_emulator_and_for_real_environments() -> None:
    environments = {stack.partition("-")[2] for stack in stacks()}
    assert environments == {"dev", "prod", "sandbox", "staging"}


@pytest.mark.parametrize("stack", stacks())
def test_every_stack_of_the_project_resolves(stack: str) -> None:
    resolved = load(stack)
    assert resolved.config.stack == stack
    assert resolved.pulumi_config == {"aws:region": resolved.config.region}


def test_staging_needs_one_file_more_and_nothing_else(project: Path) -> None:
    own = (project / OWN).read_text()
    (project / "stacks/Pulumi.flights-staging.yaml").write_text(own)
    config = load("flights-staging", project).config
    assert (config.environment, config.deletion_protection) == ("staging", True)


def test_team_wins_over_environment_and_the_stack_over_both(project: Path) -> None:
    append(project, "stacks/environments/prod.yaml", "tags: {a: environment, b: environment}")
    append(project, "stacks/teams/flights.yaml", "tags: {b: team, c: team}")
    append(project, OWN, "    tags: {c: stack}")
    assert load("flights-prod", project).config.tags == {
        "a": "environment",
        "b": "team",
        "c": "stack",
    }


def test_lists_are_replaced_whole(project: Path) -> None:
    append(
        project,
        OWN,
        "    image_reader_accounts: ['111122223333']",
    )
    append(
        project,
        "stacks/teams/flights.yaml",
        "image_reader_accounts: ['444455556666', '777788889999']",
    )
    assert load("flights-prod", project).config.image_reader_accounts == ("111122223333",)


def test_a_null_takes_away_what_a_lower_layer_set(project: Path) -> None:
    prod = project / "stacks/environments/prod.yaml"
    beneath = "every_use_case:\n"
    scheduled = f"{beneath}  retraining: {{schedule: rate(7 days)}}\n"
    prod.write_text(prod.read_text().replace(beneath, scheduled))
    assert load("flights-prod", project).config.use_cases["flights"].retraining.schedule
    text = (
        (project / OWN)
        .read_text()
        .replace("      flights:\n", "      flights:\n        retraining: {schedule: null}\n")
    )
    (project / OWN).write_text(text)
    assert load("flights-prod", project).config.use_cases["flights"].retraining.schedule is None


def test_every_use_case_lies_under_each_use_case_of_the_same_layer(project: Path) -> None:
    append(project, "stacks/teams/flights.yaml", "every_use_case: {minimum_gain: 0.01}")
    use_case = load("flights-prod", project).config.use_cases["flights"]
    assert use_case.minimum_gain == 0.01, "the team's layer stands above the environment's"
    assert use_case.drift.schedule == "cron(0 6 1 * ? *)", "the use case keeps its own keys"


def test_each_value_is_traced_to_the_file_and_line_that_set_it(project: Path) -> None:
    origins = load("flights-prod", project).origins
    assert origins["environment"] == STACK_NAME
    assert origins["owner"] == "stacks/teams/flights.yaml:2"
    assert origins["use_cases.flights.approval"] == "stacks/environments/prod.yaml:9"
    assert origins["use_cases.flights.delivery.source.type"] == f"{OWN}:8"
    assert origins["use_cases.flights.serving.model_version"] == DEFAULT


def test_an_overridden_value_is_traced_to_its_last_layer(project: Path) -> None:
    append(project, OWN, "    owner: someone@example.com")
    assert load("flights-prod", project).origins["owner"] == f"{OWN}:9"


def append(project: Path, file: str, line: str) -> None:
    path = project / file
    path.write_text(f"{path.read_text()}{line}\n")
