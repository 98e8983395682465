"""The comparison approves or rejects by itself; from within the network, with alarms."""

from pathlib import Path

import pulumi

from components.alert_routes import AlertRoutes, AlertRoutesArgs
from components.alerting import Alerting
from components.artifact_store import ArtifactStore, ArtifactStoreArgs
from components.code import FunctionCode
from components.encryption_key import EncryptionKey, EncryptionKeyArgs
from components.private_network import PrivateNetwork, PrivateNetworkArgs
from components.shadow_promotion import ShadowPromotion, ShadowPromotionArgs, ShadowRules

ROOT = Path(__file__).resolve().parents[3]
CODE = FunctionCode(
    handler="pipelines.shared.shadow.handler.handle",
    files={path.relative_to(ROOT).as_posix(): path for path in (ROOT / "pipelines").rglob("*.py")},
)

TAGS = {"project": "planes", "environment": "dev", "owner": "planes@example.com", "team": "planes"}

store = ArtifactStore("store", ArtifactStoreArgs(tags=TAGS))

key = EncryptionKey(
    "operations",
    EncryptionKeyArgs(
        description="Logs, queues, topics", services=("logs", "events", "cloudwatch"), tags=TAGS
    ),
)

network = PrivateNetwork(
    "network",
    PrivateNetworkArgs(
        cidr="10.20.0.0/16",
        zones=["us-east-1a", "us-east-1b"],
        services=[
            "sagemaker.api",
            "sagemaker.runtime",
            "sagemaker.featurestore-runtime",
            "monitoring",
            "sts",
        ],
        log_group_name="/mlops/planes-dev/network",
        key_arn=key.arn,
        tags=TAGS,
    ),
)

routes = AlertRoutes("alerts", AlertRoutesArgs(key_arn=key.arn, tags=TAGS))
alerting = Alerting(
    name_prefix="planes-dev",
    urgent=[routes.urgent_arn],
    notice=[routes.notice_arn],
    runbooks_url="https://example.com/runbooks",
)

judge = ShadowPromotion(
    "shadow",
    ShadowPromotionArgs(
        stack="flights-dev",
        use_case="flights",
        code=CODE,
        decides="approve",
        rules=ShadowRules(
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
        schedule="cron(0 7 * * ? *)",
        settling_minutes=35,
        endpoint_name="flights-dev-flights",
        model_name_prefix="flights-serving-",
        model_package_group="flights-dev-flights",
        decisions_table="flights-dev-flights-decisions",
        capture_bucket=store.capture_bucket,
        capture_prefix="flights",
        raw_bucket=store.raw_bucket,
        labels_prefix="labels/flights/",
        metric_namespace="MLOps",
        subnet_ids=network.subnet_ids,
        security_group_ids=[network.security_group_id],
        alerting=alerting,
        log_retention_days=30,
        capture_key_arn=store.capture_key_arn,
        raw_key_arn=store.raw_key_arn,
        key_arn=key.arn,
        log_group_name="/mlops/flights-dev-flights/shadow",
        tags=TAGS,
    ),
)
pulumi.export("judge", judge.function_name)
