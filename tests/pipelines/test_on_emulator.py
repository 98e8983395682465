"""The compiled pipelines, run by the emulator on two weeks of real flights."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from typer.testing import CliRunner

from infra.cli.main import app
from infra.experiments import runs
from pipelines.shared.lineage.facts import Lineage
from pipelines.shared.lineage.trace import trace
from pipelines.shared.recorder import handler
from pipelines.shared.serving import sample
from tests.pipelines.support import MADE_FROM, PREFIX, Stack, ascendants

pytestmark = pytest.mark.loop


def test_flights_become_features_and_features_a_registered_model(package: dict[str, Any]) -> None:
    assert package["ModelApprovalStatus"] == "Approved"
    assert 0.5 < float(package["CustomerMetadataProperties"]["auc"]) < 1


def test_a_training_is_a_run_with_the_auc_that_its_version_was_registered_with(
    stack: Stack, package: dict[str, Any]
) -> None:
    (run,) = runs(stack.client, f"{PREFIX}-training", limit=5)
    registered = float(package["CustomerMetadataProperties"]["auc"])
    assert run.metrics["holdout:auc"] == pytest.approx(registered, abs=1e-4)
    assert run.parameters["SageMaker.InstanceType"] == "ml.m5.large"
    assert 4 <= float(run.parameters["max_depth"]) <= 6
    assert {"train", "validation", "holdout"} <= run.inputs.keys()
    archive = package["InferenceSpecification"]["Containers"][0]["ModelDataUrl"]
    assert run.outputs["SageMaker.ModelArtifact"] == archive


@pytest.mark.usefixtures("package")
def test_the_command_shows_the_trainings_of_a_stack(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in stack.context.environment("us-east-1", None).items():
        monkeypatch.setenv(name, value)

    def told(use_case: str, *options: str) -> str:
        asked = ["experiments", use_case, "-s", "flights-sandbox", *options]
        return CliRunner(env={"NO_COLOR": "1", "COLUMNS": "200"}).invoke(app, asked).output

    (run,) = json.loads(told("flights", "--json"))
    assert 0.5 < run["metrics"]["holdout:auc"] < 1
    for text in (f"{PREFIX}-training", run["trial"], "holdout:auc", "learning_rate"):
        assert text in told("flights"), text
    assert "must be one of ['flights'], got trains" in told("trains")


def test_a_version_keeps_a_sample_and_what_its_model_answers(
    stack: Stack, package: dict[str, Any]
) -> None:
    def held(uri: str) -> bytes:
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        return bytes(stack.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read())

    uri = package["SamplePayloadUrl"]
    asked = sample.read(held(uri)).decode().splitlines()
    answers = held(sample.answer_uri(uri)).decode().splitlines()
    assert [line.split(",")[0] for line in asked] == [line.split(",")[0] for line in answers]
    assert len(answers) == 3


def test_a_batch_is_ingested_once(stack: Stack, marker: str, package: dict[str, Any]) -> None:
    assert package["ModelPackageVersion"] == 1
    status, steps = stack.run("features", BatchMarker=marker)
    assert status == "Failed"
    assert "batch.new" in steps["Validate"]["FailureReason"]
    assert "Ingest" not in steps


@pytest.fixture(scope="module")
def lineage(stack: Stack, endpoint: str) -> Lineage:
    """Ask what produced what is served."""
    return trace(stack.client, endpoint)


def test_lineage_tells_the_data_and_the_feature_view(lineage: Lineage) -> None:
    version = lineage.variants[0].version
    assert version is not None
    data = version.data
    assert (data.months, data.as_of) == (["2013-01"], "2013-02-01T00:00:00Z")
    assert {one.now for one in data.sources} == {"unchanged"}
    assert {one.uri.rpartition("/")[2] for one in data.sources} == {"flights.csv", "labels.csv"}
    view = {group.name: group.used for group in data.feature_groups}
    assert view[f"{PREFIX}-lateness"] == ["late_share"]
    assert all(group.features["event_time"] == "String" for group in data.feature_groups)


def test_lineage_tells_code_parameters_metrics_and_approver(lineage: Lineage) -> None:
    version = lineage.variants[0].version
    assert version is not None
    assert version.execution is not None
    assert version.training is not None
    assert version.tuning is not None
    assert {name: getattr(version.code, name) for name in MADE_FROM} == MADE_FROM
    assert MADE_FROM.items() <= version.training.tags.items()
    assert version.metrics["auc"] == pytest.approx(float(version.metadata["auc"]), abs=1e-6)
    tuned = version.tuning.best_job
    assert tuned is not None
    assert float(version.training.hyperparameters["learning_rate"]) > 0
    assert version.approval.how == "automatic"
    assert version.approval.by == version.execution.arn
    assert version.execution.parameters["Trigger"] == "test"
    assert [step.name for step in version.execution.steps][-1] == "Register"


def test_lineage_has_no_gap_and_no_drift_where_all_is_recorded(lineage: Lineage) -> None:
    assert lineage.gaps == ()
    assert lineage.drift is None


def test_the_lineage_api_leads_from_a_version_over_feature_groups_to_raw_data(
    stack: Stack, package: dict[str, Any]
) -> None:
    found = ascendants(stack, package["ModelPackageArn"])
    groups = {uri.rpartition("/")[2] for uri in found if ":feature-group/" in uri}
    assert groups == {f"{PREFIX}-{name}" for name in ("weather", "lateness", "planes")}
    assert {
        "s3://flights-raw/raw/flights/batch=2013-01",
        "s3://flights-raw/labels/flights/batch=2013-01",
    } <= found
    weather = stack.sagemaker.describe_feature_group(FeatureGroupName=f"{PREFIX}-weather")
    assert ascendants(stack, weather["FeatureGroupArn"]) == {
        "s3://flights-raw/raw/flights/batch=2013-01"
    }


OBJECTIVE = "Fewer people wait at a gate for a flight that leaves late."


@pytest.fixture
def recorder(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Give this process what the recorder's function has: role, endpoint, settings."""
    key = stack.client("kms").create_key()["KeyMetadata"]["Arn"]
    for name, value in {
        **stack.context.environment("us-east-1", None),
        "USE_CASE": "flights",
        "OWNER": "flights@example.com",
        "OBJECTIVE": OBJECTIVE,
        "CARDS": "true",
        "KEY_ARN": key,
        "TAGS": json.dumps([{"Key": "team", "Value": "flights"}]),
    }.items():
        monkeypatch.setenv(name, value)
    handler._client.cache_clear()
    yield
    handler._client.cache_clear()


