"""The column in which a table says, row by row, what datum its coordinates are in."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo_rv.geodesy.datum import Datum
from geo_rv.intake.candidate import Problem, list_problems
from geo_rv.intake.headings import make_key

_SHOWN_CHARACTERS = 40
_NAMES: Mapping[Datum, tuple[str, ...]] = {
    "wgs84": ("wgs84", "wgs1984", "gps", "84坐标", "4326", "大地坐标84", "地球坐标"),
    "cgcs2000": (
        "cgcs2000",
        "国家2000",
        "2000国家",
        "国家大地2000",
        "4490",
        "2000坐标",
        "大地2000",
        "2000大地",
        "坐标系2000",
        "天地图",
    ),
    "gcj02": ("gcj02", "gcj2", "火星", "高德", "腾讯", "国测局", "amap", "mars"),
    "bd09": ("bd09", "百度", "baidu"),
}
_EXACT: Mapping[str, Datum] = {"2000": "cgcs2000", "84": "wgs84", "cgcs": "cgcs2000"}
_OLD = re.compile(
    r"(?:西安|xi.?an).*80|80.*(?:西安|xi.?an)|(?:北京|beijing).*54|54.*(?:北京|beijing)"
)


def read_datums(texts: pd.Series, rows: NDArray[np.int64]) -> tuple[pd.Series, list[Problem]]:
    """Return the datum that each row states, missing where it states none.

    Rows that state an old datum (Xi'an 80, Beijing 54), or one that is not known, are told as
    refused; `rows` are their numbers.
    """
    stated = texts.dropna().unique()
    meant = {text: _name_datum(text) for text in stated}
    datums = texts.map({text: datum for text, datum in meant.items() if datum != "old"})
    datums = datums.astype(object).where(datums.notna(), None)
    is_old = texts.isin([text for text, datum in meant.items() if datum == "old"]).to_numpy()
    is_unknown = texts.isin([text for text, datum in meant.items() if datum is None]).to_numpy()
    return datums, [
        *list_problems(is_old, rows, "datum_old", value=texts[is_old]),
        *list_problems(
            is_unknown,
            rows,
            "datum_unread",
            value=texts[is_unknown].str.slice(0, _SHOWN_CHARACTERS),
        ),
    ]


def _name_datum(text: str) -> str | None:
    """Return the datum that `text` names, "old" for Xi'an 80 and Beijing 54, None for neither."""
    key = make_key(text)
    if key in _EXACT:
        return _EXACT[key]
    if _OLD.search(key):
        return "old"
    # the shifted ones first: a text may say both where it comes from and what it is
    for datum in ("gcj02", "bd09", "cgcs2000", "wgs84"):
        if any(name in key for name in _NAMES[datum]):
            return datum
    return None
