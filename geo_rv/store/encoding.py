"""Frames into rows: geometries in GeoPackage binary, values as SQLite keeps them.

And rows as the history keeps them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame
from numpy.typing import NDArray

from geo_rv.catalogue import Field, LayerSpec
from geo_rv.store.schema import GEOMETRY, STORED_SRS

Row = tuple[Any, ...]
"""The geometry as GeoPackage binary, then the values of the other columns."""

GONE = ""
"""The digest of a feature that is not there."""

_BLOB = "blob"
_DIGEST_BYTES = 8
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


def tell_row(columns: Iterable[str], row: Row) -> str:
    """Return a row as the history keeps it: JSON, the geometry in hexadecimal digits."""
    geometry = row[0].hex() if isinstance(row[0], bytes) else None
    others = dict(zip(columns, map(_tell_value, row), strict=True))
    return json.dumps(others | {GEOMETRY: geometry}, ensure_ascii=False)


def _tell_value(value: Any) -> Any:
    return {_BLOB: value.hex()} if isinstance(value, bytes) else value


def _read_value(value: Any) -> Any:
    return bytes.fromhex(value[_BLOB]) if isinstance(value, dict) else value


def read_row(told: str, columns: Iterable[str]) -> Row:
    """Return a feature as the history keeps it as a row of `columns`."""
    values = json.loads(told)
    blob = values.pop(GEOMETRY)
    values[GEOMETRY] = None if blob is None else {_BLOB: blob}
    return tuple(_read_value(values.get(name)) for name in columns)


def digest_row(columns: Iterable[str], row: Row) -> str:
    """Return a digest of a row (BLAKE2b), whatever the order of its columns, empty ones aside."""
    geometry, *values = row
    _, *names = columns
    told = sorted(
        (name, _even(value))
        for name, value in zip(names, values, strict=False)
        if value is not None
    )
    digest = hashlib.blake2b(geometry or b"", digest_size=_DIGEST_BYTES)
    digest.update(repr(told).encode("utf-8", "backslashreplace"))
    return digest.hexdigest()


def _even(value: Any) -> Any:
    """Return a value as SQLite gives it back: truth as a number, and one kind of zero."""
    return value + 0 if isinstance(value, bool | float) else value
