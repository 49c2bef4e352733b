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
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote

GEOMETRY = "geometry"

_NEW_USER_NAMESPACE = 0x1000_0000
_NEW_NETWORK_NAMESPACE = 0x4000_0000
_SHOWN_WARNINGS = 5
_GEOJSON_TYPES = frozenset(
    {
        "FeatureCollection", "Feature", "Point", "LineString", "Polygon",
        "MultiPoint", "MultiLineString", "MultiPolygon", "GeometryCollection",
    }
)  # fmt: skip


class Refused(Exception):
    """The file is not taken; `reason` is a key that the parent has a text for."""

    def __init__(self, reason: str, **facts: str) -> None:
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
                    "(SELECT name FROM pragma_table_info(s.name) WHERE pk = 1) "
                    "FROM gpkg_contents AS c JOIN sqlite_master AS s "
                    "ON s.name = c.table_name COLLATE NOCASE "
                    "WHERE c.data_type = 'features' AND s.type IN ('table', 'view')"
                )
            ]
        except sqlite3.Error as error:
            raise Refused("damaged", problem=str(error)) from error


class _Feature:
    """What is kept of a GeoJSON feature while the file is parsed."""

    __slots__ = ("crs", "id")

    def __init__(self, members: dict[str, Any]) -> None:
        self.id = members.get("id")
        self.crs = members.get("crs", _ABSENT)


_ABSENT = object()


class _GeoJsonScan:
    """Sees each object of a GeoJSON file as the parser closes it."""

    def __init__(self) -> None:
        self.crs_members = 0

    def take_object(self, pairs: list[tuple[str, Any]]) -> Any:
        """Return what is kept of an object; GDAL takes "crs" anywhere, and in any case."""
        for name, value in pairs:
            if isinstance(value, dict) and name.casefold() == "crs":
                self.crs_members += 1
                if value.get("type") != "name":
                    raise Refused("crs_member")
        members = dict(pairs)
        if members.get("type") == "Feature":
            return _Feature(members)
        members.pop("coordinates", None)
        return members

    def take_name(self, crs: object) -> str | None:
        """Return the name in the "crs" of the whole file, "" without one, None for unknown."""
        if self.crs_members > isinstance(crs, dict):
            raise Refused("crs_member")
        if crs is None:
            return None
        properties = crs.get("properties") if isinstance(crs, dict) else None
        name = properties.get("name") if isinstance(properties, dict) else None
        return str(name) if name else ""


def inspect_geojson(path: Path) -> dict[str, Any]:
    """Return the features' identities and the name of the CRS of a GeoJSON file.

    The whole file is parsed by the letter of RFC 8259, so that GDAL's milder parser meets
    nothing that was not looked at, and without keeping the coordinates.
    """
    scan = _GeoJsonScan()
    try:
        top = json.loads(
            path.read_text("utf-8-sig"),
            object_pairs_hook=scan.take_object,
            parse_constant=_refuse_constant,
            parse_int=str,  # Python reads no integer of over 4300 digits
        )
    except UnicodeDecodeError as error:
        raise Refused("not_utf8") from error
    except RecursionError as error:
        raise Refused("nested") from error
    except ValueError as error:
        raise Refused("damaged", problem=str(error)) from error
    if isinstance(top, _Feature):
        return {"ids": [_take_id(top)], "crs": scan.take_name(top.crs)}
    if not isinstance(top, dict) or top.get("type") not in _GEOJSON_TYPES:
        raise Refused("not_geojson")
    crs = scan.take_name(top.get("crs", _ABSENT))
    if top["type"] != "FeatureCollection":
        return {"ids": [None], "crs": crs}
    features = top.get("features")
    if not isinstance(features, list) or not all(isinstance(item, _Feature) for item in features):
        raise Refused("not_features")
    return {"ids": [_take_id(feature) for feature in features], "crs": crs}


def _take_id(feature: _Feature) -> str | None:
    return str(feature.id) if isinstance(feature.id, str | float) else None


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


# ---- what GDAL reads


def read_source(folder: Path, number: int, source: dict[str, Any]) -> dict[str, Any]:
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
        rows = 0
        with pa.OSFile(str(target), "wb") as file, pa.ipc.new_file(file, schema) as writer:
            for batch in reader:
                writer.write_batch(pa.RecordBatch.from_arrays(batch.columns, schema=schema))
                rows += batch.num_rows
    names = [name for n, name in enumerate(names) if n != at]
    if source["key"]:
        names[0] = source["key"]
    told = [str(warning.message) for warning in caught[:_SHOWN_WARNINGS]]
    return {
        "file": target.name,
        "columns": names,
        "crs": meta["crs"],
        "rows": rows,
        "warnings": told,
    }


def read_sources(folder: Path, request: dict[str, Any]) -> dict[str, Any]:
    """Read every source of the request, in their order."""
    # pyogrio takes these up where it finds them: they cost more time than the reading
    for name in ("geopandas", "pandas", "shapely", "pyproj"):
        sys.modules[name] = None  # type: ignore[assignment]  # None there means: cannot be imported
    return {
        "layers": [
            read_source(folder, number, source) for number, source in enumerate(request["sources"])
        ]
    }


def run_request(folder: Path, request: dict[str, Any]) -> dict[str, Any]:
    """Return the reply to `request`, whose files are in `folder`."""
    limits = request["limits"]
    limit_resources(limits["memory_bytes"], limits["output_bytes"], limits["seconds"])
    leave_network()
    try:
        match request["action"]:
            case "list_geopackage":
                return {"layers": list_geopackage(folder / request["file"])}
            case "inspect_geojson":
                return inspect_geojson(folder / request["file"])
            case _:
                return read_sources(folder, request)
    except Refused as refused:
        return {"refused": refused.reason, "facts": refused.facts}
    except MemoryError:
        return {"refused": "memory", "facts": {}}
    except Exception as error:  # noqa: BLE001 - whatever it is, the parent tells it as one message
        return {"refused": "unreadable", "facts": {"problem": str(error)}}


def main() -> None:
    """Answer the request in the folder that the command line names."""
    folder = Path(sys.argv[1])
    request = json.loads((folder / "request.json").read_text("utf-8"))
    reply = run_request(folder, request)
    (folder / "reply.json").write_text(json.dumps(reply), "utf-8")


if __name__ == "__main__":
    main()
