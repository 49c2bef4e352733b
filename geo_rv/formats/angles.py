"""Angles as people write them (113°51′20.5″, 113-51-20.5, 东经113度51分) as decimal degrees.

All of it works on whole columns: Arrow's regular expressions (RE2) run in time that grows with
the text and never faster, whatever the text is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
Form = Literal["degrees", "dd.mmss"]

UNTOLD: Final = 0
LONGITUDE: Final = 1
LATITUDE: Final = 2

LONGEST = 120
"""Characters that two angles may have; what is longer is no angle."""

# in this order: what NFKC would take apart comes before it
_GLYPHS = (
    (r"''|′′|’’|[″“”〃＂ʺ˝]", '"'),
    (r"[′‘’‛`´＇ʹ‵]", "'"),
    (r"[º˚∘゜⁰]", "°"),
    (r"[−–—‐‑‒﹣－]", "-"),
    (r"(\d)。(\d)", r"\1.\2"),
    (r"(\d)\s*[*＊]\s*(\d)", r"\1°\2"),
)
_WORDS = (
    (r"东经度?|EAST", "E"),
    (r"西经度?|WEST", "W"),
    (r"北纬度?|NORTH", "N"),
    (r"南纬度?|SOUTH", "S"),
    # an axis without its half of the Earth, as surveyors write it: B, L
    (r"经度|LONGITUDE|LONG|LON|LNG", "L"),
    (r"纬度|LATITUDE|LAT", "B"),
    (r"东", "E"), (r"西", "W"), (r"北", "N"), (r"南", "S"), (r"经", "L"), (r"纬", "B"),
    (r"度", "°"), (r"分", "'"), (r"秒", '"'), (r"[=:：]\s*([+-]?\d)", r" \1"), (r"''", '"'),
    # which of X and Y is the easting goes by the numbers
    (r"[XY]\s*([+-]?\d)", r" \1"),
    # 113d51m20.5s, as other programs write
    (r"(\d)\s*D\s*(\d+)\s*M\s*([\d.]+)\s*S", r"""\1°\2'\3" """),
    (r"(\d)\s*D\s*(\d)", r"\1°\2"),
)  # fmt: skip
_LONE = (
    # 113°51′20″.5, as the handbooks of surveyors have it
    (r"""^([^"]*'\s*\d{1,2})"\.(\d+)\s*([NSEWLB]?)\s*$""", r"""\1.\2"\3"""),
    # 113,51,20.5 in a column of one angle
    (r"^(\D*\d{1,3})[,/_](\d{1,2})[,/_](\d{1,2}(?:\.\d+)?\D*)$", r"\1 \2 \3"),
    # 113.51.20.5
    (r"^(\D*\d{1,3})\.(\d{1,2})\.(\d{1,2}(?:\.\d+)?\D*)$", r"\1 \2 \3"),
    # 3,525,228.686 米
    (r"^\s*([-+]?\d{1,3}),(\d{3}(?:\.\d+)?)\s*(?:米|M)?\s*$", r"\1\2"),
    (r"^\s*([-+]?\d{1,3}),(\d{3}),(\d{3}(?:\.\d+)?)\s*(?:米|M)?\s*$", r"\1\2\3"),
    (r"^\s*([-+]?\d+(?:\.\d+)?)\s*(?:米|M)\s*$", r"\1"),
)
"""What is written plainly only where one angle stands alone."""

_SIDE = r"[NSEWLB]?"
_ANGLE = (
    rf"^\s*(?P<before>{_SIDE})\s*(?P<sign>[-+]?)\s*(?P<degrees>\d{{1,9}}(?:\.\d{{0,20}})?)"
    r"(?:\s*(?P<mark>[° -])\s*"
    r"(?:(?P<minutes>\d{1,2}(?:\.\d{0,20})?)"
    r"(?:\s*(?:[' -]\s*(?P<seconds>\d{1,2}(?:\.\d{0,20})?)\s*\"?|'))?)?)?"
    rf"\s*(?P<after>{_SIDE})\s*$"
)
_NUMBER = r"^\s*[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d{1,3})?\s*$"

