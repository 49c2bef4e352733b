"""Tables read exactly, and refused with the file and the key that are wrong."""

from __future__ import annotations

import dataclasses
import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from geo_rv.errors import BrokenToml, MissingKey, UnknownKey, WrongChoice, WrongType
from geo_rv.layerspec import LayerSpec
from geo_rv.rulebook import RuleBook
from geo_rv.tables import load_toml, read_table, read_toml

LAYERS = Path(__file__).parents[1] / "layers"


@dataclass(frozen=True)
class Inner:
    zh: str
    weight: float = 1.5


@dataclass(frozen=True)
class Sample:
    title: str
    rows: tuple[Inner, ...]
    kind: Literal["point", "line"] = "point"
    count: int = 0
    ratio: float = 0.5
    shown: bool = False
    since: date = date(2024, 3, 20)
    until: date | None = None
    inner: Inner | None = None
    where: Mapping[str, tuple[str | int | float | bool, ...]] = dataclasses.field(
        default_factory=dict
    )


NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
INNERS = st.fixed_dictionaries({"zh": st.text()}, optional={"weight": NUMBERS})
VALUES = st.one_of(st.text(), st.integers(), NUMBERS, st.booleans())
SAMPLES = st.fixed_dictionaries(
    {"title": st.text(), "rows": st.lists(INNERS, max_size=3)},
    optional={
        "kind": st.sampled_from(["point", "line"]),
        "count": st.integers(),
        "ratio": NUMBERS,
        "shown": st.booleans(),
        "since": st.dates(),
        "until": st.dates(),
        "inner": INNERS,
        "where": st.dictionaries(st.text(), st.lists(VALUES, max_size=3), max_size=3),
    },
)


def write_back(value: Any) -> Any:
    """The plain table that a dataclass was read from, with every default written out."""
    if dataclasses.is_dataclass(value):
        return {
            field.name: write_back(getattr(value, field.name))
            for field in dataclasses.fields(value)
            if getattr(value, field.name) is not None
        }
    if isinstance(value, tuple):
        return [write_back(row) for row in value]
    if isinstance(value, Mapping):
        return {key: write_back(row) for key, row in value.items()}
    return value


@given(SAMPLES)
def test_what_is_read_is_what_was_written(table: dict[str, Any]) -> None:
    sample = read_table(Sample, table, source="sample.toml")

    told = write_back(sample)
    for key, value in table.items():
        if key == "rows":
            assert told[key] == [{"weight": 1.5, **row} for row in value]
        elif key == "inner":
            assert told[key] == {"weight": 1.5, **value}
        else:
            assert told[key] == value
    assert read_table(Sample, told, source="sample.toml") == sample


