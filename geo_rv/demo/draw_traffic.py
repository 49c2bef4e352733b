"""The layers of traffic and power: road, railway, power_line."""

from __future__ import annotations

import numpy as np
import shapely
from geopandas import GeoDataFrame

from geo_rv.demo.frames import clip_lines, make_layer, shapely_lines
from geo_rv.demo.ground import Use
from geo_rv.demo.scene import Scene

SETTLEMENT_M = 200.0
"""How far from houses the railway still runs through a settlement."""


def draw_roads(scene: Scene) -> GeoDataFrame:
    """Return the layer `road`: centre lines, clipped at the town's boundary."""
    roads = scene.roads.roads
    shapes = clip_lines(scene, [road.line for road in roads])
    kept = np.flatnonzero(shapely.length(shapes) > 5)
    columns = {
        "class": [roads[n].road_class for n in kept],
        "name": [roads[n].name or None for n in kept],
        "code": [roads[n].code or None for n in kept],
    }
    return make_layer(scene, "road", shapes[kept], columns)


def draw_railway(scene: Scene) -> GeoDataFrame:
    """Return the layer `railway`: one line, told apart where it runs through settlements."""
    track = clip_lines(scene, [scene.railway])[0]
    houses = scene.pieces.polygons[scene.pieces.use == Use.BUILT]
    near = houses[shapely.STRtree(houses).query(track, predicate="dwithin", distance=SETTLEMENT_M)]
    settled = shapely.union_all(shapely.buffer(near, SETTLEMENT_M))
    shapes = [shapely.intersection(track, settled), shapely.difference(track, settled)]
    columns = {
        "name": ["示意铁路"] * 2,
        "class": ["other"] * 2,
        "setting": ["village", "elsewhere"],
    }
    return make_layer(scene, "railway", shapes, columns)


def draw_power_lines(scene: Scene) -> GeoDataFrame:
    """Return the layer `power_line`: the plan's lines, and 10 kV ones beside the country roads."""
    plan = scene.plan
    lines = [plan.locate(line.course) for line in plan.power_lines]
    names = [line.name for line in plan.power_lines]
    voltages = [line.voltage for line in plan.power_lines]
    country = [road for road in scene.roads.roads if road.road_class in ("county", "township")]
    beside = shapely.offset_curve(shapely_lines([road.line for road in country]), 22)
    # from pole to pole
    straight = shapely.simplify(beside, 25)
    lines += [shapely.get_coordinates(line) for line in straight]
    names += [f"10千伏{road.name.removesuffix('线')}示意线" for road in country]
    voltages += ["kv_1_10"] * len(country)
    shapes = clip_lines(scene, lines)
    kept = shapely.length(shapes) > 50
    columns = {"name": np.array(names)[kept], "voltage": np.array(voltages)[kept]}
    return make_layer(scene, "power_line", shapes[kept], columns)
