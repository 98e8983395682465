"""A torch model behind endpoints of the emulator: our own server's image, and SageMaker's."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from infra.emulator.server import Emulator
from pipelines.server import tag
from tests.emulator.hosting.conftest import archive
from tests.emulator.support import TRUST, impatient
from tests.torch.environment import needs_torch

pytestmark = [pytest.mark.torch, needs_torch]

BUCKET = "models"
OURS = tag.image("123456789012.dkr.ecr.us-east-1.amazonaws.com", "vision-dev")
SAGEMAKERS = "763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-inference:2.6.0-cpu-py312"
CODE = """
import torch
BATCHED = True
def sample_fn(): return "[[0, 0]]", "application/json"
def model_fn(model_dir):
    torch.manual_seed(0)
    model = torch.nn.Linear(2, 1)
    with torch.no_grad():
        model.weight.copy_(torch.tensor([[2.0, 3.0]])); model.bias.fill_(1.0)
    return model
"""


class Host:
    """Clients of an emulator that has a role and a bucket."""

    def __init__(self, emulator: Emulator) -> None:
        client = partial(impatient, emulator)
        self.emulator = emulator
        self.sagemaker, self.s3 = client("sagemaker"), client("s3")
        self.runtime, self.logs = client("sagemaker-runtime"), client("logs")
        self.s3.create_bucket(Bucket=BUCKET)
        role = client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps(TRUST))
        self.role_arn = role["Role"]["Arn"]

    def serve(self, name: str, image: str, code: str = CODE) -> str:
        """Stand up an endpoint; return its status."""
        key = f"{name}/model.tar.gz"
        body = archive({"code/inference.py": code.encode()})
        self.s3.put_object(Bucket=BUCKET, Key=key, Body=body)
        container = {
            "Image": image,
            "ModelDataUrl": f"s3://{BUCKET}/{key}",
            "Environment": {"SAGEMAKER_PROGRAM": "inference.py", "NUM_THREADS": "1"},
        }
        self.sagemaker.create_model(
            ModelName=name,
            PrimaryContainer=container,
            ExecutionRoleArn=self.role_arn,
            EnableNetworkIsolation=True,
        )
        variant = {
            "VariantName": "v",
            "ModelName": name,
            "InstanceType": "ml.m5.large",
            "InitialInstanceCount": 1,
        }
        self.sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
        self.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
        self.emulator.settle(timeout=240)
        status: str = self.sagemaker.describe_endpoint(EndpointName=name)["EndpointStatus"]
        return status

    def ask(self, endpoint: str, rows: list[list[float]]) -> Any:
        answer = self.runtime.invoke_endpoint(
            EndpointName=endpoint, Body=json.dumps(rows), ContentType="application/json"
        )
        return json.loads(answer["Body"].read())


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    with Emulator(workspace=tmp_path_factory.mktemp("workspace")) as emulator:
        yield Host(emulator)


def test_a_model_that_its_server_refuses_fails_the_endpoint_with_the_reason(host: Host) -> None:
    broken = CODE + "def predict_fn(data, model): return model(data) / len(data)\n"
    assert host.serve("broken", OURS, broken.replace("0, 0", "1, 1")) == "Failed"
    reason = host.sagemaker.describe_endpoint(EndpointName="broken")["FailureReason"]
    assert "did not pass the ping health check" in reason
    assert "must answer a row alike alone and among 64" in reason


@pytest.mark.parametrize("image", [OURS, SAGEMAKERS], ids=["ours", "sagemakers"])
def test_one_archive_is_served_by_either_image(host: Host, image: str) -> None:
    name = "ours" if image == OURS else "sagemakers"
    assert host.serve(name, image) == "InService"
    assert host.ask(name, [[1, 1], [0, 0]]) == [[6.0], [1.0]]
    with pytest.raises(host.runtime.exceptions.ModelError):
        host.ask(name, [[1]])


def test_callers_together_get_their_own_answers(host: Host) -> None:
    if "ours" not in str(host.sagemaker.list_endpoints()):
        host.serve("ours", OURS)
    found: dict[int, Any] = {}

    def call(number: int) -> None:
        found[number] = host.ask("ours", [[number, number]] * (1 + number % 3))

    threads = [threading.Thread(target=call, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {number: [[5.0 * number + 1]] * (1 + number % 3) for number in range(16)}


def test_what_the_server_prints_is_in_the_endpoints_log(host: Host) -> None:
    group = "/aws/sagemaker/Endpoints/broken"
    (stream,) = host.logs.describe_log_streams(logGroupName=group)["logStreams"]
    events = host.logs.get_log_events(logGroupName=group, logStreamName=stream["logStreamName"])
    assert "the model cannot be loaded" in str(events["events"])
