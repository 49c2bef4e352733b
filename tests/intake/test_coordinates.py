"""Coordinates of tables: which columns, which way round, which zone, which datum."""

from __future__ import annotations

import math

import geopandas as gpd
import pandas as pd
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo_rv.errors import (
    AxesAmbiguous,
    CoordinatesMissing,
    CrsContradicted,
    CrsMissing,
    DatumRefused,
)
from geo_rv.intake import Surroundings
from geo_rv.intake.place.datum_column import read_datums
from geo_rv.intake.raw import number_rows
from geo_rv.intake.tables.wkt import read_wkt

PLACE = (113.85569, 31.85)
EAST, NORTH = 486341.535, 3525228.686  # of PLACE, in EPSG:4547: domain.md
ZONED = EAST + 38e6
NEAR_M = 0.002
"""What three decimals of a metre leave open, and the datum's shift would far exceed."""

GEOD = pyproj.Geod(ellps="GRS80")


@pytest.fixture
def find(write_table, read):
    """Return what reads the one row of a table, and its place."""

    def find_place(headings, *rows, **wish):
        candidate = read(write_table(headings, *rows, delimiter="\t"), **wish)
        return candidate, [(point.x, point.y) for point in candidate.frame.geometry]

    return find_place


@pytest.fixture(scope="session")
def town():
    """A project of one road around PLACE."""
    road = shapely.LineString([(113.8, 31.8), (113.9, 31.9)])
    frame = gpd.GeoDataFrame({"id": ["r"]}, geometry=[road], crs=4490)
    return Surroundings({"road": frame})


def lies_at(place, wanted=PLACE):
    return GEOD.inv(*place, *wanted)[2] < NEAR_M


def list_rows(candidate, key):
    return [problem.row for problem in candidate.problems if problem.key == key]


@pytest.mark.parametrize(
    ("lon", "lat"),
    [
        ("113°51′20.484″", "31°51′"),
        ("东经113度51分20.484秒", "北纬31度51分"),
        ("113-51-20.484", "31-51-0"),
        ("E113°51.3414′", "31°51'N"),
        ("１１３．８５５６９", "３１．８５"),
    ],
)
def test_every_written_form_means_the_same_place(lon, lat, find):
    _, (place,) = find(("经度", "纬度"), (lon, lat))
    assert lies_at(place)


@pytest.mark.parametrize(
    "text",
    [
        "113.85569,31.85",
        "113.85569 31.85",
        "E113°51′20.484″ N31°51′0″",
        "N31°51′0″ E113°51′20.484″",
        "31.85，113.85569",
        "B=31.85 L=113.85569",
    ],
)
def test_both_in_one_column(text, find, list_keys):
    candidate, (place,) = find(("编号", "坐标"), (1, text))
    assert lies_at(place)
    is_told = "pair_turned" in list_keys(candidate, "warning")
    assert is_told == text.startswith(("31", "N", "B"))
    assert candidate.repairs == ()


def test_heights_behind_a_pair_are_told(find):
    candidate, (place,) = find(
        ("编号", "经纬度"),
        (
            1,
            "113.85569,31.85,102.5",
        ),
    )
    assert lies_at(place)
    (told,) = (problem for problem in candidate.problems if problem.key == "heights_left")
    assert told.facts["count"] == 1


def test_what_cannot_be_read_is_told_by_row(find):
    candidate, places = find(
        ("经度", "纬度"), PLACE, ("113°60′", "31"), ("东边", "31"), ("", "31"), ("113.5°20′", "31")
    )
    assert len(places) == 1
    assert list_rows(candidate, "angle_sixty") == [3]
    assert list_rows(candidate, "coordinates_unreadable") == [4, 6]
    assert list_rows(candidate, "coordinates_missing") == [5]


