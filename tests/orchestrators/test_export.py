"""What is exported is marked, the same for the same tree, and never written half."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner, Result

from infra.cli.main import app
from infra.orchestrators import feast, kubeflow
from infra.orchestrators.airflow import dag, generate
from infra.orchestrators.errors import ExportError
from infra.orchestrators.files import Generated, compare, compiled, marked, write
from infra.orchestrators.render import literal
from pipelines.compiled import FeatureGroupSchema
from tests.orchestrators.support import chosen, config, small, timed

COMMAND = "mlops export airflow -s flights-sandbox"
Export = Callable[..., Result]


@pytest.fixture
def export(tmp_path: Path) -> Export:
    """Export a stack's DAGs into a folder."""

    def run(*options: str, stack: str = "flights-sandbox", tool: str = "airflow") -> Result:
        asked = ["export", tool, "-s", stack, "-o", str(tmp_path / "out"), *options]
        return CliRunner(env={"COLUMNS": "200", "NO_COLOR": "1"}).invoke(app, asked)

    return run


def files(folder: Path) -> dict[str, bytes]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def generated(**texts: str) -> Generated:
    return Generated(command=COMMAND, files={f"{k}.py": v for k, v in texts.items()}, shared={})


def test_an_unchanged_tree_writes_the_same_bytes(export: Export, tmp_path: Path) -> None:
    assert export().exit_code == 0
    first = files(tmp_path / "out")
    assert {name for name in first if name.startswith("dags/")} == {
        f"dags/flights_sandbox_flights_{name}.py" for name in ("features", "training", "drift")
    }
    assert "was up to date" in export().output
    assert files(tmp_path / "out") == first
    assert "is what would be generated" in export("--check").output


def test_check_tells_what_would_change_and_writes_nothing(export: Export, tmp_path: Path) -> None:
    told = export("--check")
    assert told.exit_code == 1
    assert "flights_sandbox_flights_drift.py is missing" in told.output
    assert f"bring it up to date: {COMMAND} -o {tmp_path}/out" in told.output
    assert not (tmp_path / "out").exists()


def test_one_pipeline_alone_takes_nothing_else_away(export: Export, tmp_path: Path) -> None:
    export()
    before = files(tmp_path / "out")
    assert export("-u", "flights", "-p", "drift").exit_code == 0
    assert files(tmp_path / "out") == before


@pytest.mark.parametrize(
    ("options", "stack", "said"),
    [
        ((), "flights-sandbx", "close to it: flights-sandbox"),
        (("-u", "trains"), "flights-sandbox", "use_case must be one of ['flights'], got 'trains'"),
        (
            ("-u", "flights", "-p", "trainin"),
            "flights-sandbox",
            "pipelines/flights: pipeline must be one of ['drift', 'features', 'training'],"
            " got 'trainin'; close to it: training",
        ),
    ],
)
def test_what_the_stack_does_not_have_is_refused_before_anything_is_written(
    export: Export, tmp_path: Path, options: tuple[str, ...], stack: str, said: str
) -> None:
    refused = export(*options, stack=stack)
    assert refused.exit_code == 1
    assert said in refused.output
    assert not (tmp_path / "out").exists()


def test_a_python_that_has_no_airflow_is_told_and_nothing_is_written(
    export: Export, tmp_path: Path
) -> None:
    refused = export("--python", "/usr/bin/env")
    assert refused.exit_code == 1
    assert "must run load_airflow.py" in refused.output
    assert not (tmp_path / "out").exists()


def test_a_file_of_somebody_elses_is_left_and_nothing_is_written(tmp_path: Path) -> None:
    (tmp_path / "b.py").write_text("MINE = 1\n")
    with pytest.raises(ExportError, match=r"b.py is somebody else's: nothing was written"):
        write(generated(a="A = 1\n", b="B = 1\n"), tmp_path)
    assert files(tmp_path) == {"b.py": b"MINE = 1\n"}


def test_a_generated_file_that_was_changed_by_hand_is_left(tmp_path: Path) -> None:
    write(generated(a="A = 1\n"), tmp_path)
    path = tmp_path / "a.py"
    path.write_text(path.read_text() + "B = 2\n")
    with pytest.raises(ExportError, match=r"a.py was changed by hand"):
        write(generated(a="A = 2\n"), tmp_path)
    assert path.read_text().endswith("B = 2\n")
    assert [str(one) for one in compare(generated(a="A = 1\n"), tmp_path)] == [
        "a.py was changed by hand"
    ]


