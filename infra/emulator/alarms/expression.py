"""Metric math, as far as alarms here use it; anything else is refused when the alarm is put.

Numbers, metric ids, ``+ - * / ^``, comparisons and ``AND``/``OR`` (1 or 0), ``IF(c, a, b)``,
``ABS``, ``CEIL``, ``FLOOR``, ``FILL(m, number)``, and ``MIN``, ``MAX``, ``SUM``, ``AVG`` over
``[m1, m2]`` or ``METRICS()``. An operand without data makes the result a point without data.
"""

from __future__ import annotations

import ast
import math
import operator
import re
from collections.abc import Callable, Mapping, Sequence

Point = float | None
NAME = re.compile(r"[A-Za-z_]\w*")

_BINARY: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Pow: operator.pow,
}
_COMPARE: dict[type[ast.cmpop], Callable[[float, float], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_SCALAR: dict[str, Callable[[float], float]] = {"ABS": abs, "CEIL": math.ceil, "FLOOR": math.floor}
_LISTS: dict[str, Callable[[Sequence[float]], float]] = {
    "MIN": min,
    "MAX": max,
    "SUM": sum,
    "AVG": lambda values: sum(values) / len(values),
}


class ExpressionError(ValueError):
    """An expression that is wrong, or beyond what is emulated."""


def parse(text: str, names: Sequence[str]) -> ast.expr:
    """Return the expression's tree.

    Raises:
        ExpressionError: syntax, a name that is no metric id, or a function that is not emulated.
    """
    translated = re.sub(r"\bAND\b|&&", " and ", re.sub(r"\bOR\b|\|\|", " or ", text))
    try:
        tree = ast.parse(translated.replace("^", "**").strip(), mode="eval").body
    except SyntaxError as error:
        raise ExpressionError(f"expression is not metric math, got {text!r}") from error
    _check(tree, frozenset(names), text)
    return tree


def evaluate(tree: ast.expr, points: Mapping[str, Point]) -> Point:  # noqa: PLR0911 - a case each
    """Return the expression's value at one point of time."""
    match tree:
        case ast.Constant(value=value):
            return float(value)  # type: ignore[arg-type]  # parse let only numbers through
        case ast.Name(id=name):
            return points[name]
        case ast.UnaryOp(operand=operand):
            value = evaluate(operand, points)
            return None if value is None else -value
        case ast.BinOp(left=left, op=op, right=right):
            return _arithmetic(op, evaluate(left, points), evaluate(right, points))
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            first, second = evaluate(left, points), evaluate(right, points)
            if first is None or second is None:
                return None
            return float(_COMPARE[type(op)](first, second))
        case ast.BoolOp(op=op, values=parts):
            values = [evaluate(part, points) for part in parts]
            if None in values:
                return None
            return float(all(values) if isinstance(op, ast.And) else any(values))
        case ast.Call(func=ast.Name(id=name), args=arguments):
            return _call(name, arguments, points)
    raise ExpressionError(f"not emulated: {ast.dump(tree)}")


def _arithmetic(op: ast.operator, left: Point, right: Point) -> Point:
    if left is None or right is None:
        return None
    if isinstance(op, ast.Div):
        return None if right == 0 else left / right
    return float(_BINARY[type(op)](left, right))


def _call(name: str, arguments: Sequence[ast.expr], points: Mapping[str, Point]) -> Point:
    if name == "IF":
        chosen = evaluate(arguments[0], points)
        return None if chosen is None else evaluate(arguments[1 if chosen else 2], points)
    if name == "FILL":
        value = evaluate(arguments[0], points)
        return evaluate(arguments[1], points) if value is None else value
    if name in _SCALAR:
        value = evaluate(arguments[0], points)
        return None if value is None else float(_SCALAR[name](value))
    [group] = arguments
    parts = list(points.values())
    if isinstance(group, ast.List):
        parts = [evaluate(part, points) for part in group.elts]
    present = [part for part in parts if part is not None]
    return float(_LISTS[name](present)) if present else None


def _check(tree: ast.expr, names: frozenset[str], text: str) -> None:
    for part in _parts(tree, names, text):
        _check(part, names, text)


def _parts(  # noqa: PLR0911 - a case each
    tree: ast.expr, names: frozenset[str], text: str
) -> Sequence[ast.expr]:
    match tree:
        case ast.Constant(value=bool()):
            pass
        case ast.Constant(value=int() | float()):
            return []
        case ast.Name(id=name) if name in names:
            return []
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return [operand]
        case ast.BinOp(left=left, op=op, right=right) if type(op) in {*_BINARY, ast.Div}:
            return [left, right]
        case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _COMPARE:
            return [left, right]
        case ast.BoolOp(values=values):
            return values
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]):
            if _arity_fits(name, arguments):
                return _operands(name, arguments)
    raise ExpressionError(f"metric math not emulated at {ast.unparse(tree)!r}, got {text!r}")


def _arity_fits(name: str, arguments: Sequence[ast.expr]) -> bool:
    if name in _LISTS:
        return len(arguments) == 1 and isinstance(arguments[0], ast.List | ast.Call)
    return len(arguments) == {"IF": 3, "FILL": 2, "ABS": 1, "CEIL": 1, "FLOOR": 1}.get(name, -1)


def _operands(name: str, arguments: Sequence[ast.expr]) -> Sequence[ast.expr]:
    if name not in _LISTS:
        return arguments
    match arguments[0]:
        case ast.List(elts=elements):
            return elements
        case ast.Call(func=ast.Name(id="METRICS"), args=[]):
            return []
    return [arguments[0]]
