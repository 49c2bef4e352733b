"""GeoParquet into a raw layer, read behind the wall (`parquet_child`)."""

from __future__ import annotations

from pathlib import Path

from geo_rv.intake.candidate import Problem
from geo_rv.intake.contents import Layers, join_names, make_layer
from geo_rv.intake.match import choose_layers
from geo_rv.intake.wall.gdal_door import BEHIND, Room, ask_child, load_contents
from geo_rv.intake.wish import Task

_MEANT_CRS = "OGC:CRS84"
# Arrow's own pools reserve more address space than they use
_ENVIRONMENT = {"ARROW_DEFAULT_MEMORY_POOL": "system", "OMP_NUM_THREADS": "1"}


def read_parquet(path: Path, room: Room, task: Task) -> Layers:
    """Return the one layer of the GeoParquet file `path`, which lies in `room`."""
    ((_, kind),) = choose_layers([task.stem], task, file=room.file)
    reply = ask_child(
        room, {"file": path.name}, environment=_ENVIRONMENT, child=BEHIND / "parquet_child.py"
    )
    (content,) = load_contents(room, reply)
    default = _MEANT_CRS if content.crs == "" else None
    layer = make_layer(content, task.stem, kind, room, task, default=default)
    if reply["skipped"]:
        facts = {"names": join_names(reply["skipped"]), "count": len(reply["skipped"])}
        layer = layer.with_problems([Problem("columns_nested", "warning", facts=facts)])
    return (layer,)
