"""Spikes: corners so sharp that the outline runs out and back again."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geo_rv.geodesy.measure import Floats
from geo_rv.intake.quality.thresholds import Thresholds
from geo_rv.intake.quality.vertices import Mask, Paths, drop_repeated

_MOST_ROUNDS = 20
"""A spike may end in another; what is left after so many is told as a sharp corner."""


@dataclass(frozen=True)
class Corners:
    """What is seen at each vertex of some rings."""

    degrees: Floats
    """The angle between the two edges."""
    length_m: Floats
    """The length of the shorter edge."""
    width_m: Floats
    """How far the end of the shorter edge lies from the longer one."""

    def find_spikes(self, thresholds: Thresholds) -> Mask:
        """Return which corners are spikes, whatever their width."""
        is_sharp = self.degrees < thresholds.spike_degrees
        return np.asarray(is_sharp & (self.length_m > thresholds.spike_length_m))


def measure_corners(rings: Paths) -> Corners:
    """Return the corners at the vertices of `rings`."""
    back, on = rings.step(rings.before), rings.step(rings.after)
    lengths = np.hypot(*back.T), np.hypot(*on.T)
    cross = np.abs(back[:, 0] * on[:, 1] - back[:, 1] * on[:, 0])
    dot = (back * on).sum(axis=1)
    longer = np.maximum(*lengths)
    width = np.divide(cross, longer, out=np.zeros_like(cross), where=longer > 0)
    return Corners(np.degrees(np.arctan2(cross, dot)), np.minimum(*lengths), width)


def cut_spikes(rings: Paths, thresholds: Thresholds) -> Paths:
    """Return `rings` without their narrow spikes; a ring that would collapse keeps its vertices."""
    for _ in range(_MOST_ROUNDS):
        corners = measure_corners(rings)
        is_cut = corners.find_spikes(thresholds) & (corners.width_m < thresholds.spike_width_m)
        if not is_cut.any():
            break
        kept = drop_repeated(rings.keep(~is_cut), thresholds.repeated_m)
        if len(kept.vertices) == len(rings.vertices):
            break
        rings = kept
    return rings
