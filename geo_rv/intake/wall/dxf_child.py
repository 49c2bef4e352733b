"""Read a stranger's DXF drawing, behind the wall: a process of its own (see `gdal_child`).

It is run by its path and imports nothing of geo_rv. ezdxf parses the drawing (`dxf_stream`) and
`dxf_shapes` turns its entities into geometries; nothing that it refers to outside (drawings,
pictures, fonts) is opened, and no extended data are looked at.
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
        self.shapes: list[bytes] = []
        self.tags: dict[int, dict[str, str]] = {}
        self.vertices = 0
        self.left_out: Counter[str] = Counter()
        self.unreadable: Counter[str] = Counter()

    def add(
        self, values: tuple[str, ...], shape: bytes, vertices: int, tags: dict[str, str]
    ) -> None:
        """Take a row in; `values` are those of COLUMNS, `tags` its block attributes."""
        self.vertices += vertices
        if self.vertices > self.limits["vertices"]:
            raise Refused("vertices", most=self.limits["vertices"])
        if len(self.values) >= self.limits["rows"]:
            raise Refused("rows", most=self.limits["rows"])
        if tags:
            self.tags[len(self.values)] = tags
        # most say the same, and are kept once
        self.values.append(tuple(map(sys.intern, values)))
        self.shapes.append(shape)


class Blocks:
    """How much a drawing's blocks hold, with all blocks that are put into them."""

    def __init__(self, blocks: Any, most_levels: int) -> None:
        self.blocks = blocks
        self.most_levels = most_levels
        self.weights: dict[str, tuple[int, int]] = {}

    def weigh(self, entity: Any, above: tuple[str, ...] = ()) -> tuple[int, int]:
        """Return how many entities there are with `entity`, and how many blocks deep they lie.

        Refuses blocks that hold themselves, and those that lie too deep in each other.
        """
        if entity.dxftype() != "INSERT":
            return 1, 0
        name = entity.dxf.get("name", "").casefold()
        if name in above:
            raise Refused("dxf_cycle", block=entity.dxf.name)
        block = self.blocks.get(name)
        if block is None:
            return 1, 0
        if len(above) >= self.most_levels:
            raise Refused("dxf_depth", most=self.most_levels)
        if name not in self.weights:
            held = [self.weigh(each, (*above, name)) for each in block]
            count = sum(each for each, _ in held)
            self.weights[name] = count, 1 + max((levels for _, levels in held), default=0)
        count, levels = self.weights[name]
        if len(above) + levels > self.most_levels:
            raise Refused("dxf_depth", most=self.most_levels)
        return 1 + max(1, entity.mcount) * count, levels


class Drawing:
    """A drawing whose model space is taken apart into rows."""

    def __init__(self, entities: Any, shapes: Any, limits: dict[str, Any]) -> None:
        self.blocks = entities.document.blocks
        self.shapes = shapes
        self.rows = Rows(limits)
        self.outside: list[str] = []
        blocks = Blocks(self.blocks, limits["drawing_depth"])
        count = 0
        for entity in entities:
            count += blocks.weigh(entity)[0]
            if count > limits["rows"]:
                raise Refused("rows", most=limits["rows"])
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
        vertices = self.shapes.count_vertices(shape)
        # which takes less than half of the room
        self.rows.add(cleaned, shape.wkb, vertices, tags)


def read_drawing(folder: Path, request: dict[str, Any]) -> dict[str, Any]:
    """Read the request's file into an Arrow file, and return what it says beside.

    `encoding` of the request is that of its text, or None where ezdxf is to find it.
    """
    # the limits must be in force before libraries start
    from ezdxf.lldxf.const import DXFVersionError  # noqa: PLC0415 - as said

    shapes, stream = load_module("dxf_shapes"), load_module("dxf_stream")
    # its blocks are many objects that all stay: looking through them again and again is lost
    gc.disable()
    try:
        entities = stream.Entities(folder / request["file"], request["encoding"])
    except DXFVersionError as error:
        raise Refused("dxf_version") from error
    gc.freeze()
    gc.enable()
    drawing = Drawing(entities, shapes, request["limits"])
    names = write_rows(drawing.rows, folder / "drawing.arrow")
    return {
        "layers": [{"file": "drawing.arrow", "columns": names, "crs": None, "warnings": []}],
        "left_out": dict(drawing.rows.left_out),
        "unreadable": dict(drawing.rows.unreadable),
        "outside": sorted(set(drawing.outside)),
        "on_paper": entities.on_paper,
    }


def write_rows(rows: Rows, target: Path) -> list[str]:
    """Write the rows as an Arrow file; return the names of its columns."""
    import pyarrow as pa  # noqa: PLC0415 - as said

    tags = list(dict.fromkeys(tag for given in rows.tags.values() for tag in given))
    names = [*COLUMNS, *tags]
    if len(names) > rows.limits["columns"]:
        raise Refused("columns", most=rows.limits["columns"])
    columns = [
        pa.array([value[at] or None for value in rows.values], pa.string())
        for at in range(len(COLUMNS))
    ]
    given = [rows.tags.get(row, {}) for row in range(len(rows.values))]
    columns += [pa.array([own.get(tag) for own in given], pa.string()) for tag in tags]
    columns.append(pa.array(rows.shapes, pa.binary()))
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


def load_module(name: str) -> Any:
    """Return the module `name`, which lies beside this file."""
    path = Path(__file__).with_name(f"{name}.py")
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None  # noqa: S101 - it is a file of ours
    assert spec.loader is not None  # noqa: S101 - as said
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    _WALL["answer_request"](read_drawing)
