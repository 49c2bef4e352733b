"""Bringing files in a browser: dropped, looked at, corrected, agreed to; and the history."""

import json
import re

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pytest
import shapely

from geo_rv.messages import text
from geo_rv.project import Project

pytestmark = pytest.mark.browser

EAST, SOUTH = 113.87, 31.85
HEADINGS = ("编号", "名称", "坟墓种类", "占地面积", "经度", "纬度")
HOSTILE = "<img src=x onerror=alert(1)>.xlsx"
MANY = 60_000


@pytest.fixture
def address(serve, own_demo_folder):
    """Where a copy of the demo town is served that the test may change."""
    with serve(own_demo_folder) as address:
        yield address


@pytest.fixture
def graves(tmp_path):
    """A workbook of 12 graves: 9 fine, one with its coordinates turned, two to be refused."""
    rows = [
        [f"N{n}", f"新坟{n}", "body_single", 3, EAST + n / 2000, SOUTH + n / 3000]
        for n in range(12)
    ]
    rows[3][3] = "很大"
    rows[5][4] = "不清楚"
    rows[7][4], rows[7][5] = rows[7][5], rows[7][4]
    book = openpyxl.Workbook()
    for row in (HEADINGS, *rows):
        book.active.append(row)
    file = tmp_path / "坟墓.xlsx"
    book.save(file)
    return file


@pytest.fixture
def bowtie(tmp_path):
    """A square and a bow-tie of transferred land."""
    size = 0.002
    square = [[0, 0], [size, 0], [size, size], [0, size], [0, 0]]
    bow = [[0, 0], [size, size], [size, 0], [0, size], [0, 0]]
    features = [
        {
            "type": "Feature",
            "id": f"P{at}",
            "properties": {"crop": "ginger", "name": f"地块{at}"},
            "geometry": {
                "type": "Polygon",
                "coordinates": [[[EAST + at / 100 + x, SOUTH + y] for x, y in ring]],
            },
        }
        for at, ring in enumerate((square, bow))
    ]
    file = tmp_path / "土地流转地块.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features}), "utf-8")
    return file


def bring(page, *files):
    page.set_input_files("#files", files)
    page.locator("#agree:not([hidden])").wait_for(timeout=60_000)
    return page


def list_drawn(page):
    """Return how many rows are drawn in each colour."""
    return page.evaluate(
        """() => {
          const colours = [];
          geoRv.view.map.eachLayer((layer) => {
            const isRow = layer.options?.pane === "import" && layer.setStyle && !layer.eachLayer;
            if (isRow) colours.push(layer.options.color);
          });
          return colours;
        }"""
    )


def test_a_workbook_is_looked_at_and_taken_in(visit, graves, own_demo_folder):
    before = len(Project.open(own_demo_folder).read_layer("burial"))
    page = bring(visit().go("/import"), graves)
    assert "合格 9，待修复 1，拒收 2" in page.locator("#row-counts").inner_text()
    page.wait_for_function("() => document.querySelector('.import-legend')")
    drawn = list_drawn(page)
    assert [drawn.count(colour) for colour in ("#14622f", "#b35900", "#a81e17")] == [9, 1, 1]
    button = page.locator("#do")
    assert button.is_disabled()
    page.locator("input[name=repairs]").check()
    assert button.is_disabled()  # two rows are still in the way
    page.locator("input[name=partial]").check()
    assert button.inner_text() == "导入 9 行，修复 1 行，退回 2 行"
    button.click()
    page.locator("#result:not([hidden])").wait_for()
    assert "已导入 10 行" in page.locator("#result-heading").inner_text()
    assert len(Project.open(own_demo_folder).read_layer("burial")) == before + 10
    with page.expect_download() as waiting:
        page.get_by_role("link", name="下载退回的 2 行").click()
    with waiting.value.path().open("rb") as file:
        sheet = openpyxl.load_workbook(file).active
    assert [row[1] for row in sheet.iter_rows(min_row=2, values_only=True)] == ["新坟3", "新坟5"]
    page.locator("#undo").click()
    page.locator("#sure-yes").click()
    page.get_by_text("这次导入已撤销").wait_for()
    assert len(Project.open(own_demo_folder).read_layer("burial")) == before


