"""What SageMaker refuses, or silently does otherwise, told before anything is made.

Sources: AWS's pages "Feature exclusions" of Serverless Inference, "Exclusions" of shadow tests and
of deployment guardrails, and "Autoscale an asynchronous endpoint".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from pydantic_core import PydanticCustomError

from stacks.settings import at
from stacks.variants import SHADOW

if TYPE_CHECKING:
    from stacks.serving import Serving

_GPU = re.compile(r"ml\.(g|p)\d")
_INF1 = "ml.inf1."
PROD_INSTANCES = 2
"""Instances a variant needs in prod: Security Hub's SageMaker.4."""


class Broken(NamedTuple):
    """A rule that does not hold."""

    key: str
    rule: str
    got: object
    beside: tuple[str, ...] = ()
    """Other keys that the rule is about."""

    def error(self) -> PydanticCustomError:
        """Return it as pydantic takes it."""
        return at(self.key, self.rule, self.got, beside=self.beside)


def check(serving: Serving) -> None:
    """Raise the first rule that the settings break.

    Raises:
        PydanticCustomError: names key, rule and value.
    """
    for rules in (_sections, _counts, _variants, _serverless, _asynchronous, _shadow, _scaling):
        for broken in rules(serving):
            raise broken.error()
    if serving.rollout.strategy != "all_at_once" and _has(serving, _INF1):
        raise at(
            "rollout.strategy",
            "must be all_at_once on ml.inf1 instances, where SageMaker shifts traffic in one move",
            serving.rollout.strategy,
        )


def check_prod(serving: Serving, where: str) -> None:
    """Raise the first rule of prod that the settings break: Security Hub's SageMaker.4 and .5.

    ``where`` stands before the keys.

    Raises:
        PydanticCustomError: names key, rule and value.
    """
    for broken in _prod(serving):
        raise broken._replace(key=where + broken.key).error()


def _prod(serving: Serving) -> Iterator[Broken]:
    if serving.mode == "serverless":
        yield Broken(
            "mode",
            "must not be serverless in prod: such a model has neither VPC nor network isolation",
            serving.mode,
        )
    # What waits in a queue survives the loss of an instance: there only the first count matters.
    name = "initial_instance_count" if serving.mode == "asynchronous" else "min_instance_count"
    for place, one in enumerate(serving.production_variants):
        count = getattr(one, name)
        if count < PROD_INSTANCES:
            own = serving.variants and getattr(serving.variants[place], name) is not None
            key = f"variants.{place}.{name}" if own else name
            yield Broken(key, f"must be at least {PROD_INSTANCES} in prod", count)


def _sections(serving: Serving) -> Iterator[Broken]:
    for mode in ("asynchronous", "serverless"):
        section = getattr(serving, mode)
        if section is not None and serving.mode != mode:
            yield Broken(
                mode, f"must be absent with mode {serving.mode}", section.model_dump(), ("mode",)
            )
    if serving.mode == "serverless":
        if serving.instance_type is not None:
            yield Broken(
                "instance_type",
                "must be null with mode serverless, which has no instances and no GPU",
                serving.instance_type,
                ("mode",),
            )
    elif serving.instance_type is None:
        yield Broken("instance_type", f"must be set with mode {serving.mode}", None, ("mode",))


def _counts(serving: Serving) -> Iterator[Broken]:
    listed = bool(serving.variants)
    for place, one in enumerate(serving.production_variants):

        def key(name: str, place: int = place) -> str:
            own = listed and getattr(serving.variants[place], name) is not None
            return f"variants.{place}.{name}" if own else name

        low, first, high = (
            one.min_instance_count,
            one.initial_instance_count,
            one.max_instance_count,
        )
        if high < low:
            yield Broken(
                key("max_instance_count"),
                f"must be at least min_instance_count ({low})",
                high,
                (key("min_instance_count"),),
            )
        if not low <= first <= high:
            yield Broken(
                key("initial_instance_count"),
                f"must be {low}-{high}, the range of min_instance_count and max_instance_count",
                first,
                (key("min_instance_count"), key("max_instance_count")),
            )
        if first < 1:
            yield Broken(
                key("initial_instance_count"), "must be at least 1, also to scale to zero", first
            )
        if low < 1 and serving.mode != "asynchronous":
            yield Broken(
                key("min_instance_count"),
                "must be at least 1: only an asynchronous endpoint scales to zero instances",
                low,
                ("mode",),
            )


