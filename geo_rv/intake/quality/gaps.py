"""Land of a village that no parcel covers."""

from __future__ import annotations

import numpy as np
import shapely
from geopandas import GeoDataFrame

from geo_rv.catalogue import IDENTITY
from geo_rv.geodesy.measure import measure_area_m2, to_mu
from geo_rv.geodesy.validity import make_valid
from geo_rv.intake.candidate import Problem
from geo_rv.intake.quality.batch import VILLAGE, Batch
from geo_rv.intake.quality.outlines import measure_forms
from geo_rv.intake.quality.vertices import Geometries
from geo_rv.messages import Text, tell

_MOST_TOLD = 1_000
"""Gaps that are told one by one, the largest first."""


def judge_gaps(batch: Batch) -> list[Problem]:
    """Return each gap that the parcels of the layer would leave in the villages that they lie in.

    Parcels are the rows of the file and what they come to lie beside. Of villages themselves, a
    gap is what they leave open between each other. Villages without any parcel are not looked at.
    """
    parcels = [batch.geometry[batch.is_face]]
    parcels += [others.geometry[others.is_face] for others in batch.others]
    faces = make_valid(np.concatenate(parcels))
    if batch.spec.kind == VILLAGE:
        found = [(tell("intake.no_village"), _find_holes(faces))]
    elif batch.villages is None:
        return [Problem("gaps_unknown", "warning")]
    else:
        found = _find_uncovered(faces, batch.villages)
    return _tell_gaps(found, batch)


def _find_holes(faces: Geometries) -> Geometries:
    """Return what lies open between `faces`."""
    parts = shapely.get_parts(shapely.union_all(faces))
    holes = shapely.get_rings(parts, return_index=False)
    exteriors = shapely.get_exterior_ring(parts)
    is_hole = ~np.isin(shapely.to_wkb(holes), shapely.to_wkb(exteriors))
    return np.asarray(shapely.polygons(holes[is_hole]), dtype=object)


def _find_uncovered(faces: Geometries, villages: GeoDataFrame) -> list[tuple[Text, Geometries]]:
    """Return for each village that some of `faces` lie in what none of them covers."""
    areas = make_valid(np.asarray(villages.geometry.array))
    tree, places = shapely.STRtree(faces), shapely.STRtree(shapely.point_on_surface(faces))
    found = []
    for code, name, village in zip(villages[IDENTITY], villages["name"], areas, strict=True):
        # a parcel of the next village may touch this one, and cross its border by a rounding
        if len(places.query(village, predicate="contains")):
            inside = faces[tree.query(village, predicate="intersects")]
            open_land = shapely.difference(village, shapely.union_all(inside))
            told = tell("intake.village", name=name if isinstance(name, str) else code, code=code)
            found.append((told, shapely.get_parts(open_land)))
    return found


def _tell_gaps(found: list[tuple[Text, Geometries]], batch: Batch) -> list[Problem]:
    gaps = []
    for village, holes in found:
        faces = holes[shapely.get_dimensions(holes) == 2]
        areas = measure_area_m2(faces)
        _, widths, _ = measure_forms(faces)
        limits = batch.thresholds
        is_told = (areas >= limits.gap_m2) & (widths >= limits.gap_width_m)
        places = shapely.get_coordinates(shapely.point_on_surface(faces[is_told]))
        gaps += [
            {"village": village, "area_m2": area, "mu": mu, "lon": lon, "lat": lat}
            for area, mu, (lon, lat) in zip(
                areas[is_told].tolist(),
                to_mu(areas[is_told]).tolist(),
                places.tolist(),
                strict=True,
            )
        ]
    gaps.sort(key=lambda gap: -gap["area_m2"])
    problems = [Problem("gap", "warning", facts=gap) for gap in gaps[:_MOST_TOLD]]
    total = sum(gap["area_m2"] for gap in gaps)
    facts = {"count": len(gaps), "total_m2": total, "mu": to_mu(total), "shown": len(problems)}
    return [Problem("gaps_found" if gaps else "gaps_none", "warning", facts=facts), *problems]