def test_a_row_is_found_on_the_map_and_its_repair_seen(visit, bowtie):
    page = bring(visit().go("/import"), bowtie)
    row = page.locator("#rows tr", has_text="P1")
    row.locator(".choose").click()
    panel = page.locator("#panel:not([hidden])")
    panel.wait_for()
    assert "第 2 行" in panel.locator("h2").inner_text()
    assert row.get_attribute("class") == "chosen"
    shown = page.evaluate("() => geoRv.view.map.getBounds().toBBoxString()")
    west, south, east, north = map(float, shown.split(","))
    assert west < EAST + 0.01 < east
    assert south < SOUTH < north
    assert east - west < 0.1  # it was looked at closely
    # white edge, the shape as it would be, and the dashed one as it was
    dashes = page.evaluate(
        """() => {
          const found = [];
          geoRv.view.map.eachLayer((layer) => {
            const isShape = layer.setStyle && !layer.eachLayer;
            const { pane, dashArray } = layer.options;
            if (isShape && pane === "import-chosen") found.push(Boolean(dashArray));
          });
          return found;
        }"""
    )
    assert sorted(dashes) == [False, False, True]
    page.keyboard.press("Escape")
    assert page.locator("#panel").is_hidden()


def test_problems_are_filtered(visit, graves):
    page = bring(visit().go("/import"), graves)
    page.locator("#rows tr").first.wait_for()
    every = page.locator("#rows tr").count()
    page.locator(".pill.warning").click()
    page.locator(".pill.repair").click()
    page.wait_for_function("() => document.querySelectorAll('#rows tr').length === 2")
    assert page.locator("#rows .badge.refused").count() == 2 < every
    page.locator("#group").select_option(index=1)
    page.wait_for_function("() => document.querySelectorAll('#rows tr').length === 1")


@pytest.fixture
def parts(tmp_path):
    """The parts of a shapefile without .prj, of one grave at the check point of domain.md."""
    folder = tmp_path / "parts"
    folder.mkdir()
    place = shapely.points([486_341.535], [3_525_228.686])  # 113.85569 E, 31.85 N
    frame = gpd.GeoDataFrame({"编号": ["A1"], "QWX": ["甲"]}, geometry=place, crs="EPSG:4547")
    frame.to_file(folder / "台账.shp", encoding="utf-8")
    (folder / "台账.prj").unlink()
    return sorted(folder.iterdir())


def test_what_is_missing_is_chosen_and_judged_again(visit, parts):
    page = bring(visit().go("/import"), *parts)
    for choice, value in (("crs", "EPSG:4547"), ("kind", "burial")):
        select = page.locator(f"select[data-of={choice}]")
        page.locator("#fault:not([hidden])").wait_for()
        assert "--" not in page.locator("#fault").inner_text()
        assert select.evaluate("(element) => element === document.activeElement")
        select.select_option(value)
        assert page.locator("#do").inner_text() == "重新检查"
        page.locator("#do").click()
        page.locator("#under-way").wait_for(state="hidden")
        page.locator("#agree:not([hidden])").wait_for(timeout=60_000)
    page.locator("#report:not([hidden])").wait_for()
    assert page.locator("#fault").is_hidden()
    assert page.locator("#do").inner_text() == "导入 1 行"
    row = page.evaluate(
        "async () => (await (await fetch(location.pathname + '/' + "
        "new URLSearchParams(location.search).get('job') + '/row.json?candidate=0&row=1')).json())"
    )
    assert row["after"]["coordinates"] == pytest.approx([113.85569, 31.85], abs=1e-5)


def test_a_column_is_corrected(visit, graves):
    page = bring(visit().go("/import"), graves)
    page.get_by_text("列的对应").click()
    select = page.locator("[data-field=area_m2]")
    assert select.input_value() == "占地面积"
    select.select_option("")
    assert "选择改了" in page.locator("#why").inner_text()
    page.locator("#do").click()
    page.locator("#report:not([hidden])").wait_for(timeout=60_000)
    assert "合格 10" in page.locator("#row-counts").inner_text()
    assert page.locator("[data-field=area_m2]").input_value() == ""


