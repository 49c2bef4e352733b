"""Where people live: the town's seat, the villages' seats and the hamlets round them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geo_rv.demo.drainage import find_streams
from geo_rv.demo.grid import Flags, Floats, Grid, Whole, make_noise, smooth
from geo_rv.demo.plan import Plan
from geo_rv.demo.terrain import STREAM_CELLS, Terrain

APART_M = 450.0
"""How far hamlets lie from each other at least."""

LEAST_WORTH = -2.3
"""Ground that is judged worse stays empty."""


@dataclass(frozen=True)
class Hamlet:
    """A cluster of houses."""

    place: Floats
    """East and north in the plane."""
    cell: int
    """Its cell in the terrain's grid."""
    village: int
    """The number of its village, from 1."""
    houses: int
    is_seat: bool
    """Whether the village's committee sits here."""


def measure_rise(terrain: Terrain) -> Floats:
    """Return how many metres each cell lies above the stream that it drains to."""
    bed = find_streams(terrain.drainage, terrain.gathered > STREAM_CELLS)
    heights = terrain.heights.ravel()
    return np.asarray((heights - heights[bed]).reshape(terrain.grid.shape))


def find_hamlets(plan: Plan, terrain: Terrain, villages: Whole, wet: Flags) -> list[Hamlet]:
    """Return the hamlets, seats first: on gentle ground beside the valley floors, dry and apart.

    `villages` are the numbers of the cells' villages, `wet` the cells under water.
    """
    generator = plan.start_generator("hamlets")
    worth = _judge_ground(terrain, wet, generator)
    seats = [
        _find_near(worth, terrain.grid, place)
        for place in plan.locate(tuple(unit.seat for unit in plan.villages))
    ]
    inside = (villages > 0) & (smooth((villages > 0) * 1.0, times=4) > 0.99)
    chosen = _choose_apart(np.where(inside, worth, -np.inf), seats, terrain.grid)
    places = terrain.grid.locate(np.array(chosen))
    places += generator.uniform(-20, 20, places.shape)
    houses = np.clip(generator.lognormal(3.0, 0.55, len(chosen)), 8, 90).astype(int)
    return [
        Hamlet(
            place=place,
            cell=cell,
            village=int(villages.flat[cell]),
            houses=900 if number == 0 else 130 if number < len(seats) else int(house),
            is_seat=number < len(seats),
        )
        for number, (place, cell, house) in enumerate(zip(places, chosen, houses, strict=True))
    ]


def _judge_ground(terrain: Terrain, wet: Flags, generator: np.random.Generator) -> Floats:
    """Return how well one lives on each cell: gentle, some metres above the stream, not alone."""
    rise = measure_rise(terrain)
    noise = make_noise(generator, terrain.grid, steepness=1.0, longest_m=3000)
    worth = -9 * smooth(terrain.slope) - np.abs(rise - 9) / 14 + 0.5 * noise
    near_water = smooth(wet * 1.0, times=2) > 0.02
    return np.where(near_water | (rise < 2), -np.inf, worth)


def _find_near(worth: Floats, grid: Grid, place: Floats) -> int:
    """Return the best cell within 300 m of `place`."""
    east, north = grid.centres
    near = np.hypot(east - place[0], north - place[1]) < 300
    return int(np.where(near, worth, -np.inf).argmax())


def _choose_apart(worth: Floats, seats: list[int], grid: Grid) -> list[int]:
    """Return `seats` and then the best cells, each away from those before it."""
    worth = worth.ravel()
    order = np.argsort(-worth, kind="stable")
    cells = np.concatenate([seats, order[worth[order] > LEAST_WORTH]])
    places = grid.locate(cells)
    free = np.ones(len(cells), dtype=bool)
    for number in range(len(cells)):
        if free[number]:
            # the town takes the most room, a village's seat a little more than a hamlet
            room = 1100 if number == 0 else 1.3 * APART_M if number < len(seats) else APART_M
            free[len(seats) :] &= np.hypot(*(places[len(seats) :] - places[number]).T) > room
            free[number] = True
    return [int(cell) for cell in cells[free]]
