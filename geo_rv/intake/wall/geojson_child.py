"""Read a stranger's GeoJSON, behind the wall: a process of its own (see `gdal_child`).

It is run by its path and imports nothing of geo_rv. The file is read by the letter of RFC 8259
and RFC 7946, by Python's own parser and not by GDAL's: what only a mild parser takes is refused,
nothing in it can lead elsewhere, and a member's name means the same to whoever looks.
"""

from __future__ import annotations

import gc
import json
import os
import runpy
import sys
from array import array
from collections.abc import Callable, Iterable
from itertools import chain
from pathlib import Path
from struct import pack
from typing import Any

_WALL = runpy.run_path(str(Path(__file__).with_name("gdal_child.py")))
Refused, GEOMETRY = _WALL["Refused"], _WALL["GEOMETRY"]

_ABSENT = object()
_BYTE_ORDER = b"\x01" if sys.byteorder == "little" else b"\x00"
_WITH_HEIGHT = 1000
_AS_ARRAYS = bytes.maketrans(b"{}", b"[]")
_NO_BRACKETS = bytes(set(range(256)) - set(b'[]{}"'))
_NUMBERS = frozenset({int, float})


class _Uneven(Exception):
    """Positions that are not all of two numbers."""


class _Feature:
    """A feature while the file is parsed; lists of coordinates would take ten times as much."""

    __slots__ = ("geometry", "members")

    def __init__(self, members: dict[str, Any]) -> None:
        self.geometry = encode_geometry(members.get("geometry"))
        if isinstance(members.get("geometry"), dict):
            del members["geometry"]
        self.members = members

    def take_properties(self) -> dict[str, Any]:
        """Return the attributes; these may look like a feature themselves."""
        properties = self.members.get("properties")
        if isinstance(properties, _Feature) and "geometry" in properties.members:
            properties = properties.members
        if not isinstance(properties, dict | None):
            raise Refused("not_features")
        return properties or {}


# ---- a geometry as well-known binary


def encode_geometry(geometry: Any) -> bytes | None:
    """Return a GeoJSON geometry as WKB, None for no geometry, and no bytes for what is none."""
    if geometry is None:
        return None
    try:
        return _encode(geometry)
    except (AttributeError, KeyError, TypeError, OverflowError, IndexError):
        return b""


def _encode(geometry: dict[str, Any]) -> bytes | None:
    # the GeoJSON of 2008 let a "crs" stand anywhere
    if "crs" in geometry:
        raise Refused("crs_member")
    kind = geometry["type"]
    if kind == "GeometryCollection":
        parts = [_encode(part) for part in geometry["geometries"]]
        whole = [part for part in parts if part is not None]
        return _BYTE_ORDER + pack("=II", 7, len(whole)) + b"".join(whole)
    code, encode, depth = _ENCODERS[kind]
    coordinates = geometry["coordinates"]
    if kind == "Point" and coordinates == []:
        return None
    try:
        return encode(code, 2, coordinates)
    except _Uneven:
        return encode(code + _WITH_HEIGHT, 3, _even_out(coordinates, depth))


def _pack_positions(positions: list[Any], width: int) -> bytes:
    if positions and set(map(len, positions)) != {width}:
        raise _Uneven
    numbers = list(chain.from_iterable(positions))
    if not _NUMBERS.issuperset(map(type, numbers)):
        raise TypeError
    return array("d", numbers).tobytes()


def _encode_point(code: int, width: int, position: list[Any]) -> bytes:
    return _BYTE_ORDER + pack("=I", code) + _pack_positions([position], width)


def _encode_line(code: int, width: int, line: list[Any]) -> bytes:
    return _BYTE_ORDER + pack("=II", code, len(line)) + _pack_positions(line, width)


def _encode_polygon(code: int, width: int, rings: list[Any]) -> bytes:
    packed = [pack("=I", len(ring)) + _pack_positions(ring, width) for ring in rings]
    return _BYTE_ORDER + pack("=II", code, len(rings)) + b"".join(packed)


def _encode_several(encode: Callable[[int, int, Any], bytes]) -> Callable[[int, int, Any], bytes]:
    def encode_parts(code: int, width: int, parts: list[Any]) -> bytes:
        encoded = [encode(code - 3, width, part) for part in parts]
        return _BYTE_ORDER + pack("=II", code, len(parts)) + b"".join(encoded)

    return encode_parts


def _even_out(coordinates: list[Any], depth: int) -> list[Any]:
    """Return the positions `depth` lists deep with three numbers each; no height is height 0."""
    if depth:
        return [_even_out(part, depth - 1) for part in coordinates]
    if len(coordinates) < 2:
        raise TypeError
    return [*coordinates, 0.0][:3]


_ENCODERS: dict[str, tuple[int, Callable[[int, int, Any], bytes], int]] = {
    "Point": (1, _encode_point, 0),
    "LineString": (2, _encode_line, 1),
    "Polygon": (3, _encode_polygon, 2),
    "MultiPoint": (4, _encode_several(_encode_point), 1),
    "MultiLineString": (5, _encode_several(_encode_line), 2),
    "MultiPolygon": (6, _encode_several(_encode_polygon), 3),
}
"""For each type its code in WKB, what encodes it, and how many lists deep its positions are."""


# ---- the document


def take_object(pairs: list[tuple[str, Any]]) -> Any:
    """Return what is kept of an object that the parser has closed."""
    members = dict(pairs)
    if len(members) != len(pairs):
        names = [name for name, _ in pairs]
        again = next(name for name in names if names.count(name) > 1)
        raise Refused("repeated_member", name=again[:40])
    if members.get("type") == "Feature" and ("geometry" in members or "properties" in members):
        return _Feature(members)
    return members


