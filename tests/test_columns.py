"""Tables: what is written is read again; what no column may hold is refused in one line, by writer and reader alike."""

from __future__ import annotations

import gzip
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ultralight_mir import cells
from ultralight_mir.columns import Column, Schema
from ultralight_mir.errors import InputError

SCHEMA = Schema(
    (
        Column("name"),
        Column("note", empty=True),
        Column("kind", choices=("one", "two")),
        Column("count", int, 0),
        Column("maybe", int, empty=True),
        Column("share", float, 0, 1, digits=6),
        Column("loose", float, empty=True),
        Column("flag", bool),
    )
)
ROW = {"name": "a", "note": "", "kind": "one", "count": 3, "share": 0.25, "loose": -1.5, "flag": True}
HEADER = "name,note,kind,count,maybe,share,loose,flag\n"
GOOD = HEADER + "a,,one,3,,0.250000,-1.5,True\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "table.csv"


def test_it_is_plain_csv(path: Path) -> None:
    SCHEMA.write(path, [ROW])
    assert path.read_bytes() == GOOD.encode()


@pytest.mark.parametrize(
    "name", ["NA", "None", "null", "nan", "NaN", "*", "-", "1", "1e3", "a,b", 'a"b', "é\u202f", "0"]
)
def test_names_stay_names(path: Path, name: str) -> None:
    SCHEMA.write(path, [ROW | {"name": name, "note": name}])
    row = SCHEMA.read(path).iloc[0]
    assert (row["name"], row["note"]) == (name, name)


def test_numbers_come_back_to_the_last_bit(path: Path) -> None:
    numbers = [0.1 + 0.2, 1 / 3, 1e-300, 123456789.123456789, np.float64(2 / 3)]
    SCHEMA.write(path, [ROW | {"loose": number} for number in numbers])
    table = SCHEMA.read(path)
    assert table["loose"].tolist() == [float(number) for number in numbers]
    assert table["count"].dtype == np.int64 and table["flag"].dtype == bool


def test_an_empty_cell_is_missing_and_nothing_else_is(path: Path) -> None:
    SCHEMA.write(path, [ROW | {"maybe": 4, "loose": None}, ROW])
    table = SCHEMA.read(path)
    assert table["maybe"].tolist()[0] == 4 and math.isnan(table["maybe"][1])
    assert math.isnan(table["loose"][0]) and table["note"].tolist() == ["", ""]


def test_a_table_without_rows_keeps_its_types(path: Path) -> None:
    SCHEMA.write(path, [])
    table = SCHEMA.read(path)
    assert list(table.columns) == SCHEMA.names and table.empty
    assert table["share"].dtype == float and table["count"].dtype == np.int64


def test_columns_of_others_are_passed_over(path: Path) -> None:
    path.write_text("x," + GOOD.replace("\na", "\nfurther,a"))
    assert list(SCHEMA.read(path).columns) == SCHEMA.names


WRONG = {
    "share": (["nan", "NaN", "inf", "-inf", "1e999", "9.9", "-0.1", "", "0,5", "1_0", " 0.5", "half"], "0 to 1"),
    "count": (["-1", "1.0", "nan", "", "1e3", "9" * 30, "9" * 400, "9" * 5000], "a whole number from 0"),
    "maybe": (["x", "NA", "1.5"], "a whole number or nothing"),
    "loose": (["nan", "inf", "NA", "None", "null"], "a number or nothing"),
    "flag": (["true", "1", "", "nan"], "True or False"),
    "kind": (["three", "", "One"], "one of one, two"),
    "name": ([""], "text"),
}
CASES = [(column, cell, wanted) for column, (cells, wanted) in WRONG.items() for cell in cells]


@pytest.mark.parametrize(("column", "cell", "wanted"), CASES, ids=[f"{c}={v[:12]}" for c, v, _ in CASES])
def test_a_wrong_cell_is_one_line(path: Path, column: str, cell: str, wanted: str) -> None:
    cells = dict(zip(SCHEMA.names, GOOD.splitlines()[1].split(","), strict=True))
    row = ",".join(f'"{text}"' for text in (cells | {column: cell}).values())
    path.write_text(f"{GOOD}{row}\n")
    with pytest.raises(InputError) as caught:
        SCHEMA.read(path)
    message = str(caught.value)
    assert f"{path}, line 3, column '{column}': found '{cell[:40]}" in message
    assert wanted in message and "\n" not in message and len(message) < len(str(path)) + 160


