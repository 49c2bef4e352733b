"""The layers resettlement_site, pv_station, facility and project."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np
import shapely
from geopandas import GeoDataFrame

from geo_rv.demo.frames import (
    find_villages,
    make_layer,
    name_villages,
    shapely_lines,
    share_out,
)
from geo_rv.demo.grid import Floats
from geo_rv.demo.ground import Use
from geo_rv.demo.hamlets import Hamlet
from geo_rv.demo.places import draw_box, pick_places
from geo_rv.demo.scene import MAIN_ROADS, Scene

SHUNNED_M = 110.0
"""How far new homes stay from main roads, the railway and rivers."""
HOME_ROADS = ("county", "township", "village")
FACILITY_COUNTS = {"market": 1, "refuse_point": 45, "sewage": 4, "school": 8, "clinic": 15}


def draw_resettlement(scene: Scene) -> GeoDataFrame:
    """Return the layer `resettlement_site`: rows of houses along roads, beside hamlets."""
    generator = scene.plan.start_generator("resettlement")
    count = int(scene.figures["resettlement_sites"])
    sizes = generator.lognormal(0, 0.55, count)
    # every site has some households, and every household one person at least
    households = 3 + share_out(scene.figures["resettlement_households"] - 3 * count, sizes)
    people = households + share_out(
        scene.figures["resettlement_people"] - households.sum(),
        households * generator.uniform(0.7, 1.3, count),
    )
    places, directions = _find_roadsides(scene, generator, count)
    shapes = [
        draw_box(place, 11 * np.ceil(houses / 2) + 6, 42, direction)
        for place, direction, houses in zip(places, directions, households, strict=True)
    ]
    columns: dict[str, Any] = {
        "households": households,
        "people": people,
        "public_jobs": share_out(scene.figures["resettlement_public_jobs"], people),
        "working_away": share_out(scene.figures["resettlement_working_away"], people),
    }
    columns |= _tell_village(scene, shapes, ["安置点"] * count, numbered=True)
    return make_layer(scene, "resettlement_site", shapes, columns)


def _find_roadsides(
    scene: Scene, generator: np.random.Generator, count: int
) -> tuple[Floats, Floats]:
    """Return places beside country roads, on gentle dry ground, and the roads' directions."""
    lines = [road.line for road in scene.roads.roads if road.road_class in HOME_ROADS]
    middles = np.vstack([(line[:-1] + line[1:]) / 2 for line in lines])
    ahead = np.vstack([np.diff(line, axis=0) for line in lines])
    ahead /= np.maximum(np.hypot(*ahead.T), 1e-9)[:, None]
    side = generator.choice([-1.0, 1.0], len(middles))[:, None]
    places = middles + side * 48 * np.column_stack([-ahead[:, 1], ahead[:, 0]])
    ground = scene.ground
    row, column = ground.grid.find_cells(places)
    near_houses = scene.near_houses[row, column] > 0.08
    suits = near_houses & (ground.slope[row, column] < 0.12) & (ground.village[row, column] > 0)
    suits &= np.isin(scene.use[row, column], (Use.BUILT, Use.SLOPE, Use.FIELD))
    main = shapely_lines([r.line for r in scene.roads.roads if r.road_class in MAIN_ROADS])
    shunned = shapely.STRtree([*main, *shapely_lines([scene.railway]), *scene.beds])
    able = np.flatnonzero(suits)
    near = shunned.query(shapely.points(places[able]), "dwithin", distance=SHUNNED_M)[0]
    able = np.delete(able, near)
    chosen: list[int] = []
    for number in generator.permutation(able):
        if len(chosen) == count:
            break
        if not chosen or np.hypot(*(places[chosen] - places[number]).T).min() > 420:
            chosen.append(int(number))
    return places[chosen], ahead[chosen]


def _tell_village(
    scene: Scene, shapes: Sequence[Any], what: Sequence[str], *, numbered: bool = False
) -> dict[str, list[str]]:
    """Return the columns `village` and `name`: the village's and `what`, with a running number."""
    villages = find_villages(scene, np.asarray(shapes, dtype=object))
    names = [f"{scene.plan.villages[n - 1].name}{w}" for n, w in zip(villages, what, strict=True)]
    if numbered:
        so_far: Counter[str] = Counter()
        for place, name in enumerate(names):
            so_far[name] += 1
            names[place] = f"{name}{so_far[name]}"
    return {"village": name_villages(scene, villages), "name": names}


