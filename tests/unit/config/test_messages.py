"""What a person who mistyped is told: file, line, key, rule, value, and what is close."""

from __future__ import annotations

from pathlib import Path

import pytest

from stacks.errors import StackFileError, UnknownStackError
from stacks.layers import load

PROD = "stacks/environments/prod.yaml"
TEAM = "stacks/teams/flights.yaml"
OWN = "stacks/Pulumi.flights-prod.yaml"
SANDBOX = "stacks/Pulumi.flights-sandbox.yaml"

SPOILT = {
    "unknown key": (PROD, "approval: manual", "aproval: manual",
        "stacks/environments/prod.yaml:9: use_cases.flights.aproval is an unknown key,"
        " got 'manual'; close to it: approval"),
    "unknown key deep down": (PROD, "initial_instance_count", "initial_count",
        "stacks/environments/prod.yaml:16: use_cases.flights.serving.initial_count is an unknown"
        " key, got 2; close to it: initial_instance_count"),
    "unknown key at the top": (TEAM, "owner:", "owners:",
        "stacks/teams/flights.yaml:2: owners is an unknown key, got 'flights@example.com';"
        " close to it: owner"),
    "missing key": (TEAM, "owner: flights@example.com\n", "",
        "stacks/Pulumi.flights-prod.yaml: owner is missing"),
    "quoted number": (PROD, "max_instance_count: 8", "max_instance_count: '8'",
        "stacks/environments/prod.yaml:18: use_cases.flights.serving.max_instance_count must be a"
        " valid integer, got '8'"),
    "mapping where a value belongs": (TEAM, "owner: flights@example.com", "owner: {name: x}",
        "stacks/teams/flights.yaml:2: owner must be a valid string, got {'name': 'x'}"),
    "out of range": (PROD, "step_percent: 10", "step_percent: 60",
        "stacks/environments/prod.yaml:21: use_cases.flights.serving.rollout.step_percent must be"
        " less than or equal to 50, got 60"),
    "misspelt choice": (PROD, "strategy: canary", "strategy: cannary",
        "stacks/environments/prod.yaml:20: use_cases.flights.serving.rollout.strategy must be"
        " 'all_at_once', 'canary' or 'linear', got 'cannary'; close to it: canary"),
    "disk for a type with its own": (PROD, "training: {instance_type: ml.m5.4xlarge",
        "training: {volume_gib: 50, instance_type: ml.g5.2xlarge",
        "stacks/environments/prod.yaml:12: use_cases.flights.training.volume_gib must be left out"
        " for ml.g5.2xlarge, which has 450 GB of its own, got 50"),
    "spot without checkpoints": (PROD, "training: {",
        "training: {use_spot: true, checkpoints: false, ",
        "stacks/environments/prod.yaml:12: use_cases.flights.training.checkpoints must be true with"
        " use_spot: an interrupted job would begin anew, got false"),
    "a wait without spot": (PROD, "training: {", "training: {max_wait_seconds: 7200, ",
        "stacks/environments/prod.yaml:12: use_cases.flights.training.max_wait_seconds must be left"
        " out without use_spot, got 7200"),
    "a wait shorter than the training": (PROD, "training: {",
        "training: {use_spot: true, max_wait_seconds: 600, ",
        "stacks/environments/prod.yaml:12: use_cases.flights.training.max_wait_seconds must be at"
        " least max_seconds (3600), got 600"),
    "warm spot instances": (PROD, "training: {",
        "training: {use_spot: true, keep_alive_seconds: 600, ",
        "stacks/environments/prod.yaml:12: use_cases.flights.training.keep_alive_seconds must be 0"
        " with use_spot: SageMaker keeps no spot instances, got 600"),
    "instances kept too long": (PROD, "training: {", "training: {keep_alive_seconds: 3601, ",
        "stacks/environments/prod.yaml:12: use_cases.flights.training.keep_alive_seconds must be"
        " less than or equal to 3600, got 3601"),
    "no instance": (PROD, "training: {", "training: {instance_count: 0, ",
        "stacks/environments/prod.yaml:12: use_cases.flights.training.instance_count must be"
        " greater than or equal to 1, got 0"),
    "a strategy that no trial fits": (PROD, "tuning: {", "tuning: {strategy: hyperband, ",
        "stacks/environments/prod.yaml:13: use_cases.flights.tuning.strategy must be"
        " 'bayesian' or 'random', got 'hyperband'"),
    "instance type": (PROD, "instance_type: ml.m5.xlarge", "instance_type: ml.m5.xxlarge",
        "stacks/environments/prod.yaml:15: use_cases.flights.serving.instance_type must be"
        " an instance type that SageMaker offers here, got 'ml.m5.xxlarge';"
        " close to it: ml.m5.xlarge"),
    "cron of five fields": (TEAM, "cron(0 6 1 * ? *)", "cron(0 6 1 * ?)",
        "stacks/teams/flights.yaml:6: use_cases.flights.drift.schedule must have 6 cron fields"
        " separated by one blank, not 5, got 'cron(0 6 1 * ?)'"),
    "cron out of range": (TEAM, "cron(0 6 1 * ? *)", "cron(0 25 1 * ? *)",
        "stacks/teams/flights.yaml:6: use_cases.flights.drift.schedule has an impossible hours"
        " '25' (0-23), got 'cron(0 25 1 * ? *)'"),
    "a threshold under its name of before": (TEAM, "cron(0 6 1 * ? *)",
        "cron(0 6 1 * ? *)\n      auc_drop_threshold: 0.1",
        "stacks/teams/flights.yaml:7: use_cases.flights.drift.auc_drop_threshold is called"
        " drop_threshold now, got 0.1"),
    "a gain under its name of before": (PROD, "tuning: {", "minimum_auc_gain: 0.01\n  tuning: {",
        "stacks/environments/prod.yaml:13: use_cases.flights.minimum_auc_gain is called"
        " minimum_gain now, got 0.01"),
    "prod unprotected": (PROD, "deletion_protection: true", "deletion_protection: false",
        "stacks/environments/prod.yaml:4: deletion_protection must be true in prod, got false"),
    "prod that empties its buckets": (PROD, "deletion_protection: true", "force_destroy: true",
        "stacks/environments/prod.yaml:4: force_destroy must be false in prod, got true"),
    "prod on one instance": (PROD, "min_instance_count: 2", "min_instance_count: 1",
        "stacks/environments/prod.yaml:17: use_cases.flights.serving.min_instance_count must be at"
        " least 2 in prod, got 1"),
    "counts out of order": (PROD, "max_instance_count: 8", "max_instance_count: 1",
        "stacks/environments/prod.yaml:18: use_cases.flights.serving.max_instance_count must be at"
        " least min_instance_count (2), got 1"),
    "no source in prod": (OWN, "{type: github, location: https://github.com/example/mlops-loop.git}",
        "{type: none}",
        "stacks/Pulumi.flights-prod.yaml:8: use_cases.flights.delivery.source.type must name a"
        " repository outside sandbox, got 'none'"),
    "Studio without a network": (PROD, "every_use_case:",
        "people: {members: {someone: ml_engineer}}\nevery_use_case:",
        "stacks/environments/prod.yaml:8: people.members must be empty without a network: its vpc,"
        " or its subnet_ids and vpc_id, got {'someone': 'ml_engineer'}"),
    "a member without roles": (PROD, "every_use_case:",
        "people: {roles: false, members: {someone: ml_engineer}}\nevery_use_case:",
        "stacks/environments/prod.yaml:8: people.members must be empty where roles is false,"
        " got ['someone']"),
    "a member with a role without notebooks": (PROD, "every_use_case:",
        "people: {members: {someone: devops_engineer}}\nevery_use_case:",
        "stacks/environments/prod.yaml:8: people.members.someone must be 'data_scientist',"
        " 'data_engineer' or 'ml_engineer', got 'devops_engineer'"),
    "idle sooner than Studio tells": (PROD, "every_use_case:",
        "people: {idle_minutes: 30}\nevery_use_case:",
        "stacks/environments/prod.yaml:8: people.idle_minutes must be greater than or equal to 60,"
        " got 30"),
    "another team": (TEAM, "owner:", "team: vision\nowner:",
        "stacks/teams/flights.yaml:2: team must be 'flights', as the stack's name says,"
        " got 'vision'"),
    "two regions": (OWN, "aws:region: us-east-1", "aws:region: eu-west-1",
        "stacks/Pulumi.flights-prod.yaml: aws:region must equal region, 'us-east-1' in"
        " stacks/environments/prod.yaml:3, got 'eu-west-1'"),
    "key twice": (PROD, "region: us-east-1", "region: us-east-1\nregion: us-east-2",
        "stacks/environments/prod.yaml:4: region must stand once, but stands in line 3 already"),
    "settings under another name": (OWN, "mlops-loop:platform", "mlops-loop:plattform",
        "stacks/Pulumi.flights-prod.yaml:4: mlops-loop:plattform is an unknown key;"
        " close to it: mlops-loop:platform"),
    "key of no tool": (OWN, "config:", "confg:",
        "stacks/Pulumi.flights-prod.yaml:2: confg is not a key of a stack file;"
        " close to it: config"),
    "a list": (TEAM, None, "- owner\n",
        "stacks/teams/flights.yaml: file must be a mapping, got list"),
    "no YAML": (TEAM, "owner:", "owner: [",
        "stacks/teams/flights.yaml:3: file must be YAML: expected ',' or ']', but got ':'"),
}  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "message"), SPOILT.values(), ids=SPOILT)
def test_a_mistake_is_told_with_place_rule_and_value(
    project: Path, file: str, old: str | None, new: str, message: str
) -> None:
    path = project / file
    text = path.read_text()
    assert old is None or old in text
    path.write_text(new if old is None else text.replace(old, new, 1))
    with pytest.raises(StackFileError) as caught:
        load("flights-prod", project)
    assert message in str(caught.value)


