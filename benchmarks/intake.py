"""Files on their way in: ours beside plain geopandas, and the rates of formats only we read."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import shapely
from rich.table import Table

from benchmarks.timing import Comparison, compare
from geo_rv.catalogue import load_catalogue
from geo_rv.formats.angles import parse_angles
from geo_rv.formats.survey import parse_survey
from geo_rv.intake import Surroundings, Wish, read_candidates
from geo_rv.intake.limits import DEFAULT_LIMITS
from geo_rv.intake.reader import read_layers
from geo_rv.intake.wish import Task

KIND = "land_transfer"
SURVEYED = "cultivated_land"
PARCELS = 100_000
CORNERS = 12
POINTS = 1_000_000
ROWS = 100_000
M2_PER_HECTARE = 10_000
STEP = 0.002
"""Degrees from one parcel to the next; none touches another."""


@dataclass(frozen=True)
class Rate:
    """What our own reader of a format takes."""

    work: str
    amount: int
    seconds: float


def compare_intake(*, parcels: int = PARCELS, runs: int = 3) -> list[Comparison]:
    """Compare reading, and reading with judging, of a large and of a small file."""
    with tempfile.TemporaryDirectory() as folder:
        return [
            comparison
            for count in (parcels, 100)
            for path in write_parcels(draw_parcels(count), Path(folder) / str(count))
            for comparison in compare_file(path, f"{count:,} parcels, {path.suffix}", runs=runs)
        ]


def compare_file(path: Path, work: str, *, runs: int) -> list[Comparison]:
    """Compare what brings attributes and geometries to memory, and what judges them too."""
    catalogue = load_catalogue()
    task = Task(catalogue, Wish(kind=KIND), path.stem, Surroundings())

    def judge() -> object:
        return read_candidates(path, catalogue=catalogue, wish=task.wish)

    def read() -> object:
        return read_layers(path, task, name=path.name, limits=DEFAULT_LIMITS)

    def ask_peer() -> object:
        return gpd.read_file(path)

    peer = "geopandas.read_file"
    return [
        compare(f"read {work}", peer, ours=read, theirs=ask_peer, runs=runs),
        compare(f"read and judge {work}", peer, ours=judge, theirs=ask_peer, runs=runs),
    ]


def draw_parcels(count: int, *, seed: int = 20230601) -> gpd.GeoDataFrame:
    """Return as many parcels of twelve corners side by side, valid and apart, in EPSG:4490."""
    random = np.random.default_rng(seed)
    number = np.arange(count)
    across = int(np.ceil(np.sqrt(count)))
    middle = np.column_stack([113.2 + number % across * STEP, 31.4 + number // across * STEP])
    angle = np.arange(CORNERS) * 2 * np.pi / CORNERS + random.random((count, CORNERS)) * 0.4
    reach = STEP * (0.3 + random.random((count, CORNERS)) * 0.15)
    outward = np.stack([np.cos(angle), np.sin(angle)], axis=-1) * reach[..., None]
    corners = middle[:, None, :] + outward
    polygons = shapely.polygons(np.concatenate([corners, corners[:, :1]], axis=1))
    columns = {
        "id": [f"P{n:06d}" for n in number],
        "name": [f"小黄姜地块{n}" for n in number],
        "lessee": "广水市某某农业专业合作社",
        "crop": random.choice(["ginger", "camellia", "rice"], count),
        "mu": random.random(count) * 10,
        "start_on": "2021-03-01",
    }
    return gpd.GeoDataFrame(columns, geometry=polygons, crs=4490)


def write_parcels(parcels: gpd.GeoDataFrame, folder: Path) -> list[Path]:
    """Write `parcels` as a GeoPackage, a shapefile and GeoJSON below `folder`."""
    folder.mkdir()
    paths = [folder / f"{KIND}.{suffix}" for suffix in ("gpkg", "shp", "geojson")]
    for path in paths:
        parcels.to_file(path, encoding="GBK" if path.suffix == ".shp" else None)
    return paths


# ---- formats that only we read


def measure_rates() -> list[Rate]:
    """Measure our readers of coordinates, survey text and spreadsheets, each one once."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        angles = write_angles(POINTS)
        survey = write_survey(folder / f"{SURVEYED}.txt", POINTS)
        text = survey.read_text("gb18030")
        workbook = write_workbook(folder / "burial.xlsx", ROWS)
        return [
            measure(f"parse {POINTS:,} angles", POINTS, lambda: parse_angles(angles)),
            measure(f"parse {POINTS:,} points of survey text", POINTS, lambda: parse_survey(text)),
            measure("read and judge them", POINTS, lambda: read(survey, SURVEYED)),
            measure(
                f"read and judge {ROWS:,} rows of .xlsx", ROWS, lambda: read(workbook, "burial")
            ),
        ]


def measure(work: str, amount: int, run: Callable[[], object]) -> Rate:
    start = time.perf_counter()
    run()
    return Rate(work, amount, time.perf_counter() - start)


def read(path: Path, kind: str) -> object:
    return read_candidates(path, catalogue=load_catalogue(), wish=Wish(kind=kind))


def write_angles(count: int) -> pd.Series:
    """Return as many longitudes in degrees, minutes and seconds."""
    seconds = np.round(113.5 * 3600 + np.arange(count) % 3_600_000 / 1000, 3)
    return pd.Series([f"{s // 3600:.0f}°{s % 3600 // 60:02.0f}′{s % 60:06.3f}″" for s in seconds])


def write_survey(path: Path, points: int) -> Path:
    """Write plots of twelve points each as survey text in EPSG:4526."""
    count = points // CORNERS
    parcels = draw_parcels(count).to_crs(4526)
    corners = parcels.get_coordinates().to_numpy()
    plots = corners.reshape(count, CORNERS + 1, 2)[:, :CORNERS]
    lines = ["[属性描述]", "坐标系=2000国家大地坐标系", "几度分带=3", "投影类型=高斯克吕格"]
    lines += ["计量单位=米", "带号=38", "精度=0.001", "转换参数=,,,,,,", "[地块坐标]"]
    hectares = (parcels.area / M2_PER_HECTARE).tolist()
    for number, (plot, area) in enumerate(zip(plots.tolist(), hectares, strict=True), 1):
        lines.append(f"{CORNERS},{area:.4f},D{number},地块{number},面,,耕地,0103,@")
        lines += [f"J{at},1,{north:.3f},{east:.3f}" for at, (east, north) in enumerate(plot, 1)]
    path.write_text("\r\n".join(lines) + "\r\n", "gb18030")
    return path


def write_workbook(path: Path, rows: int) -> Path:
    """Write graves in degrees, minutes and seconds as an .xlsx."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("burial")
    sheet.append(["编号", "经度", "纬度", "名称", "安葬日期"])
    for number, text in enumerate(write_angles(rows)):
        sheet.append(
            [f"G{number}", text, f"31°{number % 60}′{number % 3599 / 60:.2f}″", "墓", "2024-03-20"]
        )
    book.save(path)
    return path


def make_rate_table(rates: list[Rate]) -> Table:
    """Return seconds, and how much of it in a second."""
    table = Table("work", "s", "a second")
    for rate in rates:
        table.add_row(rate.work, f"{rate.seconds:.2f}", f"{rate.amount / rate.seconds:,.0f}")
    return table