@pytest.mark.usefixtures("recorder")
def test_a_version_gets_a_card_that_follows_it(stack: Stack, package: dict[str, Any]) -> None:
    event = {"detail": {"ModelPackageArn": package["ModelPackageArn"]}}
    written = handler.handle(event)
    assert handler.handle(event) == written
    name = f"{PREFIX}-v1"
    found = stack.sagemaker.describe_model_card(ModelCardName=name)
    assert (found["ModelCardVersion"], found["ModelCardStatus"]) == (1, "Approved")
    content = json.loads(found["Content"])
    assert content["intended_uses"]["risk_rating"] == "Low"
    assert content["intended_uses"]["purpose_of_model"] == OBJECTIVE
    assert content["model_overview"]["model_owner"] == "flights@example.com"
    [evaluated] = content["evaluation_details"]
    metrics = {one["name"]: one["value"] for one in evaluated["metric_groups"][0]["metric_data"]}
    assert metrics["auc"] == pytest.approx(
        float(package["CustomerMetadataProperties"]["auc"]), 1e-5
    )
    details = content["additional_information"]["custom_details"]
    assert (details["commit"], details["approved"]) == ("c0ffee", "automatic")
    assert f"{PREFIX}-lateness: late_share" in details["feature view"]

    shown = CliRunner().invoke(app, ["card", f"{PREFIX}/1"])
    assert "Approved; SageMaker, version 1" in shown.stdout
    assert "| custom details: commit | c0ffee |" in shown.stdout
    stack.sagemaker.delete_model_card(ModelCardName=name)
    made = CliRunner().invoke(app, ["card", f"{PREFIX}/1", "--format", "html"])
    assert "made from the registry" in made.stdout
    assert "<td>custom details: commit</td><td>c0ffee</td>" in made.stdout
    refused = CliRunner().invoke(app, ["card", f"{PREFIX}/2"])
    assert "must be one of [1], got 2" in refused.output


@pytest.mark.usefixtures("recorder")
def test_an_event_without_a_version_is_refused() -> None:
    with pytest.raises(ValueError, match=r"event must have detail.ModelPackageArn, got \['id'\]"):
        handler.handle({"id": "1"})
