"""Valid copies of invalid geometries."""

from __future__ import annotations

import numpy as np
import shapely

from geo_rv.intake.quality.vertices import Geometries

_MOST_ROUNDS = 4


def make_valid(geometry: Geometries) -> Geometries:
    """Return `geometry` with a valid copy in the place of each that is invalid.

    The structure method is used, which keeps what every ring encloses. Where a ring runs along an
    edge twice it may leave two parts with a common edge, which is invalid again (GEOS 3.14): it is
    repeated until nothing is. What cannot be made valid comes back invalid; None stays None.
    """
    valid = geometry.copy()
    for _ in range(_MOST_ROUNDS):
        is_invalid = ~shapely.is_valid(valid) & ~shapely.is_missing(valid)
        if not is_invalid.any():
            break
        valid[is_invalid] = shapely.make_valid(
            valid[is_invalid], method="structure", keep_collapsed=False
        )
    return np.asarray(valid)
