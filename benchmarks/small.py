"""The demo town's check, areas, and a country's import, each beside a peer."""

from __future__ import annotations

import dataclasses
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyogrio
import pyproj

from benchmarks.timing import Comparison, compare
from geo_rv.analysis.setback import check_sites
from geo_rv.catalogue import load_catalogue
from geo_rv.geodesy.measure import measure_area_m2
from geo_rv.intake import read_candidates
from geo_rv.project import Project, make_demo
from geo_rv.rulebook import SPATIAL

LIECHTENSTEIN = Path("../shared/data/osm-liechtenstein-2021/liechtenstein-2021-05-05.osm.pbf")


def compare_small() -> list[Comparison]:
    """Compare all of them; the import only where the country's file is there."""
    with tempfile.TemporaryDirectory() as folder:
        project = make_demo(Path(folder) / "town")
        comparisons = [compare_check(project), compare_area(project)]
    if LIECHTENSTEIN.is_file():
        comparisons.append(compare_import())
    else:
        print(f"left out: {LIECHTENSTEIN} is not there")
    return comparisons


def compare_check(project: Project) -> Comparison:
    """Nearest constraint of every site for every spatial rule: ours against sjoin_nearest."""
    layers, check, ground = project.read_layers(), project.check(), project.ground()
    rules = tuple(r for r in check.book.in_force(check.as_of) if r.relation in SPATIAL)
    spatial = dataclasses.replace(check.book, rules=rules)
    flat = {kind: frame.to_crs(project.plane) for kind, frame in layers.items()}

    def ask_peer() -> Any:
        answers = []
        for rule in rules:
            for subject in rule.subjects:
                wanted = [flat[case.layer] for case in rule.cases if case.layer in flat]
                if wanted:
                    features = pd.concat([frame[["id", "geometry"]] for frame in wanted])
                    answers.append(
                        flat[subject][["id", "geometry"]].sjoin_nearest(features, distance_col="d")
                    )
        return pd.concat(answers)

    return compare(
        f"burial check, {check.sites} sites, {len(rules)} spatial rules",
        "geopandas sjoin_nearest (planar, no verdicts)",
        ours=lambda: check_sites(ground, spatial, as_of=check.as_of),
        theirs=ask_peer,
    )


def compare_area(project: Project) -> Comparison:
    """Ellipsoidal area: the county's formula, vectorised, against pyproj.Geod by feature."""
    polygons = np.tile(project.read_layer("land_transfer").geometry.to_numpy(), 5)
    geod = pyproj.Geod(ellps="GRS80")
    return compare(
        f"ellipsoidal area of {len(polygons)} parcels",
        "pyproj.Geod, feature by feature",
        ours=lambda: measure_area_m2(polygons),
        theirs=lambda: [geod.geometry_area_perimeter(polygon)[0] for polygon in polygons],
    )


def compare_import() -> Comparison:
    """A whole country of OpenStreetMap: ours, walled off and judged, against plain reading."""
    catalogue = load_catalogue()

    def ask_peer() -> None:
        for layer in ("points", "lines", "multipolygons"):
            pyogrio.read_dataframe(LIECHTENSTEIN, layer=layer, use_arrow=True)

    return compare(
        f"reading {LIECHTENSTEIN.name}",
        "pyogrio, three layers, unjudged",
        ours=lambda: read_candidates(LIECHTENSTEIN, catalogue=catalogue),
        theirs=ask_peer,
        runs=3,
    )
