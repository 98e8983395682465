"""Attaches EventBridge's delivery to an emulator."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from moto.events.exceptions import InvalidEventPatternException
from moto.events.models import EventPatternParser, EventsBackend, Rule
from moto.events.responses import EventsHandler
from werkzeug.wrappers import Request, Response

from infra.emulator.context import Context, Route
from infra.emulator.events.bus import Bus
from infra.emulator.events.pattern import PatternError, matches, parse
from infra.emulator.events.put_events import put
from infra.emulator.events.put_targets import install_put_targets
from infra.emulator.events.s3 import install_s3
from infra.emulator.events.scheduled import install_schedules
from infra.emulator.patches import replace

PATH = "/_mlops/events"


def install(context: Context) -> None:
    """Deliver events, fire scheduled rules, tell S3's changes, show all of it at ``PATH``."""
    bus = Bus(context)
    context.events = bus
    # Ahead of the admin calls, which answer 404 for what is not theirs.
    context.routes.insert(0, _journal(bus))
    _deliver_put_events(context, bus)
    _match_as_aws(context)
    install_put_targets(context)
    install_s3(context, bus)
    install_schedules(context, bus)


def _deliver_put_events(context: Context, bus: Bus) -> None:
    def put_events(backend: EventsBackend, events: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return put(bus, backend, events)

    def send_to_targets(rule: Rule, original_event: Any, *_: Any, **__: Any) -> None:
        event = {**original_event}
        if not isinstance(event.get("time"), str):
            event["time"] = datetime.fromtimestamp(float(event["time"]), UTC).strftime(
                "%Y-%m-%dT%H:%M:%SZ"
            )
        bus.offer(rule, event)

    replace(context, EventsBackend, "put_events", put_events)
    replace(context, Rule, "send_to_targets", send_to_targets)


def _match_as_aws(context: Context) -> None:
    def read(parser: EventPatternParser) -> dict[str, Any]:
        if not parser.pattern:
            return {}
        try:
            return parse(parser.pattern)
        except PatternError as error:
            raise InvalidEventPatternException(reason=str(error)) from error

    def test_event_pattern(handler: EventsHandler) -> str:
        pattern = EventPatternParser(handler._get_param("EventPattern")).parse()
        event = json.loads(handler._get_param("Event"))
        return json.dumps({"Result": matches(pattern, event)})

    replace(context, EventPatternParser, "parse", read)
    replace(context, EventsHandler, "test_event_pattern", test_event_pattern)


def _journal(bus: Bus) -> Route:
    def answer(request: Request) -> Response | None:
        if request.path != PATH:
            return None
        since = request.args.get("since")
        try:
            moment = datetime.fromisoformat(since) if since else None
        except ValueError:
            return Response(f"since must be an ISO-8601 time, got {since!r}", status=400)
        if moment is not None and moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        body = {"Events": bus.journal.since(moment)}
        return Response(json.dumps(body), mimetype="application/json")

    return answer
