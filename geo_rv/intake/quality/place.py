"""Whether features lie where the project is, and what may have brought them elsewhere."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely

from geo_rv.geodesy.crs import Bounds
from geo_rv.geodesy.local import measure_degrees
from geo_rv.geodesy.measure import Floats, measure_distance_m
from geo_rv.intake.candidate import Problem, list_problems
from geo_rv.intake.place.geometry import lie_apart
from geo_rv.intake.quality.batch import VILLAGE, Batch
from geo_rv.intake.quality.thresholds import Thresholds
from geo_rv.intake.quality.vertices import Mask
from geo_rv.intake.wish import Surroundings
from geo_rv.messages import Text, tell

_ZONE_DEGREES = 3.0
"""What lies in a Gauss-Krueger zone that was read as another is off by a multiple of it."""
_NOUGHT_DEGREES = 0.01


def find_vicinity(around: Surroundings, kind: str, thresholds: Thresholds) -> Bounds | None:
    """Return the box (degrees) outside of which a feature of `kind` is taken for a mistake.

    It lies round the villages, or all layers where there are none, but not round what is to be
    replaced. None where the project holds nothing to compare with.
    """
    layers = {
        name: frame
        for name, frame in around.layers.items()
        if len(frame) and not (name == kind and around.mode == "replace")
    }
    frames = [layers[VILLAGE]] if VILLAGE in layers else list(layers.values())
    boxes = np.array([frame.total_bounds for frame in frames]).reshape(-1, 4)
    boxes = boxes[np.isfinite(boxes).all(axis=1)]
    if not len(boxes):
        return None
    west, south = boxes[:, :2].min(axis=0)
    east, north = boxes[:, 2:].max(axis=0)
    across, along = measure_degrees(np.array([(south + north) / 2]))[0] / 1000
    margins = thresholds.far_km / across, thresholds.far_km / along
    return west - margins[0], south - margins[1], east + margins[0], north + margins[1]


def judge_vicinity(batch: Batch) -> list[Problem]:
    """Return the rows that lie far from everything in the project, with the likely cause."""
    box = find_vicinity(batch.around, batch.spec.kind, batch.thresholds)
    if box is None:
        return []
    is_far = batch.is_placed & lie_apart(batch.geometry, box)
    if not is_far.any():
        return []
    bounds = shapely.bounds(batch.geometry[is_far])
    lon, lat = (bounds[:, 0] + bounds[:, 2]) / 2, (bounds[:, 1] + bounds[:, 3]) / 2
    nearest = np.clip(lon, box[0], box[2]), np.clip(lat, box[1], box[3])
    beyond_m = measure_distance_m(lon, lat, *nearest)
    return list_problems(
        is_far,
        batch.rows,
        "far_away",
        lon=lon,
        lat=lat,
        km=batch.thresholds.far_km + beyond_m / 1000,
        cause=_guess_causes(lon, lat, box, is_projected=batch.crs.is_projected),
    )


def _guess_causes(lon: Floats, lat: Floats, box: Bounds, *, is_projected: bool) -> pd.Series:
    """Return what may have brought each place out of `box`: the first cause that explains it."""
    west, south, east, north = box
    fits_across, fits_along = _lie_in(lon, west, east), _lie_in(lat, south, north)
    zones = np.round(((west + east) / 2 - lon) / _ZONE_DEGREES) * _ZONE_DEGREES
    causes: dict[str, Mask] = {
        "nought": (np.abs(lon) < _NOUGHT_DEGREES) & (np.abs(lat) < _NOUGHT_DEGREES),
        "swapped": _lie_in(lat, west, east) & _lie_in(lon, south, north),
        "sign": (fits_across | _lie_in(-lon, west, east))
        & (fits_along | _lie_in(-lat, south, north)),
        "zone": _lie_in(lon + zones, west, east) & fits_along & is_projected,
        "latitude": fits_across,
        "longitude": fits_along,
    }
    names = np.select(list(causes.values()), list(causes), "elsewhere")
    texts: dict[str, Text] = {name: tell(f"intake.cause.{name}") for name in (*causes, "elsewhere")}
    return pd.Series(names, dtype=object).map(texts)


def _lie_in(values: Floats, least: float, most: float) -> Mask:
    return np.asarray((least <= values) & (values <= most))
