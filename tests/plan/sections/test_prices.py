"""Prices from a list in AWS's format, and what capacity costs by them."""

from __future__ import annotations

import copy
import dataclasses
import json
from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from infra import price_lists
from infra.cli.main import app
from infra.plan import capacity, prices
from infra.plan._standing import Standing
from infra.plan.prices import Money, PriceFileError, Prices, load, read
from infra.plan.render.prices import markdown
from tests.plan.sections import support
from tests.plan.sections.price_lists import SAGEMAKER, listed, paths, row, served

TODAY = date(2026, 10, 1)
PRICES = Prices(
    region="us-east-1",
    read=date(2026, 9, 26),
    lists={"AmazonSageMaker": "20260925000313"},
    usd_per_hour={
        "Host:ml.m5.large": 0.1,
        "Host:ml.g5.xlarge": 1.0,
        "Train:ml.m5.2xlarge": 0.5,
        "Processing:ml.m5.xlarge": 0.2,
        "Tsform:ml.m5.large": 0.1,
        "VpcEndpoint-Hours": 0.01,
        "Storage-ShardHour": 0.015,
    },
)
CONFIGURATION = "aws:sagemaker/endpointConfiguration:EndpointConfiguration"


def cost(
    base: dict[str, Any], head: dict[str, Any], budget: float | None = None, **other: Any
) -> Money:
    given = {"prices": PRICES, "today": TODAY, **other}
    return prices.compare(
        capacity.compare(base, head),
        given.pop("prices"),
        region="us-east-1",
        budget=budget,
        **given,
    )


def serving(base: dict[str, Any], kind: str, count: int = 1) -> dict[str, Any]:
    head = copy.deepcopy(base)
    [one] = [one for one in head.values() if one["type"] == CONFIGURATION]
    [variant] = one["inputs"]["productionVariants"]
    variant |= {"instanceType": kind, "initialInstanceCount": count}
    return head


def test_a_list_gives_on_demand_prices_by_usage_without_the_region() -> None:
    with served(paths()) as base:
        found = price_lists.read("AmazonSageMaker", "us-east-1", base=base)
    assert found.prices == {
        "Host:ml.m5.large": 0.115,
        "Host:ml.g5.xlarge": 1.408,
        "Train:ml.m5.2xlarge": 0.461,
        "Processing:ml.m5.xlarge": 0.23,
        "Tsform:ml.m5.large": 0.115,
    }
    assert (found.version, found.published) == ("20260925000313", "2026-09-25T00:03:13Z")
    assert found.ambiguous == ("Host:ml.r5.large",)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "stacks").mkdir()
    monkeypatch.setattr("infra.cli.prices.ROOT", tmp_path)
    return tmp_path


def test_refreshing_writes_a_file_that_a_plan_reads(root: Path) -> None:
    with served(paths()) as base:
        done = CliRunner().invoke(app, ["prices", "refresh", "-r", "us-east-1", "--from", base])
    assert done.exit_code == 0, done.output
    assert "stacks/prices/us-east-1.json: 7 prices" in done.output
    assert "AmazonVPC 20260925000313, published 2026-09-25T00:03:13Z" in done.output
    found = load("us-east-1", root)
    assert found is not None
    assert found.usd_per_hour["VpcEndpoint-Hours"] == 0.01
    assert found.usd_per_hour["Storage-ShardHour"] == 0.015
    assert found.lists["AmazonSageMaker"] == "20260925000313"
    assert [one.name for one in (root / "stacks" / "prices").iterdir()] == ["us-east-1.json"]


@pytest.mark.parametrize(
    ("bodies", "refusal", "told"),
    [
        ({}, 404, "AmazonSageMaker has no price list for region 'us-east-1'"),
        ({}, 403, "answered 403"),
        ({}, 503, "answered 503, try again later"),
        (paths(AmazonSageMaker=b"<html>sign in</html>"), 404, "must be the price list of"),
        (paths(AmazonSageMaker=b""), 404, "must be the price list of"),
        (paths(AmazonSageMaker=SAGEMAKER[:400]), 404, "must have the columns"),
        (paths(AmazonSageMaker=SAGEMAKER[:-40]), 404, "must have 22 columns in each row, got"),
        (paths(AmazonSageMaker=paths()[next(iter(paths()))].replace(b"usageType", b"use")), 404,
         "must have the columns ['usageType']"),
        (paths(AmazonSageMaker=listed("AmazonEC2", [row("USE1-Host:ml.m5.large", "1")])), 404,
         "must be the price list of AmazonSageMaker"),
        (paths(AmazonVPC=listed("AmazonVPC", [])), 404, "holds none"),
        (paths(AmazonSageMaker=b'"' + b"x" * 400_000), 404, "lines of at most"),
        (paths(AmazonSageMaker=b'"' + (b"x" * 1000 + b"\n") * 200), 404, "must be CSV"),
    ],
)  # fmt: skip
def test_what_is_no_price_list_leaves_the_file_as_it_was(
    root: Path, bodies: dict[str, bytes], refusal: int, told: str
) -> None:
    kept = root / "stacks" / "prices" / "us-east-1.json"
    kept.parent.mkdir()
    kept.write_text("as it was")
    with served(bodies, refusal=refusal) as base:
        done = CliRunner().invoke(app, ["prices", "refresh", "-r", "us-east-1", "--from", base])
    assert done.exit_code == 1
    assert told in " ".join(done.stderr.split())
    assert kept.read_text() == "as it was"


