"""Which datum a file's degrees fit: its readings compared with what the project holds.

A file that does not say its datum is read in every way, and each way is held against the project:
features that it holds already, the villages that rows name, the roads and boundaries that lines and
outlines follow. Only samples are compared, so that the time does not grow with the file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame
from numpy.typing import NDArray

from geo_rv.catalogue import IDENTITY, LayerSpec
from geo_rv.frames import Layers
from geo_rv.geodesy.datum import Datum, move_geometries
from geo_rv.geodesy.local import measure_degrees
from geo_rv.geodesy.measure import LINES, POLYGONS, measure_distance_m
from geo_rv.intake.shapes import Geometries
from geo_rv.intake.wish import Task
from geo_rv.messages import Text, tell

READINGS: tuple[Datum, ...] = ("cgcs2000", "gcj02", "bd09")
_POINT = shapely.GeometryType.POINT
_VILLAGES = "village"
_NAMES = (IDENTITY, "name")

_MOST_ROWS = 1000
_MOST_VERTICES = 250
_REACH_M = 400.0
"""How far lines are looked for; what is further counts as this far."""
_SAME_M, _NOT_SAME_M = 50.0, 250.0
"""A feature that the project holds is met within the one, and missed by more than the other."""
_ALONG_M = 20.0
"""What follows a line keeps this close to it."""
_TIMES = 4.0
"""How many times further off the other readings of what follows a line have to be."""
_FEWEST_VERTICES = 20
_FEWEST_MORE = 5
"""So many more rows have to fit than by the second-best reading, and this share of all rows:"""
_SHARE_MORE = 0.05
_SHARE_IN_VILLAGE, _SHARE_IN_TOWN = 0.8, 0.95
"""Which share of the rows has to lie in the village that it names, or in any village."""

_Indices = NDArray[np.int64]
_Scores = Mapping[Datum, float]


@dataclass(frozen=True)
class Evidence:
    """What one comparison with the project says."""

    datum: Datum
    """The reading that fits clearly best."""
    reason: Text
    """What was compared, with the number of each reading."""


def compare_readings(
    geometry: Geometries, values: Mapping[str, pd.Series], spec: LayerSpec, task: Task
) -> tuple[Evidence, ...]:
    """Return what clearly tells the datum of `geometry`, the surest first, or nothing.

    `geometry` (none of it missing or empty) is in degrees of an unknown datum, for a layer `spec`;
    `values` are fields of the same rows. It is held against the task's surroundings.
    """
    layers = task.surroundings.layers
    strong = [
        *_compare_same(geometry, values, layers, spec),
        *_compare_named_villages(geometry, values, layers),
        *_compare_lines(geometry, task),
        *_compare_places(geometry, layers, spec),
    ]
    return tuple(strong) or tuple(_compare_town(geometry, layers))


def thin(indices: _Indices, *, most: int = _MOST_ROWS) -> _Indices:
    """Return at most `most` of `indices`, evenly spread."""
    if len(indices) <= most:
        return indices
    return indices[np.linspace(0, len(indices) - 1, most).astype(np.int64)]


def _compare_same(
    geometry: Geometries, values: Mapping[str, pd.Series], layers: Layers, spec: LayerSpec
) -> list[Evidence]:
    """Compare with the features of the same identity, or else name, that the layer holds."""
    if spec.kind not in layers:
        return []
    frame = layers[spec.kind]
    for name in _NAMES:
        if name in values:
            at, held_at = map(thin, _match_values(values[name], frame[name]))
            if len(at):
                held = frame.geometry.to_numpy()[held_at]
                return _compare_middles(geometry[at], held, f"same_{name}", spec.title)
    return []


def _compare_middles(
    geometry: Geometries, held: Geometries, key: str, title: Text
) -> list[Evidence]:
    """Compare features with the same ones as the project holds them, by their middles."""
    places = shapely.get_coordinates(shapely.centroid(held)).T

    def measure_apart(shapes: Geometries) -> float:
        middles = shapely.get_coordinates(shapely.centroid(shapes)).T
        return float(np.median(measure_distance_m(*middles, *places)))

    apart = _read_all(geometry, measure_apart)
    best, second, _ = sorted(READINGS, key=lambda datum: apart[datum])
    if apart[best] > _SAME_M or apart[second] < _NOT_SAME_M:
        return []
    told = {datum: f"{metres:.0f}" for datum, metres in apart.items()}
    return [Evidence(best, tell(f"intake.datum.{key}", count=len(held), layer=title, **told))]


def _compare_named_villages(
    geometry: Geometries, values: Mapping[str, pd.Series], layers: Layers
) -> list[Evidence]:
    """Compare the village that each row names, by code or name, with the one that it lies in."""
    if _VILLAGES not in layers or _VILLAGES not in values:
        return []
    villages = layers[_VILLAGES]
    pairs = [_match_values(values[_VILLAGES], villages[name], once=False) for name in _NAMES]
    at, village_at = max(pairs, key=lambda pair: len(pair[0]))
    at, village_at = thin(at), thin(village_at)
    if not len(at):
        return []
    areas = villages.geometry.to_numpy()
    shapely.prepare(areas)
    shares = _read_all(
        geometry[at],
        lambda shapes: float(np.mean(shapely.intersects(areas[village_at], _take_middles(shapes)))),
    )
    return _judge_shares(shares, "named_villages", len(at), _SHARE_IN_VILLAGE)


def _compare_town(geometry: Geometries, layers: Layers) -> list[Evidence]:
    """Compare how many rows lie in any village."""
    if _VILLAGES not in layers or not len(layers[_VILLAGES]):
        return []
    at = thin(np.flatnonzero(~shapely.is_missing(geometry)))
    tree = shapely.STRtree(layers[_VILLAGES].geometry.to_numpy())

    def count_inside(shapes: Geometries) -> float:
        inside = tree.query(_take_middles(shapes), predicate="intersects")[0]
        return len(np.unique(inside)) / len(shapes)

    return _judge_shares(_read_all(geometry[at], count_inside), "town", len(at), _SHARE_IN_TOWN)


def _judge_shares(shares: _Scores, key: str, count: int, least: float) -> list[Evidence]:
    best, second, _ = sorted(READINGS, key=lambda datum: -shares[datum])
    more = (shares[best] - shares[second]) * count
    if shares[best] < least or more < max(_FEWEST_MORE, _SHARE_MORE * count):
        return []
    told = {datum: f"{share:.0%}" for datum, share in shares.items()}
    return [Evidence(best, tell(f"intake.datum.{key}", count=count, **told))]


def _compare_lines(geometry: Geometries, task: Task) -> list[Evidence]:
    """Compare lines with each layer of lines, and outlines with those of each layer of faces."""
    types = shapely.get_type_id(geometry)
    found = []
    for wanted, key in ((LINES, "along_lines"), (POLYGONS, "along_edges")):
        vertices = _take_vertices(geometry[np.isin(types, wanted)])
        if len(vertices) < _FEWEST_VERTICES:
            continue
        for kind, frame in task.surroundings.layers.items():
            reference = _take_edges(frame, wanted)
            if len(reference) and kind in task.catalogue:
                found += _compare_gaps(vertices, reference, key, task.catalogue[kind].title)
    return found


def _compare_places(geometry: Geometries, layers: Layers, spec: LayerSpec) -> list[Evidence]:
    """Compare points with the points of the same layer."""
    points = _take_vertices(geometry[shapely.get_type_id(geometry) == _POINT])
    if spec.kind not in layers or len(points) < _FEWEST_VERTICES:
        return []
    held = layers[spec.kind].geometry.to_numpy()
    held = held[shapely.get_type_id(held) == _POINT]
    return _compare_gaps(points, held, "near_points", spec.title) if len(held) else []


def _compare_gaps(
    vertices: Geometries, reference: Geometries, key: str, title: Text
) -> list[Evidence]:
    gaps = _read_all(vertices, lambda points: float(np.median(_measure_gaps(points, reference))))
    best, second, _ = sorted(READINGS, key=lambda datum: gaps[datum])
    if gaps[best] > _ALONG_M or gaps[second] < _TIMES * max(gaps[best], 1.0):
        return []
    told = {
        datum: f"≥{_REACH_M:.0f}" if metres >= _REACH_M else f"{metres:.0f}"
        for datum, metres in gaps.items()
    }
    return [Evidence(best, tell(f"intake.datum.{key}", count=len(vertices), layer=title, **told))]


def _measure_gaps(points: Geometries, reference: Geometries) -> NDArray[np.float64]:
    """Return how many metres each point is from the nearest of `reference`, the reach at most."""
    places = shapely.get_coordinates(points)
    degree = measure_degrees(np.median(places[:, 1], keepdims=True))[0]
    reach = _REACH_M / degree
    boxes = shapely.box(*(places - reach).T, *(places + reach).T)
    used = np.unique(shapely.STRtree(reference).query(boxes)[1])
    origin = places[0]
    plane = shapely.transform(reference[used], lambda degrees: (degrees - origin) * degree)
    (point_at, _), metres = shapely.STRtree(plane).query_nearest(
        shapely.points((places - origin) * degree),
        max_distance=_REACH_M,
        return_distance=True,
        all_matches=False,
    )
    gaps = np.full(len(points), _REACH_M)
    gaps[point_at] = metres
    return gaps


def _read_all(geometry: Geometries, measure: Callable[[Geometries], float]) -> _Scores:
    """Return the measure of `geometry` in each reading."""
    return {datum: measure(move_geometries(geometry, datum)) for datum in READINGS}


def _take_middles(shapes: Geometries) -> Geometries:
    middles: Geometries = shapely.point_on_surface(shapes)
    return middles


def _take_vertices(geometry: Geometries) -> Geometries:
    """Return vertices of `geometry`, evenly over all of them, as points."""
    coordinates = shapely.get_coordinates(geometry[thin(np.arange(len(geometry)))])
    taken = thin(np.arange(len(coordinates)), most=_MOST_VERTICES)
    points: Geometries = shapely.points(coordinates[taken])
    return points


def _take_edges(frame: GeoDataFrame, types: tuple[int, ...]) -> Geometries:
    """Return the lines of a layer, or the outlines of its faces."""
    held = frame.geometry.to_numpy()
    held = held[np.isin(shapely.get_type_id(held), types)]
    edges: Geometries = shapely.boundary(held) if types == POLYGONS else held
    return edges


def _match_values(
    brought: pd.Series, held: pd.Series, *, once: bool = True
) -> tuple[_Indices, _Indices]:
    """Return where `brought` has a value that `held` has, and where `held` has it.

    With `once`, only values that stand once in both; without, those that stand once in `held`.
    """
    brought, held = brought.astype("str"), held.astype("str")
    known = pd.Index(held)
    is_known = held.notna().to_numpy() & ~known.duplicated(keep=False)
    places = np.flatnonzero(is_known)
    at = pd.Index(held.to_numpy()[is_known]).get_indexer(pd.Index(brought))
    is_met = (at >= 0) & brought.notna().to_numpy()
    if once:
        is_met &= ~brought.duplicated(keep=False).to_numpy()
    return np.flatnonzero(is_met), places[at[is_met]]
