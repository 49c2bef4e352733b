"""Drawings as surveyors draw them: closed lines, hatches, symbols, and the words between them."""

from __future__ import annotations

import io
import json
import math
import subprocess
from pathlib import Path

import ezdxf
import ezdxf.bbox
import ezdxf.enums
import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo_rv.errors import (
    CrsMissing,
    EncodingUnknown,
    FormatRefused,
    SourceError,
    SourceRefused,
    SourceUnreadable,
    UnknownSourceLayer,
)
from geo_rv.intake import Limits, Wish, read_candidates

DATA = Path(__file__).parents[3] / "shared" / "data" / "gdal-autotest" / "autotest" / "ogr" / "data"
EAST, NORTH = 486_341.535, 3_525_228.686
"""113.85569 E, 31.85 N in EPSG:4547."""
PLANE = "EPSG:4547"


def at(*places):
    """Return places in metres from the check point."""
    return [(EAST + x, NORTH + y) for x, y in places]


SQUARE = at((0, 0), (100, 0), (100, 100), (0, 100))


@pytest.fixture
def drawing():
    """Return a new drawing, and its model space."""
    document = ezdxf.new("R2010")
    return document, document.modelspace()


@pytest.fixture
def save(tmp_path, drawing):
    def write(name="forest_land.dxf", **options):
        path = tmp_path / name
        drawing[0].saveas(path, **options)
        return path

    return write


def plane_shapes(candidate):
    """Return a candidate's geometries, before any repair, in the metres of the drawing."""
    placed = np.concatenate([candidate.before, candidate.refused_shapes])
    return gpd.GeoSeries(placed, crs=4490).to_crs(PLANE).to_numpy()


# ---- what becomes what


def test_closed_lines_become_faces(drawing, save, read):
    _, space = drawing
    space.add_lwpolyline(SQUARE, close=True)
    space.add_polyline2d(at((200, 0), (300, 0), (300, 50)), close=True)
    space.add_lwpolyline([*at((0, 200), (50, 200), (50, 250)), at((0, 200))[0]])
    space.add_circle(at((500, 500))[0], 10)
    candidate = read(save(), crs=PLANE)
    assert candidate.format == "dxf"
    assert candidate.refused == ()
    areas = shapely.area(plane_shapes(candidate))
    assert areas == pytest.approx([10_000, 2500, 1250, math.pi * 100], rel=3e-4)


def test_bulges_become_arcs(drawing, save, read):
    """Two half circles on a square's sides: area and length by hand."""
    _, space = drawing
    places = [(*place, bulge) for place, bulge in zip(SQUARE, (1, 0, -1, 0), strict=True)]
    space.add_lwpolyline(places, format="xyb", close=True)
    (shape,) = plane_shapes(read(save(), crs=PLANE))
    half = math.pi * 50**2 / 2
    # seen from inside, the first arc goes outwards and the other inwards
    assert shape.area == pytest.approx(10_000 + half - half, abs=0.5)
    assert shape.length == pytest.approx(200 + 2 * math.pi * 50, abs=0.01)
    west, south, east, north = shape.bounds
    assert (south, north) == pytest.approx((NORTH - 50, NORTH + 100), abs=0.002)
    assert (west, east) == pytest.approx((EAST, EAST + 100), abs=0.002)


def test_arcs_lie_within_a_millimetre(drawing, save, read):
    _, space = drawing
    centre = at((0, 0))[0]
    space.add_arc(centre, 800, 350, 80)
    space.add_ellipse(centre, (40, 0), 0.5, 0, math.pi)
    shapes = plane_shapes(read(save("railway.dxf"), crs=PLANE))
    arc = shapely.get_coordinates(shapes[0]) - centre
    assert np.hypot(*arc.T) == pytest.approx(800, abs=1e-4)
    middles = (arc[:-1] + arc[1:]) / 2
    assert np.hypot(*middles.T).min() > 799.9985
    angles = np.degrees(np.arctan2(arc[[0, -1], 1], arc[[0, -1], 0]))
    assert angles == pytest.approx([-10, 80], abs=1e-6)
    x, y = (shapely.get_coordinates(shapes[1]) - centre).T
    assert (x / 40) ** 2 + (y / 20) ** 2 == pytest.approx(1, abs=1e-5)
    assert y.min() > -1e-3


