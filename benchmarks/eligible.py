"""Eligible land of a town and of two counties: ours beside shapely and atlite.

The first county is the demo town laid down 25 times, under the burial rules; the second the
workload of `benchmarks.county`, an eighth of it, under rules of 500 m for every layer.
"""

from __future__ import annotations

import dataclasses
import importlib.util
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from geopandas import GeoDataFrame

from benchmarks.county.build import BOOK
from benchmarks.county.workload import (
    CENTRE,
    COUNTY,
    HALF_SIDE_M,
    METRES_PER_DEGREE,
    draw_layers,
)
from benchmarks.timing import Comparison, compare
from geo_rv.analysis.eligible import find_eligible
from geo_rv.analysis.filters import match_rows
from geo_rv.analysis.ground import Ground
from geo_rv.analysis.limits import list_limits
from geo_rv.catalogue import Catalogue
from geo_rv.frames import Layers, conform_frame
from geo_rv.geodesy.crs import choose_plane
from geo_rv.geodesy.measure import M2_PER_MU, measure_area_m2
from geo_rv.project import make_demo
from geo_rv.rulebook import RuleBook, load_rulebook

DAY = date(2026, 1, 1)
TOWNS = 25
"""How many towns are laid side by side: 3 800 km2."""
SHARE = 8
"""Of the county's features every so many are taken."""
SEGMENTS = 72
"""Of a quarter circle in the peer's buffers: 500 m then fall short by 3 cm, as ours overshoot."""
RESOLUTION_M = 10.0
"""The side of the raster peer's cells."""


@dataclass(frozen=True)
class County:
    """Layers, villages among them, and the rules that land is asked."""

    layers: Layers
    catalogue: Catalogue
    book: RuleBook
    subject: str

    @cached_property
    def plane(self) -> pyproj.CRS:
        return choose_plane(tuple(self.layers["village"].total_bounds))

    @cached_property
    def ground(self) -> Ground:
        return Ground.of_frames(self.layers, self.catalogue, self.plane)

    @cached_property
    def reaches(self) -> Mapping[str, Any]:
        """How far from each feature of each layer is kept clear, in the order of the frames."""
        limits = list_limits(self.ground, self.book.in_force(DAY), self.subject)
        found = {}
        for kind, kept in zip(limits.kinds, limits.kept, strict=True):
            by_id = pd.Series(kept.reaches_m, index=self.ground.find(kind).names)
            found[kind] = by_id.reindex(self.layers[kind]["id"]).to_numpy()
        return found

    def find_ours(self) -> Any:
        area = self.ground.find("village").shapes
        return find_eligible(
            self.ground,
            self.book,
            area,
            as_of=DAY,
            subject=self.subject,
            progress=lambda _step: None,
        ).polygons

    def find_plainly(self) -> Any:
        """Buffer, union, difference, as it is usually done; from the same frames in degrees."""
        flat = {kind: frame.to_crs(self.plane) for kind, frame in self.layers.items()}
        taken = []
        for rule in self.book.in_force(DAY):
            if self.subject not in rule.subjects or rule.relation not in ("within", "intersects"):
                continue
            for case in rule.cases:
                frame = flat[case.layer]
                meant = match_rows(frame, case.where)
                radii = np.full(len(frame), case.limit if rule.relation == "within" else 0.0)
                if rule.from_edge:
                    radii += self.half_widths(case.layer)
                shapes, radii = frame.geometry.to_numpy()[meant], radii[meant]
                is_near = radii > 0
                taken += [shapes[~is_near]]
                taken += [shapely.buffer(shapes[is_near], radii[is_near], quad_segs=SEGMENTS)]
        villages = shapely.union_all(flat["village"].geometry.to_numpy())
        limits = shapely.union_all(shapely.make_valid(np.concatenate(taken)))
        return shapely.get_parts(shapely.difference(villages, limits))

    def half_widths(self, kind: str) -> Any:
        features = self.ground.find(kind)
        by_id = pd.Series(features.half_widths_m, index=features.names)
        return by_id.reindex(self.layers[kind]["id"]).to_numpy()

    def find_on_raster(self) -> float:
        """Exclude on a raster with atlite; return the share of the villages that is left."""
        from atlite.gis import ExclusionContainer, shape_availability  # noqa: PLC0415 - a peer

        excluder = ExclusionContainer(crs=self.plane.to_epsg(), res=RESOLUTION_M)
        for kind, reaches in self.reaches.items():
            for reach in np.unique(reaches[~np.isnan(reaches)]):
                # a series it would take for one that it has projected and buffered already
                meant = self.layers[kind].loc[reaches == reach, ["geometry"]]
                excluder.add_geometry(meant, buffer=float(reach) or None)
        villages = self.layers["village"].geometry.to_crs(self.plane)
        mask, _ = shape_availability(villages, excluder)
        return float(mask.sum()) * RESOLUTION_M**2


