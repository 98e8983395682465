from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from pipelines.digits.steps.features_validate import check
from pipelines.digits.steps.rules import check_images
from tests.unit.digits.support import listed, npz, various

FILE = "images/part-0001.npz"


def rules(images: Any, table: pd.DataFrame | None = None) -> list[str]:
    table = listed(len(images)) if table is None else table
    return [one.rule for one in check_images(table, {FILE: npz(images)})]


def with_blank_ones(images: Any) -> Any:
    images[:3] = 0
    return images


def with_twins(images: Any) -> Any:
    images[:9] = images[0]
    return images


def with_ink_beyond_black(images: Any) -> Any:
    images[0, 0, 0] = 17
    return images


@pytest.mark.parametrize(
    ("break_it", "rule"),
    [
        (with_blank_ones, "images.blank"),
        (with_twins, "images.distinct"),
        (with_ink_beyond_black, "images.in_range"),
        (lambda images: images[:, :7], "images.size"),
        (lambda images: images / 2.0, "images.types"),
        (lambda images: images[:-1], "images.positions"),
    ],
)
def test_a_broken_image_breaks_the_rule_of_its_name(break_it: Any, rule: str) -> None:
    assert rules(break_it(various(100)), listed(100)) == [rule]


def test_whole_images_break_no_rule_nor_does_a_single_sheet_of_paper() -> None:
    images = various(100)
    assert rules(images) == []
    images[0] = 0
    assert rules(images) == []


def test_a_file_that_is_not_there_or_none_is_told() -> None:
    table = listed(3)
    assert [one.rule for one in check_images(table, {})] == ["images.files_present"]
    (told,) = check_images(table, {FILE: b"no zip"})
    assert (told.rule, FILE in told.detail) == ("images.files_read", True)


def batch(folder: Path, table: pd.DataFrame, images: Any, **ingested: str) -> Path:
    (folder / "images").mkdir(parents=True)
    table.to_csv(folder / "images.csv", index=False)
    (folder / FILE).write_bytes(npz(images))
    known = {"month": "2025-03", "sha256": {"images.csv": "abc"}, "ingested": ingested}
    (folder / "batch.json").write_text(json.dumps(known))
    return folder


def test_a_batch_is_held_to_the_rules_of_its_list_and_then_of_its_images(tmp_path: Path) -> None:
    images = various(20)
    assert check(batch(tmp_path / "whole", listed(20), images)) == []
    blank = check(batch(tmp_path / "blank", listed(20), np.zeros_like(images)))
    assert [one.rule for one in blank] == ["images.blank"]
    other = check(batch(tmp_path / "month", listed(20, month="2025-02"), images))
    assert [one.rule for one in other] == ["images.in_month"]


def test_images_that_were_ingested_before_are_no_new_batch(tmp_path: Path) -> None:
    found = check(batch(tmp_path / "again", listed(20), various(20), **{"2025-02": "abc"}))
    assert [one.rule for one in found] == ["batch.new"]
