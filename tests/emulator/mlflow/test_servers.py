"""The control plane, and a real MLflow behind it, asked as the recorder asks AWS's."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from infra.emulator.server import Emulator
from pipelines.shared.lineage.facts import Approval, Code, Data, Version
from pipelines.shared.recorder.tracking import HEADER, Tracking, TrackingError

PARTS = ("credentials", "admin", "mlflow", "tags")
ROLE = "arn:aws:iam::123456789012:role/tracking"
WHEN = datetime(2013, 4, 1, tzinfo=UTC)
VERSION = Version(
    group="late",
    number=3,
    arn="arn:aws:sagemaker:us-east-1:123456789012:model-package/late/3",
    registered=WHEN,
    description=None,
    image=None,
    model_data="s3://models/model.tar.gz",
    approval=Approval(status="Approved", how="by hand", by=ROLE, at=WHEN, description=None),
    metrics={"auc": 0.71},
    metadata={},
    code=Code(commit="c0ffee", branch="main", author="A Person", archive=None, recorded_at=None),
    execution=None,
    training=None,
    tuning=None,
    data=Data(
        as_of="2013-04-01T00:00:00Z",
        rows="49984",
        window=None,
        holdout_from=None,
        months=(),
        manifest=None,
        sources=(),
        feature_groups=(),
    ),
    baseline=None,
)


def server(sagemaker: Any, name: str, **more: Any) -> str:
    """Create a tracking server; returns its ARN."""
    answer = sagemaker.create_mlflow_tracking_server(
        TrackingServerName=name, ArtifactStoreUri="s3://artifacts/mlflow", RoleArn=ROLE, **more
    )
    return str(answer["TrackingServerArn"])


def test_a_server_comes_back_as_it_was_made_and_changed(sagemaker: Any) -> None:
    arn = server(sagemaker, "changed", Tags=[{"Key": "team", "Value": "flights"}])
    sagemaker.update_mlflow_tracking_server(
        TrackingServerName="changed", TrackingServerSize="Large"
    )
    found = sagemaker.describe_mlflow_tracking_server(TrackingServerName="changed")
    assert (found["TrackingServerArn"], found["TrackingServerSize"]) == (arn, "Large")
    assert (found["TrackingServerStatus"], found["IsActive"]) == ("Updated", "Active")
    assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "team", "Value": "flights"}]


def test_a_name_is_given_once_and_free_after_deletion(sagemaker: Any) -> None:
    server(sagemaker, "once")
    with pytest.raises(ClientError, match="already exists"):
        server(sagemaker, "once")
    sagemaker.delete_mlflow_tracking_server(TrackingServerName="once")
    with pytest.raises(ClientError, match="does not exist"):
        sagemaker.describe_mlflow_tracking_server(TrackingServerName="once")


def test_a_stopped_server_answers_nothing_until_it_is_started(
    emulator: Emulator, sagemaker: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    arn = server(sagemaker, "stopped")
    sagemaker.stop_mlflow_tracking_server(TrackingServerName="stopped")
    monkeypatch.setenv("AWS_ENDPOINT_URL", emulator.endpoint_url)
    with pytest.raises(TrackingError, match=r"503 .*is Stopped"):
        tracking(arn).record(VERSION, experiment="late")
    sagemaker.start_mlflow_tracking_server(TrackingServerName="stopped")
    found = sagemaker.list_mlflow_tracking_servers(TrackingServerStatus="Started")
    assert [one["TrackingServerName"] for one in found["TrackingServerSummaries"]] == ["stopped"]


def test_a_server_that_nobody_made_is_refused(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", emulator.endpoint_url)
    arn = "arn:aws:sagemaker:us-east-1:123456789012:mlflow-tracking-server/none"
    with pytest.raises(TrackingError, match=r"404 .*no tracking server"):
        tracking(arn).record(VERSION, experiment="late")


def tracking(arn: str) -> Tracking:
    return Tracking(arn, Credentials("testing", "testing"))


def test_a_real_mlflow_keeps_the_run_of_a_version_once(
    emulator: Emulator, sagemaker: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("mlflow", reason="the data plane is a real MLflow")
    arn = server(sagemaker, "real")
    monkeypatch.setenv("AWS_ENDPOINT_URL", emulator.endpoint_url)
    recorder = tracking(arn)
    run = recorder.record(VERSION, experiment="late")
    assert recorder.record(VERSION, experiment="late") == run
    told = recorder._ask("GET", "runs/get", query={"run_id": run})["run"]
    assert told["info"]["status"] == "FINISHED"
    metrics = {one["key"]: one["value"] for one in told["data"]["metrics"]}
    assert metrics == {"auc": 0.71}
    parameters = {one["key"]: one["value"] for one in told["data"]["params"]}
    assert parameters == {"as_of": "2013-04-01T00:00:00Z", "rows": "49984"}
    tags = {one["key"]: one["value"] for one in told["data"]["tags"]}
    assert tags["mlflow.source.git.commit"] == "c0ffee"
    assert tags["approved_by"] == ROLE


def test_the_header_is_the_one_that_awss_plugin_sends() -> None:
    provider = pytest.importorskip("sagemaker_mlflow.mlflow_sagemaker_request_header_provider")
    asked = provider.MlflowSageMakerRequestHeaderProvider()
    arn = "arn:aws:sagemaker:us-east-1:123456789012:mlflow-tracking-server/late"
    asked.host_metadata_provider.set_arn(arn)
    assert asked._get_arn_header() == {HEADER: arn}
    assert asked.host_metadata_provider._get_endpoint() == (
        "https://us-east-1.experiments.sagemaker.aws"
    )
