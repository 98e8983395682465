"""A day of flights, scored by the compiled batch pipeline on the emulator."""

from __future__ import annotations

import io
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from infra.demo.year import Year
from pipelines.flights import schema
from pipelines.flights.lambdas import flights, rows, scoring
from pipelines.flights.steps import batch_extract
from pipelines.shared.scoring.online import fetch
from pipelines.shared.steps import storage, tables
from tests.pipelines.support import PREFIX, Stack, ascendants, failures

pytestmark = pytest.mark.loop

DAY = "2013-01-12"


@pytest.fixture(scope="module")
def plan(stack: Stack) -> bytes:
    """Plan a day's flights, the cancelled ones too, in two files; return them as one request."""
    table = Year().month(1).requests
    day = table[table["sched_dep"].str.startswith(DAY)]
    for name, part in (("a", day.head(200)), ("b", day.iloc[200:])):
        stack.s3.put_object(
            Bucket="flights-raw",
            Key=f"planned/flights/date={DAY}/{name}.csv",
            Body=part.to_csv(index=False).encode(),
        )
    return day.to_csv(index=False).encode()


@pytest.fixture(scope="module")
def scored(stack: Stack, endpoint: str, plan: bytes) -> pd.DataFrame:
    """Score the day after its end and return what was kept."""
    assert endpoint
    assert plan
    status, steps = stack.run("batch", AsOf="2013-01-13T00:00:00Z", Date=DAY)
    assert status == "Succeeded", failures(steps)
    return predictions(stack)


def predictions(stack: Stack) -> pd.DataFrame:
    key = f"predictions/flights/date={DAY}/predictions.parquet"
    body = stack.s3.get_object(Bucket="flights-artifacts", Key=key)["Body"].read()
    return pd.read_parquet(io.BytesIO(body))


def test_a_batch_predicts_what_the_endpoint_answers_with_online_features(
    stack: Stack, scored: pd.DataFrame, plan: bytes
) -> None:
    asked = flights.read(plan.decode(), "text/csv")
    names = {group: f"{PREFIX}-{group}" for group in rows.FEATURES}
    with ThreadPoolExecutor(4) as pool:
        store = stack.client("sagemaker-featurestore-runtime")
        records = fetch(store, names, scoring.LATENESS, asked, pool=pool)
    body = "\n".join(rows.row(flight, records) for flight in asked)
    answer = stack.client("sagemaker-runtime").invoke_endpoint(
        EndpointName=PREFIX, ContentType="text/csv", Body=body.encode()
    )
    endpoints = pd.read_csv(answer["Body"], header=None, names=["flight_id", "probability"])
    kept = scored[["flight_id", "probability"]]
    pd.testing.assert_frame_equal(
        kept.sort_values("flight_id", ignore_index=True),
        endpoints.sort_values("flight_id", ignore_index=True),
    )
    assert len(kept) > 600
    assert kept["probability"].nunique() > 100


def test_predictions_tell_their_version_and_their_times(
    scored: pd.DataFrame, package: dict[str, Any]
) -> None:
    assert list(scored.columns) == list(schema.PREDICTIONS)
    assert set(scored["model_package"]) == {package["ModelPackageArn"]}
    assert set(scored["model_version"]) == {package["ModelPackageVersion"]}
    assert (scored["feature_time"] == scored["sched_dep"]).all()
    assert scored["scored_at"].nunique() == 1


def test_lineage_leads_from_predictions_to_the_version_and_the_features(
    stack: Stack, scored: pd.DataFrame, package: dict[str, Any]
) -> None:
    assert len(scored)
    found = ascendants(stack, f"s3://flights-artifacts/predictions/flights/date={DAY}")
    groups = {uri.rpartition("/")[2] for uri in found if ":feature-group/" in uri}
    assert groups == {f"{PREFIX}-{name}" for name in ("weather", "lateness", "planes")}
    assert {
        package["ModelPackageArn"],
        f"s3://flights-raw/planned/flights/date={DAY}",
    } <= found


def test_the_model_made_for_a_batch_goes_with_it(stack: Stack, scored: pd.DataFrame) -> None:
    assert len(scored)
    names = [one["ModelName"] for one in stack.sagemaker.list_models()["Models"]]
    assert names == ["late"]