def test_packed_minutes_only_when_asked(find):
    _, (plain,) = find(("经度", "纬度"), ("113.5120484", "31.51"))
    assert plain == pytest.approx((113.5120484, 31.51), abs=1e-9)
    _, (packed,) = find(("经度", "纬度"), ("113.5120484", "31.51"), angles="dd.mmss")
    assert lies_at(packed)


# ---- which way round


def test_swapped_degrees_are_a_repair(find):
    candidate, places = find(("经度", "纬度"), PLACE[::-1], PLACE, ("113°51′", "31°51′"))
    assert lies_at(places[0])
    assert lies_at(places[1])
    assert list_rows(candidate, "axes_exchanged") == [2]
    assert [problem.severity for problem in candidate.repairs] == ["repair"]
    assert candidate.is_repaired.tolist() == [True, False, False]


def test_a_cell_that_says_its_axis_is_believed_more_than_its_heading(find):
    candidate, places = find(("经度", "纬度"), ("31°51′N", "E113°51′20.484″"))
    assert lies_at(places[0])
    assert list_rows(candidate, "axes_exchanged") == [2]
    candidate, _ = find(("经度", "纬度"), ("E113.85", "E31.85"))
    assert list_rows(candidate, "axes_same") == [2]


def test_swapped_without_doubt_where_both_could_be_latitudes(find):
    """85 E, 45 N lies in Xinjiang, and 45 E, 85 N in the Arctic."""
    candidate, places = find(("经度", "纬度"), (45.0, 85.0))
    assert places == [(85.0, 45.0)]
    assert list_rows(candidate, "axes_exchanged") == [2]


def test_degrees_outside_china_stay_as_they_are(find):
    candidate, places = find(("经度", "纬度"), (9.5, 47.1), (-70.0, -30.0))
    assert places == [(9.5, 47.1), (-70.0, -30.0)]
    assert candidate.repairs == ()


def test_open_headings_go_by_the_numbers(find, list_keys):
    candidate, places = find(("X", "Y"), PLACE[::-1], PLACE[::-1], PLACE)
    assert all(map(lies_at, places))
    assert "axes_turned" in list_keys(candidate, "warning")
    # the one row that is not as the others are
    assert list_rows(candidate, "axes_exchanged") == [4]


def test_swapped_metres_are_a_repair(find):
    candidate, places = find(("东坐标", "北坐标"), (EAST, NORTH), (NORTH, EAST), crs="EPSG:4547")
    assert all(map(lies_at, places))
    assert list_rows(candidate, "axes_exchanged") == [3]


def test_metres_in_one_column(find, list_keys):
    candidate, (place,) = find(
        ("编号", "坐标"),
        (
            1,
            f"{NORTH},{ZONED}",
        ),
    )
    assert lies_at(place)
    assert "pair_turned" in list_keys(candidate, "warning")
    _, (place,) = find(
        ("编号", "坐标"),
        (
            1,
            f"X:{NORTH} Y:{EAST}",
        ),
        crs="EPSG:4547",
    )
    assert lies_at(place)


def test_three_columns_that_fit_no_way(find):
    with pytest.raises(AxesAmbiguous):
        find(("X", "Y"), (EAST, EAST), crs="EPSG:4547")


# ---- which zone


@pytest.mark.parametrize(
    "headings", [("东坐标", "北坐标"), ("y", "x"), ("横坐标", "纵坐标"), ("easting", "northing")]
)
def test_the_easting_carries_its_zone(headings, find):
    candidate, (place,) = find(headings, (ZONED, NORTH))
    assert lies_at(place)
    assert candidate.crs == "CGCS2000 / 3-degree Gauss-Kruger zone 38"
    (told,) = (problem for problem in candidate.problems if problem.key == "zone_read")
    assert told.facts["zone"] == 38
    assert "EPSG:4526" in told.in_language("zh")


