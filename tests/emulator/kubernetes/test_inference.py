"""What KServe makes of an ``InferenceService``: pods that answer, roll over, and say why not."""

from __future__ import annotations

from typing import Any

import kubernetes.client
import pytest

from infra.emulator.server import Emulator
from tests.emulator.kubernetes.support import SPACE, deployment

client: Any = kubernetes.client  # its methods take models, and mappings as well
PARTS = ("credentials", "containers", "kubernetes")
KIND = ("serving.kserve.io", "v1beta1", SPACE, "inferenceservices")


def service(answer: str, **container: Any) -> dict[str, Any]:
    """Return one whose pods answer every POST alike."""
    pod = deployment("kept", answer, container=container)["spec"]["template"]["spec"]
    pod["containers"][0]["name"] = "kserve-container"
    return {
        "apiVersion": "serving.kserve.io/v1beta1",
        "kind": "InferenceService",
        "metadata": {"name": "late", "namespace": SPACE},
        "spec": {"predictor": {"minReplicas": 1, "maxReplicas": 2, **pod}},
    }


@pytest.fixture
def custom(api: Any) -> Any:
    return client.CustomObjectsApi(api)


def ready(emulator: Emulator, custom: Any) -> dict[str, Any]:
    emulator.settle()
    found = custom.get_namespaced_custom_object(*KIND, "late")
    [condition] = found["status"]["conditions"]
    return dict(condition)


def changed(custom: Any, wanted: dict[str, Any]) -> None:
    now = custom.get_namespaced_custom_object(*KIND, "late")
    custom.replace_namespaced_custom_object(*KIND, "late", {**now, "spec": wanted["spec"]})


def asked(core: Any) -> str:
    path = "invocations"
    return str(core.connect_post_namespaced_service_proxy_with_path("late-predictor", SPACE, path))


def test_it_answers_rolls_over_and_keeps_what_answers_when_the_next_cannot(
    emulator: Emulator, api: Any, core: Any, custom: Any
) -> None:
    custom.create_namespaced_custom_object(*KIND, service("one"))
    assert ready(emulator, custom)["status"] == "True"
    assert asked(core) == "one"
    [scaler] = client.AutoscalingV2Api(api).list_namespaced_horizontal_pod_autoscaler(SPACE).items
    assert (scaler.spec.min_replicas, scaler.spec.max_replicas) == (1, 2)
    changed(custom, service("two"))
    assert ready(emulator, custom)["status"] == "True"
    assert asked(core) == "two"
    changed(custom, service("three", command=["python", "-c", "raise SystemExit('no')"]))
    told = ready(emulator, custom)
    assert (told["status"], "exit 1: no" in told["message"]) == ("False", True)
    assert asked(core) == "two"


def test_what_it_owns_goes_with_it(emulator: Emulator, api: Any, core: Any, custom: Any) -> None:
    custom.delete_namespaced_custom_object(*KIND, "late")
    emulator.settle()
    assert core.list_namespaced_service(SPACE).items == []
    assert core.list_namespaced_pod(SPACE).items == []
    assert client.AppsV1Api(api).list_namespaced_deployment(SPACE).items == []
