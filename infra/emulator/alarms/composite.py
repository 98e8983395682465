"""Rules of composite alarms: ``ALARM(a) AND NOT (OK("b c") OR INSUFFICIENT_DATA(d))``."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

_TOKEN = re.compile(
    r"\s*(?:(?P<word>AND|OR|NOT|TRUE|FALSE)\b"
    r"|(?P<state>ALARM|OK|INSUFFICIENT_DATA)\s*\(\s*(?:\"(?P<quoted>[^\"]+)\"|(?P<plain>[^)\"]+?))\s*\)"
    r"|(?P<bracket>[()]))"
)


class RuleError(ValueError):
    """A rule that CloudWatch refuses."""


@dataclass(frozen=True, slots=True)
class CompositeRule:
    """A parsed rule."""

    alarms: frozenset[str]
    """Names of the alarms it refers to."""
    holds: Callable[[Callable[[str], str]], bool]
    """Whether it is in alarm, given the state of each alarm by name."""


def parse(text: str) -> CompositeRule:
    """Read a rule.

    Raises:
        RuleError: it is not a rule; says where.
    """
    parser = _Parser(text)
    holds = parser.either()
    if parser.position != len(parser.tokens):
        raise RuleError(f"AlarmRule: unexpected {parser.peek()!r}, got {text!r}")
    return CompositeRule(frozenset(parser.alarms), holds)


Test = Callable[[Callable[[str], str]], bool]


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens: list[tuple[str, str]] = []
        self.alarms: set[str] = set()
        self.position = 0
        place = 0
        while place < len(text.rstrip()):
            match = _TOKEN.match(text, place)
            if match is None:
                raise RuleError(f"AlarmRule: not understood at {text[place:]!r}, got {text!r}")
            name = match["quoted"] or match["plain"]
            self.tokens.append((match["state"], _name(name)) if name else (match[0].strip(), ""))
            place = match.end()

    def peek(self) -> str:
        return self.tokens[self.position][0] if self.position < len(self.tokens) else ""

    def either(self) -> Test:
        left = self.both()
        while self.peek() == "OR":
            self.position += 1
            left = _or(left, self.both())
        return left

    def both(self) -> Test:
        left = self.one()
        while self.peek() == "AND":
            self.position += 1
            left = _and(left, self.one())
        return left

    def one(self) -> Test:
        token = self.peek()
        if not token:
            raise RuleError(f"AlarmRule: ends too early, got {self.text!r}")
        name = self.tokens[self.position][1]
        self.position += 1
        if token == "NOT":  # noqa: S105 - a word of the rule
            return _not(self.one())
        if token in ("TRUE", "FALSE"):
            return lambda _: token == "TRUE"  # noqa: S105 - a word of the rule
        if token == "(":  # noqa: S105 - a word of the rule
            inner = self.either()
            if self.peek() != ")":
                raise RuleError(f"AlarmRule: bracket not closed, got {self.text!r}")
            self.position += 1
            return inner
        if token in ("ALARM", "OK", "INSUFFICIENT_DATA"):
            self.alarms.add(name)
            return lambda state: state(name) == token
        raise RuleError(f"AlarmRule: unexpected {token!r}, got {self.text!r}")


def _name(text: str) -> str:
    return text.split(":alarm:", 1)[1] if text.startswith("arn:") else text


def _or(left: Test, right: Test) -> Test:
    return lambda state: left(state) or right(state)


def _and(left: Test, right: Test) -> Test:
    return lambda state: left(state) and right(state)


def _not(inner: Test) -> Test:
    return lambda state: not inner(state)
