"""Checking inputs: names, required ones, autonames."""

from __future__ import annotations

import re

import pytest

from infra.resources.handler import InputError
from infra.resources.naming import AutoName
from infra.resources.table import lookup, table

ROLE = lookup("aws:iam/role:Role")
BUCKET = lookup("aws:s3/bucket:Bucket")
TRUST = {"assumeRolePolicy": "{}"}


def test_an_unnamed_resource_is_named_as_pulumi_names_it() -> None:
    name = ROLE.check("Worker", TRUST)["name"]
    assert re.fullmatch("Worker-[0-9a-f]{7}", name)
    assert ROLE.check("Worker", TRUST)["name"] != name


def test_a_bucket_is_named_in_lower_case() -> None:
    assert re.fullmatch("raw-[0-9a-f]{7}", BUCKET.check("Raw", {})["bucket"])


def test_an_autoname_is_kept_while_the_resource_lives() -> None:
    old = ROLE.check("worker", TRUST)
    assert ROLE.check("worker", TRUST, old)["name"] == old["name"]


def test_a_name_that_was_chosen_is_not_kept_once_it_is_taken_away() -> None:
    assert ROLE.check("worker", TRUST, {"name": "chosen"})["name"] != "chosen"


def test_a_name_that_is_chosen_is_taken() -> None:
    assert ROLE.check("worker", {**TRUST, "name": "chosen"})["name"] == "chosen"


def test_fails_when_no_room_is_left_for_the_digits() -> None:
    with pytest.raises(InputError, match="name must be at most 10 characters, got 'too-long-"):
        AutoName("name", 10).given("too-long", None)


def test_fails_on_a_property_that_no_operation_takes() -> None:
    with pytest.raises(InputError, match=r"iam/role:Role 'worker': maxSesion is no .*'maxSession"):
        ROLE.check("worker", {**TRUST, "maxSesion": 1})


def test_fails_on_a_missing_property() -> None:
    with pytest.raises(InputError, match="'worker': assumeRolePolicy must be given"):
        ROLE.check("worker", {})


def test_fails_on_a_type_that_is_not_there_and_names_what_is_close() -> None:
    with pytest.raises(LookupError, match=r"'aws:s3/buckt:Bucket' .*'aws:s3/bucket:Bucket'"):
        lookup("aws:s3/buckt:Bucket")


@pytest.mark.parametrize("token", sorted(table()))
def test_every_row_names_operations_that_exist_and_inputs_it_takes(token: str) -> None:
    kind = lookup(token)
    assert kind.token == token
    assert "tags" not in kind.replace_on
