"""What a file would bring, on a map: each row in its state, and repairs as they were before."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import shapely
from numpy.typing import NDArray

from geo_rv.geodesy.crs import Bounds
from geo_rv.maps.features import DECIMALS, choose_tolerance
from geo_rv.maps.view import FEATURE_BUDGET

RowState = Literal["accepted", "repair", "refused"]

ACCEPTED, REPAIR, REFUSED = range(3)
STATES: tuple[RowState, ...] = ("accepted", "repair", "refused")
"""In the order of their numbers."""

_STRAYS = 0.05
"""At most such a share of the rows, at each end, is left out of what a map opens on."""
_WORLD: Bounds = (-180.0, -85.0, 180.0, 85.0)
"""What a web map can show."""


@dataclass(frozen=True)
class Sketch:
    """The rows of one candidate as they are drawn, in EPSG:4490."""

    geometry: NDArray[np.object_]
    """One geometry a row, with the repairs that are proposed; None where it has none."""
    before: NDArray[np.object_]
    """Of the rows to be repaired as the file has them, where a map can show that; else None."""
    states: NDArray[np.int8]
    """The place of each row's state in STATES."""
    rows: NDArray[np.int64]
    """The rows' numbers."""
    boxes: NDArray[np.float64]
    """West, south, east, north of each geometry; NaN where it cannot be drawn."""

    @classmethod
    @np.errstate(invalid="ignore")  # a vertex that is no number is not drawn, and not warned of
    def of(
        cls,
        geometry: NDArray[np.object_],
        before: NDArray[np.object_],
        states: NDArray[np.int8],
        rows: NDArray[np.int64],
    ) -> Sketch:
        """Return the sketch of rows whose geometries are `before` in the file."""
        shown = before.copy()
        # a repair of other than the outline needs no second drawing
        shown[(states != REPAIR) | shapely.equals_exact(before, geometry)] = None
        shown[np.isnan(_measure_boxes(shown)[:, 0])] = None
        return cls(geometry, shown, states, rows, _measure_boxes(geometry))

    @property
    def is_drawable(self) -> NDArray[np.bool_]:
        """Which rows have a geometry that a map can show."""
        drawable: NDArray[np.bool_] = ~np.isnan(self.boxes[:, 0])
        return drawable

    def find_in(self, bounds: Bounds | None) -> NDArray[np.intp]:
        """Return the places of the rows that can be drawn in `bounds`, or anywhere."""
        if bounds is None:
            return np.flatnonzero(self.is_drawable)
        west, south, east, north = bounds
        boxes = self.boxes
        is_near = (boxes[:, 2] >= west) & (boxes[:, 0] <= east)
        is_near &= (boxes[:, 3] >= south) & (boxes[:, 1] <= north)
        return np.flatnonzero(is_near)


def draw_sketches(
    sketches: tuple[Sketch, ...],
    *,
    bounds: Bounds | None = None,
    zoom: float | None = None,
    most: int = FEATURE_BUDGET,
) -> str:
    """Return the rows of `sketches` in `bounds` (degrees) as the text of a FeatureCollection.

    Each feature has the properties ``candidate`` (the sketch's place), ``row`` and ``state``; a row
    to be repaired is there a second time as it was, in the state "before". Of more than `most`
    rows an even sample is taken, of those with problems first; ``numberMatched`` tells how many
    there are, ``numberReturned`` how many of them are here. Outlines are simplified to half a
    pixel at the web map's `zoom`.
    """
    found = [sketch.find_in(bounds) for sketch in sketches]
    candidate = np.repeat(np.arange(len(found)), [len(places) for places in found])
    places = np.concatenate([*found, np.empty(0, dtype=np.intp)])
    states = _gather([sketch.states for sketch in sketches], found, np.int8)
    taken = _sample(states, most)
    features = []
    for number, sketch in enumerate(sketches):
        own = places[taken[candidate[taken] == number]]
        features += _write_features(sketch, own, number, zoom)
    return (
        f'{{"type":"FeatureCollection","numberMatched":{len(states)},'
        f'"numberReturned":{len(taken)},"features":[{",".join(features)}]}}'
    )


def draw_row(sketch: Sketch, place: int) -> dict[str, Any]:
    """Return one row's ``state`` and its geometry ``after`` and ``before`` repair, if any."""
    after = sketch.geometry[place] if sketch.is_drawable[place] else None
    written = _write(np.array([after, sketch.before[place]], dtype=object), None)
    return {
        "state": STATES[sketch.states[place]],
        "after": json.loads(written[0]),
        "before": json.loads(written[1]),
    }