@pytest.mark.parametrize(
    ("column", "value"),
    [
        *(("share", number) for number in (math.nan, math.inf, 9.9, -0.5, None)),
        *(("count", number) for number in (1.5, -1)),
        *(("name", name) for name in ("", None, math.nan)),
        *(("kind", "three"), ("flag", 1), ("loose", math.nan)),
    ],
)
def test_the_writer_refuses_what_the_reader_would(path: Path, column: str, value: object) -> None:
    SCHEMA.write(path, [ROW])
    with pytest.raises(InputError, match=rf"table\.csv, line 3, column '{column}': found"):
        SCHEMA.write(path, [ROW, ROW | {column: value}])
    assert path.read_text() == GOOD, "and leaves what is there"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not a readable CSV file (empty), expected a header line"),
        (GOOD.replace("share", "part"), "column 'share' is missing; found name, note, kind"),
        (GOOD + "b,,one,3,,0.25", "line 3: 6 cells, expected 8 as in the header"),
        (GOOD + "b,,one,3,,0.25,-1.5,Tr", "line 3: cut off, expected a line feed at its end"),
        (GOOD + "b,,one,3,,0.25,-1.5,True", "line 3: cut off, expected a line feed at its end"),
        (GOOD + "b,,one,3,,0.25,-1.5,True,x\n", "line 3: 9 cells, expected 8 as in the header"),
        (GOOD + "\n", "line 3: 0 cells, expected 8 as in the header"),
        (GOOD + '"b,,one', "not a readable CSV file"),
        (HEADER.strip(), "line 1: cut off, expected a line feed at its end"),
        (HEADER.replace("note", "name"), "column 'name' stands twice in the header"),
    ],
)
def test_a_broken_file_is_one_line(path: Path, text: str, message: str) -> None:
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        SCHEMA.read(path)
    assert str(caught.value).startswith(str(path)) and message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_what_is_no_text_or_not_there_is_one_line(path: Path) -> None:
    with pytest.raises(InputError, match=r"table\.csv: no such file"):
        SCHEMA.read(path)
    path.write_bytes(GOOD.encode() + b"\xff\xfe\n")
    with pytest.raises(InputError, match=r"table\.csv: not a readable CSV file"):
        SCHEMA.read(path)


def test_the_line_is_that_of_the_file_even_behind_a_name_of_two_lines(path: Path) -> None:
    rows = GOOD + '"a\nb",,one,3,,0.25,-1.5,True\n' + "c,,one,3,,7,-1.5,True\n"
    path.write_text(rows)
    with pytest.raises(InputError, match="line 5, column 'share': found '7'"):
        SCHEMA.read(path)


def test_a_packed_table_is_read_as_any_other_and_always_the_same_bytes(tmp_path: Path) -> None:
    schema = Schema((Column("name"), Column("value", float)))
    rows = [{"name": f"clip_{number}, «{number}»", "value": number / 7} for number in range(500)]
    plain, packed, again = tmp_path / "a.csv", tmp_path / "b.csv.gz", tmp_path / "c.csv.gz"
    for path in (plain, packed, again):
        schema.write(path, rows)
    assert packed.read_bytes() == again.read_bytes() and packed.stat().st_size < plain.stat().st_size / 2
    assert gzip.decompress(packed.read_bytes()) == plain.read_bytes()
    assert schema.read(packed).equals(schema.read(plain))
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["a.csv", "b.csv.gz", "c.csv.gz"]


@pytest.mark.parametrize(
    "damage", [lambda content: content[:-20], lambda content: b"name,value\n", lambda content: b""]
)
def test_a_damaged_packed_table_is_one_line(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    schema, path = Schema((Column("name"),)), tmp_path / "a.csv.gz"
    schema.write(path, [{"name": f"{number * 7919}"} for number in range(500)])
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(InputError, match=r"a\.csv\.gz: not a readable"):
        schema.read(path)


def test_a_bomb_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cells, "LARGEST_TABLE", 1000)
    schema, path = Schema((Column("name"),)), tmp_path / "a.csv.gz"
    schema.write(path, [{"name": "x"}] * 400)
    assert len(schema.read(path)) == 400
    schema.write(path, [{"name": "x"}] * 600)
    with pytest.raises(InputError, match="unpacks to more than 1,000 bytes"):
        schema.read(path)


@given(
    st.lists(
        st.tuples(*3 * [st.text(st.characters(exclude_categories=("Cs",), exclude_characters=',"\r\n\0'))]),
        min_size=1,
    )
)
def test_the_fast_way_takes_a_file_apart_as_the_other_does(rows: list[tuple[str, str, str]]) -> None:
    text = "".join(",".join(row) + "\n" for row in (("a", "b", "c"), *rows))
    plain, general = cells._plain(text.encode()), cells._any(Path("a.csv"), text)
    assert plain is not None and plain.header == general.header and list(plain.lines) == general.lines
    for one, other in zip(plain.columns, general.columns, strict=True):
        assert [one.distinct[code] for code in one.codes] == [other.distinct[code] for code in other.codes]


@pytest.mark.parametrize(
    "text", ['a,b\n"x",y\n', "a,b\r\nx,y\r\n", "a,b\nx,y", "a,b\n\n", "a,b\nx,y,z\n", "a\nx\n", "a,b\n"]
)
def test_a_file_of_another_kind_is_not_taken_apart_in_the_fast_way(text: str) -> None:
    assert cells._plain(text.encode()) is None
