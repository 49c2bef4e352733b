"""The county, made in code from one seed: lines that wander, zones, and graves on hillsides.

All is drawn in metres from the county's centre and set down in degrees with one scale for each
axis: about 60 x 60 km, edges mostly of 5 to 60 m. Every feature is a valid geometry.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from geopandas import GeoDataFrame

from geo_rv.catalogue import Catalogue
from geo_rv.frames import conform_frame
from geo_rv.geodesy.crs import STORED

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]
Geometries = npt.NDArray[np.object_]
Places = npt.NDArray[np.complex128]
"""Metres east and north of the centre, as complex numbers."""

SEED = 20260319
CENTRE = (113.9, 31.8)
METRES_PER_DEGREE = (94_700.0, 110_880.0)
"""East and north at the centre, to a tenth of a per cent."""
HALF_SIDE_M = 30_000.0
TOWNS = 50
HILLSIDES = 2_000
FEATURES_PER_LINE = 40
"""Into how many features a road from end to end is cut."""


@dataclass(frozen=True)
class Lines:
    """How the lines of a layer run."""

    features: int
    edge_m: float
    """The median length of an edge."""
    bend: float
    """How much the direction changes from edge to edge (standard deviation, radians)."""
    vertices: tuple[int, int]
    """The fewest and the most of a feature."""


@dataclass(frozen=True)
class Zones:
    """How the polygons of a layer look."""

    features: int
    edge_m: float
    in_towns: float
    """Which share of them lies around towns; the others lie anywhere."""
    vertices: tuple[int, int] = (10, 100)


COUNTY: Mapping[str, Lines | Zones] = {
    "railway": Lines(1_000, 30.0, 0.01, (30, 120)),
    "road": Lines(46_000, 15.0, 0.08, (30, 120)),
    "river": Lines(20_000, 13.0, 0.15, (30, 120)),
    "reservoir": Zones(1_500, 14.0, 0.0),
    "residential_area": Zones(16_000, 8.0, 0.6),
    "basic_farmland": Zones(60_000, 8.0, 0.3),
    "forest_land": Zones(55_000, 9.0, 0.0),
    "scenic_area": Zones(500, 35.0, 0.0),
}
"""The constraint layers: 200 000 features, 12.5 million vertices."""


def draw_layers(
    catalogue: Catalogue, county: Mapping[str, Lines | Zones] = COUNTY
) -> Iterator[tuple[str, GeoDataFrame]]:
    """Yield each constraint layer's kind and its layer frame in EPSG:4490."""
    towns = scatter(np.random.default_rng(SEED), TOWNS)
    for number, (kind, plan) in enumerate(county.items()):
        rng = np.random.default_rng((SEED, number))
        if isinstance(plan, Lines):
            geometries = draw_lines(rng, plan, towns)
        else:
            geometries = draw_zones(rng, plan, towns)
        yield kind, _make_frame(catalogue, kind, geometries)


def draw_sites(catalogue: Catalogue, count: int) -> GeoDataFrame:
    """Return `count` graves, hillside by hillside as surveyors go, as a layer frame."""
    rng = np.random.default_rng((SEED, count))
    hillsides = scatter(np.random.default_rng((SEED, HILLSIDES)), HILLSIDES)
    on_hillside = np.sort(rng.choice(HILLSIDES, count, p=rng.dirichlet(np.ones(HILLSIDES))))
    along, across = rng.uniform(60, 250, HILLSIDES), rng.uniform(20, 80, HILLSIDES)
    slopes = np.exp(1j * rng.uniform(0, np.pi, HILLSIDES))
    offsets = rng.standard_normal((2, count))
    places = hillsides[on_hillside] + slopes[on_hillside] * (
        along[on_hillside] * offsets[0] + 1j * across[on_hillside] * offsets[1]
    )
    points = shapely.points(set_down(fold(places)))
    return _make_frame(catalogue, "burial", points)


