"""The report's figures are all there, tied to measures; its contradictions are real."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from geo_rv.catalogue import Catalogue, load_catalogue
from geo_rv.errors import DataFileError, InconsistentData, MissingKey, UnknownKey, UnknownReport
from geo_rv.figures import AnnualReport, load_report

# by hand from the report: every figure under its theme
FIGURES: Mapping[str, Mapping[str, float | None]] = {
    "resettlement": {
        "resettlement_sites": 44,
        "resettlement_households": 555,
        "resettlement_people": 999,
        "resettlement_public_jobs": 45,
        "resettlement_working_away": 468,
    },
    "solar": {"solar_stations": 55, "solar_stations_50_kw": 55, "solar_capacity": 2750},
    "cemetery": {
        "cemeteries": 14,
        "cemeteries_village": 13,
        "cemeteries_joint": 1,
        "graves": None,
    },
    "ginger": {
        "ginger_mu": 1200,
        "ginger_villages": 1,
        "ginger_base_mu": 30,
        "ginger_base_invested": 30,
        "ginger_base_profit": 50,
    },
    "hill_land": {"hill_mu": 13200, "hill_income": 186},
    "camellia": {"camellia_mu": 15000, "camellia_households": 525, "camellia_income": 100},
    "rice": {"rice_mu": 300, "rice_income": 20, "greenhouse_share": 10},
    "tourism": {
        "red_routes": 1,
        "route_villages": 4,
        "tourism_invested": 1600,
        "visitors": 300000,
    },
    "project": {
        "projects": 55,
        "projects_wan": 1638,
        "consolidation": 29,
        "consolidation_wan": 1044,
        "improvement": 26,
        "improvement_wan": 594,
        "industry_clusters": 8,
        "market_wan": 200,
        "ecommerce_wan": 40,
        "ecommerce_total_wan": 350,
    },
    "sanitation": {
        "sanitation_wan": 410,
        "cleaners": 26,
        "refuse_trucks": 3,
        "hook_trucks": 2,
        "dry_latrines_removed": 105,
        "public_toilets": 8,
        "household_toilets_built": 36,
    },
    "people": {
        "poverty_households": 1456,
        "poverty_people": 4563,
        "monitored_households": 111,
        "monitored_people": 342,
        "risk_open_households": 45,
        "risk_open_people": 123,
        "risk_removed_households": 69,
        "risk_removed_people": 184,
        "work_trips": 1046,
        "travel_subsidy_people": 354,
        "travel_subsidy_wan": 15.58,
        "travel_subsidy_people_2021_2023": 431,
        "travel_subsidy_wan_2021_2023": 18.93,
        "public_jobs": 166,
        "grant_people": 79,
        "grant_wan": 11.85,
    },
    "logistics": {"logistics_points": None},
}


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue()


@pytest.fixture(scope="module")
def report(catalogue: Catalogue) -> AnnualReport:
    return load_report("2023", catalogue)


def test_every_figure_of_the_report_is_there(report: AnnualReport) -> None:
    told: dict[str, dict[str, float | None]] = {}
    for figure in report.figures:
        told.setdefault(figure.theme, {})[figure.name] = figure.value

    assert told == FIGURES


def test_the_report_is_of_the_right_town(report: AnnualReport) -> None:
    assert report.town == "421381107"
    assert report.year == 2023
    for text in (report.title.zh, report.title.en):
        assert "吴店镇" in text


def test_what_the_report_says_is_more_is_a_bound(report: AnnualReport) -> None:
    bounds = {figure.name for figure in report.figures if figure.comparison == "at_least"}

    assert bounds == {"ginger_base_profit", "camellia_income", "visitors"}


def test_no_two_figures_are_one_measure(report: AnnualReport) -> None:
    measures = [(figure.layer, figure.measure) for figure in report.figures]

    assert len(set(measures)) == len(measures)


def test_a_figure_has_its_measure_s_unit(report: AnnualReport, catalogue: Catalogue) -> None:
    for figure in report.figures:
        measure = catalogue[figure.layer].measure_by_name[figure.measure]
        assert measure.unit is not None
        assert figure.unit.zh == measure.unit.zh, figure.name


def test_the_report_contradicts_itself(report: AnnualReport) -> None:
    told = {
        row.name: (report.add_parts(row), report.figure_by_name[row.total].value, row.relation)
        for row in report.contradictions
        if report.is_contradicted(row)
    }

    assert told == {
        "monitored_households": (114, 111, "sum_equals"),
        "monitored_people": (307, 342, "sum_equals"),
        "camellia_hill_land": (15000, 13200, "at_most"),
    }


REPORT = """\
title = { zh = "甲", en = "a" }
note = { zh = "甲", en = "a" }
town = "421381107"
year = 2024
themes.land = { zh = "地", en = "Land" }
[[figures]]
name = "part"
theme = "land"
title = { zh = "甲", en = "a" }
unit = { zh = "亩", en = "mu" }
layer = "land_transfer"
measure = "rice_mu"
value = 2
[[figures]]
name = "total"
theme = "land"
title = { zh = "甲", en = "a" }
unit = { zh = "亩", en = "mu" }
layer = "land_transfer"
measure = "contract_mu"
value = 2
[[contradictions]]
name = "rice"
title = { zh = "甲", en = "a" }
parts = ["part"]
total = "total"
relation = "sum_equals"
explanation = { zh = "甲", en = "a" }
"""


def read_changed(folder: Path, catalogue: Catalogue, old: str = "", new: str = "") -> AnnualReport:
    assert old in REPORT
    (folder / "own.toml").write_text(REPORT.replace(old, new, 1), "utf-8")
    return load_report("own", catalogue, own=folder)


@pytest.mark.parametrize("relation", ["sum_equals", "at_most"])
def test_figures_that_agree_are_no_contradiction(
    relation: str, tmp_path: Path, catalogue: Catalogue
) -> None:
    report = read_changed(tmp_path, catalogue, "sum_equals", relation)

    assert [report.is_contradicted(row) for row in report.contradictions] == [False]


def test_an_unknown_report_is_told_the_known_ones(tmp_path: Path, catalogue: Catalogue) -> None:
    (tmp_path / "own.toml").write_text(REPORT, "utf-8")

    with pytest.raises(UnknownReport, match="no annual report “2022”; known are 2023, own"):
        load_report("2022", catalogue, own=tmp_path)


WRONG: list[tuple[str, str, type[DataFileError], str, str]] = [
    ("measure =", "mesure =", UnknownKey, "figures[1].mesure", "use measure"),
    ('town = "421381107"\n', "", MissingKey, "town", "missing"),
    ('"rice_mu"', '"rise_mu"', InconsistentData, "figures.part.measure", "use rice_mu"),
    (
        'layer = "land_transfer"',
        'layer = "land_transfers"',
        InconsistentData,
        "figures.part.layer",
        "use land_transfer",
    ),
    ('theme = "land"', 'theme = "lend"', InconsistentData, "figures.part.theme", "use land"),
    ('name = "part"', 'name = "total"', InconsistentData, "figures.name", "“total” stands"),
    ('["part"]', '["parts"]', InconsistentData, "contradictions.rice.parts", "use part"),
    ('total = "total"', 'total = "totl"', InconsistentData, "contradictions.rice.total", "total"),
    ("value = 2\n", "", InconsistentData, "contradictions.rice.parts", "“part” has no value"),
]


@pytest.mark.parametrize(
    ("old", "new", "kind", "key", "told"), WRONG, ids=[f"{row[3]}-{row[4]}" for row in WRONG]
)
def test_a_report_that_is_wrong_is_one_message(
    old: str,
    new: str,
    kind: type[DataFileError],
    key: str,
    told: str,
    tmp_path: Path,
    catalogue: Catalogue,
) -> None:
    with pytest.raises(kind, match=told) as raised:
        read_changed(tmp_path, catalogue, old, new)

    assert raised.value.facts["file"] == "own.toml"
    assert raised.value.facts["key"] == key
