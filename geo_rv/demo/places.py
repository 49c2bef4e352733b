"""Where single things stand: apart from each other, on ground that suits them."""

from __future__ import annotations

import numpy as np
import shapely

from geo_rv.demo.coverage import Shapes
from geo_rv.demo.grid import Floats, Grid
from geo_rv.demo.scene import Scene


def pick_places(
    generator: np.random.Generator, worth: Floats, count: int, *, apart_m: float, grid: Grid
) -> Floats:
    """Return `count` places (n, 2) on cells drawn as their `worth` says, not closer than `apart_m`.

    Cells of worth 0 are never drawn; fewer places come back where there is no room.
    """
    cells = np.flatnonzero(worth > 0)
    # drawn without replacement, weighted: Efraimidis and Spirakis 2006
    order = cells[np.argsort(np.log(generator.random(len(cells))) / worth.flat[cells])[::-1]]
    places = grid.locate(order) + generator.uniform(-0.5, 0.5, (len(order), 2)) * grid.cell
    chosen = np.empty((0, 2))
    for place in places:
        if len(chosen) == count:
            break
        if not len(chosen) or np.hypot(*(chosen - place).T).min() > apart_m:
            chosen = np.vstack([chosen, place])
    return chosen


def draw_box(place: Floats, length: float, width: float, direction: Floats) -> shapely.Polygon:
    """Return the rectangle round `place` whose length runs along the unit vector `direction`."""
    ahead, aside = direction * length / 2, np.array([-direction[1], direction[0]]) * width / 2
    corners = [-ahead - aside, ahead - aside, ahead + aside, -ahead + aside]
    return shapely.Polygon(place + np.array(corners))


def draw_blob(
    generator: np.random.Generator, place: Floats, radius: float, *, stretch: float, turn: float
) -> shapely.Polygon:
    """Return a rounded, irregular face round `place`; its longer axis points to `turn` (radians).

    It is `stretch` squared times as long as wide, and as large as a circle of `radius`.
    """
    angle = np.linspace(0, 2 * np.pi, 72, endpoint=False)
    away = 1 + sum(
        generator.normal(0, 0.16 / wave) * np.cos(wave * angle + generator.uniform(0, 2 * np.pi))
        for wave in range(2, 6)
    )
    right, up = radius * away * np.cos(angle) * stretch, radius * away * np.sin(angle) / stretch
    cosine, sine = np.cos(turn), np.sin(turn)
    return shapely.Polygon(
        place + np.column_stack([right * cosine - up * sine, right * sine + up * cosine])
    )


def find_downhill(scene: Scene, places: Floats) -> Floats:
    """Return the unit vectors (n, 2) that point down the slope at `places`."""
    ground = scene.ground
    north, east = (
        ground.grid.sample(np.asarray(rise), places)
        for rise in np.gradient(ground.heights, ground.grid.cell)
    )
    fall = -np.column_stack([east, north])
    return np.asarray(fall / np.maximum(np.hypot(*fall.T), 1e-9)[:, None])


def clip_to_town(scene: Scene, shapes: list[shapely.Polygon]) -> Shapes:
    """Return `shapes` as far as they lie in the town."""
    return np.asarray(shapely.intersection(np.array(shapes, dtype=object), scene.town))
