"""Printed maps, pixel by pixel: where things are drawn, and that nothing is left out."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from geo_rv.errors import GlyphMissing
from geo_rv.reports.blocks import Picture, Pictures
from geo_rv.reports.maps import describe_cluster_maps, describe_town_map
from geo_rv.reports.printed.drawing import DOTS_PER_INCH, draw_sheet
from geo_rv.reports.printed.margins import choose_round
from geo_rv.reports.printed.sheet import (
    LEGEND_COLUMNS,
    MARGIN_LEFT_MM,
    MARGIN_MM,
    MARKS,
    LegendRow,
    Name,
    Sheet,
    arrange_legend,
)
from geo_rv.reports.printed.symbols import DrawnClass, list_classes
from geo_rv.reports.words import Words

PIXELS_PER_MM = DOTS_PER_INCH / 25.4
EXTENT = (1000.0, 2000.0, 1800.0, 2800.0)
RED, GREEN, BLUE = (200, 16, 46), (43, 138, 62), (10, 20, 220)
NOBODY = pd.DataFrame({"verdict": [], "east": [], "north": []})
WORDS = Words("zh")
with np.errstate(invalid="ignore"):
    NOT_A_NUMBER = shapely.Polygon([(113.82, 31.81), (113.83, np.nan), (113.83, 31.81)])


def make_sheet(**facts):
    made = {"extent": EXTENT, "width_mm": 80.0, "classes": (), "sites": NOBODY, "language": "zh"}
    return Sheet(**(made | facts))


def make_class(areas=(), lines=(), points=()):
    shapes = [np.array(list(part), dtype=object) for part in (areas, lines, points)]
    return DrawnClass("层", "", "#0a14dc", "#0a14dc", 2.0, 1.0, (), *shapes)


def look(image):
    return np.asarray(Image.open(BytesIO(image)).convert("RGB")).astype(int)


def find_pixel(sheet, east, north):
    """Return row and column of a place, from the sheet's measures alone."""
    west, _, right, top = sheet.extent
    scale = (right - west) / sheet.width_mm
    column = (MARGIN_LEFT_MM + (east - west) / scale) * PIXELS_PER_MM
    row = (MARGIN_MM + (top - north) / scale) * PIXELS_PER_MM
    return round(row), round(column)


def colour_at(sheet, east, north):
    row, column = find_pixel(sheet, east, north)
    return look(draw_sheet(sheet))[row, column]


def is_near(pixels, colour, most=60):
    return np.abs(pixels - np.array(colour)).sum(axis=-1) < most


def test_sites_stand_where_they_are_with_north_up():
    sites = pd.DataFrame(
        {
            "verdict": ["violation", "pass"],
            "east": [1640.0, 1120.0],
            "north": [2560.0, 2400.0],
        }
    )
    sheet = make_sheet(sites=sites, mark_scale=3.0)
    pixels = look(draw_sheet(sheet))
    for colour, east, north in ((RED, 1640, 2560), (GREEN, 1120, 2400)):
        rows, columns = np.nonzero(is_near(pixels, colour))
        row, column = find_pixel(sheet, east, north)
        assert rows.mean() == pytest.approx(row, abs=2)
        assert columns.mean() == pytest.approx(column, abs=2)
    # what lies in the north-east is in the upper right
    height, width, _ = pixels.shape
    rows, columns = np.nonzero(is_near(pixels, RED))
    assert rows.mean() < height / 2
    assert columns.mean() > width / 2


def test_picture_has_the_size_that_it_is_printed_in():
    sheet = make_sheet(legend=(LegendRow("违反", MARKS["violation"]),))
    height, width, _ = look(draw_sheet(sheet)).shape
    assert (width, height) == pytest.approx([mm * PIXELS_PER_MM for mm in sheet.size_mm], abs=1)


def test_area_is_filled_but_for_its_hole():
    ring = shapely.box(1100, 2100, 1700, 2700) - shapely.box(1300, 2300, 1500, 2500)
    sheet = make_sheet(classes=(make_class(areas=[ring]),))
    assert is_near(colour_at(sheet, 1210, 2410), BLUE)
    assert not is_near(colour_at(sheet, 1410, 2410), BLUE)
    assert not is_near(colour_at(sheet, 1060, 2410), BLUE)


def test_overlapping_and_reversed_rings_do_not_cut_each_other_out():
    first = shapely.box(1100, 2100, 1500, 2700, ccw=True)
    second = shapely.box(1300, 2100, 1700, 2700, ccw=False)
    assert is_near(colour_at(make_sheet(classes=(make_class([first, second]),)), 1410, 2410), BLUE)


def test_area_larger_than_the_map_fills_it():
    huge = shapely.box(-1e6, -1e6, 1e6, 1e6)
    assert is_near(colour_at(make_sheet(classes=(make_class([huge]),)), 1410, 2410), BLUE)


def test_lines_and_points_are_drawn():
    line = shapely.LineString([(1000, 2410), (1800, 2410)])
    assert is_near(colour_at(make_sheet(classes=(make_class(lines=[line]),)), 1410, 2410), BLUE)
    point = shapely.Point(1410, 2410)
    assert is_near(colour_at(make_sheet(classes=(make_class(points=[point]),)), 1410, 2410), BLUE)


def test_scale_bar_is_as_long_as_it_says():
    # 800 m across: a bar of 200 m, with a dark outline
    sheet = make_sheet()
    pixels = look(draw_sheet(sheet))
    row, column = find_pixel(sheet, 1000, 2000)
    corner = pixels[row - 80 : row - 4, column + 4 : column + 350]
    dark = is_near(corner, (0, 0, 0), 90)
    longest = max(len(run) for line in dark for run in "".join("x "[not d] for d in line).split())
    metres = longest / PIXELS_PER_MM * (800 / 80)
    assert metres == pytest.approx(200, abs=4)


