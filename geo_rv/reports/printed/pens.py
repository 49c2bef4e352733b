"""What a printed map is drawn with: letters, lines, faces and marks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import shapely
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path
from matplotlib.patheffects import withStroke
from matplotlib.text import Text

from geo_rv.geodesy.measure import Geometries
from geo_rv.reports.blocks import make_printable
from geo_rv.reports.fonts import Weight, find_font, require_glyphs
from geo_rv.reports.printed.sheet import Mark
from geo_rv.reports.printed.symbols import DrawnClass

POINTS_PER_PIXEL = 0.5
"""How wide a line of one pixel of the web map is printed."""
SEGMENT_COLOUR = "#c8102e"
SWATCH_MM = 7.0


def write(
    axes: Axes,
    place: tuple[float, float],
    words: str,
    *,
    size: float,
    weight: Weight = "Regular",
    halo: bool = False,
    **options: Any,
) -> Text:
    """Write `words` as they are at `place`, in our font, `size` in points; raises GlyphMissing."""
    words = make_printable(words)
    require_glyphs([words])
    look: dict[str, Any] = {"ha": "center", "va": "center", "zorder": 60, "clip_on": True} | options
    # a name between two dollar signs is a name, not a formula
    written = axes.text(*place, words, parse_math=False, **look)
    written.set_fontproperties(FontProperties(fname=find_font(weight), size=size))
    if halo:
        written.set_path_effects([withStroke(linewidth=1.4, foreground="white")])
    return written


def draw_class(axes: Axes, drawn: DrawnClass, zorder: float) -> None:
    """Draw the faces, lines and points of one class of a layer."""
    width = drawn.weight * POINTS_PER_PIXEL
    look: dict[str, Any] = {
        "edgecolor": drawn.colour,
        "linewidth": width,
        "linestyle": _scale_dash(drawn),
        "capstyle": "butt",
        "zorder": zorder,
    }
    if len(drawn.areas):
        rings = shapely.get_rings(shapely.orient_polygons(drawn.areas))
        face = to_rgba(drawn.fill, drawn.opacity)
        axes.add_artist(PathPatch(_make_path(rings, closed=True), facecolor=face, **look))
    if len(drawn.lines):
        axes.add_artist(PathPatch(_make_path(drawn.lines, closed=False), fill=False, **look))
    if len(drawn.points):
        places = shapely.get_coordinates(drawn.points)
        axes.plot(*places.T, "o", color=drawn.colour, markersize=2.5, zorder=zorder)


def draw_sample(
    axes: Axes, sample: DrawnClass | Mark | Literal["segment"], x: float, y: float
) -> None:
    """Draw a sample for the legend, in the millimetres of `axes`, from `x` to the right."""
    ends = ([x, x + SWATCH_MM], [y, y])
    middle = ([x + SWATCH_MM / 2], [y])
    if isinstance(sample, Mark):
        axes.add_line(make_marks(sample, *middle, scale=1.3))
    elif sample == "segment":
        axes.add_line(Line2D(*ends, color=SEGMENT_COLOUR, linewidth=0.7, alpha=0.7))
    elif len(sample.areas):
        axes.add_artist(
            Rectangle(
                (x, y - 1.3), SWATCH_MM, 2.6,
                facecolor=to_rgba(sample.fill, sample.opacity), edgecolor=sample.colour,
                linewidth=sample.weight * POINTS_PER_PIXEL, linestyle=_scale_dash(sample),
            )
        )  # fmt: skip
    elif len(sample.lines):
        width, dash = sample.weight * POINTS_PER_PIXEL, _scale_dash(sample)
        axes.add_line(Line2D(*ends, color=sample.colour, linewidth=width, linestyle=dash))
    else:
        axes.plot(*middle, "o", color=sample.colour, markersize=3)


def make_marks(
    mark: Mark,
    easts: Iterable[float],
    norths: Iterable[float],
    *,
    scale: float = 1.0,
    zorder: int = 1,
) -> Line2D:
    """Return the marks of sites of one verdict."""
    return Line2D(
        list(easts),
        list(norths),
        linestyle="",
        marker=mark.shape,
        markersize=mark.size * scale,
        markerfacecolor="white" if mark.hollow else mark.colour,
        markeredgecolor=mark.colour if mark.hollow else "white",
        markeredgewidth=0.7 if mark.hollow else 0.25,
        zorder=zorder,
    )


def _scale_dash(drawn: DrawnClass) -> Any:
    if not drawn.dash:
        return "-"
    # matplotlib takes dashes in widths of the line
    return (0, tuple(length / drawn.weight for length in drawn.dash))


def _make_path(lines: Geometries, *, closed: bool) -> Path:
    """Return all lines as one path, which is drawn at once and leaves its holes free."""
    coordinates, owners = shapely.get_coordinates(lines, return_index=True)
    is_first: npt.NDArray[np.bool_] = np.diff(owners, prepend=-1) > 0
    codes = np.where(is_first, Path.MOVETO, Path.LINETO).astype(Path.code_type)
    if closed:
        codes[np.roll(is_first, -1)] = Path.CLOSEPOLY
    return Path(coordinates, codes)
