"""Memory grows by no more than ten times what the file does."""

from __future__ import annotations

import sys

import ezdxf
import numpy as np
import pytest

from benchmarks.intake import write_survey

READ = """
import sys
from pathlib import Path
from geo_rv.catalogue import load_catalogue
from geo_rv.intake import Wish, read_candidates

wish = Wish(kind="cultivated_land")
(candidate,) = read_candidates(Path(sys.argv[1]), catalogue=load_catalogue(), wish=wish)
assert len(candidate.frame) == int(sys.argv[2])
"""
TIMES = 10
TURN = np.arange(12) / 12 * 2 * np.pi
CIRCLE = np.column_stack([np.cos(TURN), np.sin(TURN)]) * 10


def write_drawing(path, plots):
    """Write plots of twelve corners, each with a word in it, in EPSG:4526."""
    document = ezdxf.new("R2010")
    space = document.modelspace()
    for plot in range(plots):
        middle = np.array([38_500_000 + plot % 150 * 30, 3_520_000 + plot // 150 * 30])
        space.add_lwpolyline(np.round(middle + CIRCLE, 3), close=True)
        space.add_text(f"P{plot}", dxfattribs={"insert": middle})
    document.saveas(path)
    return path


def write_text(path, plots):
    return write_survey(path, plots * 12)


@pytest.mark.parametrize(
    ("write", "name", "few", "many"),
    [(write_text, "any.txt", 10_000, 60_000), (write_drawing, "any.dxf", 1_500, 12_000)],
)
def test_memory_by_size(write, name, few, many, tmp_path, measure_peak):
    sizes, peaks = [], []
    for count in (few, many):
        path = write(tmp_path / name, count)
        sizes.append(path.stat().st_size)
        peaks.append(1024 * measure_peak(sys.executable, "-c", READ, path, count))
    assert sizes[1] - sizes[0] > 5e6
    assert peaks[1] - peaks[0] < TIMES * (sizes[1] - sizes[0])
