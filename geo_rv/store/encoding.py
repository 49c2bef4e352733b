"""Frames into rows: geometries in GeoPackage binary, values as SQLite keeps them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame
from numpy.typing import NDArray

from geo_rv.catalogue import Field, LayerSpec
from geo_rv.store.schema import STORED_SRS

_HEADER = np.dtype([("magic", "S2"), ("version", "u1"), ("flags", "u1"), ("srs", "<i4")])
_ENVELOPE = np.dtype([*_HEADER.descr, ("box", "<f8", (4,))])
_LITTLE_ENDIAN, _WITH_ENVELOPE = 0b1, 0b11


def encode_geometries(geometries: NDArray[np.object_]) -> list[bytes]:
    """Return 2D `geometries` as GeoPackage binary (clause 2.1.3), those of area with their box."""
    bodies = shapely.to_wkb(geometries, output_dimension=2, byte_order=1, flavor="iso")
    is_point = shapely.get_type_id(geometries) == shapely.GeometryType.POINT
    bounds = shapely.bounds(geometries)[:, [0, 2, 1, 3]]
    short = np.zeros(len(geometries), _HEADER)
    long = np.zeros(len(geometries), _ENVELOPE)
    for headers, flags in ((short, _LITTLE_ENDIAN), (long, _WITH_ENVELOPE)):
        headers["magic"], headers["flags"], headers["srs"] = b"GP", flags, STORED_SRS
    long["box"] = bounds
    return [
        (brief if point else full).tobytes() + body
        for point, brief, full, body in zip(is_point, short, long, bodies, strict=True)
    ]


def encode_rows(frame: GeoDataFrame, spec: LayerSpec) -> Iterator[tuple[object, ...]]:
    """Yield each row of a layer frame as its geometry and its fields, in the table's order."""
    geometries = encode_geometries(frame.geometry.to_numpy())
    columns = [_encode_column(frame[field.name], field) for field in spec.fields]
    return zip(geometries, *columns, strict=True)


def _encode_column(column: pd.Series, field: Field) -> list[object]:
    values = column.dt.strftime("%Y-%m-%d") if field.type == "date" else column
    plain = values.astype("object")
    return plain.where(plain.notna(), None).to_list()
