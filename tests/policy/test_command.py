"""``mlops policy`` as a person, and a pipeline, meets it."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from infra.cli import policy
from infra.cli.main import app
from infra.graph.model import UNKNOWN
from infra.plan import evaluate
from infra.policy.findings import WAIVERS
from infra.policy.rules import BY_ID

STACKS = Path(__file__).parents[2] / "stacks"
STACK = "flights-sandbox"


def run(*arguments: str) -> Result:
    return CliRunner(env={"NO_COLOR": "1"}).invoke(app, ["policy", *arguments])


@pytest.fixture
def stack_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a copy of the stack's own file, among copies of all, which the command reads."""
    shutil.copytree(STACKS, tmp_path / "stacks")
    monkeypatch.setattr(policy, "ROOT", tmp_path)
    return tmp_path / "stacks" / f"Pulumi.{STACK}.yaml"


def test_an_unknown_stack_is_wrong_use() -> None:
    done = run("-s", "flights-sandbx")
    assert done.exit_code == 2
    assert "close to it: flights-sandbox" in done.stderr


def test_wrong_files_are_told_and_end_otherwise_than_findings(stack_file: Path) -> None:
    stack_file.write_text(stack_file.read_text().replace("rule: S3.9", "rule: S3.99"))
    done = run("-s", STACK)
    assert done.exit_code == 2
    assert "policy.waivers.0.rule must be a rule's id" in done.stderr


def test_a_stack_that_keeps_the_rules_passes(stack_file: Path) -> None:
    done = run("-s", STACK, "--json")
    told = json.loads(done.stdout)
    assert (done.exit_code, told["stops"], told["mandatory"]) == (0, False, [])
    waived = next(one for one in told["waived"] if one["rule"] == "S3.17")
    assert waived["resource"] == "store-logs"
    assert waived["waived"]["owner"] == "flights@example.com"
    assert stack_file.exists()


def test_an_expired_waiver_ends_with_1_and_is_named(stack_file: Path) -> None:
    stack_file.write_text(stack_file.read_text().replace("2027-11-01", "2020-01-31"))
    done = run("-s", STACK)
    assert done.exit_code == 1
    assert "waiver of S3.17 by flights@example.com expired on 2020-01-31" in done.stdout
    assert "S3.17 (AWS Security Hub): Buckets are encrypted with a customer key" in done.stdout
    assert "to do: Give the encryption's rule a kmsMasterKeyId" in done.stdout


def test_what_the_code_alone_cannot_decide_is_named(
    stack_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    evaluated = evaluate.evaluate_stack(STACK, root=stack_file.parents[1])
    urn, model = next(
        (urn, one)
        for urn, one in evaluated.graph.resources.items()
        if one.type == "aws:sagemaker/model:Model"
    )
    unknown = replace(model, inputs={**model.inputs, "enableNetworkIsolation": UNKNOWN})
    graph = replace(evaluated.graph, resources={**evaluated.graph.resources, urn: unknown})
    changed = replace(evaluated, graph=graph)
    monkeypatch.setattr(evaluate, "evaluate_stack", lambda *_, **__: changed)
    done = run("-s", STACK)
    assert f"not decided, as AWS alone knows it: {model.name}: SageMaker.5" in done.stdout
    assert json.loads(run("-s", STACK, "--json").stdout)["undecided"] == {urn: ["SageMaker.5"]}


def test_the_pack_is_told_each_rule_s_level_and_waivers() -> None:
    config = json.loads(run("-s", STACK, "--pack-config").stdout)
    assert config.keys() == {*BY_ID, WAIVERS}
    assert config["SageMaker.4"]["enforcementLevel"] == "advisory"
    assert config["Lambda.3"]["enforcementLevel"] == "disabled"
    (waiver,) = config["S3.17"]["waivers"]
    assert waiver["expires"] == "2027-11-01"
    assert {one["rule"] for one in config[WAIVERS]["waivers"]} >= {"S3.9", "S3.17"}
