"""Each commit to main is checked, previewed, approved by a person and deployed."""

import pulumi

from components.alert_routes import AlertRoutes, AlertRoutesArgs
from components.alerting import Alerting
from components.artifact_store import ArtifactStore, ArtifactStoreArgs
from components.delivery_pipeline import DeliveryPipeline, DeliveryPipelineArgs
from components.encryption_key import EncryptionKey, EncryptionKeyArgs
from components.revisions import Connection

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
        source=Connection(
            arn="arn:aws:codeconnections:us-east-1:123456789012:connection/c0ffee",
            repository="example/planes",
            branch="main",
        ),
        check=["make check"],
        preview=["make setup", "pulumi preview --stack $STACK --diff"],
        deploy=["make setup", "pulumi up --stack $STACK --yes"],
        reading=["iam:GetRole", "s3:GetBucketLocation", "s3:ListBucket"],
        writing=["iam:CreateRole", "iam:PassRole", "s3:CreateBucket"],
        bucket=store.artifacts_bucket,
        alerting=alerting,
        role_name="planes-dev-pipeline-source-promotion",
        data_key_arn=store.artifacts_key_arn,
        key_arn=key.arn,
        log_group_name="/mlops/planes-dev/delivery",
        tags=TAGS,
    ),
)
pulumi.export("pipeline", pipeline.pipeline_name)