def test_all_mistakes_of_a_stack_are_told_at_once(project: Path) -> None:
    for file, old, new, _ in (
        SPOILT["unknown key"],
        SPOILT["missing key"],
        SPOILT["instance type"],
    ):
        path = project / file
        path.write_text(path.read_text().replace(str(old), new, 1))
    with pytest.raises(StackFileError) as caught:
        load("flights-prod", project)
    assert {problem.key for problem in caught.value.problems} == {
        "owner",
        "use_cases.flights.approval",
        "use_cases.flights.aproval",
        "use_cases.flights.serving.instance_type",
    }


@pytest.mark.parametrize("stack", ["flights-prd", "flight-prod", "prod", "", "flights-"])
def test_an_unknown_stack_is_told_which_there_are(stack: str) -> None:
    with pytest.raises(
        UnknownStackError, match=r"must be one of \[.*'flights-dev', 'flights-prod'"
    ):
        load(stack)


def test_the_closest_stack_is_named_first() -> None:
    with pytest.raises(UnknownStackError, match="close to it: flights-prod"):
        load("flights-prd")


def test_a_stack_of_an_environment_without_layer_is_unknown(project: Path) -> None:
    (project / "stacks/Pulumi.flights-prdo.yaml").write_text((project / OWN).read_text())
    with pytest.raises(
        UnknownStackError,
        match=r"environments/prdo.yaml: environment of stack 'flights-prdo' must be one of"
        r" \['dev', 'prod', 'sandbox', 'staging'\], got 'prdo'; close to it: prod",
    ):
        load("flights-prdo", project)


