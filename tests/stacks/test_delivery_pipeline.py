"""A stack that is delivered within AWS, from settings to what is declared."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra.graph.model import ResourceGraph
from infra.resources.table import lookup
from stacks.errors import StackError
from stacks.layers import load
from tests.stacks import support

ROOT = Path(__file__).parents[2]
CONNECTION = {
    "type": "connection",
    "connection_arn": "arn:aws:codeconnections:us-east-1:111122223333:connection/c0",
    "repository": "example/mlops-loop",
    "branch": "main",
}


def project(tmp_path: Path, stack: str, source: dict[str, Any]) -> Path:
    """Return a project whose stack has a pipeline with this source."""
    shutil.copytree(ROOT / "stacks", tmp_path / "stacks", ignore=shutil.ignore_patterns("*.py"))
    file = tmp_path / "stacks" / f"Pulumi.{stack}.yaml"
    told = yaml.safe_load(file.read_text())
    told["config"]["mlops-loop:platform"]["deployment"] = {"pipeline": {"source": source}}
    file.write_text(yaml.safe_dump(told))
    return tmp_path


def graph(
    tmp_path: Path, stack: str, source: dict[str, Any], *, standing: bool = True
) -> ResourceGraph:
    root = project(tmp_path, stack, source)
    return support.graph(stack, live=None, root=root, standing=standing)


def stages(found: ResourceGraph) -> dict[str, list[dict[str, Any]]]:
    declared = found["delivery-pipeline"].inputs["stages"]
    return {stage["name"]: stage["actions"] for stage in declared}


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"branch": None}, "branch must be set with type connection, got null"),
        ({"location": "bucket/k.zip"}, "location must be null with type connection, got"),
        ({"repository": "mlops-loop"}, "repository"),
        ({"connection_arn": "arn:aws:s3:::bucket"}, "connection_arn"),
        ({"type": "s3"}, "connection_arn must be null with type s3"),
    ],
)
def test_a_source_that_does_not_say_where_is_refused(
    tmp_path: Path, change: dict[str, Any], problem: str
) -> None:
    root = project(tmp_path, "flights-dev", {**CONNECTION, **change})
    with pytest.raises(StackError) as refused:
        load("flights-dev", root)
    assert "deployment.pipeline.source" in str(refused.value)
    assert problem in str(refused.value)


def test_a_stack_without_an_upstream_takes_nothing_from_it(tmp_path: Path) -> None:
    with pytest.raises(StackError, match="must not be upstream where promotion"):
        load("flights-dev", project(tmp_path, "flights-dev", {"type": "upstream"}))


def test_dev_checks_a_repository_s_revision_and_releases_it(tmp_path: Path) -> None:
    found = graph(tmp_path, "flights-dev", CONNECTION)
    assert list(stages(found)) == ["Source", "Check", "Deliver", "Release"]
    spec = found["delivery-check-project"].inputs["source"]["buildspec"]
    assert "mlops release" in spec


def test_prod_delivers_what_staging_has_released(tmp_path: Path) -> None:
    found = graph(tmp_path, "flights-prod", {"type": "upstream"})
    assert list(stages(found)) == ["Source", "Deliver"]
    assert found["delivery-role"].inputs["name"] == "flights-prod-pipeline-source-promotion"
    spec = found["delivery-deploy-project"].inputs["source"]["buildspec"]
    assert "--check release.json" in spec


def test_aws_takes_every_resource_of_the_pipeline(tmp_path: Path) -> None:
    source = {"type": "s3", "location": "revisions/source.zip"}
    found = graph(tmp_path, "flights-dev", source, standing=False)
    declared = [one for one in found.resources.values() if one.name.startswith("delivery-")]
    assert len([one for one in declared if one.custom]) > 20
    faults = [
        fault
        for one in declared
        if one.custom
        for fault in lookup(one.type).faults(
            one.name, lookup(one.type).check(one.name, dict(one.inputs))
        )
    ]
    assert faults == []


def test_whoever_hears_of_a_failure_is_led_to_a_section_of_the_runbooks(tmp_path: Path) -> None:
    target = graph(tmp_path, "flights-dev", CONNECTION)["delivery-failed-1"]
    text = target.inputs["inputTransformer"]["inputTemplate"]
    section = text.rpartition("#")[2].strip('"')
    assert f"## {section}" in (ROOT / "docs" / "runbooks.md").read_text().splitlines()


def test_the_roles_that_deploy_a_pipeline_may_change_pipelines(tmp_path: Path) -> None:
    found = graph(tmp_path, "flights-dev", CONNECTION)
    for prefix in ("delivery-deploy-", "deployment-deploy-"):
        policies = [
            one.inputs["policy"]
            for one in found.of_type("aws:iam/policy:Policy")
            if one.name.startswith(prefix)
        ]
        assert any("codepipeline:UpdatePipeline" in policy for policy in policies), prefix
