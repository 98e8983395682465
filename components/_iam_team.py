"""What is a team's own, and statements that several of its roles share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from components._iam import Condition, Statement, allow, dashboards, join_network
from components._place import Place
from components._tags import owned


@dataclass(frozen=True, kw_only=True, slots=True)
class Team:
    """What one team owns in one environment."""

    stack: str
    """Start, before a hyphen, of the names that callers need."""
    tags: Mapping[str, str]
    """Tags that all of it carries and nothing of another team does."""
    raw_bucket: str
    features_bucket: str
    artifacts_bucket: str
    capture_bucket: str
    raw_key_arn: str
    features_key_arn: str
    artifacts_key_arn: str
    capture_key_arn: str
    operations_key_arn: str
    """Customer key of logs, queues and decisions."""
    api_arns: Sequence[str] = ()
    """What ``execute-api:Invoke`` is asked on."""
    experiment_role_arn: str | None = None
    """Role of scientists' jobs; ``None`` where none are run by hand."""
    raw_data_by_hand: bool = False
    """People write raw data."""
    subnet_ids: Sequence[str] = ()
    """Subnets that scientists' jobs must join."""

    @property
    def buckets(self) -> tuple[str, ...]:
        """Return the names of the buckets."""
        return (self.raw_bucket, self.features_bucket, self.artifacts_bucket, self.capture_bucket)

    @property
    def key_arns(self) -> tuple[str, ...]:
        """Return all customer keys."""
        return (*self.data_key_arns, self.operations_key_arn)

    @property
    def data_key_arns(self) -> tuple[str, ...]:
        """Return the customer keys of the buckets."""
        return (
            self.raw_key_arn,
            self.features_key_arn,
            self.artifacts_key_arn,
            self.capture_key_arn,
        )


def tagged(team: Team) -> Condition:
    """Return the condition that a resource carries the team's tags."""
    return owned(team.tags)


def read_pipelines(place: Place, team: Team) -> Sequence[Statement]:
    """Allow seeing pipelines, how their executions went, and the jobs of these."""
    pipelines = place.arn("sagemaker", f"pipeline/{team.stack}-*")
    kinds = ("hyper-parameter-tuning-job", "processing-job", "training-job", "transform-job")
    return (
        allow(
            "sagemaker:DescribePipeline",
            "sagemaker:DescribePipelineDefinitionForExecution",
            "sagemaker:DescribePipelineExecution",
            "sagemaker:ListPipelineExecutions",
            "sagemaker:ListPipelineExecutionSteps",
            "sagemaker:ListPipelineParametersForExecution",
            on=pipelines,  # its executions are below it
        ),
        allow(
            "sagemaker:DescribeHyperParameterTuningJob",
            "sagemaker:DescribeProcessingJob",
            "sagemaker:DescribeTrainingJob",
            "sagemaker:DescribeTransformJob",
            "sagemaker:ListTags",
            on=[place.arn("sagemaker", f"{kind}/*") for kind in kinds],
            when=tagged(team),  # SageMaker names a pipeline's jobs after the execution
        ),
        allow("sagemaker:ListPipelines", on="*"),  # takes no resource
    )


def deliver_code(place: Place, team: Team) -> Sequence[Statement]:
    """Let somebody follow, approve, retry and stop the delivery of code, as it is declared."""
    pipeline = place.arn("codepipeline", f"{team.stack}-delivery")
    return (
        allow(
            "codepipeline:GetPipeline",
            "codepipeline:GetPipelineExecution",
            "codepipeline:GetPipelineState",
            "codepipeline:ListActionExecutions",
            "codepipeline:ListPipelineExecutions",
            "codepipeline:StartPipelineExecution",
            "codepipeline:StopPipelineExecution",
            on=pipeline,
        ),
        allow("codepipeline:RetryStageExecution", on=f"{pipeline}/*"),
        allow("codepipeline:PutApprovalResult", on=f"{pipeline}/Deliver/Approve"),
    )


def read_features(place: Place, team: Team) -> Sequence[Statement]:
    """Allow reading the online store and what the groups consist of."""
    return (
        allow(
            "sagemaker:BatchGetRecord",
            "sagemaker:DescribeFeatureGroup",
            "sagemaker:GetRecord",
            on=place.arn("sagemaker", f"feature-group/{team.stack}-*"),
        ),
        allow("sagemaker:ListFeatureGroups", on="*"),  # takes no resource
    )


