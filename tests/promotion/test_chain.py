"""From dev to staging on one emulator: approved, promoted, approved again, served."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import boto3
import pulumi
import pytest
from typer.testing import CliRunner

from components.alerting import Alerting
from components.artifact_store import ArtifactStore, ArtifactStoreArgs
from components.model_registry import ModelRegistry, ModelRegistryArgs
from infra._neighbours import downstream, upstream
from infra._network import Network
from infra._plan import Foundation, UseCasePlan
from infra._promotion import declare_promotion
from infra._serving import Serving
from infra.apply.up import StackReferenceError, up
from infra.cli.main import app
from infra.emulator.remote import Admin
from infra.emulator.server import Emulator
from infra.live_versions import RegistryVersions, everywhere
from stacks.layers import load
from tests.stacks import support

pytestmark = pytest.mark.loop
IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.4-2-cpu-py3"
TAGS = {"project": "p", "environment": "e", "owner": "o", "team": "flights"}
MODULE = """
def model_fn(model_dir): return "approved twice"
def input_fn(body, content_type): return body
def predict_fn(data, model): return model
def output_fn(prediction, accept): return prediction, "text/csv"
"""


@dataclass(frozen=True)
class Small:
    """Of a stack of this project what a promotion needs: data, registry, copies and endpoint."""

    stack: str
    live: str | None = None
    pulumi_config: Mapping[str, str] = field(default_factory=lambda: {"aws:region": "us-east-1"})

    def declare(self) -> None:
        config = load(self.stack).config
        before, tags = upstream(config), TAGS
        store = ArtifactStore(
            "store",
            ArtifactStoreArgs(tags=tags, downstream=downstream(config), deletion_protection=False),
        )
        registry = ModelRegistry(
            "flights-registry",
            ModelRegistryArgs(
                group_name=f"{self.stack}-flights",
                description="Lateness",
                tags=tags,
                downstream=downstream(config, "flights"),
                deletion_protection=False,
            ),
        )
        foundation = Foundation(
            config=config,
            store=store,
            network=Network(),
            images=None,
            operations_key_arn=store.artifacts_key_arn,
            upstream=before,
            made_from={},
            tracking_server_arn=None,
            alerting=Alerting(name_prefix=self.stack, urgent=[], notice=[], runbooks_url="docs"),
        )
        settings = config.use_cases["flights"]
        serving = settings.serving.model_copy(update={"max_instance_count": 1})
        plan = UseCasePlan(
            name="flights",
            settings=settings.model_copy(update={"serving": serving}),
            compiled=support.compiled(config.network),
            served=everywhere(self.live, settings.serving),
            tags=tags,
        )
        if before is not None:
            declare_promotion(foundation, plan, before, registry)
        Serving(foundation=foundation, plan=plan, prefix=f"{self.stack}-flights").endpoint()
        pulumi.export("artifacts_bucket", store.artifacts_bucket)
        pulumi.export("artifacts_key_arn", store.artifacts_key_arn)
        pulumi.export("flights_model_package_group_arn", registry.group_arn)


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    home: Path = tmp_path_factory.mktemp("emulator")
    with Emulator(home=home) as running, pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_ENDPOINT_URL", running.endpoint_url)
        environment.setenv("AWS_ACCESS_KEY_ID", "testing")
        environment.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        yield running


def test_staging_does_not_stand_before_dev_does(emulator: Emulator) -> None:
    with pytest.raises(StackReferenceError, match=r"flights-dev must stand before flights-staging"):
        up(Small("flights-staging"), emulator.endpoint_url)
    assert boto3.client("s3", region_name="us-east-1").list_buckets()["Buckets"] == []


def test_a_version_is_served_in_staging_after_dev_and_staging_approved_it(
    emulator: Emulator,
) -> None:
    dev, staging = Small("flights-dev"), Small("flights-staging")
    assert not up(dev, emulator.endpoint_url).failed
    stood = up(staging, emulator.endpoint_url)
    assert not stood.failed
    sagemaker: Any = boto3.client("sagemaker", region_name="us-east-1")
    original = register(sagemaker, exports(emulator, "flights-dev")["artifacts_bucket"])

    refused = CliRunner().invoke(app, ["promote", "-s", "flights-staging"])
    assert refused.exit_code == 1
    assert "no version of" in refused.stdout
    approve(sagemaker, original)
    promoted = CliRunner().invoke(app, ["promote", "-s", "flights-staging"])
    assert promoted.exit_code == 0, promoted.stdout

    versions = RegistryVersions("us-east-1")
    assert versions.newest_approved("flights-staging-flights") is None, "not approved here yet"
    (copy,) = sagemaker.list_model_packages(ModelPackageGroupName="flights-staging-flights")[
        "ModelPackageSummaryList"
    ]
    approve(sagemaker, copy["ModelPackageArn"])
    live = versions.newest_approved("flights-staging-flights")
    served = up(replace(staging, live=live), emulator.endpoint_url)
    assert not served.failed, served.failed
    runtime = boto3.client("sagemaker-runtime", region_name="us-east-1")
    told = runtime.invoke_endpoint(
        EndpointName="flights-staging-flights", Body="1", ContentType="text/csv"
    )
    assert told["Body"].read().decode().strip() == "approved twice"
    assert archive_of(sagemaker, original) == archive_of(sagemaker, str(live))
    assert up(replace(staging, live=live), emulator.endpoint_url).changes == 0


def exports(emulator: Emulator, stack: str) -> dict[str, Any]:
    outputs: dict[str, Any] = Admin(emulator.endpoint_url).call("GET", f"/stacks/{stack}")[
        "outputs"
    ]
    return outputs


def register(sagemaker: Any, bucket: str) -> str:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        member = tarfile.TarInfo("code/inference.py")
        member.size = len(MODULE.encode())
        tar.addfile(member, io.BytesIO(MODULE.encode()))
    boto3.client("s3").put_object(Bucket=bucket, Key="run/model.tar.gz", Body=buffer.getvalue())
    made = sagemaker.create_model_package(
        ModelPackageGroupName="flights-dev-flights",
        ModelApprovalStatus="PendingManualApproval",
        InferenceSpecification={
            "Containers": [
                {
                    "Image": IMAGE,
                    "ModelDataUrl": f"s3://{bucket}/run/model.tar.gz",
                    "Environment": {
                        "SAGEMAKER_PROGRAM": "inference.py",
                        "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code",
                    },
                }
            ],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
        },
    )
    return str(made["ModelPackageArn"])


def approve(sagemaker: Any, arn: str) -> None:
    sagemaker.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Approved")


def archive_of(sagemaker: Any, arn: str) -> bytes:
    package = sagemaker.describe_model_package(ModelPackageName=arn)
    uri = package["InferenceSpecification"]["Containers"][0]["ModelDataUrl"]
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    body: bytes = boto3.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    return body
