"""An API that reads online features and calls the endpoint."""

from pathlib import Path

import pulumi

from components.artifact_store import ArtifactStore, ArtifactStoreArgs
from components.code import FunctionCode
from components.encryption_key import EncryptionKey, EncryptionKeyArgs
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

api = ScoringApi(
    "scoring",
    ScoringApiArgs(
        api_name="flights-dev-flights-scoring",
        code=CODE,
        endpoint_name="flights-dev-flights",
        model_name_prefix="flights-serving-",
        feature_groups={"weather": "flights-dev-flights-weather"},
        data_key_arn=store.features_key_arn,
        key_arn=key.arn,
        log_group_prefix="/mlops/flights-dev-flights",
        tags=TAGS,
    ),
)
pulumi.export("invoke_url", api.invoke_url)
