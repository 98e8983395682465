"""Generated Feast repositories, used by Feast itself, join as the platform joins."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from typer.testing import CliRunner

from infra.cli.main import app
from infra.emulator.server import Emulator
from infra.orchestrators.errors import ExportError
from infra.orchestrators.feast import SYNC, repository
from infra.orchestrators.files import Generated, write
from infra.orchestrators.loading import load_feast
from pipelines.compiled import FeatureGroupSchema
from pipelines.flights.steps import features
from pipelines.shared.steps import offline, storage
from stacks.config import StackConfig
from tests.emulator.jobs.helpers import REGION
from tests.emulator.support import role
from tests.orchestrators.support import FEAST, ask, aws, config, needs
from tests.stacks.support import use_cases

pytestmark = [pytest.mark.orchestrators, needs(FEAST)]

PLANES = FeatureGroupSchema(
    name="planes",
    description="Aircraft.",
    record_identifier="tailnum",
    event_time="event_time",
    # `year` is also what SageMaker calls a folder of the offline store.
    features={
        "tailnum": "String",
        "event_time": "String",
        "year": "Integral",
        "seats": "Integral",
        "weight": "Fractional",
    },
)
COLUMNS = ["year", "seats", "weight"]
FEATURES = [f"planes:{name}" for name in COLUMNS]
GROUP = "flights-sandbox-flights-planes"
KEYS = [f"N{number}" for number in range(12)]
LATER = "weight"
"""A feature that was added to the group when it had records."""
END = "2013-03-01T00:00:00+00:00"


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    with Emulator(workspace=tmp_path_factory.mktemp("workspace")) as running:
        fill(running)
        yield running


def fill(emulator: Emulator) -> None:
    """Write records, some again, some later with an older time, delete some, add a feature."""
    for bucket in ("features", "artifacts"):
        emulator.context.client("s3", REGION).create_bucket(Bucket=bucket)
    sagemaker = emulator.context.client("sagemaker", REGION)
    sagemaker.create_feature_group(
        FeatureGroupName=GROUP,
        RecordIdentifierFeatureName="tailnum",
        EventTimeFeatureName="event_time",
        FeatureDefinitions=definitions(name for name in PLANES.features if name != LATER),
        OnlineStoreConfig={"EnableOnlineStore": True},
        OfflineStoreConfig={
            "S3StorageConfig": {"S3Uri": "s3://features/features/flights"},
            "DisableGlueTableCreation": True,
        },
        RoleArn=role(emulator, "features"),
    )
    emulator.settle()
    chance = random.Random(7)  # noqa: S311 - data, not secrets
    for round_ in range(3):
        for _ in range(30):
            values = {"year": chance.randint(1980, 2012), "seats": chance.randint(2, 400)}
            put(emulator, chance, values | ({LATER: chance.random()} if round_ else {}))
        emulator.settle()  # what comes next is written later
        for _ in range(4):
            delete(emulator, chance)
        emulator.settle()
        if round_ == 0:
            sagemaker.update_feature_group(
                FeatureGroupName=GROUP, FeatureAdditions=definitions([LATER])
            )
            emulator.settle()


def definitions(names: Any) -> list[dict[str, str]]:
    return [{"FeatureName": one, "FeatureType": PLANES.features[one]} for one in names]


def when(chance: random.Random) -> str:
    return (
        f"2013-{chance.randint(1, 2):02d}-{chance.randint(1, 5):02d}T0{chance.randint(0, 1)}:00:00Z"
    )


def put(emulator: Emulator, chance: random.Random, values: dict[str, Any]) -> None:
    said = {"tailnum": chance.choice(KEYS[:-1]), "event_time": when(chance), **values}
    emulator.context.client("sagemaker-featurestore-runtime", REGION).put_record(
        FeatureGroupName=GROUP,
        Record=[{"FeatureName": name, "ValueAsString": str(one)} for name, one in said.items()],
    )


def delete(emulator: Emulator, chance: random.Random) -> None:
    emulator.context.client("sagemaker-featurestore-runtime", REGION).delete_record(
        FeatureGroupName=GROUP,
        RecordIdentifierValueAsString=chance.choice(KEYS[:-1]),
        EventTime=when(chance),
    )


def rows() -> pd.DataFrame:
    """Return every key at times between, at and before the records' own."""
    stated = ("2012-12-31", "2013-01-02T00:30", "2013-01-03T01:00", "2013-02-01", "2013-02-20")
    times = [pd.Timestamp(one) for one in stated]
    table = pd.DataFrame([(key, time) for key in KEYS for time in times], columns=["key", "time"])
    table["time"] = table["time"].astype("datetime64[ns]")
    return table.sample(frac=1, random_state=3).reset_index(drop=True)


