"""The layers of protected and endangered ground: scenic_area, heritage_zone, hazard_zone."""

from __future__ import annotations

import numpy as np
import shapely
from geopandas import GeoDataFrame

from geo_rv.demo.frames import make_layer
from geo_rv.demo.grid import Floats
from geo_rv.demo.places import clip_to_town, draw_blob, find_downhill, pick_places
from geo_rv.demo.scene import Scene


def draw_scenic_areas(scene: Scene) -> GeoDataFrame:
    """Return the layer `scenic_area`: hills of beauty, and a small park in the town's seat."""
    generator = scene.plan.start_generator("scenic")
    shapes = []
    columns: dict[str, list[str]] = {"name": [], "class": []}
    for area in scene.plan.scenic_areas:
        place = scene.plan.locate((area.at,))[0]
        shapes.append(draw_blob(generator, place, area.radius, stretch=1.25, turn=area.turn))
        columns["name"].append(area.name)
        columns["class"].append(area.kind)
    return make_layer(scene, "scenic_area", clip_to_town(scene, shapes), columns)


def draw_heritage(scene: Scene) -> GeoDataFrame:
    """Return the layer `heritage_zone`: for each monument its extent and the belt round it."""
    generator = scene.plan.start_generator("heritage")
    shapes = []
    columns: dict[str, list[str]] = {"name": [], "class": [], "level": []}
    for area in scene.plan.heritage:
        place = scene.plan.locate((area.at,))[0]
        core = draw_blob(generator, place, area.radius, stretch=1.1, turn=area.turn)
        belt = shapely.difference(shapely.buffer(core, 90), core)
        shapes += [core, belt]
        columns["name"] += [f"{area.name}保护范围", f"{area.name}建设控制地带"]
        columns["class"] += ["protection", "control"]
        columns["level"] += [area.kind, area.kind]
    return make_layer(scene, "heritage_zone", clip_to_town(scene, shapes), columns)


def draw_hazards(scene: Scene) -> GeoDataFrame:
    """Return the layer `hazard_zone`: steep slopes above houses, longer downhill than across."""
    generator = scene.plan.start_generator("hazards")
    places = _find_steep(scene, generator)
    fall = find_downhill(scene, places)
    turns = np.arctan2(fall[:, 1], fall[:, 0])
    radii = generator.uniform(45, 130, len(places))
    shapes = [
        draw_blob(generator, place, radius, stretch=1.35, turn=turn)
        for place, radius, turn in zip(places, radii, turns, strict=True)
    ]
    kinds = ["landslide", "rockfall", "debris_flow"]
    columns = {
        "class": generator.choice(kinds, len(shapes), p=[0.6, 0.25, 0.15]),
        "name": [f"示意地质灾害隐患点{number}" for number in range(1, len(shapes) + 1)],
    }
    return make_layer(scene, "hazard_zone", clip_to_town(scene, shapes), columns)


def _find_steep(scene: Scene, generator: np.random.Generator) -> Floats:
    """Return places on the steepest slopes, far apart."""
    ground = scene.ground
    worth = np.where(
        (ground.village > 0) & (ground.rise > 15), np.maximum(ground.slope - 0.24, 0), 0
    )
    return pick_places(generator, worth, 26, apart_m=900, grid=ground.grid)
