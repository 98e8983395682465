"""A stack that stands on an emulator, and some months that it has behind it: cheap, but real."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from infra.apply.state import EmulatorStore, StackState, Standing
from infra.emulator.server import Emulator
from tests.emulator.jobs import helpers as jobs
from tests.emulator.pipelines.helpers import definition, get, process

STACK = "flights-sandbox"
USE_CASE = "flights"
PREFIX = f"{STACK}-{USE_CASE}"
REGION = "us-east-1"
PARTS = (
    *("credentials", "admin", "s3_listing", "events", "alarms", "containers", "jobs"),
    *("pipelines", "registry", "lineage", "experiments", "tags"),
)
"""No model server: the endpoint is moto's."""
START = datetime(2013, 7, 1, 12, tzinfo=UTC)
ROLE = jobs.ROLE
VERSIONS = 12
LIVE = 11
DECISIONS = 70
DRIFT_RUNS = 17
REFUSED = "alarm flights-sandbox-flights-auc-drop went off, but the data is broken"
HOSTILE = "<script>alert('x')</script><b>bold</b>"
SCRIPT = """
import os, sys
print("reading", os.environ["BATCH"])
if os.environ["BATCH"] == "broken":
    sys.exit("batch 2013-06 has no column origin")
"""
IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.0-5"


def fill(emulator: Emulator) -> None:
    """Make the stack and its history."""

    def client(service: str) -> Any:
        return emulator.context.client(service, REGION)

    jobs.prepare(emulator)
    runs(emulator, client("sagemaker"))
    execution = executions(client("sagemaker"), "training")[-1]
    versions(client, execution)
    decide(client("dynamodb"), execution)
    measure(client("cloudwatch"))
    alarm(client("cloudwatch"))
    client("cloudwatch").put_dashboard(DashboardName=STACK, DashboardBody='{"widgets": []}')
    stand(emulator.endpoint_url)
    emulator.settle()


def stand(endpoint: str, stack: str = STACK) -> None:
    """Have a stack stand, with some of its resources."""
    resources = [
        Standing(urn=f"urn:{name}", type=kind, name=name, id=name, inputs={}, outputs={})
        for name, kind in (
            ("store-raw", "aws:s3/bucket:Bucket"),
            ("flights-training", "aws:sagemaker/pipeline:Pipeline"),
        )
    ]
    store = EmulatorStore(endpoint)
    with store.locked(stack):
        store.save(
            StackState(project="mlops", stack=stack, region=REGION, resources=resources, outputs={})
        )


def runs(emulator: Emulator, sagemaker: Any) -> None:
    """Run three pipelines: one well and badly, one always badly, one many times."""
    parameter = {"Name": "Batch", "Type": "String", "DefaultValue": "2013-06"}
    record = f"s3://{jobs.BUCKET}/code/0/made-from.json"
    jobs.put(
        emulator,
        "code/0/made-from.json",
        json.dumps({"commit": "0123456789abcdef", "branch": "main", "author": HOSTILE}),
    )
    extract = process(
        emulator,
        "Extract",
        SCRIPT,
        environment={"BATCH": get("Parameters.Batch"), "RECORD": record},
    )
    compare = {
        "Name": "Compare",
        "Type": "Condition",
        "DependsOn": ["Extract"],
        "Arguments": {
            "Conditions": [
                {
                    "Type": "Equals",
                    "LeftValue": get("Parameters.Batch"),
                    "RightValue": "never",
                }
            ],
            "IfSteps": [fail("Nothing")],
            "ElseSteps": [],
        },
    }
    text = definition(extract, compare, parameters=[parameter])
    create(sagemaker, "training", text)
    create(sagemaker, "features", definition(fail("Validate")))
    create(sagemaker, "drift", definition(fail("Measure")))
    create(sagemaker, "batch", definition(fail("Score")))
    for batch in ("2013-06", "broken"):
        start(sagemaker, "training", {"Batch": batch})
        emulator.settle()
    start(sagemaker, "features")
    for _ in range(DRIFT_RUNS):
        start(sagemaker, "drift")
    emulator.settle()


def fail(name: str) -> dict[str, Any]:
    return {"Name": name, "Type": "Fail", "Arguments": {"ErrorMessage": f"broken: {HOSTILE}"}}


