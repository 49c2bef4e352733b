"""Read a stranger's GeoParquet, behind the wall: a process of its own (see `gdal_child`).

It is run by its path and imports nothing of geo_rv. GeoParquet 1.0 and 1.1 with geometries as
well-known binary or as separated coordinates, and Parquet's own type GEOMETRY.
"""

from __future__ import annotations

import json
import runpy
from pathlib import Path
from typing import Any

_WALL = runpy.run_path(str(Path(__file__).with_name("gdal_child.py")))
Refused, GEOMETRY = _WALL["Refused"], _WALL["GEOMETRY"]

_BATCH_ROWS = 65_536
_SHOWN_NAMES = 5
_LEVELS = {
    "point": 0, "linestring": 1, "multipoint": 1, "polygon": 2, "multilinestring": 2,
    "multipolygon": 3,
}  # fmt: skip
"""How many lists stand around the coordinates of each encoding."""
_DEFAULT_CRS = ""


def read_parquet(folder: Path, request: dict[str, Any]) -> dict[str, Any]:
    """Read the request's file into an Arrow file, and return what it says beside.

    The CRS is PROJJSON or another text, "" where the file means longitude and latitude, and None
    where it is unknown.
    """
    # the limits must be in force before pyarrow starts
    import pyarrow as pa  # noqa: PLC0415 - as said
    import pyarrow.parquet as pq  # noqa: PLC0415 - as said

    limits = request["limits"]
    with pq.ParquetFile(folder / request["file"]) as source:
        rows = source.metadata.num_rows
        if rows > limits["rows"]:
            raise Refused("rows", most=limits["rows"])
        name, encoding, crs = describe_geometry(source)
        attributes, skipped = choose_columns(source.schema_arrow, name)
        if len(attributes) > limits["columns"]:
            raise Refused("columns", most=limits["columns"])
        fields = [pa.field(str(n), kind) for n, (_, kind) in enumerate(attributes.items())]
        schema = pa.schema([*fields, pa.field(GEOMETRY, pa.binary())])
        target = folder / "rows.arrow"
        with pa.OSFile(str(target), "wb") as file, pa.ipc.new_file(file, schema) as writer:
            for batch in source.iter_batches(_BATCH_ROWS, columns=[*attributes, name]):
                columns = [
                    unwrap(batch.column(column)).cast(kind) for column, kind in attributes.items()
                ]
                columns.append(encode_geometry(batch.column(name), encoding))
                writer.write_batch(pa.RecordBatch.from_arrays(columns, schema=schema))
    return {
        "layers": [{"file": target.name, "columns": list(attributes), "crs": crs, "warnings": []}],
        "skipped": skipped,
    }


def describe_geometry(source: Any) -> tuple[str, str, str | None]:
    """Return the name, the encoding and the CRS of the geometry column."""
    schema = source.schema_arrow
    told = (schema.metadata or {}).get(b"geo")
    if told is None:
        return describe_own_type(source)
    try:
        meta = json.loads(told)
        name = meta["primary_column"]
        column = meta["columns"][name]
        encoding = str(column["encoding"]).casefold()
        crs = column.get("crs", _DEFAULT_CRS)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise Refused("parquet_geo") from error
    if not isinstance(name, str) or schema.get_field_index(name) < 0:
        raise Refused("parquet_geo")
    if encoding != "wkb" and encoding not in _LEVELS:
        raise Refused("parquet_encoding", encoding=encoding[:40])
    if isinstance(crs, dict):
        crs = json.dumps(crs)
    elif not (crs is None or isinstance(crs, str)):
        raise Refused("parquet_geo")
    return name, encoding, crs


def describe_own_type(source: Any) -> tuple[str, str, str | None]:
    """Return name, encoding and CRS of the first column of Parquet's own type GEOMETRY."""
    for at in range(len(source.schema)):
        column = source.schema.column(at)
        kind = json.loads(column.logical_type.to_json())
        if kind.get("Type") in ("Geometry", "Geography"):
            crs = kind.get("crs") or _DEFAULT_CRS
            return column.name, "wkb", crs.replace("srid:", "EPSG:")
    raise Refused("parquet_no_geo")


def choose_columns(schema: Any, geometry: str) -> tuple[dict[str, Any], list[str]]:
    """Return the columns that become attributes, with the type each is cast to, and the others.

    Nested values and other geometries are no attributes.
    """
    import pyarrow as pa  # noqa: PLC0415 - as said

    chosen: dict[str, Any] = {}
    skipped = []
    for field in schema:
        kind = (
            field.type.storage_type if isinstance(field.type, pa.BaseExtensionType) else field.type
        )
        if pa.types.is_dictionary(kind):
            kind = kind.value_type
        if field.name == geometry:
            continue
        if pa.types.is_nested(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
            skipped.append(field.name)
        elif pa.types.is_decimal(kind) or pa.types.is_time(kind) or pa.types.is_duration(kind):
            chosen[field.name] = pa.string()
        else:
            chosen[field.name] = kind
    return chosen, skipped


def unwrap(column: Any) -> Any:
    """Return the plain values of a column of an extension type."""
    import pyarrow as pa  # noqa: PLC0415 - as said

    return column.storage if isinstance(column.type, pa.BaseExtensionType) else column


def encode_geometry(column: Any, encoding: str) -> Any:
    """Return the geometries of a column as well-known binary."""
    import numpy as np  # noqa: PLC0415 - as said
    import pyarrow as pa  # noqa: PLC0415 - as said
    import shapely  # noqa: PLC0415 - as said

    column = unwrap(column)
    if encoding == "wkb":
        return column.cast(pa.binary())
    is_there = column.is_valid().to_numpy(zero_copy_only=False)
    inner, offsets = column.drop_null(), []
    for _ in range(_LEVELS[encoding]):
        # a slice begins inside its values
        starts = inner.offsets.to_numpy()
        offsets.append(starts - starts[0])
        inner = inner.flatten()
    if pa.types.is_struct(inner.type):
        parts = [part.to_numpy(zero_copy_only=False) for part in inner.flatten()[:2]]
        places = np.column_stack(parts)
    else:
        size = inner.type.list_size
        places = inner.flatten().to_numpy(zero_copy_only=False).reshape(-1, size)[:, :2]
    kind = shapely.GeometryType[encoding.upper()]
    geometry = np.full(len(column), None, dtype=object)
    # the innermost list stands first
    geometry[is_there] = shapely.from_ragged_array(
        kind, np.ascontiguousarray(places), tuple(reversed(offsets)) or None
    )
    return pa.array(shapely.to_wkb(geometry), pa.binary())


if __name__ == "__main__":
    _WALL["answer_request"](read_parquet)
