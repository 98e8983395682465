"""What the emulator's benchmark stands on: servers, clients, a pipeline, an endpoint, a group."""

from __future__ import annotations

import io
import json
import socket
import subprocess
import sys
import tarfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from infra.emulator import processes
from infra.emulator.remote import Admin
from tests.emulator.support import REGION, TRUST

ROOT = Path(__file__).parents[2]
BUCKET = "bench"
IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.4-2-cpu-py3"
CODE = "/opt/ml/processing/input/code"
ALLOWED = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": ["s3:*"], "Resource": "*"}],
}
QUICK = """
def model_fn(model_dir): return None
def input_fn(body, content_type): return body
def predict_fn(data, model):
    return "".join(row.split(",", 1)[0] + ",0.5\\n" for row in data.splitlines())
def output_fn(prediction, accept): return prediction, "text/csv"
"""


@contextmanager
def emulator(home: Path) -> Iterator[str]:
    """Run an emulator in a process of its own and give its endpoint URL."""
    with _module(home, "infra.emulator", "--home", str(home)) as process:
        assert process.stdout is not None
        yield str(json.loads(process.stdout.readline())["endpoint_url"])


@contextmanager
def bare_moto(home: Path) -> Iterator[str]:
    """Run moto's own server and give its endpoint URL."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    with _module(home, "moto.server", "-H", "127.0.0.1", "-p", str(port)):
        while not _answers(url):
            time.sleep(0.002)
        yield url


@contextmanager
def _module(home: Path, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    process = processes.start(
        [sys.executable, "-m", *arguments],
        environment={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)},
        cwd=home,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        processes.kill(process, grace_seconds=15)
        if process.stdout:
            process.stdout.close()


def _answers(url: str) -> bool:
    try:
        urllib.request.urlopen(f"{url}/moto-api/data.json").close()  # noqa: S310 - loopback
    except OSError:
        return False
    return True


class Bench:
    """Clients of one emulator, with a bucket and a role to work with."""

    def __init__(self, endpoint_url: str) -> None:
        self._url = endpoint_url
        self.client("s3").create_bucket(Bucket=BUCKET)
        iam = self.client("iam")
        role = iam.create_role(RoleName="bench", AssumeRolePolicyDocument=json.dumps(TRUST))
        self._role_arn = str(role["Role"]["Arn"])
        iam.put_role_policy(RoleName="bench", PolicyName="data", PolicyDocument=json.dumps(ALLOWED))

    def client(self, service: str) -> Any:
        """Return a boto3 client that does not retry."""
        connect: Callable[..., Any] = boto3.client
        return connect(
            service,
            region_name=REGION,
            endpoint_url=self._url,
            aws_access_key_id="testing",
            aws_secret_access_key="testing",  # noqa: S106 - the emulator's administrator
            config=Config(retries={"total_max_attempts": 1}),
        )

    def settle(self) -> None:
        """Wait until nothing runs on the emulator."""
        Admin(self._url).call("POST", "settle")

    def pipeline(self, name: str, script: str) -> None:
        """Create a pipeline of one processing step."""
        uri = self._put(f"code/{name}/step.py", script.encode())
        source = {
            "S3Uri": uri,
            "LocalPath": CODE,
            "S3DataType": "S3Prefix",
            "S3InputMode": "File",
        }
        cluster = {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 10}
        arguments = {
            "RoleArn": self._role_arn,
            "AppSpecification": {
                "ImageUri": IMAGE,
                "ContainerEntrypoint": ["python3", f"{CODE}/step.py"],
            },
            "ProcessingResources": {"ClusterConfig": cluster},
            "ProcessingInputs": [{"InputName": "code", "S3Input": source}],
        }
        step = {"Name": "Only", "Type": "Processing", "Arguments": arguments}
        definition = {"Version": "2020-12-01", "Parameters": [], "Steps": [step]}
        self.client("sagemaker").create_pipeline(
            PipelineName=name,
            PipelineDefinition=json.dumps(definition),
            RoleArn=self._role_arn,
            ClientRequestToken=name.ljust(32, "0"),
        )

    def endpoint(self, name: str) -> None:
        """Create an endpoint whose model answers at once, and wait for it."""
        archive = io.BytesIO()
        with tarfile.open(fileobj=archive, mode="w:gz") as tar:
            entry = tarfile.TarInfo("code/inference.py")
            entry.size = len(QUICK)
            tar.addfile(entry, io.BytesIO(QUICK.encode()))
        container = {
            "Image": IMAGE,
            "ModelDataUrl": self._put("model.tar.gz", archive.getvalue()),
            "Environment": {
                "SAGEMAKER_PROGRAM": "inference.py",
                "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code",
            },
        }
        variant = {
            "VariantName": "all",
            "ModelName": name,
            "InstanceType": "ml.m5.large",
            "InitialInstanceCount": 1,
            "InitialVariantWeight": 1.0,
        }
        sagemaker = self.client("sagemaker")
        sagemaker.create_model(
            ModelName=name, PrimaryContainer=container, ExecutionRoleArn=self._role_arn
        )
        sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
        sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
        self.settle()

    def feature_group(self, name: str, fractions: tuple[str, ...]) -> None:
        """Create a group with an online and an offline store, and wait for it."""
        self.client("sagemaker").create_feature_group(
            FeatureGroupName=name,
            RecordIdentifierFeatureName="id",
            EventTimeFeatureName="event_time",
            FeatureDefinitions=[
                *({"FeatureName": n, "FeatureType": "String"} for n in ("id", "event_time")),
                *({"FeatureName": n, "FeatureType": "Fractional"} for n in fractions),
            ],
            OnlineStoreConfig={"EnableOnlineStore": True},
            OfflineStoreConfig={"S3StorageConfig": {"S3Uri": f"s3://{BUCKET}/offline"}},
            RoleArn=self._role_arn,
        )
        self.settle()

    def _put(self, key: str, body: bytes) -> str:
        self.client("s3").put_object(Bucket=BUCKET, Key=key, Body=body)
        return f"s3://{BUCKET}/{key}"


class Direct:
    """Asks a model server over its Unix socket, a kept connection for each thread."""

    def __init__(self, address: Path) -> None:
        self._address = str(address)
        self._kept = threading.local()

    def ask(self, body: str) -> None:
        """Post one request and read the answer.

        Raises:
            RuntimeError: the model did not answer with 200.
        """
        if not hasattr(self._kept, "reader"):
            with closing(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)) as connection:
                connection.connect(self._address)
                self._kept.reader = connection.makefile("rwb")  # keeps the connection open
        stream = self._kept.reader
        content = body.encode()
        head = (
            "POST /invocations HTTP/1.1\r\nContent-Type: text/csv\r\nAccept: text/csv\r\n"
            f"Content-Length: {len(content)}\r\n\r\n"
        )
        stream.write(head.encode() + content)
        stream.flush()
        status = stream.readline()
        length = 0
        while (header := stream.readline()) != b"\r\n":
            name, _, value = header.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        stream.read(length)
        if b" 200 " not in status:
            raise RuntimeError(f"the model answered {status!r}")
