"""DXF drawings into raw layers: closed lines to faces, block references to points, texts to words.

The drawing is taken apart behind the wall (`dxf_child`); here its layers are chosen, and texts
go to the smallest face that they lie in.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo_rv.catalogue import GeometryType
from geo_rv.errors import CrsMissing, SourceRefused
from geo_rv.geodesy.crs import parse_crs
from geo_rv.intake.candidate import Problem
from geo_rv.intake.contents import Layers, name_kind, note_left_out
from geo_rv.intake.match import choose_layers
from geo_rv.intake.place.reference import choose_crs
from geo_rv.intake.raw import RawLayer, name_columns, number_rows
from geo_rv.intake.readers.dbf import choose_encoding, find_encoding, sample_text
from geo_rv.intake.readers.dxf_texts import ENTITY, LAYER, add_texts, find_texts
from geo_rv.intake.sniff import BINARY_DXF
from geo_rv.intake.wall.gdal_door import BEHIND, Room, ask_child, load_contents
from geo_rv.intake.wish import Task
from geo_rv.messages import Text, tell

_ENVIRONMENT = {"ARROW_DEFAULT_MEMORY_POOL": "system", "OMP_NUM_THREADS": "1"}
_TYPES: tuple[GeometryType, ...] = ("point", "line", "polygon")
"""What a layer may take, by the dimension of the geometries."""
_LINES_THAT_CLOSE = ("LWPOLYLINE", "POLYLINE", "SPLINE")
_FILLED = ("HATCH", "MPOLYGON")
_MILLIMETRES = 3
"""Decimals of a metre to which a hatch has to be the same as a closed line."""

_HEAD_BYTES = 1 << 16
_BLOCK_BYTES = 1 << 20
_SAMPLE_BYTES = 1 << 18
_VERSION = re.compile(rb"\$ACADVER\s+1\s+AC(\d+)")
_CODE_PAGE = re.compile(rb"\$DWGCODEPAGE\s+3\s+(\S+)")
_UTF8_FROM = 1021
"""The version from which drawings are in UTF-8."""

_ZONES = range(25, 46)
"""3-degree zones of China."""
_EPSG_OF_ZONE_0 = 4488

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class _Drawing:
    """A drawing as the child took it apart."""

    table: pd.DataFrame
    geometry: NDArray[np.object_]
    reply: Mapping[str, Any]
    notes: tuple[Problem, ...]

    @property
    def is_text(self) -> Mask:
        return find_texts(self.table)


@np.errstate(invalid="ignore")  # a vertex that is no number is told later, as one nowhere
def read_dxf(path: Path, room: Room, task: Task) -> Layers:
    """Return the chosen layers of the drawing `path`, which lies in `room`.

    One raw layer for each of the drawing's layers whose name is a kind; else the whole drawing,
    or the layer that the user names. Raises SourceRefused (no such geometries in it), CrsMissing
    where neither the user nor the eastings tell the system, UnknownSourceLayer, or what
    `ask_child` and `choose_crs` raise.
    """
    drawing = _read_drawing(path, room, task)
    chosen = _choose(drawing, task, room)
    read = tuple(
        _make_layer(drawing, is_chosen, name, kind, room, task) for name, kind, is_chosen in chosen
    )
    taken = np.logical_or.reduce([is_chosen for _, _, is_chosen in chosen])
    others = drawing.table.loc[~taken & ~drawing.is_text, LAYER].unique()
    read = note_left_out(read, [str(name) for name in others], task)
    return (read[0].with_problems(_list_notes(drawing)), *read[1:])


# ---- reading


def _read_drawing(path: Path, room: Room, task: Task) -> _Drawing:
    encoding, notes = _find_encoding(path, task.wish.encoding)
    request = {"file": path.name, "encoding": encoding}
    reply = ask_child(room, request, environment=_ENVIRONMENT, child=BEHIND / "dxf_child.py")
    (content,) = load_contents(room, reply)
    table = content.table.set_axis(name_columns(content.table.columns), axis=1)
    if not len(table):
        raise SourceRefused(file=room.file, reason=tell("intake.refusal.dxf_empty"))
    return _Drawing(table, content.geometry, reply, notes)


def _find_encoding(path: Path, given: str | None) -> tuple[str | None, tuple[Problem, ...]]:
    """Return the encoding of a drawing's text, and a note where it is not what the drawing says.

    None is what a binary drawing says, which is always believed.
    """
    from ezdxf.tools.codepage import toencoding  # noqa: PLC0415 - it takes a drawing's time to load

    with path.open("rb") as source:
        head = source.read(_HEAD_BYTES)
    if given is not None:
        return find_encoding(given), ()
    if head.startswith(BINARY_DXF):
        return None, ()
    version, page = _VERSION.search(head), _CODE_PAGE.search(head)
    if version is not None and int(version[1]) >= _UTF8_FROM:
        declared = "utf-8"
    else:
        declared = "" if page is None else toencoding(page[1].decode("ascii", "replace"))
    sample = _gather_text(path)
    found = choose_encoding(sample, declared)
    if sample.isascii() or found == declared:
        return found, ()
    facts = {"encoding": found.upper(), "sample": sample_text(sample, found)}
    return found, (Problem("dxf_encoding", "warning", facts=facts),)


def _gather_text(path: Path) -> bytes:
    """Return the first lines of a drawing that are not ASCII."""
    lines: list[bytes] = []
    size = 0
    with path.open("rb") as source:
        while size < _SAMPLE_BYTES and (block := source.readlines(_BLOCK_BYTES)):
            foreign = [line.strip() for line in block if not line.isascii()]
            lines += foreign
            size += sum(map(len, foreign))
    return b"\n".join(lines)


# ---- choosing


def _choose(drawing: _Drawing, task: Task, room: Room) -> list[tuple[str, str | None, Mask]]:
    """Return name, kind and rows of each raw layer that the drawing becomes."""
    layers = drawing.table[LAYER]
    names = [str(name) for name in layers[~drawing.is_text].unique()]
    if task.wish.layer is not None:
        chosen = choose_layers(names, task, file=room.file)
        return [(names[at], kind, (layers == names[at]).to_numpy()) for at, kind in chosen]
    kinds = {name: name_kind(name, task.catalogue) for name in names}
    if task.kind is not None:
        named = [name for name in names if kinds[name] == task.kind]
        is_chosen = layers.isin(named).to_numpy() if named else np.ones(len(layers), dtype=bool)
        return [(", ".join(named) or task.stem, task.kind, is_chosen)]
    told: list[tuple[str, str | None, Mask]] = [
        (name, kind, (layers == name).to_numpy()) for name, kind in kinds.items() if kind
    ]
    everything = np.ones(len(layers), dtype=bool)
    return told or [(task.stem, name_kind(task.stem, task.catalogue), everything)]


def _make_layer(
    drawing: _Drawing, is_chosen: Mask, name: str, kind: str | None, room: Room, task: Task
) -> RawLayer:
    """Return the chosen rows whose geometries the kind takes, with their texts."""
    types = None if kind is None else set(task.catalogue[kind].geometry)
    is_chosen = is_chosen & ~drawing.is_text
    geometry = drawing.geometry.copy()
    if types is not None and "line" in types and "polygon" not in types:
        _open_closed_lines(geometry, drawing.table[ENTITY])
    is_wanted = is_chosen if types is None else is_chosen & _are_of(geometry, types)
    is_kept, repeated = _drop_hatches(geometry, is_wanted, drawing.table[ENTITY])
    if not is_kept.any():
        found = _tell_types(drawing.geometry[is_chosen], int(drawing.is_text.sum()))
        reason = tell("intake.refusal.dxf_types", found=found, wanted=_join_types(types or set()))
        raise SourceRefused(file=room.file, reason=reason)
    crs, notes = _find_crs(geometry[is_kept], task, room)
    table, unused = add_texts(
        drawing.table, geometry, is_kept, with_blocks="point" not in (types or ())
    )
    is_other = is_chosen & ~is_wanted
    if is_other.any() or unused:
        facts = {"types": _tell_types(geometry[is_other], unused)}
        notes.append(Problem("dxf_types_left_out", "warning", facts=facts))
    if repeated:
        notes.append(Problem("dxf_hatch_repeated", "warning", facts={"count": repeated}))
    return RawLayer(
        name=name,
        kind=kind,
        table=table,
        geometry=geometry[is_kept],
        is_told=np.zeros(int(is_kept.sum()), dtype=bool),
        crs=crs,
        rows=number_rows(len(drawing.table))[is_kept],
        problems=tuple(notes),
    )


def _are_of(geometry: NDArray[np.object_], types: set[GeometryType]) -> Mask:
    dimension = shapely.get_dimensions(geometry)
    wanted = [at for at, name in enumerate(_TYPES) if name in types]
    return np.isin(dimension, wanted)


def _open_closed_lines(geometry: NDArray[np.object_], entities: pd.Series) -> None:
    """Make lines of the faces that closed lines became, where lines are what is wanted."""
    is_face = shapely.get_type_id(geometry) == shapely.GeometryType.POLYGON
    is_line = is_face & entities.isin(_LINES_THAT_CLOSE).to_numpy()
    rings = shapely.get_exterior_ring(geometry[is_line])
    places, owners = shapely.get_coordinates(rings, return_index=True)
    geometry[is_line] = shapely.linestrings(places, indices=owners)


def _drop_hatches(
    geometry: NDArray[np.object_], is_wanted: Mask, entities: pd.Series
) -> tuple[Mask, int]:
    """Return the wanted rows without hatches that only fill a closed line; and their number."""
    is_hatch = is_wanted & entities.isin(_FILLED).to_numpy()
    is_outline = is_wanted & ~is_hatch & (shapely.get_dimensions(geometry) == 2)
    if not (is_hatch.any() and is_outline.any()):
        return is_wanted, 0
    outlines = set(_make_keys(geometry[is_outline]))
    is_same = np.zeros(len(geometry), dtype=bool)
    is_same[is_hatch] = [key in outlines for key in _make_keys(geometry[is_hatch])]
    return is_wanted & ~is_same, int(is_same.sum())


def _make_keys(geometry: NDArray[np.object_]) -> list[bytes]:
    rounded = shapely.transform(geometry, lambda places: np.round(places, _MILLIMETRES))
    keys: list[bytes] = shapely.to_wkb(shapely.normalize(rounded)).tolist()
    return keys


# ---- where it lies


def _find_crs(geometry: NDArray[np.object_], task: Task, room: Room) -> tuple[Any, list[Problem]]:
    """Return the system of the coordinates: what the user says, or the zone in the eastings."""
    if task.wish.crs is not None:
        return choose_crs(None, task.wish.crs, file=room.file), []
    places = shapely.get_coordinates(geometry)
    for axis in (0, 1):
        zones = np.unique(np.floor_divide(places[:, axis], 1e6))
        if len(zones) == 1 and zones[0] in _ZONES:
            zone = int(zones[0])
            crs = parse_crs(f"EPSG:{_EPSG_OF_ZONE_0 + zone}")
            facts = {"zone": zone, "crs": crs.name, "epsg": _EPSG_OF_ZONE_0 + zone}
            return crs, [Problem("dxf_zone", "warning", facts=facts)]
    raise CrsMissing(file=room.file)


# ---- what is told


def _list_notes(drawing: _Drawing) -> list[Problem]:
    """Return what is told of the drawing as a whole."""
    reply = drawing.reply
    notes = list(drawing.notes)
    for key, name in (("left_out", "dxf_entities_left_out"), ("unreadable", "dxf_unreadable")):
        if reply[key]:
            told = ", ".join(f"{kind} {count}" for kind, count in sorted(reply[key].items()))
            notes.append(Problem(name, "warning", facts={"types": told}))
    if reply["outside"]:
        facts = {"names": ", ".join(reply["outside"])}
        notes.append(Problem("dxf_outside", "warning", facts=facts))
    if reply["on_paper"]:
        notes.append(Problem("dxf_on_paper", "warning", facts={"count": reply["on_paper"]}))
    return notes


def _tell_types(geometry: NDArray[np.object_], texts: int) -> Text:
    """Return how many geometries of each type there are, and texts."""
    dimension = shapely.get_dimensions(geometry)
    counts = [*((name, int((dimension == at).sum())) for at, name in enumerate(_TYPES))]
    return _join([(name, f" {count}") for name, count in [*counts, ("text", texts)] if count])


def _join_types(types: set[GeometryType]) -> Text:
    return _join([(name, "") for name in _TYPES if name in types])


def _join(told: list[tuple[str, str]]) -> Text:
    """Return the names of geometries, each with what stands behind it."""
    words = [(tell(f"intake.geometry.{name}"), behind) for name, behind in told]
    return Text(
        zh="、".join(word.zh + behind for word, behind in words),
        en=", ".join(word.en + behind for word, behind in words),
    )
