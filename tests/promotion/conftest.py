"""Two registries of one account, as dev and staging would have them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import boto3
import pytest

from infra.emulator.server import Emulator
from infra.promote import ClientsOf, Route

REGION = "us-east-1"
IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.4-2-cpu-py3"
PARTS = ("credentials", "codebuild", "events", "registry")
OURS = f"123456789012.dkr.ecr.{REGION}.amazonaws.com/serving"


@dataclass(frozen=True)
class Registries:
    """What a test does in the environment before."""

    aws: ClientsOf
    route: Route
    name: str

    def register(
        self,
        body: bytes = b"model",
        *,
        status: str = "Approved",
        job: str | None = None,
        **container: Any,
    ) -> str:
        """Register a version whose archive has these bytes; returns its ARN.

        A second version needs a ``job`` of its own, whose archive is not the first one's.
        """
        key = f"training/{job or self.name}/model.tar.gz"
        self.put(key, body)
        self.put("statistics.json", b"{}")
        made = self.aws("sagemaker").create_model_package(
            ModelPackageGroupName=self.route.upstream_group,
            ModelApprovalStatus=status,
            ModelPackageDescription="retrained because: drift",
            InferenceSpecification={
                "Containers": [
                    {
                        "Image": IMAGE,
                        "ModelDataUrl": f"s3://{self.name}-dev/{key}",
                        "Environment": {"SAGEMAKER_PROGRAM": "inference.py"},
                        **container,
                    }
                ],
                "SupportedContentTypes": ["text/csv"],
                "SupportedResponseMIMETypes": ["text/csv"],
            },
            DriftCheckBaselines={
                "ModelDataQuality": {
                    "Statistics": {
                        "ContentType": "application/json",
                        "S3Uri": f"s3://{self.name}-dev/statistics.json",
                    }
                }
            },
            CustomerMetadataProperties={"auc": "0.7"},
        )
        return str(made["ModelPackageArn"])

    def put(self, key: str, body: bytes) -> None:
        self.aws("s3").put_object(Bucket=f"{self.name}-dev", Key=key, Body=body)

    def read(self, uri: str) -> bytes:
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        body: bytes = self.aws("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
        return body

    def describe(self, arn: str) -> dict[str, Any]:
        return dict(self.aws("sagemaker").describe_model_package(ModelPackageName=arn))

    def copies(self) -> list[str]:
        listed = self.aws("sagemaker").list_model_packages(ModelPackageGroupName=self.route.group)
        return [one["ModelPackageArn"] for one in listed["ModelPackageSummaryList"]]


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """Run one emulator for the tests of a module; each module begins empty."""
    with Emulator(home=tmp_path_factory.mktemp("emulator"), parts=PARTS) as running:
        yield running


@pytest.fixture(scope="module")
def aws(emulator: Emulator) -> Iterator[ClientsOf]:
    """Return clients of the emulator, made once: a client of SageMaker takes a while."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_ENDPOINT_URL", emulator.endpoint_url)
        session = boto3.Session(aws_access_key_id="testing", aws_secret_access_key="testing")  # noqa: S106 - the emulator's
        yield ClientsOf(session, REGION)


@pytest.fixture
def registries(aws: ClientsOf, request: pytest.FixtureRequest) -> Registries:
    name = f"t{abs(hash(request.node.name)) % 10**12}"
    groups = {}
    for stage in ("dev", "staging"):
        aws("s3").create_bucket(Bucket=f"{name}-{stage}")
        made = aws("sagemaker").create_model_package_group(ModelPackageGroupName=f"{name}-{stage}")
        groups[stage] = made["ModelPackageGroupArn"]
    key = aws("kms").create_key()["KeyMetadata"]["Arn"]
    route = Route(
        upstream_group=groups["dev"],
        group=groups["staging"],
        bucket=f"{name}-staging",
        data_key=key,
    )
    return Registries(aws, route, name)
