"""Remedies and what-if on the command line: a town of three graves, and what must be refused."""

from __future__ import annotations

import csv
import json

import geopandas as gpd
import openpyxl
import pyproj
import pytest
import shapely

from geo_rv.catalogue import load_catalogue
from geo_rv.frames import conform_frame
from geo_rv.project import Project
from tests.command_line import refuse, run

GEOD = pyproj.Geod(ellps="GRS80")
LON, LAT = 113.85, 31.80
KEYS = {
    "as_of", "book", "limits", "cemetery", "before", "after", "gone", "come", "changed",
    "by_rule", "by_village", "rows", "rows_total",
}  # fmt: skip
ROW_KEYS = {
    "layer", "site", "site_name", "rule", "rule_title", "village", "verdict_before",
    "verdict_after", "distance_m", "limit_before", "limit_after", "lon", "lat",
}  # fmt: skip


def place(east, north=0):
    """Return the point so many metres east of the road, and north along it."""
    lon, lat, _ = GEOD.fwd(LON, LAT, 0, north)
    return GEOD.fwd(lon, lat, 90, east)[:2]


def box(east, north, half=20):
    corners = [(-half, -half), (half, -half), (half, half), (-half, half)]
    return shapely.Polygon([place(east + x, north + y) for x, y in corners])


def make_layer(kind, geometries, **columns):
    columns = {"id": [f"{kind}-{n}" for n in range(len(geometries))], **columns}
    frame = gpd.GeoDataFrame(columns, geometry=geometries, crs=4490)
    return conform_frame(frame, load_catalogue()[kind])


def make_layers():
    """Return a road along a meridian, four graves and three cemeteries east of it.

    Three graves lie within 500 m; the fourth is of 2025, when burial outside every cemetery
    was no longer allowed.
    """
    graves = [(100, 0), (300, 1000), (450, 3000), (2000, 0)]
    approved = {"town_reviewed_on": "2020-01-01", "county_approved_on": "2020-03-01"}
    return {
        "village": make_layer("village", [shapely.box(113.8, 31.7, 113.9, 31.9)], name=["东湾村"]),
        "road": make_layer(
            "road", [shapely.LineString([(LON, 31.7), (LON, 31.9)])], **{"class": ["national"]}
        ),
        "burial": make_layer(
            "burial",
            [shapely.Point(place(*each)) for each in graves],
            name=["=1+1", "张家坟", None, None],
            village=["village-0", "village-0", None, "village-0"],
            buried_on=["2010-04-05"] * 3 + ["2025-04-05"],
        ),
        "cemetery": make_layer(
            "cemetery",
            [box(1000, 0), box(1000, 3000), box(200, 1000)],
            name=["东公墓", "西公墓", "路边公墓"],
            capacity_plots=[10, 10, 10],
            used_plots=[9, 0, 0],
            **{name: [day] * 3 for name, day in approved.items()},
        ),
    }


def fill(folder, layers):
    project = Project.create(folder, name="测试镇")
    project.store.write_layers(layers, source=dict.fromkeys(layers, "test"))
    return folder


@pytest.fixture
def folder(tmp_path):
    return fill(tmp_path / "town", make_layers())


@pytest.fixture
def unchanged(folder):
    """Check at the end that not one byte of the project's data has changed."""
    before = (folder / "data.gpkg").read_bytes()
    yield folder
    assert (folder / "data.gpkg").read_bytes() == before


def write_plan(file, *geometries, **columns):
    gpd.GeoDataFrame(columns, geometry=list(geometries), crs=4490).to_file(file, driver="GeoJSON")
    return file


