from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from infra.explore import sample, tables
from infra.explore.analysis import TableReport, analyse
from infra.explore.distinct import Distinct, hashed
from infra.explore.errors import ExploreError
from infra.explore.findings import findings
from infra.explore.places import files
from infra.explore.suggest import schema_of


def analysed(path: Path, **given: Any) -> TableReport:
    (found,) = analyse(files(str(path)), **given)
    return found


def written(tmp_path: Path, text: str | bytes, name: str = "data.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def said(table: TableReport) -> list[str]:
    return [f"{one.severity} {one.column}: {one.what}" for one in findings(table)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"", ["data.csv: must hold a header and rows, got an empty file"]),
        (b" \n", ["data.csv: must hold a header and rows"]),
        (b"a,b\n", ["data.csv: must hold rows below its header, got none"]),
        (b"a,b,a\n1,2,3\n", ["data.csv: columns must have names of their own", "['a'] twice"]),
        (b"a,stra\xdfe\n1,2\n", ["data.csv: the header must be UTF-8", "0xdf", "iconv -f LATIN1"]),
        (b"a,b\n1,Stra\xdfe\n", ["data.csv: column b: must be UTF-8", "iconv -f LATIN1"]),
        ("a,b\n1,2\n".encode("utf-16"), ["data.csv: must be UTF-8, got UTF-16"]),
    ],
)
def test_a_file_that_cannot_be_read_is_told_with_its_rule(
    tmp_path: Path, text: bytes, words: list[str]
) -> None:
    path = written(tmp_path, text)
    with pytest.raises(ExploreError) as told:
        analysed(path)
    for word in words:
        assert word in str(told.value)


def test_what_is_no_parquet_is_told(tmp_path: Path) -> None:
    with pytest.raises(ExploreError, match=r"data\.parquet: must be Parquet that can be read"):
        analysed(written(tmp_path, "a,b\n1,2\n", "data.parquet"))


def test_a_place_without_tables_is_told(tmp_path: Path) -> None:
    written(tmp_path, "x", "readme.txt")
    with pytest.raises(ExploreError, match=r"must hold a file that ends in one of .csv, .* got 1"):
        files(str(tmp_path))
    with pytest.raises(ExploreError, match="must be a file or a folder, got nothing"):
        files(str(tmp_path / "none.csv"))


def test_a_label_that_no_table_has_is_told_with_those_close_to_it(tmp_path: Path) -> None:
    path = written(tmp_path, "churned,b\n1,2\n")
    with pytest.raises(
        ExploreError, match="label must be a column, got 'churn'; close to it: churned"
    ):
        analysed(path, label="churn")


def test_a_text_is_no_label_of_regression(tmp_path: Path) -> None:
    path = written(tmp_path, "y,b\n" + "yes,2\nno,3\n" * 20)
    with pytest.raises(ExploreError, match="y: must hold numbers for regression, got boolean"):
        analysed(path, label="y", problem="regression")


def test_kinds_are_found_value_by_value(tmp_path: Path) -> None:
    rows = "".join(
        f"{n},{n / 4},{'yes' if n % 3 else 'no'},2026-01-{n % 28 + 1:02d},00{n % 7},w{n % 5},NA\n"
        for n in range(200)
    )
    table = analysed(written(tmp_path, f"i,f,b,t,code,c,none\n{rows}"))
    assert {one.name: one.kind for one in table.columns} == {
        "i": "integer",
        "f": "number",
        "b": "boolean",
        "t": "time",
        "code": "integer",
        "c": "text",
        "none": "empty",
    }
    assert table.column("i").is_identifier
    assert table.column("t").times == {
        "first": "2026-01-01T00:00:00",
        "last": "2026-01-28T00:00:00",
        "counted by": "day",
        "empty periods": 0,
    }
    assert "note code: 200 numbers begin with 0: codes, not quantities" in said(table)
    assert "bad none: every value is missing" in said(table)


def test_parquet_says_the_same_as_the_csv_of_the_same_rows(tmp_path: Path) -> None:
    rng = np.random.default_rng(7)
    frame = pd.DataFrame(
        {
            "n": rng.normal(size=500).round(3),
            "c": rng.choice(["a", "b", "c"], 500),
            "t": pd.date_range("2026-01-01", periods=500, freq="h"),
            "y": rng.integers(0, 2, 500),
        }
    )
    frame.loc[::9, ["n", "c"]] = None
    frame.to_csv(tmp_path / "data.csv", index=False)
    frame.to_parquet(tmp_path / "data.parquet", index=False)
    one = analysed(tmp_path / "data.csv", label="y")
    other = analysed(tmp_path / "data.parquet", label="y")
    for name in frame.columns:
        left, right = one.column(name), other.column(name)
        assert (left.kind, left.missing, left.distinct) == (
            right.kind,
            right.missing,
            right.distinct,
        )
        assert left.bars == right.bars
    assert one.label == other.label
    assert one.column("n").missing == 56