def create(sagemaker: Any, kind: str, text: str) -> None:
    sagemaker.create_pipeline(
        PipelineName=f"{PREFIX}-{kind}", RoleArn=ROLE, PipelineDefinition=text
    )


def start(sagemaker: Any, kind: str, given: Mapping[str, str] | None = None) -> None:
    sagemaker.start_pipeline_execution(
        PipelineName=f"{PREFIX}-{kind}",
        PipelineParameters=[{"Name": k, "Value": v} for k, v in (given or {}).items()],
    )


def executions(sagemaker: Any, kind: str) -> list[str]:
    """Return the ARNs of a pipeline's runs, newest first."""
    told = sagemaker.list_pipeline_executions(PipelineName=f"{PREFIX}-{kind}")
    return [one["PipelineExecutionArn"] for one in told["PipelineExecutionSummaries"]]


def versions(client: Callable[[str], Any], execution: str) -> None:
    """Register versions with what they were trained on; have one before the newest serve."""
    sagemaker, s3 = client("sagemaker"), client("s3")
    s3.create_bucket(Bucket="models")
    s3.create_bucket(Bucket="raw")
    s3.put_bucket_versioning(Bucket="raw", VersioningConfiguration={"Status": "Enabled"})
    etags = {}
    for month in ("2013-01", "2013-02", "2013-03"):
        key = f"flights/batch={month}/flights.csv"
        told = s3.put_object(Bucket="raw", Key=key, Body=month.encode())
        etags[f"s3://raw/{key}"] = told["ETag"].strip('"')
    s3.put_object(Bucket="raw", Key="flights/batch=2013-03/flights.csv", Body=b"mended since")
    manifest = {
        "sources": dict.fromkeys(etags, "flights"),
        "etags": etags,
        "view": {},
    }
    s3.put_object(Bucket="models", Key="data/manifest.json", Body=json.dumps(manifest).encode())
    evaluation = {"binary_classification_metrics": {"auc": {"value": 0.7123}}}
    s3.put_object(Bucket="models", Key="evaluation.json", Body=json.dumps(evaluation).encode())
    sagemaker.create_model_package_group(ModelPackageGroupName=PREFIX)
    arns = [register(sagemaker, number, execution) for number in range(1, VERSIONS + 1)]
    live = arns[LIVE - 1]
    sagemaker.create_model(
        ModelName="live", ExecutionRoleArn=ROLE, PrimaryContainer={"ModelPackageName": live}
    )
    variant = {
        "VariantName": "live",
        "ModelName": "live",
        "InstanceType": "ml.m5.large",
        "InitialInstanceCount": 1,
    }
    sagemaker.create_endpoint_config(EndpointConfigName="first", ProductionVariants=[variant])
    sagemaker.create_endpoint(EndpointName=PREFIX, EndpointConfigName="first")


def register(sagemaker: Any, number: int, execution: str) -> str:
    container = {"Image": IMAGE, "ModelDataUrl": f"s3://models/{number}/model.tar.gz"}
    arn: str = sagemaker.create_model_package(
        ModelPackageGroupName=PREFIX,
        ModelApprovalStatus="PendingManualApproval",
        ModelPackageDescription=f"retrained because: drift {number}",
        InferenceSpecification={
            "Containers": [container],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
        },
        ModelMetrics={
            "ModelQuality": {
                "Statistics": {
                    "ContentType": "application/json",
                    "S3Uri": "s3://models/evaluation.json",
                }
            }
        },
        CustomerMetadataProperties={
            "execution_arn": execution,
            "data_uri": "s3://models/data",
            "training_window": "2013-01-01/2013-03-31",
            "rows": "81234",
            "as_of": "2013-04-01T06:00:00Z",
            "holdout_from": "2013-03-16",
            "commit": "0123456789abcdef",
            "branch": "main",
            "author": "someone",
        },
    )["ModelPackageArn"]
    if number != VERSIONS - 2:
        sagemaker.update_model_package(
            ModelPackageArn=arn, ModelApprovalStatus="Approved", ApprovalDescription="better"
        )
    return arn


