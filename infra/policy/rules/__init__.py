"""Every rule, a file per service."""

from __future__ import annotations

from typing import Final

from infra.policy.model import Rule
from infra.policy.rules import (
    cloudtrail,
    codebuild,
    iam,
    kms,
    lambda_,
    messaging,
    network,
    platform,
    s3,
    s3_access,
    sagemaker,
    sagemaker_jobs,
    sagemaker_notebooks,
    tables,
    watch,
)

RULES: Final[tuple[Rule, ...]] = (
    *platform.RULES,
    *sagemaker.RULES,
    *sagemaker_notebooks.RULES,
    *sagemaker_jobs.RULES,
    *s3.RULES,
    *s3_access.RULES,
    *iam.RULES,
    *kms.RULES,
    *lambda_.RULES,
    *messaging.RULES,
    *tables.RULES,
    *codebuild.RULES,
    *cloudtrail.RULES,
    *network.RULES,
    *watch.RULES,
)
BY_ID: Final = {rule.id: rule for rule in RULES}