def test_furniture_moves_from_a_corner_with_sites():
    sites = pd.DataFrame({"verdict": ["violation"], "east": [1040.0], "north": [2040.0]})
    sheet = make_sheet(sites=sites, mark_scale=2.0)
    row, column = find_pixel(sheet, 1040, 2040)
    assert is_near(look(draw_sheet(sheet))[row, column], RED)


@given(st.floats(1e-3, 1e7))
def test_round_length_is_1_2_or_5_and_not_much_shorter(longest):
    chosen = choose_round(longest)
    assert chosen <= longest * (1 + 1e-8)
    assert chosen * 2.5 >= longest * (1 - 1e-8)
    assert float(f"{chosen:.0e}") == pytest.approx(chosen)
    assert f"{chosen:.0e}"[0] in "125"


@given(st.lists(st.booleans(), max_size=60))
def test_legend_has_room_for_each_row_and_no_heading_at_a_foot(headings):
    rows = [LegendRow("行", "heading" if heading else "segment") for heading in headings]
    places = arrange_legend(rows)
    assert len(set(places)) == len(places) == len(rows)
    assert all(0 <= column < LEGEND_COLUMNS for column, _ in places)
    for (column, line), (next_column, next_line), row in zip(
        places, places[1:], rows, strict=False
    ):
        assert (next_column, next_line) > (column, line)
        if row.sample == "heading" and next_column != column:
            # only where another heading follows it
            assert line == 0 or rows[places.index((next_column, next_line))].sample == "heading"


def test_name_is_never_read_as_a_formula():
    draw_sheet(make_sheet(names=(Name(r"$\frac{$", 1400, 2400), Name("_a_", 1400, 2500))))


def test_name_that_the_font_cannot_write_is_refused():
    with pytest.raises(GlyphMissing, match=r"U\+1F600"):
        draw_sheet(make_sheet(names=(Name("村😀", 1400, 2400),)))


def test_layers_are_drawn_in_the_plane_of_the_project(make_finding, describe):
    content = describe([make_finding("G-1")])
    base = content.base
    # pyproj on its own: where the road at 31.82 degrees crosses 113.83
    east, north = pyproj.Transformer.from_crs(4490, base.plane, always_xy=True).transform(
        113.83, 31.82
    )
    extent = (east - 400, north - 400, east + 400, north + 400)
    classes = list_classes(base, extent, metres_per_pixel=0.5, language="zh")
    # a little east of the middle, off the line of the grid
    sheet = make_sheet(extent=extent, classes=classes)
    row, column = find_pixel(sheet, east + 30, north)
    colour = look(draw_sheet(sheet))[row - 1 : row + 2, column]
    assert is_near(colour, (211, 84, 0), 90).any()


def test_legend_of_the_demo_names_every_class_that_is_drawn(describe_demo):
    content = describe_demo("zh")
    base = content.base
    drawn = {
        (drawn.layer, drawn.choice)
        for drawn in list_classes(base, (-1e6, 1e6, 1e6, 1e7), metres_per_pixel=10, language="zh")
    }
    wanted = set()
    for kind in base.kinds & set(base.layers):
        spec, frame = base.catalogue[kind], base.layers[kind]
        if kind == "burial":
            continue
        values = frame[spec.style.by].dropna().unique() if spec.style.by else [""]
        for value in values:
            title = spec.field_by_name[spec.style.by].choices[value].zh if value else ""
            wanted.add((spec.title.zh, title if value in spec.style.colours else ""))
    assert drawn == wanted


@pytest.mark.parametrize(
    "shape",
    [
        None,
        shapely.Polygon(),
        shapely.Polygon([(113.82, 31.81), (113.83, 31.83), (113.83, 31.81), (113.82, 31.83)]),
        shapely.Polygon([(113.82, 31.81, 5), (113.83, 31.83, 5), (113.83, 31.81, 5)]),
        NOT_A_NUMBER,
        shapely.MultiPolygon([shapely.box(113.82, 31.81, 113.83, 31.82)]),
        shapely.GeometryCollection([shapely.Point(113.82, 31.81)]),
    ],
    ids=["none", "empty", "bow tie", "3D", "NaN", "parts", "collection"],
)
def test_strange_geometries_are_drawn_or_left_out(make_finding, describe, shape):
    content = describe([make_finding("G-1")])
    layers = content.base.layers
    villages = layers["village"].copy()
    layers["village"] = pd.concat([villages, villages], ignore_index=True)
    layers["village"].geometry = [villages.geometry.iloc[0], shape]
    (picture,) = (
        block for block in describe_town_map(content, WORDS) if isinstance(block, Picture)
    )
    assert len(np.unique(look(picture.image).reshape(-1, 3), axis=0)) > 10


def test_one_point_alone_has_a_map_with_ground_around_it(make_finding, describe):
    finding = make_finding("G-1", segment=None)
    content = describe([finding])
    content.base.layers.pop("village")
    content.base.layers.pop("road")
    (town,) = (block for block in describe_town_map(content, WORDS) if isinstance(block, Picture))
    assert "1:" in town.caption
    (maps,) = (
        block for block in describe_cluster_maps(content, WORDS) if isinstance(block, Pictures)
    )
    pixels = look(maps.pictures[0].image)
    rows, columns = np.nonzero(is_near(pixels, RED))
    height, width, _ = pixels.shape
    assert rows.mean() == pytest.approx(height / 2, rel=0.1)
    assert columns.mean() == pytest.approx(width / 2, rel=0.1)


def test_every_mark_differs_in_shape_or_fill_and_not_in_colour_alone():
    looks = {(mark.shape, mark.hollow) for mark in MARKS.values()}
    assert len(looks) >= len(MARKS) - 1