def test_open_lines_become_lines(drawing, save, read):
    _, space = drawing
    space.add_line(*at((0, 0), (100, 0)))
    space.add_lwpolyline(at((0, 0), (50, 50), (100, 0)))
    space.add_polyline3d([(*place, 7) for place in at((0, 9), (9, 9))])
    space.add_spline(at((0, 0), (30, 40), (60, 0), (90, 30)))
    candidate = read(save("railway.dxf"), crs=PLANE)
    shapes = plane_shapes(candidate)
    assert set(shapely.get_type_id(shapes).tolist()) == {shapely.GeometryType.LINESTRING}
    spline = shapes[3]
    for place in at((0, 0), (30, 40), (60, 0), (90, 30)):
        assert spline.distance(shapely.Point(place)) < 0.01


def test_closed_lines_stay_lines_where_lines_are_wanted(drawing, save, read):
    _, space = drawing
    space.add_lwpolyline(SQUARE, close=True)
    (shape,) = plane_shapes(read(save("railway.dxf"), crs=PLANE))
    assert shape.geom_type == "LineString"
    assert shape.length == pytest.approx(400, abs=1e-6)


def test_hatches_become_faces_with_holes(drawing, save, read):
    _, space = drawing
    hatch = space.add_hatch()
    hatch.paths.add_polyline_path(SQUARE, is_closed=True)
    hatch.paths.add_polyline_path(at((10, 10), (20, 10), (20, 20), (10, 20)), is_closed=True)
    hatch.paths.add_polyline_path(at((12, 12), (14, 12), (14, 14), (12, 14)), is_closed=True)
    other = space.add_hatch()
    edges = other.paths.add_edge_path()
    corners = at((200, 0), (300, 0), (300, 100), (200, 100))
    # in order, and one of them the wrong way round
    edges.add_line(corners[0], corners[1])
    edges.add_line(corners[2], corners[1])
    edges.add_arc((corners[2][0] - 50, corners[2][1]), 50, 0, 180)
    edges.add_line(corners[3], corners[0])
    shapes = plane_shapes(read(save(), crs=PLANE))
    assert shapely.area(shapes) == pytest.approx(
        [10_000 - 100 + 4, 10_000 + math.pi * 50**2 / 2], abs=0.3
    )


def test_hatch_of_a_closed_line_is_taken_once(drawing, save, read, list_keys):
    _, space = drawing
    space.add_lwpolyline(SQUARE, close=True)
    hatch = space.add_hatch()
    hatch.paths.add_polyline_path([*SQUARE[2:], *SQUARE[:2]], is_closed=True)
    candidate = read(save(), crs=PLANE)
    assert len(candidate.frame) == 1
    assert "dxf_hatch_repeated" in list_keys(candidate, "warning")


def test_points_and_blocks_become_points(drawing, save, read):
    document, space = drawing
    block = document.blocks.new("坟")
    block.add_circle((0, 0), 1)
    block.add_attdef("名称", (0, 0))
    block.add_point((0, 0))
    space.add_point(at((0, 0))[0])
    reference = space.add_blockref("坟", at((10, 0))[0], {"xscale": 2, "rotation": 30})
    reference.add_auto_attribs({"名称": "老坟"})
    candidate = read(save("project.dxf"), crs=PLANE, layer="0")
    assert candidate.frame["name"].tolist()[1] == "老坟"
    found = shapely.get_coordinates(plane_shapes(candidate))
    assert found[:2] == pytest.approx(np.array(at((0, 0), (10, 0))), abs=1e-6)
    assert candidate.rows_read == 3  # and the circle of the symbol


def test_blocks_are_placed_scaled_and_turned(drawing, save, read):
    """A square in a block in a block, by ezdxf's writer and hand-computed places."""
    document, space = drawing
    inner, outer = document.blocks.new("inner"), document.blocks.new("outer")
    inner.add_lwpolyline(
        [(0, 0), (10, 0), (10, 10), (0, 10)], close=True, dxfattribs={"layer": "0"}
    )
    outer.add_blockref("inner", (10, 0), {"xscale": 3, "yscale": 2, "layer": "0"})
    space.add_blockref("outer", at((100, 100))[0], {"rotation": 90, "layer": "甲"})
    space.add_blockref("inner", at((0, 0))[0], {"column_count": 3, "column_spacing": 50})
    shapes = plane_shapes(read(save(), crs=PLANE))
    # turned by a quarter to the left, (10..40, 0..20) comes to (-20..0, 10..40)
    box = (EAST + 80, NORTH + 110, EAST + 100, NORTH + 140)
    assert shapes[0].bounds == pytest.approx(box, abs=1e-6)
    lefts = [shape.bounds[0] - EAST for shape in shapes[1:]]
    assert lefts == pytest.approx([0, 50, 100], abs=1e-6)


