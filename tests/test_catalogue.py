"""The shipped layers fit the design; a layer's table that does not fit is refused by name."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from geo_rv.catalogue import IDENTITY, Catalogue, LayerSpec, load_catalogue
from geo_rv.errors import (
    DataFileError,
    InconsistentData,
    MissingKey,
    UnknownKey,
    UnknownLayer,
    WrongChoice,
    WrongType,
)

LAYERS = Path(__file__).parents[1] / "layers"
CONTENT = [
    "village",
    "resettlement_site",
    "land_transfer",
    "cemetery",
    "burial",
    "pv_station",
    "tourism_route",
    "tourism_site",
    "facility",
    "project",
]
CONSTRAINTS = [
    "road",
    "railway",
    "river",
    "reservoir",
    "water_protection",
    "scenic_area",
    "heritage_zone",
    "residential_area",
    "basic_farmland",
    "cultivated_land",
    "forest_land",
    "ecological_redline",
    "hazard_zone",
    "power_line",
]
KINDS = [*CONTENT, *CONSTRAINTS]


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue()


def test_every_kind_of_the_design_is_shipped(catalogue: Catalogue) -> None:
    assert sorted(catalogue.by_kind) == sorted(KINDS)


def test_layers_come_in_drawing_order(catalogue: Catalogue) -> None:
    panes = [layer.pane for layer in catalogue.layers]

    assert panes == sorted(panes)
    assert len(set(panes)) == len(panes), "two layers in one pane have no order"
    assert catalogue.layers[0].kind == "village"
    assert catalogue.layers[-1].kind == "burial"


@pytest.mark.parametrize("kind", KINDS)
def test_a_layer_tells_everything_in_both_languages(catalogue: Catalogue, kind: str) -> None:
    layer = catalogue[kind]
    texts = [layer.title, layer.description]
    for field in layer.fields:
        texts += [field.title, *field.choices.values(), *filter(None, [field.unit])]
    for measure in layer.measures:
        texts += [measure.title, *filter(None, [measure.unit])]
    if layer.edge:
        texts.append(layer.edge.reference)

    for text in texts:
        assert re.search(r"[一-鿿]", text.zh), text
        assert text.en, text
        assert not re.search(r"[一-鿿]", text.en), text


@pytest.mark.parametrize("kind", KINDS)
def test_a_feature_is_known_by_its_identity(catalogue: Catalogue, kind: str) -> None:
    fields = catalogue[kind].fields

    assert [field.name for field in fields[:3]] == [IDENTITY, "name", "remark"]
    assert fields[0].required
    assert fields[0].type == "text"


@pytest.mark.parametrize("kind", KINDS)
def test_county_names_fit_a_shapefile(catalogue: Catalogue, kind: str) -> None:
    names = [field.county for field in catalogue[kind].fields]

    assert all(re.fullmatch(r"[A-Z][A-Z0-9]{0,9}", name) for name in names), names
    assert len(set(names)) == len(names)


def test_almost_nothing_is_required_so_that_open_data_can_come_in(catalogue: Catalogue) -> None:
    required = {
        (layer.kind, field.name)
        for layer in catalogue.layers
        for field in layer.fields
        if field.required and field.name != IDENTITY
    }

    assert required == {("road", "class"), ("land_transfer", "crop")}


def test_a_class_that_rules_ask_for_is_never_left_open(catalogue: Catalogue) -> None:
    decisive = {
        "railway": {"class": "other", "setting": "elsewhere"},
        "river": {"class": "river"},
        "scenic_area": {"class": "scenic"},
        "power_line": {"voltage": "unknown"},
    }

    for kind, defaults in decisive.items():
        for field, default in defaults.items():
            assert catalogue[kind].field_by_name[field].default == default


def test_people_are_marked_as_personal(catalogue: Catalogue) -> None:
    personal = {
        (layer.kind, field.name)
        for layer in catalogue.layers
        for field in layer.fields
        if field.personal
    }

    assert personal == {
        ("burial", "holder"),
        ("burial", "contact"),
        ("land_transfer", "lessor"),
        ("land_transfer", "lessee"),
    }


@pytest.mark.parametrize("kind", KINDS)
def test_each_class_of_a_style_has_its_colour(catalogue: Catalogue, kind: str) -> None:
    layer = catalogue[kind]
    if not layer.style.by:
        assert not layer.style.colours
        return
    classes = layer.field_by_name[layer.style.by].choices

    assert set(layer.style.colours) == set(classes)
    assert len(set(layer.style.colours.values())) == len(classes)


def test_the_edge_of_every_line_that_the_law_measures_from_is_known(catalogue: Catalogue) -> None:
    edges = {layer.kind for layer in catalogue.layers if layer.edge}

    assert edges == {"road", "railway", "river", "power_line"}
    for kind in edges:
        edge = catalogue[kind].edge
        assert edge is not None
        assert set(edge.half_widths_m) == set(catalogue[kind].field_by_name[edge.by].choices)


def test_an_unknown_layer_is_told_the_known_ones(catalogue: Catalogue) -> None:
    with pytest.raises(UnknownLayer, match=r"no layer “rood”.* road \(Roads\), ") as refusal:
        catalogue["rood"]
    assert "road（道路）" in refusal.value.in_language("zh")
    assert "rood" not in catalogue


ROAD = (LAYERS / "road.toml").read_text("utf-8")


def read_changed(folder: Path, old: str, new: str) -> LayerSpec:
    """The layer road with `old` in its table changed to `new`, as a project's own."""
    assert old in ROAD
    (folder / "road.toml").write_text(ROAD.replace(old, new, 1), "utf-8")
    return load_catalogue(folder)["road"]


