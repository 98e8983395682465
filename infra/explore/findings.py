"""What a person should know of the data before a model is made of it, with a rule for each."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from infra.explore.analysis import TableReport
from infra.explore.columns import FEW, ColumnReport
from infra.explore.suggest import rule_of

Severity = Literal["bad", "warning", "note"]
FEW_ROWS = 1_000
MUCH_MISSING, SOME_MISSING = 0.5, 0.05
LEAK = 0.9
"""Score (2 AUC - 1, or R squared) from which on a feature knows the label too well."""
LEAK_BY_ABSENCE = 0.5
NOTHING = 0.02
SAME = 0.98
"""Rank correlation from which on two columns say the same."""
RARE_CLASS = 0.05
FEW_OF_CLASS = 20
MANY_CATEGORIES = 50
OUTLIERS = 0.01
STAND_INS = frozenset({-1, -9, -99, -999, -9999, 99, 999, 9999, 99999, 999999})
STAND_IN_SHARE = 0.002
STAND_IN_WORDS = frozenset({"?", "-", "--", ".", "unknown", "missing", "undefined", "tbd", "n.a."})
PERSONAL = re.compile(
    r"(^|_)(e?mail|phone|mobile|ssn|passport|iban|first_?name|last_?name|surname|birth\w*|dob"
    r"|address|street|ip)(_|$)",
    re.IGNORECASE,
)
ORDER: dict[Severity, int] = {"bad": 0, "warning": 1, "note": 2}


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing about the data, and what to do or declare."""

    severity: Severity
    """``bad`` spoils a model, ``warning`` needs a decision, ``note`` is good to know."""
    column: str
    """Empty for the table as a whole."""
    what: str
    rule: str
    """What to declare, or to do, about it."""


def findings(table: TableReport) -> list[Finding]:
    """Return what is to be known of a table, the worst first."""
    found = [*_table(table)]
    for column in table.columns:
        found += _column(column, table)
    found += [*_pairs(table), *_label(table)]
    return sorted(found, key=lambda one: ORDER[one.severity])


def _table(table: TableReport) -> Iterator[Finding]:
    if table.rows < FEW_ROWS:
        yield _say("warning", "", f"{table.rows:,} rows are few", "bring 1,000 or more")
    if len(table.columns) == 1:
        yield _say(
            "bad",
            "",
            f"there is one column, {table.columns[0].name!r}",
            "separate fields by a comma, semicolon, tab or bar; a label needs a feature beside it",
        )
    if table.repeated_rows:
        about = "" if table.repeated_is_exact else "about "
        yield _say(
            "warning",
            "",
            f"{about}{table.repeated_rows:,} rows ({table.repeated_rows / table.rows:.2%}) repeat"
            " another in every column",
            "drop them before the split, or one row is both learnt from and judged by",
        )
    if table.torn_rows:
        yield _say(
            "bad",
            "",
            f"{table.torn_rows:,} rows were left out for their number of fields,"
            f" e.g. {table.torn_example}",
            "quote fields that hold the delimiter",
        )
    for name, type_ in table.nested.items():
        yield _say("note", name, f"holds {type_} and was left out", "flatten it")
    for name, where in table.lacking.items():
        few = ", ".join(where[:3]) + (" and others" if len(where) > 3 else "")  # noqa: PLR2004 - readable
        yield _say("warning", name, f"{few} lack it", "columns_present")
    if all(re.fullmatch(r"[-+.\d]+", one.name) for one in table.columns):
        yield _say("bad", "", "the header looks like a row of data", "name the columns in row 1")


def _column(column: ColumnReport, table: TableReport) -> Iterator[Finding]:
    name = column.name
    is_label = table.label is not None and table.label.name == name
    if column.kind == "empty":
        yield _say("bad", name, "every value is missing", "not_all_null, or leave it out")
        return
    if column.is_constant and not is_label:
        yield _say("warning", name, "all values are the same", "leave it out: it tells nothing")
    if column.missing_share >= SOME_MISSING and not is_label:
        much: Severity = "bad" if column.missing_share >= MUCH_MISSING else "warning"
        yield _say(much, name, f"{column.missing_share:.1%} are missing", rule_of(column))
    if column.kind == "mixed":
        kinds = ", ".join(f"{count:,} {kind}" for kind, count in column.kinds.items())
        example = f", e.g. {column.example!r}" if column.example else ""
        yield _say("bad", name, f"kinds are mixed: {kinds}{example}", "types: one kind per column")
    elif column.example:
        others = column.present - column.kinds.get(column.kind, 0) - column.kinds.get("integer", 0)
        yield _say(
            "warning",
            name,
            f"{max(others, 1):,} values are no {column.kind}, e.g. {column.example!r}",
            rule_of(column),
        )
    if column.padded and column.kind in {"integer", "mixed"}:
        yield _say(
            "note",
            name,
            f"{column.padded:,} numbers begin with 0: codes, not quantities",
            f'"{name}": Column("category")',
        )
    if column.is_identifier and not is_label:
        yield _say(
            "note", name, "every row has a value of its own", f'"{name}": Column("identifier")'
        )
    elif column.kind == "text" and column.distinct > MANY_CATEGORIES and not is_label:
        yield _say(
            "note",
            name,
            f"{column.distinct:,} different texts",
            "keep the frequent ones and call the rest others, or aggregate them to numbers",
        )
    yield from _values(column)
    if PERSONAL.search(name) or any("@" in one.name for one in column.bars):
        yield _say(
            "warning", name, "may be personal data", "leave it out, or record why it may be used"
        )


