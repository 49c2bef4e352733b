"""Whether two tools give the same answer to the same question."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyproj

from benchmarks.county.question import LIMIT_M, PLANE, Answer

NEAR_M = 0.005
"""By how much two tools may differ about the same distance up to the limit."""
BEYOND = 3e-5
"""By which share more beyond it: the plane's scale varies by 2e-5 within the county."""

Floats = npt.NDArray[np.float64]


class Disagreement(Exception):
    """Two tools that answer the same question differently."""


@dataclass(frozen=True)
class Agreement:
    """What was compared, and how far apart it was at most."""

    distances: int
    near_m: float
    """The largest difference of distances up to the limit; NaN without distances."""
    far_m: float
    """The largest difference beyond it; NaN without any."""
    verdicts: int
    turned: int
    """Verdicts that differ, all of them at the very limit."""


def find_scales(sites: Floats) -> Floats:
    """Return how many metres of the plane a metre is at each place (longitude, latitude; n, 2)."""
    factors = pyproj.Proj(PLANE).get_factors(sites[:, 0], sites[:, 1])
    scales: Floats = np.asarray(factors.meridional_scale)
    return scales


def require_agreement(
    ours: Answer, theirs: Answer, *, scales: Floats, slack_m: float = 0.0
) -> Agreement:
    """Compare the answers by rule and site; raises Disagreement.

    `scales` turns their distances into metres of the ground (1 where they are); `slack_m` is how
    near to the limit their method may be wrong.
    """
    if ours.distance_m is None:
        raise ValueError("there are no distances to compare with")
    turned = ours.within != theirs.within
    at_limit = np.abs(ours.distance_m - LIMIT_M) <= slack_m + NEAR_M + LIMIT_M * BEYOND
    _refuse(turned & ~at_limit, "the limit", ours.distance_m)
    near = far = np.array([])
    if theirs.distance_m is not None:
        apart = np.abs(ours.distance_m - theirs.distance_m / scales)
        is_far = ours.distance_m > LIMIT_M
        allowed = NEAR_M + np.where(is_far, ours.distance_m * BEYOND, 0.0)
        _refuse(apart > allowed, "the distance", ours.distance_m)
        known = ~np.isnan(apart)
        near, far = apart[known & ~is_far], apart[known & is_far]
    return Agreement(
        distances=len(near) + len(far),
        near_m=float(near.max(initial=np.nan if not len(near) else 0.0)),
        far_m=float(far.max(initial=np.nan if not len(far) else 0.0)),
        verdicts=turned.size,
        turned=int(turned.sum()),
    )


def _refuse(wrong: npt.NDArray[np.bool_], what: str, distances: Floats) -> None:
    if wrong.any():
        rule, site = np.argwhere(wrong)[0]
        raise Disagreement(
            f"{int(wrong.sum())} answers differ about {what}; the first one is site {site}, "
            f"rule {rule}, at {distances[rule, site]:.3f} m of ours"
        )
