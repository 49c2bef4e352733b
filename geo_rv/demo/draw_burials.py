"""The layers of burial: the cemeteries, and the single graves scattered over the slopes."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import shapely
from geopandas import GeoDataFrame

from geo_rv.demo.frames import LAND_EDITION, make_layer
from geo_rv.demo.grid import Floats, Whole
from geo_rv.demo.ground import Use
from geo_rv.demo.places import find_downhill, pick_places
from geo_rv.demo.scene import Scene

CREMATION_DAY = date(2024, 3, 20)
"""Since this day the prefecture requires cremation and burial in cemeteries."""
SURVEY_DAY = date(2025, 6, 15)
GRAVES = 3012
HISTORIC = 7
LIMIT_M2 = {"ashes_single": 0.5, "ashes_joint": 0.8, "body_single": 4.0, "body_double": 6.0}
TYPES = ("body_double", "body_single", "ashes_joint", "ashes_single", "unknown")
OLD_SHARES, NEW_SHARES = (0.42, 0.38, 0.06, 0.07, 0.07), (0.2, 0.2, 0.28, 0.3, 0.02)
BELT_M = 8.0
"""The hedge between a cemetery and the ground beside it."""
IN_WOODS = 0.35
"""How many of the clans that would bury in the forest really do."""
M2_PER_PLOT = 6.0
"""A plot with its share of paths and planting."""


def draw_cemeteries(scene: Scene) -> GeoDataFrame:
    """Return the layer `cemetery`: one for each village but two, which have a joint one."""
    generator = scene.plan.start_generator("cemetery figures")
    sites = scene.cemeteries
    units = [scene.plan.villages[site.village - 1] for site in sites]
    pieces = scene.pieces.select(scene.pieces.use == Use.CEMETERY)
    shapes = [
        shapely.buffer(max(pieces.polygons[pieces.part == number], key=shapely.area), -BELT_M)
        for number in range(1, len(sites) + 1)
    ]
    capacity = np.floor(shapely.area(shapes) / M2_PER_PLOT / 10) * 10
    used = np.floor(capacity * generator.uniform(0.15, 0.7, len(sites)))
    years = np.round(capacity / generator.uniform(18, 60, len(sites)), 1)
    reviewed = [
        date(2019, 3, 1) + timedelta(days=int(n)) for n in generator.integers(0, 1500, len(sites))
    ]
    approved: list[date | None] = [day + timedelta(days=75) for day in reviewed]
    town: list[date | None] = list(reviewed)
    # a few were never approved: that is for the check to find
    approved[2] = approved[8] = town[8] = approved[11] = None
    joint = [unit.cemetery == "joint" for unit in units]
    columns = {
        "name": [
            f"{scene.plan.name}联建公益性公墓" if both else f"{unit.name}公益性公墓"
            for unit, both in zip(units, joint, strict=True)
        ],
        "village": [unit.code for unit in units],
        "ownership": [unit.cemetery for unit in units],
        "capacity_plots": capacity,
        "used_plots": used,
        "capacity_years": years,
        "town_reviewed_on": town,
        "county_approved_on": approved,
        "land_code": "1506",
        "land_edition": LAND_EDITION,
    }
    return make_layer(scene, "cemetery", shapes, columns)


def draw_burials(scene: Scene, forest: GeoDataFrame) -> GeoDataFrame:
    """Return the layer `burial`: clusters of a clan's graves, and some that lie alone.

    Most clans keep out of the layer `forest`.
    """
    generator = scene.plan.start_generator("graves")
    places = np.vstack([_place_clans(scene, generator, forest), _place_strays(scene, generator)])
    places = places[_find_fit(scene, places)]
    places = places[generator.permutation(len(places))[:GRAVES]]
    # surveyed village by village, from west to east
    numbers = scene.ground.village[scene.ground.grid.find_cells(places)]
    places = places[np.lexsort((places[:, 0], numbers))]
    buried = _draw_dates(generator, len(places))
    historic = np.zeros(len(places), dtype=bool)
    historic[generator.choice(len(places), HISTORIC, replace=False)] = True
    types, areas = _draw_types(generator, buried)
    types[historic], areas[historic] = "unknown", generator.uniform(6, 20, HISTORIC).round(1)
    holders = [f"户主{n:04d}" for n in range(1, len(places) + 1)]
    columns = {
        "id": [f"{scene.plan.prefixes['burial']}{n:05d}" for n in range(1, len(places) + 1)],
        "burial_type": types,
        "area_m2": areas,
        "buried_on": [None if old else day for day, old in zip(buried, historic, strict=True)],
        "protected_historic": historic,
        "holder": [
            "示意古墓" if old else name for name, old in zip(holders, historic, strict=True)
        ],
        "contact": [f"联系人{n:04d}（示意）" for n in range(1, len(places) + 1)],
    }
    return make_layer(scene, "burial", shapely.points(places), columns)


def _place_clans(scene: Scene, generator: np.random.Generator, forest: GeoDataFrame) -> Floats:
    """Return the graves that lie in rows, each clan's on a hill foot near its hamlet."""
    ground = scene.ground
    foot = (scene.use == Use.SLOPE) & (ground.village > 0) & (ground.slope > 0.05)
    suits = foot & (ground.slope < 0.3) & (ground.rise < 80)
    worth = np.where(suits, scene.near_houses + 0.002, 0)
    middles = pick_places(generator, worth, 520, apart_m=100, grid=ground.grid)
    woods = shapely.STRtree(forest.geometry.to_crs(scene.plane).array)
    wooded = woods.query(shapely.points(middles), predicate="within")[0]
    middles = np.delete(middles, wooded[generator.random(len(wooded)) > IN_WOODS], axis=0)
    sizes = np.clip(generator.lognormal(1.9, 0.75, len(middles)), 1, 60).astype(int)
    downhill = find_downhill(scene, middles)
    along = np.column_stack([-downhill[:, 1], downhill[:, 0]])
    graves = []
    for middle, size, down, level in zip(middles, sizes, downhill, along, strict=True):
        row_length = max(3, int(np.ceil(np.sqrt(size) * 1.6)))
        row, seat = np.divmod(np.arange(size), row_length)
        offset = (seat - row_length / 2)[:, None] * 4.5 * level - row[:, None] * 7.0 * down
        graves.append(middle + offset + generator.normal(0, 1.1, offset.shape))
    return np.vstack(graves)


