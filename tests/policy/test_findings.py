"""Severities, waivers, and what a change breaks."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from infra.plan.findings import compare
from infra.plan.render.findings import markdown
from infra.plan.snapshot import Planned, Snapshot
from infra.policy.findings import WAIVERS, Finding, findings, undecided
from infra.policy.model import UNKNOWN, Resource
from infra.policy.settings import Settings

TODAY = datetime.date(2026, 11, 21)
TOPIC = "aws:sns/topic:Topic"
POLICY = "aws:iam/policy:Policy"
TAGS = {"project": "one", "environment": "dev", "owner": "one", "team": "one"}


def urn(name: str, token: str = TOPIC) -> str:
    return f"urn:pulumi:flights-dev::mlops-loop::{token}::{name}"


def topic(name: str, **props: Any) -> Resource:
    return Resource(urn=urn(name), type=TOPIC, name=name, props={"tags": TAGS, **props})


def waiver(**values: Any) -> dict[str, Any]:
    return {
        "rule": "SNS.1",
        "resource": "news-*",
        "owner": "flights@example.com",
        "reason": "it says nothing that is not public",
        "expires": "2026-12-31",
        **values,
    }


def answers(*resources: Resource, **policy: Any) -> list[Finding]:
    others = ("AwsSolutions-IAM5", "AwsSolutions-SNS3", "CloudTrail.1", "CloudTrail.3")
    off = dict.fromkeys(others, "disabled")
    values = {**policy, "severities": {**off, **policy.get("severities", {})}}
    return findings(resources, Settings.read(values, TODAY), name="flights-dev")


def test_a_mandatory_rule_stops_an_advisory_one_tells_a_disabled_one_is_silent() -> None:
    told = {
        level: answers(topic("news-one"), severities={"SNS.1": level})
        for level in ("mandatory", "advisory", "disabled")
    }
    assert [(one.severity, one.stops) for one in told["mandatory"]] == [("mandatory", True)]
    assert [(one.severity, one.stops) for one in told["advisory"]] == [("advisory", False)]
    assert told["disabled"] == []


def test_a_finding_says_what_is_wrong_where_and_what_to_do() -> None:
    (found,) = answers(topic("news-one"))
    assert found.says == "news-one: kmsMasterKeyId must be a customer key, got nothing"
    assert found.remedy == "Give the topic a kmsMasterKeyId"
    assert found.key == f"SNS.1 {urn('news-one')} {found.what}"


def test_a_waiver_covers_what_it_names_and_nothing_else() -> None:
    found = answers(topic("news-one"), topic("other"), waivers=[waiver()])
    assert {one.resource: one.waived is not None for one in found} == {
        "news-one": True,
        "other": False,
    }
    assert [one.resource for one in found if one.stops] == ["other"]


def test_a_waiver_counts_on_its_last_day() -> None:
    (found,) = answers(topic("news-one"), waivers=[waiver(expires="2026-11-21")])
    assert found.waived is not None


def test_an_expired_waiver_stops_and_says_whose_it_was_and_since_when() -> None:
    found = answers(
        topic("news-one"),
        severities={"SNS.1": "advisory"},
        waivers=[waiver(expires="2026-11-20")],
    )
    over = next(one for one in found if one.rule == WAIVERS)
    assert over.stops
    assert over.what == "waiver of SNS.1 by flights@example.com expired on 2026-11-20"
    assert [one.waived for one in found if one.rule == "SNS.1"] == [None]


def test_a_waiver_that_matches_nothing_is_told_and_stops_nothing() -> None:
    (found,) = answers(topic("news-one", kmsMasterKeyId="one"), waivers=[waiver()])
    assert (found.rule, found.severity, found.stops) == (WAIVERS, "advisory", False)
    assert "matches nothing" in found.what


def giving(**statements: list[str]) -> Resource:
    document = {
        "Statement": [
            {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": "one"}
            for sid, actions in statements.items()
        ]
    }
    return Resource(
        urn=urn("it", POLICY), type=POLICY, name="it", props={"policy": document, "tags": TAGS}
    )


@pytest.mark.parametrize(
    ("at", "covers"),
    [("Named *", {"Named s3:*", "Named sns:*"}), ("Named s3:*", {"Named s3:*"})],
)
def test_a_waiver_may_name_one_statement_of_several_or_what_it_gives(
    at: str, covers: set[str]
) -> None:
    policy = giving(Named=["s3:*", "sns:*"], Other=["sqs:*"])
    found = answers(policy, waivers=[waiver(rule="IAM.21", resource="it", at=at)])
    assert {one.at for one in found} == {"Named s3:*", "Named sns:*", "Other sqs:*"}
    assert {one.at for one in found if one.waived} == covers


def test_what_only_aws_knows_is_left_undecided() -> None:
    policy = Resource(
        urn=urn("it", POLICY), type=POLICY, name="it", props={"policy": UNKNOWN, "tags": TAGS}
    )
    assert answers(policy) == []
    assert ("IAM.1", policy.urn) in undecided([policy], Settings.read({}, TODAY))


@pytest.mark.parametrize("order", [1, -1])
def test_what_is_known_to_be_broken_is_told_beside_what_is_not_known(order: int) -> None:
    token = "aws:sagemaker/endpointConfiguration:EndpointConfiguration"  # noqa: S105 - a type
    variants = [
        {"variantName": "known", "initialInstanceCount": 1},
        {"variantName": "open", "initialInstanceCount": UNKNOWN},
    ][::order]
    given = Resource(
        urn=urn("it", token), type=token, name="it", props={"productionVariants": variants}
    )
    assert [one.at for one in answers(given) if one.rule == "SageMaker.4"] == ["known"]


def snapshot(*resources: Resource, **policy: Any) -> Snapshot:
    return Snapshot(
        stack="flights-dev",
        resources={
            one.urn: Planned(
                urn=one.urn, type=one.type, name=one.name, custom=True, inputs=dict(one.props)
            )
            for one in resources
        },
        config={"policy": policy},
    )


def test_what_a_change_breaks_stands_apart_from_what_was_broken() -> None:
    before = snapshot(topic("old"), topic("mended"))
    after = snapshot(topic("old"), topic("new"), topic("mended", kmsMasterKeyId="one"))
    found = compare(before, after, TODAY)

    def of(ones: tuple[Finding, ...]) -> list[str]:
        return [one.resource for one in ones if one.rule == "SNS.1"]

    assert (of(found.new), of(found.standing), of(found.mended)) == (["new"], ["old"], ["mended"])
    assert [one.resource for one in found.stopping if one.rule == "SNS.1"] == ["new", "old"]


def test_a_second_place_of_the_same_kind_is_new() -> None:
    token = "aws:sagemaker/model:Model"  # noqa: S105 - a type
    one, two = (
        Resource(urn=urn("it", token), type=token, name="it", props={"containers": containers})
        for containers in ([{"image": "one"}], [{"image": "one"}, {"image": "two"}])
    )
    found = compare(snapshot(one), snapshot(two), TODAY)
    assert [one.at for one in found.new if one.rule == "SageMaker.19"] == ["2"]


def test_what_a_change_no_longer_asks_is_not_mended() -> None:
    found = compare(
        snapshot(topic("one")), snapshot(topic("one"), severities={"SNS.1": "disabled"}), TODAY
    )
    assert [one.rule for one in found.mended if one.rule == "SNS.1"] == []
    assert [one.rule for one in found.silenced] == ["SNS.1"]
    assert "No longer asked, by the stack's settings:" in markdown(found)


def test_what_a_statement_gives_besides_is_new() -> None:
    found = compare(
        snapshot(giving(Named=["s3:*"])), snapshot(giving(Named=["s3:*", "sns:*"])), TODAY
    )
    assert [one.at for one in found.new if one.rule == "IAM.21"] == ["Named sns:*"]


def test_what_a_change_no_longer_waives_is_new() -> None:
    before = snapshot(topic("news-one"), waivers=[waiver()])
    after = snapshot(topic("news-one"))
    assert [one.rule for one in compare(before, after, TODAY).new] == ["SNS.1"]


def test_a_waiver_of_what_a_plan_alone_sees_is_not_of_no_use() -> None:
    held = waiver(rule="mlops-no-stateful-replacement", resource="raw", at="replace")
    assert answers(topic("one", kmsMasterKeyId="one"), waivers=[held]) == []


@pytest.mark.parametrize(
    ("rule", "token", "props"),
    [
        ("CloudTrail.6", "aws:cloudtrail/trail:Trail", {"s3BucketName": "of-another-stack"}),
        (
            "CKV2_AWS_68",
            "aws:sagemaker/notebookInstance:NotebookInstance",
            {"roleArn": "arn:aws:iam::123456789012:role/of-another-stack"},
        ),
        (
            "sagemaker_training_jobs_network_isolation_enabled",
            "aws:sagemaker/pipeline:Pipeline",
            {"pipelineDefinitionS3Location": {"bucket": "one", "objectKey": "one.json"}},
        ),
        (
            "mlops-gpu-types",
            "aws:sagemaker/endpointConfiguration:EndpointConfiguration",
            {"productionVariants": [{"variantName": "live", "instanceType": UNKNOWN}]},
        ),
    ],
)
def test_what_stands_elsewhere_or_is_chosen_later_is_left_undecided(
    rule: str, token: str, props: dict[str, Any]
) -> None:
    given = Resource(urn=urn("it", token), type=token, name="it", props=props)
    assert [one.rule for one in answers(given) if one.rule == rule] == []
    assert (rule, given.urn) in undecided([given], Settings.read({}, TODAY))


def test_zones_that_aws_chooses_are_left_undecided() -> None:
    kinds = {"one": "aws:ec2/subnet:Subnet", "it": "aws:lambda/function:Function"}
    subnet, function = (
        Resource(
            urn=urn(name, token),
            type=token,
            name=name,
            props={"vpcConfig": {"subnetIds": ["subnet-1", "subnet-2"]}} if name == "it" else {},
            refers={"vpcConfig": [urn("one", kinds["one"])]} if name == "it" else {},
        )
        for name, token in kinds.items()
    )
    given = [subnet, function]
    assert [one.rule for one in answers(*given) if one.rule == "Lambda.5"] == []
    assert ("Lambda.5", function.urn) in undecided(given, Settings.read({}, TODAY))


def test_a_tag_may_have_a_name_with_dots() -> None:
    tagged = topic("news-one", kmsMasterKeyId="one", tags={"cost.center": "one"})
    assert answers(tagged, required_tags=["cost.center"]) == []