def test_mirrored_things_lie_where_they_are_drawn(drawing, save, read):
    """An extrusion downwards mirrors x: what programs write after MIRROR."""
    _, space = drawing
    mirrored = [(-x, y) for x, y in SQUARE]
    space.add_lwpolyline(mirrored, close=True, dxfattribs={"extrusion": (0, 0, -1)})
    (shape,) = plane_shapes(read(save(), crs=PLANE))
    assert shape.bounds == pytest.approx((EAST, NORTH, EAST + 100, NORTH + 100), abs=1e-6)


# ---- words


def test_words_go_to_the_smallest_face_they_lie_in(drawing, save, read):
    _, space = drawing
    space.add_lwpolyline(SQUARE, close=True)
    space.add_lwpolyline(at((10, 10), (50, 10), (50, 50), (10, 50)), close=True)
    space.add_text("双乡村", height=3).set_placement(at((70, 70))[0])
    space.add_text("公益林", height=3).set_placement(at((20, 20))[0])
    space.add_mtext("{\\fSimSun|b0;一号}\\P地块", {"char_height": 3, "insert": at((20, 40))[0]})
    space.add_text("图外", height=3).set_placement(at((500, 500))[0])
    candidate = read(save(), crs=PLANE, columns={"name": "CAD文字"})
    assert candidate.frame["name"].tolist() == ["双乡村", "一号\n地块 公益林"]
    (note,) = [problem for problem in candidate.problems if problem.key == "dxf_types_left_out"]
    assert "文字 1" in note.in_language("zh")


def test_long_word_belongs_where_its_middle_is(drawing, save, read):
    """The place of a text is the left end of its baseline, which may lie outside of the face."""
    _, space = drawing
    space.add_lwpolyline(at((0, 0), (20, 0), (20, 8), (0, 8)), close=True)
    space.add_text("双乡村公益林", height=4).set_placement(at((-2, 2))[0])
    candidate = read(save(), crs=PLANE, columns={"name": "CAD文字"})
    assert candidate.frame["name"].tolist() == ["双乡村公益林"]


@pytest.mark.parametrize("align", ["LEFT", "CENTER", "RIGHT", "TOP_LEFT", "BOTTOM_RIGHT", "MIDDLE"])
@pytest.mark.parametrize("rotation", [0, 90, 200])
def test_words_are_where_they_are_drawn(align, rotation, drawing, save, read):
    """A square of the width of the words about the middle that ezdxf measures for them."""
    _, space = drawing
    align = ezdxf.enums.TextEntityAlignment[align]
    word = space.add_text("ABCDEFGH", height=4, rotation=rotation)
    word.set_placement(at((0, 0))[0], align=align)
    box = ezdxf.bbox.extents([word])
    middle = box.center
    size = 6
    corners = [(-size, -size), (size, -size), (size, size), (-size, size)]
    space.add_lwpolyline([(middle.x + x, middle.y + y) for x, y in corners], close=True)
    candidate = read(save(), crs=PLANE, columns={"name": "CAD文字"})
    assert candidate.frame["name"].tolist() == ["ABCDEFGH"]


def test_block_in_a_face_gives_it_its_attributes(drawing, save, read):
    document, space = drawing
    block = document.blocks.new("宗地")
    block.add_attdef("编号", (0, 0))
    block.add_attdef("名称", (0, 0))
    space.add_lwpolyline(SQUARE, close=True)
    reference = space.add_blockref("宗地", at((50, 50))[0])
    reference.add_auto_attribs({"编号": "L01", "名称": "双乡村一号"})
    candidate = read(save(), crs=PLANE)
    assert candidate.frame["id"].tolist() == ["L01"]
    assert candidate.frame["name"].tolist() == ["双乡村一号"]


