"""A processing step with its code, started by each new batch and every night."""

import hashlib
import json
from pathlib import Path

import pulumi

from components.alert_routes import AlertRoutes, AlertRoutesArgs
from components.alerting import Alerting
from components.artifact_store import ArtifactStore, ArtifactStoreArgs
from components.encryption_key import EncryptionKey, EncryptionKeyArgs
from components.ml_pipeline import CodeFile, MlPipeline, MlPipelineArgs, PipelineAccess
from components.starts import NewObject, Recurring

TAGS = {"project": "planes", "environment": "dev", "owner": "planes@example.com", "team": "planes"}
STEP = Path(__file__).resolve().with_name("seats.py")
SHA256 = hashlib.sha256(STEP.read_bytes()).hexdigest()
"""Part of the object's key: other bytes are another object, and another definition."""
IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3"
DEFINITION = {
    "Version": "2020-12-01",
    "Parameters": [
        {"Name": "Batch", "Type": "String", "DefaultValue": ""},
        {"Name": "AsOf", "Type": "String", "DefaultValue": ""},
    ],
    "Steps": [
        {
            "Name": "Seats",
            "Type": "Processing",
            "Arguments": {
                "RoleArn": "${role_arn}",
                "AppSpecification": {
                    "ImageUri": IMAGE,
                    "ContainerEntrypoint": ["python3", "/opt/ml/processing/code/seats.py"],
                },
                "ProcessingInputs": [
                    {
                        "InputName": "code",
                        "S3Input": {
                            "S3Uri": f"s3://${{bucket}}/code/{SHA256}/",
                            "LocalPath": "/opt/ml/processing/code",
                            "S3DataType": "S3Prefix",
                            "S3InputMode": "File",
                        },
                    }
                ],
                "ProcessingResources": {
                    "ClusterConfig": {
                        "InstanceType": "ml.m5.large",
                        "InstanceCount": 1,
                        "VolumeSizeInGB": 10,
                    }
                },
            },
        }
    ],
}

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

pipeline = MlPipeline(
    "seats",
    MlPipelineArgs(
        pipeline_name="planes-dev-seats",
        definition=json.dumps(DEFINITION),
        values={"bucket": store.artifacts_bucket},
        code=[CodeFile(key=f"code/{SHA256}/seats.py", path=STEP, sha256=SHA256)],
        code_bucket=store.artifacts_bucket,
        access=PipelineAccess(
            reads=[pulumi.Output.concat(store.raw_bucket, "/raw/planes/")],
            writes=[pulumi.Output.concat(store.artifacts_bucket, "/runs/seats/")],
            read_key_arns=[store.raw_key_arn],
            metric_namespace="MLOps",
        ),
        on_object=NewObject(
            bucket=store.raw_bucket, pattern="raw/planes/*/_SUCCESS", parameter="Batch"
        ),
        schedule=Recurring(expression="cron(0 3 * * ? *)", time_parameter="AsOf"),
        max_parallel_steps=2,
        alerting=alerting,
        made_from={"commit": "c0ffee", "branch": "main", "author": "planes@example.com"},
        key_arn=store.artifacts_key_arn,
        queue_key_arn=key.arn,
        tags=TAGS,
    ),
)
pulumi.export("pipeline", pipeline.pipeline_name)
pulumi.export("role_arn", pipeline.role_arn)
