import base64
import io
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from pytest_mock import MockerFixture

from pipelines.flights.lambdas import scoring
from pipelines.flights.schema import MODEL_FEATURES, REQUEST_FIELDS
from pipelines.shared.scoring import handler, lines, online
from pipelines.shared.scoring.served import FRESH_SECONDS, PATIENCE_SECONDS, ServedVersion

FLIGHT = {
    "flight_id": "UA1545-2013-03-05",
    "carrier": "UA",
    "origin": "EWR",
    "dest": "IAH",
    "distance": "1400",
    "sched_dep": "2013-03-05T05:00:00",
    "tailnum": "N14228",
}
STORE = {
    "g-weather": {"EWR|2013-03-05T05": {"temp": "39.02", "wind_speed": "12.6"}},
    "g-lateness": {
        "carrier|UA|2013-03-05": {"late_share": "0.21"},
        "dest|IAH|2013-03-05": {"late_share": "0.3"},
    },
    "g-planes": {"N14228": {"year": "1999", "seats": "149"}},
}


class FeatureStore:
    """Answers ``BatchGetRecord`` from ``STORE``; leaves what it is told to unprocessed once."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []
        self.unprocessed = 0

    def batch_get_record(self, **request: list[dict[str, Any]]) -> dict[str, Any]:
        [wanted] = request["Identifiers"]
        name, ids = wanted["FeatureGroupName"], wanted["RecordIdentifiersValueAsString"]
        self.asked.append(ids)
        left, self.unprocessed = ids[: self.unprocessed], 0
        found = [
            {
                "FeatureGroupName": name,
                "RecordIdentifierValueAsString": one,
                "Record": [
                    {"FeatureName": feature, "ValueAsString": value}
                    for feature, value in STORE[name][one].items()
                    if feature in wanted["FeatureNames"]
                ],
            }
            for one in ids
            if one in STORE[name] and one not in left
        ]
        again = [{**wanted, "RecordIdentifiersValueAsString": left}] if left else []
        return {"Records": found, "Errors": [], "UnprocessedIdentifiers": again}


class Model:
    """Answers ``InvokeEndpoint`` with 0.25 for every flight."""

    def __init__(self) -> None:
        self.bodies: list[str] = []
        self.answer: str | ClientError | None = None
        self.told: dict[str, str] = {}

    def invoke_endpoint(self, **request: Any) -> dict[str, Any]:
        body = request["Body"].decode()
        self.bodies.append(body)
        if isinstance(self.answer, ClientError):
            raise self.answer
        lines = [f"{line.split(',', 1)[0]},0.25" for line in body.splitlines()]
        text = "\n".join(lines) if self.answer is None else self.answer
        return {"Body": io.BytesIO(text.encode()), **self.told}


class ControlPlane:
    """Knows an endpoint that serves ``version``; counts how often it is asked."""

    def __init__(self) -> None:
        self.version = "3"
        self.calls: list[str] = []
        self.refuses = False

    def describe_endpoint(self, **asked: str) -> dict[str, Any]:
        self.calls.append("endpoint")
        if self.refuses:
            raise ClientError({"Error": {"Code": "AccessDenied"}}, "DescribeEndpoint")
        return {"EndpointConfigName": f"{asked['EndpointName']}-{self.version}"}

    def describe_endpoint_config(self, **asked: str) -> dict[str, Any]:
        self.calls.append("configuration")
        model = f"model-of-{asked['EndpointConfigName']}"
        return {"ProductionVariants": [{"VariantName": "live", "ModelName": model}]}

    def describe_model(self, **asked: str) -> dict[str, Any]:
        self.calls.append("model")
        version = asked["ModelName"].rpartition("-")[2]
        return {"PrimaryContainer": {"ModelPackageName": f"arn:aws:x:model-package/late/{version}"}}


@pytest.fixture
def store() -> FeatureStore:
    return FeatureStore()


@pytest.fixture
def model() -> Model:
    return Model()


@pytest.fixture
def plane() -> ControlPlane:
    return ControlPlane()


@pytest.fixture(autouse=True)
def function(
    monkeypatch: pytest.MonkeyPatch,
    mocker: MockerFixture,
    store: FeatureStore,
    model: Model,
    plane: ControlPlane,
) -> Iterator[None]:
    groups = {"weather": "g-weather", "lateness": "g-lateness", "planes": "g-planes"}
    monkeypatch.setenv("FEATURE_GROUPS", json.dumps(groups))
    monkeypatch.setenv("ENDPOINT_NAME", "flights")
    clients = {"sagemaker-featurestore-runtime": store, "sagemaker-runtime": model}
    mocker.patch.object(handler, "_client", clients.__getitem__)
    mocker.patch.object(handler, "_control_plane", return_value=plane)
    mocker.patch.object(online, "FIRST_WAIT_SECONDS", 0.0)
    yield
    handler._pool().shutdown()
    handler._pool.cache_clear()
    handler._served.cache_clear()


def ask(body: str, content_type: str = "application/jsonlines") -> tuple[int, dict[str, Any]]:
    answer = scoring.handle({"body": body, "headers": {"Content-Type": content_type}})
    return answer["statusCode"], json.loads(answer["body"])


def csv(*flights: dict[str, str]) -> str:
    lines = [",".join(flight[name] for name in REQUEST_FIELDS) for flight in flights]
    return "\n".join([",".join(REQUEST_FIELDS), *lines])


def test_a_flight_is_enriched_in_the_order_the_model_reads(model: Model) -> None:
    status, answer = ask(json.dumps(FLIGHT))
    assert status == 200
    assert answer["predictions"] == [{"flight_id": "UA1545-2013-03-05", "probability": 0.25}]
    [line] = model.bodies[0].splitlines()
    values = dict(zip(["flight_id", *MODEL_FEATURES], line.split(","), strict=True))
    assert {name: values[name] for name in values if values[name]} == {
        "flight_id": "UA1545-2013-03-05",
        "carrier": "UA",
        "origin": "EWR",
        "dest": "IAH",
        "distance": "1400",
        "hour": "5",
        "weekday": "1",
        "temp": "39.02",
        "wind_speed": "12.6",
        "plane_age": "14",
        "seats": "149",
        "carrier_late_share": "0.21",
        "dest_late_share": "0.3",
    }


def test_the_answer_names_the_version_that_the_endpoint_serves() -> None:
    assert ask(json.dumps(FLIGHT))[1]["model_version"] == "3"


def test_a_model_that_names_its_version_itself_is_believed(
    model: Model, plane: ControlPlane
) -> None:
    model.told = {"CustomAttributes": "9"}
    assert ask(json.dumps(FLIGHT))[1]["model_version"] == "9"
    assert plane.calls == []


def test_a_version_that_cannot_be_learnt_costs_no_prediction(plane: ControlPlane) -> None:
    plane.refuses = True
    status, answer = ask(json.dumps(FLIGHT))
    assert (status, answer["model_version"]) == (200, "")


def test_the_endpoint_is_asked_seldom_and_its_model_once(plane: ControlPlane) -> None:
    now = [100.0]
    served = ServedVersion(lambda: plane, "late", lambda: now[0])
    assert [served(), served()] == ["3", "3"]
    assert plane.calls == ["endpoint", "configuration", "model"]
    now[0] += FRESH_SECONDS
    served()
    assert plane.calls[3:] == ["endpoint"]
    plane.version = "4"
    assert served() == "3"
    now[0] += FRESH_SECONDS
    assert served() == "4"


def test_after_a_failure_the_last_version_holds_and_the_endpoint_is_left_alone(
    plane: ControlPlane,
) -> None:
    now = [100.0]
    served = ServedVersion(lambda: plane, "late", lambda: now[0])
    served()
    plane.refuses = True
    now[0] += FRESH_SECONDS
    assert served() == "3"
    plane.calls.clear()
    now[0] += PATIENCE_SECONDS - 1
    assert served() == "3"
    assert plane.calls == []


def test_csv_and_json_lines_mean_the_same(model: Model) -> None:
    ask(json.dumps(FLIGHT))
    ask(csv(FLIGHT), "text/csv; charset=utf-8")
    assert model.bodies[0] == model.bodies[1]


def test_a_base64_body_is_decoded() -> None:
    event = {
        "body": base64.b64encode(csv(FLIGHT).encode()).decode(),
        "isBase64Encoded": True,
        "headers": {"content-type": "text/csv"},
    }
    assert scoring.handle(event)["statusCode"] == 200


def test_records_that_are_not_there_are_counted_by_group_and_left_empty() -> None:
    unknown = {**FLIGHT, "flight_id": "x", "origin": "JFK", "tailnum": ""}
    _, answer = ask(csv(FLIGHT, unknown), "text/csv")
    assert answer["missing"] == {"weather": 1, "lateness": 2, "planes": 1}


@pytest.mark.parametrize(
    ("field", "value", "rule"),
    [
        ("flight_id", "a,b", "no comma or quote"),
        ("carrier", "united", "two capitals or digits"),
        ("origin", "NYC1", "three capitals"),
        ("dest", "", "three capitals"),
        ("distance", "-3", "a number of miles"),
        ("distance", "nan", "a number of miles"),
        ("sched_dep", "2013-02-30T05:00:00", "a local time"),
        ("sched_dep", "2013-03-05T05:00:00Z", "a local time"),
        ("tailnum", "n 1", "up to ten capitals"),
    ],
)
def test_a_row_that_is_no_flight_refuses_the_whole_request(
    model: Model, field: str, value: str, rule: str
) -> None:
    body = "\n".join(json.dumps(one) for one in (FLIGHT, {**FLIGHT, field: value}))
    status, answer = ask(body)
    assert status == 400
    assert (answer["row"], answer["field"], answer["value"]) == (2, field, value)
    assert rule in answer["rule"]
    assert model.bodies == []


@pytest.mark.parametrize(
    ("body", "content_type", "message"),
    [
        ("", "text/csv", "header must name"),
        ("flight_id,carrier\na,UA", "text/csv", "header must name"),
        (",".join(REQUEST_FIELDS), "text/csv", "at least one flight"),
        ("{", "application/jsonlines", "row 1: must be a JSON object on one line"),
        ("[1]", "application/jsonlines", "row 1: must be a JSON object on one line"),
        ('{"gate": "A1"}', "application/jsonlines", "row 1: gate is not a field"),
        ("<flights/>", "text/xml", "Content-Type must be text/csv or application/jsonlines"),
        (csv(FLIGHT, FLIGHT), "text/csv", "row 2: flight_id must be unique"),
    ],
)
def test_a_request_that_cannot_be_read_is_refused(
    body: str, content_type: str, message: str
) -> None:
    status, answer = ask(body, content_type)
    assert status == 400
    assert message in answer["message"]


def test_records_are_asked_for_once_and_at_most_a_hundred_at_a_time(store: FeatureStore) -> None:
    flights = [{**FLIGHT, "flight_id": str(n), "tailnum": f"N{n % 250}"} for n in range(500)]
    ask(csv(*flights), "text/csv")
    assert sorted(map(len, store.asked)) == [1, 3, 50, 100, 100]


def test_unprocessed_records_are_asked_for_again(store: FeatureStore) -> None:
    store.unprocessed = 1
    status, answer = ask(json.dumps(FLIGHT))
    assert status == 200
    assert answer["missing"] == {"weather": 0, "lateness": 1, "planes": 0}
    assert len(store.asked) == 4


def test_records_that_stay_unprocessed_answer_503(mocker: MockerFixture) -> None:
    mocker.patch.object(online, "ATTEMPTS", 1)
    mocker.patch.object(
        FeatureStore,
        "batch_get_record",
        lambda _, **asked: {"Records": [], "UnprocessedIdentifiers": asked["Identifiers"]},
    )
    status, answer = ask(json.dumps(FLIGHT))
    assert status == 503
    assert "unprocessed after 1 attempts" in answer["message"]


@pytest.mark.parametrize(
    ("code", "text", "status", "message"),
    [
        ("ValidationError", "Endpoint flights of account 1 not found.", 503, "no model is serving"),
        ("ModelError", "Received server error (500) from primary", 502, "the model failed"),
        ("ThrottlingException", "Rate exceeded", 503, "InvokeEndpoint: ThrottlingException"),
    ],
)
def test_an_endpoint_that_does_not_serve_is_told_apart(
    model: Model, code: str, text: str, status: int, message: str
) -> None:
    model.answer = ClientError({"Error": {"Code": code, "Message": text}}, "InvokeEndpoint")
    got, answer = ask(json.dumps(FLIGHT))
    assert got == status
    assert message in answer["message"]


@pytest.mark.parametrize("text", ["UA1545-2013-03-05,high", "other,0.5", "", "a,0.1\nb,0.2"])
def test_an_answer_of_the_model_that_does_not_fit_is_502(model: Model, text: str) -> None:
    model.answer = text
    assert ask(json.dumps(FLIGHT))[0] == 502


def test_large_requests_go_to_the_endpoint_in_parts(mocker: MockerFixture, model: Model) -> None:
    mocker.patch.object(handler, "MAX_PART_BYTES", 300)
    flights = [{**FLIGHT, "flight_id": str(n)} for n in range(20)]
    status, answer = ask(csv(*flights), "text/csv")
    assert status == 200
    assert [one["flight_id"] for one in answer["predictions"]] == [str(n) for n in range(20)]
    assert len(model.bodies) > 1
    assert all(len(body) <= 300 for body in model.bodies)


def test_no_part_is_larger_than_allowed_and_nothing_is_lost() -> None:
    whole = ["x" * n for n in range(1, 50)]
    bodies = list(lines.parts(whole, 100))
    assert all(len(body) <= 100 for body in bodies)
    assert b"".join(bodies).decode().splitlines() == whole


def test_one_line_of_metrics_is_logged(capsys: pytest.CaptureFixture[str]) -> None:
    ask(json.dumps(FLIGHT))
    line = json.loads(capsys.readouterr().out)
    assert (line["ScoredRows"], line["MissingRecords"], line["Endpoint"]) == (1, 1, "flights")
    assert line["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "MLOps"


def test_a_thousand_rows_cost_well_below_a_third_of_a_second() -> None:
    body = csv(*({**FLIGHT, "flight_id": str(n), "tailnum": f"N{n}"} for n in range(1000)))
    ask(body, "text/csv")
    began = time.process_time()
    ask(body, "text/csv")
    assert time.process_time() - began < 0.3