@pytest.mark.parametrize("version", ["R12", "R2000", "R2010", "R2018"])
@pytest.mark.parametrize("form", ["asc", "bin"])
def test_chinese_words_of_every_version(version, form, tmp_path, read):
    document = ezdxf.new(version)
    document.encoding = "gbk"
    space = document.modelspace()
    space.add_polyline2d(SQUARE, close=True, dxfattribs={"layer": "林地"})
    space.add_text("双乡村东门楼", height=2).set_placement(at((20, 20))[0])
    path = tmp_path / "data.dxf"
    document.saveas(path, fmt=form)
    candidate = read(path, crs=PLANE, columns={"name": "CAD文字"})
    assert candidate.kind == "forest_land"
    assert candidate.layer_in_source == "林地"
    assert candidate.frame["name"].tolist() == ["双乡村东门楼"]
    assert "dxf_encoding" not in [problem.key for problem in candidate.problems]


def write_wrong(path, *, page=b"ANSI_1252"):
    """Write a drawing in GBK that says another code page."""
    document = ezdxf.new("R2000")
    document.encoding = "gbk"
    space = document.modelspace()
    space.add_lwpolyline(SQUARE, close=True)
    space.add_text("双乡村公益林地", height=2).set_placement(at((20, 20))[0])
    document.saveas(path)
    path.write_bytes(path.read_bytes().replace(b"ANSI_936", page))
    return path


@pytest.mark.parametrize("page", [b"ANSI_1252", b"", b"nonsense"])
def test_wrong_code_page_is_told(page, tmp_path, read):
    path = write_wrong(tmp_path / "forest_land.dxf", page=page)
    candidate = read(path, crs=PLANE, columns={"name": "CAD文字"})
    assert candidate.frame["name"].tolist() == ["双乡村公益林地"]
    (note,) = [problem for problem in candidate.problems if problem.key == "dxf_encoding"]
    assert "双乡村公益林地" in note.in_language("zh")
    assert "GBK" in note.in_language("en")


def test_encoding_may_be_said(tmp_path, read):
    path = write_wrong(tmp_path / "forest_land.dxf")
    wish = {"crs": PLANE, "columns": {"name": "CAD文字"}}
    assert read(path, encoding="GBK", **wish).frame["name"].tolist() == ["双乡村公益林地"]
    assert read(path, encoding="cp1252", **wish).frame["name"].tolist() != ["双乡村公益林地"]
    with pytest.raises(EncodingUnknown):
        read(path, encoding="rot13", **wish)


# ---- which of it


@pytest.fixture
def town(drawing, save):
    _, space = drawing
    space.add_lwpolyline(SQUARE, close=True, dxfattribs={"layer": "林地"})
    space.add_lwpolyline(at((0, 0), (50, 0)), dxfattribs={"layer": "道路"})
    space.add_line(*at((0, 0), (0, 50)), dxfattribs={"layer": "图框"})
    return save("town.dxf")


def test_layers_that_are_kinds_are_taken(town, catalogue, list_keys):
    candidates = read_candidates(town, catalogue=catalogue, wish=Wish(crs=PLANE))
    assert {candidate.kind for candidate in candidates} == {"forest_land", "road"}
    assert "图框" in candidates[0].problems[-1].in_language("zh") or "left_out" in list_keys(
        candidates[0], "warning"
    )


def test_layer_may_be_chosen(town, read):
    assert read(town, crs=PLANE, layer="图框", kind="road").rows_read == 1
    assert read(town, crs=PLANE, layer="林地").kind == "forest_land"
    with pytest.raises(UnknownSourceLayer, match="图框"):
        read(town, crs=PLANE, layer="没有", kind="road")


def test_kind_without_such_a_layer_takes_the_whole_drawing(town, read):
    candidate = read(town, crs=PLANE, kind="river")
    assert candidate.rows_read == 3


def test_nothing_of_the_type_is_told(town, read):
    with pytest.raises(SourceRefused, match="wanted point, polygon") as refused:
        read(town, crs=PLANE, kind="burial", layer="图框")
    assert "线 1" in refused.value.in_language("zh")


# ---- where it lies


def test_zone_is_told_by_the_eastings(drawing, save, read):
    _, space = drawing
    space.add_lwpolyline([(38_000_000 + x, y) for x, y in SQUARE], close=True)
    candidate = read(save())
    assert candidate.frame.geometry.iloc[0].bounds[:2] == pytest.approx((113.85569, 31.85))
    (note,) = [problem for problem in candidate.problems if problem.key == "dxf_zone"]
    assert "4526" in note.in_language("zh")


def test_zone_is_told_where_north_comes_first(drawing, save, read, list_keys):
    _, space = drawing
    space.add_lwpolyline([(y, 38_000_000 + x) for x, y in SQUARE], close=True)
    candidate = read(save())
    assert "axes_swapped" in list_keys(candidate, "repair")
    assert candidate.frame.geometry.iloc[0].bounds[:2] == pytest.approx((113.85569, 31.85))


