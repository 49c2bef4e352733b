"""Shapes and columns in the plane into layer frames."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame

from geo_rv.demo.coverage import Shapes
from geo_rv.demo.grid import Floats, Whole
from geo_rv.demo.scene import Scene
from geo_rv.frames import conform_frame
from geo_rv.geodesy.crs import to_stored
from geo_rv.geodesy.measure import measure_area_m2

LAND_EDITION = "用地用海分类2023"


def make_layer(
    scene: Scene,
    kind: str,
    shapes: Sequence[Any] | Shapes,
    columns: Mapping[str, Any],
    *,
    remarks: Sequence[str] | None = None,
) -> GeoDataFrame:
    """Return the layer frame of `kind` with one row for each of `shapes`, in the plane.

    Rows without an id are numbered; the village is the one that the row lies in; the remark
    begins with the notice that everything here is made up. Registered areas are measured.
    """
    spec = scene.catalogue[kind]
    shapes = np.asarray(shapes, dtype=object)
    prefix = scene.plan.prefixes.get(kind, kind)
    table = {
        "id": [f"{prefix}{number:04d}" for number in range(1, len(shapes) + 1)],
        "remark": _write_remarks(scene.plan.notice, remarks, len(shapes)),
        **columns,
    }
    if "village" in spec.field_by_name and "village" not in table:
        table["village"] = name_villages(scene, find_villages(scene, shapes))
    frame = to_stored(GeoDataFrame(pd.DataFrame(table), geometry=shapes, crs=scene.plane))
    if "area_m2" in spec.field_by_name and "area_m2" not in table:
        frame["area_m2"] = measure_area_m2(frame.geometry.array).round(2)
    return conform_frame(frame, spec)


def _write_remarks(notice: str, remarks: Sequence[str] | None, count: int) -> list[str]:
    if remarks is None:
        return [notice] * count
    return [f"{notice}；{remark}" if remark else notice for remark in remarks]


def find_villages(scene: Scene, shapes: Shapes) -> Whole:
    """Return for each of `shapes` the number of the village that it lies in, from 1."""
    points = shapely.point_on_surface(shapes)
    # a point on a boundary, or a line along it, belongs to the nearer side
    tree = shapely.STRtree(scene.villages)
    return np.asarray(tree.query_nearest(points, all_matches=False)[1] + 1)


def name_villages(scene: Scene, numbers: Whole) -> list[str]:
    """Return the codes of the villages with `numbers`, from 1."""
    return [scene.plan.villages[number - 1].code for number in numbers.tolist()]


def share_out(total: float, weights: Floats, *, step: float = 1.0) -> Floats:
    """Return `total` in parts as `weights` say, each a multiple of `step`, with exactly its sum.

    Largest remainder: what is left after rounding down goes to the largest fractions.
    """
    units = round(total / step)
    exact = np.asarray(weights, dtype=float) / np.sum(weights) * units
    whole = np.floor(exact)
    order = np.argsort(-(exact - whole), kind="stable")
    whole[order[: units - int(whole.sum())]] += 1
    return whole * step if step >= 1 else whole / round(1 / step)


def clip_lines(scene: Scene, lines: Sequence[Floats]) -> Shapes:
    """Return `lines`, points (n, 2) each, as far as they lie in the town; some may be empty."""
    shapely.prepare(scene.town)
    return np.asarray(shapely.intersection(shapely_lines(lines), scene.town))


def shapely_lines(lines: Sequence[Floats]) -> Shapes:
    """Return lines of points (n, 2) as geometries."""
    return np.array([shapely.LineString(line) for line in lines], dtype=object)


def cut_out(shapes: Shapes, holes: Shapes) -> tuple[Shapes, Whole]:
    """Return the parts of `shapes` that lie outside `holes`, and the shape that each is of.

    Parts that are mere slivers are left out.
    """
    shape, hole = shapely.STRtree(holes).query(shapes, predicate="intersects")
    result = shapes.copy()
    # the tree tells the pairs in the order of `shapes`
    found, starts = np.unique(shape, return_index=True)
    ends = np.append(starts, len(shape))[1:]
    for number, start, end in zip(found, starts, ends, strict=True):
        result[number] = shapely.difference(
            shapes[number], shapely.union_all(holes[hole[start:end]])
        )
    parts, owner = shapely.get_parts(result, return_index=True)
    large = shapely.area(parts) > 400
    return parts[large], owner[large]
