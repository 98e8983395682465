"""Whether a role that a request names is there to be assumed."""

from __future__ import annotations

from moto.iam.models import iam_backends
from moto.sagemaker.exceptions import ValidationError

from infra.emulator.sagemaker_api import Call


def check_role(call: Call, role_arn: str | None) -> None:
    """Refuse a role that IAM does not know.

    Raises:
        ValidationError: there is no such role.
    """
    roles = iam_backends[call.backend.account_id]["aws"].roles
    if role_arn is None or all(role.arn != role_arn for role in roles.values()):
        raise ValidationError(
            f"Could not assume role {role_arn}. Please ensure that the role exists and allows "
            "principal 'sagemaker.amazonaws.com' to assume the role."
        )