@pytest.fixture(scope="module")
def platform(emulator: Emulator) -> dict[str, pd.DataFrame]:
    """Return what the training pipeline's own steps join."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in aws(emulator).items():
            patch.setenv(name, value)
        storage.client.cache_clear()
        records, _ = offline.read_group(GROUP, "tailnum", COLUMNS, "artifacts")
        storage.client.cache_clear()
    asked = rows()
    end = pd.Series([pd.Timestamp(END).tz_localize(None)] * len(KEYS), dtype="datetime64[ns]")
    return {
        "records": records,
        "historical": features.as_of(asked["key"], asked["time"], records, COLUMNS),
        "online": features.as_of(pd.Series(KEYS), end, records, COLUMNS),
    }


def made(of: StackConfig) -> Generated:
    files = {f"flights/{name}": text for name, text in repository(of, "flights", [PLANES]).items()}
    return Generated(
        command="mlops export feast -s flights-sandbox",
        files=files,
        shared={"flights/sync.py": SYNC.read_text()},
    )


@pytest.fixture(scope="module")
def told(emulator: Emulator, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Use a repository with each online store, by one Feast."""
    folder: Path = tmp_path_factory.mktemp("feast")
    given = config()
    for store in ("sqlite", "dynamodb"):
        feast = given.orchestrators.feast.model_copy(update={"online_store": store})
        stores = given.orchestrators.model_copy(update={"feast": feast})
        write(made(given.model_copy(update={"orchestrators": stores})), folder / store)
    asked = rows().rename(columns={"key": "tailnum", "time": "event_timestamp"})
    asked["event_timestamp"] = [one.isoformat() for one in asked["event_timestamp"]]
    asked["row"] = range(len(asked))
    question = {
        "repositories": [str(folder / store / "flights") for store in ("sqlite", "dynamodb")],
        "rows": asked.to_dict("list"),
        "features": FEATURES,
        "materialize": ["2012-01-01T00:00:00+00:00", END],
        "online": [{"tailnum": key} for key in KEYS],
    }
    environment = {**aws(emulator), "FEAST_USAGE": "False"}
    answers = ask(FEAST, "feast_side.py", folder, question, environment)
    return {Path(place).parent.name: one for place, one in answers.items()}


@pytest.fixture(params=["sqlite", "dynamodb"])
def answers(request: pytest.FixtureRequest, told: dict[str, Any]) -> Any:
    return told[request.param]


def numbers(table: pd.DataFrame) -> dict[str, list[float | None]]:
    return {
        str(name): [None if pd.isna(one) else float(one) for one in table[name]] for name in table
    }


def test_the_data_has_what_could_be_joined_wrongly(platform: dict[str, pd.DataFrame]) -> None:
    joined = platform["historical"]
    assert joined["year"].isna().any()
    assert joined[joined["year"].notna()][LATER].isna().any()
    assert joined["year"].nunique() > 10
    assert not platform["records"].duplicated(["key", "event_time"]).any()


def test_features_as_they_were_are_those_of_the_training_pipeline(
    answers: Any, platform: dict[str, pd.DataFrame]
) -> None:
    assert answers["historical"] == numbers(platform["historical"])


def test_features_that_are_served_are_the_newest(
    answers: Any, platform: dict[str, pd.DataFrame]
) -> None:
    assert answers["online"] == numbers(platform["online"])


def test_types_are_those_of_the_schema(answers: Any) -> None:
    assert answers["types"] == {"planes": {"year": "Int64", "seats": "Int64", "weight": "Float64"}}


def test_every_record_that_stands_is_brought_over(
    answers: Any, platform: dict[str, pd.DataFrame]
) -> None:
    assert answers["synced"] == [f"planes: {len(platform['records'])} records"]


def test_a_repository_that_feast_does_not_load_is_told_with_its_name() -> None:
    sound = made(config())
    files = {**sound.files, "flights/features.py": "from feast import Nothing\n"}
    broken = Generated(command=sound.command, files=files, shared=sound.shared)
    with pytest.raises(ExportError, match=r"must load every repository, got flights: ImportError"):
        load_feast(broken, FEAST)


@pytest.mark.parametrize("stack", ["flights-sandbox", "flights-prod", "vision-dev"])
def test_the_repositories_of_a_stack_are_loaded_before_they_are_written(
    tmp_path: Path, stack: str
) -> None:
    asked = ["export", "feast", "-s", stack, "-o", str(tmp_path), "--python", str(FEAST)]
    done = CliRunner().invoke(app, asked)
    assert done.exit_code == 0, done.output
    for use_case in use_cases(stack):
        assert {path.name for path in (tmp_path / use_case).iterdir()} == {
            "feature_store.yaml",
            "features.py",
            "feature_groups.yaml",
            "sync.py",
        }
