"""Read a stranger's file with GDAL, behind the wall: a process of its own, started by `gdal_door`.

It is run by its path, imports nothing of geo_rv and gets one argument: a private folder with
request.json, the copied file, and room for reply.json and the Arrow files that it writes. Its
environment allows GDAL one driver and no network; it takes the rest away from itself first.
"""

from __future__ import annotations

import ctypes
import json
import sqlite3
import sys
import warnings
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote

GEOMETRY = "geometry"

_NEW_USER_NAMESPACE = 0x1000_0000
_NEW_NETWORK_NAMESPACE = 0x4000_0000
_SHOWN_WARNINGS = 5
_WKB_HEAD = 5
# CIRCULARSTRING, COMPOUNDCURVE, CURVEPOLYGON, MULTICURVE, MULTISURFACE; with heights, 1000 and more
_WKB_CURVES = range(8, 13)
_WKB_TYPE_BITS = 0x0FFF_FFFF


class Refused(Exception):
    """The file is not taken; `reason` is a key that the parent has a text for."""

    def __init__(self, reason: str, **facts: object) -> None:
        super().__init__(reason)
        self.reason = reason
        self.facts = facts


# ---- what this process gives up before it opens anything


def limit_resources(memory_bytes: int, output_bytes: int, seconds: float) -> None:
    """Bound memory, file size and computing time, where the system can (POSIX)."""
    if sys.platform == "win32":
        return
    import resource  # noqa: PLC0415 - Windows has none

    for kind, most in (
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_FSIZE, output_bytes),
        (resource.RLIMIT_CPU, int(seconds) + 1),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(kind)[1]
        bound = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (bound, bound))


def leave_network() -> bool:
    """Move into a network with nobody in it; False where the system has or allows none."""
    if not sys.platform.startswith("linux"):
        return False
    unshare = ctypes.CDLL(None, use_errno=True).unshare
    # an ordinary user may do it together with a user namespace, and root without one
    return any(
        unshare(flags) == 0
        for flags in (_NEW_USER_NAMESPACE | _NEW_NETWORK_NAMESPACE, _NEW_NETWORK_NAMESPACE)
    )


# ---- what is looked at without GDAL


def list_geopackage(path: Path) -> list[dict[str, Any]]:
    """Return the feature layers of a GeoPackage: name, whether it is a table, its key column."""
    address = f"file:{quote(path.as_posix())}?mode=ro&immutable=1"
    with closing(sqlite3.connect(address, uri=True)) as database:
        try:
            database.execute("PRAGMA trusted_schema = OFF")
            tables = {name for (name,) in database.execute("SELECT name FROM sqlite_master")}
            if "gpkg_contents" not in tables:
                raise Refused("not_geopackage")
            (verdict,) = database.execute("PRAGMA quick_check(1)").fetchone()
            if verdict != "ok":
                raise Refused("damaged", problem=str(verdict))
            return [
                {"name": name, "is_table": kind == "table", "key": key or ""}
                for name, kind, key in database.execute(
                    "SELECT s.name, s.type, "
                    # SQLite looks into a view for this, and may not know what it calls
                    "CASE s.type WHEN 'table' THEN "
                    "(SELECT name FROM pragma_table_info(s.name) WHERE pk = 1) END "
                    "FROM gpkg_contents AS c JOIN sqlite_master AS s "
                    "ON s.name = c.table_name COLLATE NOCASE "
                    "WHERE c.data_type = 'features' AND s.type IN ('table', 'view')"
                )
            ]
        except sqlite3.Error as error:
            raise Refused("damaged", problem=str(error)) from error


# ---- what GDAL reads


def read_source(
    folder: Path, number: int, source: dict[str, Any], *, most_rows: int
) -> dict[str, Any]:
    """Read one layer into the Arrow file `number`; return its columns, CRS, rows and warnings."""
    # the limits must be in force before GDAL starts
    import pyarrow as pa  # noqa: PLC0415 - as said
    import pyogrio  # noqa: PLC0415 - as said

    with (
        warnings.catch_warnings(record=True, action="always") as caught,
        pyogrio.open_arrow(
            folder / source["file"],
            layer=source["layer"],
            where=source["where"],
            return_fids=bool(source["key"]),
            use_pyarrow=True,
            **source["options"],
        ) as (meta, reader),
    ):
        names = list(reader.schema.names)
        at = len(names) - 1 - names[::-1].index(meta["geometry_name"] or "wkb_geometry")
        columns = [GEOMETRY if n == at else str(n) for n in range(len(names))]
        schema = pa.schema(
            [field.with_name(name) for field, name in zip(reader.schema, columns, strict=True)]
        )
        target = folder / f"{number}.arrow"
        rows, has_curves = 0, False
        with pa.OSFile(str(target), "wb") as file, pa.ipc.new_file(file, schema) as writer:
            for batch in reader:
                if rows + batch.num_rows > most_rows:
                    raise Refused("rows", most=most_rows)
                writer.write_batch(pa.RecordBatch.from_arrays(batch.columns, schema=schema))
                rows += batch.num_rows
                has_curves = has_curves or bool(list_curve_heads(batch.column(at)))
    curves = draw_curves(folder, target, source) if has_curves else 0
    names = [name for n, name in enumerate(names) if n != at]
    if source["key"]:
        names[0] = source["key"]
    told = [str(warning.message) for warning in caught[:_SHOWN_WARNINGS]]
    return {
        "file": target.name,
        "columns": names,
        "crs": meta["crs"],
        "rows": rows,
        "curves": curves,
        "warnings": told,
    }


