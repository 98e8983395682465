"""Clients of one emulator, a role that may write, a bucket."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest

from infra.emulator.server import Emulator
from tests.emulator.support import TRUST, impatient

BUCKET = "features"


@dataclass(frozen=True)
class Store:
    """What the tests talk to."""

    emulator: Emulator
    sagemaker: Any
    runtime: Any
    s3: Any
    role_arn: str

    def create(self, name: str, **changes: Any) -> str:
        """Create a group of three features with both stores, and wait for it."""
        arguments: dict[str, Any] = {
            "FeatureGroupName": name,
            "RecordIdentifierFeatureName": "id",
            "EventTimeFeatureName": "event_time",
            "FeatureDefinitions": [
                {"FeatureName": "id", "FeatureType": "String"},
                {"FeatureName": "event_time", "FeatureType": "String"},
                {"FeatureName": "seats", "FeatureType": "Integral"},
                {"FeatureName": "temp", "FeatureType": "Fractional"},
            ],
            "OnlineStoreConfig": {"EnableOnlineStore": True},
            "OfflineStoreConfig": {
                "S3StorageConfig": {"S3Uri": f"s3://{BUCKET}/offline"},
                "DisableGlueTableCreation": True,
            },
            "RoleArn": self.role_arn,
            **changes,
        }
        wanted = {key: value for key, value in arguments.items() if value is not None}
        arn: str = self.sagemaker.create_feature_group(**wanted)["FeatureGroupArn"]
        self.emulator.settle()
        return arn

    def put(self, group: str, day: int = 1, /, **values: Any) -> None:
        """Put a record of that day of January 2013."""
        self.runtime.put_record(FeatureGroupName=group, Record=record(day, **values))

    def get(self, group: str, identifier: str, **arguments: Any) -> dict[str, str]:
        """Return a record's values; empty when there is none."""
        answer = self.runtime.get_record(
            FeatureGroupName=group, RecordIdentifierValueAsString=identifier, **arguments
        )
        return {f["FeatureName"]: f["ValueAsString"] for f in answer.get("Record", [])}


def record(day: int, /, **values: Any) -> list[dict[str, str]]:
    """Return a record of that day of January 2013."""
    stamped = {"event_time": f"2013-01-{day:02d}T00:00:00Z", **values}
    return [{"FeatureName": n, "ValueAsString": str(v)} for n, v in stamped.items()]


@pytest.fixture(scope="package")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """Run one emulator for all modules of this folder: their names do not meet."""
    with Emulator(workspace=tmp_path_factory.mktemp("workspace")) as running:
        yield running


@pytest.fixture(scope="package")
def client(emulator: Emulator) -> Callable[[str], Any]:
    """Make boto3 clients of the emulator."""
    return partial(impatient, emulator)


@pytest.fixture(scope="package")
def store(emulator: Emulator, client: Callable[[str], Any]) -> Store:
    """Return clients, a bucket and a role."""
    client("s3").create_bucket(Bucket=BUCKET)
    role = client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps(TRUST))
    return Store(
        emulator,
        client("sagemaker"),
        client("sagemaker-featurestore-runtime"),
        client("s3"),
        role["Role"]["Arn"],
    )