def test_the_least_the_greatest_and_the_middle_are_those_of_the_rows(tmp_path: Path) -> None:
    values = np.random.default_rng(1).normal(50, 10, 30_001)
    pd.DataFrame({"x": values, "y": 1}).to_parquet(tmp_path / "data.parquet")
    numbers = analysed(tmp_path / "data.parquet").column("x").numbers
    assert numbers["least"] == values.min()
    assert numbers["greatest"] == values.max()
    assert numbers["mean"] == pytest.approx(values.mean())
    assert numbers["median"] == pytest.approx(np.median(values), abs=0.02)


@pytest.mark.parametrize(("most", "wide"), [(31, 2), (24, 1), (25, 2), (48, 2), (49, 3), (365, 16)])
def test_bars_of_whole_numbers_hold_as_many_of_them_as_one_another(
    tmp_path: Path, most: int, wide: int
) -> None:
    rows = "".join(f"{1 + number % most}\n" for number in range(most * 40))
    bars = analysed(written(tmp_path, f"day\n{rows}")).column("day").bars
    assert sum(one.count for one in bars) == most * 40
    *full, last = bars
    assert {one.count for one in full} == {40 * wide}
    assert last.count == 40 * (most - len(full) * wide)
    assert (bars[0].low, bars[0].high, last.high) == (1, wide, most)


def test_whole_numbers_of_many_digits_are_all_counted(tmp_path: Path) -> None:
    rows = "".join(f"{10**17 + 997 * number}\n" for number in range(500))
    (column,) = analysed(written(tmp_path, f"id\n{rows}")).columns
    assert not column.bars or sum(one.count for one in column.bars) == 500


def test_mixed_kinds_are_counted_and_shown(tmp_path: Path) -> None:
    rows = "1\n2\n" * 30 + "soon\n" * 40
    table = analysed(written(tmp_path, f"x,y\n{rows.replace(chr(10), ',1' + chr(10))}"))
    assert "bad x: kinds are mixed: 60 integer, 40 text, e.g. 'soon'" in said(table)


def test_few_values_of_another_kind_are_told_too(tmp_path: Path) -> None:
    rows = "".join(f"{n},1\n" for n in range(99)) + "?,1\n"
    assert "warning x: 1 values are no integer, e.g. '?'" in said(
        analysed(written(tmp_path, f"x,y\n{rows}"))
    )


def test_rows_with_too_few_fields_are_left_out_and_told(tmp_path: Path) -> None:
    table = analysed(written(tmp_path, "a,b\n1,2\n3\n4,5\n"))
    assert table.rows == 2
    assert table.torn_rows == 1
    assert any("1 rows were left out" in one and "1 fields" in one for one in said(table))


def test_one_column_is_told(tmp_path: Path) -> None:
    assert "bad : there is one column, 'a'" in said(analysed(written(tmp_path, "a\n1\n2\n")))


def test_a_semicolon_a_mark_of_order_and_quotes_are_read(tmp_path: Path) -> None:
    text = '\ufeffname;x\n"a;b";1\n"two\nlines";2\n'
    table = analysed(written(tmp_path, text))
    assert [one.name for one in table.columns] == ["name", "x"]
    assert {bar.name for bar in table.column("name").bars} == {"a;b", "two\nlines"}


def test_repeated_rows_are_counted(tmp_path: Path) -> None:
    table = analysed(written(tmp_path, "a,b\n" + "1,2\n" * 3 + "1,3\n"))
    assert table.repeated_rows == 2


def leaky(rows: int = 4_000) -> pd.DataFrame:
    rng = np.random.default_rng(3)
    late = rng.integers(0, 2, rows)
    return pd.DataFrame(
        {
            "id": [f"r{n}" for n in range(rows)],
            "signal": rng.normal(size=rows) + late,
            "noise": rng.normal(size=rows),
            "afterwards": late * 20 + rng.normal(size=rows),
            "filled_in": np.where(late == 1, rng.normal(size=rows), np.nan),
            "colour": rng.choice(["red", "blue"], rows),
            "late": late,
        }
    )


def test_a_column_that_knows_the_label_is_a_suspect_and_an_honest_one_is_not(
    tmp_path: Path,
) -> None:
    leaky().to_csv(tmp_path / "data.csv", index=False)
    table = analysed(tmp_path / "data.csv", label="late")
    bad = {one.column for one in findings(table) if "foretells late" in one.what}
    assert bad == {"afterwards", "filled_in"}
    assert table.label is not None
    scores = {one.feature: one.score for one in table.label.relations}
    assert 0.3 < scores["signal"] < 0.9
    assert scores["noise"] < 0.05
    assert scores["id"] < 0.05, "what every row has of its own foretells nothing"


