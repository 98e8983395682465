"""Policies evaluated as IAM evaluates them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from infra.emulator.iam.decision import Policies, Principal, Request, decide

ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/scientist"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/scientist/monday"
HOLDER = Principal(ACCOUNT, (SESSION, ROLE))
OBJECT = "arn:aws:s3:::data/raw/1.csv"


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(
    action: str | list[str] = "s3:GetObject", on: Any = OBJECT, **more: Any
) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": on, **more}


def deny(action: str | list[str] = "s3:GetObject", on: Any = OBJECT, **more: Any) -> dict[str, Any]:
    return {**allow(action, on, **more), "Effect": "Deny"}


def may(
    *statements: dict[str, Any],
    action: str = "s3:GetObject",
    on: str = OBJECT,
    boundary: str | None = None,
    resource: str | None = None,
    **keys: Any,
) -> bool:
    named = {key.replace("__", ":").replace("_slash_", "/"): value for key, value in keys.items()}
    policies = Policies(identity=(policy(*statements),), boundary=boundary, resource=resource)
    return bool(decide(Request(action, on, named), HOLDER, policies))


def when(operator: str, key: str, value: Any) -> dict[str, Any]:
    return {"Condition": {operator: {key: value}}}


def test_what_nothing_allows_is_denied() -> None:
    assert not may()
    assert not may(allow("s3:PutObject"))
    assert not may(allow(on="arn:aws:s3:::data/other/*"))


def test_an_explicit_denial_wins_wherever_it_stands() -> None:
    assert may(allow())
    assert not may(allow(), deny())
    assert not may(allow(), boundary=policy(allow(), deny()))
    everyone = deny(Principal="*")
    assert not may(allow(), resource=policy(everyone))


def test_a_boundary_grants_nothing_and_cuts_what_it_leaves_out() -> None:
    assert not may(boundary=policy(allow("s3:*", "*")))
    assert not may(allow("*", "*"), boundary=policy(allow("s3:PutObject", "*")))
    assert may(allow("*", "*"), boundary=policy(allow("s3:Get*", "*")))


def test_a_policy_of_the_resource_can_grant_within_the_boundary_alone() -> None:
    named = policy(allow(Principal={"AWS": ROLE}))
    assert may(resource=named)
    assert not may(resource=policy(allow(Principal={"AWS": f"{ROLE}-other"})))
    assert not may(resource=named, boundary=policy(allow("s3:PutObject", "*")))


def test_a_key_whose_policy_is_silent_serves_nobody() -> None:
    key = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1"
    own = allow("kms:Decrypt", key)
    root = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    other = {"AWS": "arn:aws:iam::999999999999:root"}
    assert not may(own, action="kms:Decrypt", on=key)
    assert not may(
        own, action="kms:Decrypt", on=key, resource=policy(allow("kms:*", "*", Principal=other))
    )
    assert may(
        own, action="kms:Decrypt", on=key, resource=policy(allow("kms:*", "*", Principal=root))
    )


@pytest.mark.parametrize(
    ("pattern", "resource", "covers"),
    [
        ("arn:aws:s3:::data/*", "arn:aws:s3:::data/raw/1.csv", True),
        ("arn:aws:s3:::data/*", "arn:aws:s3:::data", False),
        ("arn:aws:s3:::data/ra?/1.csv", "arn:aws:s3:::data/raw/1.csv", True),
        ("arn:aws:s3:::data/raw.1.csv", "arn:aws:s3:::data/raw/1.csv", False),
        ("arn:aws:s3:::DATA/*", "arn:aws:s3:::data/raw/1.csv", False),
        ("arn:aws:sns:*:1:a", "arn:aws:sns:us-east-1:1:a", True),
        ("arn:aws:sns:*:a", "arn:aws:sns:us-east-1:1:a", False),
        ("*", "arn:aws:sns:us-east-1:1:a", True),
    ],
)
def test_wildcards_of_resources_stay_within_their_part(
    pattern: str, resource: str, *, covers: bool
) -> None:
    assert may(allow("*", pattern), on=resource) is covers


def test_actions_are_compared_without_regard_to_case() -> None:
    assert may(allow("S3:getobject"))
    assert may(allow("s3:Get*"))
    assert not may(allow("s3:Get"))


def test_what_is_left_out_by_not_is_left_out() -> None:
    statement = {"Effect": "Allow", "NotAction": "iam:*", "NotResource": "arn:aws:s3:::other/*"}
    assert may(statement)
    assert not may(statement, action="iam:PutRolePolicy")
    assert not may(statement, on="arn:aws:s3:::other/1.csv")


@pytest.mark.parametrize(
    ("operator", "wanted", "given", "holds"),
    [
        ("StringEquals", "a", "a", True),
        ("StringEquals", "a", "A", False),
        ("StringEquals", ["a", "b"], "b", True),
        ("StringEquals", "a", None, False),
        ("StringEqualsIfExists", "a", None, True),
        ("StringEqualsIfExists", "a", "b", False),
        ("StringEqualsIgnoreCase", "a", "A", True),
        ("StringNotEquals", "a", "b", True),
        ("StringNotEquals", ["a", "b"], "b", False),
        ("StringNotEquals", "a", None, True),
        ("StringLike", "a*", "abc", True),
        ("StringNotLike", "a*", "abc", False),
        ("ArnLike", "arn:aws:s3:::*", "arn:aws:s3:::data", True),
        ("ArnEquals", "arn:aws:s3:::data", "arn:aws:s3:::other", False),
        ("ArnEqualsIfExists", "arn:aws:s3:::data", None, True),
        ("Bool", "true", True, True),
        ("Bool", "true", False, False),
        ("Bool", True, True, True),
        ("BoolIfExists", "true", None, True),
        ("NumericLessThan", "1.2", "1.3", False),
        ("NumericLessThanEquals", 3600, 3600, True),
        ("NumericGreaterThan", "1", "unreadable", False),
        ("DateLessThan", "2013-06-01T00:00:00Z", "2013-05-01T00:00:00Z", True),
        ("DateGreaterThan", "2013-06-01T00:00:00Z", "1370044801", True),
        ("IpAddress", "10.0.0.0/8", "10.1.2.3", True),
        ("NotIpAddress", "10.0.0.0/8", "10.1.2.3", False),
        ("Null", "true", None, True),
        ("Null", "true", "a", False),
        ("Null", "false", "a", True),
        ("ForAllValues:StringEquals", ["a", "b"], ["a", "b"], True),
        ("ForAllValues:StringEquals", ["a", "b"], ["a", "c"], False),
        ("ForAllValues:StringEquals", ["a", "b"], None, True),
        ("ForAnyValue:StringEquals", ["a", "b"], ["c", "b"], True),
        ("ForAnyValue:StringEquals", ["a", "b"], ["c"], False),
        ("ForAnyValue:StringEquals", ["a", "b"], None, False),
    ],
)
def test_a_condition_holds_as_iam_says(
    operator: str, wanted: Any, given: Any, *, holds: bool
) -> None:
    keys = {} if given is None else {"aws__some": given}
    assert may(allow(**when(operator, "AWS:Some", wanted)), **keys) is holds


def test_an_operator_that_iam_does_not_have_is_refused() -> None:
    with pytest.raises(ValueError, match="got 'StringMatches'"):
        may(allow(**when("StringMatches", "aws:some", "a")))


def test_an_element_that_is_not_evaluated_is_refused() -> None:
    with pytest.raises(ValueError, match="got \\['NotPrincipal'\\]"):
        may(allow(NotPrincipal="*"))


def test_a_variable_stands_for_the_value_of_the_request() -> None:
    own = allow("*", "arn:aws:s3:::data/${aws:userid}/*")
    mine = "arn:aws:s3:::data/me/1.csv"
    assert may(own, on=mine, aws__userid="me")
    assert not may(own, on=mine, aws__userid="you")
    assert not may(own, on=mine), "a variable without value matches nothing"
    assert not may(own, on="arn:aws:s3:::data/me/1.csv", aws__userid="*"), "a value is no pattern"
    given = allow("*", "arn:aws:s3:::data/${aws:userid, 'me'}/*")
    assert may(given, on=mine)


def test_a_literal_star_matches_a_star_alone() -> None:
    starred = allow("*", "arn:aws:s3:::data/${*}")
    assert may(starred, on="arn:aws:s3:::data/*")
    assert not may(starred, on="arn:aws:s3:::data/1.csv")
