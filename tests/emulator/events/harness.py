"""A rule with targets, and what they received: shared by the tests of what sends events."""

import contextlib
import json
from typing import Any

from moto.awslambda.models import LambdaFunction, lambda_backends
from moto.cloudwatch.models import cloudwatch_backends
from moto.events.models import events_backends
from moto.logs.models import logs_backends
from moto.s3.models import s3_backends
from moto.sagemaker.models import sagemaker_backends
from moto.scheduler.models import scheduler_backends
from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends

from infra.emulator.events.bus import Bus
from infra.emulator.patches import replace
from infra.emulator.server import Emulator

REGION = "us-east-1"
ACCOUNT = "123456789012"
PIPELINE = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:pipeline/training"

BACKENDS = (
    cloudwatch_backends,
    events_backends,
    lambda_backends,
    logs_backends,
    s3_backends,
    sagemaker_backends,
    scheduler_backends,
    sns_backends,
    sqs_backends,
)


class Loop:
    """A rule on the default bus of an empty account, and what its targets received."""

    def __init__(self, emulator: Emulator) -> None:
        self.emulator = emulator
        self.context = emulator.context
        self.calls: list[dict[str, Any]] = []

        def invoke(function: LambdaFunction, body: str, *_: Any) -> bytes:
            self.calls.append({"arn": function.function_arn, "event": json.loads(body)})
            return b""

        replace(self.context, LambdaFunction, "invoke", invoke)
        self.began = self.context.clock.now()
        self._earlier = len(self._journal())
        # Not IAM: it takes a second to load its managed policies.
        for backend in BACKENDS:
            backend[ACCOUNT].reset()

    def client(self, service: str) -> Any:
        return self.context.client(service, REGION)

    def role(self, name: str, service: str) -> str:
        """Make sure of a role that ``service`` may assume; roles outlive a test."""
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": service},
            "Action": "sts:AssumeRole",
        }
        trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        with contextlib.suppress(self.client("iam").exceptions.EntityAlreadyExistsException):
            self.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=trust)
        return f"arn:aws:iam::{ACCOUNT}:role/{name}"

    def function(self, name: str, *services: str) -> str:
        """Create a function that ``services`` may invoke; what it is sent lands in ``calls``."""
        functions = self.client("lambda")
        created = functions.create_function(
            FunctionName=name,
            Role=self.role("fn", "lambda.amazonaws.com"),
            Runtime="python3.13",
            Handler="handler.handle",
            Code={"ZipFile": b"x"},
        )
        for service in services:
            functions.add_permission(
                FunctionName=name,
                StatementId=service.replace(".", "-"),
                Action="lambda:InvokeFunction",
                Principal=service,
            )
        return str(created["FunctionArn"])

    def rule(self, pattern: dict[str, Any], *targets: dict[str, Any], name: str = "rule") -> None:
        events = self.client("events")
        events.put_rule(Name=name, EventPattern=json.dumps(pattern))
        if targets:
            events.put_targets(
                Rule=name, Targets=[{"Id": str(n), **target} for n, target in enumerate(targets)]
            )

    def queue(self, name: str, *, service: str = "events.amazonaws.com") -> str:
        sqs = self.client("sqs")
        url = sqs.create_queue(QueueName=name)["QueueUrl"]
        arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": service},
            "Action": "sqs:SendMessage",
            "Resource": arn,
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        sqs.set_queue_attributes(
            QueueUrl=url, Attributes={"Policy": policy, "MessageRetentionPeriod": "1209600"}
        )
        return arn

    def messages(self, name: str) -> list[dict[str, Any]]:
        sqs = self.client("sqs")
        url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
        answer = sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
        )
        return list(answer.get("Messages", []))

    def put(self, detail: dict[str, Any], *, source: str = "app", kind: str = "Thing") -> None:
        entry = {"Source": source, "DetailType": kind, "Detail": json.dumps(detail)}
        answer = self.client("events").put_events(Entries=[entry])
        assert answer["FailedEntryCount"] == 0
        self.emulator.settle()

    def journal(self) -> list[dict[str, Any]]:
        """Return the events of this test."""
        return self._journal()[self._earlier :]

    def _journal(self) -> list[dict[str, Any]]:
        bus = self.context.events
        assert isinstance(bus, Bus)
        return bus.journal.since()