def test_no_network_is_told_with_the_address(root: Path) -> None:
    with served({}) as base:
        pass
    done = CliRunner().invoke(app, ["prices", "refresh", "-r", "us-east-1", "--from", base])
    assert done.exit_code == 1
    assert "cannot be read: ConnectionError" in " ".join(done.stderr.split())
    assert not (root / "stacks" / "prices").exists()


def test_a_list_longer_than_any_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(price_lists, "MAX_BYTES", 1000)
    with (
        served(paths()) as base,
        pytest.raises(price_lists.PriceListError, match="at most 1000 bytes"),
    ):
        price_lists.read("AmazonSageMaker", "us-east-1", base=base)


@pytest.mark.parametrize("arguments", [["-r", "../x"], ["-r", "us-east-1", "--from", "file:///x"]])
def test_a_region_that_is_none_is_wrong_use(root: Path, arguments: list[str]) -> None:
    assert CliRunner().invoke(app, ["prices", "refresh", *arguments]).exit_code == 2
    assert list((root / "stacks").iterdir()) == []


@pytest.mark.parametrize(
    ("edit", "told"),
    [
        ({"format": 2}, "must have format 1"),
        ({"region": "eu-west-1"}, "region 'us-east-1'"),
        ({"read": "yesterday"}, "read must be a date"),
        ({"prices": {"Host:ml.m5.large": 0}}, "prices.Host:ml.m5.large must be above 0"),
        ({"prices": {"Host:ml.m5.large": "0.1"}}, "must be above 0"),
        ({"prices": {"Host:ml.m5.large": 1e300}}, "at most 10000"),
    ],
)
def test_a_price_file_that_is_none_is_refused(edit: dict[str, Any], told: str) -> None:
    good = {"format": 1, "region": "us-east-1", "read": "2026-09-26", "lists": {}, "prices": {}}
    assert read(json.dumps(good), region="us-east-1").usd_per_hour == {}
    with pytest.raises(PriceFileError, match=told):
        read(json.dumps({**good, **edit}), region="us-east-1")


def test_without_a_price_file_there_is_no_figure(dev: dict[str, Any], tmp_path: Path) -> None:
    assert load("us-east-1", tmp_path) is None
    money = cost(dev, serving(dev, "ml.g5.xlarge"), budget=1.0, prices=None)
    assert (money.priced, money.head, money.over_budget) == (False, 0.0, False)
    assert "no prices of us-east-1; mlops prices refresh -r us-east-1" in markdown(money)


def test_what_stands_costs_its_price_times_730_hours(dev: dict[str, Any]) -> None:
    money = cost(dev, serving(dev, "ml.g5.xlarge", 2))
    [endpoint] = [one for one in money.kinds if one.kind == "endpoint"]
    assert endpoint.base == pytest.approx(73)
    assert endpoint.head == pytest.approx(1460)
    zones = 8 * 2 * 0.01 * 730
    assert money.base == pytest.approx(73 + zones + 0.015 * 730)
    assert "(+1,387.00)" in markdown(money).splitlines()[0]
    assert "- endpoint: 73.00 → 1,460.00 (+1,387.00)" in markdown(money)
    assert "AmazonSageMaker 20260925000313" in markdown(money)


def test_what_has_no_price_is_named_and_never_free(dev: dict[str, Any]) -> None:
    money = cost(dev, serving(dev, "ml.p4d.24xlarge"))
    assert set(money.unpriced) == {"endpoint ml.p4d.24xlarge", "tracking server Small"}
    assert "endpoint" not in {one.kind for one in money.kinds if one.head}
    assert "without a price in the list, and so in no figure: `endpoint ml.p4d" in markdown(money)


def test_a_run_of_what_has_no_price_is_not_told_as_free(dev: dict[str, Any]) -> None:
    few = dataclasses.replace(PRICES, usd_per_hour={"Processing:ml.m5.xlarge": 0.2})
    runs = {one.pipeline.rpartition("-")[2]: one for one in cost({}, dev, prices=few).runs}
    assert (runs["training"].unpriced, runs["features"].unpriced) == (True, False)
    told = markdown(cost({}, dev, prices=few))
    assert "flights-training`: at most 0.80 USD for what has a price" in told