def test_a_stack_file_without_settings_is_told_so(project: Path) -> None:
    (project / SANDBOX).write_text("config:\n  aws:region: us-east-1\n")
    with pytest.raises(StackFileError, match=r"config\.mlops-loop:platform is missing"):
        load("flights-sandbox", project)


def test_a_conflict_between_layers_names_the_file_and_line_of_each(project: Path) -> None:
    """What each layer says is possible by itself; together they are not."""
    own = project / OWN
    settings = "      flights:\n        serving: {max_instance_count: 1}\n"
    own.write_text(own.read_text().replace("      flights:\n", settings))
    with pytest.raises(StackFileError) as caught:
        load("flights-prod", project)
    assert str(caught.value) == (
        f"{OWN}:7: use_cases.flights.serving.max_instance_count must be at least"
        f" min_instance_count (2), got 1; min_instance_count is set in {PROD}:17"
    )


def test_a_conflict_of_three_layers_names_all_of_them(project: Path) -> None:
    with (project / TEAM).open("a") as team:
        team.write("    serving: {initial_instance_count: 9}\n")
    with pytest.raises(StackFileError) as caught:
        load("flights-prod", project)
    assert str(caught.value) == (
        f"{TEAM}:13: use_cases.flights.serving.initial_instance_count must be 2-8, the range of"
        " min_instance_count and max_instance_count, got 9;"
        f" min_instance_count is set in {PROD}:17; max_instance_count is set in {PROD}:18"
    )


def test_a_conflict_with_what_no_layer_sets_says_that_it_is_a_default(project: Path) -> None:
    with (project / TEAM).open("a") as team:
        team.write("force_destroy: true\n")
    with pytest.raises(StackFileError) as caught:
        load("flights-staging", project)
    assert str(caught.value) == (
        f"{TEAM}:13: force_destroy must be false with deletion_protection true, got true;"
        " deletion_protection is a default"
    )
