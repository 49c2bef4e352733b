"""Layer frames to GeoJSON: the one serialiser of the whole product."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame

from geo_rv.catalogue import IDENTITY, Field, LayerSpec

DECIMALS = 7
"""Of a degree: about a centimetre on the ground."""
_TILE_PIXELS = 256

_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode


def to_geojson(
    frame: GeoDataFrame, spec: LayerSpec, *, personal: bool = False, matched: int | None = None
) -> str:
    """Return the rows of the layer frame `frame` as the text of a FeatureCollection.

    Every feature has the row's identity as its `id` and the fields of `spec` as its properties,
    those that tell about a person only where `personal` asks for them. Dates are ISO texts,
    what is missing or not a number is null. Coordinates are degrees with seven decimals.
    `matched` is how many rows there would be without a limit; by default all of them.
    """
    fields = [field for field in spec.fields if personal or not field.personal]
    columns = [_list_values(frame[field.name], field) for field in fields]
    names = [field.name for field in fields]
    identities = frame[IDENTITY].astype("str").tolist()
    features = ",".join(
        f'{{"type":"Feature","id":{_encode(identity)},'
        f'"properties":{_encode(dict(zip(names, row, strict=True)))},"geometry":{geometry}}}'
        for identity, geometry, *row in zip(
            identities, _write_geometries(frame), *columns, strict=True
        )
    )
    returned = len(frame)
    return (
        f'{{"type":"FeatureCollection","numberMatched":{returned if matched is None else matched},'
        f'"numberReturned":{returned},"features":[{features}]}}'
    )


def _list_values(column: pd.Series, field: Field) -> list[Any]:
    """Return the column as values that JSON has; None for what is missing."""
    if field.type == "date":
        column = column.dt.strftime("%Y-%m-%d")
    elif field.type == "number":
        column = column.where(np.isfinite(column))
    values = column.astype(object)
    return values.where(column.notna(), None).tolist()


def _write_geometries(frame: GeoDataFrame) -> list[str]:
    geometries = shapely.force_2d(frame.geometry.to_numpy())
    rounded = shapely.transform(geometries, lambda points: np.round(points, DECIMALS))
    written = shapely.to_geojson(rounded)
    nothing = shapely.is_missing(geometries) | shapely.is_empty(geometries)
    texts: list[str] = np.where(nothing, "null", written).tolist()
    return texts


def simplify(frame: GeoDataFrame, tolerance: float) -> GeoDataFrame:
    """Return `frame` with lines and outlines of fewer points, none off by more than `tolerance`.

    The tolerance is in degrees. Points stay as they are, and no polygon collapses or crosses
    itself.
    """
    simple = shapely.simplify(frame.geometry.to_numpy(), tolerance, preserve_topology=True)
    return frame.set_geometry(simple, crs=frame.crs)


def choose_tolerance(zoom: float) -> float:
    """Return half a screen pixel at the web map's zoom level `zoom`, in degrees of longitude."""
    return 360.0 / (_TILE_PIXELS * math.exp2(zoom)) / 2.0
