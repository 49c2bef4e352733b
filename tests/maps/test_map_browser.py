"""The map in a real Chromium: from one file without any request, and from a server by URL."""

import json
import re
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pyproj
import pytest
import shapely

from geo_rv.maps import MapLayer, build_map, read_asset, render_page, render_parts, to_geojson

pytestmark = pytest.mark.browser

GEOD = pyproj.Geod(ellps="GRS80")
WEST, SOUTH = 113.84, 31.84


class Visit:
    """A page, all that it asked for and all that went wrong."""

    def __init__(self, browser, width=1366, height=768):
        self.page = browser.new_page(viewport={"width": width, "height": height})
        self.page.set_default_timeout(10_000)
        self.requests, self.problems = [], []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on("console", lambda message: self.problems.append(message.text))

    def go(self, url):
        self.page.goto(url)
        # no wait_for_function: it evaluates a string, which the page's policy forbids
        self.page.locator(".geo-rv-map[aria-busy=false]").wait_for()
        return self.page

    def count_drawn(self, kind):
        return self.page.locator(f".leaflet-geo-rv-{kind}-pane path").count()


@pytest.fixture
def visit(browser):
    opened = []

    def start(**size):
        opened.append(Visit(browser, **size))
        return opened[-1]

    yield start
    for one in opened:
        one.page.close()
        assert one.problems == []


@pytest.fixture
def file_of(tmp_path, view_of, town):
    """Return a function that writes the town's map as one file and gives its address."""

    def write(**changes):
        view = view_of(town, **changes)
        file = tmp_path / "地图.html"
        page = render_page(build_map(view), title=view.title, language=view.language)
        file.write_text(page, "utf-8")
        return file.as_uri()

    return write


def test_one_file_asks_for_nothing_and_shows_all(visit, file_of, town):
    opened = visit()
    page = opened.go(file_of(notice="示范数据"))
    assert [url for url in opened.requests if not url.startswith("data:")] == [page.url]
    for kind in town:
        assert opened.count_drawn(kind) == len(town[kind]), kind
    assert page.locator(".geo-rv-notice").inner_text() == "示范数据"
    assert page.locator(".geo-rv-label", has_text="双乡村").is_visible()


def test_names_of_features_are_text(visit, file_of, town):
    page = visit().go(file_of())
    hostile = town["village"]["name"][1]
    label = page.locator(".geo-rv-label-polygon").nth(1)
    assert label.text_content() == hostile
    assert page.locator(".geo-rv-map img").count() == 0


def test_layer_is_switched_by_its_box(visit, file_of, town):
    opened = visit()
    page = opened.go(file_of())
    box = page.get_by_role("checkbox", name="坟墓")
    assert box.is_checked()
    box.uncheck()
    assert opened.count_drawn("burial") == 0
    box.check()
    assert opened.count_drawn("burial") == len(town["burial"])


def test_panes_stand_in_the_order_of_the_catalogue(visit, file_of, catalogue, town):
    page = visit().go(file_of())
    heights = page.evaluate(
        "Object.fromEntries([...geoRv.view.layers].map(([kind, layer]) =>"
        " [kind, Number(geoRv.view.map.getPane(layer.pane).style.zIndex)]))"
    )
    kinds = [spec.kind for spec in catalogue.layers if spec.kind in town]
    assert sorted(kinds, key=heights.get) == kinds


def test_search_among_the_own_features(visit, file_of):
    page = visit().go(file_of())
    field = page.get_by_role("combobox")
    field.fill("浆溪")
    page.get_by_role("option", name="浆溪河").wait_for()
    field.press("ArrowDown")
    field.press("Enter")
    popup = page.locator(".leaflet-popup")
    popup.wait_for()
    assert "浆溪河" in popup.inner_text()
    field.fill("没有这个")
    page.get_by_text("没有找到").wait_for()


def test_click_tells_titles_units_and_choices(visit, file_of):
    page = visit().go(file_of())
    page.evaluate("geoRv.view.map.setView([31.85, 113.842], 16, {animate: false})")
    box = page.locator(".geo-rv-map").bounding_box()
    # beside the small point: the nearest is meant, not the village below it
    page.mouse.click(box["x"] + box["width"] / 2 + 6, box["y"] + box["height"] / 2 + 4)
    told = page.locator(".leaflet-popup").inner_text()
    assert "坟墓0" in told
    assert "双乡村" in told
    assert "2019-04-05" in told
    assert "1.5 平方米" in told


def click_round(page, places):
    box = page.locator(".geo-rv-map").bounding_box()
    for x, y in places:
        page.mouse.click(box["x"] + x, box["y"] + y)
    return page.evaluate("geoRv.view.measure.points.map(({lng, lat}) => [lng, lat])")


