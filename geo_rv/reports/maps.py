"""The sections of a report with its maps: the whole town, and the clusters of violating sites."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from itertools import groupby

import numpy as np
import pandas as pd
import pyproj
import shapely

from geo_rv.geodesy.plane import project
from geo_rv.reports.blocks import (
    TEXT_WIDTH_MM,
    Block,
    Heading,
    Paragraph,
    Picture,
    Pictures,
)
from geo_rv.reports.clusters import BOX_M, Cluster, Extent
from geo_rv.reports.content import ReportContent
from geo_rv.reports.places import find_places, keep_drawable
from geo_rv.reports.printed.drawing import DOTS_PER_INCH, draw_sheet
from geo_rv.reports.printed.margins import MM_PER_INCH
from geo_rv.reports.printed.sheet import (
    MARGIN_LEFT_MM,
    MARGIN_MM,
    MARKS,
    Inset,
    LegendRow,
    Name,
    Sheet,
    measure_legend,
)
from geo_rv.reports.printed.symbols import VILLAGES, DrawnClass, list_classes
from geo_rv.reports.words import Words

TOWN_WIDTH_MM = TEXT_WIDTH_MM - MARGIN_LEFT_MM - MARGIN_MM
TOWN_LEAST_MM, TOWN_MOST_MM = 90.0, 213.0
"""The least height of the town's map, and the greatest with its legend."""
CLUSTER_WIDTH_MM, CLUSTER_HEIGHT_MM = 72.0, 58.0
LEAST_M = 600.0
"""A map of less ground than this would show nothing that one knows it by."""
NAMED_VILLAGES = 60
"""The names of more villages than these would cover one another."""


def describe_town_map(content: ReportContent, words: Words) -> Iterator[Block]:
    """Yield the map of the whole town on a page of its own; raises GlyphMissing."""
    yield Heading(words("map.heading"), new_page=True)
    filled = _find_extent(content)
    if filled is None:
        yield Paragraph(words("map.nothing"))
        return
    sheet = _lay_out_town(content, filled, words)
    width, height = sheet.size_mm
    plane = _name_plane(content.base.plane, words)
    caption = [words("map.caption", scale=_round_scale(sheet), plane=plane)]
    if sheet.insets:
        caption.append(words("map.boxes"))
    unplaced = int(content.sites["east"].isna().sum())
    if unplaced:
        caption.append(words("map.unplaced", count=unplaced))
    yield Picture(draw_sheet(sheet), width, height, words.follow(caption))


def _find_extent(content: ReportContent) -> Extent | None:
    """Return what villages, sites and clusters fill, in the plane; None for nothing."""
    places = [content.sites[["east", "north"]].dropna().to_numpy()]
    if VILLAGES in content.base.layers:
        villages = keep_drawable(content.base.layers[VILLAGES].geometry.to_numpy())
        places.append(project(shapely.get_coordinates(villages), content.base.plane))
    places += [np.reshape(cluster.extent, (2, 2)) for cluster in content.clusters]
    together = np.concatenate(places)
    if not len(together):
        return None
    return (*together.min(axis=0), *together.max(axis=0))


def _lay_out_town(content: ReportContent, filled: Extent, words: Words) -> Sheet:
    extent = _enlarge(filled)
    # what is drawn decides the legend's height, and that what height is left for the map
    legend = _list_legend(content, _list_classes(content, extent, TOWN_WIDTH_MM, words), words)
    height_mm = TOWN_WIDTH_MM * (extent[3] - extent[1]) / (extent[2] - extent[0])
    height_mm = max(TOWN_LEAST_MM, min(height_mm, TOWN_MOST_MM - measure_legend(legend)))
    extent = _fit(extent, height_mm / TOWN_WIDTH_MM)
    classes = _list_classes(content, extent, TOWN_WIDTH_MM, words)
    return Sheet(
        extent=extent,
        width_mm=TOWN_WIDTH_MM,
        classes=classes,
        sites=content.sites,
        language=words.language,
        names=_list_names(content),
        insets=tuple(
            Inset(f"{cluster.number}", _frame_cluster(cluster)) for cluster in content.clusters
        ),
        legend=_list_legend(content, classes, words),
    )


def _enlarge(extent: Extent) -> Extent:
    """Return `extent` with room around it, and never less than a map needs."""
    west, south, east, north = extent
    room = 0.04 * max(east - west, north - south)
    x, y = (west + east) / 2, (south + north) / 2
    half_x = max((east - west) / 2 + room, LEAST_M / 2)
    half_y = max((north - south) / 2 + room, LEAST_M / 2)
    return (x - half_x, y - half_y, x + half_x, y + half_y)


def _fit(extent: Extent, ratio: float) -> Extent:
    """Return `extent` made wider or higher, so that its height is `ratio` times its width."""
    west, south, east, north = extent
    width = max(east - west, (north - south) / ratio)
    x, y = (west + east) / 2, (south + north) / 2
    return (x - width / 2, y - width * ratio / 2, x + width / 2, y + width * ratio / 2)


