"""Two versions side by side that scale with the traffic, rolled out in steps behind alarms."""

import pulumi

from components.alert_routes import AlertRoutes, AlertRoutesArgs
from components.alerting import Alerting
from components.artifact_store import ArtifactStore, ArtifactStoreArgs
from components.encryption_key import EncryptionKey, EncryptionKeyArgs
from components.model_endpoint import ModelEndpoint, ModelEndpointArgs
from components.private_network import PrivateNetwork, PrivateNetworkArgs
from components.rollout import Rollout
from components.scaling import BusinessHours, Scaling
from components.variants import Variant

TAGS = {"project": "planes", "environment": "dev", "owner": "planes@example.com", "team": "planes"}
IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.0-5"
VERSION = "arn:aws:sagemaker:us-east-1:123456789012:model-package/planes-dev-late/7"
LIVE = Variant(
    name="live",
    model_package_arn=VERSION,
    instance_type="ml.c6i.xlarge",
    weight=9,
    min_instance_count=2,
    max_instance_count=8,
)
PREVIOUS = Variant(
    name="previous",
    model_package_arn=VERSION.replace("/7", "/6"),
    instance_type="ml.c6i.xlarge",
    weight=1,
)

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

endpoint = ModelEndpoint(
    "late-serving",
    ModelEndpointArgs(
        endpoint_name="planes-dev-late",
        variants=[LIVE, PREVIOUS],
        image_uri=IMAGE,
        models=pulumi.Output.concat(store.artifacts_bucket, "/"),
        capture_bucket=store.capture_bucket,
        capture_prefix="late",
        data_capture_percent=25,
        latency_alarm_milliseconds=500,
        scaling=Scaling(
            metric="invocations",
            target=900,
            scale_in_cooldown_seconds=600,
            business_hours=BusinessHours(
                days="MON-FRI",
                starts_at="07:00",
                ends_at="20:00",
                time_zone="America/New_York",
                min_instance_count=4,
            ),
        ),
        rollout=Rollout(strategy="linear", step_percent=25, wait_seconds=600),
        made_from={"commit": "c0ffee", "branch": "main", "author": "planes@example.com"},
        subnet_ids=network.subnet_ids,
        security_group_ids=[network.security_group_id],
        alerting=alerting,
        log_retention_days=30,
        key_arn=store.artifacts_key_arn,
        capture_key_arn=store.capture_key_arn,
        log_key_arn=key.arn,
        tags=TAGS,
    ),
)
pulumi.export("endpoint", endpoint.endpoint_name)
