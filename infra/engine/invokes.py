"""Functions that a program may ask of pulumi-aws: the same few as in an offline evaluation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from infra.graph.invokes import offline
from infra.resources.handler import Clients, InputError


def invoke(aws: Clients, token: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the function answers for the account and region of ``aws``.

    Raises:
        InputError: the function is none of those carried out.
    """
    answers = offline(region=aws.region, account_id=aws.account_id)
    if token not in answers:
        raise InputError(f"function must be one of {sorted(answers)}, got {token!r}")
    answer = answers[token]
    return dict(answer(arguments) if callable(answer) else answer)