def join_boxes(sketches: tuple[Sketch, ...], *, near: Bounds | None = None) -> Bounds | None:
    """Return what the rows fill that come in, or else those refused; None where none is drawn.

    A row far from the rest is seen when it is asked for: where any row lies in `near`, only such
    rows count, and else nearly all. West, south, east, north in degrees.
    """
    for area in (near, None):
        for wanted in ((ACCEPTED, REPAIR), (REFUSED,)):
            places = [
                found[np.isin(sketch.states[found], wanted)]
                for sketch in sketches
                for found in [sketch.find_in(area)]
            ]
            boxes = _gather([sketch.boxes for sketch in sketches], places, np.float64)
            if len(boxes):
                boxes = _leave_strays(boxes)
                west, south = boxes[:, :2].min(axis=0).tolist()
                east, north = boxes[:, 2:].max(axis=0).tolist()
                return west, south, east, north
    return None


def _leave_strays(boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return `boxes` without the few that lie outside of where nearly all others are."""
    middles = (boxes[:, :2] + boxes[:, 2:]) / 2
    least, most = np.quantile(middles, (_STRAYS, 1 - _STRAYS), axis=0)
    # as far again as most of them are spread: the margins of an even spread are not cut
    margin = most - least
    is_near = ((middles >= least - margin) & (middles <= most + margin)).all(axis=1)
    kept: NDArray[np.float64] = boxes[is_near]
    return kept


def _gather(arrays: list[Any], chosen: list[Any], dtype: Any) -> NDArray[Any]:
    parts = [array[places] for array, places in zip(arrays, chosen, strict=True)]
    return np.concatenate(parts) if parts else np.empty(0, dtype=dtype)


def _sample(states: NDArray[np.int8], most: int) -> NDArray[np.intp]:
    """Return places of at most `most` rows, up to half of them of rows with problems."""
    troubled, fine = np.flatnonzero(states != ACCEPTED), np.flatnonzero(states == ACCEPTED)
    kept = _thin(troubled, max(most // 2, most - len(fine)))
    return np.concatenate([_thin(fine, most - len(kept)), kept])


def _thin(places: NDArray[np.intp], most: int) -> NDArray[np.intp]:
    """Return at most `most` of `places`, evenly spread."""
    if len(places) <= most:
        return places
    return places[np.linspace(0, len(places) - 1, most).astype(np.intp)]


def _write_features(
    sketch: Sketch, places: NDArray[np.intp], candidate: int, zoom: float | None
) -> list[str]:
    mended = places[~shapely.is_missing(sketch.before[places])]
    states = [STATES[state] for state in sketch.states[places]] + ["before"] * len(mended)
    rows = [*sketch.rows[places].tolist(), *sketch.rows[mended].tolist()]
    shapes = [*_write(sketch.geometry[places], zoom), *_write(sketch.before[mended], zoom)]
    return [
        f'{{"type":"Feature","properties":{{"candidate":{candidate},"row":{row},'
        f'"state":"{state}"}},"geometry":{shape}}}'
        for row, state, shape in zip(rows, states, shapes, strict=True)
    ]


def _write(geometries: NDArray[np.object_], zoom: float | None) -> list[str]:
    flat = shapely.force_2d(geometries)
    if zoom is not None:
        flat = shapely.simplify(flat, choose_tolerance(zoom), preserve_topology=True)
    written = shapely.to_geojson(shapely.transform(flat, _round))
    nothing = shapely.is_missing(flat) | shapely.is_empty(flat)
    texts: list[str] = np.where(nothing, "null", written).tolist()
    return texts


def _round(points: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.round(points, DECIMALS)


def _measure_boxes(geometries: NDArray[np.object_]) -> NDArray[np.float64]:
    """Return what each geometry fills; NaN where a web map cannot show it."""
    boxes: NDArray[np.float64] = shapely.bounds(geometries)
    west, south, east, north = _WORLD
    fits = (boxes[:, 0] >= west) & (boxes[:, 1] >= south)
    fits &= (boxes[:, 2] <= east) & (boxes[:, 3] <= north)
    # bounds pass over single vertices that are no numbers
    points, owners = shapely.get_coordinates(geometries, return_index=True)
    fits[owners[~np.isfinite(points).all(axis=1)]] = False
    boxes[~fits] = np.nan
    return boxes
