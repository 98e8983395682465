"""Invocations of Lambda functions."""

from __future__ import annotations

import base64
import json
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra.emulator.server import Emulator
from tests.emulator.support import REGION, archive, function, gone

PARTS = ("credentials", "admin", "lambdas")


def invoke(emulator: Emulator, name: str, event: object = None, **settings: Any) -> dict[str, Any]:
    """Invoke and return the answer with its payload read."""
    client = emulator.context.client("lambda", REGION)
    answer: dict[str, Any] = client.invoke(
        FunctionName=name, Payload=json.dumps(event).encode(), **settings
    )
    text = answer["Payload"].read()
    answer["Payload"] = json.loads(text) if text else None
    return answer


def log_of(emulator: Emulator, name: str) -> list[str]:
    events = emulator.context.client("logs", REGION).filter_log_events(
        logGroupName=f"/aws/lambda/{name}"
    )["events"]
    return [event["message"] for event in events]


def test_a_handler_sees_its_event_its_context_and_its_environment(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = """
import os
def handler(event, context):
    return {
        "event": event,
        "left": context.get_remaining_time_in_millis(),
        "name": context.function_name,
        "arn": context.invoked_function_arn,
        "id": len(context.aws_request_id),
        "declared": os.environ["COLOUR"],
        "memory": os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"],
        "leaked": os.environ.get("SECRET"),
    }
"""
    monkeypatch.setenv("SECRET", "x")
    environment = {"Variables": {"COLOUR": "red"}}
    arn = function(emulator, "seeing", source, Timeout=7, Environment=environment)
    answer = invoke(emulator, "seeing", {"a": "ä"})
    payload = answer["Payload"]
    assert 5000 < payload.pop("left") <= 7000
    assert payload == {
        "event": {"a": "ä"},
        "name": "seeing",
        "arn": arn,
        "id": 36,
        "declared": "red",
        "memory": "128",
        "leaked": None,
    }
    assert answer["ExecutedVersion"] == "$LATEST"


def test_a_handler_calls_aws_as_its_role(emulator: Emulator) -> None:
    source = """
import boto3
def handler(event, context):
    return boto3.client("sts").get_caller_identity()["Arn"]
"""
    function(emulator, "caller", source)
    assert ":assumed-role/caller-function/" in invoke(emulator, "caller")["Payload"]


def test_only_what_lambda_brings_along_can_be_imported(emulator: Emulator) -> None:
    function(emulator, "importing", "import pandas\ndef handler(e, c): pass")
    answer = invoke(emulator, "importing")
    assert answer["FunctionError"] == "Unhandled"
    assert answer["Payload"]["errorType"] == "Runtime.ImportModuleError"
    assert (
        answer["Payload"]["errorMessage"]
        == "Unable to import module 'code': No module named 'pandas'"
    )


@pytest.mark.parametrize(
    ("name", "source", "expected"),
    [
        ("raising", "def handler(e, c): raise ValueError('bad')", ("ValueError", "bad")),
        (
            "slow",
            "import time\ndef handler(e, c): time.sleep(30)",
            ("Sandbox.Timedout", "Task timed out after 1.00 seconds"),
        ),
        (
            "exiting",
            "import sys\ndef handler(e, c): sys.exit(3)",
            ("Runtime.ExitError", "Runtime exited with error: exit status 3"),
        ),
        (
            "killed",
            "import os\ndef handler(e, c): os.kill(os.getpid(), 9)",
            ("Runtime.ExitError", "Runtime exited with error: signal: 9"),
        ),
        (
            "unserialisable",
            "def handler(e, c): return {1}",
            (
                "Runtime.MarshalError",
                "Unable to marshal response: Object of type set is not JSON serializable",
            ),
        ),
        (
            "large",
            "def handler(e, c): return 'x' * 7_000_000",
            ("Function.ResponseSizeTooLarge", "maximum allowed payload size (6291556 bytes)"),
        ),
        ("empty", "x = 1", ("Runtime.HandlerNotFound", "Handler 'handler' missing on module")),
        ("broken", "def handler(:", ("Runtime.UserCodeSyntaxError", "Syntax error in module")),
        ("misnamed", "x = 1", ("Runtime.MalformedHandlerName", "Bad handler 'handler'")),
    ],
)
def test_a_failure_is_told_as_lambda_tells_it_and_the_next_invocation_goes_on(
    emulator: Emulator, name: str, source: str, expected: tuple[str, str]
) -> None:
    kind, message = expected
    handler = "handler" if name == "misnamed" else "code.handler"
    function(emulator, name, source, Handler=handler, Timeout=1 if name == "slow" else 5)
    for _ in range(2):
        answer = invoke(emulator, name)
        assert (answer["StatusCode"], answer["FunctionError"]) == (200, "Unhandled")
        assert answer["Payload"]["errorType"] == kind
        assert message in answer["Payload"]["errorMessage"]


def test_a_raised_error_tells_its_stack_without_the_runtime(emulator: Emulator) -> None:
    function(emulator, "stack", "def handler(e, c): return inner()\ndef inner(): return 1 / 0")
    stack = invoke(emulator, "stack")["Payload"]["stackTrace"]
    assert len(stack) == 2
    assert "in inner" in stack[1]


def test_what_a_handler_prints_is_in_its_log_between_start_and_report(emulator: Emulator) -> None:
    source = """
import sys
def handler(event, context):
    print("one")
    print("two", file=sys.stderr)
"""
    function(emulator, "printing", source)
    answer = invoke(emulator, "printing", LogType="Tail")
    lines = log_of(emulator, "printing")
    assert lines[0].startswith("START RequestId: ")
    assert lines[1:3] == ["one", "two"]
    assert lines[3].startswith("END RequestId: ")
    assert "\tInit Duration: " in lines[4]
    assert base64.b64decode(answer["LogResult"]).decode().splitlines() == lines


LOGGING = """
import logging
logger = logging.getLogger("mine")
def handler(event, context):
    logger.info("fine")
    logger.warning("careful")
    print("printed")
    raise ValueError("bad")
"""


def test_a_function_logs_as_json_into_the_group_it_names(emulator: Emulator) -> None:
    config = {"LogFormat": "JSON", "LogGroup": "/own/group"}
    function(emulator, "logging", LOGGING, LoggingConfig=config)
    described = emulator.context.client("lambda", REGION).get_function(FunctionName="logging")
    assert described["Configuration"]["LoggingConfig"] == config
    invoke(emulator, "logging")
    events = emulator.context.client("logs", REGION).filter_log_events(logGroupName="/own/group")
    lines = [event["message"] for event in events["events"]]
    assert lines[3] == "printed"
    start, info, warning, error, report = map(json.loads, lines[:3] + lines[4:])
    assert (start["type"], report["type"]) == ("platform.start", "platform.report")
    assert (info["level"], info["message"], info["logger"]) == ("INFO", "fine", "mine")
    assert warning["requestId"] == start["record"]["requestId"]
    assert (error["errorType"], error["errorMessage"]) == ("ValueError", "bad")


def test_what_a_handler_logs_is_text_from_warnings_up_unless_it_asks(emulator: Emulator) -> None:
    function(emulator, "logging-text", LOGGING)
    invoke(emulator, "logging-text")
    lines = log_of(emulator, "logging-text")
    assert lines[1].startswith("[WARNING]\t")
    assert lines[1].endswith("\tcareful")
    assert lines[2:4] == ["printed", "[ERROR] ValueError: bad"]


def test_a_warm_process_is_used_again_until_the_code_changes(emulator: Emulator) -> None:
    client = emulator.context.client("lambda", REGION)
    function(emulator, "warm", "import os\ndef handler(e, c): return os.getpid()")
    first = invoke(emulator, "warm")["Payload"]
    assert invoke(emulator, "warm")["Payload"] == first
    changed = archive(code="import os\ndef handler(e, c): return -os.getpid()")
    client.update_function_code(FunctionName="warm", ZipFile=changed)
    assert invoke(emulator, "warm")["Payload"] < 0
    assert gone(first)
    client.update_function_configuration(FunctionName="warm", Handler="code.other")
    assert invoke(emulator, "warm")["Payload"]["errorType"] == "Runtime.HandlerNotFound"


def test_two_invocations_run_at_once_and_more_wait(emulator: Emulator) -> None:
    source = "import os, time\ndef handler(e, c):\n    time.sleep(0.2)\n    return os.getpid()"
    function(emulator, "busy", source)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: invoke(emulator, "busy")["Payload"], range(4)))
    assert len(set(answers)) == 2