@pytest.mark.parametrize("zone", [13, 19, 23, 25, 35, 45])
def test_zones_of_three_and_of_six_degrees(zone, find):
    """By the projection's own definition, not by the registry's numbers."""
    meridian = zone * 6 - 3 if zone < 25 else zone * 3
    crs = pyproj.CRS(
        f"+proj=tmerc +lon_0={meridian} +x_0={zone}500000 +ellps=GRS80 +units=m +no_defs"
    )
    wanted = (meridian + 0.7, 44.0)
    to_metres = pyproj.Transformer.from_crs(crs.geodetic_crs, crs, always_xy=True)
    east, north = to_metres.transform(*wanted)
    _, (place,) = find(("东坐标", "北坐标"), (f"{east:.3f}", f"{north:.3f}"))
    assert lies_at(place, wanted)


def test_rows_of_another_zone_are_told(find):
    candidate, places = find(
        ("东坐标", "北坐标"), (ZONED, NORTH), (ZONED, NORTH), (ZONED - 1e6, NORTH), (EAST, NORTH)
    )
    assert len(places) == 2
    assert list_rows(candidate, "zone_differs") == [4, 5]
    found = [problem.facts["found"] for problem in candidate.refused]
    assert found == ["37", "-"]


def test_six_digits_are_never_guessed(find, town, list_keys):
    for headings in (("东坐标", "北坐标"), ("Y", "X"), ("X", "Y")):
        with pytest.raises(CrsMissing, match="--crs"):
            find(headings, (EAST, NORTH))
    # in a project the points have to lie there
    candidate, (place,) = find(("Y", "X"), (EAST, NORTH), surroundings=town)
    assert lies_at(place)
    assert "plane_of_project" in list_keys(candidate, "warning")
    with pytest.raises(CrsMissing):
        find(("东坐标", "北坐标"), (EAST + 200_000, NORTH), surroundings=town)


def test_metres_below_the_headings_of_degrees_are_refused(find, list_keys):
    candidate, places = find(("经度", "纬度"), (ZONED, NORTH))
    assert places == []
    assert list_keys(candidate) == ["not_degrees"]


# ---- well-known text


def test_well_known_text(write_table, read):
    square = "POLYGON ((113.85 31.85, 113.86 31.85, 113.86 31.86, 113.85 31.86, 113.85 31.85))"
    lines = [
        ("编号", "WKT", "经度", "纬度"),
        (1, square, 1, 2),
        (2, f"point z ({PLACE[0]} {PLACE[1]} 30)", "", ""),
        (3, "GEOMETRYCOLLECTION (POINT (113 31))", "", ""),
        (4, "POLYGON ((113 31, 114 31))", "", ""),
        (5, "", "", ""),
        (6, "POINT (nan 31)", "", ""),
        (7, "POINT (113 31); DROP TABLE", "", ""),
    ]
    candidate = read(write_table(*lines, delimiter="\t"))
    assert candidate.frame["id"].tolist() == ["1", "2"]
    assert candidate.frame.geometry.iloc[0].equals(shapely.from_wkt(square))
    assert lies_at(candidate.frame.geometry.iloc[1].coords[0])
    assert list_rows(candidate, "wkt_unreadable") == [4, 5, 7, 8]
    assert list_rows(candidate, "coordinates_missing") == [6]
    # a column that the user rules out is not taken
    points = read(write_table(*lines[:2], delimiter="\t"), columns={"wkt": ""})
    assert points.frame.geometry.iloc[0].coords[0] == (1, 2)


