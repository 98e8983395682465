"""Two executions of a small pipeline, compared by what SageMaker notes of their jobs itself."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from botocore.exceptions import ClientError
from rich.console import Console

from infra.cli.experiments import table
from infra.emulator.server import Emulator
from infra.experiments import differing, runs
from tests.emulator.jobs.helpers import BUCKET, PARTS, prepare, processing, training
from tests.emulator.pipelines.helpers import definition as pipeline
from tests.emulator.pipelines.helpers import get, process, run, train
from tests.emulator.support import impatient

PRINTS = """
import json
depth = int(json.load(open("/opt/ml/input/config/hyperparameters.json"))["depth"])
for step in (1, 2, 3):
    print(f"auc={0.5 + step * depth / 100:.2f}")
"""
COMPARE = """
import types
import boto3
from sagemaker.core.analytics import ExperimentAnalytics
session = types.SimpleNamespace(sagemaker_client=boto3.client("sagemaker", "us-east-1"))
frame = ExperimentAnalytics("compared", sagemaker_session=session).dataframe()
print(frame.to_json(orient="records"))
"""
STATISTICS = ("Min", "Max", "Last", "Count")
NAMED = {
    "ExperimentName": get("Execution.PipelineName"),
    "TrialName": get("Execution.PipelineExecutionId"),
}


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator(parts=(*PARTS, "pipelines", "lineage", "experiments")) as running:
        prepare(running)
        yield running


@pytest.fixture(scope="module")
def sagemaker(emulator: Emulator) -> Any:
    return impatient(emulator, "sagemaker")


@pytest.fixture(scope="module")
def trials(emulator: Emulator) -> list[str]:
    """Run a pipeline twice; return the executions' numbers."""
    steps = [
        process(emulator, "Split", "pass", outputs=["train"]),
        train(
            emulator,
            "Train",
            PRINTS,
            changes={"HyperParameters": {"depth": get("Parameters.depth"), "booster": "gbtree"}},
        ),
    ]
    steps[1]["Arguments"]["AlgorithmSpecification"]["MetricDefinitions"] = [
        {"Name": "validation:auc", "Regex": r"auc=([0-9.]+)"}
    ]
    text = pipeline(*steps, parameters=[{"Name": "depth", "Type": "String"}], experiment=NAMED)
    ran = [run(emulator, "compared", text, {"depth": depth})[0] for depth in ("4", "6")]
    assert [one["PipelineExecutionStatus"] for one in ran] == ["Succeeded"] * 2
    return [one["PipelineExecutionArn"].rpartition("/")[2] for one in ran]


def found(sagemaker: Any, *filters: tuple[str, str, str], **more: Any) -> list[dict[str, Any]]:
    named = [
        {"Name": name, "Operator": is_, **({"Value": value} if value else {})}
        for name, is_, value in filters
    ]
    pages = sagemaker.get_paginator("search").paginate(
        Resource="ExperimentTrialComponent", SearchExpression={"Filters": named}, **more
    )
    return [result["TrialComponent"] for page in pages for result in page["Results"]]


def test_a_pipeline_is_an_experiment_and_each_execution_a_trial(
    sagemaker: Any, trials: list[str]
) -> None:
    listed = sagemaker.list_trials(ExperimentName="compared")["TrialSummaries"]
    assert sorted(one["TrialName"] for one in listed) == sorted(trials)
    experiments = sagemaker.list_experiments()["ExperimentSummaries"]
    assert [one["ExperimentName"] for one in experiments] == ["compared"]


def test_the_sdk_compares_parameters_and_metrics_of_two_runs(
    emulator: Emulator, trials: list[str]
) -> None:
    environment = {
        **os.environ,
        "AWS_ENDPOINT_URL": emulator.endpoint_url,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
    }
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", COMPARE],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    rows = json.loads(done.stdout.splitlines()[-1])
    assert len(rows) == 4
    fits = {one["depth"]: one for one in rows if ":training-job/" in one["SourceArn"]}
    assert {depth: one["Trials"] for depth, one in fits.items()} == {4: [trials[0]], 6: [trials[1]]}
    for depth, low, high in ((4, 0.54, 0.62), (6, 0.56, 0.68)):
        measured = {name: fits[depth][f"validation:auc - {name}"] for name in STATISTICS}
        assert measured == {"Min": low, "Max": high, "Last": high, "Count": 3}
        assert fits[depth]["booster"] == "gbtree"
        assert fits[depth]["SageMaker.InstanceType"] == "ml.m5.large"


def test_the_command_shows_the_runs_side_by_side_and_marks_what_differs(
    emulator: Emulator, trials: list[str]
) -> None:
    compared = runs(partial(impatient, emulator), "compared", limit=5)
    assert [one.trial for one in compared] == trials[::-1]
    assert [one.metrics for one in compared] == [{"validation:auc": 0.68}, {"validation:auc": 0.62}]
    assert differing(compared) == {"depth"}
    assert len(runs(partial(impatient, emulator), "compared", limit=1)) == 1
    console = Console(width=200)
    with console.capture() as shown:
        console.print(table("compared", compared))
    for text in (*trials, "0.68", "0.62", "ml.m5.large", "SageMaker.ModelArtifact"):
        assert text in shown.get(), text