def test_what_is_not_generated_any_more_is_taken_away_and_nothing_else(tmp_path: Path) -> None:
    write(generated(a="A = 1\n", b="B = 1\n"), tmp_path)
    (tmp_path / "mine.py").write_text("MINE = 1\n")
    (tmp_path / "other.py").write_text(marked("C = 1\n", "mlops export airflow -s flights-dev"))
    assert write(generated(a="A = 2\n"), tmp_path) == ["a.py", "-b.py"]
    assert set(files(tmp_path)) == {"a.py", "mine.py", "other.py"}


def test_a_folder_that_cannot_be_written_keeps_what_it_had(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(generated(a="A = 1\n", b="B = 1\n"), tmp_path)
    before = files(tmp_path)

    def full(*_: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(Path, "chmod", full)
    with pytest.raises(OSError, match="no space left"):
        write(generated(a="A = 2\n", b="B = 2\n"), tmp_path)
    assert files(tmp_path) == before


def test_text_that_is_no_python_is_told_with_file_and_line() -> None:
    with pytest.raises(ExportError, match=r"^x.py:2: "):
        compiled({"x.py": "A = 1\nB = = 2\n"})


@pytest.mark.parametrize("value", ['"', "'''", "\n", "\\", "a\u2028b", "{{ x }}", "\N{SNAKE}"])
def test_a_value_stays_a_value_in_what_is_rendered(value: str) -> None:
    assert eval(literal({"k": [value, 1, 0.5, True, None]})) == {  # noqa: S307 - what we wrote
        "k": [value, 1, 0.5, True, None]
    }


def test_what_is_no_plain_value_is_refused() -> None:
    with pytest.raises(TypeError, match="value must be plain, got object"):
        literal(object())


def test_parameters_become_params_of_their_types() -> None:
    declared: list[dict[str, Any]] = [
        {"Name": "Kind", "Type": "String", "DefaultValue": "a", "EnumValues": ["a", "b"]},
        {"Name": "AsOf", "Type": "String", "DefaultValue": ""},
        {"Name": "Rows", "Type": "Integer"},
    ]
    text = dag(small("s", declared), config().orchestrators)
    assert '"Kind": Param("a", type="string", maxLength=1024, enum=["a", "b"]),' in text
    assert '"AsOf": Param(None, type=["null", "string"], maxLength=1024),' in text
    assert '"Rows": Param(type="integer"),' in text


def test_a_dag_has_no_schedule_where_the_stack_has_it() -> None:
    one, of = timed("cron(0 6 1 * ? *)")
    stacks_own = of.orchestrators.model_copy(update={"schedules": "stack"})
    text = dag(one, stacks_own)
    assert "schedule=None," in text
    assert "time_parameter" not in text


def test_a_dag_has_the_schedule_that_the_stack_leaves_to_it_and_tells_the_time() -> None:
    one, of = timed("cron(0 6 ? * 2-6 *)")
    text = dag(one, of.orchestrators)
    assert 'schedule=CronTriggerTimetable("0 6 * * 1,2,3,4,5", timezone="UTC", run_' in text
    assert 'time_parameter="AsOf",' in text
    compiled({"x.py": text})
    rate, of = timed("rate(6 hours)")
    assert 'schedule=CronTriggerTimetable("0 */6 * * *", timezone="UTC", run_' in dag(
        rate, of.orchestrators
    )


def test_a_pipeline_that_no_clock_starts_has_no_schedule_anywhere() -> None:
    one, of = timed("cron(0 6 1 * ? *)", "training")
    assert "schedule=None," in dag(one, of.orchestrators)


@pytest.mark.parametrize(
    ("expression", "rule"),
    [
        ("cron(0 6 15W * ? *)", "must name days of the month by numbers, or the last by L"),
        ("cron(0 6 ? * 6L *)", "must name days of the week by name or number"),
        ("cron(0 6 ? * MON#1 *)", "must name days of the week by name or number"),
        ("cron(0 6 1 * ? 2027)", "must be of every year"),
        ("rate(7 hours)", "must be a rate that divides an hour or a day"),
        ("rate(2 days)", "must be a rate that divides an hour or a day"),
    ],
)
def test_a_schedule_that_airflow_has_no_word_for_is_told_with_its_key(
    expression: str, rule: str
) -> None:
    one, of = timed(expression)
    with pytest.raises(ExportError) as told:
        generate(chosen(one, of=of), COMMAND)
    assert str(told.value) == (
        "stacks/Pulumi.flights-sandbox.yaml: use_cases.flights.drift.schedule"
        f" {rule} where Airflow schedules, got {expression!r}"
    )


def test_a_name_that_airflow_refuses_is_told_with_its_file() -> None:
    with pytest.raises(
        ExportError,
        match=r"pipelines/flights/a b_pipeline.py: name of a DAG must be .*got '.*-a b'",
    ):
        generate(chosen(small("a b")), COMMAND)


def test_a_tag_that_airflow_refuses_is_told_with_its_file() -> None:
    long = config().model_copy(update={"tags": {"purpose": "x" * 100}})
    with pytest.raises(ExportError, match=r"Pulumi.flights-sandbox.yaml: tag of a DAG must have"):
        generate(chosen(small(of=long), of=long), COMMAND)


@pytest.mark.parametrize("name", ["class", "as-of", "kubeflow_run_id"])
def test_a_parameter_that_kubeflow_refuses_is_told_with_its_file(name: str) -> None:
    declared = [{"Name": name, "Type": "String", "DefaultValue": ""}]
    with pytest.raises(
        ExportError, match=rf"small_pipeline.py: parameter .* must be a name in Python .*'{name}'"
    ):
        kubeflow.generate(chosen(small("small", declared)), COMMAND, python=None)


def test_a_name_that_kubeflow_refuses_is_told_with_its_file() -> None:
    with pytest.raises(ExportError, match=r"name of a Kubeflow pipeline must be lower-case"):
        kubeflow.generate(chosen(small("Big")), COMMAND, python=None)


def test_parameters_of_kubeflow_that_must_be_given_come_first() -> None:
    declared: list[dict[str, Any]] = [
        {"Name": "AsOf", "Type": "String", "DefaultValue": ""},
        {"Name": "Rows", "Type": "Integer"},
    ]
    made = kubeflow.generate(chosen(small("small", declared)), COMMAND, python=None)
    (text,) = made.files.values()
    compiled(made.files)
    assert '    Rows: int,\n    AsOf: str = "",\n' in text


def group(name: str = "planes", **features: str) -> FeatureGroupSchema:
    declared = {"tailnum": "String", "event_time": "String", "seats": "Integral"} | features
    return FeatureGroupSchema(
        name=name,
        description="",
        record_identifier="tailnum",
        event_time="event_time",
        features=declared,
    )


@pytest.mark.parametrize(
    ("groups", "rule"),
    [
        ([group(route="Vector")], "feature route must be one of .* for Feast, got 'Vector'"),
        ([group(tailnum="Fractional")], "record identifier must be one of .*, got 'Fractional'"),
        ([group(event_time="Integral")], "event time must be one of .*, got 'Integral'"),
        ([group(event_timestamp="String")], "must not be named event_timestamp"),
        ([group(speed_y="Fractional")], "must not end in _y for Feast, got 'speed_y'"),
        ([group(), group("others", tailnum="Integral")], "tailnum must be String, got Integral"),
        ([group("a-b"), group("a_b")], "must have different names for Feast, got a_b twice"),
    ],
)
def test_a_schema_that_feast_has_no_word_for_is_told_with_its_file(
    groups: list[FeatureGroupSchema], rule: str
) -> None:
    with pytest.raises(ExportError, match=rf"pipelines/flights/schema.py: .*{rule}"):
        feast.repository(config(), "flights", groups)


def test_a_repository_is_python_and_names_the_groups(export: Export, tmp_path: Path) -> None:
    assert export(tool="feast").exit_code == 0
    made = tmp_path / "out/flights"
    compiled({"features.py": (made / "features.py").read_text()})
    groups = yaml.safe_load((made / "feature_groups.yaml").read_text())["groups"]
    assert groups["weather"]["feature_group"] == "flights-sandbox-flights-weather"
    assert "was up to date" in export(tool="feast").output
    refused = export("-u", "trains", tool="feast")
    assert "use_case must be one of ['flights'], got 'trains'" in refused.output