def _values(column: ColumnReport) -> Iterator[Finding]:
    name, numbers = column.name, column.numbers
    if numbers and not column.is_identifier:
        spread = 1.5 * (numbers["third quartile"] - numbers["first quartile"])
        for end, bar in (("least", column.bars[0]), ("greatest", column.bars[-1])):
            beyond = abs(numbers[end] - numbers["median"]) > 2 * spread > 0
            share = bar.count / column.present
            if numbers[end] in STAND_INS and beyond and share >= STAND_IN_SHARE:
                yield _say(
                    "warning",
                    name,
                    f"{numbers[end]:g} may stand for a missing value (about {share:.1%})",
                    f"read {numbers[end]:g} as missing",
                )
        share = numbers["outliers"] / column.present
        if share >= OUTLIERS and column.distinct > FEW:
            yield _say(
                "note",
                name,
                f"{share:.1%} lie beyond 1.5 quartile distances, from {numbers['least']:g} to"
                f" {numbers['greatest']:g}",
                rule_of(column),
            )
    if column.kind in {"text", "mixed"}:
        words = [one.name for one in column.bars]
        if odd := [one for one in words if one.strip().lower() in STAND_IN_WORDS]:
            yield _say("warning", name, f"{odd} may stand for missing", f"read {odd} as missing")
        lower = [one.strip().casefold() for one in words]
        if twice := sorted({one for one in lower if lower.count(one) > 1}):
            yield _say("warning", name, f"written in several ways: {twice}", "write them one way")
    if empty := int(column.times.get("empty periods", 0)):
        period = column.times["counted by"]
        yield _say(
            "note", name, f"{empty} of {len(column.bars)} {period}s have no row", "ask the source"
        )


def _pairs(table: TableReport) -> Iterator[Finding]:
    names = table.correlations.columns
    for row, one in enumerate(names):
        for column, other in enumerate(names[:row]):
            value = table.correlations.values[row][column]
            if value is not None and abs(value) >= SAME:
                yield _say(
                    "note",
                    one,
                    f"says the same as {other} (rank correlation {value:.2f})",
                    f"keep one of {other} and {one}",
                )


def _label(table: TableReport) -> Iterator[Finding]:
    label = table.label
    if label is None:
        return
    if label.missing:
        yield _say(
            "warning",
            label.name,
            f"{label.missing:,} rows ({label.missing / table.rows:.1%}) have no label",
            "leave them out of training; ask when a label comes to be known",
        )
    if label.problem != "regression":
        yield from _classes(table)
    elif table.column(label.name).is_constant:
        yield _say("bad", label.name, "all rows have one label", "bring rows of other values")
    if table.conflicts:
        yield _say(
            "note",
            label.name,
            f"{table.conflicts:,} rows equal another in every feature, but not in the label",
            "no model tells them apart: bring another feature, or check the labels",
        )
    for one in label.relations:
        if table.column(one.feature).is_identifier:
            continue
        if one.score >= LEAK:
            yield _say(
                "bad",
                one.feature,
                f"alone foretells {label.name} ({one.measure}): it may be known only afterwards",
                "leave it out unless it is known when the model is asked",
            )
        elif one.missing_score >= LEAK_BY_ABSENCE:
            yield _say(
                "bad",
                one.feature,
                f"whether it is missing foretells {label.name}: it may be filled in afterwards",
                "leave it out unless it is filled in before the model is asked",
            )
    if label.relations and label.relations[0].score < NOTHING:
        yield _say(
            "warning", label.name, "no column alone foretells it", "look for other data sources"
        )


def _classes(table: TableReport) -> Iterator[Finding]:
    label = table.label
    if label is None:
        return
    if len(label.shares) == 1:
        yield _say(
            "bad", label.name, f"every label is {next(iter(label.shares))}", "bring other rows"
        )
        return
    rarest, share = min(label.shares.items(), key=lambda item: item[1])
    labelled = table.rows - label.missing
    if share * labelled < FEW_OF_CLASS:
        yield _say(
            "bad",
            label.name,
            f"about {max(1, round(share * labelled))} rows are {rarest}",
            f"bring {FEW_OF_CLASS} or more rows of each class, or leave the class out",
        )
    elif share < RARE_CLASS:
        yield _say(
            "warning",
            label.name,
            f"{share:.1%} are {rarest}: classes are unbalanced",
            "judge by AUC or average precision, not by accuracy; weigh the classes",
        )


def _say(severity: Severity, column: str, what: str, rule: str) -> Finding:
    return Finding(severity=severity, column=column, what=what, rule=rule)