# how two angles in one cell come apart, where no comma parts them
_GAPS = (
    (r"^\s*([NSEWLB][^,NSEWLB]*)([NSEWLB][^,NSEWLB]*)$", r"\1,\2"),
    (r"^([^,NSEWLB]*[NSEW])([^,NSEWLB]*[NSEW])\s*$", r"\1,\2"),
    (r"^([^,°]*°[^,°]*?['\"]?)\s+([-+]?\d+(?:\.\d+)?\s*°[^,°]*)$", r"\1,\2"),
    (r"^([^,°]*°[^,°]*['\"])([-+]?\d+(?:\.\d+)?\s*°[^,°]*)$", r"\1,\2"),
    (r"^\s*([^\s,]+\s+[^\s,]+\s+[^\s,]+)\s+([^\s,]+\s+[^\s,]+\s+[^\s,]+)\s*$", r"\1,\2"),
    (r"^\s*([^\s,]+\s+[^\s,]+)\s+([^\s,]+\s+[^\s,]+)\s*$", r"\1,\2"),
    (r"^\s*([^\s,]+)\s+([^\s,]+)\s*$", r"\1,\2"),
)
_PAIR = r"^\s*(?P<first>[^,]*),(?P<second>[^,]*)(?:,(?P<height>[^,]*))?$"

_BLOCK = 1 << 16
"""So many texts are taken at a time, which keeps what is made of them on the way small."""
_PACKED_DIGITS = 1e11
"""dd.mmss is taken apart at this many parts of a degree: 0.0000001 seconds."""


@dataclass(frozen=True)
class Angles:
    """One angle for each text."""

    degrees: Floats
    """Decimal degrees, negative in the west and south; not a number where there is none."""
    axis: NDArray[np.int8]
    """LONGITUDE or LATITUDE where the text says which it is, else UNTOLD."""
    is_wrong: Mask
    """Where there is a text that is no angle."""
    is_sixty: Mask
    """Where it is none because its minutes or seconds reach 60."""


@dataclass(frozen=True)
class Pairs:
    """Two texts taken from each text that holds two angles; missing where it does not."""

    first: pa.Array
    second: pa.Array
    has_height: Mask
    """Where a third number stood behind them."""


def parse_angles(texts: pd.Series, *, form: Form = "degrees") -> Angles:
    """Return the angles that a column writes as decimal degrees or degrees, minutes and seconds.

    Bare numbers are decimal degrees (and may be metres: no bounds are put on them), or degrees,
    minutes and seconds in one number where `form` is "dd.mmss": 31.5030 is 31°50′30″.
    """
    return _join([_parse_block(block, form) for block in _cut(texts)])


def parse_pairs(texts: pd.Series, *, form: Form = "degrees") -> tuple[Angles, Angles, Mask]:
    """Return the two angles that each cell holds, and where a height stood behind them."""
    pairs = [_split_pairs(_write_plainly(block)) for block in _cut(texts)]
    first = _join([_read_angles(pair.first, form) for pair in pairs])
    second = _join([_read_angles(pair.second, form) for pair in pairs])
    return first, second, np.concatenate([pair.has_height for pair in pairs])


def _cut(texts: pd.Series) -> Iterator[pa.Array]:
    """Yield `texts` block by block, with "" for those that are too long."""
    for start in range(0, max(len(texts), 1), _BLOCK):
        block = texts.iloc[start : start + _BLOCK].astype("str")
        taken = pa.array(block, type=pa.large_string(), from_pandas=True)
        if isinstance(taken, pa.ChunkedArray):
            taken = taken.combine_chunks()
        yield pc.if_else(pc.greater(pc.utf8_length(taken), LONGEST), "", taken)


def _join(blocks: Sequence[Angles]) -> Angles:
    return Angles(
        degrees=np.concatenate([block.degrees for block in blocks]),
        axis=np.concatenate([block.axis for block in blocks]),
        is_wrong=np.concatenate([block.is_wrong for block in blocks]),
        is_sixty=np.concatenate([block.is_sixty for block in blocks]),
    )


def _parse_block(texts: pa.Array, form: Form) -> Angles:
    numbers = _read_numbers(texts)
    is_number = np.isfinite(numbers)
    if form == "degrees" and np.array_equal(is_number, np.asarray(pc.is_valid(texts))):
        nothing = np.zeros(len(numbers), dtype=bool)
        return Angles(numbers, np.zeros(len(numbers), np.int8), nothing, nothing)
    return _read_angles(_write_plainly(texts), form)


def _write_plainly(plain: pa.Array) -> pa.Array:
    """Return texts in half width and capitals, with one sign for each thing."""
    for pattern, sign in _GLYPHS:
        plain = pc.replace_substring_regex(plain, pattern, sign)
    plain = pc.utf8_upper(pc.utf8_normalize(plain, form="NFKC"))
    for pattern, sign in _WORDS:
        plain = pc.replace_substring_regex(plain, pattern, sign)
    return plain


