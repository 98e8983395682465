"""Limits for its callers, a function within the network, alarms."""

from pathlib import Path

import pulumi

from components.alert_routes import AlertRoutes, AlertRoutesArgs
from components.alerting import Alerting
from components.artifact_store import ArtifactStore, ArtifactStoreArgs
from components.code import FunctionCode
from components.encryption_key import EncryptionKey, EncryptionKeyArgs
from components.private_network import PrivateNetwork, PrivateNetworkArgs
from components.scoring_api import ScoringApi, ScoringApiArgs

ROOT = Path(__file__).resolve().parents[3]
CODE = FunctionCode(
    handler="pipelines.flights.lambdas.scoring.handle",
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

api = ScoringApi(
    "scoring",
    ScoringApiArgs(
        api_name="flights-dev-flights-scoring",
        code=CODE,
        endpoint_name="flights-dev-flights",
        model_name_prefix="flights-serving-",
        feature_groups={"weather": "flights-dev-flights-weather"},
        requests_per_second=200,
        burst_count=400,
        reserved_concurrency=50,
        subnet_ids=network.subnet_ids,
        security_group_ids=[network.security_group_id],
        alerting=alerting,
        log_retention_days=30,
        data_key_arn=store.features_key_arn,
        key_arn=key.arn,
        log_group_prefix="/mlops/flights-dev-flights",
        tags=TAGS,
    ),
)
pulumi.export("invoke_url", api.invoke_url)