def test_a_region_names_no_file_elsewhere(tmp_path: Path) -> None:
    kept = prices.written([], region="../x", today=TODAY)
    (tmp_path / "stacks" / "prices").mkdir(parents=True)
    (tmp_path / "stacks" / "x.json").write_text(kept)
    assert load("../x", tmp_path) is None


def test_the_budget_is_a_gate_on_what_stands(dev: dict[str, Any]) -> None:
    head = serving(dev, "ml.g5.xlarge")
    money = cost(dev, head, budget=500.0)
    assert money.over_budget
    assert "**over the budget** of 500.00" in markdown(money).splitlines()[0]
    assert not cost(dev, head, budget=1000.0).over_budget
    assert not cost(dev, head).over_budget
    assert markdown(cost(head, head, budget=500.0))  # the change may raise nothing, or the budget


def test_autoscaling_s_maximum_is_told_beside_what_stands(dev: dict[str, Any]) -> None:
    head = copy.deepcopy(dev)
    head["target"] = {
        "type": "aws:appautoscaling/target:Target",
        "name": "scaling",
        "inputs": {
            "resourceId": "endpoint/flights-dev-flights/variant/live",
            "scalableDimension": "sagemaker:variant:DesiredInstanceCount",
            "minCapacity": 1,
            "maxCapacity": 4,
        },
    }
    money = cost(dev, head)
    assert money.head_most - money.head == pytest.approx(3 * 73)
    assert f"up to {money.head_most:,.2f}" in markdown(money)


def test_a_run_costs_its_jobs_limits_and_what_has_none_comes_on_top(dev: dict[str, Any]) -> None:
    runs = {one.pipeline.rpartition("-")[2]: one for one in cost(dev, dev).runs}
    assert runs["training"].head == pytest.approx(4 * 0.2 + 9 * 0.5)
    assert runs["training"].open_ended == ()
    assert runs["batch"].head == pytest.approx(2 * 0.2)
    assert runs["batch"].open_ended == ("Transform, 0.10 USD an hour",)
    assert runs["batch"].per_month == pytest.approx(30.4, abs=0.1)
    assert (
        "- a run of `flights-dev-flights-batch`: at most 0.40 USD, 30.4 times a month: 12.18"
        in (markdown(cost({}, dev)))
    )


@pytest.mark.parametrize(("days", "warned"), [(90, False), (91, True)])
def test_old_prices_are_told(dev: dict[str, Any], days: int, *, warned: bool) -> None:
    money = cost(dev, dev, today=PRICES.read + timedelta(days=days))
    assert money.warnings == (
        (f"the prices are {days} days old: mlops prices refresh -r us-east-1",) if warned else ()
    )


def test_a_tracking_server_has_a_price_only_where_one_is_meant() -> None:
    small = Standing(
        kind="tracking server", name="t", size="Small", usage="Mlflow", count=1, most=1, gpus=0
    )
    section = capacity.compare({}, {})
    section = dataclasses.replace(section, head=capacity.Capacity(standing=(small,)))

    def head(*usages: str) -> float:
        usd = {usage: 0.5 + number for number, usage in enumerate(usages)}
        given = dataclasses.replace(PRICES, usd_per_hour=usd)
        return prices.compare(section, given, region="us-east-1", budget=None, today=TODAY).head

    assert head("MLflow:TrackingServer-Small") == 365
    assert head("MLflow:A-Small", "MLflow:B-Small") == 0
    assert head("MLflow:TrackingServer-Large") == 0


def test_nothing_is_said_where_nothing_that_costs_changed(dev: dict[str, Any]) -> None:
    assert markdown(cost(dev, copy.deepcopy(dev), budget=10_000.0)) == ""


@settings(max_examples=30, deadline=None)
@given(
    written=st.one_of(
        support.json("format", "region", "us-east-1", "read", "prices", "lists", "2026-01-01"),
        st.builds(
            lambda found, lists: {
                "format": 1,
                "region": "us-east-1",
                "read": "2026-01-01",
                "prices": found,
                "lists": lists,
            },
            support.json("Host:ml.m5.large"),
            support.json("version", "published"),
        ),
    )
)
def test_any_file_gives_prices_or_a_clear_error(dev: dict[str, Any], written: Any) -> None:
    try:
        found = read(json.dumps(written), region="us-east-1")
    except PriceFileError:
        return
    money = cost({}, dev, prices=found)
    json.dumps(asdict(money)).encode()
    support.assert_harmless(markdown(money))