def test_rings_of_well_known_text_are_closed_when_agreed(write_table, read):
    square = "POLYGON ((113.85 31.85, 113.86 31.85, 113.86 31.86, 113.85 31.86, 113.85 31.85))"
    island = "(113.852 31.852, 113.854 31.852, 113.854 31.854)"
    lines = [
        ("编号", "WKT"),
        (1, square),
        (2, square.replace(", 113.85 31.85))", "))")),
        (3, square.replace("))", f"), {island})")),
        (4, "LINESTRING (113.85 31.85, 113.86 31.85, 113.86 31.86)"),
    ]
    candidate = read(write_table(*lines, delimiter="\t"), kind="residential_area")
    assert list_rows(candidate, "ring_closed") == [3, 4]
    assert candidate.is_repaired.tolist() == [False, True, True]
    whole, closed, holed = candidate.frame.geometry
    assert closed.equals_exact(whole)
    assert holed.exterior.equals_exact(whole.exterior)
    (hole,) = holed.interiors
    assert len(hole.coords) == 4


def test_system_of_well_known_text(write_table, read):
    row = (1, f"SRID=4526;POINT ({ZONED} {NORTH})")
    path = write_table(("编号", "WKT"), row, delimiter="\t")
    assert lies_at(read(path).frame.geometry.iloc[0].coords[0])
    with pytest.raises(CrsContradicted):
        read(path, crs="EPSG:4490")


def test_systems_that_differ_are_told_by_row():
    texts = pd.Series(["SRID=4526;POINT (1 2)", "SRID=4526;POINT (1 2)", "SRID=4490;POINT (1 2)"])
    drawings = read_wkt(texts, number_rows(3))
    assert drawings.srid == "EPSG:4526"
    assert drawings.is_told.tolist() == [False, False, True]


@settings(deadline=None, max_examples=200)
@given(st.lists(st.text(alphabet="POINTLYGSRD=;() ,.0123456789eE-+mz\n", max_size=60), max_size=9))
def test_no_text_breaks_the_reading_of_geometries(texts):
    drawings = read_wkt(pd.Series(texts, dtype="str"), number_rows(len(texts)))
    assert (drawings.is_told == shapely.is_missing(drawings.geometry)).all()


def test_deep_nesting_never_reaches_the_geometry_library():
    depth = 100_000
    texts = ["GEOMETRYCOLLECTION(" * depth + "POINT(1 1)" + ")" * depth, "POLYGON" + "(" * depth]
    drawings = read_wkt(pd.Series(texts), number_rows(2))
    assert drawings.is_told.all()


# ---- which datum


def test_datum_of_each_row(find):
    candidate, places = find(
        ("经度", "纬度", "坐标系"),
        (*PLACE, "CGCS2000"),
        (*PLACE, "2000国家大地坐标系"),
        (*PLACE, "高德"),
        (*PLACE, "西安80"),
        (*PLACE, "某某独立坐标系"),
    )
    assert lies_at(places[0])
    assert lies_at(places[1])
    # GCJ-02 moves a point here by 581 to 615 m: domain.md
    assert 581 < GEOD.inv(*places[2], *PLACE)[2] < 615
    assert list_rows(candidate, "datum_old") == [5]
    assert list_rows(candidate, "datum_unread") == [6]
    assert "坐标系" not in candidate.unmatched_columns


@pytest.mark.parametrize(
    ("text", "datum"),
    [
        ("WGS84", "wgs84"), ("WGS-84", "wgs84"), ("wgs_1984", "wgs84"), ("ＷＧＳ８４", "wgs84"),
        ("CGCS2000", "cgcs2000"), ("2000国家大地坐标系", "cgcs2000"), ("国家2000", "cgcs2000"),
        ("2000", "cgcs2000"), ("GCJ-02", "gcj02"), ("火星坐标", "gcj02"), ("高德", "gcj02"),
        ("高德地图GPS", "gcj02"), ("BD-09", "bd09"), ("百度地图坐标系", "bd09"),
    ],
)  # fmt: skip
def test_names_of_datums(text, datum):
    datums, problems = read_datums(pd.Series([text, None]), number_rows(2))
    assert datums[0] == datum
    assert pd.isna(datums[1])
    assert problems == []