def list_tables_within(table: dict[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    """The table and those in it whose keys are fixed, each with the path of its keys."""
    yield path, table
    for key, value in table.items():
        if key == "inner":
            yield from list_tables_within(value, f"{path}inner.")
        if key == "rows":
            for number, row in enumerate(value, 1):
                yield from list_tables_within(row, f"{path}rows[{number}].")


@given(SAMPLES, st.data())
def test_any_misspelt_key_is_caught_with_its_path(table: dict[str, Any], data: Any) -> None:
    path, within = data.draw(st.sampled_from(list(list_tables_within(table))))
    key = data.draw(st.sampled_from(sorted(within)))
    wrong = misspell(key, data)
    known = {field.name for field in dataclasses.fields(Sample if path == "" else Inner)}
    assume(wrong not in known)
    within[wrong] = within.pop(key)

    with pytest.raises(UnknownKey) as raised:
        read_table(Sample, table, source="sample.toml")

    assert raised.value.facts["file"] == "sample.toml"
    assert raised.value.facts["key"] == path + wrong
    for language in ("zh", "en"):
        assert f"“{path}{wrong}”" in raised.value.in_language(language)


def misspell(key: str, data: Any) -> str:
    """`key` with one letter added, left out or changed."""
    at = data.draw(st.integers(0, len(key) - 1))
    letter: str = data.draw(st.sampled_from(["", *string.ascii_lowercase]))
    return key[:at] + letter + key[at + data.draw(st.integers(0, 1)) :]


@pytest.mark.parametrize(
    ("kind", "file", "given"),
    [
        *((LayerSpec, file, {"kind": file.stem}) for file in sorted(LAYERS.glob("*.toml"))),
        *((RuleBook, file, {"name": file.stem}) for file in sorted(LAYERS.glob("rules/*.toml"))),
    ],
    ids=lambda value: value.stem if isinstance(value, Path) else "",
)
def test_every_key_of_a_shipped_file_is_guarded(kind: Any, file: Path, given: Any) -> None:
    table = load_toml(file)
    for key in list(table):
        wrong = {**table, f"{key}_": table[key]}
        del wrong[key]
        with pytest.raises(UnknownKey) as raised:
            read_table(kind, {**wrong, **given}, source=file.name)
        assert raised.value.facts == {"file": file.name, "key": f"{key}_", "known": key}


def test_the_message_names_file_key_and_the_near_name() -> None:
    table = {"title": "路", "rows": [{"zh": "一"}, {"zh": "二", "wieght": 2.0}]}

    with pytest.raises(UnknownKey) as raised:
        read_table(Sample, table, source="road.toml")

    wrong = raised.value
    assert str(wrong) == "road.toml: there is no key “rows[2].wieght”; use weight."
    assert wrong.in_language("zh") == ("road.toml：没有“rows[2].wieght”这一项。可用的是：weight。")


def test_a_key_unlike_any_other_is_told_them_all() -> None:
    with pytest.raises(UnknownKey, match="use zh, weight"):
        read_table(Inner, {"zh": "一", "qqq": 1}, source="a.toml")


def test_a_missing_key_is_named_with_its_path() -> None:
    with pytest.raises(MissingKey) as raised:
        read_table(Sample, {"title": "路", "rows": [{}]}, source="road.toml")

    assert raised.value.facts == {"file": "road.toml", "key": "rows[1].zh"}


def test_a_choice_that_there_is_not_is_told_the_choices() -> None:
    with pytest.raises(WrongChoice, match=r"“kind” is 'area'; choose from point, line"):
        read_table(Sample, {"title": "", "rows": [], "kind": "area"}, source="road.toml")


@pytest.mark.parametrize(
    ("key", "value", "wanted"),
    [
        ("title", 1, "text"),
        ("count", 1.0, "a whole number"),
        ("count", True, "a whole number"),
        ("ratio", "1", "a number"),
        ("ratio", True, "a number"),
        ("ratio", float("nan"), "a number"),
        ("ratio", float("inf"), "a number"),
        ("shown", 1, "true or false"),
        ("shown", "true", "true or false"),
        ("since", "2024-03-20", "a date (like 2024-03-20)"),
        ("until", 20240320, "a date (like 2024-03-20)"),
        ("rows", {"zh": "一"}, "a list [ ]"),
        ("inner", ["一"], "a table { }"),
        ("where", ["class"], "a table { }"),
    ],
)
def test_a_value_of_another_type_is_refused(key: str, value: object, wanted: str) -> None:
    table = {"title": "路", "rows": [], key: value}

    with pytest.raises(WrongType) as raised:
        read_table(Sample, table, source="road.toml")

    assert raised.value.facts["key"] == key
    assert str(raised.value).endswith(f"it must be {wanted}.")


def test_a_whole_number_will_do_for_a_number() -> None:
    assert read_table(Inner, {"zh": "一", "weight": 2}, source="a.toml").weight == 2.0


def test_a_filter_keeps_each_value_as_it_was_written() -> None:
    table = {"title": "", "rows": [], "where": {"base": [True, 1, 1.0, "1"]}}

    values = read_table(Sample, table, source="a.toml").where["base"]

    assert [type(value) for value in values] == [bool, int, float, str]


@pytest.mark.parametrize(
    "content",
    [b"title = ", b"title = '\xff'", b"title = 1\ntitle = 2"],
    ids=["cut", "gbk", "twice"],
)
def test_what_is_not_toml_is_named(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "road.toml"
    file.write_bytes(content)

    with pytest.raises(BrokenToml, match=r"road\.toml is not valid TOML"):
        read_toml(Inner, file)


def test_a_file_must_not_hold_what_its_name_says(tmp_path: Path) -> None:
    file = tmp_path / "a.toml"
    file.write_text("zh = '一'\n", "utf-8")

    with pytest.raises(UnknownKey, match="“zh”"):
        read_toml(Inner, file, zh="a")