def test_a_child_of_a_handler_ends_with_its_timeout(emulator: Emulator, tmp_path: Path) -> None:
    source = f"""
import subprocess
def handler(event, context):
    child = subprocess.Popen(["sleep", "60"])
    open({str(tmp_path / "pid")!r}, "w").write(str(child.pid))
    child.wait()
"""
    function(emulator, "parent", source, Timeout=1)
    invoke(emulator, "parent")
    assert gone(int((tmp_path / "pid").read_text()))


@pytest.mark.parametrize(
    ("kind", "size", "code"),
    [
        ("RequestResponse", 6_291_457, "RequestTooLargeException"),
        ("Event", 1_048_577, "RequestTooLargeException"),
    ],
)
def test_a_payload_over_the_limit_is_refused(
    emulator: Emulator, kind: str, size: int, code: str
) -> None:
    name = f"limit-{kind}"
    function(emulator, name, "def handler(e, c): return len(e)")
    with pytest.raises(ClientError, match=code):
        invoke(emulator, name, "x" * (size - 2), InvocationType=kind)


def test_a_payload_at_the_limit_is_taken(emulator: Emulator) -> None:
    function(emulator, "limit", "def handler(e, c): return len(e)")
    assert invoke(emulator, "limit", "x" * (6_291_456 - 2))["Payload"] == 6_291_454