def read_number(text, pattern):
    return float(re.search(pattern, text).group(1).replace(",", ""))


def test_measured_length_is_geodesic(visit, file_of):
    page = visit().go(file_of())
    page.get_by_role("button", name="量长度").click()
    points = click_round(page, [(400, 300), (700, 350), (650, 600)])
    page.keyboard.press("Escape")
    told = page.locator("output").inner_text()
    assert len(points) == 3
    length = GEOD.line_length(*zip(*points, strict=True))
    assert read_number(told, r"([\d,.]+) 米") == pytest.approx(length, abs=0.006)
    # what is measured no longer follows the pointer
    page.mouse.move(300, 300)
    assert page.locator("output").inner_text() == told


def test_measured_area_is_geodesic_in_mu(visit, file_of):
    page = visit().go(file_of())
    page.get_by_role("button", name="量面积").click()
    points = click_round(page, [(400, 300), (700, 350), (650, 600)])
    page.keyboard.press("Escape")
    told = page.locator("output").inner_text()
    area, perimeter = GEOD.polygon_area_perimeter(*zip(*points, strict=True))
    assert read_number(told, r"([\d,.]+) 平方米") == pytest.approx(abs(area), abs=0.06)
    assert read_number(told, r"([\d,.]+) 亩") == pytest.approx(abs(area) * 3 / 2000, abs=6e-4)
    assert read_number(told, r"([\d,.]+) 公顷") == pytest.approx(abs(area) / 1e4, abs=6e-5)
    assert read_number(told, r"周长 ([\d,.]+) 米") == pytest.approx(perimeter, abs=0.006)


def test_measuring_by_keyboard_alone(visit, file_of):
    page = visit().go(file_of())
    page.get_by_role("button", name="量长度").press("Enter")
    page.keyboard.press(" ")
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(500)
    page.keyboard.press(" ")
    page.keyboard.press("Enter")
    assert read_number(page.locator("output").inner_text(), r"([\d,.]+) 米") > 10
    assert page.evaluate("geoRv.view.measuring") is False


@pytest.mark.parametrize("plane", ["EPSG:4547", "EPSG:4526"])
def test_coordinates_are_those_of_the_plane(visit, file_of, plane):
    page = visit().go(file_of(plane=pyproj.CRS(plane)))
    box = page.locator(".geo-rv-map").bounding_box()
    page.mouse.move(box["x"] + 555, box["y"] + 333)
    told = page.locator(".geo-rv-coordinates").inner_text()
    lon, lat = (read_number(told, rf"{side}([\d.]+)°") for side in ("东经 ", "北纬 "))
    east, north = pyproj.Transformer.from_crs(4490, plane, always_xy=True).transform(lon, lat)
    assert read_number(told, r"X ([\d.]+)") == pytest.approx(north, abs=0.1)
    assert read_number(told, r"Y ([\d.]+)") == pytest.approx(east, abs=0.1)


def test_finding_is_drawn_and_taken_away(visit, file_of, town, catalogue):
    page = visit().go(file_of())
    site = json.loads(to_geojson(town["burial"], catalogue["burial"]))["features"][0]
    page.evaluate(
        "(site) => geoRv.view.showFinding({site, constraint: null, buffer: null,"
        " segment: [site.geometry.coordinates, [113.85, 31.85]], labels: {segment: '<b>1</b>'}})",
        site,
    )
    assert page.locator(".geo-rv-tag").inner_text() == "<b>1</b>"
    assert page.evaluate("geoRv.view.map.getBounds().contains([31.85, 113.85])")
    page.evaluate("geoRv.view.clearFinding()")
    page.locator(".geo-rv-tag").wait_for(state="detached")


def test_theme_colours_by_class_and_tells_clicks(visit, file_of):
    page = visit().go(file_of())
    page.evaluate(
        """() => {
          const {view} = geoRv;
          const features = view.readData("village").features.map((feature, place) => {
            const {name} = feature.properties;
            return {...feature, properties: {id: feature.id, name, value: [30, 0][place]}};
          });
          view.onFeatureClick("village", (feature) => { window.told = feature.id; });
          view.showTheme({
            areas: {type: "FeatureCollection", features},
            breaks: [10, 20, 30], colours: ["#112233", "#445566"],
            symbols: [{lon: 113.85, lat: 31.85, value: 4, name: "x"}],
            unit: "亩", title: "油茶",
          });
          for (const kind of view.layers.keys()) view.setLayer(kind, false);
        }"""
    )
    paths = page.locator(".leaflet-geo-rv-theme-pane path")
    assert [paths.nth(place).get_attribute("fill") for place in (0, 1)] == ["#445566", "#fbfaf6"]
    assert "油茶 (亩)" in page.locator(".geo-rv-theme-legend").inner_text()
    paths.nth(1).click(position={"x": 150, "y": 150})
    assert page.evaluate("window.told") == "village-1"


