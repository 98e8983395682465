from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.spatial import distance

from pipelines.shared.drift.detector import Baseline, Statistic, compare
from pipelines.shared.drift.sketches import Numbers

RNG = np.random.default_rng(7)


def moved(known: Any, current: Any, **options: int) -> Statistic:
    saved = Baseline.build({"x": known}, **options).to_json()
    return compare(Baseline.from_json(saved), {"x": current})[0]


def sturges(known: Any, current: Any) -> tuple[Any, Any]:
    edges = np.histogram_bin_edges(np.concatenate((known, current)), bins="sturges")
    return (
        np.histogram(known, edges)[0] / len(known),
        np.histogram(current, edges)[0] / len(current),
    )


SAMPLES = {
    "rounded": (np.round(RNG.normal(50, 10, 5000), 1), np.round(RNG.normal(52, 9, 4000), 1)),
    "whole numbers": (RNG.integers(0, 60, 5000), RNG.integers(3, 70, 4000)),
    "skewed": (np.round(RNG.exponential(5, 5000), 2), np.round(RNG.exponential(7, 3000), 2)),
    "apart": (RNG.normal(0, 1, 3000), RNG.normal(100, 1, 3000)),
    "inside": (RNG.normal(0, 10, 3000), RNG.normal(1, 0.1, 3000)),
}
every_sample = pytest.mark.parametrize(("known", "current"), SAMPLES.values(), ids=SAMPLES)


@every_sample
def test_ks_and_wasserstein_are_those_of_scipy(known: Any, current: Any) -> None:
    got = moved(known, current)
    reference = stats.ks_2samp(known, current, method="asymp")
    assert got.ks == pytest.approx(reference.statistic, abs=1e-9)
    assert got.ks_p_value() == pytest.approx(reference.pvalue, abs=1e-9)
    far = stats.wasserstein_distance(known, current) / known.std()
    assert got.wasserstein == pytest.approx(far, rel=1e-9)


@every_sample
def test_psi_and_jensen_shannon_use_sturges_bins_over_both_sides(known: Any, current: Any) -> None:
    got = moved(known, current)
    ours, theirs = sturges(known, current)
    assert got.jensen_shannon == pytest.approx(distance.jensenshannon(ours, theirs), abs=1e-9)
    full = [np.where(side > 0, side, 1e-4) for side in (ours, theirs)]
    if min(side[side > 0].min() for side in (ours, theirs)) > 1e-4:
        psi = ((full[0] - full[1]) * np.log(full[0] / full[1])).sum()
        assert got.psi == pytest.approx(psi, abs=1e-9)


def test_few_values_are_compared_as_values_not_as_bins() -> None:
    known, current = np.repeat([0.0, 1.0], [75, 25]), np.repeat([0.0, 1.0], [25, 75])
    assert moved(known, current).psi == pytest.approx(2 * 0.5 * np.log(3))


def test_a_value_the_baseline_never_saw_raises_psi() -> None:
    known = np.repeat([0.0, 1.0], 50)
    assert (moved(known, np.repeat([0.0, 1.0, 2.0], 50)).psi or 0) > 1


def test_categories_are_compared_by_share_and_have_no_ks() -> None:
    known = np.array(["a"] * 75 + ["b"] * 25, dtype=object)
    current = np.array(["a"] * 25 + ["b"] * 75, dtype=object)
    got = moved(known, current)
    assert got.psi == pytest.approx(2 * 0.5 * np.log(3))
    assert got.ks is None
    assert got.wasserstein is None


def test_equal_data_has_not_moved() -> None:
    known = np.round(RNG.normal(0, 1, 1000), 2)
    got = moved(known, known[::-1].copy())
    assert (got.psi, got.ks, got.jensen_shannon) == (0.0, 0.0, 0.0)
    assert got.wasserstein == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize("kind", [np.float64, object])
