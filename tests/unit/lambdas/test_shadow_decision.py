from __future__ import annotations

import random
import re
from dataclasses import replace

import pytest
from sklearn.metrics import roc_auc_score

from pipelines.shared.shadow.decision import Agreement, Facts, Health, Limits, decide
from pipelines.shared.shadow.ranking import auc

LIMITS = Limits(
    min_requests=1000,
    min_days=7,
    min_labels=500,
    max_auc_loss=0.005,
    max_mean_difference=0.2,
    max_latency_ratio=1.5,
    max_error_percent=1.0,
)
AGREEMENT = Agreement(
    requests=1000,
    rows=5000,
    mean_difference=0.05,
    labelled=500,
    auc_production=0.70,
    auc_shadow=0.71,
)
GOOD = Facts(
    version=4,
    production_version=3,
    approval="PendingManualApproval",
    endpoint_status="InService",
    days=7.0,
    agreement=AGREEMENT,
    production=Health(1000, 0, 20.0),
    shadow=Health(1000, 0, 25.0),
)


def facts(**changed: object) -> Facts:
    """Return what promotes, some of it changed; what the agreement holds is changed within it."""
    inner = {name: value for name, value in changed.items() if hasattr(AGREEMENT, name)}
    outer = {name: value for name, value in changed.items() if name not in inner}
    return replace(GOOD, agreement=replace(AGREEMENT, **inner), **outer)  # type: ignore[arg-type]


def test_a_shadow_that_is_better_on_enough_evidence_is_promoted() -> None:
    decision = decide(GOOD, LIMITS)
    assert (decision.verdict, decision.rule) == ("promote", "evidence")
    assert "version 4 beside version 3" in decision.reason
    assert "AUC 0.7100 beside 0.7000 on 500 labelled rows" in decision.reason


@pytest.mark.parametrize(
    ("changed", "verdict", "rule", "reason"),
    [
        ({"approval": "Approved"}, "keep", "decided", "is Approved already"),
        ({"endpoint_status": "Updating"}, "keep", "updating", "while the endpoint is Updating"),
        ({"requests": 999}, "keep", "requests", "999 requests .* minimum is 1000$"),
        (
            {"requests": 0, "unidentified": 80},
            "keep",
            "requests",
            "80 captured answers carry no inference id",
        ),
        ({"days": 6.9}, "keep", "days", "watched for 6.9 days; the minimum is 7"),
        ({"labelled": 499}, "keep", "labels", "499 labelled answers; the minimum is 500"),
        ({"auc_shadow": None}, "keep", "labels", "all of one kind"),
        ({"auc_shadow": 0.694}, "reject", "auc", "AUC 0.6940 where production has 0.7000"),
        ({"mean_difference": 0.21}, "keep", "difference", "0.2100 away .* a person"),
        ({"shadow": Health(1000, 0, 31.0)}, "reject", "latency", r"31.0 ms \(p99\), 1.55 times"),
        ({"shadow": Health(1000, 0, None)}, "keep", "latency", "no latency in CloudWatch"),
        ({"shadow": Health(1000, 11, 25.0)}, "reject", "errors", "fails 1.10 %"),
    ],
)
def test_the_first_rule_that_does_not_hold_decides(
    changed: dict[str, object], verdict: str, rule: str, reason: str
) -> None:
    decision = decide(facts(**changed), LIMITS)
    assert (decision.verdict, decision.rule) == (verdict, rule)
    assert re.search(reason, decision.reason), decision.reason


def test_a_shadow_that_answers_nothing_is_rejected_though_nothing_can_be_joined() -> None:
    broken = facts(requests=0, days=0.5, shadow=Health(1000, 1000, 25.0))
    assert decide(broken, LIMITS).verdict == "reject"


def test_errors_that_production_makes_too_are_not_held_against_the_shadow() -> None:
    both = facts(production=Health(1000, 30, 20.0), shadow=Health(1000, 35, 25.0))
    assert decide(both, LIMITS).verdict == "promote"


def test_a_few_failures_before_the_minimum_of_requests_do_not_reject() -> None:
    early = facts(requests=3, shadow=Health(5, 2, 25.0))
    assert decide(early, LIMITS).rule == "requests"


def test_a_loss_of_auc_within_the_margin_is_borne() -> None:
    assert decide(facts(auc_shadow=0.6951), LIMITS).verdict == "promote"


def test_a_use_case_without_labels_is_judged_by_the_other_rules() -> None:
    unlabelled = facts(labelled=0, auc_shadow=None, auc_production=None)
    without = replace(LIMITS, min_labels=0)
    assert decide(unlabelled, LIMITS).verdict == "keep"
    assert decide(unlabelled, without).verdict == "promote"
    apart = replace(unlabelled, agreement=replace(unlabelled.agreement, mean_difference=0.5))
    assert decide(apart, without).verdict == "keep"


def test_the_area_under_the_curve_is_that_of_scikit_learn_ties_included() -> None:
    drawn = random.Random(7)  # noqa: S311 - a sample
    scores = [round(drawn.random(), 2) for _ in range(3000)]
    truth = [drawn.random() < score for score in scores]
    assert auc(scores, truth) == pytest.approx(roc_auc_score(truth, scores), abs=1e-12)


@pytest.mark.parametrize("truth", [[], [True, True], [False]])
def test_of_one_kind_alone_nothing_can_be_ranked(truth: list[bool]) -> None:
    assert auc([0.5] * len(truth), truth) is None