def decide(dynamodb: Any, execution: str) -> None:
    """Keep decisions of the gate and of a shadow: the newest allows, the one before refuses."""
    name = f"{USE_CASE}-gate-decisions-1234567"
    team, environment = STACK.split("-")
    tags = {"team": team, "environment": environment, "use_case": USE_CASE}
    dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[
            {"AttributeName": "use_case", "KeyType": "HASH"},
            {"AttributeName": "decided_at", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[
            {"AttributeName": "use_case", "AttributeType": "S"},
            {"AttributeName": "decided_at", "AttributeType": "S"},
        ],
        Tags=[{"Key": key, "Value": value} for key, value in tags.items()],
    )

    def keep(day: int, decision: str, rule: str, reason: str, facts: Mapping[str, Any]) -> None:
        at = START - timedelta(days=day)
        item = {
            "use_case": USE_CASE,
            "decided_at": f"{at:%Y-%m-%dT%H:%M:%SZ}#{day:04}",
            "decision": decision,
            "rule": rule,
            "reason": reason,
            "trigger": "alarm: auc-drop",
            "execution_arn": execution if decision == "retrain" else "",
            "facts": json.dumps(facts),
        }
        dynamodb.put_item(TableName=name, Item={key: {"S": text} for key, text in item.items()})

    known = {"new_labels": 27020, "trainings_in_window": 3, "approved_version": 11}
    keep(1, "retrain", "drift", "alarm went off: version 11 is live", known)
    keep(2, "refuse", "data_quality", REFUSED, {**known, "data_quality_alarm": "data-quality"})
    keep(3, "keep", "requests", "version 12 beside version 11", {"agreement": {"rows": 40}})
    for day in range(4, DECISIONS + 1):
        keep(day, "refuse", "cool_down", f"day {day}", known)


def measure(cloudwatch: Any) -> None:
    """Publish what a detector and an endpoint would."""
    own = {"Stack": STACK, "UseCase": USE_CASE}
    for day in range(12):
        at = START - timedelta(days=day)
        values = {
            ("FeatureDrift", "weather", ""): 0.02 * 2 ** (12 - day),
            ("FeatureDrift", "weather", "temp"): 0.02 * 2 ** (12 - day),
            ("FeatureDrift", "planes", ""): 0.01,
            ("FeatureDrift", "planes", "seats"): 0.01,
            ("PredictionDrift", "", ""): 0.1 + day / 20,
            ("Auc", "", ""): 0.70 + day / 200,
            ("AucDrop", "", ""): 0.06 - day / 200,
            ("DataQualityViolations", "", ""): float(day == 2),
        }
        data = []
        for (name, group, feature), value in values.items():
            further = {"FeatureGroup": group, "Feature": feature}
            dimensions = own | {key: text for key, text in further.items() if text}
            data.append(datum(name, dimensions, at, value))
        cloudwatch.put_metric_data(Namespace="MLOps", MetricData=data)
        variant = {"EndpointName": PREFIX, "VariantName": "live"}
        traffic = [
            datum("Invocations", variant, at, 20.0 + day),
            datum("ModelLatency", variant, at, 12_000.0),
            datum("Invocation5XXErrors", variant, at, 0.0),
        ]
        cloudwatch.put_metric_data(Namespace="AWS/SageMaker", MetricData=traffic)


def datum(name: str, dimensions: Mapping[str, str], at: datetime, value: float) -> dict[str, Any]:
    return {
        "MetricName": name,
        "Dimensions": [{"Name": key, "Value": text} for key, text in dimensions.items()],
        "Timestamp": at,
        "Value": value,
    }


def alarm(cloudwatch: Any) -> None:
    """Have three alarms, one of them on, another back from being on."""
    for name in ("auc-drop", "data-quality", "latency"):
        cloudwatch.put_metric_alarm(
            AlarmName=f"{PREFIX}-{name}",
            AlarmDescription=f"{name} is watched; runbook: https://runbooks.example#{name}",
            Namespace="Nothing",
            MetricName="Nothing",
            Statistic="Maximum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=1,
            ComparisonOperator="GreaterThanThreshold",
        )
    states: Sequence[tuple[str, str]] = (
        ("auc-drop", "ALARM"),
        ("data-quality", "ALARM"),
        ("data-quality", "OK"),
        ("latency", "OK"),
    )
    for name, state in states:
        cloudwatch.set_alarm_state(
            AlarmName=f"{PREFIX}-{name}", StateValue=state, StateReason=f"{name} came to be {state}"
        )
