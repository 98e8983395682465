"""Arguments with which each component can be declared, to be varied one at a time."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi

from components.alert_routes import AlertRoutes, AlertRoutesArgs, Destination
from components.alerting import Alerting
from components.artifact_store import ArtifactStore, ArtifactStoreArgs
from components.audit_trail import AuditTrail, AuditTrailArgs
from components.batch_scoring import BatchScoring, BatchScoringArgs
from components.cluster import Cluster
from components.code import FunctionCode
from components.container_registry import ContainerRegistry, ContainerRegistryArgs
from components.cost_budget import CostBudget, CostBudgetArgs
from components.dashboard import Dashboard, DashboardArgs, WatchedModel
from components.delivery_pipeline import DeliveryPipeline, DeliveryPipelineArgs
from components.deployment_access import DeploymentAccess, DeploymentAccessArgs
from components.drift_monitor import DriftMonitor, DriftMonitorArgs
from components.encryption_key import EncryptionKey, EncryptionKeyArgs
from components.experiment_tracking import ExperimentTracking, ExperimentTrackingArgs
from components.feature_store import FeatureGroupDefinition, FeatureStore, FeatureStoreArgs
from components.feature_stream import FeatureStream, FeatureStreamArgs
from components.kubernetes_serving import KubernetesServing, KubernetesServingArgs
from components.kubernetes_training import KubernetesTraining, KubernetesTrainingArgs
from components.ml_pipeline import CodeFile, MlPipeline, MlPipelineArgs, PipelineAccess
from components.model_delivery import ModelDelivery, ModelDeliveryArgs
from components.model_endpoint import ModelEndpoint, ModelEndpointArgs
from components.model_promotion import ModelPromotion, ModelPromotionArgs
from components.model_recorder import ModelRecorder, ModelRecorderArgs
from components.model_registry import ModelRegistry, ModelRegistryArgs
from components.orchestrator_access import OrchestratorAccess, OrchestratorAccessArgs
from components.pod_resources import PodResources
from components.private_network import PrivateNetwork, PrivateNetworkArgs
from components.release_monitor import ReleaseMonitor, ReleaseMonitorArgs
from components.retraining_gate import RetrainingGate, RetrainingGateArgs
from components.revisions import Connection
from components.scoring_api import ScoringApi, ScoringApiArgs
from components.service_boundary import ServiceBoundary, ServiceBoundaryArgs
from components.shadow_promotion import ShadowPromotion, ShadowPromotionArgs, ShadowRules
from components.studio_domain import StudioDomain, StudioDomainArgs
from components.team_access import TeamAccess, TeamAccessArgs
from components.team_namespace import NamespaceQuota, TeamNamespace, TeamNamespaceArgs
from components.variants import Variant
from components.workflow_jobs import GitHubJobs
from infra.graph.model import ResourceGraph
from tests import pretend

HERE = Path(__file__)
TAGS = {"project": "p", "environment": "test", "owner": "o", "team": "t"}
KEY = "arn:aws:kms:us-east-1:123456789012:key/k"
SAGEMAKER = "arn:aws:sagemaker:us-east-1:123456789012"
UPSTREAM = "arn:aws:sagemaker:us-east-1:444455556666"
VERSION = f"{SAGEMAKER}:model-package/late/7"
IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.0-5"
LIVE = Variant(name="live", model_package_arn=VERSION, instance_type="ml.m5.large")
WEATHER = FeatureGroupDefinition(
    name="weather",
    description="Weather.",
    record_identifier="hour",
    event_time="at",
    features={"hour": "String", "at": "String", "temp": "Fractional"},
)
WATCHED = WatchedModel(
    name="late",
    endpoint_name="test-late",
    dimensions={"Stack": "test", "UseCase": "late"},
    metric_namespace="MLOps",
    feature_groups=["weather", "request"],
    feature_threshold=0.2,
    prediction_threshold=0.3,
    drop_threshold=0.05,
    pipeline_names=["test-late-training"],
    function_names=["gate"],
    api_name="test-late-scoring",
    alarm_arns=["arn:aws:cloudwatch:us-east-1:123456789012:alarm:late-errors"],
    decisions_log_group="/mlops/test-late/gate",
)
CODE = FunctionCode(handler="gate.handler", files={"gate.py": HERE})
IAM = "arn:aws:iam::123456789012"
STUDIO_ROLES = ("data_scientist", "ml_engineer")
CLUSTER = Cluster(issuer="oidc.example.com/id/1", version="1.36")
RULE = "arn:aws:events:us-east-1:123456789012:rule/r"

ARGS: dict[type[pulumi.ComponentResource], tuple[type[Any], dict[str, Any]]] = {
    EncryptionKey: (EncryptionKeyArgs, {"description": "d", "tags": TAGS}),
    ArtifactStore: (ArtifactStoreArgs, {"tags": TAGS}),
    PrivateNetwork: (
        PrivateNetworkArgs,
        {
            "cidr": "10.0.0.0/16",
            "zones": ["us-east-1a", "us-east-1b"],
            "services": ["sagemaker.api", "sts"],
            "log_group_name": "/mlops/test/network",
            "key_arn": KEY,
            "tags": TAGS,
        },
    ),
    ContainerRegistry: (
        ContainerRegistryArgs,
        {"name_prefix": "test", "images": ["serving"], "key_arn": KEY, "tags": TAGS},
    ),
    AuditTrail: (
        AuditTrailArgs,
        {
            "trail_name": "test",
            "buckets": ["raw", "features"],
            "access_log_bucket": "logs",
            "key_arn": KEY,
            "log_group_name": "/mlops/test/audit",
            "tags": TAGS,
        },
    ),
    FeatureStore: (
        FeatureStoreArgs,
        {
            "name_prefix": "test",
            "groups": [WEATHER],
            "bucket": "offline",
            "prefix": "features/late",
            "key_arn": KEY,
            "tags": TAGS,
        },
    ),
    FeatureStream: (
        FeatureStreamArgs,
        {
            "stream_name": "test-late-weather",
            "feature_group": "test-weather",
            "code": CODE,
            "data_key_arn": KEY,
            "key_arn": KEY,
            "log_group_name": "/mlops/late/weather-stream",
            "tags": TAGS,
        },
    ),
    MlPipeline: (
        MlPipelineArgs,
        {
            "pipeline_name": "test-late-training",
            "definition": json.dumps({"Version": "2020-12-01", "Steps": [], "R": "${role_arn}"}),
            "values": {},
            "code": [CodeFile(key="code/ab/step.py", path=HERE, sha256="ab" * 32)],
            "code_bucket": "artifacts",
            "access": PipelineAccess(reads=["raw/raw/late/"], writes=["artifacts/"]),
            "key_arn": KEY,
            "queue_key_arn": KEY,
            "tags": TAGS,
            "made_from": {"commit": "c0ffee", "branch": "main", "author": "A Person"},
        },
    ),
    AlertRoutes: (
        AlertRoutesArgs,
        {"key_arn": KEY, "tags": TAGS, "urgent": [Destination(protocol="email", endpoint="a@b")]},
    ),
    CostBudget: (
        CostBudgetArgs,
        {
            "monthly_usd": 100,
            "cost_tags": {"team": "t"},
            "topic_arn": "arn:aws:sns:us-east-1:123456789012:notice",
            "tags": TAGS,
        },
    ),
    Dashboard: (
        DashboardArgs,
        {"stack": "test", "models": [WATCHED], "runbooks_url": "docs/runbooks.md"},
    ),
    ModelRegistry: (
        ModelRegistryArgs,
        {"group_name": "late", "description": "Lateness", "tags": TAGS},
    ),
    ExperimentTracking: (
        ExperimentTrackingArgs,
        {
            "server_name": "test",
            "artifacts_bucket": "artifacts",
            "artifacts_prefix": "mlflow",
            "key_arn": KEY,
            "tags": TAGS,
        },
    ),
    ModelRecorder: (
        ModelRecorderArgs,
        {
            "use_case": "late",
            "owner": "o",
            "code": CODE,
            "model_package_group": "late",
            "training_pipeline": "late-training",
            "feature_groups": ["test-weather"],
            "raw_bucket": "raw",
            "artifacts_bucket": "artifacts",
            "data_key_arn": KEY,
            "key_arn": KEY,
            "log_group_name": "/mlops/late/recorder",
            "tags": TAGS,
        },
    ),
    ModelEndpoint: (
        ModelEndpointArgs,
        {
            "endpoint_name": "late",
            "variants": [LIVE],
            "image_uri": IMAGE,
            "models": "artifacts/models/",
            "capture_bucket": "capture",
            "capture_prefix": "late",
            "key_arn": KEY,
            "capture_key_arn": f"{KEY}-of-traffic",
            "log_key_arn": KEY,
            "tags": TAGS,
        },
    ),
    ScoringApi: (
        ScoringApiArgs,
        {
            "api_name": "late",
            "code": CODE,
            "endpoint_name": "late",
            "model_name_prefix": "late-serving-",
            "feature_groups": {"weather": "test-weather"},
            "data_key_arn": KEY,
            "key_arn": KEY,
            "log_group_prefix": "/mlops/late",
            "tags": TAGS,
        },
    ),
    BatchScoring: (
        BatchScoringArgs,
        {
            "name_prefix": "test-late",
            "scorer_name": "late-batch",
            "scorer_arn": f"{SAGEMAKER}:pipeline/late-batch",
            "schedule": "rate(1 day)",
            "metric_namespace": "MLOps",
            "dimensions": {"Stack": "test", "UseCase": "late"},
            "overdue_hours": 26,
            "key_arn": KEY,
            "tags": TAGS,
        },
    ),
    DriftMonitor: (
        DriftMonitorArgs,
        {
            "name_prefix": "late",
            "dimensions": {"Stack": "test", "UseCase": "late"},
            "metric_namespace": "MLOps",
            "feature_groups": ["weather", "request"],
            "detector_name": "late-drift",
            "detector_arn": f"{SAGEMAKER}:pipeline/late-drift",
            "schedule": "rate(1 day)",
            "feature_threshold": 0.2,
            "prediction_threshold": 0.3,
            "drop_threshold": 0.05,
            "key_arn": KEY,
            "tags": TAGS,
        },
    ),
    RetrainingGate: (
        RetrainingGateArgs,
        {
            "stack": "test",
            "use_case": "late",
            "code": CODE,
            "training_pipeline_name": "late-training",
            "training_pipeline_arn": f"{SAGEMAKER}:pipeline/late-training",
            "feature_pipeline_arn": f"{SAGEMAKER}:pipeline/late-features",
            "model_package_group": "late",
            "raw_bucket": "raw",
            "labels_prefix": "labels/late/",
            "alarm_rule": "r",
            "alarm_rule_arn": RULE,
            "alarm_arns": ["arn:aws:cloudwatch:us-east-1:123456789012:alarm:late-auc-drop"],
            "data_quality_alarm": "late-data-quality",
            "cool_down_hours": 24,
            "budget_retrainings": 3,
            "budget_window_days": 30,
            "min_new_labels": 100,
            "on_new_data": True,
            "data_key_arn": KEY,
            "key_arn": KEY,
            "log_group_name": "/mlops/late/gate",
            "tags": TAGS,
        },
    ),
    ShadowPromotion: (
        ShadowPromotionArgs,
        {
            "stack": "test",
            "use_case": "late",
            "code": CODE,
            "decides": "approve",
            "rules": ShadowRules(
                window_days=30,
                min_requests=1000,
                min_days=7,
                min_labels=500,
                max_auc_loss=0.005,
                max_mean_difference=0.2,
                max_latency_ratio=1.5,
                max_error_percent=1,
                max_days=30,
            ),
            "schedule": "rate(1 day)",
            "settling_minutes": 35,
            "endpoint_name": "late",
            "model_name_prefix": "late-serving-",
            "model_package_group": "late",
            "decisions_table": "gate-decisions",
            "capture_bucket": "capture",
            "capture_prefix": "late",
            "raw_bucket": "raw",
            "labels_prefix": "labels/late/",
            "metric_namespace": "MLOps",
            "capture_key_arn": f"{KEY}-of-traffic",
            "raw_key_arn": f"{KEY}-of-raw",
            "key_arn": KEY,
            "log_group_name": "/mlops/late/shadow",
            "tags": TAGS,
        },
    ),
    OrchestratorAccess: (
        OrchestratorAccessArgs,
        {
            "role_name": "test-prod-orchestrator",
            "pipeline_arns": ["arn:aws:sagemaker:us-east-1:123456789012:pipeline/test-prod-a"],
            "issuer": "oidc.example.com/id/TEST",
            "service_accounts": ["airflow/worker"],
            "provider_exists": False,
            "role_arns": ["arn:aws:iam::123456789012:role/airflow"],
            "tags": TAGS,
        },
    ),
    DeploymentAccess: (
        DeploymentAccessArgs,
        {
            "stack": "test-prod",
            "jobs": GitHubJobs(repository="example/mlops-loop", environment="prod"),
            "reading": ["iam:GetRole", "s3:ListBucket", "sagemaker:DescribeModel"],
            "writing": ["iam:CreateRole", "iam:PutRolePolicy", "iam:PassRole", "s3:CreateBucket"],
            "state_bucket": "state",
            "tags": TAGS,
        },
    ),
    DeliveryPipeline: (
        DeliveryPipelineArgs,
        {
            "stack": "test-dev",
            "source": Connection(
                arn="arn:aws:codeconnections:us-east-1:123456789012:connection/c",
                repository="example/mlops-loop",
                branch="main",
            ),
            "check": ["make check"],
            "preview": ["pulumi preview"],
            "deploy": ["pulumi up"],
            "reading": ["iam:GetRole", "s3:ListBucket"],
            "writing": ["iam:CreateRole", "iam:PassRole", "codepipeline:CreatePipeline"],
            "bucket": "artifacts",
            "data_key_arn": KEY,
            "key_arn": KEY,
            "alerting": Alerting(
                name_prefix="test-dev",
                urgent=["arn:aws:sns:us-east-1:123456789012:urgent"],
                notice=["arn:aws:sns:us-east-1:123456789012:notice"],
                runbooks_url="https://example.com/runbooks",
            ),
            "role_name": "test-dev-pipeline-source-promotion",
            "log_group_name": "/mlops/test-dev/delivery",
            "releases": True,
            "state_bucket": "state",
            "tags": TAGS,
        },
    ),
    ModelPromotion: (
        ModelPromotionArgs,
        {
            "stack": "test-prod",
            "use_case": "late",
            "commands": ["make setup", "mlops promote"],
            "source_type": "NO_SOURCE",
            "upstream_group": "test-staging-late",
            "upstream_group_arn": f"{UPSTREAM}:model-package-group/test-staging-late",
            "upstream_bucket": "staging-artifacts",
            "upstream_key_arn": "arn:aws:kms:us-east-1:444455556666:key/k",
            "group_arn": f"{SAGEMAKER}:model-package-group/test-prod-late",
            "bucket": "artifacts",
            "copies_prefix": "promoted/",
            "data_key_arn": KEY,
            "key_arn": KEY,
            "role_name": "test-prod-late-promotion",
            "log_group_name": "/mlops/late/promotion",
            "tags": TAGS,
        },
    ),
    ModelDelivery: (
        ModelDeliveryArgs,
        {
            "stack": "test-dev",
            "commands": ["make setup", "pulumi up"],
            "source_type": "NO_SOURCE",
            "approval_rule": "r",
            "approval_rule_arn": RULE,
            "model_package_group": "late",
            "endpoint_name": "late",
            "model_name_prefix": "late-serving-",
            "serving_role_arn": "arn:aws:iam::123456789012:role/serving",
            "feature_groups": ["test-weather"],
            "models": "artifacts/",
            "data_key_arn": KEY,
            "key_arn": KEY,
            "log_group_name": "/mlops/late/delivery",
            "tags": TAGS,
        },
    ),
    ServiceBoundary: (
        ServiceBoundaryArgs,
        {
            "stack": "test",
            "actions": ["s3:GetObject", "kms:Decrypt"],
            "tags": TAGS,
        },
    ),
    ReleaseMonitor: (
        ReleaseMonitorArgs,
        {
            "code": CODE,
            "endpoint_name": "late",
            "model_package_group": "late",
            "model_name_prefix": "late-serving-",
            "choices": {"live": "newest"},
            "metric_namespace": "MLOps",
            "dimensions": {"Stack": "test", "UseCase": "late"},
            "alarm_name": "late-version-not-live",
            "key_arn": KEY,
            "log_group_name": "/mlops/late/release",
            "tags": TAGS,
        },
    ),
    TeamAccess: (
        TeamAccessArgs,
        {
            "stack": "test-dev",
            "raw_bucket": "raw",
            "features_bucket": "features",
            "artifacts_bucket": "artifacts",
            "capture_bucket": "capture",
            "raw_key_arn": KEY,
            "features_key_arn": KEY,
            "artifacts_key_arn": KEY,
            "capture_key_arn": KEY,
            "operations_key_arn": KEY,
            "api_arns": ["arn:aws:execute-api:us-east-1:123456789012:a1/live/POST/score"],
            "tags": TAGS,
        },
    ),
    TeamNamespace: (
        TeamNamespaceArgs,
        {
            "namespace": "test-dev",
            "cluster": CLUSTER,
            "quota": NamespaceQuota(cpus=8, memory_gib=32, gpus=2),
            "tags": TAGS,
        },
    ),
    KubernetesServing: (
        KubernetesServingArgs,
        {
            "namespace": "test-dev",
            "server_name": "late",
            "cluster": CLUSTER,
            "image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/test/serving:c0ffee",
            "model_package_arn": VERSION,
            "model_data_url": "s3://artifacts/models/late/7/model.tar.gz",
            "models": "artifacts/models/",
            "key_arn": KEY,
            "resources": PodResources(cpu_millicores=500, memory_mib=1024, gpus=1),
            "tags": TAGS,
        },
    ),
    KubernetesTraining: (
        KubernetesTrainingArgs,
        {
            "namespace": "test-dev",
            "training_name": "late",
            "cluster": CLUSTER,
            "image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/test/training:c0ffee",
            "command": ["torchrun", "train.py"],
            "reads": ["features/late/"],
            "writes": "artifacts/models/",
            "key_arns": [KEY],
            "resources": PodResources(cpu_millicores=4000, memory_mib=16384, gpus=2),
            "nodes": 2,
            "run": "2026-11-22",
            "tags": TAGS,
        },
    ),
    StudioDomain: (
        StudioDomainArgs,
        {
            "domain_name": "test-dev",
            "members": {"first": "data_scientist", "second": "ml_engineer"},
            "role_arns": {role: f"{IAM}:role/{role}" for role in STUDIO_ROLES},
            "role_names": {role: role for role in STUDIO_ROLES},
            "vpc_id": "vpc-1",
            "subnet_ids": ["subnet-1", "subnet-2"],
            "security_group_ids": ["sg-1"],
            "key_arn": KEY,
            "tags": TAGS,
        },
    ),
}


def args(component: type[pulumi.ComponentResource], **changed: Any) -> Any:
    """Return the component's arguments, some of them changed."""
    kind, defaults = ARGS[component]
    return kind(**(defaults | changed))


def declare(
    component: type[pulumi.ComponentResource],
    *,
    opts: pulumi.ResourceOptions | None = None,
    run: Callable[[Callable[[], object]], ResourceGraph] = pretend.stand,
    **changed: Any,
) -> ResourceGraph:
    """Return the graph of one component by the name ``it``."""
    made: Any = component
    return run(lambda: made("it", args(component, **changed), opts))


def allowed(graph: ResourceGraph, policy: str) -> dict[str, list[str]]:
    """Return the actions that a role policy allows, each with its resources."""
    found: dict[str, list[str]] = {}
    for statement in json.loads(graph[policy].inputs["policy"])["Statement"]:
        assert statement["Effect"] == "Allow"
        resources = statement["Resource"]
        for action in statement["Action"]:
            found.setdefault(action, []).extend(
                [resources] if isinstance(resources, str) else resources
            )
    return found