def read_models(place: Place, team: Team) -> Sequence[Statement]:
    """Allow seeing versions, what serves them, and where they come from."""
    return (
        allow(
            "sagemaker:DescribeEndpoint",
            "sagemaker:DescribeModelPackage",
            "sagemaker:DescribeModelPackageGroup",
            "sagemaker:GetModelPackageGroupPolicy",
            "sagemaker:ListModelPackages",
            "sagemaker:ListTags",
            on=[
                place.arn("sagemaker", f"{kind}/{team.stack}-*")
                for kind in ("endpoint", "model-package", "model-package-group")
            ],
        ),
        allow(
            "sagemaker:DescribeEndpointConfig",
            "sagemaker:DescribeModel",
            "sagemaker:ListTags",
            on=[place.arn("sagemaker", f"{kind}/*") for kind in ("endpoint-config", "model")],
            when=tagged(team),  # Pulumi names them, so that the next can stand beside them
        ),
        allow(
            "sagemaker:ListAssociations",
            "sagemaker:ListEndpoints",
            "sagemaker:ListModelPackageGroups",
            "sagemaker:QueryLineage",
            on="*",  # none of them takes a resource
        ),
    )


def read_experiments(place: Place, team: Team) -> Sequence[Statement]:
    """Allow seeing tracked runs and the jobs that were named after the stack."""
    kinds = (
        "experiment",
        "experiment-trial",
        "experiment-trial-component",
        "processing-job",
        "training-job",
    )
    return (
        allow(
            "sagemaker:DescribeExperiment",
            "sagemaker:DescribeProcessingJob",
            "sagemaker:DescribeTrainingJob",
            "sagemaker:DescribeTrial",
            "sagemaker:DescribeTrialComponent",
            on=[place.arn("sagemaker", f"{kind}/{team.stack}-*") for kind in kinds],
        ),
        allow(
            "sagemaker:ListExperiments",
            "sagemaker:ListProcessingJobs",
            "sagemaker:ListTrainingJobs",
            "sagemaker:ListTrialComponents",
            "sagemaker:ListTrials",
            "sagemaker:Search",
            on="*",  # none of them takes a resource
        ),
    )


def alarms_and_dashboards(place: Place, team: Team) -> Sequence[Statement]:
    """Allow seeing dashboards, alarms and the metrics behind them."""
    return (
        allow(
            "cloudwatch:DescribeAlarmHistory",
            "cloudwatch:DescribeAlarms",
            on=place.arn("cloudwatch", f"alarm:{team.stack}-*"),
        ),
        allow(
            "cloudwatch:GetDashboard",
            on=dashboards(place, team.stack),
        ),
        allow(
            "cloudwatch:GetMetricData",
            "cloudwatch:GetMetricStatistics",
            "cloudwatch:GetMetricWidgetImage",
            "cloudwatch:ListDashboards",
            "cloudwatch:ListMetrics",
            on="*",  # metrics are the account's: none of them takes a resource
        ),
    )


def logs(place: Place, team: Team) -> Sequence[Statement]:
    """Allow reading the logs of functions, builds, APIs and endpoints."""
    groups = [
        place.arn("logs", f"log-group:{name}/{team.stack}-*")
        for name in ("/mlops", "/aws/sagemaker/Endpoints")
    ]
    return (
        allow(
            "logs:DescribeLogStreams",
            "logs:FilterLogEvents",
            "logs:GetLogEvents",
            "logs:GetQueryResults",
            "logs:StartQuery",
            on=groups,
        ),
        allow("logs:DescribeLogGroups", "logs:StopQuery", on="*"),  # take no resource
    )


def decrypt(*key_arns: str) -> Statement:
    """Allow reading what the keys encrypt."""
    return allow("kms:Decrypt", "kms:DescribeKey", on=key_arns)


def encrypt(key_arn: str) -> Statement:
    """Allow writing what the key is to encrypt."""
    return allow("kms:GenerateDataKey", on=key_arn)


def call_api(team: Team) -> Sequence[Statement]:
    """Allow calling the scoring APIs, where there are any."""
    return (allow("execute-api:Invoke", on=team.api_arns),) if team.api_arns else ()


def network(place: Place, team: Team) -> Sequence[Statement]:
    """Allow joining the subnets, where jobs must."""
    return join_network(place) if team.subnet_ids else ()
