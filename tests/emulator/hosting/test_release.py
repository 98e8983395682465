"""What is approved beside what is live: told where an update switched nothing."""

from __future__ import annotations

import json
from itertools import count
from typing import Any

import pytest
from typer.testing import CliRunner

from infra.cli.main import app
from infra.live_versions import RegistryVersions
from infra.release import STALE, Release, check
from infra.status.read import read
from pipelines.shared.release import handler
from pipelines.shared.serving import sample
from stacks.serving import Rollout, Serving
from stacks.variants import Variant
from tests.emulator.hosting.conftest import BROKEN, BUCKET, ECHO, SKLEARN, Host, archive, variant
from tests.emulator.support import impatient

ENDPOINTS = (f"flights-dev-release{number}" for number in count())
SERVING = Serving(
    instance_type="ml.m5.large", rollout=Rollout(strategy="all_at_once", wait_seconds=0)
)
MOODY = """
import pathlib
def model_fn(model_dir): return pathlib.Path(model_dir)
def input_fn(body, content_type): return body
def predict_fn(data, model):
    if (model / "asked").exists(): raise ValueError("out of memory")
    (model / "asked").touch()
    return "0.5"
def output_fn(prediction, accept): return prediction, "text/csv"
"""


@pytest.fixture
def live(host: Host, monkeypatch: pytest.MonkeyPatch) -> Live:
    monkeypatch.setenv("AWS_ENDPOINT_URL", host.emulator.endpoint_url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    return Live(host, next(ENDPOINTS))


class Live:
    """A group and its endpoint."""

    def __init__(self, host: Host, name: str) -> None:
        self.host = host
        self.name = name
        host.sagemaker.create_model_package_group(ModelPackageGroupName=name)

    def approve(
        self, answer: str, *, code: str | None = None, own: str | None = None, tell: bool = True
    ) -> str:
        """Register an approved version with a sample of what it answers; return its ARN."""
        folder = f"{self.name}/{answer}"
        module = ECHO.format(answer=answer) if code is None else code
        files = {
            "model.tar.gz": archive({"code/inference.py": module.encode()}),
            sample.REQUEST: archive({"request": b"7"}),
            sample.ANSWER: (f"{answer}:7" if own is None else own).encode(),
        }
        for name, body in files.items():
            self.host.s3.put_object(Bucket=BUCKET, Key=f"{folder}/{name}", Body=body)
        container = {
            "Image": SKLEARN,
            "ModelDataUrl": f"s3://{BUCKET}/{folder}/model.tar.gz",
            "Environment": {
                "SAGEMAKER_PROGRAM": "inference.py",
                "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code",
            },
        }
        specification = {
            "Containers": [container],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
        }
        made = self.host.sagemaker.create_model_package(
            ModelPackageGroupName=self.name,
            ModelApprovalStatus="Approved",
            InferenceSpecification=specification,
            **({"SamplePayloadUrl": f"s3://{BUCKET}/{folder}/{sample.REQUEST}"} if tell else {}),
        )
        arn: str = made["ModelPackageArn"]
        return arn

    def configure(self, **packages: str) -> str:
        """Create a configuration with a variant of each package; return its name."""
        name = "-".join([self.name, *(arn.rpartition("/")[2] for arn in packages.values())])
        for one, arn in packages.items():
            self.host.sagemaker.create_model(
                ModelName=f"{name}-{one}",
                ExecutionRoleArn=self.host.role_arn,
                PrimaryContainer={"ModelPackageName": arn},
            )
        self.host.sagemaker.create_endpoint_config(
            EndpointConfigName=name,
            ProductionVariants=[variant(one, ModelName=f"{name}-{one}") for one in packages],
        )
        return name

    def serve(self, **packages: str) -> str:
        """Create the endpoint."""
        return self.host.endpoint(self.name, self.configure(**packages))

    def update(self, **packages: str) -> None:
        self.host.sagemaker.update_endpoint(
            EndpointName=self.name, EndpointConfigName=self.configure(**packages)
        )
        self.host.emulator.settle()

    def client(self, service: str) -> Any:
        return impatient(self.host.emulator, service)

    def check(self, serving: Serving = SERVING) -> Release:
        return check(self.client, RegistryVersions("us-east-1"), self.name, serving)


def test_a_version_that_was_approved_and_not_delivered_is_told(live: Live) -> None:
    live.serve(live=live.approve("first"))
    live.approve("second")
    assert live.check().problems == ("variant live: version 2 is to serve, 1 does",)


def test_monitor_status_and_verify_tell_the_same(
    live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack, _, use_case = live.name.rpartition("-")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("ENDPOINT_NAME", live.name)
    monkeypatch.setenv("CHOICES", json.dumps(SERVING.model_versions))
    monkeypatch.setenv("METRIC_NAMESPACE", "MLOps")
    monkeypatch.setenv("DIMENSIONS", json.dumps({"Stack": stack, "UseCase": use_case}))
    handler._sagemaker.cache_clear()

    def told() -> list[list[str]]:
        measured = handler.handle({"time": "2013-06-01T06:30:00Z"})
        assert measured["ApprovedNotLive"] == len(measured["behind"])
        shown = read(live.client, stack, use_case, SERVING).endpoint.versions
        status = [pair.difference for pair in shown if pair.differs]
        return [measured["behind"], status, [*live.check().problems]]

    first = live.approve("first")
    assert told()[:2] == [["variant live: version 1 is to serve, none does"]] * 2
    live.serve(live=first)
    assert told() == [[]] * 3
    second = live.approve("second")
    assert told() == [["variant live: version 2 is to serve, 1 does"]] * 3
    live.update(live=second)
    assert told() == [[]] * 3
    handler._sagemaker.cache_clear()


def test_a_rollback_that_left_the_endpoint_in_service_is_told(live: Live) -> None:
    live.serve(live=live.approve("first"))
    live.update(live=live.approve("second", code=BROKEN))
    found = live.check()
    assert found.status == "InService"
    rolled_back, difference = found.problems
    assert rolled_back.startswith("the last update was rolled back: ")
    assert "weights are missing" in rolled_back
    assert difference == "variant live: version 2 is to serve, 1 does"


def test_an_endpoint_whose_configuration_was_deleted_is_told(live: Live) -> None:
    live.serve(live=live.approve("first"))
    live.host.sagemaker.delete_endpoint_config(EndpointConfigName=f"{live.name}-1")
    assert live.check().problems == (f"{live.name}-1: {STALE}",)


def test_a_variant_that_answers_otherwise_than_its_version_is_told(live: Live) -> None:
    live.serve(live=live.approve("first", own="other:7"))
    (problem,) = live.check().problems
    assert problem == (
        "variant live answers 'first:7', where its version's own answer is 'other:7'"
    )


def test_a_variant_that_no_longer_answers_is_told(live: Live) -> None:
    live.serve(live=live.approve("first", code=MOODY, own="0.5"))
    assert live.check().problems == ()
    (problem,) = live.check().problems
    assert problem.startswith("variant live does not answer: An error occurred (ModelError)")


def test_other_instances_than_declared_are_told(live: Live) -> None:
    live.serve(live=live.approve("first"))
    serving = SERVING.model_copy(update={"instance_type": "ml.c5.xlarge"})
    assert live.check(serving).problems == (
        "variant live: instances are to be ml.c5.xlarge, got ml.m5.large",
    )


def test_each_variant_is_compared_and_asked(live: Live) -> None:
    first, second = live.approve("first"), live.approve("second", own="no")
    live.serve(live=second, steady=first)
    both = (Variant(name="live"), Variant(name="steady", model_version="previous"))
    (problem,) = live.check(SERVING.model_copy(update={"variants": both})).problems
    assert problem.startswith("variant live answers 'second:7'")
    assert live.check().problems[0] == "variant steady: version none is to serve, 1 does"


def test_an_approved_version_without_an_endpoint_is_told(live: Live) -> None:
    before = live.check()
    assert (before.problems, before.status) == ((), None)
    assert before.notes == ("no version was approved yet: nothing is to serve",)
    live.approve("first")
    assert live.check().problems == (
        "no endpoint stands, and variant live: version 1 is to serve, none does",
    )


def test_a_version_without_a_sample_is_not_said_to_answer(live: Live) -> None:
    live.serve(live=live.approve("first", tell=False))
    found = live.check()
    assert found.problems == ()
    assert found.notes == (
        "variant live: version 1 was registered without a sample, it was asked nothing",
    )


@pytest.mark.usefixtures("live")
def test_a_delivery_whose_endpoint_did_not_switch_fails_with_what_to_do(host: Host) -> None:
    delivered = Live(host, "flights-sandbox-flights")
    first = delivered.approve("first")
    delivered.serve(live=first)
    runner = CliRunner(env={"NO_COLOR": "1"})
    good = runner.invoke(app, ["verify", "-s", "flights-sandbox"])
    assert good.exit_code == 0, good.output
    assert "live: version 1 is live, 1 is to serve, approved 20" in good.output
    delivered.approve("second")
    bad = runner.invoke(app, ["verify", "-s", "flights-sandbox"])
    assert bad.exit_code == 1
    assert "flights-sandbox-flights: InService, changed last at 20" in bad.output
    assert "live: version 1 is live, 2 is to serve, approved 20" in bad.output
    assert "run `mlops up -s flights-sandbox` and `mlops verify" in bad.output


def test_a_test_request_is_captured_with_its_mark(live: Live) -> None:
    name = live.configure(live=live.approve("first"))
    capture = {
        "EnableCapture": True,
        "InitialSamplingPercentage": 100,
        "DestinationS3Uri": f"s3://{BUCKET}/{live.name}/capture",
        "CaptureOptions": [{"CaptureMode": "Input"}],
        "CaptureContentTypeHeader": {"CsvContentTypes": ["text/csv"]},
    }
    live.host.sagemaker.create_endpoint_config(
        EndpointConfigName=f"{name}-captured",
        ProductionVariants=[variant("live", ModelName=f"{name}-live")],
        DataCaptureConfig=capture,
    )
    live.host.endpoint(live.name, f"{name}-captured")
    assert live.check().problems == ()
    live.host.emulator.settle()
    listed = live.host.s3.list_objects_v2(Bucket=BUCKET, Prefix=f"{live.name}/capture/")
    (found,) = listed["Contents"]
    body = live.host.s3.get_object(Bucket=BUCKET, Key=found["Key"])["Body"].read()
    assert json.loads(body)["eventMetadata"]["customAttributes"] == [sample.MARK]
