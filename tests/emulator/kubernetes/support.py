"""Manifests of restricted pods that run here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from kubernetes.client.exceptions import ApiException

SPACE = "team-dev"
IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/sagemaker-base-python:1.0"
SERVER = """
import http.server, os
class Answers(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.answer(b"")
    def do_POST(self):
        self.answer(os.environ["ANSWER"].encode())
    def answer(self, body):
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_):
        pass
http.server.HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Answers).serve_forever()
"""


def namespace(name: str, level: str = "restricted") -> dict[str, Any]:
    """Return a namespace that enforces a level of Pod Security."""
    labels = {"pod-security.kubernetes.io/enforce": level}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}


def pod_spec(program: str, **more: Any) -> dict[str, Any]:
    """Return a restricted pod that runs a Python program."""
    return {
        "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
        "containers": [
            {
                "name": "main",
                "image": IMAGE,
                "command": ["python", "-c", program],
                "securityContext": {
                    "allowPrivilegeEscalation": False,
                    "capabilities": {"drop": ["ALL"]},
                },
                **more.pop("container", {}),
            }
        ],
        **more,
    }


def job(name: str, program: str, **spec: Any) -> dict[str, Any]:
    """Return a job that runs a Python program to its end."""
    pod = pod_spec(program, restartPolicy="Never", **spec.pop("pod", {}))
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name, "namespace": SPACE},
        "spec": {"backoffLimit": 0, **spec, "template": {"spec": pod}},
    }


def deployment(name: str, answer: str, **spec: Any) -> dict[str, Any]:
    """Return pods that answer every POST alike."""
    probe = {"httpGet": {"path": "/ping", "port": "http"}, "failureThreshold": 30}
    container = {
        "ports": [{"name": "http", "containerPort": 8080}],
        "env": [{"name": "PORT", "value": "8080"}, {"name": "ANSWER", "value": answer}],
        "readinessProbe": probe,
        **spec.pop("container", {}),
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": SPACE},
        "spec": {
            "selector": {"matchLabels": {"app": name}},
            "strategy": {"rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}},
            **spec,
            "template": {
                "metadata": {"labels": {"app": name}},
                "spec": pod_spec(SERVER, container=container),
            },
        },
    }


def service(name: str) -> dict[str, Any]:
    """Return the address of a deployment's pods."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": SPACE},
        "spec": {"selector": {"app": name}, "ports": [{"port": 80, "targetPort": "http"}]},
    }


def request(
    api: Any, method: str, path: str, body: object = None, content_type: str = "application/json"
) -> tuple[int, Mapping[str, Any]]:
    """Return status and body of an answer to a request that the official client would not make."""
    headers = {"Content-Type": content_type}
    api.update_params_for_auth(headers, [], ["BearerToken"], path, method, body)
    url, pool = f"{api.configuration.host}{path}", api.rest_client.pool_manager
    answer = pool.request(method, url, json=body, headers=headers)
    return answer.status, answer.json()


def said(api: Any, method: str, path: str, body: object = None) -> Mapping[str, Any]:
    """Return what the API server answers to such a request."""
    status, found = request(api, method, path, body)
    assert found.get("code", status) == status
    return found


def refused(raised: pytest.ExceptionInfo[ApiException]) -> Mapping[str, Any]:
    """Return the ``Status`` that a request was refused with."""
    found: Mapping[str, Any] = json.loads(raised.value.body or "{}")
    assert found["kind"] == "Status"
    assert found["code"] == raised.value.status
    return found
