"""A real country from OpenStreetMap, against what GDAL reads of it by itself."""

from __future__ import annotations

import sys

import geopandas as gpd
import pyogrio
import pytest
import shapely

from geo_rv.catalogue import load_catalogue
from geo_rv.errors import InconsistentData, NothingMapped
from geo_rv.intake import Wish, read_candidates
from geo_rv.intake.readers.osm import OsmRow, _find_misfits, load_mapping
from geo_rv.layerspec import refuse_misfits

# SOURCE.txt beside the file, and counts of its own themes
EXPECTED = {
    "road": 6954,
    "railway": 34,
    "cemetery": 12,
    "residential_area": 308,
    "forest_land": 567,
    "village": 11,
}
INVALID_MULTIPOLYGONS = 15


@pytest.fixture(scope="module")
def candidates(liechtenstein, catalogue):
    read = read_candidates(liechtenstein, catalogue=catalogue)
    return {candidate.kind: candidate for candidate in read}


@pytest.fixture(scope="module")
def themes(liechtenstein):
    file = liechtenstein.with_name("osm-liechtenstein-2021-themes.gpkg")
    if not file.is_file():
        pytest.skip(f"the real file {file.name} is not beside the checkout")
    return file


def name_objects(theme):
    """Return identities of the rows that GDAL made, by its columns."""
    if "osm_way_id" not in theme:
        return ("way/" + theme["osm_id"]).rename("id")
    return ("relation/" + theme["osm_id"]).fillna("way/" + theme["osm_way_id"]).rename("id")


def test_expected_counts(candidates):
    assert {kind: len(candidates[kind].frame) for kind in EXPECTED} == EXPECTED
    river = candidates["river"].frame
    assert (river.geom_type == "LineString").sum() == 380
    assert (candidates["cemetery"].frame.geom_type == "Point").sum() == 1
    for candidate in candidates.values():
        assert candidate.refused == ()
        assert not candidate.made_identity
        assert candidate.frame["id"].is_unique


@pytest.mark.parametrize(
    ("kind", "theme"),
    [
        ("cemetery", "cemetery"),
        ("railway", "railway"),
        ("road", "road"),
        ("river", "river"),
        ("residential_area", "residential"),
        ("forest_land", "forest"),
    ],
)
def test_geometries_are_those_of_plain_gdal(kind, theme, candidates, themes):
    plain = pyogrio.read_dataframe(themes, layer=theme)
    plain = plain.set_index(name_objects(plain)).geometry
    ours = gpd.GeoSeries(candidates[kind].before, index=candidates[kind].frame["id"])
    assert set(plain.index) <= set(ours.index)
    same = shapely.equals_identical(ours[plain.index].values, plain.values)
    assert same.all()


def test_classes_and_names_are_those_of_the_tags(candidates, themes):
    plain = pyogrio.read_dataframe(themes, layer="road")
    plain = plain.set_index(name_objects(plain))
    ours = candidates["road"].frame.set_index("id").loc[plain.index]
    for tag, road_class in {
        "motorway": "motorway",
        "primary": "provincial",
        "primary_link": "provincial",
        "secondary": "county",
        "tertiary": "township",
        "residential": "village",
        "footway": "other",
    }.items():
        assert (ours.loc[plain["highway"] == tag, "class"] == road_class).all(), tag
    is_named = plain["name"].notna()
    assert (ours.loc[is_named, "name"] == plain.loc[is_named, "name"]).all()


def test_repair_of_invalid_polygons_is_proposed(candidates, liechtenstein):
    plain = pyogrio.read_dataframe(liechtenstein, layer="multipolygons")
    invalid = plain[~plain.is_valid]
    assert len(invalid) == INVALID_MULTIPOLYGONS
    plain_geometry = dict(zip(name_objects(invalid), invalid.geometry, strict=True))
    reported = {
        problem.feature: candidate
        for candidate in candidates.values()
        for problem in candidate.repairs
        if problem.key == "geometry_invalid"
    }
    # the others are lawns, sports grounds and an industrial area, which are no layer
    mapped = invalid["landuse"].isin(["forest", "residential", "farmland"])
    assert set(reported) == set(name_objects(invalid)[mapped])
    assert len(reported) == 11
    for identity, candidate in reported.items():
        (place,) = (candidate.frame["id"] == identity).to_numpy().nonzero()[0]
        assert shapely.equals_identical(candidate.before[place], plain_geometry[identity])
        assert shapely.is_valid(candidate.frame.geometry.array[place])
    assert sum(candidate.is_repaired.sum() for candidate in candidates.values()) == 11


def test_one_layer_alone(liechtenstein, catalogue):
    (only,) = read_candidates(liechtenstein, catalogue=catalogue, wish=Wish(kind="railway"))
    assert only.kind == "railway"
    with pytest.raises(NothingMapped, match="burial"):
        read_candidates(liechtenstein, catalogue=catalogue, wish=Wish(kind="burial"))


def test_memory(liechtenstein, measure_peak):
    script = (
        "import sys, pathlib\n"
        "from geo_rv.catalogue import load_catalogue\n"
        "from geo_rv.intake import Wish, read_candidates\n"
        "read_candidates(pathlib.Path(sys.argv[1]), catalogue=load_catalogue())\n"
    )
    assert measure_peak(sys.executable, "-c", script, liechtenstein) < 500_000


def test_mapping_that_does_not_fit_the_catalogue():
    catalogue = load_catalogue()
    assert load_mapping(catalogue).rows
    for row in (
        OsmRow("roads", "line", {"highway": ("*",)}),
        OsmRow("road", "polygon", {"highway": ("*",)}),
        OsmRow("road", "line", {"highway": ("*",)}, fields={"class": "footpath"}),
        OsmRow("road", "line", {"highway": ("*",)}, copied={"kode": ("ref",)}),
    ):
        with pytest.raises(InconsistentData, match=r"rows\[1\]"):
            refuse_misfits(_find_misfits(row, "rows[1]", catalogue), "osm.toml")
