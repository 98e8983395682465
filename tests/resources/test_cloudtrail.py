"""Trails: what is recorded, and whether it is."""

from __future__ import annotations

from typing import Any

import pytest

from infra.resources.clients import EndpointClients
from infra.resources.cloudtrail import TYPES
from tests.resources.types import Standing, assert_lives, of, stand

TRAIL = of(TYPES, "aws:cloudtrail/trail:Trail")


def selector(bucket: str) -> dict[str, Any]:
    return {
        "name": "objects",
        "fieldSelectors": [
            {"field": "eventCategory", "equals": ["Data"]},
            {"field": "resources.type", "equals": ["AWS::S3::Object"]},
            {"field": "resources.ARN", "startsWiths": [f"arn:aws:s3:::{bucket}/"]},
        ],
    }


@pytest.fixture
def trail(aws: EndpointClients) -> Standing:
    aws("s3").create_bucket(Bucket="audit")
    inputs = {
        "name": "flights-dev",
        "s3BucketName": "audit",
        "enableLogFileValidation": True,
        "advancedEventSelectors": [selector("raw")],
        "tags": {"a": "b"},
    }
    return stand(TRAIL, aws, "trail", inputs)


def test_a_trail_records_from_its_creation_on_what_it_was_told(
    aws: EndpointClients, trail: Standing
) -> None:
    assert aws("cloudtrail").get_trail_status(Name="flights-dev")["IsLogging"] is True
    held = aws("cloudtrail").get_event_selectors(TrailName="flights-dev")
    (one,) = held["AdvancedEventSelectors"]
    assert one["FieldSelectors"][2]["StartsWith"] == ["arn:aws:s3:::raw/"]
    assert_lives(trail)


def test_a_trail_records_something_else_without_a_new_one(trail: Standing) -> None:
    changed = trail.changed(
        advancedEventSelectors=[selector("features")],
        enableLogFileValidation=False,
        enableLogging=False,
        tags={"c": "d"},
    )
    assert changed.id == trail.id
    assert_lives(changed)


def test_a_trail_for_a_bucket_that_is_not_there_is_refused(aws: EndpointClients) -> None:
    inputs = {"name": "lost", "s3BucketName": "nowhere"}
    with pytest.raises(aws("cloudtrail").exceptions.S3BucketDoesNotExistException):
        stand(TRAIL, aws, "trail", inputs)