def test_north_first_without_a_zone_is_a_repair(drawing, save, read, list_keys):
    _, space = drawing
    space.add_lwpolyline([(y, x) for x, y in SQUARE], close=True)
    candidate = read(save(), crs=PLANE)
    assert "axes_swapped" in list_keys(candidate, "repair")
    assert candidate.frame.geometry.iloc[0].bounds[:2] == pytest.approx((113.85569, 31.85))


def test_no_zone_needs_a_system(drawing, save, read):
    _, space = drawing
    space.add_lwpolyline(SQUARE, close=True)
    with pytest.raises(CrsMissing, match="--crs"):
        read(save())


# ---- hostile


def test_dwg_is_refused_with_what_to_do(tmp_path, read):
    path = tmp_path / "burial.dxf"
    path.write_bytes(b"AC1032" + bytes(200))
    with pytest.raises(FormatRefused, match="DXF") as refused:
        read(path)
    assert "另存为 DXF" in refused.value.in_language("zh")


def test_block_that_holds_itself(drawing, save, read):
    document, space = drawing
    one, two = document.blocks.new("one"), document.blocks.new("two")
    one.add_blockref("two", (1, 1))
    two.add_blockref("ONE", (1, 1))
    space.add_blockref("one", (0, 0))
    with pytest.raises(SourceRefused, match=r"“\w+” is put into itself"):
        read(save(), crs=PLANE)


def test_blocks_within_blocks_without_end(drawing, save, read):
    document, space = drawing
    for depth in range(30):
        block = document.blocks.new(f"b{depth}")
        block.add_blockref(f"b{depth + 1}", (0, 0))
    space.add_blockref("b0", (0, 0))
    with pytest.raises(SourceRefused, match="8"):
        read(save(), crs=PLANE)


def test_depth_counts_from_where_a_block_is_put(drawing, save, read):
    """Five blocks in each other are met by themselves first, and then below five others."""
    document, space = drawing
    for name in "ab":
        for depth in range(5):
            document.blocks.new(f"{name}{depth}").add_point((1, 1))
            if depth:
                document.blocks.get(f"{name}{depth - 1}").add_blockref(f"{name}{depth}", (0, 0))
    document.blocks.get("b4").add_blockref("a0", (0, 0))
    space.add_blockref("a0", SQUARE[0])
    assert len(read(save("facility.dxf"), crs=PLANE).rows) > 0
    space.add_blockref("b0", SQUARE[0])
    with pytest.raises(SourceRefused, match="8"):
        read(save("facility.dxf"), crs=PLANE)


def test_paper_is_no_model(drawing, save, read):
    """Neither that of the first sheet, which stands among the model's entities, nor another's."""
    document, space = drawing
    space.add_lwpolyline(SQUARE, close=True)
    document.paperspace().add_lwpolyline(SQUARE, close=True)
    document.layouts.new("second").add_lwpolyline(SQUARE, close=True)
    candidate = read(save(), crs=PLANE)
    assert len(candidate.rows) == 1
    told = [problem.facts for problem in candidate.problems if problem.key == "dxf_on_paper"]
    assert told == [{"count": 2}]


def test_blocks_that_multiply(drawing, save, read):
    """Six levels of ten references each: a million points out of a small file."""
    document, space = drawing
    document.blocks.new("b6").add_point((1, 1))
    for depth in range(6):
        block = document.blocks.new(f"b{depth}")
        for n in range(20):
            block.add_blockref(f"b{depth + 1}", (n, 0))
    space.add_blockref("b0", (0, 0))
    with pytest.raises(SourceRefused):
        read(save(), crs=PLANE)


def test_reference_of_many_rows_and_columns(drawing, save, read):
    document, space = drawing
    document.blocks.new("b").add_point((1, 1))
    space.add_blockref(
        "b",
        (0, 0),
        {"row_count": 30_000, "column_count": 30_000, "row_spacing": 1, "column_spacing": 1},
    )
    with pytest.raises(SourceRefused):
        read(save(), crs=PLANE)


def test_too_many_vertices(drawing, save, read):
    _, space = drawing
    for n in range(50):
        space.add_circle((n, n), 1e4)
    with pytest.raises(SourceRefused):
        read(save(), crs=PLANE, limits=Limits(vertices=1000))


