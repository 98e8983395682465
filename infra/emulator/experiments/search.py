"""``Search`` over trial components; of other resources moto finds what it can.

Source: SageMaker's API reference, ``Search``, ``SearchExpression``, ``Filter``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from moto.sagemaker.exceptions import ValidationError

from infra.emulator.experiments import api
from infra.emulator.lineage.observe import observe
from infra.emulator.sagemaker_api import Call, page

COMPONENT = "ExperimentTrialComponent"
STATISTICS = frozenset({"Avg", "Count", "Last", "Max", "Min", "StdDev"})
MEMBERS = frozenset(
    {
        "CreatedBy",
        "CreationTime",
        "DisplayName",
        "EndTime",
        "InputArtifacts",
        "LastModifiedBy",
        "LastModifiedTime",
        "Metrics",
        "OutputArtifacts",
        "Parameters",
        "Parents",
        "Source",
        "StartTime",
        "Status",
        "Tags",
        "TrialComponentArn",
        "TrialComponentName",
    }
)
"""Of a component, what a filter may name."""
Test = Callable[[Any, str], bool]


def search(call: Call) -> Mapping[str, Any]:
    """Return the components that an expression finds, newest first unless told otherwise.

    Raises:
        ValidationError: a filter names no property, or an operator that there is not.
    """
    asked = call.parameters
    expression = asked.get("SearchExpression")
    if asked["Resource"] != COMPONENT:
        found: Mapping[str, Any] = call.backend.search(asked["Resource"], expression)
        return found
    observe(call.context, call.backend)
    components = [
        {
            **api.told(one),
            "Parents": api.parents(call, one),
            "Tags": list(one.tags),
        }
        for one in call.backend.trial_components.values()
    ]
    kept = [one for one in components if matches(one, expression or {})]
    for condition in asked.get("VisibilityConditions") or []:
        kept = [one for one in kept if condition["Value"] in values(one, condition["Key"])]
    by = asked.get("SortBy") or "LastModifiedTime"
    kept.sort(key=lambda one: _rank(one, by), reverse=asked.get("SortOrder") != "Ascending")
    rows, token = page(kept, asked, default=10)
    return {"Results": [{"TrialComponent": one} for one in rows], "NextToken": token}


def matches(item: Mapping[str, Any], expression: Mapping[str, Any]) -> bool:
    """Tell whether an expression finds a component; one without conditions finds everything.

    Raises:
        ValidationError: a filter names no property, or an operator that there is not.
    """
    results = [
        *(_holds(item, one) for one in expression.get("Filters") or []),
        *(_nested(item, one) for one in expression.get("NestedFilters") or []),
        *(matches(item, one) for one in expression.get("SubExpressions") or []),
    ]
    either = expression.get("Operator") == "Or"
    return not results or (any(results) if either else all(results))


def values(item: Mapping[str, Any], path: str) -> list[Any]:
    """Return what a component has under a name such as ``Parents.ExperimentName``.

    Parameters are named ``Parameters.max_depth``, metrics ``Metrics.validation:auc.Last``, tags by
    their keys.

    Raises:
        ValidationError: it names no property.
    """
    head, _, rest = path.partition(".")
    head = head[:1].upper() + head[1:]
    if head not in MEMBERS:
        raise ValidationError(f"Unknown property name: {path}")
    held = item.get(head)
    if head == "Tags":
        return [one["Value"] for one in held or () if one["Key"] == rest]
    if head == "Parameters" and rest:
        name = rest.removesuffix(".NumberValue").removesuffix(".StringValue")
        value = (held or {}).get(name)
        return [] if value is None else list(value.values())
    if head == "Metrics" and rest:
        name, _, statistic = rest.rpartition(".")
        wanted = next((one for one in STATISTICS if one.lower() == statistic.lower()), None)
        if wanted is None:
            raise ValidationError(f"{path} must end in one of {sorted(STATISTICS)}")
        return [one[wanted] for one in held or () if one["MetricName"] == name]
    return list(_walk(held, rest.split(".") if rest else []))


def _walk(value: Any, parts: list[str]) -> Iterator[Any]:  # noqa: ANN401 - nested JSON
    if isinstance(value, list):
        for one in value:
            yield from _walk(one, parts)
    elif not parts:
        if value is not None:
            yield value
    elif isinstance(value, Mapping):
        yield from _walk(value.get(parts[0]), parts[1:])


def _holds(item: Mapping[str, Any], condition: Mapping[str, str]) -> bool:
    operator, wanted = condition.get("Operator", "Equals"), condition.get("Value", "")
    found = values(item, condition["Name"])
    if operator in {"Exists", "NotExists"}:
        return bool(found) == (operator == "Exists")
    if operator == "NotEquals":
        return not any(_TESTS["Equals"](one, wanted) for one in found)
    if operator not in _TESTS:
        raise ValidationError(f"Operator must be one of {sorted(_TESTS)}, got {operator}")
    return any(_TESTS[operator](one, wanted) for one in found)


def _nested(item: Mapping[str, Any], nested: Mapping[str, Any]) -> bool:
    """Tell whether one element of a list meets all the filters."""
    name = nested["NestedPropertyName"]
    return any(
        all(_holds({**item, name: [element]}, one) for one in nested["Filters"])
        for element in item.get(name) or []
    )


def _order(value: Any, wanted: str) -> int:  # noqa: ANN401 - a number, a time or a text
    """Compare as numbers or times where the property is one: -1, 0 or 1."""
    try:
        if isinstance(value, datetime):
            other: Any = datetime.fromisoformat(wanted.replace("Z", "+00:00"))
        elif isinstance(value, int | float):
            other = float(wanted)
        else:
            other = wanted
        return int(value > other) - int(value < other)
    except (TypeError, ValueError) as error:
        raise ValidationError(f"Value {wanted!r} cannot be compared with {value!r}") from error


_TESTS: Mapping[str, Test] = {
    "Equals": lambda value, wanted: _order(value, wanted) == 0,
    "GreaterThan": lambda value, wanted: _order(value, wanted) > 0,
    "GreaterThanOrEqualTo": lambda value, wanted: _order(value, wanted) >= 0,
    "LessThan": lambda value, wanted: _order(value, wanted) < 0,
    "LessThanOrEqualTo": lambda value, wanted: _order(value, wanted) <= 0,
    "Contains": lambda value, wanted: wanted in str(value),
    "In": lambda value, wanted: str(value) in wanted.split(","),
}


def _rank(item: Mapping[str, Any], path: str) -> tuple[int, Any, Any]:
    """Put what has no such property last in descending order, and numbers apart from texts."""
    found = values(item, path)
    if not found:
        return (0, 0, 0)
    value = found[0]
    if isinstance(value, datetime):
        return (1, value.timestamp(), 0)
    return (1, value, 0) if isinstance(value, int | float) else (2, str(value), 0)
