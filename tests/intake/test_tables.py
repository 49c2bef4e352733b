"""Spreadsheets and delimited text: where the coordinates are, and which rows have none."""

from __future__ import annotations

import pytest

from geo_rv.errors import (
    AxesAmbiguous,
    CoordinatesMissing,
    CrsMissing,
    LayerNotChosen,
    LayersAmbiguous,
    SourceRefused,
    SourceUnreadable,
)
from geo_rv.intake import Wish, read_candidates
from geo_rv.intake.sniff import detect_encoding

PLACE = (113.85569, 31.85)
EAST, NORTH = 486341.535, 3525228.686  # of PLACE, in EPSG:4547: domain.md


def find_place(candidate):
    point = candidate.frame.geometry.iloc[0]
    return pytest.approx((point.x, point.y), abs=1e-8)


@pytest.mark.parametrize(
    "headings",
    [
        ("经度", "纬度"),
        ("lon", "lat"),
        ("LNG", "LAT"),
        ("Longitude", "Latitude"),
        ("x", "y"),
        (" 经度 ", "ＬＡＴ"),
    ],
)
def test_coordinate_headings(headings, write_table, read):
    across, up = headings
    if across == " 经度 ":
        up = "纬度"
    assert find_place(read(write_table((across, up), PLACE))) == PLACE


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be"]
)
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_encodings_and_delimiters(encoding, delimiter, write_table, read):
    rows = [("编号", "经度", "纬度", "名称"), ("甲", *PLACE, "东门楼社区")]
    candidate = read(write_table(*rows, encoding=encoding, delimiter=delimiter))
    assert candidate.frame["name"].tolist() == ["东门楼社区"]
    assert find_place(candidate) == PLACE


def test_long_text_is_read_whole_before_its_encoding_is_believed(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(b"a,b\n" * 1_000_000 + "坟".encode("gb18030"))
    assert detect_encoding(path) == "gb18030"
    path.write_bytes(b"a,b\n" * 1_000_000 + b"\x00")
    assert detect_encoding(path) is None


def test_full_width_digits(write_table, read):
    assert (
        find_place(read(write_table(("经度", "纬度"), ("１１３．８５５６９", "３１．８５"))))
        == PLACE
    )


def test_rows_without_coordinates_are_told_by_number(write_table, read):
    path = write_table(
        ("编号", "经度", "纬度"), (1, *PLACE), (), (2, "", 31), (3, "约113°", 31.8), (4, *PLACE)
    )
    candidate = read(path)
    assert [(problem.row, problem.key, problem.feature) for problem in candidate.refused] == [
        (4, "coordinates_missing", "2"),
        (5, "coordinates_unreadable", "3"),
    ]
    assert "约113°" in candidate.refused[1].in_language("zh")
    assert candidate.rows_read == 4
    assert candidate.frame["id"].tolist() == ["1", "4"]


def test_projected_columns_named_by_their_direction(write_table, read):
    for headings in (("东坐标", "北坐标"), ("easting", "northing"), ("横坐标", "纵坐标")):
        candidate = read(write_table(headings, (EAST, NORTH)), crs="EPSG:4547")
        assert find_place(candidate) == PLACE


def test_projected_x_and_y_are_taken_the_one_way_that_fits(write_table, read, list_keys):
    plain = read(write_table(("x", "y"), (EAST, NORTH)), crs="EPSG:4547")
    assert find_place(plain) == PLACE
    assert "axes_turned" not in list_keys(plain, "warning")
    surveyed = read(write_table(("X", "Y"), (NORTH, EAST)), crs="EPSG:4547")
    assert find_place(surveyed) == PLACE
    assert "axes_turned" in list_keys(surveyed, "warning")
    zoned = read(write_table(("X", "Y"), (NORTH, EAST + 38e6)), crs="EPSG:4526")
    assert find_place(zoned) == PLACE


def test_projected_x_and_y_that_fit_neither_way(write_table, read):
    path = write_table(("X", "Y"), (NORTH, EAST))
    with pytest.raises(AxesAmbiguous, match="easting"):
        read(path, crs="EPSG:4526")  # asks for the zone in the easting
    with pytest.raises(AxesAmbiguous):
        read(path, crs="+proj=tmerc +lon_0=114 +x_0=500000 +ellps=GRS80")


def test_projected_columns_need_a_crs(write_table, read, list_keys):
    with pytest.raises(CrsMissing, match="--crs"):
        read(write_table(("东坐标", "北坐标"), (EAST, NORTH)))
    with pytest.raises(CrsMissing):
        read(write_table(("x", "y"), (EAST, NORTH)))
    # the headings say degrees, the numbers do not
    assert list_keys(read(write_table(("经度", "纬度"), (EAST, NORTH)))) == ["not_degrees"]


def test_degrees_with_a_projected_crs(write_table, read):
    with pytest.raises(CoordinatesMissing, match="easting"):
        read(write_table(("经度", "纬度"), PLACE), crs="EPSG:4547")


def test_table_without_coordinate_columns(write_table, read):
    with pytest.raises(CoordinatesMissing, match="名称"):
        read(write_table(("编号", "名称"), (1, "a")))


def test_row_with_more_values_than_headings(write_table, read, list_keys):
    assert list_keys(read(write_table(("经度", "纬度"), (*PLACE, "x")))) == ["row_too_long"]


def test_quotes_that_never_close(write_table, read):
    with pytest.raises(SourceUnreadable):
        read(write_table(("经度", "纬度"), ('"113.8', 31.8)))


def test_headings_alone_are_no_table(write_table, read):
    with pytest.raises(SourceRefused):
        read(write_table(("经度", "纬度")))


def test_repeated_and_empty_headings(write_table, read):
    path = write_table(("经度", "纬度", "名称", "名称", ""), (*PLACE, "a", "b", "c"))
    candidate = read(path)
    assert candidate.frame["name"].tolist() == ["a"]
    assert candidate.unmatched_columns == ("名称#4", "#5")


def test_sheets_are_layers(write_workbook, catalogue, list_keys):
    points = [["id", "经度", "纬度"], ["1", *PLACE]]
    path = write_workbook(
        "town.xlsx", 坟墓=points, cemetery=points, 说明=[["来源"], ["镇政府"]], 空=[]
    )
    candidates = read_candidates(path, catalogue=catalogue)
    assert [candidate.kind for candidate in candidates] == ["burial", "cemetery"]
    assert "left_out" in list_keys(candidates[0], "warning")
    (one,) = read_candidates(path, catalogue=catalogue, wish=Wish(kind="cemetery"))
    assert one.layer_in_source == "cemetery"
    with pytest.raises(LayersAmbiguous, match="说明"):
        read_candidates(path, catalogue=catalogue, wish=Wish(kind="facility"))
    with pytest.raises(LayerNotChosen):
        read_candidates(write_workbook("a.xlsx", a=points, b=points), catalogue=catalogue)


def test_rows_of_a_workbook_are_numbered_as_shown(write_workbook, read):
    rows = [[], ["id", "经度", "纬度"], [], ["1", *PLACE], ["2", None, None]]
    candidate = read(write_workbook(Sheet1=rows))
    assert [(problem.row, problem.key) for problem in candidate.refused] == [
        (5, "coordinates_missing")
    ]
