"""The town before anything is counted on it: ground, water, roads, hamlets, land use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyproj
import shapely

from geo_rv.catalogue import Catalogue, load_catalogue
from geo_rv.demo.cemeteries import CemeterySite, mark_cemeteries, site_cemeteries
from geo_rv.demo.coverage import Shapes, unite
from geo_rv.demo.grid import Floats, Whole, make_noise, smooth
from geo_rv.demo.ground import (
    TIMES,
    Ground,
    Use,
    build_houses,
    classify_ground,
    group_cells,
    refine_ground,
)
from geo_rv.demo.hamlets import Hamlet, find_hamlets
from geo_rv.demo.land import Pieces, divide_land, split_fields, split_slopes
from geo_rv.demo.plan import Plan
from geo_rv.demo.roads import RoadBuilder, lay_roads, lay_streets, lay_track, round_course
from geo_rv.demo.terrain import Terrain, make_terrain
from geo_rv.demo.villages import divide_ground
from geo_rv.demo.water import (
    Pools,
    Stream,
    draw_river,
    fill_pools,
    find_water,
    trace_streams,
)
from geo_rv.figures import load_report
from geo_rv.geodesy.crs import parse_crs

NEAR_ROUNDS = 40
"""How often built-up land is smoothed: its nearness then reaches some 300 m."""
MAIN_ROADS = ("motorway", "national", "provincial")


@dataclass(frozen=True)
class Landscape:
    """What was there before people came, and the boundaries that they drew, in the plane."""

    plan: Plan
    terrain: Terrain
    ground: Ground
    pools: Pools
    streams: list[Stream]
    beds: Shapes
    """The rivers' beds, those that are wide enough to have one."""


@dataclass(frozen=True)
class Scene(Landscape):
    """Everything that the layers are drawn from."""

    catalogue: Catalogue
    plane: pyproj.CRS
    figures: Mapping[str, float]
    """The report's numbers by their names."""
    hamlets: list[Hamlet]
    roads: RoadBuilder
    railway: Floats
    """Points (n, 2)."""
    cemeteries: list[CemeterySite]
    use: Whole
    """The `Use` of each cell of the ground."""
    near_houses: Floats
    """How built-up the surroundings of each cell are, from 0 to 1."""
    pieces: Pieces
    villages: Shapes
    """The villages in the plan's order."""
    town: shapely.Geometry


def build_scene(plan: Plan) -> Scene:
    """Return the town as `plan` lays it down."""
    catalogue = load_catalogue()
    report = load_report(plan.report, catalogue)
    terrain = make_terrain(np.random.default_rng(plan.seed), plan.grid)
    land = _shape_landscape(plan, terrain, divide_ground(plan, terrain))
    hamlets, roads = _settle(land)
    railway = round_course(plan.locate(plan.courses["railway"]))
    cemeteries = _bury(land, hamlets, roads, railway)
    use, part = _label_ground(land, hamlets, roads, cemeteries)
    pieces = divide_land(land.ground, use, part)
    numbers = range(1, len(plan.villages) + 1)
    villages = np.array([unite(pieces.polygons[pieces.village == number]) for number in numbers])
    return Scene(
        **vars(land),
        catalogue=catalogue,
        plane=parse_crs(plan.plane),
        figures={f.name: f.value for f in report.figures if f.value is not None},
        hamlets=hamlets,
        roads=roads,
        railway=railway,
        cemeteries=cemeteries,
        use=use,
        near_houses=smooth((use == Use.BUILT) * 1.0, times=NEAR_ROUNDS),
        pieces=pieces,
        villages=villages,
        town=unite(villages),
    )


def _shape_landscape(plan: Plan, terrain: Terrain, villages: Whole) -> Landscape:
    """Return the landscape over `terrain`, whose cells belong to the `villages`."""
    ground = refine_ground(plan, terrain, villages)
    streams = trace_streams(terrain)
    beds = [bed for bed in map(draw_river, streams) if bed is not None]
    pools = fill_pools(plan, terrain, ground.grid, ground.heights)
    return Landscape(plan, terrain, ground, pools, streams, np.array(beds))


def _settle(land: Landscape) -> tuple[list[Hamlet], RoadBuilder]:
    """Return the hamlets, and the roads that join them."""
    wet = np.asarray(group_cells(land.pools.water > 0).any(axis=-1))
    # by the middle cell of each terrain cell
    villages = group_cells(land.ground.village)[..., TIMES * TIMES // 2]
    hamlets = find_hamlets(land.plan, land.terrain, villages, wet)
    roads = lay_roads(land.plan, land.terrain, hamlets, wet, villages > 0)
    lay_streets(roads, hamlets[0], shapely.union_all(land.beds))
    return hamlets, roads


def _bury(
    land: Landscape, hamlets: list[Hamlet], roads: RoadBuilder, railway: Floats
) -> list[CemeterySite]:
    """Return the sites of the cemeteries, and lay a track to each."""
    shunned = [road.line for road in roads.roads if road.road_class in MAIN_ROADS]
    shunned += [railway, *(stream.line[stream.is_river] for stream in land.streams)]
    shunned += list(find_water(land.pools, land.ground.grid))
    lines = [road.line for road in roads.roads]
    sites = site_cemeteries(land.plan, land.ground, hamlets, lines, shunned)
    for site in sites:
        lay_track(roads, site.place)
    return sites


def _label_ground(
    land: Landscape, hamlets: list[Hamlet], roads: RoadBuilder, sites: list[CemeterySite]
) -> tuple[Whole, Whole]:
    """Return the use of each cell, and the number of the part of that use that it is in."""
    plan, ground = land.plan, land.ground
    noise = make_noise(plan.start_generator("outline"), ground.grid, steepness=2, longest_m=300)
    marks = mark_cemeteries(ground, sites, noise)
    built = build_houses(plan, ground, hamlets, roads.roads)
    use = classify_ground(ground, land.pools, built, marks)
    part = np.where(use == Use.SLOPE, split_slopes(land.terrain, ground, land.streams), 0)
    fields = (use == Use.FIELD) & (ground.village > 0)
    part[fields] = split_fields(ground, land.streams, fields)
    part = np.where(use == Use.POOL, land.pools.water, part)
    return use, np.where(use == Use.CEMETERY, marks, part)
