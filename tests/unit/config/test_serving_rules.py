"""What SageMaker cannot serve is told with file, key, rule and value."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from stacks.errors import StackError
from stacks.layers import load
from stacks.serving import Serving

ASYNC = {"mode": "asynchronous", "data_capture_percent": 0}
SERVERLESS = {
    "mode": "serverless",
    "instance_type": None,
    "data_capture_percent": 0,
    "rollout": {"strategy": "all_at_once"},
    "max_instance_count": 1,
}
CANARY = {"rollout": {"strategy": "canary"}}
PAIR = [{"name": "live"}, {"name": "previous", "model_version": "previous"}]
HOURS = {"starts_at": "07:00", "ends_at": "19:00", "min_instance_count": 2}

# fmt: off
REFUSED: dict[str, tuple[str, dict[str, Any], str]] = {
    "a section of another mode": ("staging", {"asynchronous": {"max_concurrent_invocations": 2}},
        "serving.asynchronous must be absent with mode realtime, got {'max_concurrent_invocations"),
    "no instance type": ("staging", {"instance_type": None},
        "serving.instance_type must be set with mode realtime, got null"),
    "serverless on a GPU": ("staging", SERVERLESS | {"instance_type": "ml.g5.xlarge"},
        "serving.instance_type must be null with mode serverless, which has no instances and no"
        " GPU, got 'ml.g5.xlarge'"),
    "serverless with capture": ("staging", SERVERLESS | {"data_capture_percent": 100},
        "serving.data_capture_percent must be 0 with mode serverless, which captures nothing"),
    "serverless with a canary": ("staging", SERVERLESS | CANARY,
        "serving.rollout.strategy must be all_at_once with mode serverless"),
    "serverless that scales": ("staging", SERVERLESS | {"max_instance_count": 2},
        "serving.max_instance_count must be 1 with mode serverless"),
    "two serverless variants": ("staging", SERVERLESS | {"variants": PAIR},
        "serving.variants must be one with mode serverless, got ['live', 'previous']"),
    "warmer than allowed": ("staging",
        SERVERLESS | {"serverless": {"max_concurrency": 2, "provisioned_concurrency": 3}},
        "serving.serverless.provisioned_concurrency must not exceed max_concurrency (2), got 3"),
    "serverless in prod": ("prod",
        SERVERLESS | {"min_instance_count": 1, "initial_instance_count": 1},
        "serving.mode must not be serverless in prod"),
    "asynchronous with capture": ("staging", ASYNC | {"data_capture_percent": 50},
        "serving.data_capture_percent must be 0 with mode asynchronous"),
    "two asynchronous variants": ("staging", ASYNC | {"variants": PAIR},
        "serving.variants must be one with mode asynchronous"),
    "realtime to zero": ("staging", {"min_instance_count": 0},
        "serving.min_instance_count must be at least 1: only an asynchronous endpoint scales to"
        " zero instances, got 0"),
    "one asynchronous instance at first in prod": ("prod",
        ASYNC | {"initial_instance_count": 1, "min_instance_count": 0},
        "serving.initial_instance_count must be at least 2 in prod, got 1"),
    "variants and a pin": ("staging", {"variants": PAIR, "model_version": 3},
        "serving.model_version must be null where variants say their own, got 3"),
    "a name twice": ("staging", {"variants": [{"name": "a"}, {"name": "a"}]},
        "serving.variants must have names of their own, got ['a', 'a']"),
    "no weight at all": ("staging", {"variants": [{"name": "a", "weight": 0}]},
        "serving.variants must have a weight above 0 among them, got [0.0]"),
    "a variant on one instance in prod": ("prod",
        {"variants": [{"name": "a", "min_instance_count": 1}]},
        "serving.variants.0.min_instance_count must be at least 2 in prod, got 1"),
    "a shadow beside two": ("prod", {"variants": PAIR, "shadow": {}},
        "serving.variants must be one beside a shadow, got ['live', 'previous']"),
    "a shadow nobody captures": ("prod", {"data_capture_percent": 0, "shadow": {}},
        "serving.data_capture_percent must be above 0 beside a shadow"),
    "a shadow of a queue": ("prod", ASYNC | {"shadow": {"sampling_percent": 5}},
        "serving.shadow must be absent with mode asynchronous"),
    "a shadow on inf1": ("prod",
        {"instance_type": "ml.inf1.xlarge", "shadow": {}},
        "serving.instance_type must not be ml.inf1 beside a shadow"),
    "a shadow of what is approved at once": ("staging", {"shadow": {}},
        "use_cases.flights.approval must be manual beside a shadow: what is approved at once is"
        " never shadowed, got 'automatic'"),
    "more days than are looked at": ("prod",
        {"shadow": {"promotion": {"window_days": 5, "min_days": 6}}},
        "serving.shadow.promotion.min_days must be at most window_days (5), got 6.0"),
    "a canary on inf1": ("prod", {"instance_type": "ml.inf1.xlarge"},
        "serving.rollout.strategy must be all_at_once on ml.inf1 instances"),
    "gpu without one": ("staging", {"scaling": {"metric": "gpu"}},
        "serving.scaling.metric must not be gpu on ml.m5.large, which has none, got 'gpu'"),
    "more than a GPU": ("staging", {"scaling": {"metric": "gpu", "target": 120}},
        "serving.scaling.target must be at most 100 (%) with metric gpu, got 120"),
    "backlog without a queue": ("staging", {"scaling": {"metric": "backlog"}},
        "serving.scaling.metric must be invocations, concurrency or gpu with mode realtime"),
    "a queue by invocations": ("staging", ASYNC | {"scaling": {"metric": "invocations"}},
        "serving.scaling.metric must be backlog with mode asynchronous, got 'invocations'"),
    "hours backwards": ("staging", {"scaling": {"business_hours": HOURS | {"ends_at": "06:00"}}},
        "serving.scaling.business_hours.ends_at must be later than starts_at (07:00), got '06:00'"),
    "hours above the maximum": ("staging",
        {"scaling": {"business_hours": HOURS | {"min_instance_count": 9}}},
        "serving.scaling.business_hours.min_instance_count must be above min_instance_count (1) and"
        " at most max_instance_count (2), got 9"),
    "hours that lower prod": ("prod",
        {"scaling": {"business_hours": HOURS | {"min_instance_count": 1}}},
        "serving.scaling.business_hours.min_instance_count must be above min_instance_count (2) and"
        " at most max_instance_count (8), got 1"),
    "no such zone": ("staging",
        {"scaling": {"business_hours": HOURS | {"time_zone": "Europe/Berlim"}}},
        "serving.scaling.business_hours.time_zone must be a time zone of the IANA database, got"
        " 'Europe/Berlim'; close to it: Europe/Berlin"),
}
# fmt: on


def change(project: Path, environment: str, serving: dict[str, Any], **beside: Any) -> None:
    path = project / "stacks" / f"Pulumi.flights-{environment}.yaml"
    held = yaml.safe_load(path.read_text())
    held["config"]["mlops-loop:platform"]["use_cases"]["flights"] |= {
        "serving": serving,
        **beside,
    }
    path.write_text(yaml.safe_dump(held, sort_keys=False))


@pytest.mark.parametrize("case", REFUSED)
def test_what_sagemaker_cannot_serve_is_refused(project: Path, case: str) -> None:
    environment, serving, words = REFUSED[case]
    change(project, environment, serving)
    with pytest.raises(StackError) as refused:
        load(f"flights-{environment}", project)
    assert words in str(refused.value)


def test_serverless_in_a_network_is_refused(project: Path) -> None:
    change(project, "staging", SERVERLESS)
    with pytest.raises(StackError, match=r"serving\.mode must not be serverless in a network"):
        load("flights-staging", project)


@pytest.mark.parametrize(
    "serving",
    [
        {"variants": PAIR},
        ASYNC | {"min_instance_count": 0},
        SERVERLESS,
        {"max_instance_count": 2, "scaling": {"business_hours": HOURS}},
        {"scaling": {"metric": "concurrency", "target": 8}},
    ],
    ids=["two variants", "a queue to zero", "serverless", "hours", "concurrency"],
)
def test_what_sagemaker_can_serve_is_taken(project: Path, serving: dict[str, Any]) -> None:
    change(project, "sandbox", serving)
    assert load("flights-sandbox", project)


def settings(**changed: Any) -> Serving:
    known = {"instance_type": "ml.m5.large", "rollout": {"strategy": "all_at_once"}}
    return Serving.model_validate_json(json.dumps(known | changed))


def test_a_variant_takes_from_the_endpoint_what_it_does_not_say() -> None:
    variants = [{"name": "a"}, {"name": "b", "instance_type": "ml.c5.large", "weight": 3}]
    first, second = settings(variants=variants, max_instance_count=4).production_variants
    assert (first.instance_type, first.max_instance_count) == ("ml.m5.large", 4)
    assert (second.instance_type, second.weight) == ("ml.c5.large", 3)


def test_a_pinned_version_is_that_of_the_one_variant() -> None:
    (only,) = settings(model_version=4).production_variants
    assert (only.name, only.model_version) == ("live", 4)


def test_a_queue_is_scaled_by_its_backlog() -> None:
    queued = settings(**ASYNC)
    assert (queued.scaling_metric, queued.scaling_target) == ("backlog", 5)
    assert settings().scaling_metric == "invocations"
