"""Every file of others' test collections, as intake takes it: read, or refused for a reason.

What comes out stands in ``outcomes.csv``: for each file which layer and which coordinate system
were told beside it (as the file needed them), the outcome ("read" or the error), how many rows
were read, accepted, to be repaired and refused, what was told of them, and of each refused file
why that is right. After a change that is meant, write it anew by
``GEO_RV_OUTCOMES=write pytest tests/intake/test_outcomes.py``, and look at what git shows.
"""

from __future__ import annotations

import csv
import os
import re
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import pytest

from geo_rv.catalogue import load_catalogue
from geo_rv.errors import CrsMissing, GeoRvError, LayersAmbiguous
from geo_rv.intake import Limits, Wish, read_candidates

DATA = Path("../shared/data")
TABLE = Path(__file__).with_name("outcomes.csv")
COLLECTIONS = (
    "gdal-autotest", "mapshaper-testdata", "pyogrio-fixtures", "fiona-data", "shapefile-js",
    "gpx", "ovkml-cdjwd",
)  # fmt: skip
SECONDS_A_FILE = 60

LAYER = """title = { zh = "任意", en = "Anything" }
description = { zh = "什么图形都收", en = "Takes every geometry." }
group = "land"
geometry = ["point", "line", "polygon"]
accuracy_m = 1.0
pane = 33
[style]
colour = "#a5a29a"
weight = 1.0
fill_opacity = 0.6
[[fields]]
name = "village"
title = { zh = "所在村代码", en = "Village code" }
type = "text"
county = "ZLDWDM"
"""

WHY = (
    ("FormatUnknown", r"\.(dbf|prj|cpg|qix|qpj|sbn|sbx|id|map|dat|tab|xml|shx)$",
     "a part that lies beside a shapefile or a MapInfo table, and is read with it"),
    ("FormatUnknown", r"LICENSE|SOURCE|README|\.(txt|md|TXT)$", "a text for people"),
    ("FormatUnknown", r"", "a format that the product does not take, or none"),
    ("FormatRefused", r"\.dwg$", "DWG is a secret of its maker; the CAD program writes DXF"),
    ("FormatRefused", r"\.dbf$",
     "a part that lies beside a shapefile or a MapInfo table, and is read with it"),
    ("FormatRefused", r"\.vrt$", "leads to other files"),
    ("FormatRefused", r"\.(tar|gz|tgz|7z|rar)$", "an archive that is not zip"),
    ("FormatRefused", r"", "a format that is known and not taken"),
    ("ShapefileIncomplete", r"",
     "without its .dbf nobody knows how many rows there are, or which part was lost on the way"),
    ("NothingMapped", r"", "the layer of this test takes no OpenStreetMap objects"),
    ("CoordinatesMissing", r"", "a table without places, or with places in columns of other names"),
    ("SourceUnreadable", r"\.dxf$", "cut or damaged: a section or the end is missing, or a code"),
    ("SourceUnreadable", r"\.(geo)?json$|topojson", "no JSON: GDAL's milder parser takes it"),
    ("SourceUnreadable", r"", "damaged"),
    ("SourceRefused", r"\.(geo|topo)?json|\.seq$|sequence",
     "JSON, but not one GeoJSON text in one coordinate system"),
    ("SourceRefused", r"\.dxf$", "a drawing without points, lines or faces, or one without end"),
    ("SourceRefused", r"", "nothing in it, or nothing with a place"),
)  # fmt: skip
"""For an error and a pattern of the file's name, why it is right to refuse; the first is taken."""


@dataclass(frozen=True)
class Outcome:
    """One row of the table."""

    path: str
    crs: str = ""
    layer: str = ""
    outcome: str = "read"
    rows: str = ""
    accepted: str = ""
    repair: str = ""
    refused: str = ""
    told: str = ""
    why: str = ""


def list_files():
    """Return every file of the collections; a geodatabase is one, though it is a folder."""
    found = [path for name in COLLECTIONS for path in sorted((DATA / name).rglob("*"))]
    databases = {path for path in found if path.is_dir() and path.suffix == ".gdb"}
    return [
        path
        for path in found
        if path in databases or (path.is_file() and databases.isdisjoint(path.parents))
    ]


@pytest.fixture(scope="module")
def open_catalogue(tmp_path_factory):
    folder = tmp_path_factory.mktemp("layers")
    (folder / "anything.toml").write_text(LAYER, "utf-8")
    return load_catalogue(own=folder)


def judge(path, catalogue, known):
    """Return what becomes of a file; `known` is the row of it in the table, if there is one."""
    name = path.relative_to(DATA).as_posix()
    told = {"crs": known.crs, "layer": known.layer} if known else {}
    while True:
        wish = Wish(kind="anything", **{key: value for key, value in told.items() if value})
        started = time.monotonic()
        try:
            candidates = read_candidates(
                path, catalogue=catalogue, wish=wish, limits=Limits(seconds=SECONDS_A_FILE)
            )
        except CrsMissing:
            told["crs"] = "EPSG:4490"
        except LayersAmbiguous as error:
            told["layer"] = str(error.facts["layers"]).split(", ")[0]
        except GeoRvError as error:
            kind = type(error).__name__
            return Outcome(name, **told, outcome=kind, why=explain(kind, name))
        else:
            return count(name, told, candidates)
        finally:
            assert time.monotonic() - started < SECONDS_A_FILE, name


def count(name, told, candidates):
    repaired = sum(int(candidate.is_repaired.sum()) for candidate in candidates)
    accepted = sum(len(candidate.frame) for candidate in candidates) - repaired
    refused = sum(len(candidate.refused_rows) for candidate in candidates)
    rows = sum(candidate.rows_read for candidate in candidates)
    assert accepted + repaired + refused == rows, name
    keys = sorted({problem.key for candidate in candidates for problem in candidate.problems})
    numbers = map(str, (rows, accepted, repaired, refused))
    return Outcome(
        name, told.get("crs", ""), told.get("layer", ""), "read", *numbers, " ".join(keys)
    )


def explain(kind, name):
    return next(
        (why for error, pattern, why in WHY if error == kind and re.search(pattern, name)), ""
    )


def read_table():
    with TABLE.open(encoding="utf-8", newline="") as source:
        return {row["path"]: Outcome(**row) for row in csv.DictReader(source)}


def write_table(outcomes):
    with TABLE.open("w", encoding="utf-8", newline="") as target:
        writer = csv.DictWriter(
            target, [field.name for field in fields(Outcome)], lineterminator="\n"
        )
        writer.writeheader()
        writer.writerows(asdict(outcome) for outcome in outcomes)


@pytest.mark.slow
def test_every_file_is_read_or_refused_as_before(open_catalogue):
    missing = [name for name in COLLECTIONS if not (DATA / name).is_dir()]
    if missing:
        pytest.skip(f"not beside the checkout: {', '.join(missing)}")
    is_new = os.environ.get("GEO_RV_OUTCOMES") == "write"
    known = read_table() if TABLE.is_file() else {}
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        outcomes = list(
            pool.map(
                lambda path: judge(
                    path, open_catalogue, known.get(path.relative_to(DATA).as_posix())
                ),
                list_files(),
            )
        )
    if is_new:
        write_table(outcomes)
        known = read_table()
    assert {outcome.path: outcome for outcome in outcomes} == known


def test_every_refusal_is_explained():
    refused = [outcome for outcome in read_table().values() if outcome.outcome != "read"]
    assert refused
    assert [outcome.path for outcome in refused if not outcome.why] == []
