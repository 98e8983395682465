from __future__ import annotations

import json

from components.model_registry import ModelRegistry
from components.shadow_promotion import ShadowPromotion
from infra._shadow import settling_minutes
from stacks.serving import Rollout
from tests.unit.components.support import KEY, SAGEMAKER, allowed, declare

CHANGES = ("Put", "Create", "Update", "Delete", "Start", "Send", "Invoke")


def changing(may: dict[str, list[str]]) -> set[str]:
    return {one for one in may if one.partition(":")[2].startswith(CHANGES)}


def test_who_only_recommends_may_not_approve() -> None:
    may = allowed(declare(ShadowPromotion, decides="recommend"), "it-policy")
    assert "sagemaker:UpdateModelPackage" not in may
    variables = declare(ShadowPromotion, decides="recommend")["it-function"].inputs["environment"]
    assert variables["variables"]["DECIDES"] == "recommend"


def test_who_approves_may_set_the_approval_of_the_groups_versions_and_nothing_else() -> None:
    graph = declare(ShadowPromotion)
    may = allowed(graph, "it-policy")
    assert changing(may) == {
        "dynamodb:PutItem",
        "logs:CreateLogStream",
        "logs:PutLogEvents",
        "sagemaker:UpdateModelPackage",
        "sqs:SendMessage",
        "xray:PutTelemetryRecords",
        "xray:PutTraceSegments",
    }
    [statement] = [
        one
        for one in json.loads(graph["it-policy"].inputs["policy"])["Statement"]
        if "sagemaker:UpdateModelPackage" in one["Action"]
    ]
    assert statement["Resource"] == f"{SAGEMAKER}:model-package/late/*"
    assert statement["Condition"] == {
        "StringEquals": {"sagemaker:ModelApprovalStatus": ["Approved", "Rejected"]}
    }


def test_it_reads_the_endpoints_captures_and_the_labels_with_their_keys() -> None:
    may = allowed(declare(ShadowPromotion), "it-policy")
    assert may["s3:GetObject"] == [
        "arn:aws:s3:::capture/late/late/*",
        "arn:aws:s3:::raw/labels/late/*",
    ]
    assert {f"{KEY}-of-traffic", f"{KEY}-of-raw"} <= set(may["kms:Decrypt"])


def test_the_clock_asks_with_an_id_and_a_time_and_may_call_this_function_alone() -> None:
    graph = declare(ShadowPromotion)
    schedule = graph["it-schedule"].inputs
    assert schedule["scheduleExpression"] == "rate(1 day)"
    assert json.loads(schedule["target"]["input"]) == {
        "id": "<aws.scheduler.execution-id>",
        "time": "<aws.scheduler.scheduled-time>",
    }
    may = allowed(graph, "it-starter-policy")
    assert may["lambda:InvokeFunction"] == [schedule["target"]["arn"]]


def test_two_comparisons_never_run_at_once() -> None:
    assert declare(ShadowPromotion)["it-function"].inputs["reservedConcurrentExecutions"] == 1


def test_a_registry_tells_of_candidates_only_where_something_shadows_them() -> None:
    def statuses(*, announces_candidates: bool) -> list[str]:
        rule = declare(ModelRegistry, announces_candidates=announces_candidates)["it-approval"]
        found: list[str] = json.loads(rule.inputs["eventPattern"])["detail"]["ModelApprovalStatus"]
        return found

    assert statuses(announces_candidates=False) == ["Approved"]
    assert statuses(announces_candidates=True) == ["Approved", "PendingManualApproval", "Rejected"]


def test_evidence_waits_until_the_slowest_rollout_is_over() -> None:
    def minutes(**settings: object) -> int:
        return settling_minutes(Rollout.model_validate(settings))

    assert minutes(strategy="all_at_once", wait_seconds=0) == 30
    assert minutes(strategy="canary", wait_seconds=300) == 35
    assert minutes(strategy="linear", step_percent=30, wait_seconds=90) == 36
