"""KML, KMZ and 奥维's .ovkml and .ovkmz into raw layers; degrees with the datum that rows state.

A file is one layer, whose columns tell the folders; where folders are named like layer kinds
(坟墓, 道路), each of those is a layer of its own. Mixed types of geometry stay together: the check
of the layer tells row by row what it does not take.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray

from geo_rv.errors import SourceRefused, UnknownLayer
from geo_rv.formats.kml import FOLDER
from geo_rv.intake.archives.archive import Archive
from geo_rv.intake.candidate import Problem, list_problems
from geo_rv.intake.contents import make_layer, note_left_out
from geo_rv.intake.headings import fold
from geo_rv.intake.match import choose_layers, find_kind
from geo_rv.intake.place.datum_column import read_datums
from geo_rv.intake.raw import RawLayer
from geo_rv.intake.readers.xml_text import Reply, read_xml
from geo_rv.intake.sniff import KML_SUFFIXES
from geo_rv.intake.wall.gdal_door import Content, Room
from geo_rv.intake.wish import Task
from geo_rv.messages import Text, tell

_OVITAL_SUFFIXES = frozenset({".ovkml", ".ovkmz"})
_CRS = "EPSG:4326"

Layers = tuple[RawLayer, ...]


def read_kml(path: Path, room: Room, task: Task) -> Layers:
    """Return the chosen layers of a KML file."""
    return _read_documents({task.stem: path}, room, task)


def read_kmz(path: Path, room: Room, task: Task) -> Layers:
    """Return the chosen layers of every KML file in an archive; what else is in it is not read."""
    archive = Archive(path, file=room.file, limits=room.limits)
    entries = [entry for entry in archive.entries if entry.name.casefold().endswith(KML_SUFFIXES)]
    if not entries:
        raise SourceRefused(file=room.file, reason=tell("intake.refusal.no_kml"))
    documents = {}
    for number, entry in enumerate(entries, 1):
        target = room.folder / f"entry{number}.kml"
        archive.unpack(entry, target)
        # the only one, mostly doc.kml, goes by the name of the archive
        name = task.stem if len(entries) == 1 else str(PurePosixPath(entry.name).with_suffix(""))
        documents[name if name not in documents else entry.name] = target
    return _read_documents(documents, room, task)


def _read_documents(documents: Mapping[str, Path], room: Room, task: Task) -> Layers:
    """Return the chosen layers of KML files in `room`, by the names that they go by."""
    read = read_xml("kml", list(documents.values()), room, encoding=task.wish.encoding)
    notes = [note for _, about in read for note in _tell_left_out(about)]
    layers: list[RawLayer] = []
    for name, (content, about) in zip(documents, read, strict=True):
        layers += _split_folders(_make_kml_layer(content, about, name, room, task), task)
    filled = [layer for layer in layers if len(layer.rows)]
    if not filled and notes:
        reason = tell("intake.refusal.kml_nothing", names=notes[0].facts["names"])
        raise SourceRefused(file=room.file, reason=reason)
    filled = filled or layers
    chosen = choose_layers([layer.name for layer in filled], task, file=room.file)
    taken = [dataclasses.replace(filled[at], kind=kind) for at, kind in chosen]
    taken[0] = taken[0].with_problems(notes)
    places = {at for at, _ in chosen}
    left_out = [layer.name for at, layer in enumerate(filled) if at not in places]
    return note_left_out(tuple(taken), left_out, task)


def _make_kml_layer(content: Content, about: Reply, name: str, room: Room, task: Task) -> RawLayer:
    """Return the placemarks of one file, each with the datum that it states."""
    stated, wrong = (content.table.iloc[:, at].astype(object) for at in (-2, -1))
    attributes = content.table.iloc[:, :-2].dropna(axis=1, how="all")
    layer = make_layer(
        dataclasses.replace(content, table=attributes), name, None, room, task, default=_CRS
    )
    datums, problems = read_datums(stated.where(stated.notna() & (stated != ""), None), layer.rows)
    is_wrong = wrong.notna().to_numpy()
    problems += list_problems(is_wrong, layer.rows, "coordinates_unreadable", value=wrong[is_wrong])
    if about["heights"]:
        problems.append(Problem("made_flat", "warning", facts={"count": about["heights"]}))
    is_ovital = about["is_ovital"] or PurePosixPath(room.file).suffix.casefold() in _OVITAL_SUFFIXES
    return dataclasses.replace(
        layer,
        datums=datums,
        is_told=layer.is_told | is_wrong,
        problems=(*layer.problems, *problems),
        format="ovkml" if is_ovital else "",
    )


def _split_folders(layer: RawLayer, task: Task) -> list[RawLayer]:
    """Return a layer for each kind of which there are folders, or that the user names; the rest."""
    if FOLDER not in layer.table:
        return [layer]
    paths = layer.table[FOLDER].astype(object)
    groups = {path: _find_group(path, task) for path in paths.dropna().unique()}
    named = paths.map(groups).to_numpy(dtype=object)
    names = list(dict.fromkeys(name for name in groups.values() if name))
    if not names:
        return [layer]
    return [
        *(_take_rows(layer, named == name, name) for name in names),
        _take_rows(layer, ~np.isin(named.astype(str), names), layer.name),
    ]


def _find_group(path: str, task: Task) -> str:
    """Return the folder of `path` that is named like a layer kind, or as the user says, if any."""
    for folder in path.split("/"):
        if task.wish.layer is not None:
            if fold(folder) == fold(task.wish.layer):
                return folder
        elif _means_kind(folder, task):
            return folder
    return ""


def _means_kind(name: str, task: Task) -> bool:
    try:
        find_kind(name, task.catalogue)
    except UnknownLayer:
        return False
    return True


def _take_rows(layer: RawLayer, is_taken: NDArray[np.bool_], name: str) -> RawLayer:
    """Return some rows of `layer` as a layer `name`; they keep their numbers."""
    rows = layer.rows[is_taken]
    known = {None, *rows.tolist()}
    return dataclasses.replace(
        layer,
        name=name,
        table=layer.table[is_taken].reset_index(drop=True),
        geometry=layer.geometry[is_taken],
        is_told=layer.is_told[is_taken],
        rows=rows,
        problems=tuple(problem for problem in layer.problems if problem.row in known),
        datums=None if layer.datums is None else layer.datums[is_taken].reset_index(drop=True),
    )


def _tell_left_out(about: Reply) -> list[Problem]:
    """Return a note of what was counted and not read, such as links to other files."""
    counted = about["left_out"]
    if not counted:
        return []
    parts = [(tell(f"intake.kml_part.{name}"), count) for name, count in counted.items()]
    names = Text(
        "、".join(f"{part.zh} {count} 个" for part, count in parts),
        ", ".join(f"{count} {part.en}" for part, count in parts),
    )
    return [Problem("kml_left_out", "warning", facts={"names": names})]
