"""The layers of water: river, reservoir, water_protection."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import shapely
from geopandas import GeoDataFrame

from geo_rv.demo.coverage import draw_regions, unite
from geo_rv.demo.frames import clip_lines, make_layer
from geo_rv.demo.grid import Floats
from geo_rv.demo.ground import Use
from geo_rv.demo.paths import Network, find_ways
from geo_rv.demo.scene import Scene
from geo_rv.demo.water import STREAM_KM2, draw_river, find_width

FIRST_ZONE_M = 200.0
SECOND_ZONE_M = 1500.0
"""How far the protection zones of drinking water reach from its shore."""
LEAST_BED_M2 = 3000.0
LEAST_BROOK_M = 100.0
"""Shorter bits that the boundary leaves in the town are not drawn."""
DYKE_M = 1800.0
"""How far from the town's seat the river has dykes."""


def draw_rivers(scene: Scene) -> GeoDataFrame:
    """Return the layer `river`: beds of the rivers, lines of streams, the canal and the dykes."""
    rows = [*_draw_streams(scene)]
    canal = clip_lines(scene, [_dig_canal(scene)])[0]
    rows.append((canal, "canal", "示意干渠"))
    rows += [(dyke, "dyke", "示意堤防") for dyke in _raise_dykes(scene)]
    shapes, classes, names = zip(*rows, strict=True)
    return make_layer(scene, "river", shapes, {"class": classes, "name": names})


def _draw_streams(scene: Scene) -> Iterator[tuple[shapely.Geometry, str, str | None]]:
    """Yield bed or line of the streams in the town, with class and name."""
    water = shapely.union_all(_unite_pools(scene))
    drawn = shapely.MultiPolygon()
    names = iter(scene.plan.streams)
    for stream in scene.streams:
        if stream.catchment_km2.max() < STREAM_KM2:
            continue
        name = next(names, None)
        bed = draw_river(stream)
        if bed is not None:
            # beds that run together are one only once
            bed = shapely.difference(shapely.intersection(bed, scene.town), drawn)
            drawn = shapely.union(drawn, bed)
            if bed.area > LEAST_BED_M2:
                yield bed, "river", name
        # up to where the bed begins
        end = np.count_nonzero(~stream.is_river) + 1
        brook = stream.line[:end][stream.catchment_km2[:end] > STREAM_KM2]
        if len(brook) > 8:
            line = shapely.difference(clip_lines(scene, [brook])[0], water)
            if line.length > LEAST_BROOK_M:
                yield line, "stream", name


def _dig_canal(scene: Scene) -> Floats:
    """Return the course (n, 2) of the canal: it keeps its height along the slopes."""
    grid = scene.terrain.grid
    start, goal = grid.number(scene.plan.locate(scene.plan.courses["canal"])).tolist()
    level = scene.terrain.heights.flat[start]
    costs = 1 + ((scene.terrain.heights - level + 2) / 3) ** 2
    way = find_ways(costs, {start: 0.0}, goals=[goal]).trace(goal)
    return next(Network(grid).add(way, smoothing=3))[1]


def _raise_dykes(scene: Scene) -> list[shapely.Geometry]:
    """Return the dykes on both banks of the main river near the town's seat."""
    stream = max(scene.streams, key=lambda stream: float(stream.catchment_km2.max()))
    near = np.hypot(*(stream.line - scene.hamlets[0].place).T) < DYKE_M
    points = stream.line[near & stream.is_river]
    width = float(find_width(stream.catchment_km2[near]).max())
    banks = [
        shapely.offset_curve(shapely.LineString(points), side * (width / 2 + 14))
        for side in (1, -1)
    ]
    beds = shapely.union_all(shapely.buffer(scene.beds, 8))
    dry = shapely.intersection(shapely.difference(banks, beds), scene.town)
    return [part for part in shapely.get_parts(dry) if part.length > 150]


def _unite_pools(scene: Scene) -> list[shapely.Geometry]:
    """Return the water faces in the plan's order of dams; a pool across a boundary is one."""
    pieces = scene.pieces.select(scene.pieces.use == Use.POOL)
    numbers = range(1, len(scene.plan.dams) + 1)
    return [unite(pieces.polygons[pieces.part == number]) for number in numbers]


def draw_reservoirs(scene: Scene) -> GeoDataFrame:
    """Return the layer `reservoir`."""
    pools = _unite_pools(scene)
    dams = scene.plan.dams
    # a valley filled to the brim holds some two fifths of its area times the depth at the dam
    capacity = [
        round(pool.area * dam.depth * 0.4 / 10_000, 1)
        for pool, dam in zip(pools, dams, strict=True)
    ]
    columns = {"name": [dam.name for dam in dams], "capacity_wan_m3": capacity}
    return make_layer(scene, "reservoir", pools, columns)


def draw_protection(scene: Scene) -> GeoDataFrame:
    """Return the layer `water_protection`: round the shore, and the catchment behind it."""
    shapes, classes, names = [], [], []
    pools = _unite_pools(scene)
    for number, dam in enumerate(scene.plan.dams, start=1):
        if not dam.drinking:
            continue
        pool = pools[number - 1]
        inner = shapely.intersection(shapely.buffer(pool, FIRST_ZONE_M), scene.town)
        parts, _ = draw_regions((scene.pools.catchment == number).astype(int), scene.ground.grid)
        catchment = shapely.simplify(max(parts, key=shapely.area), 10)
        reach = shapely.buffer(pool, SECOND_ZONE_M)
        outer = shapely.intersection_all([catchment, reach, scene.town])
        outer = shapely.difference(outer, inner)
        shapes += [inner, max(shapely.get_parts(outer), key=shapely.area)]
        classes += ["first", "second"]
        names += [f"{dam.name}饮用水水源一级保护区", f"{dam.name}饮用水水源二级保护区"]
    return make_layer(scene, "water_protection", shapes, {"class": classes, "name": names})
