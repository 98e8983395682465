from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from pytest_mock import MockerFixture

from pipelines.digits import evidence
from pipelines.digits.lambdas import scoring
from pipelines.digits.lambdas.images import read
from pipelines.digits.steps.drift_join import parse
from pipelines.shared.scoring.errors import ModelError, RequestError
from pipelines.shared.steps.captured import Exchange
from tests.unit.digits.support import stroke

JSON = "application/jsonlines"


def line(name: object = "a-1", pixels: object = None) -> str:
    held = stroke().reshape(-1).tolist() if pixels is None else pixels
    return json.dumps({"image_id": name, "pixels": held})


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("", "at least one image"),
        (line(name=""), "row 1: image_id must be"),
        (line(name="a,b"), "row 1: image_id must be"),
        (line(pixels=[1] * 63), "row 1: pixels must be 64 whole numbers, row by row, got 63"),
        (line(pixels=[17] * 64), "row 1: pixels must be whole numbers of 0 to 16, got 17"),
        (line(pixels=[0.5] * 64), "row 1: pixels must be whole numbers"),
        (line(pixels=[True] * 64), "row 1: pixels must be whole numbers"),
        (f"{line()}\n{line()}", "row 2: image_id must be unique"),
        ("{", "row 1: must be a JSON object"),
    ],
)
def test_what_is_no_image_is_refused_with_row_field_and_rule(body: str, said: str) -> None:
    with pytest.raises(RequestError, match=said):
        read(body.encode(), JSON)


def test_only_json_lines_are_read() -> None:
    with pytest.raises(RequestError, match="Content-Type must be application/jsonlines"):
        read(line().encode(), "text/csv")


def test_the_model_is_asked_in_lines_of_an_image_and_its_pixels() -> None:
    images = read(f"{line('a')}\n{line('b')}".encode(), JSON)
    bodies = list(scoring.DIGITS_READ.bodies(images, {}, 200))
    assert [body.count(b"\n") for body in bodies] == [1, 1], "each is near the limit"
    assert bodies[0].startswith(b"a,0,0,0,0,16,0")


def test_an_answer_is_the_likeliest_digit_and_its_probability() -> None:
    shares = ["0.05"] * 10
    shares[7] = "0.55"
    (one,) = scoring.DIGITS_READ.predictions(f"a,{','.join(shares)}\n".encode())
    assert one == {"image_id": "a", "digit": 7, "confidence": 0.55}


@pytest.mark.parametrize("answer", [b"a,0.5\n", b"a," + b",".join([b"x"] * 10), b"7" * 30])
def test_what_is_no_ten_probabilities_is_the_models_fault(answer: bytes) -> None:
    with pytest.raises(ModelError, match="ten probabilities"):
        scoring.DIGITS_READ.predictions(answer)


def answered(name: str, digit: int, share: float = 0.91) -> str:
    return ",".join([name, *(f"{share if one == digit else 0.01}" for one in range(10))]) + "\n"


def test_captured_traffic_is_measured_and_its_last_answer_counts() -> None:
    asked = f"a,{','.join(map(str, stroke(1).reshape(-1)))}\n".encode()
    other = f"b,{','.join(map(str, stroke(6).reshape(-1)))}\n".encode()
    rows = parse(
        [
            Exchange(asked, answered("a", 3).encode()),
            Exchange(asked + other, (answered("a", 8, 0.5) + answered("b", 1)).encode()),
        ]
    )
    assert rows["image_id"].tolist() == ["a", "b"]
    assert rows["prediction"].tolist() == ["8", "1"]
    assert rows["confidence"].tolist() == [0.5, 0.91]
    assert rows["centre_from_left"].tolist() == [1, 6]


def test_evidence_asks_ten_questions_of_an_image() -> None:
    found = evidence.scores(answered("a/x", 3))
    assert len(found) == 10
    assert found["a/x/3"] == 0.91
    with pytest.raises(ValueError, match="ten probabilities"):
        evidence.scores("a,1\n")


def test_the_truth_of_a_question_is_what_was_last_said_before(mocker: MockerFixture) -> None:
    files: dict[str, Any] = {
        "labels/digits/batch=2025-03/labels.csv": (
            "image_id,labelled_at,digit\na,2025-03-01T00:00:00,3\nb,2025-03-09T00:00:00,4\n"
        ),
        "labels/digits/batch=2025-03/notes.txt": "",
        "labels/digits/batch=2025-04/labels.csv": (
            "image_id,labelled_at,digit\na,2025-03-02T00:00:00,5\n"
        ),
    }
    s3 = mocker.Mock()
    s3.get_paginator.return_value.paginate.return_value = [
        {"Contents": [{"Key": key} for key in files]}
    ]
    s3.get_object.side_effect = lambda **asked: {
        "Body": mocker.Mock(read=files[asked["Key"]].encode)
    }
    wanted = {"a/3", "a/5", "b/4", "c/1"}
    until = datetime(2025, 3, 5, tzinfo=UTC)
    assert evidence.labels(s3, "raw", wanted, until) == {"a/3": False, "a/5": True}
