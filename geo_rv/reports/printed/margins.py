"""What stands around and upon a printed map: coordinates, scale bar, north arrow, legend."""

from __future__ import annotations

import math

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.patches import Polygon, Rectangle

from geo_rv.messages import text
from geo_rv.reports.printed.pens import SWATCH_MM, draw_sample, write
from geo_rv.reports.printed.sheet import (
    LEGEND_COLUMNS,
    LEGEND_GAP_MM,
    LEGEND_ROW_MM,
    MARGIN_LEFT_MM,
    Sheet,
    arrange_legend,
)

GRID_MM = 28.0
"""The least distance between two lines of the grid in print."""
METRES_PER_KM = 1000
MM_PER_INCH = 25.4
LEGEND_SIZE = 7.0
"""In points."""
INDENT_MM = 3.0
_UNDER_SITES, _OVER_SITES = 30, 60


def draw_grid(axes: Axes, sheet: Sheet) -> None:
    """Draw the lines of round coordinates and write their metres around the map."""
    west, south, east, north = sheet.extent
    # the largest round step would leave a small map without any line
    step = choose_round(max(GRID_MM, sheet.width_mm / 4) * sheet.metres_per_mm)
    columns = np.arange(math.ceil(west / step), math.floor(east / step) + 1) * step
    rows = np.arange(math.ceil(south / step), math.floor(north / step) + 1) * step
    lines = [((x, south), (x, north)) for x in columns] + [((west, y), (east, y)) for y in rows]
    axes.add_collection(
        LineCollection(lines, colors="#7a7a7a", linewidths=0.25, alpha=0.6, zorder=_UNDER_SITES),
        autolim=False,
    )
    axes.set(xticks=[], yticks=[])
    for spine in axes.spines.values():
        spine.set(linewidth=0.7, zorder=_OVER_SITES + 1)
    gap = 1.3 * sheet.metres_per_mm
    half_label = 5 * sheet.metres_per_mm
    for x in columns[(columns > west + half_label) & (columns < east - half_label)]:
        write(axes, (x, south - gap), f"{x:.0f}", size=5.5, va="top", clip_on=False)
    for y in rows[(rows > south + half_label) & (rows < north - half_label)]:
        write(
            axes, (west - gap, y), f"{y:.0f}",
            size=5.5, ha="right", rotation=90, clip_on=False,
        )  # fmt: skip


def choose_round(longest: float) -> float:
    """Return the largest of 1, 2 and 5 times a power of ten that is not above `longest`."""
    power = 10.0 ** math.floor(math.log10(longest))
    return max(step * power for step in (1, 2, 5) if step * power <= longest * (1 + 1e-9))


def draw_scale(axes: Axes, sheet: Sheet) -> None:
    """Draw the scale bar, in metres or kilometres, in the lower corner that hides less."""
    mm = sheet.metres_per_mm
    length = choose_round((sheet.extent[2] - sheet.extent[0]) / 4)
    in_km = length >= METRES_PER_KM
    label = text(
        "report.map.kilometres" if in_km else "report.map.metres",
        sheet.language,
        length=f"{length / METRES_PER_KM if in_km else length:g}",
    )
    x, y = _clear_corner(axes, sheet, length / mm + 10, 8, top=False)
    x, y = x + 3 * mm, y + 2 * mm
    for part, colour in enumerate(("black", "white")):
        axes.add_artist(
            Rectangle(
                (x + part * length / 2, y), length / 2, mm,
                facecolor=colour, edgecolor="black", linewidth=0.5, zorder=_OVER_SITES,
            )
        )  # fmt: skip
    write(axes, (x, y + 3 * mm), "0", size=6)
    write(axes, (x + length, y + 3 * mm), label, size=6)


def draw_north(axes: Axes, sheet: Sheet) -> None:
    """Draw the arrow to the north of the grid, which is up, in the upper corner that hides less."""
    mm = sheet.metres_per_mm
    x, y = _clear_corner(axes, sheet, 5.5, 11.5, top=True)
    x, y = x + 2.75 * mm, y + 10.5 * mm
    for side, colour in ((-1, "black"), (1, "white")):
        corners = [(x, y), (x + side * 1.6 * mm, y - 6 * mm), (x, y - 4.5 * mm)]
        axes.add_artist(
            Polygon(corners, facecolor=colour, edgecolor="black", linewidth=0.5, zorder=_OVER_SITES)
        )
    write(axes, (x, y - 8 * mm), text("report.map.north", sheet.language), size=7)


def _clear_corner(
    axes: Axes, sheet: Sheet, width_mm: float, height_mm: float, *, top: bool
) -> tuple[float, float]:
    """Lay a light ground in the right or left corner, and return its lower left in metres.

    It is the right one at the top and the left one at the bottom, unless that hides more sites.
    """
    mm = sheet.metres_per_mm
    west, south, east, north = sheet.extent
    width, height = width_mm * mm, height_mm * mm
    y = north - height - mm if top else south + mm
    corners = [west + mm, east - width - mm]
    rows = sheet.sites[sheet.sites["north"].between(y, y + height)]
    # of two that hide as much, the first is taken
    x = min(
        reversed(corners) if top else corners,
        key=lambda left: rows["east"].between(left, left + width).sum(),
    )
    axes.add_artist(
        Rectangle(
            (x, y), width, height,
            facecolor="white", alpha=0.8, linewidth=0, zorder=_OVER_SITES - 1,
        )
    )  # fmt: skip
    return x, y


def draw_legend(figure: Figure, sheet: Sheet) -> None:
    """Draw the legend below the map, column by column."""
    width, height = sheet.size_mm
    axes = figure.add_axes((0, 0, 1, sheet.legend_mm / height))
    axes.set(xlim=(0, width), ylim=(0, sheet.legend_mm))
    axes.set_axis_off()
    column_mm = (width - MARGIN_LEFT_MM) / LEGEND_COLUMNS
    for row, (column, line) in zip(sheet.legend, arrange_legend(sheet.legend), strict=True):
        x = MARGIN_LEFT_MM + column * column_mm
        y = sheet.legend_mm - LEGEND_GAP_MM - (line + 0.5) * LEGEND_ROW_MM
        if row.sample == "heading":
            written = write(axes, (x, y), row.title, size=LEGEND_SIZE, weight="Bold", ha="left")
            room = column_mm - 2
        else:
            left = x + (INDENT_MM if row.is_class else 0)
            draw_sample(axes, row.sample, left, y)
            place = (left + SWATCH_MM + 1.5, y)
            written = write(axes, place, row.title, size=LEGEND_SIZE, ha="left")
            room = x + column_mm - place[0] - 1.5
        wide = written.get_window_extent().width / figure.dpi * MM_PER_INCH
        written.set_fontsize(LEGEND_SIZE * min(1.0, room / wide))
