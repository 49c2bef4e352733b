"""What is fuzzed: each takes any bytes, and may raise nothing but what its parser promises."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from geo_rv.catalogue import Catalogue, load_catalogue
from geo_rv.errors import ArchiveRefused, DataFileError, SourceError
from geo_rv.formats.angles import parse_angles, parse_pairs
from geo_rv.formats.elements import FileRefused
from geo_rv.formats.features import Bounds
from geo_rv.formats.kml import KmlReader
from geo_rv.formats.survey import parse_survey
from geo_rv.intake.archives.archive import Archive
from geo_rv.intake.headings import make_key
from geo_rv.intake.limits import Limits
from geo_rv.intake.tables.cells import read_csv
from geo_rv.intake.tables.heading_rows import make_sheet
from geo_rv.intake.wall.gdal_door import Room
from geo_rv.rulebook import load_rulebook

_LIMITS = Limits(archive_bytes=1 << 24, archive_ratio_from=1 << 20)
_BOUNDS = Bounds(rows=1000, columns=50, vertices=10_000, levels=50)
_HEADINGS = frozenset(map(make_key, ("编号", "经度", "纬度", "名称", "id", "lon", "lat")))


@dataclass(frozen=True)
class Target:
    """One parser, and texts of the kind that it is made for."""

    run: Callable[[bytes], None]
    seeds: tuple[bytes, ...]


def fuzz_angles(data: bytes) -> None:
    """Take coordinates as people write them: a number or none for each, and in time."""
    texts = pd.Series(data.decode("utf-8", "replace").split("\n"), dtype=object)
    for form in ("degrees", "dd.mmss"):
        angles = parse_angles(texts, form=form)
        assert len(angles.degrees) == len(texts)
        first, second, _ = parse_pairs(texts, form=form)
        assert len(first.degrees) == len(second.degrees) == len(texts)


def fuzz_survey(data: bytes) -> None:
    """Take survey text: whatever it is, nothing is raised, and each point belongs to a plot."""
    survey = parse_survey(data.decode("gb18030", "replace"))
    points = survey.points
    assert len(points.north) == len(points.east) == len(points.plots)
    assert not len(points.plots) or points.plots.min() >= 0


def fuzz_table(data: bytes) -> None:
    """Take a delimited text and its headings: rows, or a refusal."""
    with _write(data) as path, suppress(SourceError):
        grid = read_csv(path, name="table", room=Room(path.parent, "table.csv", _LIMITS))
        sheet = make_sheet(grid, _HEADINGS)
        assert len(sheet.table) == len(sheet.rows)
        assert sheet.table.columns.is_unique
        assert (np.diff(sheet.rows) > 0).all()


def fuzz_archive(data: bytes) -> None:
    """Take a zip archive: its entries, none longer than it says, or a refusal."""
    with _write(data) as path, suppress(ArchiveRefused):
        archive = Archive(path, file="archive.zip", limits=_LIMITS)
        for number, entry in enumerate(archive.entries):
            target = path.with_name(str(number))
            archive.unpack(entry, target)
            assert target.stat().st_size <= entry.info.file_size


def fuzz_rules(data: bytes) -> None:
    """Take a rule book: a book, or one message of what is wrong with it."""
    with _write(data, "book.toml") as path:
        told = ""
        try:
            load_rulebook("book", _load_catalogue(), own=path.parent)
        except DataFileError as error:
            told = error.in_language("zh")
    assert not told or "book" in told


def fuzz_kml(data: bytes) -> None:
    """Take KML: features, or a refusal."""
    with _write(data) as path, suppress(FileRefused):
        reader = KmlReader(_BOUNDS)
        reader.read(path, "utf-8")
        reader.finish().write(path.with_suffix(".arrow"))


@contextmanager
def _write(data: bytes, name: str = "source") -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(data)
        yield path


@cache
def _load_catalogue() -> Catalogue:
    return load_catalogue()


def _make_archive() -> bytes:
    # a stored entry, so that its bytes can be changed without harm to its packing
    import io  # noqa: PLC0415 - of the seeds alone
    import zipfile  # noqa: PLC0415 - as said

    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("甲/burial.csv", "经度,纬度\n113.8,31.8\n")
        archive.writestr(zipfile.ZipInfo("b.txt"), "x" * 50, zipfile.ZIP_DEFLATED)
    return target.getvalue()


_ANGLES = """113°51′20.5″
东经113度51分20.5秒
113-51-20.5
１１３．８５５
31.5030
113.85569, 31.85
N31 50 30 E113 51 20"""

_SURVEY = """[属性描述]
坐标系=2000国家大地坐标系
几度分带=3
带号=38
[地块坐标]
4,0.5,D1,地块,面,,耕地,0103,@
J1,1,3525228.686,38486341.535
J2,1,3525228.686,38486441.535
J3,1,3525328.686,38486441.535
J1,1,3525228.686,38486341.535"""

_TABLE = """墓地登记表
编号,经度,纬度,名称
甲1,113.8,31.8,"一,号"
"""

_RULES = """[[rules]]
id = "R-1"
title = { zh = "铁路", en = "Railways" }
subjects = ["burial"]
relation = "within"
severity = "violation"
valid_from = 2024-01-01
[[rules.cases]]
layer = "railway"
limit = 500.0
"""

_KML = """<?xml version="1.0"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document>
<Placemark><name>甲</name><OvCoordType>GCJ-02</OvCoordType><ExtendedData><Data name="a">
<value>1</value></Data></ExtendedData><Polygon><outerBoundaryIs><LinearRing><coordinates>
113.8,31.8,0 113.9,31.8,0 113.9,31.9,0 113.8,31.8,0</coordinates></LinearRing>
</outerBoundaryIs></Polygon></Placemark></Document></kml>"""

TARGETS: Mapping[str, Target] = {
    "angles": Target(fuzz_angles, (_ANGLES.encode(),)),
    "survey": Target(fuzz_survey, (_SURVEY.encode("gb18030"),)),
    "table": Target(fuzz_table, (_TABLE.encode(), _TABLE.encode("gb18030"))),
    "archive": Target(fuzz_archive, (_make_archive(),)),
    "rules": Target(fuzz_rules, (_RULES.encode(),)),
    "kml": Target(fuzz_kml, (_KML.encode(),)),
}
