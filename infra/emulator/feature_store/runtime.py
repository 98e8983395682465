"""The runtime's HTTP interface, answered before moto: a request costs little beside its records."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from moto.sagemaker.models import sagemaker_backends
from werkzeug.wrappers import Request, Response

from infra.emulator.context import Context, Route
from infra.emulator.feature_store import records
from infra.emulator.feature_store.group import Group
from infra.emulator.feature_store.records import RecordRefusedError
from infra.emulator.feature_store.values import iso_seconds
from infra.emulator.refusal import scope

MAX_BATCH_GET: Final = 100
"""Records a BatchGetRecord may ask for."""
MAX_BATCH_WRITE: Final = 25
_PREFIX = "/FeatureGroup/"

Lookup = Callable[[str], Group]


def route(context: Context) -> Route:
    """Return the route that answers the Feature Store runtime."""

    def answer(request: Request) -> Response | None:
        path = request.path
        if not path.startswith((_PREFIX, "/BatchGetRecord", "/BatchWriteRecord")):
            return None
        service, region = scope(request.environ)
        if service != "sagemaker":
            return None
        lookup = _lookup(context, region)
        try:
            body = _dispatch(request, path, lookup)
        except RecordRefusedError as error:
            return _error(error)
        except json.JSONDecodeError as error:
            return _error(RecordRefusedError(f"body is not JSON: {error}"))
        return Response(body, mimetype="application/json")

    return answer


def _dispatch(request: Request, path: str, lookup: Lookup) -> bytes:
    if path == "/BatchGetRecord":
        return batch_get(json.loads(request.get_data()), lookup)
    if path == "/BatchWriteRecord":
        return batch_write(json.loads(request.get_data()), lookup)
    name, operation = _operation(request.method, path.removeprefix(_PREFIX))
    group = lookup(name)
    if operation in {"GET", "DELETE"}:
        return (get if operation == "GET" else delete)(group, request)
    body = json.loads(request.get_data() or b"{}")
    if operation == "PUT":
        records.put(
            group,
            body.get("Record") or [],
            targets=body.get("TargetStores"),
            ttl=body.get("TtlDuration"),
        )
        return b""
    if operation == "Record":
        records.update(
            group,
            body.get("RecordIdentifierValueAsString") or "",
            body.get("Features") or [],
            targets=body.get("TargetStores"),
            ttl=body.get("TtlDuration"),
        )
        return b""
    return list_records(group, body)


def _operation(method: str, rest: str) -> tuple[str, str]:
    """Return the group's name or ARN, and the operation that method and path name."""
    if method in {"GET", "PUT", "DELETE"}:
        return rest, method
    for suffix in ("ListRecords", "Record"):
        if method == "POST" and rest.endswith(f"/{suffix}"):
            return rest.removesuffix(f"/{suffix}"), suffix
    raise RecordRefusedError(f"{method} {_PREFIX}{rest} is no operation", status=404)


def _lookup(context: Context, region: str) -> Lookup:
    backend = sagemaker_backends[context.account_id][region]
    prefix = f"arn:aws:sagemaker:{region}:{context.account_id}:feature-group/"

    def find(name: str) -> Group:
        key = name if name.startswith("arn:") else prefix + name.lower()
        group: Any = backend.feature_groups.get(key)
        if group is None or group.status != "Created":
            raise RecordRefusedError(
                f"Resource Not Found: feature group {name} does not exist or is not ready",
                code="ResourceNotFound",
                status=404,
            )
        found: Group = group
        return found

    return find


def get(group: Group, request: Request) -> bytes:
    """Answer GetRecord; a record that is not there is an answer without ``Record``."""
    identifier = request.args.get("RecordIdentifierValueAsString", "")
    names = request.args.getlist("FeatureName")
    row = records.online_store(group).get(identifier, time.time())
    if row is None:
        return b"{}"
    record = _selected(group, row.record, names)
    if request.args.get("ExpirationTimeResponse") == "Enabled" and row.expires_seconds is not None:
        return b'{"Record":%b,"ExpiresAt":"%b"}' % (
            record,
            iso_seconds(row.expires_seconds).encode(),
        )
    return b'{"Record":%b}' % record


def delete(group: Group, request: Request) -> bytes:
    """Answer DeleteRecord."""
    records.delete(
        group,
        request.args.get("RecordIdentifierValueAsString", ""),
        request.args.get("EventTime", ""),
        targets=request.args.getlist("TargetStores"),
        hard=request.args.get("DeletionMode") == "HardDelete",
    )
    return b""


