"""One finding as shapes to draw: the site, the constraint, the line between, and the limit."""

from __future__ import annotations

import json
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from geo_rv.analysis.findings import SEGMENT
from geo_rv.catalogue import Catalogue
from geo_rv.frames import Layers
from geo_rv.geodesy.crs import to_plane, to_stored
from geo_rv.maps.features import to_geojson

CIRCLE_SEGMENTS = 32
"""Of a quarter circle: a drawn limit of 500 m falls short by 0.15 m at most. It only draws;
what decides is the distance."""


def describe_finding(
    finding: pd.Series, layers: Layers, catalogue: Catalogue, *, plane: pyproj.CRS
) -> dict[str, Any]:
    """Return a row of findings as GeoJSON: ``site``, ``constraint``, ``segment``, ``buffer``.

    Site and constraint are Features, the segment two [lon, lat] pairs, the buffer the geometry
    of all that is within the limit of the constraint; None where there is none.
    """
    site = _select_feature(layers, finding["layer"], finding["site"])
    constraint = _select_feature(layers, finding["constraint_layer"], finding["constraint"])
    segment = finding[list(SEGMENT)].to_numpy(dtype=float).reshape(2, 2)
    return {
        "site": _write_feature(site, finding["layer"], catalogue),
        "constraint": _write_feature(constraint, finding["constraint_layer"], catalogue),
        "segment": None if np.isnan(segment).any() else segment.tolist(),
        "buffer": _draw_limit(finding, constraint, plane),
    }


def _select_feature(
    layers: Layers, kind: str | None, identity: str | None
) -> gpd.GeoDataFrame | None:
    if kind is None or kind not in layers:
        return None
    rows = layers[kind][layers[kind]["id"] == identity]
    return rows if len(rows) else None


def _write_feature(
    rows: gpd.GeoDataFrame | None, kind: str, catalogue: Catalogue
) -> dict[str, Any] | None:
    if rows is None:
        return None
    feature: dict[str, Any] = json.loads(to_geojson(rows, catalogue[kind]))["features"][0]
    return feature


def _draw_limit(
    finding: pd.Series, constraint: gpd.GeoDataFrame | None, plane: pyproj.CRS
) -> dict[str, Any] | None:
    if constraint is None or not finding["limit_m"] > 0:
        return None
    # where the law measures from an edge, the limit starts half a width from the line drawn
    radius = finding["limit_m"] + np.nan_to_num(finding["half_width_m"])
    flat = to_plane(constraint[["geometry"]], plane)
    circles = flat.buffer(radius, quad_segs=CIRCLE_SEGMENTS)
    buffer = to_stored(gpd.GeoDataFrame(geometry=circles)).geometry.iloc[0]
    written: dict[str, Any] = json.loads(shapely.to_geojson(buffer))
    return written
