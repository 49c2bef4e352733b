"""Roads of every class, and the railway: the large ones first, the small ones join them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import shapely

from geo_rv.demo.grid import Flags, Floats, make_noise, smooth
from geo_rv.demo.hamlets import Hamlet
from geo_rv.demo.paths import Network, find_ways, subdivide
from geo_rv.demo.plan import Plan
from geo_rv.demo.terrain import Terrain

SMOOTHING = {"national": 8, "provincial": 8, "county": 6, "township": 5, "village": 3, "other": 3}
"""The higher the class, the gentler its bends."""
COUNTY_CELLS = 40
"""A branch to a village's seat that is longer, in cells, is a county road."""
NEIGHBOURS_M = 3500
"""Seats that lie further apart get no road of their own."""
LINK_CELLS = 8
"""A link between seats of fewer new cells is not worth while."""
SEAT_ROUNDS = (0.2, 0.3, 0.4, 0.5, 1.0)
HAMLET_ROUNDS = (0.3, 0.5, 1.0)
"""The share of what is left that each round joins to the network."""
ON_ROAD = 0.35
"""What a step along a road costs, against one across open level ground."""


@dataclass(frozen=True)
class Road:
    """A stretch of road that is of one class."""

    line: Floats
    """Points (n, 2) in the plane."""
    road_class: str
    name: str
    code: str


class RoadBuilder:
    """Lays one road after the other; each takes the cheapest way, along the roads before it."""

    def __init__(self, plan: Plan, terrain: Terrain, wet: Flags) -> None:
        self.plan = plan
        self.grid = terrain.grid
        noise = make_noise(plan.start_generator("roads"), terrain.grid, steepness=2, longest_m=700)
        catchment = terrain.gathered * (terrain.grid.cell / 1000) ** 2
        banks = smooth(2.0 * (catchment > 1.2) + 9.0 * (catchment > 15))
        self.costs: Floats = (1 + (14 * terrain.slope) ** 2) * np.exp(0.45 * noise) + banks
        self.costs = np.where(wet, self.costs + 60, self.costs)
        self.network = Network(terrain.grid)
        self.roads: list[Road] = []

    def lay(self, cells: list[int], road_class: str, name: str, code: str) -> None:
        """Lay the road through `cells` where there is none yet."""
        for _, line in self.network.add(cells, smoothing=SMOOTHING[road_class]):
            self.roads.append(Road(line, road_class, name, code))
        self.costs.flat[cells] = ON_ROAD

    def join(self, starts: list[int], goal: int) -> list[int]:
        """Return the cheapest way from one of `starts` to `goal`."""
        return find_ways(self.costs, dict.fromkeys(starts, 0.0), goals=[goal]).trace(goal)

    @property
    def cells(self) -> list[int]:
        """The cells that a road runs through."""
        return np.flatnonzero(self.network.placed).tolist()


def lay_roads(
    plan: Plan, terrain: Terrain, hamlets: list[Hamlet], wet: Flags, town: Flags
) -> RoadBuilder:
    """Return the town's road network, from the motorway down to the lanes.

    `wet` are the cells under water and `town` those of the town.
    """
    builder = RoadBuilder(plan, terrain, wet)
    motorway = plan.roads["motorway"]
    course = round_course(plan.locate(plan.courses["motorway"]))
    builder.roads.append(Road(course, "motorway", motorway.name, motorway.code))
    for road_class in ("national", "provincial"):
        start, _, end = builder.grid.number(plan.locate(plan.courses[road_class])).tolist()
        middle = hamlets[0].cell
        way = builder.join([middle], start) + builder.join([middle], end)[-2::-1]
        road = plan.roads[road_class]
        builder.lay(way, road_class, road.name, road.code)
    # what serves the town stays near it
    builder.costs[smooth(town * 1.0, times=6) < 0.01] = np.inf
    seats = [hamlet for hamlet in hamlets if hamlet.is_seat]
    _join_seats(builder, seats, plan)
    _join_neighbours(builder, seats, plan)
    _join_hamlets(builder, hamlets)
    return builder


