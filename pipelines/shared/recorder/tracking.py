"""Runs in SageMaker's managed MLflow, over its REST API signed with Signature Version 4.

AWS serves all tracking servers of a region at one host and tells them apart by a header, signed
for the service ``sagemaker-mlflow`` (as aws/sagemaker-mlflow does, which needs the MLflow package).
REST API: https://mlflow.org/docs/latest/rest-api.html
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.httpsession import URLLib3Session

from pipelines.shared.lineage.facts import Version

SERVICE = "sagemaker-mlflow"
HEADER = "x-mlflow-sm-tracking-server-arn"
VERSION_TAG = "model_package_arn"
"""Tag by which the run of a version is found again."""
TIMEOUT_SECONDS = 60
LONGEST_PARAMETER = 6000
LONGEST_TAG = 5000
MOST_PARAMETERS = 100
"""``log-batch`` takes as many in one call."""


class TrackingError(Exception):
    """MLflow refused: its status, code and words."""


class Tracking:
    """One tracking server."""

    def __init__(self, arn: str, credentials: Credentials) -> None:
        self._arn = arn
        self._region = arn.split(":")[3]
        self._credentials = credentials
        self._http = URLLib3Session(timeout=TIMEOUT_SECONDS)

    def record(self, version: Version, *, experiment: str) -> str:
        """Write a version's run, or bring the tags of the one there is up to date; return its id.

        Raises:
            TrackingError: MLflow refused.
        """
        number = self._experiment(experiment)
        known = self._run(number, version.arn)
        if known is not None:
            self._post("runs/log-batch", {"run_id": known, "tags": _pairs(tags(version))})
            return known
        times = [moment for moment in (_started(version), version.registered) if moment]
        run = self._post(
            "runs/create",
            {
                "experiment_id": number,
                "run_name": f"{version.group} {version.number}",
                "start_time": _milliseconds(times[0]),
                "tags": _pairs({VERSION_TAG: version.arn}),
            },
        )["run"]["info"]["run_id"]
        when = _milliseconds(version.registered)
        self._post(
            "runs/log-batch",
            {
                "run_id": run,
                "metrics": [
                    {"key": key, "value": value, "timestamp": when, "step": 0}
                    for key, value in version.metrics.items()
                ],
                "params": _pairs(parameters(version)),
                "tags": _pairs(tags(version)),
            },
        )
        self._post("runs/update", {"run_id": run, "status": "FINISHED", "end_time": when})
        return str(run)

    def _experiment(self, name: str) -> str:
        try:
            found = self._ask("GET", "experiments/get-by-name", query={"experiment_name": name})
            return str(found["experiment"]["experiment_id"])
        except TrackingError as error:
            if "RESOURCE_DOES_NOT_EXIST" not in str(error):
                raise
        return str(self._post("experiments/create", {"name": name})["experiment_id"])

    def _run(self, experiment: str, version_arn: str) -> str | None:
        asked = {
            "experiment_ids": [experiment],
            "filter": f"tags.{VERSION_TAG} = '{version_arn}'",
            "max_results": 1,
        }
        found = self._post("runs/search", asked).get("runs") or []
        return str(found[0]["info"]["run_id"]) if found else None

    def _post(self, operation: str, body: Mapping[str, Any]) -> dict[str, Any]:
        return self._ask("POST", operation, body=body)

    def _ask(
        self,
        method: str,
        operation: str,
        *,
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        url = f"{endpoint(self._region)}/api/2.0/mlflow/{operation}"
        url += f"?{urlencode(query)}" if query else ""
        data = json.dumps(body).encode() if body is not None else b""
        request = AWSRequest(
            method=method,
            url=url,
            data=data,
            headers={
                HEADER: self._arn,
                "Content-Type": "application/json",
                "X-Amz-Content-SHA256": sha256(data).hexdigest(),
            },
        )
        SigV4Auth(self._credentials, SERVICE, self._region).add_auth(request)
        answer = self._http.send(request.prepare())
        if answer.status_code != 200:  # noqa: PLR2004 - OK
            text = answer.content.decode("utf-8", "replace")[:1000]
            raise TrackingError(f"{operation}: {answer.status_code} {text}")
        found: dict[str, Any] = json.loads(answer.content or b"{}")
        return found


def endpoint(region: str) -> str:
    """Return where tracking servers answer: as boto3 finds a service, so the environment's first.

    The host is the one of aws/sagemaker-mlflow; AWS publishes no endpoint table for it.
    """
    for name in ("AWS_ENDPOINT_URL_SAGEMAKER_MLFLOW", "AWS_ENDPOINT_URL"):
        if os.environ.get(name):
            return os.environ[name].rstrip("/")
    return f"https://{region}.experiments.sagemaker.aws"


def parameters(version: Version) -> dict[str, str]:
    """Return what the model was fitted with."""
    job = version.training
    told: dict[str, str | None] = {
        **(job.hyperparameters if job else {}),
        "as_of": version.data.as_of,
        "rows": version.data.rows,
        "training_window": version.data.window,
        "instances": job.instances if job else None,
    }
    known = {key: value[:LONGEST_PARAMETER] for key, value in told.items() if value}
    return dict(list(known.items())[:MOST_PARAMETERS])


def tags(version: Version) -> dict[str, str]:
    """Return where the version comes from and who approved it."""
    job, run = version.training, version.execution
    told = {
        VERSION_TAG: version.arn,
        "approval": version.approval.status,
        "approved_by": version.approval.by,
        "mlflow.source.git.commit": version.code.commit,
        "mlflow.source.git.branch": version.code.branch,
        "mlflow.user": version.code.author,
        "model_data": version.model_data,
        "data_manifest": version.data.manifest,
        "training_job": job.arn if job else None,
        "pipeline_execution": run.arn if run else None,
    }
    return {key: value[:LONGEST_TAG] for key, value in told.items() if value}


def _started(version: Version) -> Any:  # noqa: ANN401 - a datetime or nothing
    return version.execution.started if version.execution else None


def _milliseconds(moment: Any) -> int:  # noqa: ANN401 - a datetime
    return int(moment.timestamp() * 1000)


def _pairs(values: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key, value in values.items()]
