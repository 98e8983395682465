"""Runs a tuning job: training jobs side by side, and the best of them."""

from __future__ import annotations

import os
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from moto.sagemaker.exceptions import ValidationError

from infra.emulator.jobs import limits, metrics, search, store, training
from infra.emulator.jobs.engine import Engine, Stopped
from infra.emulator.jobs.job import TRAINING, Job, JobError
from infra.emulator.sagemaker_api import Call

LARGEST = 500
"""Training jobs of one tuning job: SageMaker's default quota is 750 for random, 500 for others."""


def check(request: dict[str, Any]) -> None:
    """Refuse a tuning job that is wrong or cannot run here.

    Raises:
        ValidationError: the text names the member.
    """
    if request.get("TrainingJobDefinitions"):
        raise ValidationError("TrainingJobDefinitions are not emulated: give TrainingJobDefinition")
    if request.get("WarmStartConfig"):
        raise ValidationError("WarmStartConfig is not emulated")
    config = request["HyperParameterTuningJobConfig"]
    search.check(config)
    definition = request.get("TrainingJobDefinition")
    if definition is None:
        raise ValidationError("TrainingJobDefinition must be given")
    limits.check_training(training_request(request, {}))
    objective = config.get("HyperParameterTuningJobObjective")
    if objective is None:
        raise ValidationError("HyperParameterTuningJobObjective must be given")
    name = objective["MetricName"]
    patterns = metrics.definitions(definition, name)
    if name not in patterns:
        raise ValidationError(f"MetricDefinitions has no metric {name}, the objective")
    try:
        metrics.check(patterns)
    except JobError as error:
        raise ValidationError(str(error)) from error


def training_request(request: dict[str, Any], tuned: dict[str, str]) -> dict[str, Any]:
    """Return the ``CreateTrainingJob`` request of one trial, without its name."""
    definition = dict(request["TrainingJobDefinition"])
    static = definition.pop("StaticHyperParameters", None) or {}
    objective = request["HyperParameterTuningJobConfig"]["HyperParameterTuningJobObjective"]
    definition.pop("DefinitionName", None)
    return {
        **definition,
        "HyperParameters": {
            **static,
            **tuned,
            "_tuning_objective_metric": objective["MetricName"],
        },
    }


