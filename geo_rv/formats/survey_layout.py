"""How the survey coordinate text (勘测定界 TXT) is laid out, as data: for reading and for writing.

It is what counties ask to be handed in, not a published standard; what stands here is what the
files in use have in common.
"""

from __future__ import annotations

from typing import Final

ATTRIBUTES: Final = "属性描述"
"""The section that says what the coordinates are."""
PLOTS: Final = "地块坐标"
"""The section of the plots; a section whose name ends in 坐标 is meant as it."""
SECTION_MARKS: Final = ("[", "]")

DATUM: Final = "坐标系"
DEGREES_A_ZONE: Final = "几度分带"
PROJECTION: Final = "投影类型"
UNIT: Final = "计量单位"
ZONE: Final = "带号"
PARAMETERS: Final = "转换参数"
VERSION: Final = "格式版本号"
PRECISION: Final = "精度"
ATTRIBUTE_KEYS: Final = (
    VERSION,
    "数据产生单位",
    "数据产生日期",
    DATUM,
    DEGREES_A_ZONE,
    PROJECTION,
    UNIT,
    ZONE,
    PRECISION,
    PARAMETERS,
)
"""The keys of the section `ATTRIBUTES`, in their order."""
PLACE_KEYS: Final = (DATUM, DEGREES_A_ZONE, PROJECTION, UNIT, ZONE, PARAMETERS)
"""Those of them that say what the coordinates are: one value for all plots."""

POINT_COUNT: Final = "界址点数"
AREA: Final = "地块面积"
NUMBER: Final = "地块编号"
NAME: Final = "地块名称"
SHAPE: Final = "图形属性"
PLOT_FIELDS: Final = (POINT_COUNT, AREA, NUMBER, NAME, SHAPE, "图幅号", "地块用途", "地类编码")
"""The values of a plot's line, in their order; the area in hectares."""
PLOT_END: Final = "@"
FURTHER_FIELD: Final = "第{number}项"
"""What a value beyond `PLOT_FIELDS` is called: each county means something else by it."""
MOST_VALUES: Final = 32
"""A line with more is no plot's."""

FACE: Final = "面"
LINE: Final = "线"
POINT: Final = "点"
SHAPES: Final = {FACE: 3, LINE: 2, POINT: 1}
"""What a plot may be (`SHAPE`), and how many points it takes; one that does not say is a 面."""

_NUMBER: Final = r"-?\d{1,12}(?:\.\d{0,20})?"
POINT_LINE: Final = (
    r"^[^,]*?(?P<number>\d{0,9})\s*,\s*(?P<ring>\d{0,9})\s*,"
    rf"\s*(?P<north>{_NUMBER})\s*,\s*(?P<east>{_NUMBER})\s*,?$"
)
"""A point, of half-width characters: its number, its ring, X (north) and Y (east)."""
SIGNED_PLOT_LINE: Final = rf"^\d{{0,9}}\s*,(?:[^,=]*,){{3,}}[^=]*{PLOT_END}$"
"""A plot's line that is known as one in any section."""
UNSIGNED_PLOT_LINE: Final = (
    r"^\d{0,9}\s*,[\d.\s]*,[^,]*,[^,]*,"
    r"(?:\s*[面线点]\s*(?:,.*)?|[^,]*(?:,[^,]*){3,})$"
)
"""A plot's line without its end sign, which is plain all the same: it says 面, or has 8 values."""


def find_shape(said: str) -> str | None:
    """Return which of `SHAPES` is said ("面", "面状"), or None."""
    return next((shape for shape in SHAPES if said.startswith(shape)), None)
