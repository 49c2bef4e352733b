"""The burial check: every site, every rule in force, one finding each."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from geopandas import GeoDataFrame

from geo_rv.analysis.filters import match_rows
from geo_rv.analysis.findings import COLUMNS
from geo_rv.analysis.ground import Features, Ground, place
from geo_rv.analysis.relations import Outcomes, judge_sites
from geo_rv.errors import PointFarAway, PointOutsideWorld
from geo_rv.frames import Layers
from geo_rv.geodesy.crs import STORED
from geo_rv.rulebook import Rule, RuleBook

Texts = npt.NDArray[np.object_]

# "not checked" comes before whatever it could still turn into
_WORST_FIRST = ("violation", "not_checked", "marginal", "pass")
_BEST_FIRST = ("pass", "not_checked", "marginal", "violation")
FAR_DEGREES = 1.0
"""Beyond about 100 km a distance would no longer be right to a centimetre."""


def check_sites(ground: Ground, book: RuleBook, *, as_of: date) -> GeoDataFrame:
    """Return what the rules of `book` in force on `as_of` say of every site that they name.

    The sites and what constrains them are the layers of `ground`. The result has the columns of
    `findings.COLUMNS` and, as geometry in EPSG:4490, the segment from the site to the feature
    that decided (None where there is none). It has one row for each site and rule that applies
    to the site's layer, passed ones too, by layer, rule and site; only a rule none of whose
    cases means the site (a grave of another kind) gives no row, and neither do rules that exempt.

    Of the cases of a rule a violation comes before `not_checked` (the constraint layer or the
    deciding field is missing), that before `marginal`, that before `pass`; then the smallest
    margin decides. It is the other way round for `not_within`, where lying in a feature of any
    case is enough. A site that a rule exempts, or that is older than the rule, keeps its
    distances under the verdict `exempt`. Distances are geodesic, right to a centimetre up to
    100 km; see `shapes.list_invalid` for polygons that were repaired for them.
    """
    rules = book.in_force(as_of)
    outcomes = [
        outcome
        for kind in book.subjects
        if kind in ground
        for outcome in _check_layer(ground.find(kind), rules, ground)
    ]
    return _make_frame(outcomes)


def check_point(
    ground: Ground,
    book: RuleBook,
    *,
    lon: float,
    lat: float,
    as_of: date,
    subject: str = "burial",
) -> GeoDataFrame:
    """Return what `check_sites` would say of a new site of the layer `subject` at one point.

    The site's name is the point, "lon,lat" in degrees. It has no fields: rules on the site's
    own fields are `not_checked`, and nothing exempts it. Raises PointOutsideWorld, or
    PointFarAway where it lies over a degree outside of everything in `ground`.
    """
    _require_near(lon, lat, ground.layers)
    name = f"{lon:.7f},{lat:.7f}"
    frame = GeoDataFrame({"id": [name]}, geometry=[shapely.Point(lon, lat)], crs=STORED)
    site = place(ground.catalogue[subject], frame, ground.plane)
    return _make_frame(list(_check_layer(site, book.in_force(as_of), ground)))


def _require_near(lon: float, lat: float, layers: Layers) -> None:
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise PointOutsideWorld(lon=lon, lat=lat)
    extents = np.array([frame.total_bounds for frame in layers.values() if len(frame)])
    if np.isnan(extents).all():
        return
    west, south = np.nanmin(extents[:, :2], axis=0) - FAR_DEGREES
    east, north = np.nanmax(extents[:, 2:], axis=0) + FAR_DEGREES
    if not (west <= lon <= east and south <= lat <= north):
        raise PointFarAway(lon=lon, lat=lat)


def _check_layer(sites: Features, rules: Iterable[Rule], ground: Ground) -> Iterable[Outcomes]:
    """Yield for each rule its one outcome of each site that it applies to."""
    applicable = [rule for rule in rules if sites.spec.kind in rule.subjects]
    freed_by = _find_exempt(sites, applicable)
    for rule in applicable:
        if rule.relation == "exempt":
            continue
        cases = list(judge_sites(sites, rule, ground))
        if not cases:
            continue
        outcome = _take_decisive(cases, best=rule.relation == "not_within")
        positions = outcome["position"]
        _exempt(outcome, freed_by[positions], "exempt_by_rule")
        _exempt(outcome, _find_earlier(sites, rule)[positions], "exempt_before_rule")
        outcome["layer"][:] = sites.spec.kind
        outcome["rule"][:] = rule.id
        for column, field in (("site", "id"), ("village", "village")):
            if field in sites.frame:
                outcome[column][:] = sites.frame[field].to_numpy(dtype=object)[positions]
        yield outcome


def _find_exempt(sites: Features, rules: Iterable[Rule]) -> Texts:
    """Return for each site the id of the rule that exempts it from the others, or ""."""
    freed_by = np.full(len(sites.frame), "", dtype=object)
    for rule in rules:
        for case in rule.cases if rule.relation == "exempt" else ():
            freed_by[match_rows(sites.frame, case.subject_where) & (freed_by == "")] = rule.id
    return freed_by


def _find_earlier(sites: Features, rule: Rule) -> Texts:
    """Return for each site older than `rule` the day since which the rule holds, else ""."""
    earlier = np.full(len(sites.frame), "", dtype=object)
    if rule.since_field in sites.frame:
        dates = pd.to_datetime(sites.frame[rule.since_field])
        earlier[(dates < pd.Timestamp(rule.valid_from)).to_numpy()] = rule.valid_from.isoformat()
    return earlier


def _exempt(outcome: Outcomes, cited: Texts, reason: str) -> None:
    """Turn the outcomes for which something is `cited` into exempt ones, the exempt ones not."""
    freed = (cited != "") & (outcome["verdict"] != "exempt")
    outcome["verdict"][freed] = "exempt"
    outcome["reason"][freed] = reason
    outcome["cited"][freed] = cited[freed]


def _take_decisive(cases: list[Outcomes], *, best: bool) -> Outcomes:
    """Return of all cases' outcomes the one that decides for each site, by site.

    That is the worst, or the `best` where lying in a feature of one case is enough.
    """
    together = {name: np.concatenate([case[name] for case in cases]) for name in cases[0]}
    verdicts = _BEST_FIRST if best else _WORST_FIRST
    ranks = np.select([together["verdict"] == verdict for verdict in verdicts], range(4))
    margins = together["margin_m"] * (-1 if best else 1)
    order = np.lexsort((margins, ranks, together["position"]))
    is_first = np.diff(together["position"][order], prepend=-1) != 0
    return {name: values[order[is_first]] for name, values in together.items()}


def _make_frame(outcomes: list[Outcomes]) -> GeoDataFrame:
    segments = np.concatenate([np.empty((0, 2, 2)), *(outcome["segment"] for outcome in outcomes)])
    lines = np.full(len(segments), None, dtype=object)
    drawn = ~np.isnan(segments).any(axis=(1, 2))
    lines[drawn] = shapely.linestrings(segments[drawn])
    columns = {
        name: pd.Series(
            np.concatenate([np.empty(0), *(outcome[name] for outcome in outcomes)]), dtype=kind
        )
        for name, kind in COLUMNS.items()
    }
    return gpd.GeoDataFrame(columns, geometry=lines, crs=STORED)
