"""Lambda handler of the scoring API: online features in front of the model's endpoint.

A request holds many flights; it is answered as a whole or refused as a whole: 400 for what is no
flight, 503 while no model serves or the feature store is overloaded, 502 when the model fails.
"""

from __future__ import annotations

import base64
import functools
import json
import os
import time
import uuid
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from pipelines.flights.lambdas.flights import RequestError, read
from pipelines.flights.lambdas.online import FeaturesUnavailableError, fetch
from pipelines.flights.lambdas.rows import missing, parts, row
from pipelines.flights.lambdas.served import ServedVersion

MAX_PART_BYTES = 6 * 1024 * 1024 - 4096
"""``InvokeEndpoint`` takes 6 MB."""
THREADS = 8
_NOT_SERVING = "could not find"

Answer = dict[str, Any]


class ModelError(Exception):
    """The endpoint answered with something else than one probability for each flight."""


def handle(event: Mapping[str, Any], context: object = None) -> Answer:
    """Answer one proxy request of API Gateway."""
    del context
    began = time.perf_counter()
    try:
        flights = read(_body(event), _content_type(event))
    except RequestError as error:
        return _reply(400, {"message": str(error), **error.detail})
    try:
        names = json.loads(os.environ["FEATURE_GROUPS"])
        records = fetch(_client("sagemaker-featurestore-runtime"), names, flights, _pool())
        lines = [row(flight, records) for flight in flights]
        absent = missing(flights, records)
        predictions, told = _score(os.environ["ENDPOINT_NAME"], lines)
        version = told or _served(os.environ["ENDPOINT_NAME"])()
        _check_complete([flight["flight_id"] for flight in flights], predictions)
    except FeaturesUnavailableError as error:
        return _reply(503, {"message": f"online features are not available: {error}"})
    except ModelError as error:
        return _reply(502, {"message": str(error)})
    except ClientError as error:
        return _refused(error)
    except BotoCoreError as error:
        return _reply(503, {"message": f"{type(error).__name__}: {error}"})
    _emit(rows=len(flights), absent=absent, milliseconds=(time.perf_counter() - began) * 1000)
    return _reply(200, {"model_version": version, "missing": absent, "predictions": predictions})


def _body(event: Mapping[str, Any]) -> str:
    body = event.get("body") or ""
    if not event.get("isBase64Encoded"):
        return str(body)
    try:
        return base64.b64decode(body).decode()
    except ValueError as error:
        raise RequestError(f"body must be UTF-8: {error}") from error


def _content_type(event: Mapping[str, Any]) -> str:
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    return str(headers.get("content-type") or "")


def _score(endpoint: str, lines: Sequence[str]) -> tuple[list[dict[str, Any]], str | None]:
    bodies = list(parts(lines, MAX_PART_BYTES))
    answers = list(_pool().map(functools.partial(_invoke, endpoint), bodies))
    predictions = [one for found, _ in answers for one in found]
    return predictions, answers[0][1]


def _invoke(endpoint: str, body: str) -> tuple[list[dict[str, Any]], str | None]:
    answer = _client("sagemaker-runtime").invoke_endpoint(
        EndpointName=endpoint,
        ContentType="text/csv",
        Accept="text/csv",
        Body=body.encode(),
        InferenceId=str(uuid.uuid4()),  # captured: a shadow's answer is joined to ours by it
    )
    predictions = [
        _prediction(line) for line in answer["Body"].read().decode().splitlines() if line
    ]
    return predictions, answer.get("CustomAttributes")


def _prediction(line: str) -> dict[str, Any]:
    flight_id, comma, probability = line.rpartition(",")
    try:
        value = float(probability)
    except ValueError:
        value = -1.0
    if not comma or not 0 <= value <= 1:
        raise ModelError(f"model answered {line[:100]!r} where flight_id,probability was expected")
    return {"flight_id": flight_id, "probability": value}


def _check_complete(asked: Sequence[str], predictions: Sequence[Mapping[str, Any]]) -> None:
    answered = [one["flight_id"] for one in predictions]
    if answered != list(asked):
        raise ModelError(
            f"model answered for {len(answered)} flights, in its own order or for others, "
            f"where {len(asked)} were asked for"
        )


def _refused(error: ClientError) -> Answer:
    code = error.response["Error"].get("Code", "")
    text = error.response["Error"].get("Message", "")
    if code == "ModelError":
        return _reply(502, {"message": f"the model failed: {text}"})
    if error.operation_name == "InvokeEndpoint" and (
        _NOT_SERVING in text.lower() or "not found" in text.lower()
    ):
        return _reply(503, {"message": f"no model is serving yet: {text}"})
    return _reply(503, {"message": f"{error.operation_name}: {code}: {text}"})


def _reply(status: int, body: Mapping[str, Any]) -> Answer:
    return {
        "statusCode": status,
        "headers": {"Content-Type": "application/json"},
        "body": json.dumps(body),
    }


def _emit(*, rows: int, absent: Mapping[str, int], milliseconds: float) -> None:
    """Print one line in CloudWatch's embedded metric format: metrics without a call."""
    metrics = [
        {"Name": "ScoringLatency", "Unit": "Milliseconds"},
        {"Name": "ScoredRows", "Unit": "Count"},
        {"Name": "MissingRecords", "Unit": "Count"},
    ]
    line = {
        "_aws": {
            "Timestamp": int(time.time() * 1000),
            "CloudWatchMetrics": [
                {"Namespace": "MLOps", "Dimensions": [["Endpoint"]], "Metrics": metrics}
            ],
        },
        "Endpoint": os.environ["ENDPOINT_NAME"],
        "ScoringLatency": round(milliseconds, 1),
        "ScoredRows": rows,
        "MissingRecords": sum(absent.values()),
        "missing": dict(absent),
    }
    print(json.dumps(line), flush=True)  # noqa: T201 - Lambda's way to its log


@functools.cache
def _client(service: str) -> Any:  # noqa: ANN401 - one type per service
    session: Any = boto3  # its overloads want literal names
    return session.client(service, config=Config(max_pool_connections=THREADS))


@functools.cache
def _served(endpoint: str) -> ServedVersion:
    return ServedVersion(_control_plane, endpoint)


@functools.cache
def _control_plane() -> Any:  # noqa: ANN401 - its type comes with a package Lambda lacks
    # In a subnet without a way to SageMaker's API, connecting would outlast the request.
    impatient = Config(connect_timeout=1, read_timeout=2, retries={"total_max_attempts": 1})
    return boto3.client("sagemaker", config=impatient)


@functools.cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(THREADS)