def test_a_project_may_put_its_own_layer_in_place(tmp_path: Path) -> None:
    layer = read_changed(tmp_path, "accuracy_m = 3.0", "accuracy_m = 0.5")

    assert layer.accuracy_m == 0.5


def test_a_project_may_add_a_layer(tmp_path: Path) -> None:
    (tmp_path / "bridge.toml").write_text(ROAD, "utf-8")

    catalogue = load_catalogue(tmp_path)

    assert sorted(catalogue.by_kind) == sorted([*KINDS, "bridge"])


def test_a_folder_that_is_not_there_adds_nothing(tmp_path: Path) -> None:
    assert load_catalogue(tmp_path / "layers") == load_catalogue()


def test_a_layer_may_say_more_of_a_field_that_all_have(catalogue: Catalogue) -> None:
    identity, name, remark = catalogue["village"].fields[:3]

    assert (identity.county, name.county, remark.county) == ("XZQDM", "XZQMC", "BZ")
    assert identity.required


WRONG: list[tuple[str, str, type[DataFileError], str, str]] = [
    ("accuracy_m =", "acuracy_m =", UnknownKey, "acuracy_m", "accuracy_m"),
    ('county = "DLDJ"', 'conty = "DLDJ"', UnknownKey, "fields[1].conty", "county"),
    ("pane = 40\n", "", MissingKey, "pane", "missing"),
    ("pane = 40", "pane = 4.5", WrongType, "pane", "whole number"),
    ('type = "text"', 'type = "string"', WrongChoice, "fields[1].type", "text, integer"),
    ('geometry = ["line"]', 'geometry = ["area"]', WrongChoice, "geometry[1]", "polygon"),
    ('group = "traffic"', 'group = "trafic"', InconsistentData, "group", "use traffic"),
    ('"DLDJ"', '"DAOLUDENGJI"', InconsistentData, "fields.class.county", "1 to 10 bytes"),
    ('"DLDJ"', '"道路"', InconsistentData, "fields.class.county", "ASCII"),
    ('"DLDJ"', '"LXBH"', InconsistentData, "fields.county", "“LXBH” stands there more than once"),
    ('name = "code"', 'name = "class"', InconsistentData, "fields.name", "“class” stands"),
    ('colour = "#b08d57"', 'colour = "brown"', InconsistentData, "style.colour", "#rrggbb"),
    ("colours = { motorway", "colours = { highway", InconsistentData, "style.class", "highway"),
    ("half_widths_m = { motorway", "half_widths_m = { m", InconsistentData, "edge.class", "“m”"),
    ('by = "class"\ncolours', 'by = "code"\ncolours', InconsistentData, "style.by", "no choices"),
    ('by = "class"\ncolours', "colours", InconsistentData, "style.by", "“by” is needed"),
    ('of = "length_km"', 'of = "sum"', InconsistentData, "measures.length_km.field", "no “”"),
    (
        'of = "length_km"',
        'of = "sum"\nfield = "class"',
        InconsistentData,
        "measures.length_km.of",
        "sum does not suit",
    ),
    (
        'of = "length_km"',
        'of = "length_km"\nfield = "class"',
        InconsistentData,
        "measures.length_km.field",
        "no use",
    ),
    (
        'of = "length_km"',
        'of = "length_km"\nwhere = { class = ["natonal"] }',
        InconsistentData,
        "measures.length_km.where.class",
        "use national",
    ),
    (
        'of = "length_km"',
        'of = "length_km"\nwhere = { klass = ["national"] }',
        InconsistentData,
        "measures.length_km.where.klass",
        "use class",
    ),
    (
        'of = "length_km"',
        'of = "length_km"\nwhere = { class = [1] }',
        InconsistentData,
        "measures.length_km.where.class",
        "1 does not suit",
    ),
    (
        'county = "DLDJ"',
        'county = "DLDJ"\ndefault = "track"',
        InconsistentData,
        "fields.class.default",
        "“track”",
    ),
    (
        'county = "DLDJ"',
        'county = "DLDJ"\nminimum = 0',
        InconsistentData,
        "fields.class.minimum",
        "no use",
    ),
    (
        'type = "text"\ncounty = "LXBH"',
        'type = "integer"\nminimum = 2\nmaximum = 1\ncounty = "LXBH"',
        InconsistentData,
        "fields.code.minimum",
        "2.0 comes after 1.0",
    ),
    ("pane = 40\n", "pane = 40\ndisjoint = true\n", InconsistentData, "disjoint", "no use"),
    (
        'county = "DLDJ"',
        'county = "DLDJ"\npast = true',
        InconsistentData,
        "fields.class.past",
        "no use",
    ),
    (
        'county = "DLDJ"',
        'county = "DLDJ"\nnot_before = "code"',
        InconsistentData,
        "fields.class.not_before",
        "no use",
    ),
    (
        'type = "text"\ncounty = "LXBH"',
        'type = "date"\nnot_before = "class"\ncounty = "LXBH"',
        InconsistentData,
        "fields.code.not_before",
        "“class”",
    ),
    (
        'county = "DLDJ"',
        'county = "DLDJ"\nstates_area = { unit = "mu" }',
        InconsistentData,
        "fields.class.states_area",
        "no use",
    ),
    (
        'county = "LXBH"',
        'county = "LXBH"\nstates_area = { unit = "acre" }',
        WrongChoice,
        "fields[2].states_area.unit",
        "m2, mu, ha",
    ),
    (
        'type = "text"\ncounty = "DLDJ"',
        'type = "integer"\ncounty = "DLDJ"',
        InconsistentData,
        "fields.class.choices",
        "no use",
    ),
]


@pytest.mark.parametrize(
    ("old", "new", "kind", "key", "told"), WRONG, ids=[f"{row[3]}-{row[4]}" for row in WRONG]
)
def test_a_table_that_is_wrong_is_one_message(
    old: str, new: str, kind: type[DataFileError], key: str, told: str, tmp_path: Path
) -> None:
    with pytest.raises(kind, match=told) as raised:
        read_changed(tmp_path, old, new)

    assert raised.value.facts["file"] == "road.toml"
    assert raised.value.facts["key"] == key
    for language in ("zh", "en"):
        assert "road.toml" in raised.value.in_language(language)
        assert key in raised.value.in_language(language)


def test_the_problem_is_told_in_the_reader_s_language(tmp_path: Path) -> None:
    with pytest.raises(InconsistentData) as raised:
        read_changed(tmp_path, 'group = "traffic"', 'group = "trafic"')

    assert raised.value.in_language("zh") == (
        "road.toml：“group”与其他内容不一致：没有“trafic”，可用的是：traffic。"
    )
