"""Read a stranger's DXF drawing, behind the wall: a process of its own (see `gdal_child`).

It is run by its path and imports nothing of geo_rv. ezdxf parses the drawing and `dxf_shapes`
turns its entities into geometries; nothing that it refers to outside (drawings, pictures, fonts)
is opened, and no extended data are looked at.
"""

from __future__ import annotations

import gc
import importlib.util
import math
import runpy
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_WALL = runpy.run_path(str(Path(__file__).with_name("gdal_child.py")))
Refused, GEOMETRY = _WALL["Refused"], _WALL["GEOMETRY"]

COLUMNS = ("CAD图层", "CAD对象", "CAD图块", "CAD文字", "CAD句柄")
"""The headings of layer, entity type, block, text and handle: like no field of any layer."""
_ZERO = "0"
"""The layer whose things, in a block, lie on the layer that the block is put on."""


class Rows:
    """The rows of a drawing as they are found, bounded in number."""

    def __init__(self, limits: dict[str, Any]) -> None:
        self.limits = limits
        self.values: list[tuple[str, ...]] = []
        self.shapes: list[Any] = []
        self.tags: list[dict[str, str]] = []
        self.vertices = 0
        self.left_out: Counter[str] = Counter()
        self.unreadable: Counter[str] = Counter()

    def add(self, values: tuple[str, ...], shape: Any, vertices: int, tags: dict[str, str]) -> None:
        """Take a row in; `values` are those of COLUMNS, `tags` its block attributes."""
        self.vertices += vertices
        if self.vertices > self.limits["vertices"]:
            raise Refused("vertices", most=self.limits["vertices"])
        if len(self.values) >= self.limits["rows"]:
            raise Refused("rows", most=self.limits["rows"])
        self.values.append(values)
        self.shapes.append(shape)
        self.tags.append(tags)


def count_entities(blocks: Any, layout: Any, limits: dict[str, Any]) -> int:
    """Return how many entities `layout` has with all blocks that are put into it.

    Refuses blocks that hold themselves, and those that lie too deep in each other.
    """
    counted: dict[str, int] = {}

    def count(entities: Any, depth: int, above: tuple[str, ...]) -> int:
        if depth > limits["drawing_depth"]:
            raise Refused("dxf_depth", most=limits["drawing_depth"])
        total = 0
        for entity in entities:
            total += 1
            if entity.dxftype() != "INSERT":
                continue
            name = entity.dxf.get("name", "").casefold()
            if name in above:
                raise Refused("dxf_cycle", block=entity.dxf.name)
            block = blocks.get(name)
            if block is None:
                continue
            if name not in counted:
                counted[name] = count(block, depth + 1, (*above, name))
            total += max(1, entity.mcount) * counted[name]
        return total

    return count(layout, 0, ())


class Drawing:
    """A drawing whose model space is taken apart into rows."""

    def __init__(self, document: Any, shapes: Any, limits: dict[str, Any]) -> None:
        self.blocks = document.blocks
        self.shapes = shapes
        self.rows = Rows(limits)
        self.outside: list[str] = []
        layout = document.modelspace()
        if count_entities(self.blocks, layout, limits) > limits["rows"]:
            raise Refused("rows", most=limits["rows"])
        for entity in layout:
            self.take(entity, entity.dxf.get("layer", _ZERO), "", entity.dxf.get("handle") or "")

    def take(self, entity: Any, layer: str, block: str, handle: str) -> None:
        """Take in one entity, which lies on `layer` and, where it does, in `block`."""
        kind = entity.dxftype()
        try:
            if kind == "INSERT":
                self.take_block(entity, layer, handle)
            elif kind in ("TEXT", "MTEXT"):
                shape = place_text(entity, self.shapes)
                self.add((layer, kind, block, read_text(entity), handle), shape)
            else:
                self.add((layer, kind, block, "", handle), self.shapes.make_shape(entity))
        except (Refused, MemoryError):
            raise
        except self.shapes.LeftOut:
            self.rows.left_out[kind] += 1
        except Exception:  # noqa: BLE001 - whatever is wrong with one entity, the others are read
            self.rows.unreadable[kind] += 1

    def take_block(self, insert: Any, layer: str, handle: str) -> None:
        """Take in where a block is put, with its attributes, and then what it holds."""
        for placed in insert.multi_insert() if insert.mcount > 1 else (insert,):
            place = placed.ocs().to_wcs(placed.dxf.insert)
            tags = {attribute.dxf.tag: read_text(attribute) for attribute in placed.attribs}
            name = placed.dxf.name
            point = self.shapes.make_point(place.x, place.y)
            self.add((layer, "INSERT", name, "", handle), point, tags)
            definition = self.blocks.get(name)
            if definition is None:
                continue
            if definition.block is not None and definition.block.is_xref:
                self.outside.append(name)
                continue
            for entity in self.open_block(placed):
                if entity.dxftype() == "POINT" and entity.dxf.location.isclose(place, abs_tol=1e-3):
                    continue  # the point of a symbol is where the symbol is
                own = entity.dxf.get("layer", _ZERO)
                self.take(entity, layer if own == _ZERO else own, name, handle)

    def open_block(self, insert: Any) -> Iterator[Any]:
        """Return what the block holds, where it is put."""

        def note(entity: Any, _: str) -> None:
            self.rows.left_out[entity.dxftype()] += 1

        for entity in insert.virtual_entities(skipped_entity_callback=note):
            if entity.dxftype() != "ATTDEF":
                yield entity

    def add(self, values: tuple[str, ...], shape: Any, tags: dict[str, str] | None = None) -> None:
        """Take a row in."""
        cleaned = tuple(clean(value) for value in values)
        tags = {clean(tag): value for tag, value in (tags or {}).items()}
        self.rows.add(cleaned, shape, self.shapes.count_vertices(shape), tags)