def _list_classes(
    content: ReportContent, extent: Extent, width_mm: float, words: Words
) -> tuple[DrawnClass, ...]:
    pixels = width_mm / MM_PER_INCH * DOTS_PER_INCH
    return list_classes(
        content.base,
        extent,
        metres_per_pixel=(extent[2] - extent[0]) / pixels,
        language=words.language,
    )


def _list_legend(
    content: ReportContent, classes: Iterable[DrawnClass], words: Words
) -> tuple[LegendRow, ...]:
    marks = [
        LegendRow(words("map.verdict", verdict=words.verdict(verdict), count=count), mark)
        for verdict, mark in reversed(list(MARKS.items()))
        if (count := content.site_counts[verdict])
    ]
    if any(len(cluster.segments) for cluster in content.clusters):
        marks.append(LegendRow(words("map.segment"), "segment"))
    rows = []
    for layer, group in groupby(classes, key=lambda drawn: drawn.layer):
        members = list(group)
        if not any(drawn.choice for drawn in members):
            rows += [LegendRow(layer, drawn) for drawn in members]
            continue
        rows.append(LegendRow(layer, "heading"))
        rows += [
            LegendRow(drawn.choice or words("map.unclassed"), drawn, is_class=True)
            for drawn in members
        ]
    return (*marks, *rows)


def _list_names(content: ReportContent) -> tuple[Name, ...]:
    villages = content.base.layers.get(VILLAGES)
    if villages is None or len(villages) > NAMED_VILLAGES:
        return ()
    named = zip(villages["name"], find_places(villages, content.base.plane), strict=True)
    return tuple(
        Name(name, east, north)
        for name, (east, north) in named
        if pd.notna(name) and not math.isnan(east)
    )


def _frame_cluster(cluster: Cluster) -> Extent:
    return _fit(_enlarge(cluster.extent), CLUSTER_HEIGHT_MM / CLUSTER_WIDTH_MM)


def describe_cluster_maps(content: ReportContent, words: Words) -> Iterator[Block]:
    """Yield one small map for each of the largest clusters, and how many have none."""
    yield Heading(words("cluster.heading"), new_page=True)
    if not content.clusters:
        yield Paragraph(words("none"))
        return
    yield Paragraph(words("cluster.told", box=f"{BOX_M:g}", count=content.cluster_count))
    sites = int((content.sites["cluster"] > 0).sum())
    shown = sum(cluster.sites for cluster in content.clusters)
    left = content.cluster_count - len(content.clusters)
    if left:
        facts = {"shown": len(content.clusters), "shown_sites": shown}
        yield Paragraph(words("cluster.left", **facts, left=left, left_sites=sites - shown))
    yield Paragraph(words("cluster.legend"), tone="note")
    yield Pictures(tuple(_draw_cluster(cluster, content, words) for cluster in content.clusters))


def _draw_cluster(cluster: Cluster, content: ReportContent, words: Words) -> Picture:
    extent = _frame_cluster(cluster)
    west, south, east, north = extent
    sites = content.sites
    inside = sites["east"].between(west, east) & sites["north"].between(south, north)
    sheet = Sheet(
        extent=extent,
        width_mm=CLUSTER_WIDTH_MM,
        classes=_list_classes(content, extent, CLUSTER_WIDTH_MM, words),
        sites=sites[inside],
        language=words.language,
        segments=cluster.segments,
        mark_scale=1.3,
    )
    villages = words.join(words.village(code, content.village_names) for code in cluster.villages)
    rules = [words("cluster.rule", rule=rule, count=count) for rule, count in cluster.rules.items()]
    caption = words(
        "cluster.caption",
        number=cluster.number,
        villages=villages,
        sites=cluster.sites,
        rules=words.join(rules),
        scale=_round_scale(sheet),
    )
    return Picture(draw_sheet(sheet), *sheet.size_mm, caption)


def _round_scale(sheet: Sheet) -> str:
    """Return the number that the printed map is smaller by, to two figures."""
    scale = sheet.metres_per_mm * 1000
    digits = max(0, math.floor(math.log10(scale)) - 1)
    return f"{round(scale, -digits):.0f}"


def _name_plane(plane: pyproj.CRS, words: Words) -> str:
    """Return the plane by its central meridian, as surveyors name it, and its code."""
    operation = plane.coordinate_operation
    meridians = [
        parameter.value
        for parameter in (operation.params if operation else [])
        if parameter.name == "Longitude of natural origin"
    ]
    code = plane.to_epsg()
    if not meridians:
        return f"{plane.name} (EPSG:{code})" if code else plane.name
    if code:
        return words("map.plane_zone", meridian=f"{meridians[0]:g}", code=code)
    return words("map.plane_local", meridian=f"{meridians[0]:g}")
