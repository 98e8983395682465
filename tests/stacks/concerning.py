"""Which actions are about which kind of thing, as AWS's service authorization reference has it."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

OF_THE_ACCOUNT: Final = frozenset(
    {
        "cloudwatch:GetMetricData",
        "cloudwatch:GetMetricStatistics",
        "cloudwatch:GetMetricWidgetImage",
        "cloudwatch:ListDashboards",
        "cloudwatch:ListMetrics",
        "cloudwatch:PutMetricData",
        "codebuild:ListProjects",
        "dynamodb:ListTables",
        "ecr:GetAuthorizationToken",
        "kms:ListAliases",
        "kms:CreateKey",
        "logs:DescribeLogGroups",
        "logs:StopQuery",
        "sns:Unsubscribe",
    }
)
"""What takes no resource: it lists, measures or signs in, and touches nothing."""
OF_ANY_KIND: Final = ("AddTags", "DeleteTags", "ListTags", "TagResource", "UntagResource")
UNTAGGED: Final = ("dashboard", "pipeline-execution")
_SAGEMAKER: Final = {
    "domain": ("Domain", "PresignedDomainUrl"),
    "endpoint": ("Endpoint", "EndpointWeightsAndCapacities"),
    "endpoint-config": ("EndpointConfig",),
    "experiment": ("Experiment",),
    "experiment-trial": ("Trial", "TrialComponent"),
    "feature-group": ("FeatureGroup", "Record", "FeatureMetadata"),
    "hyper-parameter-tuning-job": ("HyperParameterTuningJob",),
    "mlflow-tracking-server": ("MlflowTrackingServer",),
    "model": ("Model",),
    "model-card": ("ModelCard",),
    "model-package": ("ModelPackage", "ModelPackages"),
    "model-package-group": ("ModelPackageGroup", "ModelPackageGroupPolicy", "ModelPackages"),
    "pipeline": ("Pipeline", "PipelineExecution", "PipelineExecutions"),
    "pipeline-execution": (
        "PipelineDefinitionForExecution",
        "PipelineExecution",
        "PipelineExecutionSteps",
        "PipelineParametersForExecution",
    ),
    "processing-job": ("ProcessingJob",),
    "training-job": ("TrainingJob",),
    "transform-job": ("TransformJob",),
}
_BESIDE: Final = {
    ("AssociateTrialComponent", "experiment-trial"),
    ("CreateEndpoint", "endpoint-config"),
    ("CreateModelPackage", "model-package-group"),
    ("CreatePipeline", "pipeline"),
    ("CreateTrial", "experiment"),
    ("UpdateEndpoint", "endpoint-config"),
}
"""Actions that are asked about another kind of thing too, or put in place what stands."""
_VERB: Final = re.compile(r"^(Batch)?[A-Z][a-z]+")


@cache
def kind(arn: str) -> str:
    """Return service and kind of resource of an ARN."""
    _, _, service, _, _, rest = arn.split(":", 5)
    if service in {"s3", "kms", "sqs", "sns", "codepipeline", "execute-api"}:
        return service
    execution = "-execution" if "/execution/" in rest else ""
    return f"{service}:{re.split('[/:]', rest.lstrip('/'))[0]}{execution}"


@cache
def about(action: str, what: str) -> bool:
    """Tell whether an action is about a kind of thing that stands already.

    What stands cannot be created again: that leaves it as it is.
    """
    service, _, operation = action.partition(":")
    if service.lower() != what.partition(":")[0] or action in OF_THE_ACCOUNT:
        return False
    noun = _VERB.sub("", operation)
    named = what.partition(":")[2]
    if (operation, named) in _BESIDE or operation in OF_ANY_KIND:
        return named not in UNTAGGED
    match service:
        case "sagemaker":
            return noun in _SAGEMAKER[named] and not operation.startswith("Create")
        case "iam":
            own = {"role": "Role", "policy": "Policy", "oidc-provider": "OpenIDConnectProvider"}
            of_role = "Role" in operation
            return operation != f"Create{own[named]}" and (
                of_role if named == "role" else own[named] in operation and not of_role
            )
        case "cloudwatch":
            return named.capitalize() in operation
        case _:
            return not operation.startswith("Create") or operation == "CreateGrant"