def test_missing_values_are_counted_and_left_out(kind: Any) -> None:
    known = np.array([1.0, 2.0, 3.0, 4.0]).astype(kind)
    current = np.array([1.0, np.nan, 3.0, np.nan]).astype(kind)
    got = moved(known, current)
    assert (got.rows, got.missing_rate, got.baseline_missing_rate) == (4, 0.5, 0.0)
    assert got.psi is not None


def test_a_feature_that_is_missing_throughout_has_no_statistic() -> None:
    got = moved(np.array([1.0, 2.0]), np.array([np.nan, np.nan]))
    assert (got.psi, got.ks, got.missing_rate) == (None, None, 1.0)


def test_thinned_baseline_stays_within_its_stated_error() -> None:
    known, current = RNG.normal(0, 1, 50_000), RNG.normal(0.3, 1, 20_000)
    baseline = Baseline.build({"x": known}, points=400)
    numbers = baseline.features["x"]
    assert numbers.values.size <= 400
    got = compare(baseline, {"x": current})[0]
    exact = stats.ks_2samp(known, current, method="asymp").statistic
    assert 0 < abs((got.ks or 0) - exact) <= numbers.rank_error


def test_streamed_chunks_give_what_one_array_gives() -> None:
    known, current = SAMPLES["rounded"]
    streamed = Baseline({})
    for part in np.array_split(current, 7):
        streamed.update({"x": part})
    baseline = Baseline.build({"x": known})
    whole, parts = compare(baseline, {"x": current})[0], compare(baseline, streamed)[0]
    for name in ("psi", "ks", "jensen_shannon", "wasserstein", "rows"):
        assert getattr(parts, name) == pytest.approx(getattr(whole, name), abs=1e-9), name


def test_streaming_keeps_mean_and_deviation() -> None:
    data = RNG.normal(1e6, 3, 30_000)
    numbers = Numbers(points=100)
    for part in np.array_split(data, 13):
        numbers.update(part)
    assert numbers.mean == pytest.approx(data.mean())
    assert numbers.deviation == pytest.approx(data.std(), rel=1e-9)
    assert numbers.values.size <= 100


@settings(max_examples=60, deadline=None)
@given(
    known=st.lists(st.integers(-50, 50), min_size=1, max_size=200),
    current=st.lists(st.integers(-60, 60), min_size=1, max_size=200),
)
def test_any_two_samples_agree_with_the_definitions(known: list[int], current: list[int]) -> None:
    known_, current_ = np.array(known, float), np.array(current, float)
    got = moved(known_, current_)
    steps = np.union1d(known_, current_)
    shares = [(side[:, None] <= steps).mean(axis=0) for side in (known_, current_)]
    assert got.ks == pytest.approx(np.abs(shares[0] - shares[1]).max(), abs=1e-9)
    norm = max(known_.std(), 0.001)
    far = stats.wasserstein_distance(known_, current_) / norm
    assert got.wasserstein == pytest.approx(far, rel=1e-7, abs=1e-7)


def test_fails_when_a_feature_of_the_baseline_is_gone() -> None:
    with pytest.raises(ValueError, match=r"lacks features of the baseline: \['x'\]"):
        compare(Baseline.build({"x": np.array([1.0])}), {"y": np.array([1.0])})


def test_fails_when_numbers_became_text() -> None:
    with pytest.raises(ValueError, match="x must be numeric as in the baseline"):
        moved(np.array([1.0, 2.0]), np.array(["a", "b"], dtype=object))


def test_fails_when_columns_change_between_chunks() -> None:
    with pytest.raises(ValueError, match=r"differing: \['x', 'y'\]"):
        Baseline.build({"x": np.array([1.0])}).update({"y": np.array([1.0])})


def test_fails_when_a_baseline_of_another_version_is_read() -> None:
    with pytest.raises(ValueError, match="version must be 1, got 2"):
        Baseline.from_json({"version": 2})
