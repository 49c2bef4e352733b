"""Outlines that are valid and still look wrong: slivers, and sharp corners too wide to cut off."""

from __future__ import annotations

import numpy as np
import shapely

from geo_rv.geodesy.local import measure_degrees
from geo_rv.geodesy.measure import Floats, Indices, cut_by_vertices, split_parts
from geo_rv.intake.candidate import Problem, list_problems
from geo_rv.intake.quality.batch import Batch, mark
from geo_rv.intake.quality.spikes import measure_corners
from geo_rv.intake.quality.vertices import Geometries, take_apart


def judge_corners(batch: Batch) -> list[Problem]:
    """Return a warning for each face with spikes, telling the sharpest one."""
    at = np.flatnonzero(batch.is_face)
    parts = cut_by_vertices(batch.geometry[at])
    return [problem for part in parts for problem in _judge_corners_of(batch, at[part])]


def _judge_corners_of(batch: Batch, at: Indices) -> list[Problem]:
    rings = take_apart(batch.geometry[at], rings=True)
    corners = measure_corners(rings)
    spikes = np.flatnonzero(corners.find_spikes(batch.thresholds))
    owners = rings.vertex_owner[spikes]
    first = _find_least(corners.degrees[spikes], owners)
    worst = spikes[first]
    return list_problems(
        mark(at[owners[first]], len(batch.rows)),
        batch.rows,
        "spike",
        severity="warning",
        count=np.bincount(owners, minlength=len(at))[owners[first]],
        degrees=corners.degrees[worst],
        width_m=corners.width_m[worst],
        lon=rings.vertices[worst, 0],
        lat=rings.vertices[worst, 1],
    )


def judge_slivers(batch: Batch) -> list[Problem]:
    """Return a warning for each face that is, or has a part that is, a sliver."""
    at = np.flatnonzero(batch.is_face)
    parts, owners = split_parts(batch.geometry[at])
    areas, widths, roundness = measure_forms(parts)
    slivers = np.flatnonzero(
        (widths < batch.thresholds.sliver_width_m) & (roundness < batch.thresholds.sliver_roundness)
    )
    worst = slivers[_find_least(widths[slivers], owners[slivers])]
    places = shapely.get_coordinates(shapely.point_on_surface(parts[worst]))
    return list_problems(
        mark(at[owners[worst]], len(batch.rows)),
        batch.rows,
        "sliver",
        severity="warning",
        width_m=widths[worst],
        area_m2=areas[worst],
        lon=places[:, 0],
        lat=places[:, 1],
    )


def measure_forms(faces: Geometries) -> tuple[Floats, Floats, Floats]:
    """Return area (m2), mean width (m) and roundness of each face, as maps show them.

    `faces` are polygons in degrees. The mean width is twice the area by the outline, which a long
    strip is wide; the roundness 4 pi A / P2 is 1 for a circle. Right to a thousandth for faces of
    some kilometres, which is enough to say what is narrow.
    """
    forms = [_measure_forms(faces[part]) for part in cut_by_vertices(faces)]
    areas, widths, roundness = (np.concatenate(column) for column in zip(*forms, strict=True))
    return areas, widths, roundness


def _measure_forms(faces: Geometries) -> tuple[Floats, Floats, Floats]:
    bounds = shapely.bounds(faces)
    metres = measure_degrees((bounds[:, 1] + bounds[:, 3]) / 2)
    coordinates, owner = shapely.get_coordinates(faces, return_index=True)
    # near the origin, where squares of metres lose no digits
    scaled = (coordinates - bounds[owner, :2]) * metres[owner]
    flat = shapely.set_coordinates(faces.copy(), scaled)
    areas, outlines = shapely.area(flat), shapely.length(flat)
    widths = np.divide(2 * areas, outlines, out=np.zeros_like(areas), where=outlines > 0)
    roundness = np.divide(
        4 * np.pi * areas, outlines**2, out=np.zeros_like(areas), where=outlines > 0
    )
    return areas, widths, roundness


def _find_least(values: Floats, groups: Indices) -> Indices:
    """Return the place of the least of `values` in each of the `groups`, in their order."""
    order = np.lexsort((values, groups))
    is_first = np.diff(groups[order], prepend=-1) > 0
    return np.asarray(order[is_first])
