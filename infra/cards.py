"""The model card of a version: SageMaker's, or one made from the registry on the spot."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from pipelines.compile import SOURCES
from pipelines.shared.lineage.asking import Asking
from pipelines.shared.lineage.facts import Version
from pipelines.shared.lineage.version import version
from pipelines.shared.recorder import card
from stacks.layers import load


@dataclass(frozen=True, kw_only=True, slots=True)
class Card:
    """A card as it is shown."""

    title: str
    status: str
    origin: str
    """``SageMaker, version N`` or ``made from the registry``."""
    text: str
    """Its content, JSON in SageMaker's schema."""

    @property
    def content(self) -> Mapping[str, Any]:
        """Return the content, read."""
        found: Mapping[str, Any] = json.loads(self.text)
        return found


def card_of(client: Callable[[str], Any], name: str, stack: str | None) -> Card:
    """Return the card of ``GROUP/NUMBER``.

    Raises:
        LookupError: the registry has no such version, or no use case states its purpose.
        StackError: the stack is unknown or its files break rules.
        ClientError: AWS refuses.
    """
    group, slash, number = name.rpartition("/")
    if not slash or not number.isdecimal():
        raise LookupError(f"version must be GROUP/NUMBER, got {name!r}")
    sagemaker = client("sagemaker")
    listed = sagemaker.get_paginator("list_model_packages").paginate(ModelPackageGroupName=group)
    arns = {
        one["ModelPackageVersion"]: one["ModelPackageArn"]
        for page in listed
        for one in page["ModelPackageSummaryList"]
    }
    if int(number) not in arns:
        raise LookupError(f"version of {group} must be one of {sorted(arns)}, got {number}")
    asking = Asking(client)
    found = version(asking, arns[int(number)])
    if found is None:
        raise LookupError("; ".join(asking.gaps))
    try:
        kept = sagemaker.describe_model_card(ModelCardName=card.name(found))
    except ClientError as error:
        if error.response["Error"]["Code"] not in {"ResourceNotFound", "NotImplemented"}:
            raise
        return _made(found, stack)
    return Card(
        title=name,
        status=kept["ModelCardStatus"],
        origin=f"SageMaker, version {kept['ModelCardVersion']}",
        text=json.dumps(json.loads(kept["Content"]), indent=2),
    )


def _made(found: Version, stack: str | None) -> Card:
    use_case = found.group.rpartition("-")[2]
    if not (SOURCES / use_case / "card.py").is_file():
        known = sorted(path.parent.name for path in SOURCES.glob("*/card.py"))
        raise LookupError(f"group must end in one of {known}, got {found.group!r}")
    purpose = importlib.import_module(f"pipelines.{use_case}.card").PURPOSE
    owner = "unknown"
    if stack is not None:
        config = load(stack).config
        owner, settings = config.owner, config.use_cases.get(use_case)
        if settings is not None and settings.charter is not None:
            owner = settings.charter.owner
            purpose = card.stated(purpose, settings.charter.objective)
    return Card(
        title=f"{found.group}/{found.number}",
        status=card.STATUS.get(found.approval.status, "Draft"),
        origin="made from the registry",
        text=json.dumps(card.content(found, purpose, owner), indent=2),
    )
