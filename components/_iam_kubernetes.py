"""What pods may do in AWS, and which of them."""

from __future__ import annotations

from collections.abc import Sequence

from components._iam import allow, document, read_objects, write_objects
from components._iam_deployment import trust_jobs
from components._place import Place

TOKEN_AUDIENCE = "sts.amazonaws.com"  # noqa: S105 - who reads the token, no password


def trust_service_account(place: Place, issuer: str, namespace: str, account: str) -> str:
    """Let the pods of one service account assume the role; the cluster's issuer vouches for them.

    ``issuer`` must be an identity provider of the AWS account: on EKS and on any cluster whose
    discovery document IAM can read.
    """
    provider = place.global_arn("iam", f"oidc-provider/{issuer}")
    return trust_jobs(provider, issuer, [f"system:serviceaccount:{namespace}:{account}"])


def serve(place: Place, *, models: str, key_arn: str) -> str:
    """Allow reading model archives below ``models`` (bucket and prefix) and nothing else."""
    return document(*read_objects(place, models), allow("kms:Decrypt", on=key_arn))


def train(place: Place, *, reads: Sequence[str], writes: str, key_arns: Sequence[str]) -> str:
    """Allow reading training data, and reading and writing what training makes below ``writes``.

    ``reads`` and ``writes`` are ``bucket/prefix``, ``key_arns`` the customer keys of both.
    """
    return document(
        *read_objects(place, *reads, writes),
        write_objects(place, writes),
        allow("kms:Decrypt", "kms:GenerateDataKey", on=sorted(set(key_arns))),
    )