@pytest.mark.parametrize(
    "text", ["西安80", "1980西安坐标系", "Xian 1980", "北京54", "1954年北京坐标系", "Beijing_1954"]
)
def test_old_datums_are_refused(text):
    datums, problems = read_datums(pd.Series([text]), number_rows(1))
    assert pd.isna(datums[0])
    assert [problem.key for problem in problems] == ["datum_old"]


def test_metres_have_no_shifted_datum(find):
    candidate, places = find(
        ("东坐标", "北坐标", "坐标系"), (ZONED, NORTH, "CGCS2000"), (ZONED, NORTH, "GCJ-02")
    )
    assert len(places) == 1
    assert list_rows(candidate, "datum_in_metres") == [3]


def test_degrees_of_no_told_datum_go_to_whoever_settles_it(find):
    """Degrees that say nothing are CGCS2000, and it is told that nobody knows."""
    candidate, (place,) = find(("经度", "纬度"), PLACE)
    assert lies_at(place)
    assert candidate.datum == "cgcs2000"
    _, (moved,) = find(("经度", "纬度"), PLACE, datum="gcj02")
    assert 581 < GEOD.inv(*moved, *PLACE)[2] < 615
    named, (place,) = find(("经度", "纬度"), PLACE, crs="EPSG:4490")
    assert named.datum is None
    assert lies_at(place)


# ---- which columns


@pytest.mark.parametrize(
    "headings",
    [
        ("经度(°)", "纬度（°）"), ("GPS经度", "GPS纬度"), ("中心点经度", "中心点纬度"),
        ("lon_gps", "lat_gps"), ("经度_WGS84", "纬度_WGS84"), ("LONGITUDE(E)", "LATITUDE(N)"),
    ],
)  # fmt: skip
def test_headings_that_are_like_an_axis(headings, find):
    candidate, (place,) = find((*headings, "x"), (*PLACE, "别的"))
    assert lies_at(place)
    assert candidate.unmatched_columns == ("x",)


def test_what_two_columns_are_like_is_not_taken(find):
    with pytest.raises(CoordinatesMissing):
        find(("起点经度", "起点纬度", "终点经度", "终点纬度"), (*PLACE, *PLACE))
    _, (place,) = find(
        ("起点经度", "起点纬度", "终点经度", "终点纬度"),
        (1, 2, *PLACE),
        columns={"lon": "终点经度", "lat": "终点纬度"},
    )
    assert lies_at(place)


def test_a_column_of_words_is_no_column_of_coordinates(find):
    with pytest.raises(CoordinatesMissing):
        find(("编号", "位置"), (1, "东门楼社区村委会旁"))


def test_ten_million_metres_do_not_fit_into_degrees(find):
    candidate, places = find(("经度", "纬度"), (math.inf, 31), ("1e400", 31), PLACE)
    assert len(places) == 1
    assert list_rows(candidate, "coordinates_unreadable") == [2, 3]


def test_old_systems_come_in_by_the_parameters_that_the_user_gives(find, list_keys):
    with pytest.raises(DatumRefused):
        find(("X", "Y"), (NORTH, EAST), crs="EPSG:2383")
    # the same numbers, on an ellipsoid that is almost the same
    moved = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    candidate, (place,) = find(("X", "Y"), (NORTH, EAST), crs="EPSG:2383", parameters=moved)
    assert GEOD.inv(*place, *PLACE)[2] < 100
    assert {"axes_turned", "parameters_used"} <= set(list_keys(candidate, "warning"))


def test_axes_are_named_as_people_call_them(find):
    _, (place,) = find(("甲", "乙"), PLACE, columns={"经度": "甲", "纬度": "乙"})
    assert lies_at(place)
    _, (place,) = find(("甲", "乙"), PLACE, columns={"lon": "甲", "lat": "乙"})
    assert lies_at(place)


PARTED = (
    "东经（度）,东经（分）,东经（秒）,北纬（度）,北纬（分）,北纬（秒）",
    "经度_度,经度_分,经度_秒,纬度_度,纬度_分,纬度_秒",
    "经度度,经度分,经度秒,纬度度,纬度分,纬度秒",
    "lon_deg,lon_min,lon_sec,lat_deg,lat_min,lat_sec",
)