def test_a_regressions_label_is_told_of_by_r_squared(tmp_path: Path) -> None:
    rng = np.random.default_rng(4)
    x, other = rng.uniform(0, 10, 3_000), rng.uniform(0, 10, 3_000)
    pd.DataFrame({"x": x, "other": other, "y": x**2 + rng.normal(size=3_000)}).to_csv(
        tmp_path / "data.csv", index=False
    )
    table = analysed(tmp_path / "data.csv", label="y")
    assert table.label is not None
    assert table.label.problem == "regression"
    assert [one.feature for one in table.label.relations] == ["x", "other"]
    assert table.label.relations[0].measure.startswith("R2 0.9")
    assert any("x: alone foretells y" in one for one in said(table))


def test_rare_classes_missing_labels_and_contradictions_are_told(tmp_path: Path) -> None:
    rows = "a,0\n" * 1_950 + "a,1\n" * 40 + "b,2\n" * 3 + "b,\n" * 7
    table = analysed(written(tmp_path, f"x,y\n{rows}"), label="y")
    found = said(table)
    assert "bad y: about 3 rows are 2" in found
    assert "warning y: 7 rows (0.4%) have no label" in found
    assert any("rows equal another in every feature, but not in the label" in one for one in found)


def test_a_single_label_is_told(tmp_path: Path) -> None:
    table = analysed(written(tmp_path, "x,y\n" + "1,0\n2,0\n" * 50), label="y")
    assert "bad y: every label is 0" in said(table)


def test_what_may_stand_for_missing_is_told(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    rows = "".join(
        f"{age},{rng.choice(['a', 'b', 'unknown'])}\n" for age in rng.integers(18, 80, 900)
    )
    table = analysed(written(tmp_path, "age,c\n" + rows + "-999,A\n" * 30))
    found = said(table)
    assert any(one.startswith("warning age: -999 may stand for a missing value") for one in found)
    assert "warning c: ['unknown'] may stand for missing" in found
    assert "warning c: written in several ways: ['a']" in found


def test_files_of_other_columns_are_another_table_and_a_gap_in_one_is_told(tmp_path: Path) -> None:
    written(tmp_path, "id,a,b\n1,2,3\n", "one.csv")
    written(tmp_path, "id,a,b,c\n2,2,3,4\n", "two.csv")
    written(tmp_path, "plane,seats\nx,100\n", "planes.csv")
    written(tmp_path, "x", "_SUCCESS.csv")
    found = {one.name: one for one in analyse(files(str(tmp_path)))}
    assert found.keys() == {"one", "planes"}
    assert found["one"].rows == 2
    assert any(
        one.startswith("warning c: ") and "one.csv lack it" in one for one in said(found["one"])
    )
    assert analyse(files(str(tmp_path / "pl*.csv")))[0].rows == 1


def test_lists_within_parquet_are_left_out_and_told(tmp_path: Path) -> None:
    pq.write_table(pa.table({"a": [1, 2], "many": [[1], [2, 3]]}), tmp_path / "data.parquet")
    table = analysed(tmp_path / "data.parquet")
    assert [one.name for one in table.columns] == ["a"]
    assert any(one.startswith("note many: holds list<") for one in said(table))


def test_declared_columns_are_wider_than_what_was_seen_and_never_cross_zero(tmp_path: Path) -> None:
    frame = leaky().assign(price=lambda table: table["noise"].abs() * 10)
    frame.to_csv(tmp_path / "data.csv", index=False)
    table = analysed(tmp_path / "data.csv")
    declared = schema_of(table.columns)
    assert '"id": Column("identifier")' in declared
    assert '"late": Column("number", low=0, high=1)' in declared
    assert '"colour": Column("category", values=("blue", "red"))' in declared
    assert '"price": Column("number", low=0, high=' in declared
    assert "missing=" in next(line for line in declared.splitlines() if '"filled_in"' in line)


def test_many_batches_and_a_small_sample_say_what_one_batch_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    leaky(20_000).to_csv(tmp_path / "data.csv", index=False)
    whole = analysed(tmp_path / "data.csv", label="late")
    monkeypatch.setattr(tables, "BLOCK_BYTES", 1 << 16)
    monkeypatch.setattr(sample.Sample.__init__, "__defaults__", (2_000,))
    small = analysed(tmp_path / "data.csv", label="late")
    assert small.sample_rows == 2_000
    assert small.rows == whole.rows
    for one, other in zip(small.columns, whole.columns, strict=True):
        assert (one.missing, one.distinct, one.kinds) == (
            other.missing,
            other.distinct,
            other.kinds,
        )
    assert small.label is not None
    assert whole.label is not None
    assert small.label.relations[0].feature == whole.label.relations[0].feature


def test_what_is_counted_is_bounded_and_close_to_the_truth() -> None:
    counted = Distinct(most=4_096)
    for start in range(0, 300_000, 50_000):
        counted.update(hashed(pa.array(np.arange(start, start + 50_000).repeat(2))))
    assert not counted.exact
    assert counted._hashes.size <= 4_096
    assert counted.values == pytest.approx(300_000, rel=0.08)
    assert counted.repeated == pytest.approx(300_000, rel=0.08)
