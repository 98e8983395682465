"""A tuning job tries candidates and finds the best."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.sagemaker.exceptions import ValidationError

from infra.emulator.jobs import search
from infra.emulator.server import Emulator
from tests.emulator.jobs.helpers import training

SCRIPT = """
import argparse
parser = argparse.ArgumentParser()
parser.add_argument("--eta", type=float)
parser.add_argument("--kind")
parser.add_argument("--extra")
arguments = parser.parse_args()
assert arguments.extra == "1"
print("score=%f" % (1 - abs(arguments.eta - 0.3)))
"""


def tuning(emulator: Emulator, name: str, script: str = SCRIPT, **config: Any) -> dict[str, Any]:
    definition = training(emulator, name, script)
    del definition["TrainingJobName"]
    hyperparameters = definition.pop("HyperParameters")
    definition["StaticHyperParameters"] = {**hyperparameters, "extra": "1"}
    definition["AlgorithmSpecification"]["MetricDefinitions"] = [
        {"Name": "score", "Regex": r"score=([0-9.]+)"}
    ]
    return {
        "HyperParameterTuningJobName": name,
        "HyperParameterTuningJobConfig": {
            "Strategy": "Random",
            "HyperParameterTuningJobObjective": {"Type": "Maximize", "MetricName": "score"},
            "ResourceLimits": {"MaxNumberOfTrainingJobs": 4, "MaxParallelTrainingJobs": 2},
            "ParameterRanges": {
                "ContinuousParameterRanges": [{"Name": "eta", "MinValue": "0", "MaxValue": "1"}],
                "CategoricalParameterRanges": [{"Name": "kind", "Values": ["a", "b"]}],
            },
            **config,
        },
        "TrainingJobDefinition": definition,
    }


def run(emulator: Emulator, request: dict[str, Any]) -> dict[str, Any]:
    client = emulator.context.client("sagemaker", "us-east-1")
    client.create_hyper_parameter_tuning_job(**request)
    emulator.settle(timeout=60)
    answer: dict[str, Any] = client.describe_hyper_parameter_tuning_job(
        HyperParameterTuningJobName=request["HyperParameterTuningJobName"]
    )
    return answer


def test_the_best_of_the_trials_is_found(emulator: Emulator, sagemaker: Any) -> None:
    told = run(emulator, tuning(emulator, "tune"))
    assert told.get("FailureReason") is None
    assert told["TrainingJobStatusCounters"]["Completed"] == 4
    trials = sagemaker.list_training_jobs_for_hyper_parameter_tuning_job(
        HyperParameterTuningJobName="tune", SortBy="FinalObjectiveMetricValue"
    )["TrainingJobSummaries"]
    values = [t["FinalHyperParameterTuningJobObjectiveMetric"]["Value"] for t in trials]
    assert values == sorted(values)
    assert len(set(values)) == 4
    assert told["BestTrainingJob"]["TrainingJobName"] == trials[-1]["TrainingJobName"]
    eta = float(told["BestTrainingJob"]["TunedHyperParameters"]["eta"])
    assert values[-1] == pytest.approx(1 - abs(eta - 0.3), abs=1e-5)
    trial = sagemaker.describe_training_job(TrainingJobName=trials[-1]["TrainingJobName"])
    assert trial["TuningJobArn"] == told["HyperParameterTuningJobArn"]
    assert trial["TrainingJobName"].startswith("tune-00")


def test_a_tuning_job_whose_trials_all_fail_fails(emulator: Emulator) -> None:
    told = run(emulator, tuning(emulator, "fails", "raise SystemExit(9)"))
    assert told["HyperParameterTuningJobStatus"] == "Failed"
    assert "no training job completed" in told["FailureReason"]
    assert "exit code: 9" in told["FailureReason"]


def test_a_metric_that_is_never_logged_fails_the_job(emulator: Emulator) -> None:
    told = run(emulator, tuning(emulator, "silent", "print('hello')"))
    assert told["FailureReason"] == "no training job logged the objective metric score"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"Strategy": "Hyperband"}, "Strategy Hyperband is not emulated"),
        ({"ParameterRanges": {}}, "at least one range"),
        (
            {"HyperParameterTuningJobObjective": {"Type": "Maximize", "MetricName": "auc"}},
            "MetricDefinitions has no metric auc",
        ),
    ],
)
def test_a_wrong_configuration_is_refused(
    emulator: Emulator, sagemaker: Any, change: dict[str, Any], message: str
) -> None:
    with pytest.raises(ClientError, match=message):
        sagemaker.create_hyper_parameter_tuning_job(**tuning(emulator, "wrong", **change))


def ranges(**kinds: list[dict[str, Any]]) -> dict[str, Any]:
    return {"Strategy": "Random", "ParameterRanges": kinds}


def test_candidates_stay_in_range_and_come_again_for_the_same_ranges() -> None:
    config = ranges(
        IntegerParameterRanges=[{"Name": "depth", "MinValue": "2", "MaxValue": "4"}],
        ContinuousParameterRanges=[
            {
                "Name": "eta",
                "MinValue": "0.001",
                "MaxValue": "1",
                "ScalingType": "Logarithmic",
            }
        ],
    )
    drawn = list(itertools.islice(search.candidates(config), 300))
    assert drawn == list(itertools.islice(search.candidates(config), 300))
    assert {item["depth"] for item in drawn} == {"2", "3", "4"}
    etas = sorted(float(item["eta"]) for item in drawn)
    assert (etas[0] >= 0.001, etas[-1] <= 1) == (True, True)
    assert 0.015 < etas[150] < 0.07


def test_grid_tries_every_combination_once() -> None:
    config = ranges(
        CategoricalParameterRanges=[
            {"Name": "a", "Values": ["1", "2"]},
            {"Name": "b", "Values": ["x", "y"]},
        ]
    ) | {"Strategy": "Grid"}
    assert len({tuple(item.items()) for item in search.candidates(config)}) == 4


def test_a_range_upside_down_is_refused() -> None:
    item = {"Name": "eta", "MinValue": "1", "MaxValue": "0"}
    with pytest.raises(ValidationError, match=r"range eta: MinValue 1.0 is above MaxValue 0.0"):
        search.check(ranges(ContinuousParameterRanges=[item]))
