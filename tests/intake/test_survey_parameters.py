"""Old datums: refused without seven parameters, and converted by them to the millimetre."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import shapely

from geo_rv.errors import CrsContradicted, DatumRefused, ParametersUnusable

PARAMETERS = (-100.5, 50.25, 20.125, 1.5, -2.25, 3.125, 4.5)
XIAN = "1980西安坐标系"
BEIJING = "1954年北京坐标系"
PLACE = (38486341.535, 3525228.686)


def write_text(datum, said=",,,,,,"):
    east, north = PLACE
    ring = [(east, north), (east, north + 100), (east + 100, north + 100)]
    points = [f"J{at},1,{y},{x}" for at, (x, y) in enumerate(ring, 1)]
    values = [f"坐标系={datum}", "几度分带=3", "计量单位=米", "带号=38", f"转换参数={said}"]
    return "\n".join(["[属性描述]", *values, "[地块坐标]", "3,0.5,1,甲,面,,,,@", *points])


@pytest.fixture
def bring(tmp_path, read):
    def bring_text(text, **wish):
        (tmp_path / "cemetery.txt").write_text(text, "gbk")
        return read(tmp_path / "cemetery.txt", **wish)

    return bring_text


def convert_by_hand(code, places):
    """Helmert's formula with numpy; pyproj only goes from the plane to geocentric metres."""
    dx, dy, dz, *seconds, ppm = PARAMETERS
    rx, ry, rz = np.radians(np.array(seconds) / 3600)
    crs = pyproj.CRS.from_epsg(code)
    geodetic = crs.geodetic_crs
    ellipsoid = geodetic.ellipsoid
    old = {"a": ellipsoid.semi_major_metre, "rf": ellipsoid.inverse_flattening}
    lon, lat = pyproj.Transformer.from_crs(crs, geodetic, always_xy=True).transform(*places.T)
    longlat = {"proj": "longlat"}
    cart = pyproj.Transformer.from_crs(longlat | old, {"proj": "geocent"} | old, always_xy=True)
    x, y, z = cart.transform(lon, lat, np.zeros(len(lon)))
    scale = 1 + ppm * 1e-6
    moved = (
        dx + scale * (x + rz * y - ry * z),
        dy + scale * (-rz * x + y + rx * z),
        dz + scale * (ry * x - rx * y + z),
    )
    new = {"a": 6378137.0, "rf": 298.257222101}
    back = pyproj.Transformer.from_crs({"proj": "geocent"} | new, longlat | new, always_xy=True)
    return np.column_stack(back.transform(*moved)[:2])


def first_vertex(candidate):
    return shapely.get_coordinates(candidate.frame.geometry)[:1]


def list_keys(candidate):
    return [problem.key for problem in candidate.problems]


@pytest.mark.parametrize(("datum", "code"), [(XIAN, 2362), (BEIJING, 2414)])
def test_a_survey_text_is_refused_or_converted(bring, datum, code):
    with pytest.raises(DatumRefused) as refused:
        bring(write_text(datum))
    assert "七参数" in refused.value.in_language("zh")

    candidate = bring(write_text(datum), parameters=PARAMETERS)

    wanted = convert_by_hand(code, np.array([PLACE]))
    # a millimetre is 9e-9 degrees
    assert np.abs(first_vertex(candidate) - wanted).max() < 1e-9
    assert candidate.crs == pyproj.CRS.from_epsg(code).name
    told = next(problem for problem in candidate.problems if problem.key == "parameters_used")
    assert "-100.5, 50.25" in told.in_language("zh")


def test_the_texts_own_parameters_are_used_and_told(bring):
    said = ",".join(map(str, PARAMETERS))

    candidate = bring(write_text(XIAN, said))

    assert np.abs(first_vertex(candidate) - convert_by_hand(2362, np.array([PLACE]))).max() < 1e-9
    assert "survey_parameters_used" in list_keys(candidate)


