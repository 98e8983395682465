"""Words for inputs; written by ``python -m infra.package.generate --write``."""

from enum import StrEnum


class CostBudgetStop(StrEnum):
    """One of a few words."""

    AUTOMATIC = "automatic"
    MANUAL = "manual"
    NEVER = "never"


class EncryptionKeyServices(StrEnum):
    """One of a few words."""

    LOGS = "logs"
    EVENTS = "events"
    CLOUDTRAIL = "cloudtrail"
    CLOUDWATCH = "cloudwatch"
    BUDGETS = "budgets"


class ExperimentTrackingSize(StrEnum):
    """One of a few words."""

    SMALL = "Small"
    MEDIUM = "Medium"
    LARGE = "Large"


class FeatureStoreOfflineTable(StrEnum):
    """One of a few words."""

    NONE = "none"
    GLUE = "glue"
    ICEBERG = "iceberg"


class Operator(StrEnum):
    """One of a few words."""

    KSERVE = "kserve"
    KUBEFLOW_TRAINER = "kubeflow-trainer"


class Protocol(StrEnum):
    """One of a few words."""

    EMAIL = "email"
    EMAIL_JSON = "email-json"
    HTTPS = "https"
    SQS = "sqs"
    LAMBDA = "lambda"


class Role(StrEnum):
    """One of a few words."""

    BUSINESS_STAKEHOLDER = "business_stakeholder"
    SOLUTION_ARCHITECT = "solution_architect"
    DATA_SCIENTIST = "data_scientist"
    DATA_ENGINEER = "data_engineer"
    SOFTWARE_ENGINEER = "software_engineer"
    DEVOPS_ENGINEER = "devops_engineer"
    ML_ENGINEER = "ml_engineer"


class RolloutStrategy(StrEnum):
    """One of a few words."""

    ALL_AT_ONCE = "all_at_once"
    CANARY = "canary"
    LINEAR = "linear"


class ScalingMetric(StrEnum):
    """One of a few words."""

    INVOCATIONS = "invocations"
    CONCURRENCY = "concurrency"
    GPU = "gpu"
    BACKLOG = "backlog"


class ShadowPromotionDecides(StrEnum):
    """One of a few words."""

    APPROVE = "approve"
    RECOMMEND = "recommend"


class SourceType(StrEnum):
    """One of a few words."""

    GITHUB = "GITHUB"
    CODECOMMIT = "CODECOMMIT"
    S3 = "S3"
    NO_SOURCE = "NO_SOURCE"
    CODEPIPELINE = "CODEPIPELINE"
