"""The county as projects on disk: one without graves, and one for each number of them."""

from __future__ import annotations

import dataclasses
import hashlib
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from benchmarks.county import workload
from benchmarks.county.question import PLANE, SITES
from benchmarks.county.workload import COUNTY, Lines, Zones, draw_layers, draw_sites
from geo_rv.project import Project
from geo_rv.settings import write_settings

BOOK = Path(__file__).with_name("county.toml")
SOURCE = "benchmark"
STAMP = "workload.txt"
"""Written last; tells what the project was made from."""


def build_project(
    folder: Path,
    sites: int,
    *,
    county: Mapping[str, Lines | Zones] = COUNTY,
    tell: Callable[[str], None] = print,
) -> Path:
    """Return the project of `sites` graves in `folder`, made there unless it stands there."""
    stamp = _sign(county)

    def fill(path: Path) -> None:
        _write_county(path, county, tell)

    def add_sites(path: Path) -> None:
        base = _make_once(folder / "county", stamp, fill, tell)
        shutil.copytree(base, path)
        project = Project.open(path)
        frame = draw_sites(project.catalogue, sites)
        project.store.write_layers({SITES: frame}, source={SITES: SOURCE})

    return _make_once(folder / f"county-{sites}", stamp, add_sites, tell)


def _sign(county: Mapping[str, Lines | Zones]) -> str:
    made_from = [Path(workload.__file__).read_bytes(), BOOK.read_bytes(), repr(county).encode()]
    return hashlib.sha256(b"".join(made_from)).hexdigest()


def _make_once(
    path: Path, stamp: str, make: Callable[[Path], None], tell: Callable[[str], None]
) -> Path:
    file = path / STAMP
    if file.is_file() and file.read_text("ascii") == stamp:
        return path
    shutil.rmtree(path, ignore_errors=True)
    make(path)
    file.write_text(stamp, "ascii")
    tell(f"made {path.name}")
    return path


def _write_county(
    path: Path, county: Mapping[str, Lines | Zones], tell: Callable[[str], None]
) -> None:
    """Make a project of the constraint layers and the rules."""
    project = Project.create(path, name="county", crs=PLANE)
    for kind, frame in draw_layers(project.catalogue, county):
        tell(f"writing {len(frame)} features of {kind}")
        project.store.write_layers({kind: frame}, source={kind: SOURCE})
    (path / "rules").mkdir()
    shutil.copy(BOOK, path / "rules")
    write_settings(dataclasses.replace(project.settings, book=BOOK.stem), path)