def draw_stations(scene: Scene) -> GeoDataFrame:
    """Return the layer `pv_station`: arrays of 36 x 16 m on slopes that face south."""
    generator = scene.plan.start_generator("solar")
    count = int(scene.figures["solar_stations"])
    ground = scene.ground
    north, _ = np.gradient(ground.heights, ground.grid.cell)
    suits = (scene.use == Use.SLOPE) & (ground.village > 0) & (north > 0.02)
    suits &= scene.near_houses > 0.03
    suits &= (ground.slope < 0.2) & (ground.rise < 60)
    places = pick_places(
        generator, np.where(suits, scene.near_houses, 0), count, apart_m=500, grid=ground.grid
    )
    tilt = generator.normal(0, 0.06, count)
    east = np.column_stack([np.cos(tilt), np.sin(tilt)])
    shapes = [draw_box(place, 36, 16, way) for place, way in zip(places, east, strict=True)]
    days = generator.integers(0, 1100, count)
    columns: dict[str, Any] = {
        "capacity_kw": scene.figures["solar_capacity"] / count,
        "connected_on": [date(2016, 6, 30) + timedelta(days=int(day)) for day in days],
        "income_wan": generator.uniform(4.2, 5.8, count).round(2),
    }
    columns |= _tell_village(scene, shapes, ["光伏电站"] * count, numbered=True)
    return make_layer(scene, "pv_station", shapes, columns)


def draw_facilities(scene: Scene) -> GeoDataFrame:
    """Return the layer `facility`: by the villages' seats; toilets where visitors come, too."""
    generator = scene.plan.start_generator("facilities")
    seats = [hamlet for hamlet in scene.hamlets if hamlet.is_seat]
    hamlets = [hamlet for hamlet in scene.hamlets if not hamlet.is_seat]
    route = scene.plan.tourism.villages
    visited = [seat for seat in seats if scene.plan.villages[seat.village - 1].code in route]
    toilets = [*visited, seats[0], seats[0], *seats[1:3]][: int(scene.figures["public_toilets"])]
    picked = generator.permutation(len(hamlets))
    hosts: dict[str, list[Hamlet]] = {
        "public_toilet": toilets,
        "logistics_point": seats,
        "clinic": seats,
        "market": seats[:1],
        "school": [seats[0], seats[0], *seats[1:12:2]],
        "sewage": [seats[0], seats[4], seats[7], seats[11]],
        "refuse_point": [hamlets[number] for number in picked[: FACILITY_COUNTS["refuse_point"]]],
    }
    types = [name for name, places in hosts.items() for _ in places]
    middles = np.array([hamlet.place for places in hosts.values() for hamlet in places])
    points = _stand_aside(scene, middles + generator.normal(0, 60, middles.shape))
    titles = scene.catalogue["facility"].field_by_name["type"].choices
    years = generator.integers(2012, 2024, len(types))
    columns: dict[str, Any] = {
        "type": types,
        "built_on": [date(int(year), 6, 30) for year in years],
    }
    shapes = shapely.points(points)
    columns |= _tell_village(scene, shapes, [titles[name].zh for name in types])
    return make_layer(scene, "facility", shapes, columns)


def _stand_aside(scene: Scene, points: Floats) -> Floats:
    """Return `points`, those in a river or near it moved to the nearest hamlet's middle."""
    wet = np.unique(
        shapely.STRtree(scene.beds).query(shapely.points(points), "dwithin", distance=15)[0]
    )
    places = np.array([hamlet.place for hamlet in scene.hamlets])
    away = np.hypot(*(points[wet][:, None] - places).transpose(2, 0, 1))
    moved = points.copy()
    moved[wet] = places[away.argmin(axis=1)]
    return moved


def draw_projects(scene: Scene) -> GeoDataFrame:
    """Return the layer `project`: points in the hamlets, money as the report counts it."""
    generator = scene.plan.start_generator("projects")
    figures, plan = scene.figures, scene.plan
    rows: list[tuple[str, str, float | None, float | None]] = []
    for category in ("consolidation", "improvement"):
        number = int(figures[category])
        money = share_out(figures[f"{category}_wan"], generator.lognormal(0, 0.5, number), step=0.5)
        kinds = plan.project_names[category]
        rows += [
            (category, kinds[n % len(kinds)], float(wan), float(wan)) for n, wan in enumerate(money)
        ]
    clusters = plan.project_names["industry_cluster"][: int(figures["industry_clusters"])]
    rows += [("industry_cluster", name, None, None) for name in clusters]
    rows.append(("market", "集贸市场改造", figures["market_wan"], figures["market_wan"]))
    rows.append(
        ("ecommerce", "电商服务中心", figures["ecommerce_wan"], figures["ecommerce_total_wan"])
    )
    picked = generator.permutation(len(scene.hamlets))[: len(rows)]
    # the last two stand in the town's seat
    picked[-2:] = 0
    middles = np.array([scene.hamlets[number].place for number in picked])
    points = _stand_aside(scene, middles + generator.normal(0, 70, middles.shape))
    categories, subjects, invested, total = zip(*rows, strict=True)
    columns: dict[str, Any] = {
        "category": categories,
        "invested_wan": np.array(invested, dtype=float),
        "total_wan": np.array(total, dtype=float),
        "year": 2023,
    }
    shapes = shapely.points(points)
    columns |= _tell_village(scene, shapes, [f"{what}项目" for what in subjects])
    return make_layer(scene, "project", shapes, columns)
