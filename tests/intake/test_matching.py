"""Which column is which field, who is who, and what keeps an import out."""

from __future__ import annotations

from pathlib import Path

import pytest

import geo_rv.intake
from geo_rv.errors import RowsRefused
from geo_rv.intake import Candidate, Problem, require_clean
from geo_rv.intake.match import fold, match_columns
from geo_rv.messages import LANGUAGES, load_messages

PLACE = (113.85, 31.85)
HEADINGS = ("id", "经度", "纬度")


def test_columns_by_name_title_and_county_name(catalogue):
    spec = catalogue["burial"]
    headings = ["BSM", "名称", "Kind of Burial", " ＡＲＥＡ_M2 ", "AZRQ", "别的"]
    assert match_columns(headings, spec) == {
        "id": "BSM",
        "name": "名称",
        "burial_type": "Kind of Burial",
        "area_m2": " ＡＲＥＡ_M2 ",
        "buried_on": "AZRQ",
    }


def test_name_goes_before_title(write_table, read):
    path = write_table((*HEADINGS, "名称", "name"), (1, *PLACE, "题", "name"))
    candidate = read(path)
    assert candidate.frame["name"].tolist() == ["name"]
    assert candidate.unmatched_columns == ("名称",)


def test_every_field_of_every_layer_is_found_by_each_of_its_names(catalogue):
    for spec in catalogue.layers:
        for field in spec.fields:
            for name in (field.name, field.title.zh, field.title.en, field.county):
                assert match_columns([name], spec) == {field.name: name}, (spec.kind, name)


def test_layer_names_are_told_apart(catalogue):
    names = [
        fold(name)
        for spec in catalogue.layers
        for name in (spec.kind, spec.title.zh, spec.title.en)
    ]
    kinds = {spec.kind for spec in catalogue.layers}
    assert len(set(names)) >= 2 * len(kinds)


def test_unreadable_value_names_row_field_and_value(write_table, read):
    path = write_table(
        (*HEADINGS, "安葬日期", "area_m2"), (1, *PLACE, "去年", 1), (2, *PLACE, "", "约2")
    )
    candidate = read(path)
    assert [(problem.row, problem.field) for problem in candidate.refused] == [
        (2, "buried_on"),
        (3, "area_m2"),
    ]
    assert "去年" in candidate.refused[0].in_language("zh")
    assert "安葬日期" in candidate.refused[0].in_language("zh")
    assert candidate.frame.empty


def test_missing_required_field(write_geojson, make_feature, read, list_keys):
    line = {"coordinates": [PLACE, (113.9, 31.9)], "kind": "LineString"}
    path = write_geojson([make_feature(**line), make_feature(**line)], name="road.geojson")
    assert list_keys(read(path)) == ["field_missing"]
    features = [make_feature(**line, properties={"class": name}) for name in ("county", "")]
    candidate = read(write_geojson(features, name="road.geojson"))
    assert [(problem.row, problem.key) for problem in candidate.refused] == [(2, "value_missing")]


def test_defaults_are_told(write_geojson, make_feature, read, list_keys):
    line = {"coordinates": [PLACE, (113.9, 31.9)], "kind": "LineString"}
    features = [make_feature(**line, properties={"class": name}) for name in ("高速铁路", None)]
    candidate = read(write_geojson(features, name="railway.geojson"))
    assert candidate.refused == ()
    assert candidate.frame["class"].tolist() == ["high_speed", "other"]
    assert list_keys(candidate, "warning") == ["default_taken", "default_taken"]
    assert "其他铁路" in candidate.problems[0].in_language("zh")


# ---- identity


def test_made_identities_are_stable_and_unique(write_table, read):
    rows = [(*PLACE, "a"), (*PLACE, "b"), (*PLACE, "a"), (*PLACE, "a")]
    candidate = read(write_table(("经度", "纬度", "碑文"), *rows))
    assert candidate.made_identity
    made = candidate.frame["id"].tolist()
    assert made == read(write_table(("经度", "纬度", "碑文"), *rows)).frame["id"].tolist()
    assert len(set(made)) == 4
    assert len(made[0]) == 12
    assert made[2:] == [f"{made[0]}-2", f"{made[0]}-3"]
    longer = read(write_table(("经度", "纬度", "碑文"), (113.9, 31.9, "new"), *rows))
    assert longer.frame["id"].tolist()[1:] == made


def test_empty_identity_column_is_none(write_table, read):
    candidate = read(write_table(HEADINGS, ("", *PLACE), ("", *PLACE)))
    assert candidate.made_identity
    assert candidate.refused == ()


def test_partly_missing_and_repeated_identities(write_table, read):
    path = write_table(HEADINGS, (1, *PLACE), ("", *PLACE), (1, *PLACE), (2, *PLACE))
    candidate = read(path)
    assert not candidate.made_identity
    assert [(problem.row, problem.key) for problem in candidate.refused] == [
        (3, "identity_missing"),
        (4, "identity_repeated"),
    ]
    assert candidate.refused[1].facts["first"] == 2
    assert candidate.frame["id"].tolist() == ["1", "2"]


# ---- what keeps an import out


def test_refused_rows_refuse_the_import(write_table, read, catalogue):
    rows = [(n, *PLACE) if n % 2 else (n, "", "") for n in range(1, 21)]
    candidate = read(write_table(HEADINGS, *rows))
    with pytest.raises(RowsRefused) as refused:
        require_clean([candidate], catalogue)
    for language in LANGUAGES:
        told = refused.value.in_language(language)
        assert "burial.csv" in told
        assert "10" in told
        assert len(told.splitlines()) == 7
    assert "第 3 行（2）：没有坐标" in refused.value.in_language("zh")


def test_warnings_do_not(write_geojson, make_feature, read, catalogue):
    candidate = read(write_geojson([make_feature((113.8, 31.8, 1.0))]))
    assert isinstance(candidate, Candidate)
    require_clean([candidate], catalogue)


def test_every_problem_has_its_text():
    """Each key that the code names stands in the catalogue, and each that stands there is named."""
    code = "".join(file.read_text("utf-8") for file in Path(geo_rv.intake.__path__[0]).glob("*.py"))
    keys = [key for key in load_messages() if key.startswith("intake.problem.")]
    assert keys
    for key in keys:
        assert f'"{key.removeprefix("intake.problem.")}"' in code, key


def test_problem_of_the_whole_file_names_no_row():
    problem = Problem("made_flat", "warning", facts={"count": 3})
    assert problem.in_language("en").startswith("3 geometries")
