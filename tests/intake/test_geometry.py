"""Where features lie, what they are, and in which system they came."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import shapely

from geo_rv.errors import CrsContradicted, CrsMissing, CrsUnknown, DatumRefused, FileCrsUnknown
from geo_rv.intake import Wish, read_candidates
from geo_rv.intake.place.reference import choose_crs

SQUARE = [[(113.8, 31.8), (113.9, 31.8), (113.9, 31.9), (113.8, 31.9), (113.8, 31.8)]]
BOW_TIE = [[(113.8, 31.8), (113.9, 31.9), (113.9, 31.8), (113.8, 31.9), (113.8, 31.8)]]


def list_rows(candidate):
    return [(problem.row, problem.key) for problem in candidate.refused]


def test_missing_and_empty_geometries(write_geojson, make_feature, read):
    features = [make_feature(), make_feature(None), make_feature([], kind="MultiPoint")]
    candidate = read(write_geojson(features))
    assert list_rows(candidate) == [(2, "geometry_missing"), (3, "geometry_missing")]
    assert len(candidate.frame) == 1


def test_wrong_geometry_type_names_row_and_types(write_geojson, make_feature, read):
    path = write_geojson(
        [
            make_feature([(113.8, 31.8), (113.9, 31.8)], kind="LineString"),
            make_feature(),
            make_feature(SQUARE, kind="Polygon"),
        ],
        name="village.geojson",
    )
    candidate = read(path)
    assert list_rows(candidate) == [(1, "geometry_type"), (2, "geometry_type")]
    told = candidate.refused[1].in_language("zh")
    assert "第 2 行" in told
    assert "点" in told
    assert "面" in told


def test_geometry_collections_are_refused(write_geojson, read):
    collection = {
        "type": "GeometryCollection",
        "geometries": [{"type": "Point", "coordinates": [1, 2]}],
    }
    feature = {"type": "Feature", "properties": {}, "geometry": collection}
    assert list_rows(read(write_geojson([feature]))) == [(1, "geometry_type")]


def test_ring_that_is_not_closed(write_geojson, make_feature, read):
    feature = make_feature([SQUARE[0][:2]], kind="Polygon")
    assert list_rows(read(write_geojson([feature]))) == [(1, "geometry_unreadable")]


def test_repair_of_an_invalid_polygon_is_proposed(write_geojson, make_feature, read, list_keys):
    feature = make_feature(BOW_TIE, kind="Polygon", id="x")
    candidate = read(write_geojson([feature]))
    assert candidate.refused == ()
    assert list_keys(candidate, "repair") == ["geometry_invalid"]
    assert candidate.repairs[0].feature == "x"
    assert candidate.frame.is_valid.all()
    assert shapely.get_coordinates(candidate.before).tolist() == [list(xy) for xy in BOW_TIE[0]]
    assert len(candidate.take_rows(repaired=False)) == 0


def test_heights_are_dropped_and_told(write_geojson, make_feature, read, list_keys):
    candidate = read(write_geojson([make_feature((113.8, 31.8, 77.0)), make_feature()]))
    assert not shapely.has_z(candidate.frame.geometry.values).any()
    assert list_keys(candidate, "warning") == ["made_flat"]
    assert candidate.problems[0].facts == {"count": 1}


@pytest.mark.parametrize(
    ("place", "key"),
    [
        ((486341.5, 3525228.7), "not_degrees"),
        ((-181.0, 31.0), "outside_world"),
    ],
)
def test_off_the_earth_with_the_likely_cause(place, key, write_geojson, make_feature, read):
    candidate = read(write_geojson([make_feature(), make_feature(place)]))
    assert list_rows(candidate) == [(2, key)]


def test_outside_the_area_of_a_projected_system(write_geojson, make_feature, read):
    crs = {"type": "name", "properties": {"name": "EPSG:4547"}}
    places = [(486341.535, 3525228.686), (3525228.686, 486341.535), (38486341.5, 3525228.7)]
    candidate = read(write_geojson([make_feature(place) for place in places], crs=crs))
    assert list_rows(candidate) == [(3, "outside_crs")]
    assert [(one.row, one.key) for one in candidate.repairs] == [(2, "axes_swapped")]


def test_swapped_degrees_are_turned(write_geojson, make_feature, read):
    features = [make_feature(), make_feature((31.85, 113.85))]
    candidate = read(write_geojson(features))
    assert [(one.row, one.key) for one in candidate.repairs] == [(2, "axes_swapped")]
    assert shapely.get_coordinates(candidate.frame.geometry.values)[1].tolist() == [113.85, 31.85]
    assert shapely.get_coordinates(candidate.before)[1].tolist() == [31.85, 113.85]


def test_a_vertex_that_is_no_number(tmp_path, read):
    with np.errstate(invalid="ignore"):
        line = shapely.LineString([(113.8, 31.8), (np.nan, 31.9), (113.9, 31.9)])
    frame = gpd.GeoDataFrame({"class": ["county"]}, geometry=[line], crs=4490)
    frame.to_file(tmp_path / "road.gpkg", SPATIAL_INDEX="NO")
    assert list_rows(read(tmp_path / "road.gpkg")) == [(1, "outside_world")]


@pytest.mark.parametrize("code", [4610, 4214, 4555, 2327, 2382, 2401, 2433, 2442, 21418])
def test_old_datums_are_refused(code):
    with pytest.raises(DatumRefused, match="CGCS2000"):
        choose_crs(f"EPSG:{code}", None, file="a.shp")
    described = pyproj.CRS(code).to_wkt("WKT1_ESRI")
    with pytest.raises(DatumRefused):
        choose_crs(described, None, file="a.shp")


@pytest.mark.parametrize(
    "told",
    [
        "+proj=tmerc +lon_0=114 +x_0=500000 +ellps=krass +units=m",
        "+proj=tmerc +lon_0=114 +x_0=500000 +a=6378140 +rf=298.257 +units=m",
        (
            'GEOGCS["西安80",DATUM["D_Custom",SPHEROID["IAG75",6378140,298.257]],'
            'PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433]]'
        ),
    ],
)
def test_old_datums_are_known_by_their_ellipsoids_too(told):
    with pytest.raises(DatumRefused):
        choose_crs(None, told, file="a.csv")


@pytest.mark.parametrize("code", [4490, 4326, 4526, 4547, 4284, 3857, 32650])
def test_other_systems_are_taken(code):
    assert choose_crs(f"EPSG:{code}", None, file="a").to_epsg() == code


def test_old_datum_in_a_shapefile(roads, tmp_path, read):
    roads.set_crs(2382, allow_override=True).to_file(tmp_path / "road.shp")
    with pytest.raises(DatumRefused, match=r"road\.shp"):
        read(tmp_path / "road.shp")


def test_crs_of_file_and_of_user():
    described = pyproj.CRS(4547).to_wkt("WKT1_ESRI")
    assert choose_crs(described, "EPSG:4547", file="a").name.startswith("CGCS2000")
    with pytest.raises(CrsContradicted, match="4526"):
        choose_crs(described, "EPSG:4526", file="a")
    with pytest.raises(CrsMissing):
        choose_crs(None, None, file="a")
    with pytest.raises(CrsUnknown):
        choose_crs(None, "EPSG:1", file="a")
    with pytest.raises(CrsUnknown):
        choose_crs(None, "EPSG:5773", file="a")  # heights only
    with pytest.raises(FileCrsUnknown):
        choose_crs("nonsense", None, file="a")
    assert choose_crs("nonsense", "EPSG:4490", file="a").to_epsg() == 4490


def test_geopackage_without_a_system(roads, tmp_path, catalogue):
    with pytest.warns(UserWarning, match="crs"):
        roads.set_crs(None, allow_override=True).to_file(tmp_path / "road.gpkg")
    with pytest.raises(CrsMissing):
        read_candidates(tmp_path / "road.gpkg", catalogue=catalogue)
    (candidate,) = read_candidates(
        tmp_path / "road.gpkg", catalogue=catalogue, wish=Wish(crs="EPSG:4490")
    )
    assert shapely.equals_identical(candidate.frame.geometry.values, roads.geometry.values).all()
