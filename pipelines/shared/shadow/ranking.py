"""The area under the ROC curve without numpy, which Lambda's runtime lacks."""

from __future__ import annotations

from collections.abc import Sequence


def auc(scores: Sequence[float], positive: Sequence[bool]) -> float | None:
    """Return how often a positive ranks above a negative, ties counting half.

    It is the Mann-Whitney statistic of the ranks over its largest value (Hanley and McNeil 1982,
    "The meaning and use of the area under a receiver operating characteristic curve");
    ``None`` where all are of one kind.
    """
    count = sum(positive)
    others = len(positive) - count
    if not count or not others:
        return None
    order = sorted(range(len(scores)), key=scores.__getitem__)
    ranks, first = 0.0, 0
    while first < len(order):
        last = first
        while last < len(order) and scores[order[last]] == scores[order[first]]:
            last += 1
        middle = (first + 1 + last) / 2
        ranks += middle * sum(positive[place] for place in order[first:last])
        first = last
    return (ranks - count * (count + 1) / 2) / (count * others)