def read_drawing(folder: Path, request: dict[str, Any]) -> dict[str, Any]:
    """Read the request's file into an Arrow file, and return what it says beside.

    `encoding` of the request is that of its text, or None where ezdxf is to find it.
    """
    # the limits must be in force before libraries start
    from ezdxf.filemanagement import readfile  # noqa: PLC0415 - as said
    from ezdxf.lldxf.const import DXFVersionError  # noqa: PLC0415 - as said

    shapes = load_shapes()
    # a drawing is millions of objects that all stay: looking through them again and again is lost
    gc.disable()
    try:
        document = readfile(folder / request["file"], encoding=request["encoding"])
    except DXFVersionError as error:
        raise Refused("dxf_version") from error
    gc.freeze()
    gc.enable()
    drawing = Drawing(document, shapes, request["limits"])
    names = write_rows(drawing.rows, folder / "drawing.arrow")
    papers = [layout for layout in document.layouts if not layout.is_modelspace]
    return {
        "layers": [{"file": "drawing.arrow", "columns": names, "crs": None, "warnings": []}],
        "left_out": dict(drawing.rows.left_out),
        "unreadable": dict(drawing.rows.unreadable),
        "outside": sorted(set(drawing.outside)),
        "on_paper": sum(entity.dxftype() != "VIEWPORT" for layout in papers for entity in layout),
    }


def write_rows(rows: Rows, target: Path) -> list[str]:
    """Write the rows as an Arrow file; return the names of its columns."""
    import pyarrow as pa  # noqa: PLC0415 - as said
    import shapely  # noqa: PLC0415 - as said

    tags = list(dict.fromkeys(tag for given in rows.tags for tag in given))
    names = [*COLUMNS, *tags]
    if len(names) > rows.limits["columns"]:
        raise Refused("columns", most=rows.limits["columns"])
    columns = [
        pa.array([value[at] or None for value in rows.values], pa.string())
        for at in range(len(COLUMNS))
    ]
    columns += [pa.array([given.get(tag) for given in rows.tags], pa.string()) for tag in tags]
    columns.append(pa.array(shapely.to_wkb(rows.shapes), pa.binary()))
    table = pa.table(columns, names=[*map(str, range(len(names))), GEOMETRY])
    with pa.OSFile(str(target), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
        writer.write_table(table)
    return names


def place_text(entity: Any, shapes: Any) -> Any:
    """Return the point about where the middle of a TEXT or MTEXT is.

    The width of a line is estimated: a Chinese character is as wide as it is high, others 0.6
    of that.
    """
    is_block = entity.dxftype() == "MTEXT"
    height = entity.dxf.char_height if is_block else entity.dxf.height
    lines = read_text(entity).split("\n")
    wide = max(sum(0.6 if sign.isascii() else 1.0 for sign in line) for line in lines) * height
    if is_block:
        column, row = (entity.dxf.attachment_point - 1) % 3, (entity.dxf.attachment_point - 1) // 3
        across, up = (1 - column) * wide / 2, (row - 1) * height * len(lines) * 5 / 6
        start, angle = entity.dxf.insert, math.radians(entity.get_rotation())
    else:
        across = {0: 0.5, 2: -0.5}.get(entity.dxf.halign, 0.0) * wide * entity.dxf.width
        is_middle = entity.dxf.halign == 4 or entity.dxf.valign == 2
        up = 0.0 if is_middle else height * (-0.5 if entity.dxf.valign == 3 else 0.5)
        is_placed = entity.dxf.halign or entity.dxf.valign
        start = entity.dxf.get("align_point", entity.dxf.insert) if is_placed else entity.dxf.insert
        angle = math.radians(entity.dxf.rotation)
    x = start.x + across * math.cos(angle) - up * math.sin(angle)
    y = start.y + across * math.sin(angle) + up * math.cos(angle)
    return shapes.make_point(x, y) if is_block else shapes.place_point(entity, x, y, start.z)


def read_text(entity: Any) -> str:
    """Return the words of a TEXT, MTEXT or ATTRIB, without its codes for how they look."""
    return clean(entity.plain_text()).strip()


def clean(text: str) -> str:
    """Return `text` without the halves of characters that an encoding could not read."""
    return text.encode("utf-8", "replace").decode("utf-8")


def load_shapes() -> Any:
    """Return the module `dxf_shapes`, which lies beside this file."""
    path = Path(__file__).with_name("dxf_shapes.py")
    spec = importlib.util.spec_from_file_location("dxf_shapes", path)
    assert spec is not None  # noqa: S101 - it is a file of ours
    assert spec.loader is not None  # noqa: S101 - as said
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    _WALL["answer_request"](read_drawing)