def _variants(serving: Serving) -> Iterator[Broken]:
    if not serving.variants:
        return
    if serving.model_version is not None:
        yield Broken(
            "model_version", "must be null where variants say their own", serving.model_version
        )
    names = [variant.name for variant in serving.variants]
    if len(set(names)) != len(names):
        yield Broken("variants", "must have names of their own", names)
    if not any(variant.weight for variant in serving.variants):
        yield Broken("variants", "must have a weight above 0 among them", [0.0] * len(names))
    if len(names) > 1 and serving.mode == "serverless":
        yield Broken("variants", "must be one with mode serverless", names, ("mode",))
    if len(names) > 1 and serving.mode == "asynchronous":
        yield Broken(
            "variants",
            "must be one with mode asynchronous: its queue is counted for the endpoint as a whole",
            names,
            ("mode",),
        )


def _serverless(serving: Serving) -> Iterator[Broken]:
    if serving.mode != "serverless":
        return
    if serving.data_capture_percent:
        yield Broken(
            "data_capture_percent",
            "must be 0 with mode serverless, which captures nothing: drift is not measured",
            serving.data_capture_percent,
            ("mode",),
        )
    if serving.rollout.strategy != "all_at_once":
        yield Broken(
            "rollout.strategy",
            "must be all_at_once with mode serverless, which has no deployment guardrails",
            serving.rollout.strategy,
            ("mode",),
        )
    if serving.max_instance_count > 1:
        yield Broken(
            "max_instance_count",
            "must be 1 with mode serverless, which has no instances",
            serving.max_instance_count,
            ("mode",),
        )


def _asynchronous(serving: Serving) -> Iterator[Broken]:
    if serving.mode == "asynchronous" and serving.data_capture_percent:
        yield Broken(
            "data_capture_percent",
            "must be 0 with mode asynchronous: its requests and answers lie in S3 anyway",
            serving.data_capture_percent,
            ("mode",),
        )


def _shadow(serving: Serving) -> Iterator[Broken]:
    if serving.shadow is None:
        return
    if serving.mode != "realtime":
        yield Broken(
            "shadow",
            f"must be absent with mode {serving.mode}",
            serving.shadow.model_dump(),
            ("mode",),
        )
    if len(serving.production_variants) > 1:
        names = [one.name for one in serving.production_variants]
        yield Broken("variants", "must be one beside a shadow", names, ("shadow",))
    if any(one.name == SHADOW for one in serving.production_variants):
        yield Broken("variants.0.name", "must differ from the shadow's", SHADOW, ("shadow",))
    if _has(serving, _INF1):
        yield Broken(
            "instance_type",
            "must not be ml.inf1 beside a shadow",
            serving.instance_type,
            ("shadow",),
        )
    if serving.data_capture_percent == 0:
        yield Broken(
            "data_capture_percent",
            "must be above 0 beside a shadow, whose captured answers are the evidence",
            0,
            ("shadow",),
        )


def _scaling(serving: Serving) -> Iterator[Broken]:
    scaling = serving.scaling
    queued = scaling.metric == "backlog"
    if scaling.metric is not None and queued != (serving.mode == "asynchronous"):
        wanted = "invocations, concurrency or gpu" if queued else "backlog"
        yield Broken(
            "scaling.metric",
            f"must be {wanted} with mode {serving.mode}",
            scaling.metric,
            ("mode",),
        )
    if scaling.metric == "gpu":
        for one in serving.production_variants:
            if not _GPU.match(one.instance_type or ""):
                yield Broken(
                    "scaling.metric",
                    f"must not be gpu on {one.instance_type}, which has none",
                    scaling.metric,
                    ("instance_type",),
                )
    hours = scaling.business_hours
    if hours is None:
        return
    if serving.mode == "serverless":
        yield Broken(
            "scaling.business_hours", "must be absent with mode serverless", hours.days, ("mode",)
        )
    for one in serving.production_variants:
        low, high = one.min_instance_count, one.max_instance_count
        if not low < hours.min_instance_count <= high:
            yield Broken(
                "scaling.business_hours.min_instance_count",
                f"must be above min_instance_count ({low}) and at most max_instance_count ({high})",
                hours.min_instance_count,
                ("min_instance_count", "max_instance_count"),
            )


def _has(serving: Serving, family: str) -> bool:
    return any((one.instance_type or "").startswith(family) for one in serving.production_variants)
