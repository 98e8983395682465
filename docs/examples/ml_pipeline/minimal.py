"""A pipeline of one step, which fails with a message."""

import json

import pulumi

from components.artifact_store import ArtifactStore, ArtifactStoreArgs
from components.encryption_key import EncryptionKey, EncryptionKeyArgs
from components.ml_pipeline import MlPipeline, MlPipelineArgs, PipelineAccess

TAGS = {"project": "planes", "environment": "dev", "owner": "planes@example.com", "team": "planes"}

store = ArtifactStore("store", ArtifactStoreArgs(tags=TAGS))

key = EncryptionKey(
    "operations",
    EncryptionKeyArgs(
        description="Logs, queues, topics", services=("logs", "events", "cloudwatch"), tags=TAGS
    ),
)

pipeline = MlPipeline(
    "nothing",
    MlPipelineArgs(
        pipeline_name="planes-dev-nothing",
        definition=json.dumps(
            {
                "Version": "2020-12-01",
                "Steps": [
                    {"Name": "Stop", "Type": "Fail", "Arguments": {"ErrorMessage": "not yet"}}
                ],
            }
        ),
        values={},
        code=[],
        code_bucket=store.artifacts_bucket,
        access=PipelineAccess(reads=[], writes=[]),
        made_from={"commit": "c0ffee", "branch": "main", "author": "planes@example.com"},
        key_arn=store.artifacts_key_arn,
        queue_key_arn=key.arn,
        tags=TAGS,
    ),
)
pulumi.export("pipeline", pipeline.pipeline_name)