def list_curve_heads(geometry: Any) -> list[bytes]:
    """Return what the curves in an Arrow column of WKB begin with, each once."""
    # the limits must be in force before Arrow starts
    import pyarrow.compute as pc  # noqa: PLC0415 - as said

    heads = pc.binary_slice(geometry, 0, _WKB_HEAD).unique().to_pylist()
    return [head for head in heads if head and is_curve(head)]


def is_curve(head: bytes) -> bool:
    """Return whether the first bytes of WKB are those of a curve, or of a face or set of curves."""
    kind = int.from_bytes(head[1:], "little" if head[0] == 1 else "big")
    return (kind & _WKB_TYPE_BITS) % 1000 in _WKB_CURVES


def draw_curves(folder: Path, target: Path, source: dict[str, Any]) -> int:
    """Put lines, as GDAL draws them, in place of the curves in the Arrow file `target`.

    Returns how many. Only GDAL's reading of single features draws, so they are read once more.
    """
    # the limits must be in force before GDAL starts
    import pyarrow as pa  # noqa: PLC0415 - as said
    import pyarrow.compute as pc  # noqa: PLC0415 - as said
    import pyogrio.raw  # noqa: PLC0415 - as said

    # Arrow asks pandas whether values are something of its own
    sys.modules.pop("pandas", None)
    options = {key: source[key] for key in ("layer", "where")} | source["options"]
    *_, drawn, _ = pyogrio.raw.read(folder / source["file"], columns=[], **options)
    curved_file = target.rename(target.with_suffix(".curved"))
    done = count = 0
    with (
        pa.OSFile(str(curved_file)) as file,
        pa.ipc.open_file(file) as reader,
        pa.OSFile(str(target), "wb") as copy,
        pa.ipc.new_file(copy, reader.schema) as writer,
    ):
        at = reader.schema.get_field_index(GEOMETRY)
        for batch in map(reader.get_batch, range(reader.num_record_batches)):
            column = batch.column(at)
            heads = pa.array(list_curve_heads(column), column.type)
            is_curved = pc.is_in(pc.binary_slice(column, 0, _WKB_HEAD), value_set=heads)
            lines = pa.array(drawn[done : done + len(column)], column.type)
            # what GDAL cannot draw stays the curve that it is, and is told as unreadable
            is_drawn = pc.and_(is_curved, lines.is_valid())
            column = pc.if_else(is_drawn, lines, column)
            writer.write_batch(batch.set_column(at, reader.schema.field(at), column))
            done += len(column)
            count += is_drawn.true_count
    curved_file.unlink()
    return count


def list_layers(path: Path) -> list[str]:
    """Return the names of the layers that hold geometries, of a file that GDAL may open."""
    # the limits must be in force before GDAL starts
    import pyogrio  # noqa: PLC0415 - as said

    return [str(name) for name, geometry in pyogrio.list_layers(path) if geometry is not None]


def read_sources(folder: Path, request: dict[str, Any]) -> dict[str, Any]:
    """Read every source of the request, in their order."""
    # pyogrio takes these up where it finds them: they cost more time than the reading
    for name in ("geopandas", "pandas", "shapely", "pyproj"):
        sys.modules[name] = None  # type: ignore[assignment]  # None there means: cannot be imported
    most_rows = request["limits"]["rows"]
    return {
        "layers": [
            read_source(folder, number, source, most_rows=most_rows)
            for number, source in enumerate(request["sources"])
        ]
    }


def run_action(folder: Path, request: dict[str, Any]) -> dict[str, Any]:
    """Return the reply to `request`, whose files are in `folder`."""
    if request["action"] == "list_geopackage":
        return {"layers": list_geopackage(folder / request["file"])}
    if request["action"] == "list_layers":
        return {"layers": list_layers(folder / request["file"])}
    return read_sources(folder, request)


# ---- how a child answers


def answer_request(read: Callable[[Path, dict[str, Any]], dict[str, Any]]) -> None:
    """Give up what is not needed, and answer the request in the folder of the command line.

    `read` gets the folder and the request and returns the reply; what it raises becomes one too.
    """
    folder = Path(sys.argv[1])
    request = json.loads((folder / "request.json").read_text("utf-8"))
    limits = request["limits"]
    limit_resources(limits["memory_bytes"], limits["output_bytes"], limits["seconds"])
    leave_network()
    try:
        reply = read(folder, request)
    except Refused as refused:
        reply = {"refused": refused.reason, "facts": refused.facts}
    except MemoryError:
        reply = {"refused": "memory", "facts": {}}
    except Exception as error:  # noqa: BLE001 - whatever it is, the parent tells it as one message
        reply = {"refused": "unreadable", "facts": {"problem": str(error)}}
    (folder / "reply.json").write_text(json.dumps(reply), "utf-8")


if __name__ == "__main__":
    answer_request(run_action)
