"""Whose credentials reach an endpoint."""

from __future__ import annotations

import pytest

from infra.resources.clients import EndpointClients

URL = "http://127.0.0.1:4"


def access_key(url: str) -> str:
    clients = EndpointClients(url, region="eu-west-1")
    key: str = clients("s3")._request_signer._credentials.access_key
    clients.close()
    return key


@pytest.fixture(autouse=True)
def given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAGIVEN")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")


def test_real_credentials_never_leave_for_an_endpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    assert access_key(URL) == "local"
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:5")
    assert access_key(URL) == "local"


def test_a_process_started_for_the_endpoint_acts_as_its_role(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"{URL}/")
    assert access_key(URL) == "AKIAGIVEN"


def test_clients_are_of_one_region_and_made_once() -> None:
    clients = EndpointClients(URL, region="eu-west-1")
    assert clients("kms") is clients("kms")
    assert clients("kms").meta.region_name == "eu-west-1"
    clients.close()