@pytest.mark.parametrize("headings", PARTED)
def test_degrees_minutes_and_seconds_in_columns_of_their_own(headings, find):
    cells = ["甲", "113", "51", "20.484", "31", "51", "0"]
    candidate, (place,) = find(["编号", *headings.split(",")], cells, kind="burial")
    assert lies_at(place)
    assert [problem.row for problem in candidate.refused] == []
    assert list_rows(candidate, "angles_joined") == [None, None]
    assert candidate.unmatched_columns == ()


def test_parts_on_a_second_line_of_headings(find):
    rows = [
        ["", "", "度", "分", "秒", "度", "分", "秒"],
        ["甲", "一", "113", "51", "20.484", "31", "51", ""],
    ]
    headings = ["编号", "名称", "东经", "", "", "北纬", "", ""]
    _, (place,) = find(headings, *rows, kind="burial")
    assert lies_at(place)


def test_a_part_that_is_no_number_or_too_large_is_refused(find):
    headings = ["编号", *PARTED[0].split(",")]
    rows = [["甲", "113", "60", "1", "31", "51", "0"], ["乙", "", "51", "1", "31", "51", "0"]]
    candidate, places = find(headings, *rows, kind="burial")
    assert not places
    assert list_rows(candidate, "angle_sixty") == [2]
    assert list_rows(candidate, "coordinates_unreadable") == [3]


def test_dd_mmss_is_suspected_where_it_alone_brings_all_into_the_project(find, town):
    rows = [["甲", "113.5120", "31.5100"], ["乙", "113.51305", "31.51044"]]
    headings = ["编号", "经度", "纬度"]
    candidate, places = find(headings, *rows, kind="burial", surroundings=town)
    assert list_rows(candidate, "angles_packed") == [None]
    assert places[0] == (113.512, 31.51)  # told, and not read that way unasked
    candidate, places = find(headings, *rows, kind="burial", surroundings=town, angles="dd.mmss")
    assert list_rows(candidate, "angles_packed") == []
    assert lies_at(places[0], (113 + 51 / 60 + 20 / 3600, 31.85))
    decimal = [["甲", "113.8512", "31.851"], ["乙", "113.52", "31.55"]]
    candidate, _ = find(headings, *decimal, kind="burial", surroundings=town)
    assert list_rows(candidate, "angles_packed") == []


DRAWN = "POLYGON ((113.85 31.85, 113.851 31.85, 113.851 31.851, 113.85 31.85))"


@pytest.mark.parametrize("heading", ["范围", "范围坐标", "红线", "shape"])
def test_geometries_as_text_are_known_by_themselves(heading, write_table, read):
    path = write_table(["编号", "名称", heading], ["甲", "一", DRAWN], delimiter="\t")
    candidate = read(path, kind="cemetery")
    assert candidate.frame.geometry.iloc[0].equals(shapely.from_wkt(DRAWN))
    assert list_rows(candidate, "axis_likened") == [None]


def test_two_columns_of_geometries_are_not_chosen_between(find):
    with pytest.raises(CoordinatesMissing, match="--column wkt"):
        find(["编号", "范围", "红线"], ["甲", DRAWN, DRAWN], kind="cemetery")


def test_a_geometry_that_commas_have_cut_is_none(write_table, read):
    with pytest.raises(CoordinatesMissing):
        read(write_table(["编号", "范围"], ["甲", DRAWN]), kind="cemetery")


def test_a_place_in_two_columns_is_kept_beside_an_unnamed_geometry(find):
    _, (place,) = find(
        ["编号", "经度", "纬度", "范围"], ["甲", "113.85569", "31.85", DRAWN], kind="burial"
    )
    assert lies_at(place)
