import json
from typing import Any

import pytest

from infra.emulator.events.pattern import PatternError, matches, parse
from infra.emulator.events.transform import TransformError, payload, select

EVENT: dict[str, Any] = {
    "source": "aws.s3",
    "resources": ["arn:aws:s3:::raw-data", "arn:aws:s3:::raw-more"],
    "detail": {
        "bucket": {"name": "raw-data"},
        "object": {"key": "raw/flights/batch=2013-01/_SUCCESS", "size": 0},
        "ip": "10.0.3.7",
        "state": "Failed",
        "none": None,
        "flag": True,
        "parts": [{"n": 1}, {"n": 5}],
    },
}


@pytest.mark.parametrize(
    ("detail", "expected"),
    [
        ({"state": ["Failed", "Stopped"]}, True),
        ({"state": ["Succeeded"]}, False),
        ({"state": ["Failed"], "flag": [False]}, False),
        ({"none": [None]}, True),
        ({"flag": [1]}, False),
        ({"state": [{"prefix": "Fa"}]}, True),
        ({"state": [{"prefix": {"equals-ignore-case": "fA"}}]}, True),
        ({"object": {"key": [{"suffix": "/_SUCCESS"}]}}, True),
        ({"object": {"key": [{"suffix": {"equals-ignore-case": "/_success"}}]}}, True),
        ({"object": {"key": [{"wildcard": "raw/*/batch=*/_SUCCESS"}]}}, True),
        ({"object": {"key": [{"wildcard": "raw/*/_SUCCES"}]}}, False),
        ({"object": {"key": [{"wildcard": "raw\\*/*"}]}}, False),
        ({"state": [{"equals-ignore-case": "FAILED"}]}, True),
        ({"state": [{"anything-but": "Failed"}]}, False),
        ({"state": [{"anything-but": ["Succeeded", "Stopped"]}]}, True),
        ({"state": [{"anything-but": {"prefix": "Fa"}}]}, False),
        ({"state": [{"anything-but": {"suffix": ["x", "ed"]}}]}, False),
        ({"state": [{"anything-but": {"wildcard": "S*"}}]}, True),
        ({"state": [{"anything-but": {"equals-ignore-case": ["FAILED"]}}]}, False),
        ({"gone": [{"anything-but": "x"}]}, False),
        ({"object": {"size": [{"numeric": ["=", 0]}]}}, True),
        ({"object": {"size": [{"numeric": [">", 0, "<=", 5]}]}}, False),
        ({"state": [{"numeric": [">", 0]}]}, False),
        ({"ip": [{"cidr": "10.0.0.0/16"}]}, True),
        ({"ip": [{"cidr": "10.1.0.0/16"}]}, False),
        ({"gone": [{"exists": False}]}, True),
        ({"state": [{"exists": False}]}, False),
        ({"object": [{"exists": True}]}, False),
        ({"object": {"gone": [{"exists": False}]}}, True),
        ({"$or": [{"state": ["Stopped"]}, {"flag": [True]}]}, True),
        ({"$or": [{"state": ["Stopped"]}, {"flag": [False]}]}, False),
        ({"parts": {"n": [5]}}, True),
        ({"parts": {"n": [2]}}, False),
    ],
)
def test_a_comparison_matches_as_eventbridge_does(detail: dict[str, Any], expected: bool) -> None:  # noqa: FBT001 - a table's column
    pattern = parse(json.dumps({"source": ["aws.s3"], "detail": detail}))
    assert matches(pattern, EVENT) is expected


def test_an_array_matches_by_any_of_its_elements() -> None:
    assert matches(parse('{"resources": [{"suffix": "more"}]}'), EVENT)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "not valid JSON"),
        ("[]", "not a non-empty object"),
        ('{"source": "aws.s3"}', "'source' must be an object or an array"),
        ('{"source": []}', "Empty arrays are not allowed, at 'source'"),
        ('{"detail": {}}', "Empty objects are not allowed, at 'detail'"),
        ('{"source": [{"like": "x"}]}', "Unrecognized match type like"),
        ('{"source": [{"prefix": "a", "suffix": "b"}]}', "Only one key allowed"),
        ('{"source": [{"exists": "yes"}]}', "either true or false"),
        ('{"source": [{"numeric": [">"]}]}', "pairs of operator and number"),
        ('{"source": [["x"]]}', "Nested arrays"),
        ('{"source": [{"anything-but": {"numeric": [">", 1]}}]}', "Unsupported anything-but"),
    ],
)
def test_what_is_no_pattern_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(PatternError, match=reason):
        parse(text)


def test_a_path_leads_into_objects_and_arrays_or_to_nothing() -> None:
    assert select(EVENT, "$.detail.object.key") == "raw/flights/batch=2013-01/_SUCCESS"
    assert select(EVENT, "$.detail.parts[1]['n']") == 5
    assert select(EVENT, "$.detail.gone.key") is None
    with pytest.raises(TransformError, match="must start with"):
        select(EVENT, "detail")
    with pytest.raises(TransformError, match="not understood"):
        select(EVENT, "$.detail.parts[*]")


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ({"Input": '{"fixed": 1}'}, '{"fixed": 1}'),
        ({"InputPath": "$.detail.bucket"}, '{"name": "raw-data"}'),
        (
            {
                "InputTransformer": {
                    "InputPathsMap": {"key": "$.detail.object.key", "gone": "$.x"},
                    "InputTemplate": '{"k": <key>, "said": "at <key>", "g": <gone>}',
                }
            },
            '{"k": "raw/flights/batch=2013-01/_SUCCESS",'
            ' "said": "at raw/flights/batch=2013-01/_SUCCESS", "g": ""}',
        ),
        (
            {"InputTransformer": {"InputTemplate": '{"rule": "<aws.events.rule-name>"}'}},
            '{"rule": "new-data"}',
        ),
        ({"InputTransformer": {"InputTemplate": "<unknown> stays"}}, "<unknown> stays"),
    ],
)
def test_a_target_receives_what_its_input_says(target: dict[str, Any], expected: str) -> None:
    assert payload(target, EVENT, "arn:aws:events:us-east-1:1:rule/new-data") == expected
