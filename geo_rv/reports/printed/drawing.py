"""One printed map as a picture."""

from __future__ import annotations

from collections.abc import Iterable
from io import BytesIO

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from PIL import Image

from geo_rv.geodesy.measure import Floats
from geo_rv.reports.printed.margins import (
    MM_PER_INCH,
    draw_grid,
    draw_legend,
    draw_north,
    draw_scale,
)
from geo_rv.reports.printed.pens import SEGMENT_COLOUR, draw_class, make_marks, write
from geo_rv.reports.printed.sheet import MARGIN_BOTTOM_MM, MARGIN_LEFT_MM, MARKS, Inset, Sheet

DOTS_PER_INCH = 200
PALETTE = 256
PAPER = "white"
NAME_COLOUR = "#4a3b66"
_SEGMENTS, _SITES, _INSETS = 40, 50, 62


def draw_sheet(sheet: Sheet) -> bytes:
    """Return the map as a PNG, north up; raises GlyphMissing or FontMissing."""
    width, height = sheet.size_mm
    figure = Figure(figsize=(width / MM_PER_INCH, height / MM_PER_INCH), dpi=DOTS_PER_INCH)
    FigureCanvasAgg(figure)
    axes = figure.add_axes(
        (
            MARGIN_LEFT_MM / width,
            (MARGIN_BOTTOM_MM + sheet.legend_mm) / height,
            sheet.width_mm / width,
            sheet.height_mm / height,
        )
    )
    west, south, east, north = sheet.extent
    axes.set(xlim=(west, east), ylim=(south, north), facecolor=PAPER, autoscale_on=False)
    for order, drawn in enumerate(sheet.classes):
        # below the grid and the sites, however many classes there are
        draw_class(axes, drawn, zorder=order / len(sheet.classes))
    _draw_segments(axes, sheet.segments)
    _draw_sites(axes, sheet.sites, sheet.mark_scale)
    _draw_insets(axes, sheet.insets)
    for name in sheet.names:
        write(axes, (name.east, name.north), name.text, size=6.5, halo=True, color=NAME_COLOUR)
    draw_grid(axes, sheet)
    draw_scale(axes, sheet)
    draw_north(axes, sheet)
    if sheet.legend:
        draw_legend(figure, sheet)
    return _write_png(figure)


def _write_png(figure: Figure) -> bytes:
    """Return the figure in a palette: a map's few colours take a third of the room in one."""
    drawn, written = BytesIO(), BytesIO()
    figure.savefig(drawn, format="rgba")
    width, height = (int(length) for length in figure.bbox.size)
    picture = Image.frombytes("RGBA", (width, height), drawn.getvalue()).convert("RGB")
    picture.quantize(PALETTE, method=Image.Quantize.FASTOCTREE).save(written, format="png")
    return written.getvalue()


def _draw_segments(axes: Axes, segments: Floats) -> None:
    lines = LineCollection(
        list(segments), colors=SEGMENT_COLOUR, linewidths=0.5, alpha=0.7, zorder=_SEGMENTS
    )
    axes.add_collection(lines, autolim=False)


def _draw_sites(axes: Axes, sites: pd.DataFrame, scale: float) -> None:
    for order, (verdict, mark) in enumerate(MARKS.items()):
        places = sites.loc[sites["verdict"] == verdict, ["east", "north"]].dropna().to_numpy()
        axes.add_line(make_marks(mark, *places.T, scale=scale, zorder=_SITES + order))


def _draw_insets(axes: Axes, insets: Iterable[Inset]) -> None:
    for inset in insets:
        west, south, east, north = inset.extent
        axes.add_artist(
            Rectangle(
                (west, south), east - west, north - south,
                fill=False, edgecolor="black", linewidth=0.7, zorder=_INSETS,
            )
        )  # fmt: skip
        write(
            axes, (west, north), inset.label,
            size=6.5, weight="Bold", ha="right", va="bottom", halo=True, zorder=_INSETS,
        )  # fmt: skip