def _place_strays(scene: Scene, generator: np.random.Generator) -> Floats:
    """Return the graves that lie alone, on slopes and in the fields."""
    ground = scene.ground
    suits = np.isin(scene.use, (Use.SLOPE, Use.FIELD)) & (ground.village > 0)
    worth = np.where(suits, scene.near_houses + 0.004, 0)
    return pick_places(generator, worth, 560, apart_m=35, grid=ground.grid)


def _find_fit(scene: Scene, places: Floats) -> Whole:
    """Return which of `places` lie in the town, on dry land, off the roads and out of houses."""
    row, column = scene.ground.grid.find_cells(places)
    points = shapely.points(places)
    shapely.prepare(scene.town)
    fits = shapely.contains(scene.town, points)
    fits &= np.isin(scene.use[row, column], (Use.SLOPE, Use.FIELD))
    roads = np.array([shapely.LineString(road.line) for road in scene.roads.roads])
    for lines, reach in ((roads, 8), (scene.beds, 5)):
        fits[shapely.STRtree(lines).query(points, "dwithin", distance=reach)[0]] = False
    return np.flatnonzero(fits)


def _draw_dates(generator: np.random.Generator, count: int) -> list[date | None]:
    """Return days of burial, most of the last decades; old graves have none."""
    age = np.minimum(generator.gamma(1.6, 4200, count), 30_000).astype(int)
    known = generator.random(count) > 0.18
    return [
        SURVEY_DAY - timedelta(days=int(days)) if is_known else None
        for days, is_known in zip(age, known, strict=True)
    ]


def _draw_types(
    generator: np.random.Generator, buried: list[date | None]
) -> tuple[np.ndarray, Floats]:
    """Return the kinds of the graves, fewer bodies since 2019, and their areas in m2."""
    count = len(buried)
    is_new = np.array([day is not None and day.year >= 2019 for day in buried])
    types = generator.choice(TYPES, count, p=OLD_SHARES).astype(object)
    types[is_new] = generator.choice(TYPES, int(is_new.sum()), p=NEW_SHARES)
    limit = np.array([LIMIT_M2.get(kind, 4.0) for kind in types])
    areas = limit * np.exp(generator.normal(-0.22, 0.28, count))
    return types, np.maximum(areas, 0.2).round(2)
