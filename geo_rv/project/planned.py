"""A planned cemetery, drawn on a page or brought in a file: read and judged, stored nowhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count, islice
from pathlib import Path
from typing import Any, Never

import numpy as np
import shapely
from geopandas import GeoDataFrame

from geo_rv.catalogue import Catalogue
from geo_rv.errors import OutsideProject, PlanRefused, PlanTooLarge, PlanUnreadable
from geo_rv.geodesy.crs import STORED
from geo_rv.geodesy.measure import POLYGONS, Geometries
from geo_rv.intake import Candidate, Wish, read_candidates, require_clean
from geo_rv.messages import Text, tell

CEMETERIES = "cemetery"
MOST_CHARACTERS = 1_000_000
MOST_VERTICES = 10_000
MOST_CEMETERIES = 20


@dataclass(frozen=True)
class Plan:
    """Planned cemeteries that were read and judged.

    `frame` has id, geometry (EPSG:4490, flat) and the fields of the layer that were brought.
    """

    frame: GeoDataFrame
    source: Text
    notes: tuple[Text, ...]
    """What was changed in reading."""


def read_drawn_plan(drawn: str) -> Plan:
    """Return the cemetery that `drawn` is: a GeoJSON polygon, or features of polygons, in degrees.

    Raises PlanTooLarge, PlanUnreadable or PlanRefused.
    """
    source = tell("what_if.drawn")
    if len(drawn) > MOST_CHARACTERS:
        raise PlanTooLarge(source=source, size=len(drawn), most=MOST_CHARACTERS)
    try:
        told = json.loads(drawn, parse_constant=_refuse_constant)
        parts = list(islice(_list_geometries(told), MOST_CEMETERIES + 1))
        shapes = shapely.from_geojson([json.dumps(part) for part in parts])
    except (ValueError, RecursionError, shapely.GEOSException) as error:
        raise PlanUnreadable(source=source) from error
    geometries = np.asarray(shapes, dtype=object)
    notes = (tell("what_if.made_flat"),) if shapely.has_z(geometries).any() else ()
    flat = shapely.force_2d(geometries)
    require_cemeteries(flat, source)
    return Plan(GeoDataFrame(geometry=flat, crs=STORED), source, notes)


def read_plan_file(file: Path, catalogue: Catalogue, *, crs: str | None = None) -> Plan:
    """Return the cemeteries of a file, read as an import is.

    Raises what an import of the file as the layer cemetery raises, or PlanRefused.
    """
    (candidate,) = read_candidates(file, catalogue=catalogue, wish=Wish(kind=CEMETERIES, crs=crs))
    require_clean([candidate], catalogue)
    source = Text(file.name, file.name)
    require_cemeteries(candidate.frame.geometry.to_numpy(), source)
    # a field that nobody filled in is not asked about: this is a plan
    brought = candidate.frame.dropna(axis="columns", how="all")
    return Plan(brought, source, tuple(_tell_warnings(candidate)))


def name_plans(plan: Plan, taken: set[str]) -> GeoDataFrame:
    """Return the frame of `plan` with ids of its own that are not among those `taken`."""
    free = (name for number in count(1) if (name := f"planned-{number}") not in taken)
    return plan.frame.assign(id=list(islice(free, len(plan.frame))))


def require_cemeteries(geometries: Geometries, source: Text) -> None:
    """Raise PlanRefused unless all are valid polygons on the Earth, and not too many."""
    vertices = int(shapely.get_num_coordinates(geometries).sum())
    if not 0 < len(geometries) <= MOST_CEMETERIES:
        _refuse(source, "count", count=len(geometries), most=MOST_CEMETERIES)
    if vertices > MOST_VERTICES:
        _refuse(source, "vertices", count=vertices, most=MOST_VERTICES)
    if not np.isin(shapely.get_type_id(geometries), POLYGONS).all():
        _refuse(source, "type")
    if shapely.is_empty(geometries).any():
        _refuse(source, "empty")
    west, south, east, north = (float(side) for side in shapely.total_bounds(geometries))
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        _refuse(source, "outside_world")
    for geometry in geometries[~shapely.is_valid(geometries)][:1]:
        _refuse(source, "invalid", reason=shapely.is_valid_reason(geometry))


def require_covered(frame: GeoDataFrame, area: shapely.Polygon, source: Text, layer: Text) -> None:
    """Raise OutsideProject where a planned cemetery does not lie wholly in `area` (degrees)."""
    far = frame[~frame.geometry.covered_by(area)]
    if len(far):
        place = far.geometry.iloc[0].representative_point()
        raise OutsideProject(
            file=source,
            layer=layer,
            count=len(far),
            feature=far["id"].iloc[0],
            lon=place.x,
            lat=place.y,
        )


def _refuse(source: Text, key: str, /, **facts: object) -> Never:
    raise PlanRefused(source=source, reason=tell(f"what_if.refusal.{key}", **facts))


def _refuse_constant(name: str) -> Never:
    """Refuse NaN and Infinity, which JSON does not have and Python's reader takes."""
    raise ValueError(name)


def _list_geometries(told: Any) -> Iterator[Any]:
    """Yield the geometries of a GeoJSON object; ValueError where it is none."""
    if not isinstance(told, dict):
        raise ValueError(type(told).__name__)  # noqa: TRY004 - one error for text that is no GeoJSON
    if told.get("type") == "FeatureCollection" and isinstance(told.get("features"), list):
        for feature in told["features"]:
            yield from _list_geometries(feature)
    elif told.get("type") == "Feature":
        yield from _list_geometries(told.get("geometry"))
    else:
        yield told


def _tell_warnings(candidate: Candidate) -> Iterator[Text]:
    for problem in candidate.problems:
        yield Text(zh=problem.in_language("zh"), en=problem.in_language("en"))