def is_deeper(data: bytes, most: int) -> bool:
    """Return whether arrays and objects of a JSON text lie more than `most` in each other.

    Nothing but the brackets is looked at: those of the innermost level are taken away again and
    again, of which most files have six.
    """
    if b"\\" in data:  # without escaped quotes, what stands between two quotes is words
        data = data.replace(b"\\\\", b"").replace(b'\\"', b"")
    told = data.translate(_AS_ARRAYS, _NO_BRACKETS)
    brackets = b"".join(told.replace(b'""', b"").split(b'"')[::2])
    for _ in range(most):
        fewer = brackets.replace(b"[]", b"")
        if len(fewer) == len(brackets):
            break
        brackets = fewer
    # what is never closed is left, too
    return b"[]" in brackets or brackets.count(b"[") > most


def parse_document(path: Path, most_levels: int) -> Any:
    """Return the outermost value of a GeoJSON file, its features as `_Feature`."""
    try:
        data = path.read_bytes()
        if is_deeper(data, most_levels):
            raise Refused("nested")
        text = data.decode("utf-8-sig")
        del data
        # no cycles are made, and looking for them takes a third of the time
        gc.disable()
        return json.loads(text, object_pairs_hook=take_object, parse_constant=_refuse_constant)
    except UnicodeDecodeError as error:
        raise Refused("not_utf8") from error
    except RecursionError as error:
        raise Refused("nested") from error
    except ValueError as error:
        # a second value behind the first: one feature a line
        reason = "sequence" if str(error).startswith("Extra data") else "damaged"
        raise Refused(reason, problem=str(error)) from error


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


def list_features(top: Any) -> tuple[list[_Feature], str | None]:
    """Return the features of a document, and the name of its CRS ("" without, None for null)."""
    if isinstance(top, _Feature):
        return [top], take_crs_name(top.members.get("crs", _ABSENT))
    if not isinstance(top, dict):
        raise Refused("not_geojson")
    if top.get("type") != "FeatureCollection":
        if top.get("type") not in {*_ENCODERS, "GeometryCollection"}:
            raise Refused("not_geojson")
        crs = take_crs_name(top.pop("crs", _ABSENT))
        return [_Feature({"geometry": top})], crs
    features = top.get("features")
    if not isinstance(features, list) or not all(isinstance(item, _Feature) for item in features):
        raise Refused("not_features")
    own = any("crs" in feature.members for feature in features)
    if own or any(name != "crs" and name.casefold() == "crs" for name in top):
        raise Refused("crs_member")
    return features, take_crs_name(top.get("crs", _ABSENT))


def take_crs_name(crs: object) -> str | None:
    """Return the name that a "crs" gives; a link is refused, as is what is neither."""
    if crs is _ABSENT:
        return ""
    if crs is None:
        return None
    properties = crs.get("properties") if isinstance(crs, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    if not isinstance(crs, dict) or crs.get("type") != "name" or not isinstance(name, str):
        raise Refused("crs_member")
    return name


# ---- the answer


def make_column(values: list[Any]) -> Any:
    """Return the values of a property as an Arrow array: of one type, or as text."""
    import pyarrow as pa  # noqa: PLC0415 - the limits must be in force before it starts

    kinds = set(map(type, values)) - {type(None)}
    if len(kinds) <= 1 and kinds <= {str, bool, float}:
        return pa.array(values)
    if kinds <= _NUMBERS:
        try:
            return pa.array(values, pa.int64() if kinds == {int} else pa.float64())
        except (OverflowError, pa.ArrowInvalid):
            pass  # a whole number that no machine has room for stays as it is written
    return pa.array([_tell(value) for value in values], pa.string())


def _tell(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, default=lambda feature: feature.members)


def write_features(features: list[_Feature], target: Path) -> list[str]:
    """Write attributes and geometries of `features` as an Arrow file; return the columns' names."""
    import pyarrow as pa  # noqa: PLC0415 - as said

    rows = [feature.take_properties() for feature in features]
    names = list(dict.fromkeys(chain.from_iterable(rows)))
    columns = [make_column([row.get(name) for row in rows]) for name in names]
    columns.append(pa.array([feature.geometry for feature in features], pa.binary()))
    # names may repeat "geometry", which Arrow's file may not
    table = pa.table(columns, names=[*map(str, range(len(names))), GEOMETRY])
    with pa.OSFile(str(target), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
        writer.write_table(table)
    return names


def take_ids(features: Iterable[_Feature]) -> list[str | None]:
    """Return each feature's member "id", where it is a text or a number."""
    ids = [feature.members.get("id") for feature in features]
    return [str(own) if type(own) in {str, int, float} else None for own in ids]


def read_geojson(folder: Path, request: dict[str, Any]) -> dict[str, Any]:
    """Read the request's file into an Arrow file, and return what it says beside."""
    limits = request["limits"]
    features, crs = list_features(parse_document(folder / request["file"], limits["levels"]))
    if len(features) > limits["rows"]:
        raise Refused("rows", most=limits["rows"])
    target = folder / "features.arrow"
    names = write_features(features, target)
    if len(names) > limits["columns"]:
        raise Refused("columns", most=limits["columns"])
    layer = {"file": target.name, "columns": names, "crs": crs, "warnings": []}
    return {"layers": [layer | {"ids": take_ids(features)}]}


if __name__ == "__main__":
    _WALL["answer_request"](read_geojson)
    os._exit(0)  # to take a million objects apart in good order would be a tenth of the time
