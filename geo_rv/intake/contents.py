"""What a driver or a child process read, as raw layers; and what of a file was left out."""

from __future__ import annotations

from collections.abc import Iterable

from geo_rv.catalogue import Catalogue
from geo_rv.errors import UnknownLayer
from geo_rv.intake.candidate import Problem, list_problems
from geo_rv.intake.match import find_kind
from geo_rv.intake.place.reference import choose_crs, tell_parameters
from geo_rv.intake.raw import RawLayer, name_columns, number_rows
from geo_rv.intake.wall.gdal_door import Content, Room
from geo_rv.intake.wish import Task

_SHOWN_NAMES = 8

Layers = tuple[RawLayer, ...]


def make_layer(
    content: Content,
    name: str,
    kind: str | None,
    room: Room,
    task: Task,
    *,
    default: str | None = None,
) -> RawLayer:
    """Return `content` as the layer `name`, in the file's own system, or the user's, or `default`.

    Raises what `choose_crs` raises.
    """
    parameters = task.wish.parameters
    crs = choose_crs(
        content.crs, task.wish.crs, file=room.file, default=default, parameters=parameters
    )
    rows = number_rows(len(content.table))
    notes = [
        Problem("reader_says", "warning", facts={"message": message})
        for message in content.warnings
    ]
    if content.curves:
        notes.append(Problem("curves_drawn", "warning", facts={"count": content.curves}))
    return RawLayer(
        name=name,
        kind=kind,
        table=content.table.set_axis(name_columns(content.table.columns), axis=1),
        geometry=content.geometry,
        is_told=content.is_unreadable,
        crs=crs,
        rows=rows,
        problems=(
            *notes,
            *tell_parameters(crs, parameters),
            *list_problems(content.is_unreadable, rows, "geometry_unreadable"),
            *list_problems(content.is_closed_now, rows, "ring_closed", severity="repair"),
        ),
    )


def note_left_out(layers: Layers, names: Iterable[str], task: Task) -> Layers:
    """Say in the first layer what else is in the file, unless one layer was asked for."""
    left_out = list(names)
    if not left_out or task.kind is not None or task.wish.layer is not None:
        return layers
    note = Problem(
        "left_out", "warning", facts={"names": join_names(left_out), "count": len(left_out)}
    )
    return (layers[0].with_problems([note]), *layers[1:])


def join_names(names: Iterable[str]) -> str:
    """Return the first of `names`, and a sign where there are more."""
    shown = list(names)
    return ", ".join(shown[:_SHOWN_NAMES]) + (" …" if len(shown) > _SHOWN_NAMES else "")


def name_kind(name: str, catalogue: Catalogue) -> str | None:
    """Return the layer kind that the name of a layer or a file is, or is the title of."""
    try:
        return find_kind(name, catalogue)
    except UnknownLayer:
        return None