class TestRemedy:
    def test_village_table_and_who_is_left_out_are_printed(self, unchanged):
        printed = run("remedy", unchanged).stdout
        assert "东湾村" in printed
        assert "（未填村代码）" in printed
        assert "1 处公墓自身违反规则，不作为安置去向：路边公墓。" in printed

    def test_json_tells_places_and_counts_that_add_up(self, unchanged):
        told = json.loads(run("remedy", unchanged, "--json", "--as-of", "2026-01-01").stdout)
        assert told["as_of"] == "2026-01-01"
        assert [row["site"] for row in told["graves"]] == [f"burial-{n}" for n in range(4)]
        assert [row["rules"] for row in told["graves"]] == ["BUR-02"] * 3 + ["BUR-18"]
        # the one plot of 东公墓 goes to the grave at 880 m, not to those at 980 and 1 193 m
        nearest = [row["nearest_name"] for row in told["graves"]]
        assert nearest == ["东公墓", "东公墓", "西公墓", "东公墓"]
        placed = [row["cemetery_name"] for row in told["graves"]]
        assert placed == ["东公墓", "西公墓", "西公墓", "西公墓"]
        assert told["graves"][0]["nearest_m"] == pytest.approx(880, abs=0.05)
        for name in ("graves", "violating", "placed", "unplaced", "survey", "unchecked", "clear"):
            assert told["counts"][name] == sum(row[name] for row in told["villages"])
        moved = sum(move["graves"] for row in told["villages"] for move in row["moves"])
        assert told["counts"]["placed"] == moved == 4
        assert [row["village_name"] for row in told["villages"]] == ["东湾村", "（未填村代码）"]
        states = {row["name"]: row["state"] for row in told["cemeteries"]}
        assert states == {"东公墓": "offered", "西公墓": "offered", "路边公墓": "violating"}

    def test_workbook_has_villages_graves_and_cemeteries(self, unchanged, tmp_path):
        file = tmp_path / "remedy.xlsx"
        run("remedy", unchanged, "--out", file)
        villages, graves, cemeteries = openpyxl.load_workbook(file)
        headings, *rows, total = villages.iter_rows(values_only=True)
        assert headings[-2:] == ("迁入东公墓（座）", "迁入西公墓（座）")
        assert total[0] == "合计"
        assert list(total[2:]) == [
            sum(column) for column in zip(*(row[2:] for row in rows), strict=True)
        ]
        assert graves.max_row == 1 + 4
        # what a name holds is never a formula
        assert graves["B2"].value == "'=1+1"
        assert cemeteries.max_row == 1 + 3

    def test_csv_has_a_row_for_each_grave(self, unchanged, tmp_path):
        file = tmp_path / "remedy.csv"
        run("--lang", "en", "remedy", unchanged, "--out", file)
        with file.open(encoding="utf-8-sig", newline="") as source:
            headings, *rows = csv.reader(source)
        assert headings[0] == "Grave"
        assert [row[0] for row in rows] == [f"burial-{n}" for n in range(4)]

    def test_nearest_patch_of_eligible_land_is_told_beside_the_cemetery(self, folder):
        project = Project.open(folder)
        rows = project.tell_remedies(project.find_remedies(with_patches=True), language="zh")
        land = project.tell_siting(project.find_eligible(min_mu=1), language="zh")["patches"]
        ranks = {patch["id"]: patch["rank"] for patch in land}
        graves = project.read_layer("burial").set_index("id").to_crs(4547).geometry
        patches = gpd.GeoDataFrame(
            {"id": [patch["id"] for patch in land]},
            geometry=[shapely.geometry.shape(patch["geometry"]) for patch in land],
            crs=4490,
        ).to_crs(4547)
        for row in rows["graves"]:
            away = patches.distance(graves[row["site"]])
            assert row["patch_m"] == pytest.approx(away.min(), abs=0.05)
            assert row["patch_rank"] == ranks[row["patch"]]

    def test_format_that_is_not_written(self, unchanged, tmp_path):
        assert ".xlsx" in refuse("remedy", unchanged, "--out", tmp_path / "remedy.docx")

    @pytest.mark.parametrize("kind", ["burial", "cemetery"])
    def test_layer_that_is_missing(self, tmp_path, kind):
        layers = {name: frame for name, frame in make_layers().items() if name != kind}
        title = load_catalogue()[kind].title.zh
        assert title in refuse("remedy", fill(tmp_path / "town", layers))

    def test_empty_project(self, tmp_path):
        Project.create(tmp_path / "town", name="空镇")
        assert "geo-rv import" in refuse("remedy", tmp_path / "town")
        assert "geo-rv import" in refuse("what-if", tmp_path / "town", "--limit", "BUR-02=300")