def draw_lines(rng: np.random.Generator, plan: Lines, towns: Places) -> Geometries:
    """Return long lines that wander about the county, cut into features that share their ends."""
    counts = rng.integers(plan.vertices[0], plan.vertices[1] + 1, plan.features)
    line_of = np.arange(plan.features) // FEATURES_PER_LINE
    edge_lines = np.repeat(line_of, counts - 1)
    lines = int(line_of[-1]) + 1
    turns = _sum_within(plan.bend * rng.standard_normal(len(edge_lines)), edge_lines)
    headings = rng.uniform(0, 2 * np.pi, lines)[edge_lines] + turns
    lengths = plan.edge_m * rng.lognormal(0, 0.5, len(edge_lines))
    starts = _settle(rng, lines, towns, 0.6)
    ends = starts[edge_lines] + _sum_within(lengths * np.exp(1j * headings), edge_lines)
    first_edges = np.searchsorted(edge_lines, np.arange(lines))
    path = np.insert(ends, first_edges, starts)
    owners = np.repeat(np.arange(plan.features), counts)
    # a feature begins at the vertex that the one before it on the same line ends at
    vertices = np.arange(len(owners)) - owners + line_of[owners]
    drawn: Geometries = shapely.linestrings(set_down(fold(path[vertices])), indices=owners)
    return drawn


def draw_zones(rng: np.random.Generator, plan: Zones, towns: Places) -> Geometries:
    """Return polygons whose every corner is in sight of the centre, so that none crosses itself."""
    corners = rng.integers(plan.vertices[0], plan.vertices[1] + 1, plan.features)
    owners = np.repeat(np.arange(plan.features), corners)
    first = np.cumsum(corners) - corners
    place = np.arange(len(owners)) - first[owners] + rng.uniform(0.1, 0.9, len(owners))
    angles = 2 * np.pi * place / corners[owners]
    radius = corners * plan.edge_m * rng.lognormal(0, 0.3, plan.features) / (2 * np.pi)
    lobes = rng.uniform(0, 2 * np.pi, (2, plan.features))[:, owners]
    shape = 1 + 0.3 * np.sin(2 * angles + lobes[0]) + 0.15 * np.sin(3 * angles + lobes[1])
    shape += rng.uniform(-0.04, 0.04, len(owners))
    centres = fold(_settle(rng, plan.features, towns, plan.in_towns))
    outline = centres[owners] + radius[owners] * shape * np.exp(1j * angles)
    drawn: Geometries = shapely.polygons(shapely.linearrings(set_down(outline), indices=owners))
    return drawn


def scatter(rng: np.random.Generator, count: int) -> Places:
    """Return places anywhere in the county."""
    east, north = rng.uniform(-HALF_SIDE_M, HALF_SIDE_M, (2, count))
    places: Places = east + 1j * north
    return places


def fold(places: Places) -> Places:
    """Return places with those beyond the county's border mirrored back into it."""
    return _fold_axis(places.real) + 1j * _fold_axis(places.imag)


def set_down(places: Places) -> Floats:
    """Return places as longitude and latitude, (n, 2)."""
    metres = np.stack([places.real, places.imag], axis=1)
    degrees: Floats = np.array(CENTRE) + metres / np.array(METRES_PER_DEGREE)
    return degrees


def _fold_axis(metres: Floats) -> Floats:
    side = 2 * HALF_SIDE_M
    around = np.mod(metres + HALF_SIDE_M, 2 * side)
    folded: Floats = np.where(around > side, 2 * side - around, around) - HALF_SIDE_M
    return folded


def _settle(rng: np.random.Generator, count: int, towns: Places, in_towns: float) -> Places:
    """Return places of which the share `in_towns` lies around `towns`."""
    around = towns[rng.integers(0, len(towns), count)]
    around = around + 2_500 * (rng.standard_normal(count) + 1j * rng.standard_normal(count))
    settled: Places = np.where(rng.random(count) < in_towns, around, scatter(rng, count))
    return settled


def _sum_within(values: Any, groups: Indices) -> Any:
    """Return the running sum within each group of neighbours."""
    total = np.cumsum(values)
    first = np.flatnonzero(np.diff(groups, prepend=-1))
    lengths = np.diff(first, append=len(groups))
    return total - np.repeat(total[first] - values[first], lengths)


def _make_frame(catalogue: Catalogue, kind: str, geometries: Geometries) -> GeoDataFrame:
    names = [f"{kind}-{number:07}" for number in range(len(geometries))]
    frame = gpd.GeoDataFrame({"id": names}, geometry=geometries, crs=STORED)
    if kind == "road":
        frame["class"] = "provincial"
    return conform_frame(frame, catalogue[kind])
