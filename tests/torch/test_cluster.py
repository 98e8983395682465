"""Team vision's cluster: our own server answers there with what the registry approved."""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any

import kubernetes.client
import pytest
import urllib3

from infra.apply.summary import Summary
from infra.apply.up import up
from infra.emulator.server import Emulator
from infra.kubernetes.kinds import API_PATH
from infra.program import load
from pipelines.server import tag
from tests.emulator.hosting.conftest import archive
from tests.torch.environment import needs_torch
from tests.torch.test_digits import side

pytestmark = [pytest.mark.torch, needs_torch]
client: Any = kubernetes.client  # its methods take models, and mappings as well

STACK = SPACE = "vision-dev"
GROUP = "vision-dev-digits"
OK = 200
IMAGE = tag.image("123456789012.dkr.ecr.us-east-1.amazonaws.com", STACK)
STROKE = ",".join("14" if place % 8 == 3 else "1" for place in range(64))
"""What the networks were trained to read as a three."""


class Team:
    """Stack, registry and cluster of vision-dev, as its people see them."""

    def __init__(self, emulator: Emulator) -> None:
        self.emulator = emulator
        configuration = client.Configuration(host=f"{emulator.endpoint_url}{API_PATH}")
        api = client.ApiClient(configuration)
        self.core, self.apps = client.CoreV1Api(api), client.AppsV1Api(api)
        self.summary = self.up()

    def aws(self, service: str) -> Any:
        return self.emulator.context.client(service, "us-east-1")

    @cached_property
    def archives(self) -> dict[str, bytes]:
        return {name: base64.b64decode(body) for name, body in side("archives").items()}

    def up(self) -> Summary:
        """Bring the stack up to what the registry approved."""
        summary = up(load(STACK), self.emulator.endpoint_url)
        self.emulator.settle(timeout=240)
        return summary

    def register(self, name: str, body: bytes, status: str) -> str:
        """Register a version; return its ARN."""
        bucket, key = self.summary.outputs["artifacts_bucket"], f"models/{name}/model.tar.gz"
        self.aws("s3").put_object(Bucket=bucket, Key=key, Body=body)
        container = {
            "Image": IMAGE,
            "ModelDataUrl": f"s3://{bucket}/{key}",
            "Environment": {"SAGEMAKER_PROGRAM": "inference.py", "NUM_THREADS": "1"},
        }
        made = self.aws("sagemaker").create_model_package(
            ModelPackageGroupName=GROUP,
            ModelApprovalStatus=status,
            InferenceSpecification={
                "Containers": [container],
                "SupportedContentTypes": ["text/csv"],
                "SupportedResponseMIMETypes": ["text/csv"],
            },
        )
        return str(made["ModelPackageArn"])

    def ask(self, body: str = f"a,{STROKE}\n") -> str:
        """Return what the service answers, through the API server's proxy."""
        answer = self.called("POST", "invocations", body=body)
        text = answer.data.decode()
        return text if answer.status == OK else f"{answer.status}: {text}"

    def called(self, method: str, path: str, body: str | None = None) -> urllib3.BaseHTTPResponse:
        url = f"{self.emulator.endpoint_url}{API_PATH}/api/v1/namespaces/{SPACE}"
        return urllib3.request(
            method,
            f"{url}/services/digits/proxy/{path}",
            body=body,
            headers={"Content-Type": "text/csv"},
            retries=False,
        )

    def ask_endpoint(self) -> str:
        """Return what the endpoint on SageMaker answers to the same."""
        found = self.aws("sagemaker-runtime").invoke_endpoint(
            EndpointName=GROUP, Body=f"a,{STROKE}\n", ContentType="text/csv"
        )
        return str(found["Body"].read().decode())

    def pods(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.core.list_namespaced_pod(SPACE).to_dict()["items"]
        return found

    @contextmanager
    def asked_all_the_while(self) -> Iterator[list[str]]:
        """Ask again and again in the background; yield the answers, an error in place of one."""
        answers: list[str] = []
        enough = threading.Event()

        def ask() -> None:
            while not enough.wait(0.05):
                answers.append(self.ask())

        caller = threading.Thread(target=ask)
        caller.start()
        try:
            yield answers
        finally:
            enough.set()
            caller.join()


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Team]:
    with (
        pytest.MonkeyPatch.context() as patch,
        Emulator(workspace=tmp_path_factory.mktemp("workspace")) as emulator,
    ):
        patch.setenv("AWS_ENDPOINT_URL", emulator.endpoint_url)
        patch.setenv("AWS_ACCESS_KEY_ID", "testing")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        yield Team(emulator)


def test_before_a_version_is_approved_the_service_says_that_nobody_answers(team: Team) -> None:
    assert not team.summary.failed
    team.register("waiting", team.archives["1"], "PendingManualApproval")
    assert team.up().changes == 0
    assert team.pods() == []
    assert 'no endpoints available for service \\"digits\\"' in team.ask()


def test_what_the_registry_approved_answers_as_it_does_on_sagemaker(team: Team) -> None:
    first = team.register("first", team.archives["1"], "Approved")
    assert not team.up().failed
    deployment = team.apps.read_namespaced_deployment("digits", SPACE).to_dict()
    assert deployment["status"]["ready_replicas"] == 1
    assert deployment["spec"]["template"]["metadata"]["annotations"]["model-package"] == first
    assert team.called("GET", "ping").status == OK
    assert team.ask() == team.ask_endpoint()
    assert team.ask().startswith("a,0.")
    refused = team.ask(f"a,{STROKE.replace('14', '17')}\n")
    assert refused.startswith("400")
    assert "a pixel must be 0 to 16" in refused


def test_the_next_version_takes_over_without_a_request_lost(team: Team) -> None:
    before = team.ask()
    second = team.register("second", team.archives["4"], "Approved")
    with team.asked_all_the_while() as answers:
        assert not team.up().failed
    after = team.ask()
    assert after == team.ask_endpoint() != before
    assert set(answers) == {before, after}
    (pod,) = team.pods()
    assert pod["metadata"]["annotations"]["model-package"] == second
    assert team.up().changes == 0


def test_a_version_that_its_server_refuses_leaves_the_one_before_in_place(team: Team) -> None:
    before = team.ask()
    broken = archive({"code/inference.py": b"raise OSError('no weights')"})
    team.register("broken", broken, "Approved")
    failed = {one.urn.rpartition("::")[2]: one.message for one in team.up().failed}
    assert "no weights" in failed["digits-kubernetes-serving-server"]
    assert team.ask() == before