def list_records(group: Group, body: Mapping[str, Any]) -> bytes:
    """Answer ListRecords, at most 100 identifiers a page."""
    names = records.online_store(group).identifiers(
        time.time(), soft_deleted=bool(body.get("IncludeSoftDeletedRecords"))
    )
    token = body.get("NextToken") or ""
    rest = [name for name in names if name > token] if token else names
    size = body.get("MaxResults") or 100
    answer: dict[str, Any] = {"RecordIdentifiers": rest[:size]}
    if len(rest) > size:
        answer["NextToken"] = rest[size - 1]
    return json.dumps(answer).encode()


def batch_get(body: Mapping[str, Any], lookup: Lookup) -> bytes:
    """Answer BatchGetRecord; what fails for one group is told for each of its identifiers.

    Raises:
        RecordRefusedError: more than ``MAX_BATCH_GET`` records.
    """
    asked = body.get("Identifiers") or []
    count = sum(len(entry.get("RecordIdentifiersValueAsString") or ()) for entry in asked)
    if not 1 <= count <= MAX_BATCH_GET:
        raise RecordRefusedError(f"records to get must be 1-{MAX_BATCH_GET}, got {count}")
    now = time.time()
    with_expiry = body.get("ExpirationTimeResponse") == "Enabled"
    found: list[bytes] = []
    errors: list[dict[str, str]] = []
    for entry in asked:
        name = entry["FeatureGroupName"]
        try:
            group = lookup(name)
            online = records.online_store(group)
            features = entry.get("FeatureNames") or []
            label = json.dumps(name).encode()
            for identifier in entry["RecordIdentifiersValueAsString"]:
                row = online.get(identifier, now)
                if row is None:
                    continue
                expires = (
                    b',"ExpiresAt":"%b"' % iso_seconds(row.expires_seconds).encode()
                    if with_expiry and row.expires_seconds is not None
                    else b""
                )
                found.append(
                    b'{"FeatureGroupName":%b,"RecordIdentifierValueAsString":%b,"Record":%b%b}'
                    % (
                        label,
                        json.dumps(identifier).encode(),
                        _selected(group, row.record, features),
                        expires,
                    )
                )
        except RecordRefusedError as error:
            errors += _each(name, entry["RecordIdentifiersValueAsString"], error)
    return b'{"Records":[%b],"Errors":%b,"UnprocessedIdentifiers":[]}' % (
        b",".join(found),
        json.dumps(errors).encode(),
    )


def batch_write(body: Mapping[str, Any], lookup: Lookup) -> bytes:
    """Answer BatchWriteRecord; an entry that is refused does not hold up the others.

    Raises:
        RecordRefusedError: more than ``MAX_BATCH_WRITE`` entries, or a group that does not exist.
    """
    entries = body.get("Entries") or []
    if not 1 <= len(entries) <= MAX_BATCH_WRITE:
        raise RecordRefusedError(f"Entries must be 1-{MAX_BATCH_WRITE}, got {len(entries)}")
    groups = {entry["FeatureGroupName"]: lookup(entry["FeatureGroupName"]) for entry in entries}
    errors = []
    for entry in entries:
        try:
            records.put(
                groups[entry["FeatureGroupName"]],
                entry.get("Record") or [],
                targets=entry.get("TargetStores"),
                ttl=entry.get("TtlDuration") or body.get("TtlDuration"),
            )
        except RecordRefusedError as error:
            errors.append({"Entry": entry, "ErrorCode": error.code, "ErrorMessage": error.message})
    return json.dumps({"Errors": errors, "UnprocessedEntries": []}).encode()


def _selected(group: Group, record: bytes, names: Iterable[str]) -> bytes:
    wanted = frozenset(names)
    if not wanted:
        return record
    if unknown := wanted - group.definitions.keys():
        raise RecordRefusedError(
            f"Validation Error: feature {sorted(unknown)[0]} is not defined in feature group "
            f"{group.name}"
        )
    return json.dumps([f for f in json.loads(record) if f["FeatureName"] in wanted]).encode()


def _each(name: str, identifiers: Iterable[str], error: RecordRefusedError) -> list[dict[str, str]]:
    return [
        {
            "FeatureGroupName": name,
            "RecordIdentifierValueAsString": identifier,
            "ErrorCode": error.code,
            "ErrorMessage": error.message,
        }
        for identifier in identifiers
    ]


def _error(error: RecordRefusedError) -> Response:
    return Response(
        json.dumps({"message": error.message}),
        status=error.status,
        headers={"x-amzn-ErrorType": error.code},
        mimetype="application/json",
    )
