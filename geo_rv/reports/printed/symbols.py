"""What a printed map shows of each layer: shapes in metres, by class, in the catalogue's style."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyproj
import shapely
from geopandas import GeoDataFrame

from geo_rv.catalogue import Catalogue, LayerSpec
from geo_rv.frames import Layers
from geo_rv.geodesy.measure import LINES, POLYGONS, Geometries, Indices, split_parts
from geo_rv.geodesy.plane import project, unproject
from geo_rv.messages import NOTHING, Language
from geo_rv.reports.clusters import Extent
from geo_rv.reports.places import keep_drawable

VILLAGES = "village"
"""The layer whose borders and names are on every map."""
METRES_PER_DEGREE = 111_320.0
_EDGE_POINTS = 9


@dataclass(frozen=True, eq=False)
class MapBase:
    """What the maps of a report are drawn from."""

    layers: Layers
    catalogue: Catalogue
    plane: pyproj.CRS
    kinds: frozenset[str]
    """The layers to draw below the sites: villages, and what the rules in force look at."""
    subjects: tuple[str, ...]
    """The layers that are checked: their points are drawn by verdict, not in their own style."""


@dataclass(frozen=True, eq=False)
class DrawnClass:
    """One class of a layer within a map: one look, one row of the legend."""

    layer: str
    """The layer's title."""
    choice: str
    """The class's title; empty for a layer of one look."""
    colour: str
    fill: str
    weight: float
    """Width of the line, in pixels of the web map."""
    opacity: float
    dash: tuple[float, ...]
    areas: Geometries
    """Polygons in the metres of the plane; the others likewise."""
    lines: Geometries
    points: Geometries


def list_classes(
    base: MapBase, extent: Extent, *, metres_per_pixel: float, language: Language
) -> tuple[DrawnClass, ...]:
    """Return what of the layers lies in `extent`, in drawing order: the villages' borders on top.

    Details smaller than a pixel are left out.
    """
    kinds = [spec.kind for spec in base.catalogue.layers if spec.kind in base.kinds]
    kinds.sort(key=lambda kind: kind == VILLAGES)
    return tuple(
        drawn
        for kind in kinds
        if kind in base.layers
        for drawn in _list_layer_classes(
            base, base.catalogue[kind], extent, metres_per_pixel, language
        )
    )


def _list_layer_classes(
    base: MapBase, spec: LayerSpec, extent: Extent, metres_per_pixel: float, language: Language
) -> Iterator[DrawnClass]:
    frame = base.layers[spec.kind]
    rows = frame.iloc[_find_rows(frame, extent, base.plane)]
    parts, owners = split_parts(_simplify(rows, metres_per_pixel))
    parts = shapely.transform(parts, lambda degrees: project(degrees, base.plane))
    if spec.kind == VILLAGES:
        # their faces would hide everything else
        parts = shapely.boundary(parts)
    types = shapely.get_type_id(parts)
    is_area, is_line = np.isin(types, POLYGONS), np.isin(types, LINES)
    is_point = ~is_area & ~is_line & (spec.kind not in base.subjects)
    for value, members in _split_by_class(spec, rows):
        mine = members[owners]
        if not (mine & (is_area | is_line | is_point)).any():
            continue
        yield _style_class(
            spec, value, language, parts[mine & is_area], parts[mine & is_line],
            parts[mine & is_point],
        )  # fmt: skip


def _style_class(
    spec: LayerSpec,
    value: str,
    language: Language,
    areas: Geometries,
    lines: Geometries,
    points: Geometries,
) -> DrawnClass:
    style = spec.style
    own_colour = style.colours.get(value, "")
    choice = spec.field_by_name[style.by].choices[value] if value else NOTHING
    return DrawnClass(
        layer=spec.title.in_language(language),
        choice=choice.in_language(language),
        colour=own_colour or style.colour,
        fill=own_colour or style.fill or style.colour,
        weight=style.weights.get(value, style.weight),
        opacity=style.fill_opacity,
        dash=tuple(float(length) for length in style.dash.split()),
        areas=areas,
        lines=lines,
        points=points,
    )


def _split_by_class(
    spec: LayerSpec, rows: GeoDataFrame
) -> Iterator[tuple[str, npt.NDArray[np.bool_]]]:
    """Yield each class of the style and which rows are of it; "" is for all that have none."""
    style = spec.style
    if not style.by:
        yield "", np.ones(len(rows), dtype=bool)
        return
    values = rows[style.by].fillna("").to_numpy(dtype=object)
    classes = [value for value in spec.field_by_name[style.by].choices if value in style.colours]
    yield from ((value, values == value) for value in classes)
    yield "", ~np.isin(values, np.array(classes, dtype=object))


def _simplify(rows: GeoDataFrame, metres_per_pixel: float) -> Geometries:
    geometries = keep_drawable(rows.geometry.to_numpy())
    tolerance = metres_per_pixel / 2 / METRES_PER_DEGREE
    simple = shapely.simplify(geometries, tolerance, preserve_topology=False)
    # what is smaller than a pixel is kept as it is: a small zone must not vanish
    kept: Geometries = np.where(shapely.is_empty(simple), geometries, simple)
    return kept


def _find_rows(frame: GeoDataFrame, extent: Extent, plane: pyproj.CRS) -> Indices:
    west, south, east, north = extent
    across = np.linspace(west, east, _EDGE_POINTS)
    up = np.linspace(south, north, _EDGE_POINTS)
    edges = np.stack(np.meshgrid(across, up), axis=-1).reshape(-1, 2)
    degrees = unproject(edges, plane)
    box = shapely.box(*degrees.min(axis=0), *degrees.max(axis=0))
    return np.sort(frame.sindex.query(box))
