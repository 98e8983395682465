"""The handler of a scoring API: online features in front of the model's endpoint.

A request holds many rows; it is answered as a whole or refused as a whole: 400 for what is no
row, 503 while no model serves or the feature store is overloaded, 502 when the model fails.
"""

from __future__ import annotations

import base64
import functools
import json
import os
import time
import uuid
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from pipelines.shared.scoring.errors import FeaturesUnavailableError, ModelError, RequestError
from pipelines.shared.scoring.online import fetch
from pipelines.shared.scoring.served import ServedVersion
from pipelines.shared.scoring.use_case import Row, Scored

MAX_PART_BYTES = 6 * 1024 * 1024 - 4096
"""``InvokeEndpoint`` takes 6 MB."""
THREADS = 8
_NOT_SERVING = "could not find"

Answer = dict[str, Any]


def answer(event: Mapping[str, Any], use_case: Scored[Row]) -> Answer:
    """Answer one proxy request of API Gateway."""
    began = time.perf_counter()
    try:
        rows = use_case.read(_body(event), _content_type(event))
    except RequestError as error:
        return _reply(400, {"message": str(error), **error.detail})
    try:
        names = json.loads(os.environ["FEATURE_GROUPS"])
        store = _client("sagemaker-featurestore-runtime")
        records = fetch(store, names, use_case, rows, pool=_pool())
        absent = use_case.missing(rows, records)
        endpoint = os.environ["ENDPOINT_NAME"]
        predictions, told = _score(
            endpoint, use_case, use_case.bodies(rows, records, MAX_PART_BYTES)
        )
        version = told or _served(endpoint)()
        _check_complete(use_case, [row[use_case.identifier] for row in rows], predictions)
    except FeaturesUnavailableError as error:
        return _reply(503, {"message": f"online features are not available: {error}"})
    except ModelError as error:
        return _reply(502, {"message": str(error)})
    except ClientError as error:
        return _refused(error)
    except BotoCoreError as error:
        return _reply(503, {"message": f"{type(error).__name__}: {error}"})
    _emit(rows=len(rows), absent=absent, milliseconds=(time.perf_counter() - began) * 1000)
    return _reply(200, {"model_version": version, "missing": absent, "predictions": predictions})


def _body(event: Mapping[str, Any]) -> bytes:
    body = event.get("body") or ""
    if not event.get("isBase64Encoded"):
        return str(body).encode()
    try:
        return base64.b64decode(body, validate=True)
    except ValueError as error:
        raise RequestError(f"body must be Base64: {error}") from error


def _content_type(event: Mapping[str, Any]) -> str:
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    return str(headers.get("content-type") or "")


def _score(
    endpoint: str, use_case: Scored[Any], bodies: Iterable[bytes]
) -> tuple[list[dict[str, Any]], str | None]:
    ask = functools.partial(_invoke, endpoint, use_case)
    answers = list(_pool().map(ask, bodies))
    predictions = [one for found, _ in answers for one in found]
    return predictions, answers[0][1]


def _invoke(
    endpoint: str, use_case: Scored[Any], body: bytes
) -> tuple[list[dict[str, Any]], str | None]:
    answer = _client("sagemaker-runtime").invoke_endpoint(
        EndpointName=endpoint,
        ContentType=use_case.content_type,
        Accept=use_case.content_type,
        Body=body,
        InferenceId=str(uuid.uuid4()),  # captured: a shadow's answer is joined to ours by it
    )
    return use_case.predictions(answer["Body"].read()), answer.get("CustomAttributes")


def _check_complete(
    use_case: Scored[Any], asked: Sequence[str], predictions: Sequence[Mapping[str, Any]]
) -> None:
    answered = [one[use_case.identifier] for one in predictions]
    if answered != list(asked):
        raise ModelError(
            f"model answered for {len(answered)} {use_case.rows}, in its own order or for others, "
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
