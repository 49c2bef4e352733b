"""GPX into raw layers: tracks and routes as lines, waypoints as points, WGS 84 by definition."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from geo_rv.catalogue import GeometryType
from geo_rv.errors import UnknownSourceLayer
from geo_rv.formats.gpx import LONE_POINTS, ROUTES, TRACKS, WAYPOINTS, WRONG_POINT
from geo_rv.intake.candidate import Problem, list_problems
from geo_rv.intake.contents import make_layer
from geo_rv.intake.headings import fold
from geo_rv.intake.match import choose_layers
from geo_rv.intake.raw import RawLayer
from geo_rv.intake.readers.xml_text import Reply, read_xml
from geo_rv.intake.wall.gdal_door import Content, Room
from geo_rv.intake.wish import Task
from geo_rv.messages import Names, Text, tell

_CRS = "EPSG:4326"
_TYPES: Mapping[str, GeometryType] = {TRACKS: "line", ROUTES: "line", WAYPOINTS: "point"}

Layers = tuple[RawLayer, ...]


def read_gpx(path: Path, room: Room, task: Task) -> Layers:
    """Return the tracks, routes or waypoints of a GPX file, whichever its layer takes.

    The user may name one of them. Raises UnknownSourceLayer or another SourceError.
    """
    read = read_xml("gpx", [path], room, encoding=task.wish.encoding)
    named = dataclasses.replace(task, wish=dataclasses.replace(task.wish, layer=None))
    ((_, kind),) = choose_layers([task.stem], named, file=room.file)
    layers = {
        about["name"]: _make_gpx_layer(content, about, kind, room, task) for content, about in read
    }
    filled = {name: layer for name, layer in layers.items() if len(layer.rows)}
    if not filled:
        return tuple(layers.values())
    chosen = _choose_types(list(filled), kind, room, task)
    taken = [filled[name] for name in chosen]
    left_out = {name: len(layer.rows) for name, layer in filled.items() if name not in chosen}
    taken[0] = taken[0].with_problems(_tell_left_out(left_out))
    return tuple(taken)


def _choose_types(names: list[str], kind: str | None, room: Room, task: Task) -> list[str]:
    """Return which of `names` are taken: the one that the user names, else those that fit."""
    if task.wish.layer is not None:
        wanted = [name for name in names if fold(task.wish.layer) in _list_titles(name)]
        if not wanted:
            layers = Names(names)
            raise UnknownSourceLayer(file=room.file, layer=task.wish.layer, layers=layers)
        return wanted
    if kind is None:
        return names
    fitting = [name for name in names if _TYPES[name] in task.catalogue[kind].geometry]
    # where nothing fits, the check of each row tells what the layer takes
    return fitting or names


def _list_titles(name: str) -> set[str]:
    title = tell(f"intake.gpx_part.{name}")
    return {fold(name), fold(title.zh), fold(title.en)}


def _make_gpx_layer(
    content: Content, about: Reply, kind: str | None, room: Room, task: Task
) -> RawLayer:
    table = content.table
    own = table.drop(columns=[WRONG_POINT, LONE_POINTS], errors="ignore")
    content = dataclasses.replace(content, table=own)
    layer = make_layer(content, about["name"], kind, room, task, default=_CRS)
    wrong, lone = (_take_column(table, name) for name in (WRONG_POINT, LONE_POINTS))
    is_wrong, has_lone = wrong.notna().to_numpy(), lone.notna().to_numpy()
    problems = [
        *list_problems(is_wrong, layer.rows, "coordinates_unreadable", value=wrong[is_wrong]),
        *list_problems(
            has_lone, layer.rows, "lone_points", severity="warning", count=lone[has_lone]
        ),
    ]
    if about["heights"]:
        problems.append(Problem("made_flat", "warning", facts={"count": about["heights"]}))
    return dataclasses.replace(
        layer, is_told=layer.is_told | is_wrong, problems=(*layer.problems, *problems)
    )


def _take_column(table: pd.DataFrame, name: str) -> pd.Series:
    if name in table:
        return table[name].astype(object)
    return pd.Series(None, index=table.index, dtype=object)


def _tell_left_out(counts: Mapping[str, int]) -> list[Problem]:
    if not counts:
        return []
    parts = [(tell(f"intake.gpx_part.{name}"), count) for name, count in counts.items()]
    names = Text(
        "、".join(f"{part.zh} {count} 条" for part, count in parts),
        ", ".join(f"{count} {part.en}" for part, count in parts),
    )
    return [Problem("left_out", "warning", facts={"names": names, "count": sum(counts.values())})]