class TestWhatIf:
    def ask(self, folder, *options):
        return json.loads(run("what-if", folder, *options, "--json").stdout)

    def test_smaller_limit_tells_what_goes(self, unchanged):
        told = self.ask(unchanged, "--limit", "BUR-02=400", "--as-of", "2026-01-01")
        assert set(told) == KEYS
        assert told["limits"] == {"BUR-02": 400}
        assert (told["gone"], told["come"], told["rows_total"]) == (1, 0, 1)
        assert told["cemetery"] is None
        (row,) = told["rows"]
        assert set(row) >= ROW_KEYS
        assert row["site"] == "burial-2"
        assert (row["verdict_before"], row["verdict_after"]) == ("violation", "pass")
        assert (row["limit_before"], row["limit_after"]) == (500, 400)
        assert row["distance_m"] == pytest.approx(450, abs=0.01)
        assert (row["lon"], row["lat"]) == pytest.approx(place(450, 3000), abs=1e-8)
        assert told["before"]["violation"] - 1 == told["after"]["violation"]
        for name in ("by_rule", "by_village"):
            assert sum(row["before"] for row in told[name]) == told["before"]["violation"]
            assert sum(row["after"] for row in told[name]) == told["after"]["violation"]

    def test_planned_cemetery_is_checked_and_takes_its_graves_in(self, unchanged, tmp_path):
        file = write_plan(tmp_path / "plan.geojson", box(2000, 0, 100), 名称=["新公墓"])
        told = self.ask(unchanged, "--cemetery", file)
        gone = [(row["site"], row["rule"]) for row in told["rows"]]
        assert gone == [("burial-3", "BUR-18")]
        findings = {row["rule"]: row for row in told["cemetery"]["findings"]}
        assert findings["BUR-02"]["verdict"] == "pass"
        assert findings["BUR-02"]["distance_m"] == pytest.approx(1900, abs=0.05)
        # nobody has approved a plan yet
        assert findings["BUR-21"]["verdict"] == "not_checked"
        assert findings["BUR-02"]["site_name"] == "新公墓"
        # 200 m x 200 m are 60 mu
        assert told["cemetery"]["area_mu"] == pytest.approx(60, abs=0.01)
        assert told["cemetery"]["counts"]["pass"] == 2
        assert findings["BUR-15"]["verdict"] == "pass"

    def test_moved_limit_holds_for_the_planned_cemetery_too(self, unchanged, tmp_path):
        file = write_plan(tmp_path / "plan.geojson", box(400, 5000))
        for limit, verdict in ((500, "violation"), (300, "pass")):
            told = self.ask(unchanged, "--cemetery", file, "--limit", f"BUR-02={limit}")
            (road,) = [row for row in told["cemetery"]["findings"] if row["rule"] == "BUR-02"]
            assert road["verdict"] == verdict

    def test_changes_are_printed_and_written(self, unchanged, tmp_path):
        plan = write_plan(tmp_path / "plan.geojson", box(2000, 0, 100))
        file = tmp_path / "what-if.xlsx"
        options = ("--cemetery", plan, "--limit", "BUR-02=400", "--out", file)
        printed = run("what-if", unchanged, *options).stdout
        assert "BUR-18" in printed
        assert "未保存" in printed
        by_rule, by_village, changes, found = openpyxl.load_workbook(file)
        assert changes.max_row == 1 + 2
        assert found.max_row > 10
        for sheet in (by_rule, by_village):
            _, *rows = sheet.iter_rows(values_only=True)
            assert all(before - gone + come == after for *_, before, gone, come, after in rows)

    @pytest.mark.parametrize(
        "limit",
        [
            "BUR-02=0", "BUR-02=-1", "BUR-02=nan", "BUR-02=inf", "BUR-02=1e9", "BUR-02=", "BUR-02",
            "=300", "BUR-02=dreihundert", "BUR-99=300", "BUR-05=300", "BUR-19=3", "BUR-13=300",
        ],
    )  # fmt: skip
    def test_limits_that_cannot_be(self, unchanged, limit):
        refuse("what-if", unchanged, "--limit", limit)

    def test_one_rule_named_twice(self, unchanged):
        refuse("what-if", unchanged, "--limit", "BUR-02=300", "--limit", "BUR-02=400")

    def test_nothing_supposed(self, unchanged):
        assert "--limit" in refuse("what-if", unchanged)

    @pytest.mark.parametrize(
        "geometry",
        [
            shapely.LineString([place(600), place(700)]),
            shapely.Point(place(600)),
            shapely.Polygon([place(600), place(700, 100), place(700), place(600, 100)]),
            shapely.box(116, 40, 116.1, 40.1),
            # over the whole country, the town included
            shapely.box(75, 18, 134, 53),
            shapely.Polygon(),
            shapely.Point(place(600)).buffer(0.001, quad_segs=3000),
        ],
        ids=["line", "point", "bow-tie", "far", "huge", "empty", "vertices"],
    )
    def test_file_that_holds_no_cemetery(self, unchanged, tmp_path, geometry):
        refuse("what-if", unchanged, "--cemetery", write_plan(tmp_path / "plan.geojson", geometry))

    def test_file_that_is_absent_or_something_else(self, unchanged, tmp_path):
        refuse("what-if", unchanged, "--cemetery", tmp_path / "absent.geojson")
        file = tmp_path / "plan.geojson"
        file.write_bytes(b"\x7fELF" + bytes(100))
        refuse("what-if", unchanged, "--cemetery", file)
