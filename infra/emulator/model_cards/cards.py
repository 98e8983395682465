"""Operations on model cards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from moto.sagemaker.exceptions import ResourceNotFound, ValidationError

from infra.emulator.model_cards.content import faults
from infra.emulator.sagemaker_api import Call, Operation, between, page, present

ARCHIVED: Final = "Archived"


@dataclass(eq=False, slots=True)
class CardVersion:
    """One version. moto keeps a card as the list of its versions; the first has its tags."""

    arn: str
    name: str
    number: int
    content: str
    status: str
    created: datetime
    created_by: Mapping[str, Any]
    modified: datetime
    modified_by: Mapping[str, Any]
    security: Mapping[str, Any] | None
    tags: list[dict[str, str]] = field(default_factory=list)


def create(call: Call) -> Mapping[str, Any]:
    """Make a card's first version.

    Raises:
        ValidationError: there is one of that name, or the content breaks the schema.
    """
    asked, cards = call.parameters, _cards(call)
    name = asked["ModelCardName"]
    if name in cards:
        raise ValidationError(f"Model card already exists: {cards[name][0].arn}")
    _check(asked["Content"])
    now, by = call.now(), call.user()
    made = CardVersion(
        arn=call.arn("model-card", name),
        name=name,
        number=1,
        content=asked["Content"],
        status=asked["ModelCardStatus"],
        created=now,
        created_by=by,
        modified=now,
        modified_by=by,
        security=asked.get("SecurityConfig"),
        tags=list(asked.get("Tags") or []),
    )
    cards[name] = [made]
    return {"ModelCardArn": made.arn}


def update(call: Call) -> Mapping[str, Any]:
    """Add a version with other content, or change the status of the newest.

    Raises:
        ValidationError: both or neither is given, the card is archived, or the content breaks the
            schema.
    """
    asked, versions = call.parameters, _versions(call)
    content, status = asked.get("Content"), asked.get("ModelCardStatus")
    if (content is None) == (status is None):
        raise ValidationError(
            "exactly one of Content and ModelCardStatus must be given: AWS does not update both in"
            " one call"
        )
    newest = versions[-1]
    now, by = call.now(), call.user()
    if content is None:
        newest.status, newest.modified, newest.modified_by = str(status), now, by
        return {"ModelCardArn": newest.arn}
    if newest.status == ARCHIVED:
        raise ValidationError("Model Card is in Archived state")
    _check(content)
    versions.append(
        CardVersion(
            arn=newest.arn,
            name=newest.name,
            number=newest.number + 1,
            content=content,
            status=newest.status,
            created=newest.created,
            created_by=newest.created_by,
            modified=now,
            modified_by=by,
            security=newest.security,
        )
    )
    return {"ModelCardArn": newest.arn}


def describe(call: Call) -> Mapping[str, Any]:
    """Return a version, the newest unless asked otherwise.

    Raises:
        ResourceNotFound: there is no such card or version.
    """
    asked, versions = call.parameters, _versions(call)
    number = asked.get("ModelCardVersion") or versions[-1].number
    found = next((one for one in versions if one.number == number), None)
    if found is None:
        raise ResourceNotFound(f"{versions[0].arn} has no version {number}")
    return present(
        [
            ("ModelCardArn", found.arn),
            ("ModelCardName", found.name),
            ("ModelCardVersion", found.number),
            ("Content", "" if asked.get("IncludedData") == "MetadataOnly" else found.content),
            ("ModelCardStatus", found.status),
            ("SecurityConfig", found.security),
            ("CreationTime", found.created),
            ("CreatedBy", found.created_by),
            ("LastModifiedTime", found.modified),
            ("LastModifiedBy", found.modified_by),
        ]
    )


def list_cards(call: Call) -> Mapping[str, Any]:
    """Return the newest version of each card that passes the filters."""
    asked = call.parameters
    found = [
        versions[-1]
        for versions in _cards(call).values()
        if (asked.get("NameContains") or "") in versions[-1].name
        and asked.get("ModelCardStatus") in {None, versions[-1].status}
        and between(
            versions[-1].created, asked.get("CreationTimeAfter"), asked.get("CreationTimeBefore")
        )
    ]
    by_name = asked.get("SortBy") == "Name"
    found.sort(
        key=lambda card: (card.name if by_name else "", card.created),
        reverse=asked.get("SortOrder") == "Descending",
    )
    rows, token = page(found, asked)
    return {
        "ModelCardSummaries": [
            {
                "ModelCardName": card.name,
                "ModelCardArn": card.arn,
                "ModelCardStatus": card.status,
                "CreationTime": card.created,
                "LastModifiedTime": card.modified,
            }
            for card in rows
        ],
        "NextToken": token,
    }


def list_versions(call: Call) -> Mapping[str, Any]:
    """Return the versions of a card that pass the filters."""
    asked = call.parameters
    found = [
        one
        for one in _versions(call)
        if asked.get("ModelCardStatus") in {None, one.status}
        and between(one.modified, asked.get("CreationTimeAfter"), asked.get("CreationTimeBefore"))
    ]
    found.sort(key=lambda one: one.number, reverse=asked.get("SortOrder") == "Descending")
    rows, token = page(found, asked)
    return {
        "ModelCardVersionSummaryList": [
            {
                "ModelCardName": one.name,
                "ModelCardArn": one.arn,
                "ModelCardStatus": one.status,
                "ModelCardVersion": one.number,
                "CreationTime": one.created,
                "LastModifiedTime": one.modified,
            }
            for one in rows
        ],
        "NextToken": token,
    }


def delete(call: Call) -> None:
    """Delete a card with all its versions."""
    _versions(call)
    del _cards(call)[_name(call)]


def _check(content: str) -> None:
    if found := faults(content):
        raise ValidationError(f"Content must follow the model card schema: {'; '.join(found)}")


def _name(call: Call) -> str:
    return str(call.parameters["ModelCardName"]).rpartition("/")[2]


def _versions(call: Call) -> list[CardVersion]:
    found = _cards(call).get(_name(call))
    if found is None:
        raise ResourceNotFound(f"Modelcard {_name(call)} does not exist.")
    return found


def _cards(call: Call) -> dict[str, list[CardVersion]]:
    cards: Any = call.backend.model_cards
    found: dict[str, list[CardVersion]] = cards
    return found


OPERATIONS: dict[str, Operation] = {
    "CreateModelCard": create,
    "UpdateModelCard": update,
    "DescribeModelCard": describe,
    "ListModelCards": list_cards,
    "ListModelCardVersions": list_versions,
    "DeleteModelCard": delete,
}
