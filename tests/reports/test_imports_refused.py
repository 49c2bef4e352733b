"""The spreadsheet of refused rows: whatever was in the file, it opens, runs nothing, comes back."""

from __future__ import annotations

import json

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo_rv.errors import OutputFormatUnknown
from geo_rv.geodesy.datum import from_cgcs2000
from geo_rv.project import Project, Wish

FORMULAS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
GRAVES = Wish(kind="burial", datum="cgcs2000")


@pytest.fixture
def project(tmp_path):
    return Project.create(tmp_path / "town", name="测试镇")


def hold(project, file, target, *, wish=GRAVES, language="zh", accept=()):
    """Judge `file`, write the rows that stay out to `target`, and return its rows as lists."""
    judgement = project.judge_files([file], wish=wish)
    count = project.write_refused(judgement, target, language=language, accept=accept)
    rows = list(openpyxl.load_workbook(target).active.iter_rows(values_only=True))
    assert len(rows) == count + 1
    return [list(row) for row in rows]


def mend(target, **cells):
    book = openpyxl.load_workbook(target)
    for place, value in cells.items():
        book.active[place] = value
    book.save(target)


def bring_back(project, target, kind):
    project.import_files([target], wish=Wish(kind=kind))
    return project.read_layer(kind)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_columns_are_the_files_own_and_notes_behind(project, tmp_path, language):
    pd.DataFrame(
        {"编号": ["007"], "经度": ["113°51′"], "纬度": ["north"], "名称": ["李家"], "多余": ["x"]}
    ).to_csv(tmp_path / "g.csv", index=False)
    heading, row = hold(project, tmp_path / "g.csv", tmp_path / "r.xlsx", language=language)
    assert heading[:5] == ["编号", "经度", "纬度", "名称", "多余"]
    assert len(heading) == 8
    assert row[:6] == ["007", "113°51′", "north", "李家", "x", 2]
    mend(tmp_path / "r.xlsx", C2="31.8")
    judgement = project.judge_files([tmp_path / "r.xlsx"], wish=GRAVES)
    assert judgement.candidates[0].unmatched_columns == ("多余",)
    assert list(judgement.candidates[0].frame["id"]) == ["007"]


def test_nothing_is_a_formula_and_all_comes_back_as_it_was(project, tmp_path):
    names = [f"{start}cmd|' /C calc'!A0" for start in FORMULAS]
    names = [*names, "-12.5", "+86", "'=quoted", "-007", "- 5"]
    parcel = shapely.box(113.85, 31.8, 113.86, 31.81)
    frame = gpd.GeoDataFrame(
        {"编号": [f"G{n}" for n in range(len(names))], "名称": names, "crop": "?"},
        geometry=[shapely.affinity.translate(parcel, n / 50) for n in range(len(names))],
        crs=4490,
    )
    frame.to_file(tmp_path / "p.gpkg")
    hold(project, tmp_path / "p.gpkg", tmp_path / "r.xlsx", wish=Wish(kind="land_transfer"))
    book = openpyxl.load_workbook(tmp_path / "r.xlsx")
    cells = [cell for row in book.active.iter_rows() for cell in row]
    assert all(cell.data_type != "f" for cell in cells)
    texts = [cell.value for cell in cells if isinstance(cell.value, str)]
    assert not [text for text in texts if text.startswith(FORMULAS)]
    for row in range(2, len(names) + 2):
        book.active.cell(row, 3).value = "水稻"
    book.save(tmp_path / "r.xlsx")
    back = bring_back(project, tmp_path / "r.xlsx", "land_transfer").set_index("id")["name"]
    expected = frame.set_index("编号")["名称"].str.strip()
    # a text that was marked itself cannot be told from one that we have marked
    assert back.drop("G12").to_dict() == expected.drop("G12").to_dict()


def test_shapes_that_stand_in_no_column_come_as_text(project, tmp_path):
    parcels = [shapely.box(113.85, 31.8, 113.86, 31.81), shapely.box(113.9, 31.8, 113.91, 31.81)]
    frame = gpd.GeoDataFrame({"crop": ["西瓜", "油茶"]}, geometry=parcels, crs=4490)
    told = json.loads(frame.to_crs(4326).to_json())
    for feature, name in zip(told["features"], "AB", strict=True):
        feature["id"] = name
    (tmp_path / "p.geojson").write_text(json.dumps(told), "utf-8")
    wish = Wish(kind="land_transfer")
    heading, row = hold(project, tmp_path / "p.geojson", tmp_path / "r.xlsx", wish=wish)
    assert row[heading.index("id")] == "A"
    assert row[heading.index("坐标系")] == "CGCS2000"
    drawn = shapely.from_wkt(row[heading.index("WKT")])
    assert shapely.equals_exact(drawn, parcels[0], 1e-9, normalize=True)
    mend(tmp_path / "r.xlsx", A2="水稻")
    (back,) = bring_back(project, tmp_path / "r.xlsx", "land_transfer").itertuples()
    assert (back.id, back.crop) == ("A", "rice")
    assert shapely.equals_exact(back.geometry, parcels[0], 1e-9, normalize=True)