def _join_seats(builder: RoadBuilder, seats: list[Hamlet], plan: Plan) -> None:
    """Join every village's seat to the network."""
    names = {seat.cell: plan.villages[seat.village - 1].name for seat in seats}
    for number, way in enumerate(_branch_out(builder, list(names), SEAT_ROUNDS), start=1):
        is_long = len(way) > COUNTY_CELLS
        road_class, letter = ("county", "X") if is_long else ("township", "Y")
        name = f"{names[way[0]].removesuffix('村')}线"
        builder.lay(way, road_class, name, f"{letter}9{number:02d}")


def _branch_out(
    builder: RoadBuilder, cells: list[int], rounds: tuple[float, ...]
) -> Iterator[list[int]]:
    """Yield the way from each of `cells` to the network, the nearest cells first.

    Each round takes its share of the cells that are left; what was laid for one round is
    there for the next, so that roads to far places branch off those to near ones.
    """
    waiting = cells
    for share in rounds:
        starts = dict.fromkeys(builder.cells, 0.0)
        enough = int(np.ceil(len(waiting) * share))
        ways = find_ways(builder.costs, starts, goals=waiting, enough=enough)
        yield from (way for cell in ways.reached if len(way := ways.trace(cell)) > 1)
        waiting = [cell for cell in waiting if cell not in ways.reached]


def _join_neighbours(builder: RoadBuilder, seats: list[Hamlet], plan: Plan) -> None:
    """Lay the roads between neighbouring seats that spare a long way round."""
    places = np.array([seat.place for seat in seats])
    apart = np.hypot(*(places[:, None] - places).transpose(2, 0, 1))
    pairs = [(float(apart[i, j]), i, j) for i in range(len(seats)) for j in range(i)]
    number = 50
    for distance, i, j in sorted(pairs):
        if distance > NEIGHBOURS_M:
            break
        way = builder.join([seats[i].cell], seats[j].cell)
        if np.count_nonzero(~builder.network.placed[way]) > LINK_CELLS:
            number += 1
            names = [plan.villages[seats[k].village - 1].name[0] for k in (i, j)]
            builder.lay(way, "township", f"{names[0]}{names[1]}线", f"Y9{number:02d}")


def _join_hamlets(builder: RoadBuilder, hamlets: list[Hamlet]) -> None:
    """Lay a lane to every hamlet."""
    cells = [hamlet.cell for hamlet in hamlets if not hamlet.is_seat]
    for number, way in enumerate(_branch_out(builder, cells, HAMLET_ROUNDS), start=1):
        builder.lay(way, "village", "", f"C9{number:03d}")


def lay_streets(builder: RoadBuilder, seat: Hamlet, beds: shapely.Geometry) -> None:
    """Lay the streets of the town's seat along its main road, on its side of the river `beds`."""
    main = next(road.line for road in builder.roads if road.road_class == "national")
    nearest = int(np.hypot(*(main - seat.place).T).argmin())
    middle = main[nearest]
    ahead = main[nearest + 4] - main[nearest - 4]
    ahead /= np.hypot(*ahead)
    aside = np.array([-ahead[1], ahead[0]])
    dry = shapely.buffer(beds, 25)
    offsets = np.array([-230.0, -120.0, 0.0, 120.0, 230.0])
    for along, across, shifts, reach in (
        (ahead, aside, offsets[offsets != 0], 330),
        (aside, ahead, offsets, 290),
    ):
        for shift in shifts:
            ends = np.linspace(-reach, reach, 9)[:, None] * along + middle + shift * across
            parts = shapely.get_parts(shapely.difference(shapely.linestrings(ends), dry))
            street = min(parts, key=lambda part: float(part.distance(shapely.Point(middle))))
            points = shapely.get_coordinates(street)
            builder.roads.append(Road(points, "other", "示意街道", ""))


def lay_track(builder: RoadBuilder, place: Floats) -> None:
    """Lay a track from the nearest road to `place`."""
    cell = int(builder.grid.number(place))
    ways = find_ways(builder.costs, {cell: 0.0}, goals=builder.cells)
    builder.lay(ways.trace(ways.reached[0]), "other", "", "")


def round_course(points: Floats) -> Floats:
    """Return `points` (n, 2) with smooth bends between them."""
    for _ in range(4):
        points = subdivide(points)
    return points