def test_what_was_said_of_a_file_does_not_hold_for_the_next(visit, graves, bowtie):
    page = bring(visit().go("/import"), graves)
    page.locator("select[data-of=datum]").select_option("gcj02")
    page.get_by_text("列的对应").click()
    page.locator("[data-field=area_m2]").select_option("")
    page.locator("input[name=mode][value=replace]").check()
    page.locator("#do").click()
    page.locator("#report:not([hidden])").wait_for(timeout=60_000)
    page.locator("#again").click()
    bring(page, bowtie)
    assert page.locator("#fault").is_hidden()
    assert page.locator("select[data-of=datum]").input_value() == ""
    assert page.locator("input[name=mode]:checked").input_value() == "add"


def test_gaps_are_told_where_asked(visit, bowtie):
    page = bring(visit().go("/import"), bowtie)
    assert "没有地块覆盖" not in page.locator("#rows").inner_text()
    page.get_by_text("更多：").click()
    page.locator("[data-of=gaps]").check()
    page.locator("#do").click()
    page.locator("#report:not([hidden])").wait_for(timeout=60_000)
    page.locator("#rows tr", has_text="没有地块覆盖").first.wait_for()
    assert page.locator("[data-of=gaps]").is_checked()


def test_files_are_dropped_on_the_page(visit, graves):
    page = visit().go("/import")
    content = list(graves.read_bytes())
    page.evaluate(
        """([content, name]) => {
          const transfer = new DataTransfer();
          transfer.items.add(new File([new Uint8Array(content)], name));
          const about = {dataTransfer: transfer, bubbles: true, cancelable: true};
          document.body.dispatchEvent(new DragEvent("drop", about));
        }""",
        [content, HOSTILE],
    )
    page.locator("#agree:not([hidden])").wait_for(timeout=60_000)
    # its name is a text
    assert page.locator("#brought-files").inner_text() == HOSTILE
    assert page.locator("img[src=x]").count() == 0


@pytest.fixture
def shapes(tmp_path):
    """A folder with a shapefile of two graves in a folder of its own, and a note beside it."""
    folder = tmp_path / "普查成果"
    (folder / "坟墓").mkdir(parents=True)
    (folder / "说明.txt").write_text("说明", "utf-8")
    places = shapely.points([EAST, EAST + 0.001], [SOUTH, SOUTH])
    frame = gpd.GeoDataFrame({"编号": ["A1", "A2"]}, geometry=places, crs=4490)
    frame.to_file(folder / "坟墓" / "坟墓.shp", encoding="gbk")
    return folder


def test_a_folder_is_dropped_on_the_page(visit, shapes):
    page = visit().go("/import")
    box = page.locator("#drop").bounding_box()
    session = page.context.new_cdp_session(page)
    for step in ("dragEnter", "dragOver", "drop"):
        about = {"items": [], "files": [str(shapes)], "dragOperationsMask": 1}
        place = {"x": box["x"] + 20, "y": box["y"] + 20}
        session.send("Input.dispatchDragEvent", {"type": step, "data": about, **place})
    page.locator("#agree:not([hidden])").wait_for(timeout=60_000)
    assert page.locator("#brought-files").inner_text() == shapes.name
    assert "合格 2，" in page.locator("#row-counts").inner_text()
    assert "说明.txt" in page.locator(".file-notes").inner_text()  # what was left out is told


def test_a_folder_is_chosen(visit, shapes):
    page = visit().go("/import")
    page.set_input_files("#folder", shapes)
    page.locator("#agree:not([hidden])").wait_for(timeout=60_000)
    assert "合格 2，" in page.locator("#row-counts").inner_text()


