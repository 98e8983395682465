"""One approved version on two instances, all traffic captured."""

import pulumi

from components.artifact_store import ArtifactStore, ArtifactStoreArgs
from components.encryption_key import EncryptionKey, EncryptionKeyArgs
from components.model_endpoint import ModelEndpoint, ModelEndpointArgs
from components.variants import Variant

TAGS = {"project": "planes", "environment": "dev", "owner": "planes@example.com", "team": "planes"}
IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.0-5"
VERSION = "arn:aws:sagemaker:us-east-1:123456789012:model-package/planes-dev-late/7"

store = ArtifactStore("store", ArtifactStoreArgs(tags=TAGS))

key = EncryptionKey(
    "operations",
    EncryptionKeyArgs(
        description="Logs, queues, topics", services=("logs", "events", "cloudwatch"), tags=TAGS
    ),
)

endpoint = ModelEndpoint(
    "late-serving",
    ModelEndpointArgs(
        endpoint_name="planes-dev-late",
        variants=[Variant(name="live", model_package_arn=VERSION, instance_type="ml.m5.large")],
        image_uri=IMAGE,
        models=pulumi.Output.concat(store.artifacts_bucket, "/"),
        capture_bucket=store.capture_bucket,
        capture_prefix="late",
        key_arn=store.artifacts_key_arn,
        capture_key_arn=store.capture_key_arn,
        log_key_arn=key.arn,
        tags=TAGS,
    ),
)
pulumi.export("endpoint", endpoint.endpoint_name)
