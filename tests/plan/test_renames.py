"""What looks renamed comes with the alias that keeps it: the alias that is told does so."""

from __future__ import annotations

from functools import partial

import pulumi
import pulumi_aws as aws
import pytest

from infra.plan.compare import compare
from infra.plan.renames import renames
from tests.plan.support import snapshot

BUCKET = "aws:s3/bucket:Bucket"
Options = pulumi.ResourceOptions


def raw(
    kind: str | None, name: str = "raw", *, own: Options | None = None, child: Options | None = None
) -> None:
    """Declare a bucket within a component of that class, or in none."""
    component = pulumi.ComponentResource(f"test:index:{kind}", name, None, own) if kind else None
    aws.s3.Bucket("raw-data", opts=Options.merge(Options(parent=component), child))


@pytest.mark.parametrize(
    ("before", "after", "mended"),
    [
        (partial(raw, "Storage"), partial(raw, "Depot"), "own"),
        (partial(raw, "Storage"), partial(raw, "Storage", 'r"a`w'), "own"),
        (partial(raw, 'Sto"rage'), partial(raw, None), "child"),
        (partial(raw, None), partial(raw, "Storage"), "child"),
    ],
)
def test_the_alias_that_is_told_keeps_it(
    before: partial[None], after: partial[None], mended: str
) -> None:
    (rename,) = renames(compare(snapshot(before), snapshot(after)))
    told = eval(rename.alias.removeprefix("opts="), {"pulumi": pulumi})  # noqa: S307 - as a reader would
    kept = snapshot(partial(after, **{mended: told}))
    found = {one.type: one.operation for one in compare(snapshot(before), kept)}
    assert found.get(BUCKET, "move") == "move"
    if mended == "own":
        assert set(found.values()) == {"move"}


def test_another_class_of_another_name_is_no_rename() -> None:
    found = compare(snapshot(partial(raw, "Storage")), snapshot(partial(raw, "Depot", "other")))
    assert [one.was.rpartition("::")[2] for one in renames(found)] == ["raw-data"]


def test_a_resource_of_another_type_is_no_rename() -> None:
    found = compare(snapshot(lambda: aws.sns.Topic("a")), snapshot(lambda: aws.sqs.Queue("a")))
    assert renames(found) == []