def test_panel_is_a_drawer_on_a_phone(visit, file_of):
    opened = visit(width=375, height=740)
    page = opened.go(file_of())
    panel = page.get_by_role("complementary", name="图层与图例")
    assert not panel.is_visible()
    page.get_by_role("button", name="图层", exact=True).click()
    assert panel.is_visible()
    page.keyboard.press("Escape")
    assert not panel.is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 375


class Server(ThreadingHTTPServer):
    """Serves one map by parts under a strict policy, and a large layer box by box."""

    daemon_threads = True

    def __init__(self, view, frame, spec):
        super().__init__(("127.0.0.1", 0), Answer)
        self.view, self.frame, self.spec = view, frame, spec
        self.boxes, self.broken = [], False

    @property
    def address(self):
        return f"http://127.0.0.1:{self.server_port}"


class Answer(BaseHTTPRequestHandler):
    def do_GET(self):
        asked = urlsplit(self.path)
        if asked.path == "/":
            self.send(self.make_page(), "text/html; charset=utf-8")
        elif asked.path.startswith("/assets/"):
            self.send(*read_asset(asked.path.removeprefix("/assets/")))
        elif asked.path == "/burial" and not self.server.broken:
            self.send(self.select(parse_qs(asked.query)).encode(), "application/geo+json")
        else:
            self.send_error(503 if asked.path == "/burial" else 404)

    def make_page(self):
        parts = render_parts(build_map(self.server.view), asset_url="/assets/", nonce="n1")
        return (
            '<!doctype html><html lang="zh"><head><meta charset="utf-8">'
            f'<link rel="icon" href="data:,">{parts.head}'
            f"</head><body class='geo-rv-page'>{parts.body}{parts.script}</body></html>"
        ).encode()

    def select(self, query):
        self.server.boxes.append(query.get("bbox"))
        west, south, east, north = map(float, query["bbox"][0].split(","))
        found = self.server.frame.cx[west:east, south:north]
        return to_geojson(found.head(5000), self.server.spec, matched=len(found))

    def send(self, content, media_type):
        self.send_response(200)
        self.send_header("Content-Type", media_type)
        self.send_header(
            "Content-Security-Policy",
            "default-src 'none'; script-src 'self' 'nonce-n1'; style-src 'self' 'unsafe-inline';"
            " img-src 'self' data:; connect-src 'self'",
        )
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


@contextmanager
def serve(server):
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


@pytest.fixture
def large(view_of, frame_of, catalogue):
    """A server of 8 000 graves: more than a map asks for at once."""
    places = np.random.default_rng(1).uniform([WEST, SOUTH], [WEST + 0.04, SOUTH + 0.03], (8000, 2))
    frame = frame_of("burial", shapely.points(places))
    layer = MapLayer(catalogue["burial"], len(frame), url="/burial", shown=True)
    with serve(Server(view_of({}, layers=(layer,)), frame, catalogue["burial"])) as server:
        yield server


def test_large_layer_is_asked_for_by_what_is_in_sight(visit, large):
    opened = visit()
    page = opened.go(large.address)
    assert opened.count_drawn("burial") == 5000
    note = page.locator("[data-layer=burial] .geo-rv-note")
    assert "5,000" in note.inner_text()
    assert "放大后显示全部" in note.inner_text()
    page.evaluate("geoRv.view.map.setView([31.85, 113.85], 17, {animate: false})")
    note.wait_for(state="hidden")
    west, south, east, north = map(
        float, page.evaluate("geoRv.view.map.getBounds().toBBoxString()").split(",")
    )
    inside = large.frame.cx[west:east, south:north]
    drawn = page.evaluate("[...geoRv.view.layers.get('burial').features.keys()]")
    assert set(inside["id"]) <= set(drawn)
    assert len(drawn) < 5000
    assert all(url.startswith((large.address, "data:")) for url in opened.requests)


def test_failure_is_told_and_tried_again(visit, large):
    large.broken = True
    opened = visit()
    page = opened.go(large.address)
    note = page.locator("[data-layer=burial] .geo-rv-note")
    assert "加载失败" in note.inner_text()
    large.broken = False
    note.get_by_role("button", name="重试").click()
    note.get_by_text("放大后显示全部").wait_for()
    assert opened.count_drawn("burial") == 5000
    assert all("503" in problem for problem in opened.problems)
    opened.problems.clear()