def test_the_users_parameters_come_before_the_texts(bring):
    candidate = bring(write_text(XIAN, "1，2，3，0，0，0，0"), parameters=PARAMETERS)

    assert np.abs(first_vertex(candidate) - convert_by_hand(2362, np.array([PLACE]))).max() < 1e-9
    assert {"parameters_used", "survey_parameters_unused"} <= set(list_keys(candidate))


def test_parameters_mean_nothing_for_cgcs2000(bring):
    plain = bring(write_text("2000国家大地坐标系"))
    told = bring(write_text("2000国家大地坐标系", "1,2,3,0,0,0,0"), parameters=PARAMETERS)

    assert first_vertex(told).tolist() == first_vertex(plain).tolist()
    assert "survey_parameters_unused" in list_keys(told)
    assert "parameters_used" not in list_keys(told)


@pytest.mark.parametrize("said", ["", ",,,,,,", "0,0,0,0,0,0,0", "0.0, 0,0,0,0,0,0.000"])
def test_seven_zeros_are_no_parameters(bring, said):
    with pytest.raises(DatumRefused):
        bring(write_text(XIAN, said))


@pytest.mark.parametrize("said", ["1,2,3", "1,2,3,4,5,6,x", "1,2,3,,,,", "1,2,3,4,5,6,7,8"])
def test_other_than_seven_numbers_are_refused(bring, said):
    with pytest.raises(ParametersUnusable):
        bring(write_text(XIAN, said))


@pytest.mark.parametrize("datum", [XIAN, "2000国家大地坐标系"])
def test_the_user_must_give_seven(bring, datum):
    with pytest.raises(ParametersUnusable):
        bring(write_text(datum), parameters=(1.0, 2.0, 3.0))


def test_an_old_system_may_be_named_by_the_user(bring):
    text = write_text("").replace("坐标系=\n", "")

    candidate = bring(text, crs="EPSG:2362", parameters=PARAMETERS)

    assert np.abs(first_vertex(candidate) - convert_by_hand(2362, np.array([PLACE]))).max() < 1e-9
    with pytest.raises(CrsContradicted):
        bring(write_text("2000国家大地坐标系"), crs="EPSG:2362", parameters=PARAMETERS)


@pytest.mark.parametrize("code", [2362, 2414])
def test_a_shapefile_is_refused_or_converted(tmp_path, read, code):
    places = gpd.points_from_xy([PLACE[0]], [PLACE[1]])
    frame = gpd.GeoDataFrame({"编号": ["甲1"]}, geometry=places, crs=code)
    frame.to_file(tmp_path / "burial.shp", encoding="UTF-8")

    with pytest.raises(DatumRefused):
        read(tmp_path / "burial.shp")
    candidate = read(tmp_path / "burial.shp", parameters=PARAMETERS)

    placed = [*candidate.frame.geometry, *candidate.refused_shapes]
    found = shapely.get_coordinates(placed)
    assert np.abs(found - convert_by_hand(code, np.array([PLACE]))).max() < 1e-9
    assert "parameters_used" in list_keys(candidate)


def test_a_table_is_refused_or_converted(write_table, read):
    path = write_table(["编号", "东坐标", "北坐标"], ["甲1", *PLACE])

    with pytest.raises(DatumRefused):
        read(path, crs="EPSG:2362")
    candidate = read(path, crs="EPSG:2362", parameters=PARAMETERS)

    placed = [*candidate.frame.geometry, *candidate.refused_shapes]
    found = shapely.get_coordinates(placed)
    assert np.abs(found - convert_by_hand(2362, np.array([PLACE]))).max() < 1e-9
    assert "parameters_used" in list_keys(candidate)


def test_a_place_far_outside_an_old_system_is_refused(bring):
    text = (
        write_text(XIAN)
        .replace("3525228.686,", "9525228.686,")
        .replace("3525328.686,", "9525328.686,")
    )

    candidate = bring(text, parameters=PARAMETERS)

    assert [problem.key for problem in candidate.refused] == ["outside_crs"]