def test_a_day_without_a_plan_fails_and_names_where_it_was_looked_for(
    stack: Stack, endpoint: str
) -> None:
    assert endpoint
    status, steps = stack.run("batch", AsOf="2013-01-20T01:00:00Z")
    assert status == "Failed"
    assert list(steps) == ["Extract"]
    assert (
        "no flights are planned for 2013-01-20: "
        "s3://flights-raw/planned/flights/date=2013-01-20/ holds no .csv"
    ) in steps["Extract"]["FailureReason"]


@pytest.fixture
def container(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Give this process what a step's container has."""
    for name, value in stack.context.environment("us-east-1", None).items():
        monkeypatch.setenv(name, value)
    storage.client.cache_clear()
    yield
    storage.client.cache_clear()


def extract(
    folder: Path, *, prefix: str = PREFIX, as_of: str = f"{DAY}T00:30:00Z", date: str = ""
) -> None:
    batch_extract.main(
        [
            *("--as-of", as_of, "--now", as_of, "--date", f" {date}", "--name-prefix", prefix),
            *("--raw-bucket", "flights-raw", "--artifacts-bucket", "flights-artifacts"),
            *("--requests-uri", "s3://flights-artifacts/runs/try", "--output", str(folder)),
        ]
    )


@pytest.mark.usefixtures("container")
def test_without_an_approved_version_the_group_is_named(stack: Stack, tmp_path: Path) -> None:
    stack.sagemaker.create_model_package_group(ModelPackageGroupName="untried")
    with pytest.raises(
        SystemExit, match=r"group untried must have an approved version .* got none"
    ):
        extract(tmp_path, prefix="untried")


@pytest.mark.usefixtures("container", "package", "plan")
def test_before_the_day_only_what_is_known_by_then_counts(tmp_path: Path) -> None:
    extract(tmp_path)
    asked = pd.read_csv(
        tmp_path / "requests" / "part-00001.csv",
        header=None,
        names=["flight_id", *schema.MODEL_FEATURES],
    )
    assert asked[list(schema.WEATHER_FEATURES)].isna().all(axis=None)
    assert asked["carrier_late_share"].notna().mean() > 0.9
    known = tables.read(tmp_path / "facts", "rows")["feature_time"]
    assert set(known) == {pd.Timestamp(f"{DAY}T00:30:00")}


@pytest.mark.usefixtures("container", "package")
@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"flight_id\nx\n", r"/a.csv: header must name \['carrier'"),
        (b",".join(map(str.encode, schema.REQUEST_FIELDS)), "must hold at least one flight"),
        (
            b",".join(map(str.encode, schema.REQUEST_FIELDS))
            + b"\n1,UA,JFK,LAX,2475,2013-03-05T14:00:00,",
            "sched_dep must be on 2013-03-04 in .*, got 2013-03-05T14:00:00",
        ),
    ],
)
def test_a_plan_that_is_none_is_refused(
    stack: Stack, tmp_path: Path, body: bytes, message: str
) -> None:
    key = "planned/flights/date=2013-03-04/a.csv"
    stack.s3.put_object(Bucket="flights-raw", Key=key, Body=body)
    with pytest.raises(SystemExit, match=message):
        extract(tmp_path, as_of="2013-03-04T01:00:00Z")


@pytest.mark.usefixtures("container")
def test_a_date_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="Date must be a day like 2013-01-12, got '2013-13-01'"):
        extract(tmp_path, date="2013-13-01")


@pytest.fixture
def newer(stack: Stack, package: dict[str, Any]) -> Iterator[int]:
    """Approve another version that nobody serves."""
    made = stack.sagemaker.create_model_package(
        ModelPackageGroupName=PREFIX,
        ModelApprovalStatus="Approved",
        InferenceSpecification=package["InferenceSpecification"],
    )["ModelPackageArn"]
    yield int(made.rpartition("/")[2])
    stack.sagemaker.delete_model_package(ModelPackageName=made)


@pytest.mark.usefixtures("container", "endpoint", "plan")
def test_what_the_endpoint_serves_scores_though_a_newer_version_is_approved(
    tmp_path: Path, newer: int
) -> None:
    extract(tmp_path)
    assert tables.read_json(tmp_path / "facts" / "facts.json")["model_version"] == newer - 1