def test_a_component_tells_image_data_and_what_it_came_from(
    sagemaker: Any, trials: list[str]
) -> None:
    (split,) = found(
        sagemaker,
        ("Parents.TrialName", "Equals", trials[0]),
        ("TrialComponentName", "Contains", "-split-"),
    )
    told = sagemaker.describe_trial_component(TrialComponentName=split["TrialComponentName"])
    assert told["Source"]["SourceType"] == "SageMakerProcessingJob"
    assert told["InputArtifacts"]["SageMaker.ImageUri"]["Value"].endswith("sagemaker-base-python:1")
    assert told["InputArtifacts"]["code"]["Value"] == f"s3://{BUCKET}/code/Split/step.py"
    assert told["OutputArtifacts"] == {"train": {"Value": f"s3://{BUCKET}/Split/train"}}
    assert told["Parameters"]["SageMaker.InstanceCount"] == {"NumberValue": 1.0}
    assert told["EndTime"] >= told["StartTime"]
    listed = sagemaker.list_trial_components(SourceArn=told["Source"]["SourceArn"])
    assert [one["TrialComponentName"] for one in listed["TrialComponentSummaries"]] == [
        told["TrialComponentName"]
    ]


def test_components_are_listed_by_trial_or_experiment_and_not_by_both(
    sagemaker: Any, trials: list[str]
) -> None:
    def names(**asked: str) -> int:
        return len(sagemaker.list_trial_components(**asked)["TrialComponentSummaries"])

    assert names(TrialName=trials[0]) == 2
    assert names(ExperimentName="compared") == 4
    with pytest.raises(ClientError, match="only one of"):
        names(TrialName=trials[0], ExperimentName="compared")


@pytest.mark.usefixtures("trials")
def test_components_are_searched_and_sorted_by_their_numbers(sagemaker: Any) -> None:
    last = "Metrics.validation:auc.Last"

    def depths(*filters: tuple[str, str, str], **more: Any) -> list[float]:
        components = found(sagemaker, (last, "Exists", ""), *filters, **more)
        return [one["Parameters"]["depth"]["NumberValue"] for one in components]

    assert depths(SortBy=last, SortOrder="Ascending", MaxResults=1) == [4.0, 6.0]
    assert depths(SortBy=last) == [6.0, 4.0]
    assert depths((last, "GreaterThan", "0.65")) == [6.0]
    assert depths(("Parameters.depth", "LessThanOrEqualTo", "4")) == [4.0]
    assert depths(("Parameters.booster", "NotEquals", "gbtree")) == []
    with pytest.raises(ClientError, match="Unknown property name: Colour"):
        depths(("Colour", "Equals", "red"))


def test_nested_filters_must_hold_of_one_parent(sagemaker: Any, trials: list[str]) -> None:
    def parents(trial: str, experiment: str) -> int:
        filters = [
            {"Name": "Parents.TrialName", "Operator": "Equals", "Value": trial},
            {"Name": "Parents.ExperimentName", "Operator": "Equals", "Value": experiment},
        ]
        expression = {"NestedFilters": [{"NestedPropertyName": "Parents", "Filters": filters}]}
        answer = sagemaker.search(Resource="ExperimentTrialComponent", SearchExpression=expression)
        return len(answer["Results"])

    assert parents(trials[0], "compared") == 2
    assert parents(trials[0], "another") == 0


def test_a_pipeline_without_the_setting_is_no_experiment(
    emulator: Emulator, sagemaker: Any
) -> None:
    ran, _ = run(emulator, "silent", pipeline(process(emulator, "Alone", "pass")))
    assert ran["PipelineExecutionStatus"] == "Succeeded"
    known = {one["ExperimentName"] for one in sagemaker.list_experiments()["ExperimentSummaries"]}
    assert "silent" not in known
    (component,) = found(sagemaker, ("TrialComponentName", "Contains", "-alone-"))
    assert component["Parents"] == []


def test_a_step_from_the_cache_is_no_other_job(emulator: Emulator, sagemaker: Any) -> None:
    cached = {"CacheConfig": {"Enabled": True, "ExpireAfter": "P1D"}}
    text = pipeline(process(emulator, "Kept", "pass", **cached), experiment=NAMED)
    for _ in range(2):
        _, steps = run(emulator, "cached", text)
    assert "CacheHitResult" in steps["Kept"], "the trial's name is no reason to run again"
    assert len(found(sagemaker, ("Parents.ExperimentName", "Equals", "cached"))) == 1


def test_a_job_of_ones_own_joins_a_trial_that_exists(emulator: Emulator, sagemaker: Any) -> None:
    asked = processing(emulator, "own", "pass")
    config = {"ExperimentName": "by-hand", "TrialName": "first"}
    with pytest.raises(ClientError, match="Experiment by-hand does not exist"):
        sagemaker.create_processing_job(**asked, ExperimentConfig=config)
    sagemaker.create_experiment(ExperimentName="by-hand")
    sagemaker.create_trial(TrialName="first", ExperimentName="by-hand")
    shown = {**config, "TrialComponentDisplayName": "shallow"}
    sagemaker.create_processing_job(**asked, ExperimentConfig=shown)
    emulator.settle()
    (component,) = found(sagemaker, ("Parents.ExperimentName", "Equals", "by-hand"))
    assert component["DisplayName"] == "shallow"
    assert component["Parents"] == [config]


def test_a_job_for_anothers_trial_is_refused(emulator: Emulator, sagemaker: Any) -> None:
    for experiment in ("mine", "yours"):
        sagemaker.create_experiment(ExperimentName=experiment)
    sagemaker.create_trial(TrialName="your-first", ExperimentName="yours")
    asked = training(emulator, "refused", "pass")
    config = {"ExperimentName": "mine", "TrialName": "your-first"}
    with pytest.raises(ClientError, match="must be of experiment mine, got yours"):
        sagemaker.create_training_job(**asked, ExperimentConfig=config)


def test_what_does_not_exist_is_not_found(sagemaker: Any) -> None:
    with pytest.raises(ClientError, match="ResourceNotFound"):
        sagemaker.describe_trial_component(TrialComponentName="none")
    with pytest.raises(ClientError, match="ResourceNotFound"):
        sagemaker.describe_experiment(ExperimentName="none")
