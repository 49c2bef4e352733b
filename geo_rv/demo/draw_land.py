"""The layers of boundaries and land use: village shapes, fields, forest, houses, protected land."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import shapely
from geopandas import GeoDataFrame

from geo_rv.demo.coverage import unite
from geo_rv.demo.frames import LAND_EDITION, cut_out, make_layer, name_villages
from geo_rv.demo.grid import Flags
from geo_rv.demo.ground import Use
from geo_rv.demo.land import Pieces
from geo_rv.demo.scene import MAIN_ROADS, Scene

CORRIDOR_M = {"motorway": 20.0, "national": 9.0, "provincial": 8.0}
"""Half the width of the land that a main road takes."""
RAILWAY_M = 12.0
PADDY_RISE_M = 5.0
"""Fields that lie higher above the stream are dry."""
LAND_CODES = {"paddy": "0101", "irrigated": "0102", "dry": "0103"}


def clear_corridors(scene: Scene) -> Pieces:
    """Return the fields and slopes without the land of main roads, railway and rivers."""
    lines = [
        (road.line, CORRIDOR_M[road.road_class])
        for road in scene.roads.roads
        if road.road_class in MAIN_ROADS
    ]
    lines.append((scene.railway, RAILWAY_M))
    # in small strips, of which few touch any one piece
    strips = [
        shapely.buffer(
            shapely.linestrings(np.stack([line[:-1], line[1:]], axis=1)), width, quad_segs=2
        )
        for line, width in lines
    ]
    pieces = scene.pieces.select(np.isin(scene.pieces.use, (Use.FIELD, Use.SLOPE)))
    shapes, owner = cut_out(pieces.polygons, np.concatenate([*strips, scene.beds]))
    return replace(pieces.select(owner), polygons=shapes)


def draw_residential(scene: Scene) -> GeoDataFrame:
    """Return the layer `residential_area`: the town's seat and the hamlets."""
    pieces = scene.pieces.select(scene.pieces.use == Use.BUILT)
    shapes, owner = cut_out(pieces.polygons, scene.beds)
    pieces = replace(pieces.select(owner), polygons=shapes)
    middles = shapely.get_coordinates(shapely.point_on_surface(shapes))
    places = np.array([hamlet.place for hamlet in scene.hamlets])
    away = np.hypot(*(middles[:, None] - places).transpose(2, 0, 1))
    nearest = away.argmin(axis=1)
    names = name_hamlets(scene)
    columns = {
        "class": np.where(nearest == 0, "town", "hamlet"),
        "name": [names[number] for number in nearest],
        "village": name_villages(scene, pieces.village),
    }
    return make_layer(scene, "residential_area", pieces.polygons, columns)


def name_hamlets(scene: Scene) -> list[str]:
    """Return an invented name for each hamlet; seats are called after their village."""
    generator = scene.plan.start_generator("names")
    first = generator.choice(list(scene.plan.surnames), len(scene.hamlets))
    second = generator.choice(list(scene.plan.endings), len(scene.hamlets))
    return [
        scene.plan.villages[hamlet.village - 1].name if hamlet.is_seat else f"{one}{other}"
        for hamlet, one, other in zip(scene.hamlets, first, second, strict=True)
    ]


def draw_fields(scene: Scene, land: Pieces) -> GeoDataFrame:
    """Return the layer `cultivated_land`: the field blocks of `land`."""
    pieces = land.select(land.use == Use.FIELD)
    classes = classify_fields(scene, pieces)
    columns = {
        "class": classes,
        "village": name_villages(scene, pieces.village),
        "land_code": [LAND_CODES[name] for name in classes],
        "land_edition": LAND_EDITION,
    }
    return make_layer(scene, "cultivated_land", pieces.polygons, columns)


def classify_fields(scene: Scene, pieces: Pieces) -> list[str]:
    """Return the class of each field: paddy on the valley floor, dry fields above it."""
    generator = scene.plan.start_generator("fields")
    luck = generator.uniform(-1.5, 1.5, len(pieces.rise))
    classes = np.where(pieces.rise + luck < PADDY_RISE_M, "paddy", "dry")
    watered = (classes == "dry") & (luck > 1.2)
    return [str(name) for name in np.where(watered, "irrigated", classes)]


def draw_basic_farmland(scene: Scene, land: Pieces) -> GeoDataFrame:
    """Return the layer `basic_farmland`: the larger fields away from the town's seat."""
    generator = scene.plan.start_generator("basic farmland")
    fields = land.select(land.use == Use.FIELD)
    classes = classify_fields(scene, fields)
    seat = shapely.Point(scene.hamlets[0].place)
    suits = (shapely.distance(fields.polygons, seat) > 900) & (shapely.area(fields.polygons) > 6000)
    kept = np.flatnonzero(suits & (generator.random(len(suits)) < 0.88))
    columns = {
        "village": name_villages(scene, fields.village[kept]),
        "land_code": [LAND_CODES[classes[number]] for number in kept],
        "land_edition": LAND_EDITION,
    }
    return make_layer(scene, "basic_farmland", fields.polygons[kept], columns)


def find_wooded(scene: Scene, land: Pieces) -> Flags:
    """Return which pieces of `land` are forest: slopes, but fewer of the low ones near hamlets."""
    generator = scene.plan.start_generator("forest")
    chance = np.clip(0.35 + (land.rise - 12) / 55, 0.25, 0.96)
    return np.asarray((land.use == Use.SLOPE) & (generator.random(len(chance)) < chance))


def draw_forest(scene: Scene, land: Pieces, taken: Flags) -> GeoDataFrame:
    """Return the layer `forest_land`: wooded slopes but for the pieces `taken` by plantations."""
    generator = scene.plan.start_generator("forest classes")
    pieces = land.select(find_wooded(scene, land) & ~taken)
    high = pieces.height + generator.normal(0, 25, len(pieces.height))
    bounds = np.quantile(high, [0.5, 0.8])
    classes = np.array(["commercial", "public_welfare", "natural"])[np.digitize(high, bounds)]
    classes = np.where(generator.random(len(classes)) < 0.03, "unknown", classes)
    columns = {
        "class": classes,
        "village": name_villages(scene, pieces.village),
        "land_code": "0301",
        "land_edition": LAND_EDITION,
    }
    return make_layer(scene, "forest_land", pieces.polygons, columns)


def draw_redline(scene: Scene, land: Pieces, taken: Flags) -> GeoDataFrame:
    """Return the layer `ecological_redline`: connected high woods of some size."""
    high = land.height > np.quantile(land.height[land.use == Use.SLOPE], 0.8)
    wood = unite(land.polygons[find_wooded(scene, land) & high & ~taken])
    # narrow necks are no red line
    parts = shapely.get_parts(shapely.buffer(shapely.buffer(wood, -40), 32))
    large = parts[shapely.area(parts) > 250_000]
    names = [f"示意生态保护红线{number}" for number in range(1, len(large) + 1)]
    return make_layer(scene, "ecological_redline", shapely.simplify(large, 5), {"name": names})
