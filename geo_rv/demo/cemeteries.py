"""Where the cemeteries lie, before they are drawn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from geo_rv.demo.grid import Flags, Floats, Whole, smooth
from geo_rv.demo.ground import Ground
from geo_rv.demo.hamlets import Hamlet
from geo_rv.demo.plan import Plan
from geo_rv.geodesy.measure import M2_PER_MU

FAR_M, NEAR_M = 680.0, 330.0
"""How far a cemetery should lie from what the law keeps it away from, and how far a few do."""
JOINT_MU = 33.0
CANDIDATES = 4000


@dataclass(frozen=True)
class CemeterySite:
    """A cemetery before it is drawn."""

    village: int
    place: Floats
    area_m2: float
    turn: float
    """The direction of its longer axis, in radians."""


def site_cemeteries(
    plan: Plan, ground: Ground, hamlets: list[Hamlet], roads: list[Floats], shunned: list[Floats]
) -> list[CemeterySite]:
    """Return the plan's cemeteries: on hill feet, away from houses and mostly from `shunned`.

    `roads` and `shunned` are lines, points (n, 2); the law keeps graves away from the latter.
    The plan names the villages whose cemetery lies too near to one, as old cemeteries do.
    """
    generator = plan.start_generator("cemeteries")
    cells = generator.permutation(np.flatnonzero(_find_feet(ground)))[:CANDIDATES]
    places = ground.grid.locate(cells)
    worth = _judge_places(ground, cells, hamlets, roads)
    distance = _measure_nearest(places, shunned)
    short = {True: np.abs(distance - NEAR_M), False: np.maximum(FAR_M - distance, 0)}
    sites = []
    for number, unit in enumerate(plan.villages, start=1):
        if unit.cemetery == "none":
            continue
        suits = ground.village.flat[cells] == number
        best = int(np.where(suits, worth - short[unit.cemetery_is_near] / 80, -np.inf).argmax())
        area_mu = JOINT_MU if unit.cemetery == "joint" else generator.uniform(17, 30)
        turn = generator.uniform(0, np.pi)
        sites.append(CemeterySite(number, places[best], area_mu * M2_PER_MU, turn))
    return sites


def _find_feet(ground: Ground) -> Flags:
    """Return which cells lie on the foot of a hill, well inside a village."""
    village = ground.village
    east_border = np.diff(village, axis=1, append=0) != 0
    north_border = np.diff(village, axis=0, append=0) != 0
    inner = (village > 0) & (smooth((east_border | north_border) * 1.0, times=8) < 0.003)
    foot = (ground.rise > 9) & (ground.rise < 55) & (ground.slope > 0.07) & (ground.slope < 0.3)
    return inner & foot


def _judge_places(
    ground: Ground, cells: Whole, hamlets: list[Hamlet], roads: list[Floats]
) -> Floats:
    """Return how well a cemetery would lie on `cells`: gentle, low, not at houses or on a road."""
    places = ground.grid.locate(cells)
    home = _measure_nearest(places, [np.stack([h.place, h.place]) for h in hamlets])
    road = _measure_nearest(places, roads)
    lie = 6 * np.abs(ground.slope.flat[cells] - 0.15) + np.abs(ground.rise.flat[cells] - 20) / 25
    too_near = np.maximum(260 - home, 0) / 20 + np.maximum(130 - road, 0) / 20
    return np.asarray(-lie - too_near - np.maximum(home - 520, 0) / 300)


def _measure_nearest(points: Floats, lines: list[Floats]) -> Floats:
    """Return the distance from each of `points` (n, 2) to the nearest of `lines` (m, 2)."""
    pieces = np.vstack([np.stack([line[:-1], line[1:]], axis=1) for line in lines])
    tree = shapely.STRtree(shapely.linestrings(pieces))
    found = tree.query_nearest(shapely.points(points), return_distance=True, all_matches=False)
    return np.asarray(found[1])


def mark_cemeteries(ground: Ground, sites: list[CemeterySite], noise: Floats) -> Whole:
    """Return for each cell the number of the cemetery on it, from 1; their outlines are crooked."""
    marks = np.zeros(ground.heights.shape, dtype=int)
    for number, site in enumerate(sites, start=1):
        cosine, sine = np.cos(site.turn), np.sin(site.turn)
        cells = np.flatnonzero(ground.village == site.village)
        right, up = (ground.grid.locate(cells) - site.place).T
        radius = np.sqrt(site.area_m2 / np.pi) * (1 + 0.08 * noise.flat[cells])
        away = np.hypot((right * cosine + up * sine) / 1.25, (up * cosine - right * sine) * 1.25)
        marks.flat[cells[away < radius]] = number
    return marks
