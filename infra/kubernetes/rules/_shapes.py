"""What the rules are made of: fragments of schemas, each with its words as ``title``.

A rule holds for values of its type only: the published schema tells the others.
"""

from __future__ import annotations

from typing import Any, Final

from infra.kubernetes import names

Rule = dict[str, Any]

_KEY: Final = rf"^({names.SUBDOMAIN}/)?(?=[^/]{{1,{names.SHORT}}}\Z){names.PART}\Z"


def one_of(*values: str) -> Rule:
    """Return the rule of a field that has options."""
    return {"enum": list(values)}


def at_least(least: int, most: int | None = None) -> Rule:
    """Return the rule of a whole number within bounds."""
    bounded = {} if most is None else {"maximum": most}
    words = f"at least {least}" if most is None else f"{least}-{most}"
    return {"minimum": least, **bounded, "title": words}


def matching(pattern: str, words: str, most: int | None = None) -> Rule:
    """Return the rule of a text."""
    bounded = {} if most is None else {"maxLength": most}
    return {"pattern": rf"^(?:{pattern})\Z", **bounded, "title": words}


def fields(**rules: Rule) -> Rule:
    """Return the rule of an object whose fields have rules."""
    return {"properties": rules}


def each(rule: Rule) -> Rule:
    """Return the rule of a list of which every item is held to a rule."""
    return {"items": rule}


def with_keys(keys: Rule, values: Rule | None = None) -> Rule:
    """Return the rule of a mapping."""
    return {"propertyNames": keys, **({} if values is None else {"additionalProperties": values})}


FILLED: Final[Rule] = {"minLength": 1, "title": "given, not empty"}
SOME: Final[Rule] = {"minItems": 1, "title": "a list of one at least"}
PORT: Final = at_least(1, 65_535)
PORT_NAME: Final = matching(
    "(?=.*[a-z])[a-z0-9](?:[a-z0-9]|-(?=[a-z0-9]))*",
    "at most 15 of a-z, 0-9 and single hyphens within, a letter among them",
    15,
)
"""RFC 6335."""
PORT_OR_NAME: Final[Rule] = {"allOf": [PORT, PORT_NAME]}
COUNT_OR_PERCENT: Final[Rule] = {
    "allOf": [at_least(0), matching("[0-9]+%", "a percentage such as 25%")]
}
COUNT_OR_SHARE: Final[Rule] = {
    "allOf": [at_least(0), matching("0*(100|[0-9]{1,2})%", "a percentage of at most 100%")]
}
LABEL: Final = matching(
    names.LABEL, "a label of RFC 1123: a-z, 0-9 and hyphens within", names.SHORT
)
SUBDOMAIN: Final = matching(
    names.SUBDOMAIN, "at most 253 of a-z, 0-9, hyphens and dots within", names.LONG
)
LABEL_VALUE: Final = matching(
    f"({names.PART})?", "at most 63 of A-Z, a-z, 0-9, -_. within", names.SHORT
)
LABEL_KEY: Final[Rule] = {
    "pattern": _KEY,
    "title": "a key of at most 63 of A-Z, a-z, 0-9, -_. within, perhaps below a domain",
}
PROTOCOL: Final = one_of("SCTP", "TCP", "UDP")
ID: Final = at_least(0, 2_147_483_647)
MODE: Final = at_least(0, 0o777)
RELATIVE: Final = matching(r"(?!/)(?!.*(?:^|/)\.\.(?:/|$)).+", "a relative path without ..")
CONFIG_KEY: Final = matching("[-._a-zA-Z0-9]+", "of A-Z, a-z, 0-9, -_.", 253)
ADDRESS: Final[Rule] = {
    "anyOf": [{"format": "ipv4"}, {"format": "ipv6"}],
    "title": "an IP address such as 10.9.8.7",
}
NETWORK: Final[Rule] = {
    "format": "cidr",
    "title": "a CIDR such as 10.20.0.0/16, no bit set beyond its length",
}


def needed(*names: str, **rules: Rule) -> Rule:
    """Return the rule of an object that must have fields which its schema leaves to it."""
    return {"required": list(names), "properties": rules}


def where(field: str, values: tuple[object, ...], rule: Rule) -> Rule:
    """Return a rule that holds where a field has one of some values."""
    return {"if": _having(field, values), "then": rule}


def unless(field: str, values: tuple[object, ...], rule: Rule) -> Rule:
    """Return a rule that holds where a field has none of some values, or is not given."""
    return {"if": _having(field, values), "else": rule}


def _having(field: str, values: tuple[object, ...]) -> Rule:
    return needed(field, **{field: {"enum": list(values)}})


def without(*names: str) -> Rule:
    """Return the rule of an object that must not have fields."""
    return {"properties": {name: {"enum": [], "title": "left out here"} for name in names}}


BY_OPERATOR: Final = (
    where("operator", ("In", "NotIn"), needed("values", values=SOME)),
    where(
        "operator",
        ("Exists", "DoesNotExist"),
        fields(values={"maxItems": 0, "title": "left out here"}),
    ),
)
"""Whether what chooses by an operator has values."""