def test_what_is_agreed_to_tells_which_rows_are_offered(visit, graves):
    page = bring(visit().go("/import"), graves)
    offered = page.locator("#refused")
    for agreed, left in ((False, 3), (True, 2)):
        page.locator("input[name=repairs]").set_checked(agreed)
        with page.expect_download() as waiting:
            offered.click()
        with waiting.value.path().open("rb") as file:
            assert openpyxl.load_workbook(file).active.max_row == left + 1


def test_a_reload_and_another_language_show_the_same_import(visit, graves):
    page = bring(visit().go("/import"), graves)
    page.locator(".bar .language").click()
    page.locator("#report:not([hidden])").wait_for(timeout=60_000)
    told = text("web.script.import_rows", "en", read="12", accepted="9", repair="1", refused="2")
    assert page.locator("#row-counts").inner_text() == told
    assert "很大" in page.locator("#rows").inner_text()


def test_cancelling_stops_a_long_job(visit, tmp_path):
    file = tmp_path / "坟墓.csv"
    place = np.random.default_rng(4).uniform((113.82, 31.80), (113.92, 31.90), (MANY, 2))
    table = pd.DataFrame(place, columns=["经度", "纬度"])
    table.insert(0, "编号", [f"G{n}" for n in range(MANY)])
    table.to_csv(file, index=False)
    page = visit().go("/import")
    page.set_input_files("#files", file)
    page.locator("#cancel").wait_for()
    page.wait_for_function("() => /job=/.test(location.search)")
    page.locator("#cancel").click()
    page.locator("#fault.calm").wait_for(timeout=20_000)
    page.locator("#do").click()
    page.locator("#report:not([hidden])").wait_for(timeout=60_000)
    # a sample is drawn, and that is said
    page.locator(".import-legend .sampled").first.wait_for()
    assert 0 < len(list_drawn(page)) <= 5_000
    # and the page stays fluent: drawing it anew holds up nothing for long
    slow = page.evaluate(
        """() => new Promise((done) => {
          const waits = [];
          let last = performance.now();
          const tick = () => {
            const now = performance.now();
            waits.push(now - last);
            last = now;
            if (waits.length < 90) requestAnimationFrame(tick);
            else done(Math.max(...waits));
          };
          requestAnimationFrame(tick);
          geoRv.view.map.panBy([200, 100], {animate: false});
        })"""
    )
    assert slow < 1500


@pytest.mark.parametrize("size", ["desktop", "phone"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_barriers(visit, graves, size, language):
    visited = visit(size)
    page = bring(visited.go(f"/import?lang={language}"), graves)
    for summary in page.locator("#choices summary").all():
        summary.click()
    page.locator("#rows .choose").first.click()
    page.locator("#panel:not([hidden])").wait_for()
    assert visited.list_axe_violations() == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    page.locator("input[name=repairs]").check()
    page.locator("input[name=partial]").check()
    page.locator("#do").click()
    page.locator("#result:not([hidden])").wait_for()
    assert visited.list_axe_violations() == []
    visited.go("/history")
    assert visited.list_axe_violations() == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_by_keyboard_alone(visit, graves):
    page = visit().go("/import")
    page.locator("#import-heading").click()
    with page.expect_file_chooser() as waiting:
        for _ in range(5):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.id === 'files'"):
                break
        page.keyboard.press("Enter")
    waiting.value.set_files(graves)
    page.locator("#agree:not([hidden])").wait_for(timeout=60_000)
    page.locator("input[name=repairs]").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.locator("#result:not([hidden])").wait_for()
    assert page.evaluate("document.activeElement.id") == "result-heading"


def test_a_batch_is_undone_from_the_history(visit, graves, own_demo_folder):
    project = Project.open(own_demo_folder)
    before = len(project.read_layer("burial"))
    project.import_files([graves], accept={"partial"})
    page = visit().go("/history")
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d", page.locator("time").nth(1).inner_text())
    page.locator("[data-undo]").first.click()
    page.locator("#sure-no").click()
    assert len(project.read_layer("burial")) > before
    page.locator("[data-undo]").first.click()
    page.locator("#sure-yes").click()
    page.get_by_text("已由第").wait_for()
    assert len(project.read_layer("burial")) == before
