"""Asynchronous invocations: accepted at once, retried, and sent on when they fail for good.

As Lambda does: a function that fails is tried again after one and two minutes (of the emulator's
clock) with the same request id; then the event goes to the dead-letter queue and the failure
destination, and what succeeds to the success destination.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from infra.emulator.context import Context, LambdaResult
from infra.emulator.lambdas.invocation import Lambdas
from infra.emulator.lambdas.process import new_request_id

log = logging.getLogger(__name__)

RETRY_DELAYS = (timedelta(minutes=1), timedelta(minutes=2))


@dataclass(slots=True)
class Event:
    """One accepted event on its way through the attempts."""

    lambdas: Lambdas
    function: Any
    payload: bytes
    request_id: str
    attempts: int = 0

    def attempt(self, _: datetime | None = None) -> None:
        """Invoke, and see to what follows."""
        self.attempts += 1
        result = self.lambdas.invoke(self.function, self.payload, request_id=self.request_id)
        if result.function_error is None:
            self._send_on("OnSuccess", "Success", result)
        elif self.attempts <= self._retries():
            self._retry()
        else:
            self._to_dead_letters(result)
            self._send_on("OnFailure", "RetriesExhausted", result)

    def _retry(self) -> None:
        clock = self.lambdas.context.clock
        when = clock.now() + RETRY_DELAYS[self.attempts - 1]
        name = f"lambda {self.function.function_name}, attempt {self.attempts + 1}"
        clock.call_at(when, self.attempt, name=name)

    def _retries(self) -> int:
        configured = self._config().get("MaximumRetryAttempts")
        return len(RETRY_DELAYS) if configured is None else int(configured)

    def _config(self) -> Mapping[str, Any]:
        configs = self.function.event_invoke_config
        return dict(configs[-1].response()) if configs else {}

    def _to_dead_letters(self, result: LambdaResult) -> None:
        target = self.function.kept_settings.get("DeadLetterConfig", {}).get("TargetArn")
        if not target:
            log.error("%s failed %s times", self.function.function_arn, self.attempts)
            return
        message = json.loads(result.payload).get("errorMessage", "")[:1024]
        values = {"RequestID": self.request_id, "ErrorCode": "200", "ErrorMessage": message}
        attributes = {
            name: {"DataType": "String", "StringValue": value or "-"}
            for name, value in values.items()
        }
        self._deliver(target, self.payload.decode(), attributes)

    def _send_on(self, outcome: str, condition: str, result: LambdaResult) -> None:
        destinations = self._config().get("DestinationConfig") or {}
        if not (target := (destinations.get(outcome) or {}).get("Destination")):
            return
        response = {"statusCode": 200, "executedVersion": str(self.function.version)}
        if result.function_error:
            response["functionError"] = result.function_error
        record = {
            "version": "1.0",
            "timestamp": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "requestContext": {
                "requestId": self.request_id,
                "functionArn": self.function.function_arn,
                "condition": condition,
                "approximateInvokeCount": self.attempts,
            },
            "requestPayload": json.loads(self.payload or b"{}"),
            "responseContext": response,
            "responsePayload": json.loads(result.payload or b"null"),
        }
        self._deliver(target, json.dumps(record), {})

    def _deliver(self, target: str, body: str, attributes: dict[str, Any]) -> None:
        deliver(self.lambdas.context, self.function, target, body, attributes)


def deliver(
    context: Context,
    function: Any,  # noqa: ANN401 - moto's
    target: str,
    body: str,
    attributes: dict[str, Any],
) -> None:
    """Send to a destination with the function's role, as Lambda does.

    Raises:
        NotImplementedError: it is none of a queue, topic, function or bus.
    """
    _, _, service, region, account, *name = target.split(":")
    client = context.client(service, region, role_arn=function.role)
    match service:
        case "sqs":
            url = f"{context.endpoint_url}/{account}/{name[0]}"
            client.send_message(QueueUrl=url, MessageBody=body, MessageAttributes=attributes)
        case "sns":
            client.publish(TopicArn=target, Message=body, MessageAttributes=attributes)
        case "lambda":
            client.invoke(FunctionName=target, InvocationType="Event", Payload=body)
        case "events":
            client.put_events(Entries=[_entry(target, body)])
        case _:
            raise NotImplementedError(f"lambda destination {target}")


def accept(
    lambdas: Lambdas,
    function: Any,  # noqa: ANN401 - moto's
    payload: bytes,
) -> str:
    """Take an event in, run it in the background, and return its request id."""
    event = Event(lambdas, function, payload, new_request_id())
    lambdas.context.work.submit(f"lambda {function.function_name}", event.attempt)
    return event.request_id


def _entry(bus_arn: str, body: str) -> dict[str, Any]:
    record = json.loads(body)
    succeeded = record["requestContext"]["condition"] == "Success"
    return {
        "Source": "lambda",
        "DetailType": "Lambda Function Invocation Result - "
        + ("Success" if succeeded else "Failure"),
        "Detail": body,
        "Resources": [bus_arn, record["requestContext"]["functionArn"]],
        "EventBusName": bus_arn,
    }