def test_a_plane_comes_as_degrees(project, tmp_path):
    parcel = shapely.box(486000, 3525000, 486100, 3525100)
    frame = gpd.GeoDataFrame({"编号": ["A"], "crop": ["西瓜"]}, geometry=[parcel], crs=4547)
    frame.to_file(tmp_path / "p.gpkg")
    hold(project, tmp_path / "p.gpkg", tmp_path / "r.xlsx", wish=Wish(kind="land_transfer"))
    mend(tmp_path / "r.xlsx", B2="水稻")
    back = bring_back(project, tmp_path / "r.xlsx", "land_transfer").to_crs(4547)
    assert back.geometry.hausdorff_distance(parcel).max() < 0.001


KML = """<?xml version="1.0" encoding="UTF-8"?>
<kml xmlns="http://www.opengis.net/kml/2.2"><Document>
<Placemark><name>甲</name><OvCoordType>{datum}</OvCoordType>
<ExtendedData><Data name="编号"><value>K1</value></Data><Data name="安葬方式"><value>{type}</value>
</Data></ExtendedData><Point><coordinates>113.85,31.8,0</coordinates></Point></Placemark>
</Document></kml>
"""


@pytest.mark.parametrize("datum", ["GCJ-02", "BD-09", "WGS84", "CGCS2000"])
def test_a_shift_is_neither_lost_nor_done_twice(project, tmp_path, datum):
    for name, kind in (("bad", "?"), ("good", "骨灰单人")):
        (tmp_path / f"{name}.kml").write_text(KML.format(datum=datum, type=kind), "utf-8")
    good = project.judge_files([tmp_path / "good.kml"], wish=Wish(kind="burial"))
    (expected,) = good.candidates[0].frame.geometry
    wish = Wish(kind="burial")
    heading, _ = hold(project, tmp_path / "bad.kml", tmp_path / "r.xlsx", wish=wish)
    letter = chr(ord("A") + heading.index("安葬方式"))
    mend(tmp_path / "r.xlsx", **{f"{letter}2": "骨灰单人"})
    (back,) = bring_back(project, tmp_path / "r.xlsx", "burial").geometry
    assert back.distance(expected) < 1e-8


VILLAGES = {"421381107001": "甲村", "421381107200": "乙村"}


@pytest.fixture
def two_villages(project, tmp_path):
    """The project with two villages whose border runs along 113.85 E."""
    frame = gpd.GeoDataFrame(
        {"id": [*VILLAGES], "name": [*VILLAGES.values()]},
        geometry=[shapely.box(113.8, 31.8, 113.85, 31.9), shapely.box(113.85, 31.8, 113.9, 31.9)],
        crs=4490,
    )
    frame.to_file(tmp_path / "v.gpkg")
    project.import_files([tmp_path / "v.gpkg"], wish=Wish(kind="village"))
    return project


@pytest.fixture
def shifted(tmp_path):
    """A table of graves on both sides of that border, in GCJ-02 that it does not tell; two bad.

    The places in CGCS2000, by identity: 100 m from the border, which the shift of 600 m crosses.
    """
    places = {f"G{n:02}": (113.849 + n % 2 * 0.002, 31.81 + n / 500) for n in range(40)}
    lon, lat = from_cgcs2000(*map(list, zip(*places.values(), strict=True)), "gcj02")
    table = pd.DataFrame({"编号": [*places], "经度": lon, "纬度": lat})
    table["所在村"] = [[*VILLAGES][n % 2] for n in range(len(places))]
    table["安葬方式"] = ["树葬" if n in (7, 8) else "骨灰单人" for n in range(len(places))]
    table.to_csv(tmp_path / "g.csv", index=False)
    return tmp_path / "g.csv", places


def test_rows_come_back_in_the_datum_that_was_agreed_to(two_villages, shifted, tmp_path):
    file, places = shifted
    judgement = two_villages.judge_files([file], wish=Wish(kind="burial"))
    assert "datum_proposed" in {problem.key for problem in judgement.candidates[0].problems}
    two_villages.write_refused(judgement, tmp_path / "r.xlsx", language="zh", accept={"repairs"})
    two_villages.take_in(judgement, accept={"repairs", "partial"})
    heading, *rows = openpyxl.load_workbook(tmp_path / "r.xlsx").active.iter_rows(values_only=True)
    assert [row[heading.index("坐标系")] for row in rows] == ["GCJ-02"] * 2
    mend(tmp_path / "r.xlsx", E2="骨灰单人", E3="骨灰单人")
    back = bring_back(two_villages, tmp_path / "r.xlsx", "burial").set_index("id")
    assert len(back) == len(places)
    for identity, place in places.items():
        assert back.geometry[identity].distance(shapely.Point(place)) < 1e-8


