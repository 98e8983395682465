"""How columns depend on one another, and on the label: from the sample."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import numpy as np
import pandas as pd
from scipy.stats import rankdata

Problem = Literal["binary", "multiclass", "regression"]
MOST_CORRELATED = 30
"""Columns of the matrix at most, those of the fewest missing values first."""
LEAST_ROWS = 30
"""Below so many rows nothing is said of relations."""
BINS = 20
MOST_CATEGORIES = 50
MOST_CLASSES = 50
FOLDS = 2
PRIOR = 10.0
"""Rows that the overall mean counts as in the mean of each bin."""


@dataclass(frozen=True, kw_only=True)
class Correlations:
    """Spearman's rank correlation of numeric columns, by pairs of rows where both are known."""

    columns: tuple[str, ...]
    values: tuple[tuple[float | None, ...], ...]
    left_out: int = 0
    """Numeric columns beyond those of the matrix."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """Rows of like values of a feature, and the label's mean, or share, among them."""

    name: str
    rows: int
    label: float


@dataclass(frozen=True, kw_only=True)
class Relation:
    """How well a feature alone foretells the label, on rows that it was not fitted to."""

    feature: str
    score: float
    """0 foretells nothing, 1 everything: 2 AUC - 1 (of several classes the mean), or R squared."""
    measure: str
    """The score as people know it: ``AUC 0.71`` or ``R2 0.40``."""
    parts: tuple[Part, ...]
    """Bins or categories."""
    missing_score: float
    """The score of nothing but whether there is a value."""


@dataclass(frozen=True, kw_only=True)
class LabelReport:
    """What is known of the label."""

    name: str
    problem: Problem
    shares: dict[str, float]
    """Of the classes; empty for regression."""
    missing: int
    relations: tuple[Relation, ...]
    positive: str = ""
    """The class that the features' shares are of, where there are two."""


def correlations(numbers: dict[str, Any]) -> Correlations:
    """Return the correlations of columns of numbers, ``float64`` with NaN."""
    varied = {name: one for name, one in numbers.items() if np.unique(one[~np.isnan(one)]).size > 1}
    chosen = sorted(varied, key=lambda name: float(np.isnan(varied[name]).mean()))[:MOST_CORRELATED]
    names = [name for name in numbers if name in chosen]
    if len(names) < 2 or len(varied[names[0]]) < LEAST_ROWS:  # noqa: PLR2004 - a pair
        return Correlations(columns=(), values=())
    ranked = pd.DataFrame({name: varied[name] for name in names}).rank()
    matrix = ranked.corr(min_periods=LEAST_ROWS).to_numpy()
    return Correlations(
        columns=tuple(names),
        values=tuple(
            tuple(None if np.isnan(one) else round(float(one), 4) for one in row) for row in matrix
        ),
        left_out=len(varied) - len(names),
    )


def problem_of(label: Any, *, text: bool) -> Problem:  # noqa: ANN401 - a numpy array
    """Return what kind of problem a label's values make, those missing left out."""
    different = np.unique(label).size
    if different <= 2:  # noqa: PLR2004 - yes and no
        return "binary"
    whole = not text and bool((label == np.floor(label)).all())
    return "multiclass" if text or (whole and different <= BINS) else "regression"


def relation(
    name: str,
    feature: Any,  # noqa: ANN401 - numpy arrays
    targets: Any,  # noqa: ANN401
    *,
    category: bool,
    regression: bool,
) -> Relation:
    """Return how a feature foretells ``targets``: a column of numbers, or one for each class.

    ``feature`` holds floats with NaN, or texts with ``""``, for missing. What one half of the rows
    says of a bin or a category is judged by the other half.
    """
    codes, names = _coded(feature, category=category)
    absent = (codes == len(names) - 1).astype(np.int64)
    score, measure = _score(codes, len(names), targets, regression=regression)
    gone, _ = (
        _score(absent, 2, targets, regression=regression)
        if 0 < absent.sum() < absent.size
        else (0.0, "")
    )
    rows = np.bincount(codes, minlength=len(names))
    sums = np.bincount(codes, targets[:, -1], minlength=len(names))
    parts = tuple(
        Part(name=label, rows=int(count), label=float(total / count))
        for label, count, total in zip(names, rows, sums, strict=True)
        if count
    )
    return Relation(feature=name, score=score, measure=measure, parts=parts, missing_score=gone)


def _coded(feature: Any, *, category: bool) -> tuple[Any, list[str]]:  # noqa: ANN401
    """Return the bin of each row and the bins' names; the last is that of missing values."""
    if category:
        texts = pd.Series(feature, dtype=object)
        top = texts[texts != ""].value_counts().index[:MOST_CATEGORIES].astype(str).tolist()
        places = {value: place for place, value in enumerate(top)}
        names = [*top, "others", "missing"]
        codes = texts.map(places).fillna(len(top)).to_numpy(np.int64)
        codes[(texts == "").to_numpy()] = len(names) - 1
        return codes, names
    known = feature[~np.isnan(feature)]
    if not known.size:
        return np.zeros(len(feature), np.int64), ["missing"]
    different = np.unique(known)
    if different.size <= BINS:
        edges, names = different[1:], [f"{one:g}" for one in different]
    else:
        edges = np.unique(np.quantile(known, np.linspace(0, 1, BINS + 1)[1:-1]))
        ends = [known.min(), *edges, known.max()]
        names = [f"{low:.4g} to {high:.4g}" for low, high in pairwise(ends)]
    codes = np.searchsorted(edges, feature, side="right")
    codes[np.isnan(feature)] = len(names)
    return codes, [*names, "missing"]


def _score(codes: Any, bins: int, targets: Any, *, regression: bool) -> tuple[float, str]:  # noqa: ANN401
    fold = np.arange(len(codes)) % FOLDS
    foretold = np.empty_like(targets)
    for part in range(FOLDS):
        rest = fold != part
        seen = np.bincount(codes[rest], minlength=bins)
        for column in range(targets.shape[1]):
            mean = targets[rest, column].mean()
            sums = np.bincount(codes[rest], targets[rest, column], minlength=bins)
            means = (sums + PRIOR * mean) / (seen + PRIOR)
            foretold[~rest, column] = means[codes[~rest]]
    if regression:
        spread = ((targets - targets.mean()) ** 2).sum()
        error = ((targets - foretold) ** 2).sum()
        found = max(0.0, float(1 - error / spread)) if spread else 0.0
        return found, f"R2 {found:.2f}"
    each = [_auc(targets[:, one], foretold[:, one]) for one in range(targets.shape[1])]
    known = [one for one in each if one is not None]
    mean = max(0.5, float(np.mean(known))) if known else 0.5
    return 2 * mean - 1, f"AUC {mean:.2f}"


def _auc(truth: Any, score: Any) -> float | None:  # noqa: ANN401 - numpy arrays
    positive = truth.sum()
    if positive in {0, truth.size}:
        return None
    ranks = rankdata(score)[truth > 0].sum()
    return float((ranks - positive * (positive + 1) / 2) / (positive * (truth.size - positive)))
