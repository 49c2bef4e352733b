"""Eligible land: what of an area lies outside every limit of the rules in force."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pyproj
import shapely

from geo_rv.analysis.carving import carve_area, list_polygons
from geo_rv.analysis.ground import Ground
from geo_rv.analysis.limits import Limits, Unasked, list_limits
from geo_rv.analysis.obstacles import build_faces, gather_obstacles
from geo_rv.analysis.shapes import Shapes
from geo_rv.geodesy.buffer import CLEARANCE_M, choose_middle_plane
from geo_rv.geodesy.measure import Geometries
from geo_rv.geodesy.plane import project, unproject
from geo_rv.progress import Progress
from geo_rv.rulebook import RuleBook

SEAM_M = 0.001
"""Vertices that a tile's border left on a straight line go where they are no farther off it."""
EDGE_M = 100.0
"""The longest edge of the result, which runs straight in degrees as in the plane to 0.3 mm."""


@dataclass(frozen=True)
class EligibleLand:
    """The land that is left, and what it was not asked."""

    plane: pyproj.CRS
    """The plane that it was found in, metric and true to scale near the area."""
    polygons: Geometries
    """Valid polygons in EPSG:4490, none touching another along a line."""
    planar: Geometries
    """The same in the plane."""
    unasked: tuple[Unasked, ...]
    kinds: tuple[str, ...]
    """The layers that it keeps clear of."""
    reach_m: float
    """The widest limit that was kept; 0 without any."""


def find_eligible(
    ground: Ground,
    book: RuleBook,
    area: Shapes,
    *,
    as_of: date,
    subject: str = "cemetery",
    certain: bool = False,
    progress: Progress,
) -> EligibleLand:
    """Return the land of `area` where a new feature of the layer `subject` would break no rule.

    Asked are the rules of `book` on where it lies that are in force on `as_of`. A place that is
    left has every limit kept, with `CLEARANCE_M` to spare for rounding, so that a feature as
    large as the whole polygon keeps them too; a place in the area's polygons that is not left
    breaks a limit or lies no more than 5 cm outside of it, up to limits of 2 km and areas of
    300 km. With `certain` land is also left out where a finding would be marginal.
    """
    progress("progress.limits")
    limits = list_limits(ground, book.in_force(as_of), subject, certain=certain)
    plane = choose_middle_plane(area.bounds)
    planar = _build_area(area, limits, plane)
    obstacles = gather_obstacles(limits.kept, plane, planar.bounds)
    progress("progress.carving")
    polygons = shapely.simplify(carve_area(planar, obstacles), SEAM_M)
    polygons = polygons[~shapely.is_empty(polygons)]
    progress("progress.joining")
    widest = max((np.nanmax(kept.reaches_m, initial=0) for kept in limits.kept), default=0.0)
    return EligibleLand(
        plane, *_set_down(polygons, plane), limits.unasked, limits.kinds, float(widest)
    )


def _build_area(area: Shapes, limits: Limits, plane: pyproj.CRS) -> Any:
    """Return the polygons of `area` in `plane` as one, where rules let land lie at all."""
    planar = shapely.union_all(build_faces(area, plane))
    for alternatives in limits.required:
        faces = [face for shapes in alternatives for face in build_faces(shapes, plane)]
        inside = shapely.buffer(shapely.union_all(faces), -CLEARANCE_M, join_style="mitre")
        planar = shapely.union_all(list_polygons(shapely.intersection(planar, inside)))
    return planar


def _set_down(planar: Geometries, plane: pyproj.CRS) -> tuple[Geometries, Geometries]:
    """Return polygons of `plane` in EPSG:4490, and those in the plane again."""
    dense = shapely.segmentize(planar, EDGE_M)
    polygons = shapely.transform(dense, lambda places: unproject(places, plane))
    valid = shapely.is_valid(polygons)
    # where two corners are nearer to each other than degrees can tell
    repaired = [list_polygons(each) for each in shapely.make_valid(polygons[~valid])]
    polygons = np.concatenate([polygons[valid], *repaired])
    return polygons, shapely.transform(polygons, lambda places: project(places, plane))