@pytest.mark.parametrize("value", ["1e308", "nan", "inf", "-1e-300", "0"])
def test_absurd_numbers(value, drawing, save, read):
    _, space = drawing
    space.add_lwpolyline(SQUARE, close=True)
    space.add_circle(at((0, 0))[0], 12345.5)
    space.add_lwpolyline([(12345.5, 0, 12345.5), (1, 1, 0), (2, 2, 0)], format="xyb", close=True)
    path = save()
    path.write_text(path.read_text().replace("12345.5", value))
    try:
        candidate = read(path, crs=PLANE)
    except SourceError:
        return
    assert len(candidate.frame) >= 1


def test_outside_drawings_are_never_opened(drawing, save, read, tmp_path, list_keys):
    document, space = drawing
    other = ezdxf.new()
    other.modelspace().add_lwpolyline(SQUARE, close=True)
    other.saveas(tmp_path / "secret.dxf")
    document.add_xref_def(filename=str(tmp_path / "secret.dxf"), name="secret")
    space.add_blockref("secret", (0, 0))
    space.add_lwpolyline(SQUARE, close=True)
    candidate = read(save(), crs=PLANE)
    assert len(candidate.frame) == 1
    assert "dxf_outside" in list_keys(candidate, "warning")


def test_cut_short(drawing, save, read):
    _, space = drawing
    space.add_lwpolyline(SQUARE, close=True)
    path = save()
    data = path.read_bytes()
    for share in (0.5, 0.9, 0.99):
        path.write_bytes(data[: int(len(data) * share)])
        with pytest.raises(SourceUnreadable, match=r"forest_land\.dxf"):
            read(path, crs=PLANE)


@pytest.fixture(scope="module")
def whole():
    document = ezdxf.new("R12")
    space = document.modelspace()
    space.add_polyline2d(SQUARE, close=True)
    space.add_circle(at((5, 5))[0], 3)
    space.add_text("word").set_placement(at((5, 5))[0])
    stream = io.StringIO()
    document.write(stream)
    return stream.getvalue().encode()


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(where=st.floats(0, 1), rubbish=st.binary(min_size=1, max_size=20))
def test_damaged_drawings_are_refused_or_read(where, rubbish, whole, read, tmp_path):
    data = bytearray(whole)
    place = int(where * (len(data) - 1))
    data[place : place + len(rubbish)] = rubbish
    path = tmp_path / "forest_land.dxf"
    path.write_bytes(data)
    try:
        read(path, crs=PLANE)
    except SourceError as error:
        assert "forest_land.dxf" in str(error)  # noqa: PT017 - either is fine, a crash is not


# ---- as others read it


def run_ogr(path, tmp_path):
    """Return the features of a drawing as ogr2ogr reads them."""
    target = tmp_path / "oracle.geojson"
    command = ["/usr/bin/ogr2ogr", "-f", "GeoJSON", "-dim", "XY", target, path]
    subprocess.run(command, check=True, capture_output=True)
    return json.loads(target.read_text())["features"]


OCS = ["ocs2wcs1", "ocs2wcs2"]


@pytest.mark.parametrize("name", OCS)
def test_every_entity_lies_where_ogr_has_it(name, tmp_path):
    """Entities in planes of their own, extruded in all directions: boxes of each against GDAL."""
    path = DATA / "dxf" / f"{name}.dxf"
    if not path.is_file() or not Path("/usr/bin/ogr2ogr").is_file():
        pytest.skip("GDAL's test files or ogr2ogr are not here")
    from geo_rv.intake.wall import dxf_shapes  # noqa: PLC0415 - only where there are such files

    oracle = {}
    for feature in run_ogr(path, tmp_path):
        shape = shapely.from_geojson(json.dumps(feature["geometry"]))
        oracle[feature["properties"]["EntityHandle"]] = shapely.bounds(shape)
    compared = 0
    for entity in ezdxf.readfile(path).modelspace():
        if entity.dxftype() in ("TEXT", "SPLINE") or entity.dxf.handle not in oracle:
            continue
        found = shapely.bounds(dxf_shapes.make_shape(entity))
        size = max(1.0, float(np.ptp(found)))
        # GDAL cuts curves every four degrees
        assert found == pytest.approx(oracle[entity.dxf.handle], abs=size * 2e-3), entity.dxftype()
        compared += 1
    assert compared > 30
