"""Invalid geometries, and valid copies of them."""

from __future__ import annotations

from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from geo_rv.geodesy.measure import Geometries, split_parts

_MOST_ROUNDS: Final = 4
_FEWEST_OF_RING: Final = 4


def make_valid(geometry: Geometries, *, keep_collapsed: bool = False) -> Geometries:
    """Return `geometry` with a valid copy in the place of each that is invalid.

    The structure method is used, which keeps what every ring encloses. Where a ring runs along an
    edge twice it may leave two parts with a common edge, which is invalid again (GEOS 3.14): it is
    repeated until nothing is. A part without area becomes a line or a point with
    `keep_collapsed`, and is left out without. What cannot be made valid comes back invalid; None
    stays None.
    """
    valid = geometry.copy()
    broken = np.flatnonzero(~shapely.is_missing(valid))
    with np.errstate(invalid="ignore"):  # GEOS meets vertices that are no numbers
        for _ in range(_MOST_ROUNDS):
            broken = broken[~shapely.is_valid(valid[broken])]
            if not len(broken):
                break
            valid[broken] = shapely.make_valid(
                valid[broken], method="structure", keep_collapsed=keep_collapsed
            )
    return valid


def find_stunted(geometry: Geometries) -> NDArray[np.bool_]:
    """Return which polygons have a ring of less than three points and the closing one."""
    parts, owners = split_parts(geometry)
    rings, part = shapely.get_rings(parts, return_index=True)
    is_stunted = shapely.get_num_coordinates(rings) < _FEWEST_OF_RING
    return np.asarray(np.bincount(owners[part[is_stunted]], minlength=len(geometry)) > 0)
