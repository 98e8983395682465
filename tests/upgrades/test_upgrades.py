"""Whoever runs the last release can go on with this code: nothing that lasts is lost."""

from __future__ import annotations

import json
import tomllib
from functools import cache, partial
from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from infra.plan.contract import broken, main, record
from infra.plan.describe import describe
from infra.plan.evaluate import evaluate_stack
from infra.plan.snapshot import Snapshot
from tests.engine import changing
from tests.engine.changing import Storage, declare
from tests.plan.support import snapshot

ROOT = Path(__file__).parents[2]
RECORDS = sorted(Path(__file__).parent.glob("*.json"))


@cache
def standing(stack: str) -> Snapshot:
    return describe(evaluate_stack(stack))


@pytest.mark.parametrize(
    ("release", "stack"),
    [(path.stem, stack) for path in RECORDS for stack in json.loads(path.read_text())],
)
def test_a_stack_of_a_release_loses_nothing(release: str, stack: str) -> None:
    recorded = json.loads((Path(__file__).parent / f"{release}.json").read_text())[stack]
    assert broken(recorded, standing(stack)) == []


def test_there_is_a_record_of_the_projects_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["version"] in [path.stem for path in RECORDS], (
        f"python -m infra.plan.contract {project['version']} writes it"
    )


def promised(program: Any) -> list[dict[str, Any]]:
    return json.loads(json.dumps(record(snapshot(program))))  # type: ignore[no-any-return]


def test_a_renamed_component_fails_with_the_alias_to_add() -> None:
    (said,) = broken(
        promised(declare), snapshot(partial(declare, storage=partial(Storage, "rawer")))
    )
    assert "raw would be deleted and made anew as rawer" in said
    assert 'aliases=[pulumi.Alias(name="raw")]' in said


def test_the_alias_that_it_names_mends_it() -> None:
    aliased = partial(declare, storage=changing.renamed_component)
    assert broken(promised(declare), snapshot(aliased)) == []


def grouped(role: str, **options: Any) -> None:
    made = aws.iam.Role(role, assume_role_policy="{}", opts=pulumi.ResourceOptions(**options))
    aws.sagemaker.FeatureGroup(
        "planes",
        feature_group_name="planes",
        record_identifier_feature_name="tailnum",
        event_time_feature_name="at",
        role_arn=made.arn,
        feature_definitions=[
            {"feature_name": name, "feature_type": "String"} for name in ("tailnum", "at")
        ],
        online_store_config={"enable_online_store": True},
    )


def test_an_alias_keeps_what_lasts_from_following_the_new_name() -> None:
    recorded = promised(partial(grouped, "reader"))
    aliased = partial(grouped, "scribe", aliases=[pulumi.Alias(name="reader")])
    assert broken(recorded, snapshot(aliased)) == []


def test_what_lasts_and_follows_what_is_made_anew_fails_too() -> None:
    said = broken(promised(partial(grouped, "reader")), snapshot(partial(grouped, "scribe")))
    assert "planes (aws:sagemaker/featureGroup:FeatureGroup) would be replaced, for roleArn" in said


def test_a_stateful_resource_that_is_renamed_with_an_alias_and_replaced_fails() -> None:
    def bucket(name: str, **options: Any) -> None:
        aws.s3.Bucket(name, bucket=f"{name}-1", opts=pulumi.ResourceOptions(**options))

    renamed = partial(bucket, "newer", aliases=[pulumi.Alias(name="raw")])
    (said,) = broken(promised(partial(bucket, "raw")), snapshot(renamed))
    assert said == "newer (aws:s3/bucket:Bucket) would be replaced, for bucket"


def test_a_renamed_child_fails_alone() -> None:
    (said,) = broken(
        promised(declare), snapshot(partial(declare, storage=partial(Storage, "raw", child="date")))
    )
    assert "raw-data would be deleted and made anew as raw-date" in said


def test_what_is_simply_gone_fails() -> None:
    said = broken(promised(declare), snapshot(partial(declare, queue=False)))
    assert sorted(one.split(" ")[0] for one in said) == ["letters", "to-queue"]


def test_replacing_what_holds_data_fails() -> None:
    def bucket(name: str) -> None:
        aws.s3.Bucket("raw", bucket=name)

    (said,) = broken(promised(partial(bucket, "a-bucket")), snapshot(partial(bucket, "b-bucket")))
    assert said == "raw (aws:s3/bucket:Bucket) would be replaced, for bucket"


def test_what_holds_data_is_promised_though_its_name_ends_like_a_content() -> None:
    def bucket(name: str) -> None:
        aws.s3.Bucket(name)

    dated, other = partial(bucket, "raw-20260101"), partial(bucket, "other")
    (said,) = broken(promised(dated), snapshot(other))
    assert said == "raw-20260101 (aws:s3/bucket:Bucket) would be deleted"


@pytest.mark.parametrize("version", ["../1.0.0", "1", "1.0.0/x", ""])
def test_a_record_is_of_a_version(version: str) -> None:
    with pytest.raises(SystemExit):
        main([version])


def test_what_comes_beside_breaks_nothing() -> None:
    def more() -> None:
        declare()
        aws.sqs.Queue("more", opts=pulumi.ResourceOptions())

    assert broken(promised(declare), snapshot(more)) == []
