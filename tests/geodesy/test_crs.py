import geopandas as gpd
import pyproj
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo_rv.errors import CrsUnknown
from geo_rv.geodesy.crs import STORED, choose_plane, parse_crs, to_plane, to_stored

CHECK_POINT = shapely.Point(113.85569, 31.85)


@pytest.mark.parametrize(
    ("code", "easting"), [("EPSG:4547", 486341.535), ("EPSG:4526", 38486341.535)]
)
def test_the_check_point_of_the_town_comes_out_to_the_millimetre(code, easting):
    frame = gpd.GeoDataFrame(geometry=[CHECK_POINT], crs=STORED)
    point = to_plane(frame, parse_crs(code)).geometry.iloc[0]
    assert point.x == pytest.approx(easting, abs=1e-3)
    assert point.y == pytest.approx(3525228.686, abs=1e-3)


def test_to_stored_is_the_way_back():
    frame = gpd.GeoDataFrame(geometry=[shapely.Point(486341.535, 3525228.686)], crs="EPSG:4547")
    point = to_stored(frame).geometry.iloc[0]
    assert (point.x, point.y) == pytest.approx((113.85569, 31.85), abs=1e-8)


@pytest.mark.parametrize("text", ["EPSG:nothing", "西安80", "", "EPSG:999999"])
def test_a_text_that_names_no_crs_is_refused_with_the_text(text):
    with pytest.raises(CrsUnknown) as refused:
        parse_crs(text)
    assert refused.value.facts == {"crs": text}


def test_the_town_gets_the_zone_of_meridian_114_without_zone_number():
    assert choose_plane((113.8, 31.8, 113.95, 31.95)) == pyproj.CRS("EPSG:4547")


@given(st.floats(73, 136), st.floats(3, 54))
def test_in_china_the_plane_is_the_nearest_cgcs2000_zone(lon, lat):
    plane = choose_plane((lon - 0.01, lat - 0.01, lon + 0.01, lat + 0.01))
    operation = plane.coordinate_operation
    meridian = next(p.value for p in operation.params if "longitude" in p.name.lower())
    assert "CGCS2000" in plane.name
    assert abs(meridian - min(max(lon, 75), 135)) <= 1.5 + 1e-6


def test_elsewhere_the_plane_runs_through_the_middle_on_the_same_ellipsoid():
    plane = choose_plane((9.47, 47.05, 9.64, 47.27))
    factors = pyproj.Proj(plane).get_factors(9.555, 47.16)
    assert factors.meridional_scale == pytest.approx(1, abs=1e-6)
    assert plane.ellipsoid.semi_major_metre == STORED.ellipsoid.semi_major_metre
    assert plane.ellipsoid.inverse_flattening == STORED.ellipsoid.inverse_flattening
