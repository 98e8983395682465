"""Service Quotas' calls, in moto's manner: methods of its response class, which we replace."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from moto.core.exceptions import JsonRESTError
from moto.servicequotas.responses import ServiceQuotasResponse

from infra.emulator.quotas.book import Asked, Book, Quota, by_code, catalogue

SERVICE = "sagemaker"
PAGE = 100

Method = Callable[[ServiceQuotasResponse], str]


def methods(book: Book) -> dict[str, Method]:
    """Return what to set on ``ServiceQuotasResponse``; services but SageMaker stay moto's."""
    return {
        "list_service_quotas": lambda call: _list(book, call, applied=True),
        "list_aws_default_service_quotas": _or_moto(
            "list_aws_default_service_quotas", lambda call: _list(book, call, applied=False)
        ),
        "get_service_quota": _or_moto(
            "get_service_quota", lambda call: _get(book, call, applied=True)
        ),
        "get_aws_default_service_quota": lambda call: _get(book, call, applied=False),
        "request_service_quota_increase": lambda call: _ask(book, call),
        "list_requested_service_quota_change_history": lambda call: _history(book, call),
    }


def _or_moto(name: str, mine: Method) -> Method:
    theirs: Method = getattr(ServiceQuotasResponse, name)

    def method(call: ServiceQuotasResponse) -> str:
        return mine(call) if _asked(call).get("ServiceCode") == SERVICE else theirs(call)

    return method


def _asked(call: ServiceQuotasResponse) -> dict[str, Any]:
    asked: dict[str, Any] = json.loads(call.body or "{}")
    return asked


def _service(call: ServiceQuotasResponse) -> dict[str, Any]:
    asked = _asked(call)
    if (service := asked.get("ServiceCode")) != SERVICE:
        raise JsonRESTError(
            "NoSuchResourceException", f"quotas of {service} are not emulated, only {SERVICE}'s"
        )
    return asked


def _quota(asked: dict[str, Any]) -> Quota:
    quota = by_code().get(asked["QuotaCode"])
    if quota is None:
        raise JsonRESTError("NoSuchResourceException", f"no quota {asked['QuotaCode']}")
    return quota


def _told(book: Book, region: str, quota: Quota, *, applied: bool) -> dict[str, Any]:
    value = book.value(region, quota.name) if applied else quota.default
    return book.described(region, quota, value=value)


def _list(book: Book, call: ServiceQuotasResponse, *, applied: bool) -> str:
    asked = _service(call)
    found = list(catalogue().values())
    start, size = int(asked.get("NextToken") or 0), min(asked.get("MaxResults") or PAGE, PAGE)
    page = found[start : start + size]
    answer: dict[str, Any] = {
        "Quotas": [_told(book, call.region, quota, applied=applied) for quota in page]
    }
    if start + size < len(found):
        answer["NextToken"] = str(start + size)
    return json.dumps(answer)


def _get(book: Book, call: ServiceQuotasResponse, *, applied: bool) -> str:
    quota = _quota(_service(call))
    return json.dumps({"Quota": _told(book, call.region, quota, applied=applied)})


def _ask(book: Book, call: ServiceQuotasResponse) -> str:
    asked = _service(call)
    quota, desired = _quota(asked), float(asked["DesiredValue"])
    if desired <= (has := book.value(call.region, quota.name)):
        raise JsonRESTError(
            "IllegalArgumentException", f"DesiredValue must be above {has:g}, got {desired:g}"
        )
    if book.is_open(call.region, quota):
        raise JsonRESTError(
            "ResourceAlreadyExistsException", f"a request for {quota.code} is open already"
        )
    return json.dumps({"RequestedQuota": _request(book.ask(call.region, quota, desired))})


def _history(book: Book, call: ServiceQuotasResponse) -> str:
    asked = _service(call)
    wanted = asked.get("Status")
    found = [one for one in book.requests(call.region) if wanted in {None, one.status}]
    return json.dumps({"RequestedQuotas": [_request(one) for one in found]})


def _request(one: Asked) -> dict[str, Any]:
    return {
        "Id": one.id,
        "ServiceCode": SERVICE,
        "ServiceName": "Amazon SageMaker",
        "QuotaCode": one.quota.code,
        "QuotaName": one.quota.name,
        "DesiredValue": one.desired,
        "Status": one.status,
        "Created": one.created.timestamp(),
        "GlobalQuota": False,
        "Unit": "None",
    }
