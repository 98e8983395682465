"""Who signed a request: the account, a user, or a session of a role."""

from __future__ import annotations

import re
from collections.abc import Mapping

from moto.iam.access_control import CreateAccessKeyFailure, create_access_key
from moto.sts.models import sts_backends

from infra.emulator.credentials import ADMINISTRATORS

_KEY = re.compile(r"Credential=([^/,\s]+)/")


def identity(account_id: str, headers: Mapping[str, str]) -> tuple[str, str]:
    """Return ARN and principal id; those of the account for its administrators' keys.

    A key that nobody has counts as the account's too: moto takes it, since no policy is enforced.
    """
    root = f"arn:aws:iam::{account_id}:root", account_id
    signed = _KEY.search(headers.get("Authorization", ""))
    if signed is None or signed[1] in ADMINISTRATORS:
        return root
    assumed = sts_backends[account_id]["aws"].get_assumed_role_from_access_key(signed[1])
    if assumed is not None:
        return str(assumed.arn), str(assumed.user_id)
    try:
        key = create_access_key(account_id, "aws", signed[1], dict(headers))
    except CreateAccessKeyFailure:
        return root
    return str(key.arn), signed[1]