def test_a_payload_that_is_not_json_is_refused(emulator: Emulator) -> None:
    function(emulator, "strict", "def handler(e, c): return e")
    with pytest.raises(ClientError, match="InvalidRequestContentException"):
        emulator.context.client("lambda", REGION).invoke(FunctionName="strict", Payload=b"{")


def test_an_unknown_function_is_not_found(emulator: Emulator) -> None:
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        invoke(emulator, "nowhere")
    with pytest.raises(LookupError):
        emulator.context.invoke_lambda(f"arn:aws:lambda:{REGION}:1:function:nowhere", b"")


def test_another_runtime_is_said_to_be_missing(emulator: Emulator) -> None:
    function(emulator, "node", "x", Runtime="nodejs22.x")
    with pytest.raises(ClientError, match=r"NotImplemented.*nodejs22\.x"):
        invoke(emulator, "node")


def test_a_dry_run_runs_nothing_and_no_concurrency_is_throttled(emulator: Emulator) -> None:
    function(emulator, "throttled", "def handler(e, c): raise ValueError")
    assert invoke(emulator, "throttled", InvocationType="DryRun")["StatusCode"] == 204
    emulator.context.client("lambda", REGION).put_function_concurrency(
        FunctionName="throttled", ReservedConcurrentExecutions=0
    )
    with pytest.raises(ClientError, match="TooManyRequestsException"):
        invoke(emulator, "throttled")


def test_a_version_keeps_its_code(emulator: Emulator) -> None:
    client = emulator.context.client("lambda", REGION)
    function(emulator, "versioned", "def handler(e, c): return 1")
    version = client.publish_version(FunctionName="versioned")["Version"]
    client.update_function_code(
        FunctionName="versioned", ZipFile=archive(code="def handler(e, c): return 2")
    )
    client.create_alias(FunctionName="versioned", Name="live", FunctionVersion=version)
    assert invoke(emulator, "versioned")["Payload"] == 2
    assert invoke(emulator, "versioned", Qualifier="live")["Payload"] == 1
    assert invoke(emulator, f"versioned:{version}")["Payload"] == 1


def test_an_event_is_accepted_at_once_tried_three_times_and_ends_with_the_dead_letters(
    emulator: Emulator,
) -> None:
    sqs = emulator.context.client("sqs", REGION)
    queue = sqs.create_queue(QueueName="dead")["QueueUrl"]
    target = f"arn:aws:sqs:{REGION}:{emulator.context.account_id}:dead"
    function(
        emulator,
        "failing",
        "def handler(e, c):\n    print('tried', c.aws_request_id)\n    raise ValueError('no')",
        DeadLetterConfig={"TargetArn": target},
    )
    client = emulator.context.client("lambda", REGION)
    described = client.get_function_configuration(FunctionName="failing")
    assert described["DeadLetterConfig"] == {"TargetArn": target}
    assert invoke(emulator, "failing", {"a": 1}, InvocationType="Event")["StatusCode"] == 202
    clock = emulator.context.clock
    clock.advance_to(clock.now() + timedelta(minutes=2))
    assert "Messages" not in sqs.receive_message(QueueUrl=queue)
    clock.advance_to(clock.now() + timedelta(minutes=2))
    tried = [line for line in log_of(emulator, "failing") if line.startswith("tried")]
    assert len(tried) == 3
    assert len(set(tried)) == 1
    message = sqs.receive_message(QueueUrl=queue, MessageAttributeNames=["All"])["Messages"][0]
    assert json.loads(message["Body"]) == {"a": 1}
    assert message["MessageAttributes"]["ErrorMessage"]["StringValue"] == "no"


def test_destinations_get_the_outcome_of_an_event(emulator: Emulator) -> None:
    sqs = emulator.context.client("sqs", REGION)
    queues = {name: sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("good", "bad")}
    prefix = f"arn:aws:sqs:{REGION}:{emulator.context.account_id}"
    function(emulator, "sorted", "def handler(e, c):\n    return 1 / e['by']")
    emulator.context.client("lambda", REGION).put_function_event_invoke_config(
        FunctionName="sorted",
        MaximumRetryAttempts=0,
        DestinationConfig={
            "OnSuccess": {"Destination": f"{prefix}:good"},
            "OnFailure": {"Destination": f"{prefix}:bad"},
        },
    )
    for by in (1, 0):
        invoke(emulator, "sorted", {"by": by}, InvocationType="Event")
    emulator.settle(timeout=60)
    for name, condition, by in (("good", "Success", 1), ("bad", "RetriesExhausted", 0)):
        body = json.loads(sqs.receive_message(QueueUrl=queues[name])["Messages"][0]["Body"])
        assert body["requestContext"]["condition"] == condition
        assert body["requestPayload"] == {"by": by}


def test_a_warm_invocation_takes_milliseconds(emulator: Emulator) -> None:
    function(emulator, "quick", "def handler(e, c): return e")
    invoke(emulator, "quick")
    taken = []
    for _ in range(20):
        began = time.perf_counter()
        invoke(emulator, "quick")
        taken.append(time.perf_counter() - began)
    assert min(taken) < 0.05
