"""Headings as names are compared: their width, case, spaces and units do not count."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping

_LONGEST = 80
"""Characters of a heading that are looked at; no name is longer."""
_NO_PART = re.compile(r"[\s_\-.:*·、]+")
_BRACKETED = re.compile(r"^(.+?)(?:\(([^()]*)\)|\[([^\[\]]*)\]|【([^【】]*)】|/([^/]{1,4}))$")
_UNITS: Mapping[str, str] = {
    "m2": "m2", "㎡": "m2", "平方米": "m2", "平米": "m2", "平方": "m2", "sqm": "m2",
    "亩": "mu", "mu": "mu", "公顷": "ha", "ha": "ha", "平方公里": "km2", "km2": "km2",
    "m": "m", "米": "m", "km": "km", "公里": "km", "千米": "km", "cm": "cm", "厘米": "cm",
    "元": "yuan", "万元": "10k yuan", "亿元": "100m yuan", "kw": "kw", "千瓦": "kw", "mw": "mw",
    "兆瓦": "mw", "kv": "kv", "千伏": "kv", "kwh": "kwh", "度": "degree", "°": "degree",
    "人": "person", "户": "household", "个": "piece", "座": "piece", "处": "piece", "年": "year",
    "吨": "t", "t": "t", "%": "percent",
}  # fmt: skip


def fold(name: str) -> str:
    """Return `name` as names are compared: width, case and margins do not count."""
    return unicodedata.normalize("NFKC", name).strip().casefold()


def make_key(name: str) -> str:
    """Return `name` folded, and without the spaces and marks that people put between words."""
    return _NO_PART.sub("", fold(name[:_LONGEST]))


def split_unit(heading: str) -> tuple[str, str]:
    """Return a heading and what stands in brackets (or after a slash) behind it, as keys."""
    key = make_key(heading)
    found = _BRACKETED.match(key)
    if found is None:
        return key, ""
    return found[1], next(part for part in found.groups()[1:] if part is not None)


def name_unit(text: str) -> str:
    """Return which unit `text` names, in one spelling; "" where it names none."""
    return _UNITS.get(make_key(text), "")


def find_heading(wanted: str, headings: Iterable[str]) -> str | None:
    """Return the one of `headings` that the user calls `wanted`."""
    known = list(headings)
    if wanted in known:
        return wanted
    return next((heading for heading in known if fold(heading) == fold(wanted)), None)
