"""Deployments and jobs whose fields do not fit together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from infra.kubernetes.pods import containers
from infra.kubernetes.selectors import matches


def deployment(spec: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is wrong with a deployment's spec."""
    policy = spec["template"]["spec"].get("restartPolicy", "Always")
    if policy != "Always":
        yield f"spec.template.spec.restartPolicy must be Always, got {policy}"
    rolling = (spec.get("strategy") or {}).get("rollingUpdate") or {}
    if {str(rolling.get(key)) for key in ("maxSurge", "maxUnavailable")} <= {"0", "0%"}:
        yield "spec.strategy.rollingUpdate.maxUnavailable must not be 0 where maxSurge is, got 0"
    deadline, ready = spec.get("progressDeadlineSeconds", 600), spec.get("minReadySeconds", 0)
    if deadline <= ready:
        rule = f"must be more than minReadySeconds {ready}"
        yield f"spec.progressDeadlineSeconds {rule}, got {deadline}"
    selector = spec.get("selector") or {}
    if not selector.get("matchLabels") and not selector.get("matchExpressions"):
        yield f"spec.selector must choose by one label at least, got {selector}"
        return
    labels = (spec["template"].get("metadata") or {}).get("labels") or {}
    if not matches(selector, labels):
        rule = f"must be ones that spec.selector chooses, {dict(selector)}"
        yield f"spec.template.metadata.labels {rule}, got {dict(labels)}"
    if (limit := spec["template"]["spec"].get("activeDeadlineSeconds")) is not None:
        yield f"spec.template.spec.activeDeadlineSeconds must be left out, got {limit}"


def job(spec: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is wrong with a job's spec."""
    policy = spec["template"]["spec"].get("restartPolicy")
    if policy not in {"OnFailure", "Never"}:
        yield f"spec.template.spec.restartPolicy must be OnFailure or Never, got {policy}"
    indexed = spec.get("completionMode") == "Indexed"
    if indexed and spec.get("completions") is None:
        yield "spec.completions must be given where completionMode is Indexed, got None"
    for name in ("backoffLimitPerIndex", "maxFailedIndexes", "successPolicy"):
        if not indexed and spec.get(name) is not None:
            yield f"spec.{name} must be left out where completionMode is not Indexed, got it"
    if spec.get("manualSelector") and not spec.get("selector"):
        yield "spec.selector must be given where manualSelector is true, got None"
    yield from _failures(spec)


def _failures(spec: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is wrong with what becomes of a job whose pods fail."""
    counted = spec.get("backoffLimitPerIndex") is not None
    if not counted and spec.get("maxFailedIndexes") is not None:
        yield "spec.backoffLimitPerIndex must be given beside maxFailedIndexes, got None"
    most, completions = spec.get("maxFailedIndexes"), spec.get("completions")
    if most is not None and completions is not None and most > completions:
        yield f"spec.maxFailedIndexes must be at most completions {completions}, got {most}"
    pod = spec["template"]["spec"]
    rules = (spec.get("podFailurePolicy") or {}).get("rules") or ()
    if rules and pod.get("restartPolicy") != "Never":
        rule = "must be Never where podFailurePolicy is given"
        yield f"spec.template.spec.restartPolicy {rule}, got {pod.get('restartPolicy')}"
    names = [str(one.get("name")) for _, one in containers(pod, "")]
    for index, rule in enumerate(rules):
        at = f"spec.podFailurePolicy.rules[{index}]"
        if rule.get("action") == "FailIndex" and not counted:
            yield f"{at}.action must be another without backoffLimitPerIndex, got FailIndex"
        codes = rule.get("onExitCodes") or {}
        if codes.get("containerName") not in {None, *names}:
            told = f"must be one of {', '.join(names)}"
            yield f"{at}.onExitCodes.containerName {told}, got {codes['containerName']!r}"
        values = codes.get("values") or []
        if values != sorted(set(values)):
            yield f"{at}.onExitCodes.values must be in order, each once, got {values}"
        if codes.get("operator") == "In" and 0 in values:
            yield f"{at}.onExitCodes.values must not hold 0, which is no failure, got {values}"