class Tuning:
    """The trials of one tuning job."""

    def __init__(self, engine: Engine, job: Job, call: Call) -> None:
        self._engine, self._job, self._call = engine, job, call
        self._config = job.request["HyperParameterTuningJobConfig"]
        self._resources = self._config["ResourceLimits"]
        self._candidates = search.candidates(self._config)
        self._lock = threading.Lock()
        self.trials: list[tuple[Job, dict[str, str]]] = []

    def run(self) -> None:
        """Run every trial.

        Raises:
            JobError: no trial gave the objective.
        """
        trials = range(1, self._most() + 1)
        with ThreadPoolExecutor(self._parallel(), thread_name_prefix="trial") as pool:
            for future in [pool.submit(self._trial, number) for number in trials]:
                future.result()
        self._job.details |= self.progress()
        if self._job.stop_requested:
            raise Stopped("stopped on request")
        if self.best() is None:
            raise JobError(self._why_none())

    def _most(self) -> int:
        return min(int(self._resources.get("MaxNumberOfTrainingJobs", LARGEST)), LARGEST)

    def _parallel(self) -> int:
        return min(int(self._resources.get("MaxParallelTrainingJobs", 1)), self._most())

    def stop(self) -> None:
        """Stop the trials that run."""
        for trial, _ in list(self.trials):
            self._engine.stop(trial)

    def best(self) -> dict[str, Any] | None:
        """Return the summary of the best trial so far."""
        measured = [
            item
            for item in self.summaries()
            if "FinalHyperParameterTuningJobObjectiveMetric" in item
        ]
        completed = [item for item in measured if item["TrainingJobStatus"] == "Completed"]
        if not completed:
            return None
        sign = -1 if self._objective()["Type"] == "Maximize" else 1
        return min(
            completed,
            key=lambda item: sign * item["FinalHyperParameterTuningJobObjectiveMetric"]["Value"],
        )

    def summaries(self) -> list[dict[str, Any]]:
        """Return the trials as ``ListTrainingJobsForHyperParameterTuningJob`` tells them."""
        return [self._summary(trial, tuned) for trial, tuned in list(self.trials)]

    def progress(self) -> dict[str, Any]:
        """Return the counters of ``DescribeHyperParameterTuningJob``, and the best trial."""
        states = [trial.status for trial, _ in list(self.trials)]
        measured = sum(
            "FinalHyperParameterTuningJobObjectiveMetric" in item for item in self.summaries()
        )
        told: dict[str, Any] = {
            "TrainingJobStatusCounters": {
                "Completed": states.count("Completed"),
                "InProgress": states.count("InProgress") + states.count("Stopping"),
                "RetryableError": 0,
                "NonRetryableError": states.count("Failed"),
                "Stopped": states.count("Stopped"),
            },
            "ObjectiveStatusCounters": {
                "Succeeded": measured,
                "Pending": states.count("InProgress"),
                "Failed": len(states) - measured - states.count("InProgress"),
            },
        }
        best = self.best()
        return told | ({"BestTrainingJob": best} if best else {})

    def _trial(self, number: int) -> None:
        with self._lock:
            if self._job.stop_requested:
                return
            tuned = next(self._candidates, None)
            if tuned is None:
                return
            trial = self._create(number, tuned)
            self.trials.append((trial, tuned))
        self._engine.tell(trial)
        self._engine.carry_out(trial, training.run)

    def _create(self, number: int, tuned: dict[str, str]) -> Job:
        name = f"{self._job.name}-{number:03d}-{uuid.uuid4().hex[:8]}"
        request = {**training_request(dict(self._job.request), tuned), "TrainingJobName": name}
        request["Tags"] = list(self._job.tags)
        call = Call(self._engine.context, self._call.backend, request)
        trial = store.add(call, TRAINING)
        trial.pass_to("Starting", "Starting the training job", self._engine.now())
        trial.details["TuningJobArn"] = self._job.arn
        trial.threads = max(1, (os.cpu_count() or 1) // self._parallel())
        return trial

    def _objective(self) -> dict[str, str]:
        objective: dict[str, str] = self._config["HyperParameterTuningJobObjective"]
        return objective

    def _summary(self, trial: Job, tuned: dict[str, str]) -> dict[str, Any]:
        objective = self._objective()
        summary = {
            "TrainingJobName": trial.name,
            "TrainingJobArn": trial.arn,
            "TuningJobName": self._job.name,
            "CreationTime": trial.created,
            "TrainingJobStatus": trial.status,
            "TunedHyperParameters": tuned,
            "ObjectiveStatus": "Pending",
        }
        optional = {
            "TrainingStartTime": trial.started,
            "TrainingEndTime": trial.ended,
            "FailureReason": trial.failure_reason,
        }
        summary |= {name: value for name, value in optional.items() if value is not None}
        for found in trial.details.get("FinalMetricDataList", []):
            if found["MetricName"] == objective["MetricName"]:
                summary["FinalHyperParameterTuningJobObjectiveMetric"] = {
                    "Type": objective["Type"],
                    "MetricName": found["MetricName"],
                    "Value": found["Value"],
                }
        if trial.ended is not None:
            found_it = "FinalHyperParameterTuningJobObjectiveMetric" in summary
            summary["ObjectiveStatus"] = "Succeeded" if found_it else "Failed"
        return summary

    def _why_none(self) -> str:
        failed = [trial for trial, _ in self.trials if trial.status == "Failed"]
        if failed:
            return f"no training job completed; {failed[0].name}: {failed[0].failure_reason}"
        metric = self._objective()["MetricName"]
        return f"no training job logged the objective metric {metric}"


def run(engine: Engine, job: Job, directory: Path) -> None:  # noqa: ARG001 - one signature for all
    """Do the job's work.

    Raises:
        JobError: no trial gave the objective.
    """
    tuning = of(job)
    try:
        tuning.run()
    finally:
        job.details |= tuning.progress()


def of(job: Job) -> Tuning:
    """Return the trials of a tuning job."""
    tuning = job.attached
    if not isinstance(tuning, Tuning):
        raise TypeError(f"{job.name} is not a tuning job")
    return tuning