def draw_towns(town: Layers, towns: int) -> dict[str, GeoDataFrame]:
    """Return the layers of a town laid down `towns` times, a square number, side by side."""
    west, south, east, north = town["village"].total_bounds
    side = round(towns**0.5)
    steps = [((east - west) * x, (north - south) * y) for x in range(side) for y in range(side)]
    return {
        kind: pd.concat(
            [
                frame.assign(id=frame["id"] + f"-{number}").set_geometry(frame.translate(*step))
                for number, step in enumerate(steps)
            ],
            ignore_index=True,
        )
        for kind, frame in town.items()
    }


def draw_workload(catalogue: Catalogue) -> dict[str, GeoDataFrame]:
    """Return a part of the county's workload, and its square as the only village."""
    county = {
        kind: dataclasses.replace(plan, features=plan.features // SHARE)
        for kind, plan in COUNTY.items()
    }
    layers = dict(draw_layers(catalogue, county))
    half = np.array([HALF_SIDE_M, HALF_SIDE_M]) / METRES_PER_DEGREE
    square = shapely.box(*(np.array(CENTRE) - half), *(np.array(CENTRE) + half))
    village = gpd.GeoDataFrame({"id": ["1"]}, geometry=[square], crs=4490)
    return {**layers, "village": conform_frame(village, catalogue["village"])}


def require_agreement(county: County) -> None:
    """Raise where ours and plain shapely differ by more than a fiftieth of what is left."""
    ours = measure_area_m2(county.find_ours()).sum()
    plain = gpd.GeoSeries(county.find_plainly(), crs=county.plane).to_crs(4490)
    theirs = measure_area_m2(plain.to_numpy()).sum()
    if abs(ours - theirs) > 0.02 * theirs:
        raise RuntimeError(ours / M2_PER_MU, theirs / M2_PER_MU)


def compare_eligible(*, runs: int = 3) -> list[Comparison]:
    """Compare ours with its peers on each of the three, in turn."""
    with tempfile.TemporaryDirectory() as folder:
        project = make_demo(Path(folder) / "town")
        town, catalogue, book = project.read_layers(), project.catalogue, project.load_book()
    workload = load_rulebook(BOOK.stem, catalogue, own=BOOK.parent)
    works = {
        "the demo town": County(town, catalogue, book, "cemetery"),
        f"{TOWNS} towns": County(draw_towns(town, TOWNS), catalogue, book, "cemetery"),
        f"a county, 1/{SHARE}": County(draw_workload(catalogue), catalogue, workload, "burial"),
    }
    return [
        comparison
        for name, county in works.items()
        for comparison in compare_county(name, county, runs=runs)
    ]


def compare_county(name: str, county: County, *, runs: int) -> list[Comparison]:
    """Compare ours with its peers on one county."""
    require_agreement(county)
    features = sum(len(reaches) for reaches in county.reaches.values())
    square_km = measure_area_m2(county.layers["village"].geometry).sum() / 1e6
    work = f"eligible land of {name}: {square_km:,.0f} km2, {features:,} features"
    peers = {f"shapely: buffer ({SEGMENTS}), union, difference": county.find_plainly}
    if importlib.util.find_spec("atlite") is None:
        print("left out: atlite is not installed")
    else:
        peers[f"atlite: raster of {RESOLUTION_M:g} m"] = county.find_on_raster
    return [
        compare(work, peer, ours=county.find_ours, theirs=find, runs=runs)
        for peer, find in peers.items()
    ]