def test_a_datum_that_nobody_agreed_to_is_not_said(two_villages, shifted, tmp_path):
    file, _ = shifted
    heading, *rows = hold(two_villages, file, tmp_path / "r.xlsx", wish=Wish(kind="burial"))
    assert len(rows) == 40
    assert "坐标系" not in heading
    back = two_villages.judge_files([tmp_path / "r.xlsx"], wish=Wish(kind="burial"))
    assert back.needs == {"repairs", "partial"}  # it is proposed again


def test_what_rows_say_of_their_datum_stays_beside_what_was_said_of_the_others(project, tmp_path):
    pd.DataFrame(
        {
            "编号": ["a", "b", "c"],
            "经度": ["113.85"] * 3,
            "纬度": ["31.8"] * 3,
            "坐标系": ["GCJ-02", "", "月球"],
            "安葬方式": ["?"] * 3,
        }
    ).to_csv(tmp_path / "g.csv", index=False)
    wish = Wish(kind="burial", datum="gcj02")
    heading, *rows = hold(project, tmp_path / "g.csv", tmp_path / "r.xlsx", wish=wish)
    assert [row[heading.index("坐标系")] for row in rows] == ["GCJ-02", "GCJ-02", "月球"]


def test_what_a_cell_cannot_hold_is_told(project, tmp_path):
    ring = shapely.Point(113.85, 31.8).buffer(0.01, quad_segs=2000)
    frame = gpd.GeoDataFrame({"编号": ["A"], "crop": ["西瓜"]}, geometry=[ring], crs=4490)
    frame.to_file(tmp_path / "p.gpkg")
    wish = Wish(kind="land_transfer")
    heading, row = hold(project, tmp_path / "p.gpkg", tmp_path / "r.xlsx", wish=wish)
    assert row[heading.index("WKT")] is None
    assert "WKT" in row[heading.index("原因")]


def test_rows_to_repair_are_there_unless_agreed_to(project, tmp_path):
    bow_tie = shapely.Polygon([(113.85, 31.8), (113.86, 31.81), (113.86, 31.8), (113.85, 31.81)])
    frame = gpd.GeoDataFrame({"编号": ["A"], "crop": ["油茶"]}, geometry=[bow_tie], crs=4490)
    frame.to_file(tmp_path / "p.gpkg")
    judgement = project.judge_files([tmp_path / "p.gpkg"], wish=Wish(kind="land_transfer"))
    assert judgement.needs == {"repairs"}
    target = tmp_path / "r.xlsx"
    assert project.write_refused(judgement, target, language="zh", accept={"repairs"}) == 0
    assert not target.exists()
    assert project.write_refused(judgement, target, language="zh") == 1
    heading, row = openpyxl.load_workbook(target).active.iter_rows(values_only=True)
    # as the file has it, not as it would be repaired
    drawn = shapely.from_wkt(row[heading.index("WKT")])
    assert shapely.equals_exact(drawn, bow_tie, 1e-9)


def test_each_layer_has_its_sheet(project, tmp_path):
    for name in ("a", "b"):
        pd.DataFrame({"编号": [name], "经度": ["?"], "纬度": ["31.8"]}).to_csv(
            tmp_path / f"{name}.csv", index=False
        )
    judgement = project.judge_files([tmp_path / "a.csv", tmp_path / "b.csv"], wish=GRAVES)
    project.write_refused(judgement, tmp_path / "r.xlsx", language="zh")
    assert openpyxl.load_workbook(tmp_path / "r.xlsx").sheetnames == ["坟墓", "坟墓 2"]


def test_other_endings_are_refused(project, tmp_path):
    pd.DataFrame({"编号": ["a"], "经度": ["?"], "纬度": ["31.8"]}).to_csv(
        tmp_path / "a.csv", index=False
    )
    judgement = project.judge_files([tmp_path / "a.csv"], wish=GRAVES)
    with pytest.raises(OutputFormatUnknown):
        project.write_refused(judgement, tmp_path / "r.csv", language="zh")


CELLS = st.text(min_size=1, max_size=12).filter(str.strip)


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(names=st.lists(CELLS, min_size=1, max_size=4))
def test_any_text_can_be_written(project, tmp_path, names):
    features = [
        {"type": "Feature", "id": f"F{n}", "properties": {"name": name, "crop": "?"},
         "geometry": {"type": "Point", "coordinates": [113.8, 31.8]}}
        for n, name in enumerate(names)
    ]  # fmt: skip
    file = tmp_path / "p.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features}), "utf-8")
    rows = hold(project, file, tmp_path / "r.xlsx", wish=Wish(kind="land_transfer"))
    assert len(rows) == len(names) + 1