def _split_pairs(plain: pa.Array) -> Pairs:
    plain = pc.replace_substring_regex(plain, r"[()\[\]{}<>【】]", "")
    plain = pc.replace_substring_regex(plain, r"\s*[,;|/、\t]\s*", ",")
    for pattern, parted in _GAPS:
        plain = pc.replace_substring_regex(plain, pattern, parted)
    found = pc.extract_regex(plain, _PAIR)
    height = pc.fill_null(pc.struct_field(found, "height"), "")
    is_number = pc.match_substring_regex(height, _NUMBER)
    is_refused = pc.and_(pc.not_equal(height, ""), pc.invert(is_number))
    first, second = (
        # an empty text is no angle, and told as such
        pc.if_else(is_refused, "", pc.fill_null(pc.struct_field(found, name), ""))
        for name in ("first", "second")
    )
    is_missing = pc.is_null(plain)
    nothing = pa.scalar(None, pa.large_string())
    first, second = (pc.if_else(is_missing, nothing, side) for side in (first, second))
    return Pairs(first, second, np.asarray(is_number))


def _read_angles(plain: pa.Array, form: Form) -> Angles:
    for pattern, written in _LONE:
        plain = pc.replace_substring_regex(plain, pattern, written)
    numbers = _read_numbers(plain)
    is_number = np.isfinite(numbers)
    parts = pc.extract_regex(plain, _ANGLE)
    minutes, seconds = _take_number(parts, "minutes"), _take_number(parts, "seconds")
    whole = _take_number(parts, "degrees")
    sides = [_take_text(parts, name) for name in ("before", "after")]
    side = np.where(sides[0] == "", sides[1], sides[0])
    is_parted = _take_text(parts, "mark") != ""
    sign = _take_text(parts, "sign")
    is_sixty = (np.nan_to_num(minutes) >= 60) | (np.nan_to_num(seconds) >= 60)
    is_broken = (
        ((sides[0] != "") & (sides[1] != ""))
        | ((sign == "-") & np.isin(side, ["N", "S", "E", "W"]))
        # a fraction has nothing smaller behind it
        | ((whole % 1 > 0) & ~np.isnan(minutes))
        | ((minutes % 1 > 0) & ~np.isnan(seconds))
        | (is_parted & (whole > 360))
    )
    degrees = whole + np.nan_to_num(minutes) / 60 + np.nan_to_num(seconds) / 3600
    degrees = np.where((sign == "-") | np.isin(side, ["W", "S"]), -degrees, degrees)
    degrees = np.where(is_number, numbers, degrees)
    if form == "dd.mmss":
        is_packed = is_number | (~is_parted & np.isfinite(whole))
        unpacked, is_too_much = _unpack(degrees)
        degrees = np.where(is_packed, unpacked, degrees)
        is_sixty |= is_packed & is_too_much
    is_missing = np.asarray(pc.is_null(plain))
    is_wrong = (is_sixty | is_broken | ~np.isfinite(degrees)) & ~is_missing
    axis = np.select([np.isin(side, ["E", "W", "L"]), np.isin(side, ["N", "S", "B"])], [1, 2], 0)
    degrees = np.where(is_wrong | is_missing, np.nan, degrees)
    return Angles(degrees, axis.astype(np.int8), is_wrong, is_sixty & ~is_broken & ~is_missing)


def _read_numbers(plain: pa.Array) -> Floats:
    """Return the bare numbers; not a number where something else stands."""
    is_number = pc.match_substring_regex(plain, _NUMBER)
    nothing = pa.scalar(None, pa.large_string())
    bare = pc.utf8_ltrim(pc.utf8_trim_whitespace(plain), characters="+")
    return _cast(pc.if_else(is_number, bare, nothing))


def _take_text(parts: pa.Array, name: str) -> NDArray[np.object_]:
    texts = pc.fill_null(pc.struct_field(parts, name), "")
    return np.asarray(texts.to_numpy(zero_copy_only=False), dtype=object)


def _take_number(parts: pa.Array, name: str) -> Floats:
    """Return the number that the group `name` caught; not a number where it caught nothing."""
    digits = pc.struct_field(parts, name)
    return _cast(pc.if_else(pc.equal(digits, ""), pa.scalar(None, pa.large_string()), digits))


def _cast(digits: pa.Array) -> Floats:
    numbers = pc.cast(digits, pa.float64()).to_numpy(zero_copy_only=False)
    return np.asarray(numbers, dtype=np.float64)


def _unpack(packed: Floats) -> tuple[Floats, Mask]:
    """Return dd.mmss as degrees, and where its minutes or seconds reach 60."""
    within = np.where(np.abs(packed) <= 1000, packed, np.nan)
    parts = np.rint(np.abs(within) * _PACKED_DIGITS)
    degrees, parts = np.divmod(parts, _PACKED_DIGITS)
    minutes, parts = np.divmod(parts, _PACKED_DIGITS / 100)
    seconds = parts / (_PACKED_DIGITS / 10_000)
    unpacked = np.copysign(degrees + minutes / 60 + seconds / 3600, packed)
    return unpacked, (minutes >= 60) | (seconds >= 60)
