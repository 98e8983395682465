from __future__ import annotations

import io
import json

import numpy as np
import pandas as pd
import pytest

from infra.demo.cameras import Cameras, Images


@pytest.fixture(scope="module")
def cameras() -> Cameras:
    return Cameras()


@pytest.fixture(scope="module")
def march(cameras: Cameras) -> Images:
    return cameras.month(3)


def test_a_month_is_the_same_whenever_it_is_asked_for(cameras: Cameras, march: Images) -> None:
    again = cameras.month(3)
    assert (again.pixels == march.pixels).all()
    assert again.labels == march.labels


def test_the_list_names_each_image_in_its_file(march: Images) -> None:
    listed = pd.read_csv(io.BytesIO(march.files["images.csv"]))
    assert listed["image_id"].is_unique
    for name, rows in listed.groupby("file"):
        held = np.load(io.BytesIO(march.files[str(name)]))["pixels"]
        assert (held[rows["position"]] == march.pixels[rows.index]).all()


def test_a_request_holds_no_label(march: Images) -> None:
    rows = [json.loads(line) for _, body in march.asked() for line in body.splitlines()]
    assert [row.keys() for row in rows] == [{"image_id", "pixels"}] * len(march.names)
    assert sum(count for count, _ in march.asked()) == len(march.names)


def test_labels_come_after_the_image_was_taken(march: Images) -> None:
    taken = pd.read_csv(io.BytesIO(march.files["images.csv"]))["taken_at"]
    known = pd.read_csv(io.BytesIO(march.labels))["labelled_at"]
    assert (pd.to_datetime(known) > pd.to_datetime(taken)).all()


def test_the_broken_batch_shows_nothing_and_lists_the_same(march: Images) -> None:
    broken = march.broken()
    assert broken["images.csv"] == march.files["images.csv"]
    held = [np.load(io.BytesIO(body))["pixels"] for name, body in broken.items() if ".npz" in name]
    assert sum(map(len, held)) == len(march.names)
    assert not any(one.any() for one in held)


def test_the_new_camera_is_darker(cameras: Cameras, march: Images) -> None:
    assert cameras.month(4).pixels.mean() < 0.85 * march.pixels.mean()
