"""What is wrong with single outlines and can be mended: proposed, never done in silence."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import shapely

from geo_rv.geodesy.measure import LINES, POLYGONS, Indices, cut_by_vertices
from geo_rv.geodesy.validity import find_stunted, make_valid
from geo_rv.intake.candidate import list_problems
from geo_rv.intake.place.geometry import find_placed
from geo_rv.intake.quality.batch import mark
from geo_rv.intake.quality.spikes import cut_spikes
from geo_rv.intake.quality.thresholds import Thresholds
from geo_rv.intake.quality.vertices import Paths, drop_repeated, put_together, take_apart
from geo_rv.intake.shapes import Geometries, Mask, Shapes
from geo_rv.messages import NOTHING, Text, tell

_REASON = r"^(?P<what>[^\[]*)(?:\[(?P<lon>\S+) (?P<lat>\S+)\])?$"
"""What GEOS says of an invalid geometry: "Self-intersection[113.86 31.85]"."""
_REASONS = {
    "Duplicate Rings": "duplicate_rings",
    "Hole lies outside shell": "hole_outside",
    "Holes are nested": "nested_holes",
    "Interior is disconnected": "disconnected",
    "Nested shells": "nested_shells",
    "Ring Self-intersection": "ring_self_intersection",
    "Self-intersection": "self_intersection",
    "Too few points in geometry component": "too_few_points",
}
_MOST_ROUNDS = 4


def mend_shapes(shapes: Shapes, thresholds: Thresholds) -> Shapes:
    """Return `shapes` with the repairs that their outlines need proposed, in this order.

    Vertices that repeat the one before are left out, narrow spikes are cut off, and what is
    invalid then is taken apart by structure (`make_valid`), which keeps what every ring
    encloses and the type that a layer takes. What nothing is left of is told as refused.
    """
    is_sound = find_placed(shapes.geometry) & ~find_stunted(shapes.geometry)
    shapes = _drop_repeated(shapes, is_sound, thresholds, rings=False)
    shapes = _drop_repeated(shapes, is_sound, thresholds, rings=True)
    shapes = _cut_spikes(shapes, is_sound, thresholds)
    return _mend_validity(shapes, thresholds)


def _drop_repeated(
    shapes: Shapes, is_sound: Mask, thresholds: Thresholds, *, rings: bool
) -> Shapes:
    def tidy(paths: Paths) -> Paths:
        return drop_repeated(paths, thresholds.repeated_m)

    at = np.flatnonzero(is_sound & _are_of(shapes, POLYGONS if rings else LINES))
    return _tidy(shapes, at, tidy, "vertices_repeated", rings=rings)


def _cut_spikes(shapes: Shapes, is_sound: Mask, thresholds: Thresholds) -> Shapes:
    def tidy(paths: Paths) -> Paths:
        return cut_spikes(paths, thresholds)

    at = np.flatnonzero(is_sound & _are_of(shapes, POLYGONS))
    return _tidy(shapes, at, tidy, "spikes_cut", rings=True)


def _are_of(shapes: Shapes, types: tuple[int, ...]) -> Mask:
    return np.isin(shapely.get_type_id(shapes.geometry), types)


def _tidy(
    shapes: Shapes, at: Indices, tidy: Callable[[Paths], Paths], key: str, *, rings: bool
) -> Shapes:
    """Return `shapes` with the repair `key` proposed for those `at` that `tidy` takes from."""
    lost = np.concatenate(
        [
            _count_lost(shapes.geometry[at[part]], tidy, rings=rings)
            for part in cut_by_vertices(shapes.geometry[at])
        ]
    )
    affected = at[lost > 0]
    originals = shapes.geometry[affected]
    return shapes.mend(
        mark(affected, len(shapes.rows)),
        put_together(tidy(take_apart(originals, rings=rings)), originals),
        key,
        count=lost[lost > 0],
    )


def _count_lost(geometry: Geometries, tidy: Callable[[Paths], Paths], *, rings: bool) -> Indices:
    """Return how many vertices `tidy` takes from each geometry."""
    paths = take_apart(geometry, rings=rings)
    before, after = (
        np.bincount(each.vertex_owner, minlength=len(geometry)) for each in (paths, tidy(paths))
    )
    return before - after


def _mend_validity(shapes: Shapes, thresholds: Thresholds) -> Shapes:
    at = np.flatnonzero(find_placed(shapes.geometry) & ~shapely.is_valid(shapes.geometry))
    broken = shapes.geometry[at]
    repaired = _make_sound(broken, thresholds)
    is_lost = shapely.is_empty(repaired) | ~shapely.is_valid(repaired)
    lost = mark(at[is_lost], len(shapes.rows))
    shapes = shapes.with_problems(list_problems(lost, shapes.rows, "geometry_collapsed"))
    broken, repaired = broken[~is_lost], repaired[~is_lost]
    return shapes.mend(
        mark(at[~is_lost], len(shapes.rows)),
        repaired,
        "geometry_invalid",
        reason=_explain_reasons(broken),
        change=_tell_changes(broken, repaired),
    )


def _make_sound(broken: Geometries, thresholds: Thresholds) -> Geometries:
    """Return valid copies of `broken` in which nothing is left to repair.

    Where edges cross close to a vertex, a valid outline comes back with vertices a hair apart or
    with a narrow spike. Without them it may cross itself anew, so that this takes its rounds.
    """
    valid = make_valid(broken)
    for _ in range(_MOST_ROUNDS):
        at = np.flatnonzero(np.isin(shapely.get_type_id(valid), POLYGONS) & shapely.is_valid(valid))
        outlines = valid[at]
        rings = drop_repeated(take_apart(outlines, rings=True), thresholds.repeated_m)
        tidied = put_together(cut_spikes(rings, thresholds), outlines)
        if shapely.equals_identical(tidied, outlines).all():
            break
        valid[at] = make_valid(tidied)
    return valid


def _explain_reasons(broken: Geometries) -> pd.Series:
    """Return why each geometry is invalid, and where, as Text."""
    said = pd.Series(shapely.is_valid_reason(broken), dtype=object)
    found = said.str.extract(_REASON)
    return pd.Series(
        [
            _explain_reason(*row)
            for row in zip(found["what"], found["lon"], found["lat"], strict=True)
        ],
        dtype=object,
    )


def _explain_reason(what: str, lon: object, lat: object) -> Text:
    reason = tell(f"intake.invalid.{_REASONS.get(what, 'other')}", what=what)
    if not isinstance(lon, str):
        return reason
    return tell("intake.invalid.at", reason=reason, lon=float(lon), lat=float(str(lat)))


def _tell_changes(before: Geometries, after: Geometries) -> pd.Series:
    """Return for each repaired geometry how many parts it came to have, where that changed."""
    counts = zip(
        shapely.get_num_geometries(before).tolist(),
        shapely.get_num_geometries(after).tolist(),
        strict=True,
    )
    return pd.Series(
        [
            NOTHING if old == new else tell("intake.invalid.parts", before=old, after=new)
            for old, new in counts
        ],
        dtype=object,
    )
