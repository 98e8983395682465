"""A pipeline's steps run in order, hand on what they made, and fail in words."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra.emulator.pipelines import hooks
from infra.emulator.server import Emulator
from tests.emulator.jobs.helpers import BUCKET, REGION, channel, files_in, wait_for_log
from tests.emulator.jobs.helpers import get as read_object
from tests.emulator.jobs.test_tuning import tuning
from tests.emulator.pipelines.helpers import definition, get, process, run, steps, train

PREPARE = """
import os
open("/opt/ml/processing/train/rows.csv", "w").write("1,2," + os.environ["AS_OF"])
"""
TRAIN = """
import os
rows = open(os.environ["SM_CHANNEL_TRAIN"] + "/rows.csv").read()
open("/opt/ml/model/model.txt", "w").write(rows + " " + os.environ["SM_HP_ETA"])
"""
EVALUATE = """
import json, tarfile
tarfile.open("/opt/ml/processing/model/model.tar.gz").extractall("/tmp", filter="data")
json.dump({"auc": {"value": 0.8}}, open("/opt/ml/processing/report/evaluation.json", "w"))
"""


@pytest.fixture(scope="module")
def whole(emulator: Emulator) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """Run processing, tuning, training, evaluation, condition and registration once."""
    sagemaker = emulator.context.client("sagemaker", REGION)
    sagemaker.create_model_package_group(ModelPackageGroupName="models")
    tune = tuning(emulator, "tune")
    del tune["HyperParameterTuningJobName"]
    limits = tune["HyperParameterTuningJobConfig"]["ResourceLimits"]
    limits["MaxNumberOfTrainingJobs"] = get("Parameters.MaxJobs")
    prepared = "Steps.Prepare.ProcessingOutputConfig.Outputs['train'].S3Output.S3Uri"
    fit = train(emulator, "Train", TRAIN)
    fit["Arguments"]["InputDataConfig"] = [channel("train", "")]
    source = fit["Arguments"]["InputDataConfig"][0]["DataSource"]["S3DataSource"]
    source["S3Uri"] = get(prepared)
    fit["Arguments"]["HyperParameters"]["eta"] = get(
        "Steps.Tune.BestTrainingJob.TunedHyperParameters['eta']"
    )
    evaluate = process(
        emulator,
        "Evaluate",
        EVALUATE,
        outputs=["report"],
        PropertyFiles=[
            {"PropertyFileName": "Report", "OutputName": "report", "FilePath": "evaluation.json"}
        ],
    )
    evaluate["Arguments"]["ProcessingInputs"].append(
        {
            "InputName": "model",
            "S3Input": {
                "S3Uri": get("Steps.Train.ModelArtifacts.S3ModelArtifacts"),
                "LocalPath": "/opt/ml/processing/model",
                "S3DataType": "S3Prefix",
                "S3InputMode": "File",
            },
        }
    )
    register = {
        "Name": "Register",
        "Type": "RegisterModel",
        "Arguments": {
            "ModelPackageGroupName": "models",
            "InferenceSpecification": {
                "Containers": [
                    {
                        "Image": "x/sagemaker-base-python:1",
                        "ModelDataUrl": get("Steps.Train.ModelArtifacts.S3ModelArtifacts"),
                    }
                ],
                "SupportedContentTypes": ["text/csv"],
                "SupportedResponseMIMETypes": ["text/csv"],
            },
            "ModelApprovalStatus": "PendingManualApproval",
        },
    }
    auc = {
        "Std:JsonGet": {
            "PropertyFile": get("Steps.Evaluate.PropertyFiles.Report"),
            "Path": "auc.value",
        }
    }
    compare = {
        "Name": "Compare",
        "Type": "Condition",
        "Arguments": {
            "Conditions": [
                {
                    "Type": "GreaterThanOrEqualTo",
                    "LeftValue": auc,
                    "RightValue": get("Parameters.MinimumAuc"),
                }
            ],
            "IfSteps": [register],
            "ElseSteps": [
                {
                    "Name": "Worse",
                    "Type": "Fail",
                    "Arguments": {
                        "ErrorMessage": {"Std:Join": {"On": " ", "Values": ["auc is", auc]}}
                    },
                }
            ],
        },
    }
    as_of = {"AS_OF": get("Parameters.AsOf"), "STARTED": get("Execution.StartDateTime")}
    text = definition(
        process(emulator, "Prepare", PREPARE, outputs=["train"], environment=as_of),
        {"Name": "Tune", "Type": "Tuning", "Arguments": tune, "DependsOn": ["Prepare"]},
        fit,
        evaluate,
        compare,
        parameters=[
            {"Name": "AsOf", "Type": "String", "DefaultValue": "never"},
            {"Name": "MaxJobs", "Type": "Integer", "DefaultValue": 2},
            {"Name": "MinimumAuc", "Type": "Float", "DefaultValue": 0.7},
        ],
    )
    return run(emulator, "whole", text, {"AsOf": "2013-03-01"})


def test_a_whole_pipeline_succeeds(whole: Any) -> None:
    execution, done = whole
    assert execution.get("FailureReason") is None
    assert execution["PipelineExecutionStatus"] == "Succeeded"
    assert {name: step["StepStatus"] for name, step in done.items()} == dict.fromkeys(
        ["Prepare", "Tune", "Train", "Evaluate", "Compare", "Register"], "Succeeded"
    )
    assert done["Compare"]["Metadata"]["Condition"]["Outcome"] == "True"


def test_steps_are_jobs_that_can_be_described(whole: Any, sagemaker: Any) -> None:
    execution, done = whole
    arn = done["Train"]["Metadata"]["TrainingJob"]["Arn"]
    name = arn.rpartition("/")[2]
    assert name.startswith(
        f"pipelines-{execution['PipelineExecutionArn'].rpartition('/')[2]}-Train-"
    )
    job = sagemaker.describe_training_job(TrainingJobName=name)
    assert job["TrainingJobStatus"] == "Completed"
    tags = {tag["Key"]: tag["Value"] for tag in sagemaker.list_tags(ResourceArn=arn)["Tags"]}
    assert tags["sagemaker:pipeline-execution-arn"] == execution["PipelineExecutionArn"]


def test_references_carry_data_parameters_and_the_best_trial(
    whole: Any, emulator: Emulator, sagemaker: Any
) -> None:
    _, done = whole
    tune = done["Tune"]["Metadata"]["TuningJob"]["Arn"].rpartition("/")[2]
    best = sagemaker.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=tune)
    eta = best["BestTrainingJob"]["TunedHyperParameters"]["eta"]
    package = done["Register"]["Metadata"]["RegisterModel"]["Arn"]
    uri = sagemaker.describe_model_package(ModelPackageName=package)["InferenceSpecification"][
        "Containers"
    ][0]["ModelDataUrl"]
    model = files_in(read_object(emulator, uri.removeprefix(f"s3://{BUCKET}/")))
    assert model["model.txt"].decode() == f"1,2,2013-03-01 {eta}"


@pytest.mark.usefixtures("whole")
def test_the_other_branch_is_taken(emulator: Emulator, sagemaker: Any) -> None:
    started = sagemaker.start_pipeline_execution(
        PipelineName="whole", PipelineParameters=[{"Name": "MinimumAuc", "Value": "0.9"}]
    )
    emulator.settle(timeout=90)
    arn = started["PipelineExecutionArn"]
    execution = sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn)
    done = steps(emulator, arn)
    assert execution["PipelineExecutionStatus"] == "Failed"
    assert execution["FailureReason"].endswith("failed: Worse")
    assert done["Worse"]["FailureReason"] == "auc is 0.8"
    assert "Register" not in done


def test_a_failed_step_stops_what_needs_it_and_nothing_else(emulator: Emulator) -> None:
    text = definition(
        process(emulator, "Bad", "raise ValueError('no rows')"),
        process(emulator, "After", "", DependsOn=["Bad"]),
        process(emulator, "Beside", ""),
        process(emulator, "AfterBeside", "", DependsOn=["Beside"]),
    )
    execution, done = run(emulator, "fails", text)
    assert execution["PipelineExecutionStatus"] == "Failed"
    assert {name: step["StepStatus"] for name, step in done.items()} == {
        "Bad": "Failed",
        "Beside": "Succeeded",
        "AfterBeside": "Succeeded",
    }
    assert "exit code: 1" in done["Bad"]["FailureReason"]
    assert "ValueError: no rows" in done["Bad"]["FailureReason"]


def test_a_retried_execution_keeps_what_succeeded(emulator: Emulator, sagemaker: Any) -> None:
    script = "import boto3; boto3.client('s3').head_object(Bucket='jobs', Key='repaired')"
    text = definition(
        process(emulator, "Good", ""), process(emulator, "Fragile", script, DependsOn=["Good"])
    )
    execution, before = run(emulator, "retried", text)
    assert execution["PipelineExecutionStatus"] == "Failed"
    arn = execution["PipelineExecutionArn"]
    emulator.context.client("s3", REGION).put_object(Bucket=BUCKET, Key="repaired", Body=b"")
    sagemaker.retry_pipeline_execution(
        PipelineExecutionArn=arn, ClientRequestToken="retry".ljust(32, "0")
    )
    emulator.settle(timeout=60)
    told = sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn)
    assert (told["PipelineExecutionStatus"], told.get("FailureReason")) == ("Succeeded", None)
    assert steps(emulator, arn)["Good"] == before["Good"]


def test_a_stopped_execution_ends_its_jobs(emulator: Emulator, sagemaker: Any) -> None:
    text = definition(
        process(emulator, "Long", "import time; print('long runs'); time.sleep(60)"),
        process(emulator, "Never", "", DependsOn=["Long"]),
    )
    sagemaker.create_pipeline(
        PipelineName="stopped",
        PipelineDefinition=text,
        RoleArn="arn:aws:iam::123456789012:role/jobs",
        ClientRequestToken="c" * 32,
    )
    arn = sagemaker.start_pipeline_execution(PipelineName="stopped")["PipelineExecutionArn"]
    wait_for_log(emulator, "/aws/sagemaker/ProcessingJobs", "long runs")
    sagemaker.stop_pipeline_execution(PipelineExecutionArn=arn, ClientRequestToken="s" * 32)
    emulator.settle(timeout=60)
    told = sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn)
    assert told["PipelineExecutionStatus"] == "Stopped"
    done = steps(emulator, arn)
    assert {name: step["StepStatus"] for name, step in done.items()} == {"Long": "Stopped"}


def test_the_same_work_is_taken_from_the_cache(emulator: Emulator) -> None:
    cache = {"CacheConfig": {"Enabled": True, "ExpireAfter": "P30d"}}
    text = definition(
        process(
            emulator,
            "Cached",
            "",
            outputs=["out"],
            environment={"BATCH": get("Parameters.Batch")},
            **cache,
        ),
        parameters=[{"Name": "Batch", "Type": "String"}],
    )
    first, _ = run(emulator, "cached", text, {"Batch": "a"})
    _, again = run(emulator, "cached", text, {"Batch": "a"})
    _, other = run(emulator, "cached", text, {"Batch": "b"})
    assert again["Cached"]["CacheHitResult"] == {
        "SourcePipelineExecutionArn": first["PipelineExecutionArn"]
    }
    assert "CacheHitResult" not in other["Cached"]


def test_a_cached_result_expires(emulator: Emulator) -> None:
    cache = {"CacheConfig": {"Enabled": True, "ExpireAfter": "PT1S"}}
    text = definition(process(emulator, "Short", "", **cache))
    run(emulator, "expires", text)
    time.sleep(1.1)
    _, again = run(emulator, "expires", text)
    assert "CacheHitResult" not in again["Short"]


@pytest.fixture
def queue(emulator: Emulator) -> Iterator[str]:
    sqs = emulator.context.client("sqs", REGION)
    url: str = sqs.create_queue(QueueName="callbacks")["QueueUrl"]
    yield url
    sqs.delete_queue(QueueUrl=url)


def callback_pipeline(queue: str) -> str:
    wait = {
        "Name": "Ask",
        "Type": "Callback",
        "Arguments": {"question": get("Parameters.Question")},
        "SqsQueueUrl": queue,
        "OutputParameters": [{"OutputName": "answer", "OutputType": "Integer"}],
    }
    check = {"Type": "Equals", "LeftValue": get("Steps.Ask.OutputParameters['answer']")}
    branch = {
        "Name": "Check",
        "Type": "Condition",
        "Arguments": {"Conditions": [{**check, "RightValue": 42}], "IfSteps": [], "ElseSteps": []},
    }
    question = {"Name": "Question", "Type": "String", "DefaultValue": "how many?"}
    return definition(wait, branch, parameters=[question])


def test_a_callback_step_waits_at_rest_for_its_answer(
    emulator: Emulator, sagemaker: Any, queue: str
) -> None:
    execution, done = run(emulator, "asks", callback_pipeline(queue))
    assert (execution["PipelineExecutionStatus"], done["Ask"]["StepStatus"]) == (
        "Executing",
        "Executing",
    )
    sqs = emulator.context.client("sqs", REGION)
    body = json.loads(sqs.receive_message(QueueUrl=queue)["Messages"][0]["Body"])
    assert body["arguments"] == {"question": "how many?"}
    sagemaker.send_pipeline_execution_step_success(
        CallbackToken=body["token"], OutputParameters=[{"Name": "answer", "Value": "42"}]
    )
    emulator.settle(timeout=60)
    arn = execution["PipelineExecutionArn"]
    assert steps(emulator, arn)["Check"]["Metadata"]["Condition"]["Outcome"] == "True"


def test_a_callback_s_failure_fails_the_step(
    emulator: Emulator, sagemaker: Any, queue: str
) -> None:
    execution, done = run(emulator, "asks", callback_pipeline(queue))
    token = done["Ask"]["Metadata"]["Callback"]["CallbackToken"]
    sagemaker.send_pipeline_execution_step_failure(CallbackToken=token, FailureReason="no idea")
    emulator.settle(timeout=60)
    done = steps(emulator, execution["PipelineExecutionArn"])
    assert (done["Ask"]["StepStatus"], done["Ask"]["FailureReason"]) == ("Failed", "no idea")
    with pytest.raises(ClientError, match="no step waits for callback token"):
        sagemaker.send_pipeline_execution_step_success(CallbackToken=token)


def test_what_a_job_refuses_fails_the_step(emulator: Emulator) -> None:
    step = process(emulator, "Many", "")
    step["Arguments"]["ProcessingResources"]["ClusterConfig"]["InstanceCount"] = 17
    _, done = run(emulator, "many", definition(step))
    assert done["Many"]["FailureReason"] == (
        "ValidationException: InstanceCount must be 1-16 to be emulated, got 17"
    )


def test_an_internal_error_is_retried_by_policy(emulator: Emulator, mocker: Any) -> None:
    policy = {
        "ExceptionType": ["SageMaker.JOB_INTERNAL_ERROR"],
        "IntervalSeconds": 1,
        "MaxAttempts": 2,
    }
    mocker.patch("infra.emulator.jobs.processing._download", side_effect=OSError("disk is full"))
    step = process(emulator, "Flaky", "", RetryPolicies=[policy])
    _, done = run(emulator, "flaky", definition(step))
    assert (done["Flaky"]["AttemptCount"], done["Flaky"]["StepStatus"]) == (3, "Failed")


def test_the_same_token_starts_one_execution(emulator: Emulator, sagemaker: Any) -> None:
    run(emulator, "once", definition(process(emulator, "Once", "")))
    arns = {
        sagemaker.start_pipeline_execution(PipelineName="once", ClientRequestToken="t" * 32)[
            "PipelineExecutionArn"
        ]
        for _ in range(2)
    }
    emulator.settle(timeout=60)
    assert len(arns) == 1


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"Nope": "1"}, "parameter Nope is not declared"),
        ({"Depth": "deep"}, "parameter Depth must be of type Integer, got 'deep'"),
        ({"Depth": "9"}, r"parameter Depth must be one of \[1, 2\], got 9"),
        ({}, "parameter Depth has no default and must be given"),
    ],
)
def test_wrong_parameters_are_refused(
    emulator: Emulator, parameters: dict[str, str], message: str
) -> None:
    declared = [{"Name": "Depth", "Type": "Integer", "EnumValues": [1, 2]}]
    text = definition(process(emulator, "P", ""), parameters=declared)
    with pytest.raises(ClientError, match=message):
        run(emulator, "typed", text, parameters)


def test_hooks_hear_of_every_step(emulator: Emulator) -> None:
    heard: list[tuple[str, str]] = []
    undo = hooks.on_step_finished(lambda _, step, status: heard.append((step.name, status)))
    try:
        run(emulator, "heard", definition(process(emulator, "P", "")))
    finally:
        undo()
    assert heard == [("P", "Succeeded")]


def test_a_broken_definition_is_refused(sagemaker: Any) -> None:
    with pytest.raises(ClientError, match="definition is not JSON"):
        sagemaker.create_pipeline(
            PipelineName="broken",
            PipelineDefinition="{",
            RoleArn="arn:aws:iam::123456789012:role/jobs",
            ClientRequestToken="c" * 32,
        )
