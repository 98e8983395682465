"""Revisions from an archive, which the next environment takes on; state in S3."""

import pulumi

from components.alert_routes import AlertRoutes, AlertRoutesArgs
from components.alerting import Alerting
from components.artifact_store import ArtifactStore, ArtifactStoreArgs
from components.delivery_pipeline import DeliveryPipeline, DeliveryPipelineArgs
from components.encryption_key import EncryptionKey, EncryptionKeyArgs
from components.revisions import SourceObject

TAGS = {"project": "planes", "environment": "dev", "owner": "planes@example.com", "team": "planes"}

store = ArtifactStore("store", ArtifactStoreArgs(tags=TAGS))

key = EncryptionKey(
    "operations",
    EncryptionKeyArgs(
        description="Logs, queues, topics", services=("logs", "events", "cloudwatch"), tags=TAGS
    ),
)

routes = AlertRoutes("alerts", AlertRoutesArgs(key_arn=key.arn, tags=TAGS))
alerting = Alerting(
    name_prefix="planes-dev",
    urgent=[routes.urgent_arn],
    notice=[routes.notice_arn],
    runbooks_url="https://example.com/runbooks",
)

pipeline = DeliveryPipeline(
    "delivery",
    DeliveryPipelineArgs(
        stack="planes-dev",
        source=SourceObject(
            bucket="planes-sources",
            key="main/source.zip",
            key_arn="arn:aws:kms:us-east-1:123456789012:key/c0ffee",
        ),
        check=["make check", "make test", ".venv/bin/mlops release"],
        preview=["make setup", "pulumi preview --stack $STACK --diff"],
        deploy=["make setup", "pulumi up --stack $STACK --yes"],
        reading=["iam:GetRole", "s3:GetBucketLocation", "s3:ListBucket"],
        writing=["iam:CreateRole", "iam:PassRole", "s3:CreateBucket"],
        bucket=store.artifacts_bucket,
        alerting=alerting,
        role_name="planes-dev-pipeline-source-promotion",
        releases=True,
        state_bucket="planes-pulumi-state",
        compute_type="BUILD_GENERAL1_LARGE",
        timeout_minutes=60,
        log_retention_days=30,
        data_key_arn=store.artifacts_key_arn,
        key_arn=key.arn,
        log_group_name="/mlops/planes-dev/delivery",
        tags=TAGS,
    ),
)
pulumi.export("pipeline", pipeline.pipeline_name)
