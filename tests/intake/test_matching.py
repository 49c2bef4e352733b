"""Which column is which field, who is who, and what keeps an import out."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import geo_rv.intake
from geo_rv.catalogue import load_catalogue
from geo_rv.errors import ColumnsUnknown, RowsRefused
from geo_rv.intake import Candidate, Problem, require_clean
from geo_rv.intake.candidate import Match
from geo_rv.intake.columns import list_field_names, match_columns, tell_likened
from geo_rv.intake.headings import fold
from geo_rv.intake.match import propose_kind
from geo_rv.messages import LANGUAGES, load_messages

CATALOGUE = load_catalogue()
PLACE = (113.85, 31.85)
HEADINGS = ("id", "经度", "纬度")


def test_columns_by_name_title_and_county_name(catalogue):
    spec = catalogue["burial"]
    headings = ["BSM", "名称", "Kind of Burial", " ＡＲＥＡ_M2 ", "AZRQ", "别的"]
    assert match_columns(headings, spec) == {
        "id": Match("BSM"),
        "name": Match("名称"),
        "burial_type": Match("Kind of Burial"),
        "area_m2": Match(" ＡＲＥＡ_M2 "),
        "buried_on": Match("AZRQ"),
    }


def test_name_goes_before_title(write_table, read):
    path = write_table((*HEADINGS, "名称", "name"), (1, *PLACE, "题", "name"))
    candidate = read(path)
    assert candidate.frame["name"].tolist() == ["name"]
    assert candidate.unmatched_columns == ("名称",)


def test_every_field_of_every_layer_is_found_by_each_of_its_names(catalogue):
    for spec in catalogue.layers:
        for field in spec.fields:
            for name in list_field_names(field):
                assert match_columns([name], spec) == {field.name: Match(name)}, (spec.kind, name)


@pytest.mark.parametrize(
    ("heading", "field", "likeness"),
    [
        ("area m2", "area_m2", 1.0),
        ("墓穴占地面积（平方米）", "area_m2", 1.0),
        ("墓穴占地面积/㎡", "area_m2", 1.0),
        ("安葬方式（骨灰、遗体）", "burial_type", 0.95),
        ("坟墓编号", "id", 0.9),
        # 2 M / T of difflib: 4 equal characters of 4 and 6
        ("占地面积", "area_m2", 0.8),
        ("联系电话", "contact", 2 * 4 / (4 + 6)),
    ],
)
def test_headings_that_are_like_a_field(heading, field, likeness, catalogue):
    spec = catalogue["burial"]
    matched = match_columns([heading, "毫不相干"], spec)
    assert matched == {field: Match(heading, pytest.approx(likeness))}
    told = tell_likened(matched, spec)
    assert len(told) == (likeness < 1)
    for problem in told:
        for language in LANGUAGES:
            assert heading in problem.in_language(language)
            title = spec.field_by_name[field].title.in_language(language)
            assert title in problem.tell_remedy(language)


@pytest.mark.parametrize(
    "heading", ["墓穴占地面积（亩）", "墓穴占地面积/公顷", "乡镇名称", "", "（）"]
)
def test_headings_that_are_not(heading, catalogue):
    """Another unit is another quantity, and many a column is called some name."""
    assert match_columns([heading], catalogue["burial"]) == {}


def test_the_likest_pair_goes_first(catalogue):
    matched = match_columns(["占地面积", "墓穴占地面积"], catalogue["burial"])
    assert matched == {"area_m2": Match("墓穴占地面积")}
    both = match_columns(["墓穴面积", "占地面积"], catalogue["burial"])
    assert set(both) == {"area_m2"}


def test_the_user_names_columns(write_table, read):
    path = write_table((*HEADINGS, "碑文", "名称"), (1, *PLACE, "甲", "乙"))
    assert read(path, columns={"name": "碑文"}).frame["name"].tolist() == ["甲"]
    assert read(path, columns={"名称": "碑文"}).frame["name"].tolist() == ["甲"]
    assert read(path, columns={"name": " 碑文 "}).columns["name"] == Match("碑文")
    unnamed = read(path, columns={"name": ""})
    assert unnamed.frame["name"].isna().all()
    assert "名称" in unnamed.unmatched_columns


def test_all_wrongly_named_columns_are_one_error(write_table, read):
    path = write_table((*HEADINGS, "碑文"), (1, *PLACE, "甲"))
    with pytest.raises(ColumnsUnknown) as refused:
        read(path, columns={"name": "墓碑", "nmae": "碑文", "remark": ""})
    for language in LANGUAGES:
        told = refused.value.in_language(language)
        assert "name=墓碑" in told
        assert "nmae=碑文" in told
        assert "remark=" not in told
    with pytest.raises(ColumnsUnknown, match="lon=东经度"):
        read(path, columns={"lon": "东经度"})


def test_kind_is_proposed_by_headings_that_are_like_its_own(catalogue):
    assert propose_kind(["表1"], ["墓主姓名", "占地面积"], ["point"], catalogue) == "burial"
    assert propose_kind(["表1"], ["甲", "乙"], ["point"], catalogue) is None


@settings(deadline=None, max_examples=50)
@given(st.lists(st.text(max_size=100), max_size=20))
def test_no_heading_breaks_the_matching(headings):
    spec = CATALOGUE["burial"]
    matched = match_columns(headings, spec)
    taken = [match.heading for match in matched.values()]
    assert len(set(taken)) == len(taken)
    assert set(taken) <= set(headings)
    assert all(0.6 <= match.likeness <= 1 for match in matched.values())


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


def test_defaults_are_told(write_geojson, make_feature, read):
    line = {"coordinates": [PLACE, (113.9, 31.9)], "kind": "LineString"}
    features = [make_feature(**line, properties={"class": name}) for name in ("高速铁路", None)]
    candidate = read(write_geojson(features, name="railway.geojson"))
    assert candidate.refused == ()
    assert candidate.frame["class"].tolist() == ["high_speed", "other"]
    told = [problem for problem in candidate.problems if problem.key == "default_taken"]
    assert len(told) == 2
    assert "其他铁路" in told[0].in_language("zh")


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
    """Each problem says what is wrong and what to do, and is named in the code."""
    files = Path(geo_rv.intake.__path__[0]).rglob("*.py")
    code = "".join(file.read_text("utf-8") for file in files)
    told, mended = (
        {key.removeprefix(start) for key in load_messages() if key.startswith(start)}
        for start in ("intake.problem.", "intake.remedy.")
    )
    assert told == mended
    assert {key for key in told if f'"{key}"' not in code} == set()


def test_problem_of_the_whole_file_names_no_row():
    problem = Problem("made_flat", "warning", facts={"count": 3})
    assert problem.in_language("en").startswith("3 geometries")


@pytest.mark.parametrize("heading", ["所在村", "村名", "行政村", "村（社区）"])
def test_a_village_is_known_by_what_staff_call_its_column(catalogue, heading):
    assert match_columns([heading, "编号"], catalogue["burial"])["village"].heading == heading
