from __future__ import annotations

import numpy as np
import pytest

from pipelines.digits.schema import MEASUREMENTS
from pipelines.digits.steps.measure import measure
from tests.unit.digits.support import stroke, various


def test_a_blank_image_has_no_centre_and_no_slant() -> None:
    (row,) = measure(np.zeros((1, 8, 8))).to_dict("records")
    assert np.isnan([row["centre_from_left"], row["centre_from_top"], row["slant"]]).all()
    assert (row["brightness"], row["ink"], row["edges"]) == (0, 0, 0)


def test_each_measurement_is_of_what_its_name_says() -> None:
    left, right = measure(np.stack([stroke(1), stroke(6)])).to_dict("records")
    assert (left["centre_from_left"], right["centre_from_left"]) == (1, 6)
    assert left["centre_from_top"] == 3.5
    assert left["brightness"] == left["ink"] == pytest.approx(1 / 8)
    assert left["slant"] == 0


def test_a_stroke_that_leans_has_a_slant_and_its_mirror_the_other() -> None:
    leaning = np.eye(8) * 16
    one, other = measure(np.stack([leaning, leaning[:, ::-1]]))["slant"]
    assert one == pytest.approx(1)
    assert other == pytest.approx(-1)


def test_a_darker_image_is_darker_and_a_blurred_one_less_sharp() -> None:
    sharp = stroke().astype(float)
    blurred = (np.roll(sharp, 1, axis=1) + sharp + np.roll(sharp, -1, axis=1)) / 3
    plain, dim, soft = measure(np.stack([sharp, sharp / 2, blurred])).to_dict("records")
    assert dim["brightness"] == plain["brightness"] / 2
    assert soft["sharpness"] < plain["sharpness"]
    assert soft["brightness"] == pytest.approx(plain["brightness"])


def test_every_measurement_is_made_of_every_image_whatever_stands_beside_it() -> None:
    images = various(5)
    together = measure(images)
    assert tuple(together.columns) == MEASUREMENTS
    for place in range(5):
        alone = measure(images[place : place + 1]).iloc[0]
        assert np.allclose(together.iloc[place], alone)
