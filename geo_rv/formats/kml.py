"""KML as people really have it: Google's, OGC's, and 奥维's with its datum for each placemark.

Elements are known by their local names, whatever their namespace (KML 2.0 to 2.3, Google's, none).
Read are placemarks with Point, LineString, LinearRing, Polygon, MultiGeometry, gx:Track and
gx:MultiTrack, their texts, times, extended data and folders. Styles, views and visibility are how
a map looks, and are not read; overlays, models and network links are counted, so that they can be
told. Nothing that a file names is ever opened.

奥维's own elements begin with "Ov": OvCoordType says which datum the coordinates of a placemark,
or of all in a folder or document, are in (see the samples of github CDJWD/ovKmlToKML, MIT).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property, partial

import numpy as np
import numpy.typing as npt

from geo_rv.formats.elements import Attributes, ElementReader, FileRefused
from geo_rv.formats.features import (
    POLYGON,
    Bounds,
    FeatureTable,
    Part,
    make_line,
    make_point,
    make_polygon,
)
from geo_rv.formats.markup import strip_markup
from geo_rv.formats.tuples import TupleUnreadable, read_tuples

# Chinese headings, as staff read them; English ones are too like names of fields (folder, holder)
NAME, REMARK, DESCRIPTION, FOLDER = "name", "备注", "描述", "文件夹"
DATUM, WRONG_TUPLE = "datum", "wrong_tuple"
"""With FOLDER the last columns of what is read, in this order: the datum that is stated for a
placemark's coordinates, and the tuple among them that cannot be read."""

_CONTAINERS = frozenset({"Document", "Folder"})
_LEAVES = frozenset({"Point", "LineString", "LinearRing"})
_GEOMETRIES = _LEAVES | {"Polygon", "MultiGeometry", "Track", "MultiTrack"}
_LEFT_OUT = frozenset(
    {"NetworkLink", "GroundOverlay", "ScreenOverlay", "PhotoOverlay", "Tour", "Model"}
)
_TEXTS = {
    "name": NAME,
    "description": DESCRIPTION,
    "address": "地址",
    "phoneNumber": "电话",
}
_TIMES = {
    ("TimeStamp", "when"): "时间",
    ("TimeSpan", "begin"): "开始时间",
    ("TimeSpan", "end"): "结束时间",
}
_OVITAL = "Ov"
_COORD_TYPE = "OvCoordType"
_SHORTEST_RING = 4
_LONGEST_PATH = 300
"""Characters; what stands in every row must not grow with the file."""

_Places = npt.NDArray[np.float64]


@dataclass
class _Container:
    """A document or folder; its name may come after what is in it."""

    parent: _Container | None
    is_folder: bool
    name: str = ""
    datum: str = ""

    @cached_property
    def stated_datum(self) -> str:
        """The datum that holds in it, "" where none is stated."""
        return self.datum or (self.parent.stated_datum if self.parent else "")

    @cached_property
    def folders(self) -> str:
        """The names of the folders down to it."""
        above = self.parent.folders if self.parent else ""
        names = (above, self.name if self.is_folder else "")
        return "/".join(filter(None, names))[:_LONGEST_PATH]


@dataclass
class _Shape:
    """A geometry that is being read."""

    name: str
    parts: list[Part] = field(default_factory=list)
    places: list[_Places] = field(default_factory=list)
    fixes: list[str] = field(default_factory=list)
    """Of a track: the texts of its places."""
    shells: list[_Places] = field(default_factory=list)
    holes: list[_Places] = field(default_factory=list)


@dataclass
class _Placemark:
    """A placemark that is being read, or has been."""

    level: int
    container: _Container | None
    values: dict[str, str] = field(default_factory=dict)
    parts: list[Part] = field(default_factory=list)
    datum: str = ""
    wrong_tuple: str = ""
    has_height: bool = False


class KmlReader(ElementReader):
    """Reads one KML file, and counts what it leaves out."""

    def __init__(self, bounds: Bounds) -> None:
        super().__init__(most_levels=bounds.levels)
        self.left_out: Counter[str] = Counter()
        self.is_ovital = False
        """Whether anything in the file is of 奥维's own making."""
        self.heights = 0
        """How many placemarks have altitudes."""
        self._features = FeatureTable(bounds)
        self._about: list[tuple[_Container | None, str, str]] = []
        self._vertices = 0
        self._containers: list[_Container] = []
        self._placemark: _Placemark | None = None
        self._shapes: list[_Shape] = []
        # KML 2.0 and 2.1 let a schema name placemarks and their fields as it liked
        self._placemark_names = {"Placemark"}
        self._old_fields: set[str] = set()
        self._data_name = ""

    def finish(self) -> FeatureTable:
        """Return the features, once the file is read, with FOLDER, DATUM and WRONG_TUPLE added."""
        columns = self._features.columns
        for name in (FOLDER, DATUM, WRONG_TUPLE):
            if name in columns:
                columns[f"{name}#2"] = columns.pop(name)
        columns |= {
            FOLDER: [(of.folders if of else "") or None for of, _, _ in self._about],
            DATUM: [datum or (of.stated_datum if of else "") for of, datum, _ in self._about],
            WRONG_TUPLE: [wrong or None for _, _, wrong in self._about],
        }
        return self._features

    def open_element(self, name: str, attributes: Attributes) -> None:
        """Take note of an element, by where it stands."""
        if name.startswith(_OVITAL) and name[2:3].isupper():
            self.is_ovital = True
        elif name in _LEFT_OUT:
            self.left_out[name] += 1
        if self._placemark is None:
            self._open_outside(name, attributes)
        elif name in _GEOMETRIES:
            self._shapes.append(_Shape(name))
        else:
            self._open_inside(self._placemark, name, attributes)

    def close_element(self, name: str) -> None:
        """Take what an element held."""
        placemark = self._placemark
        if placemark is None:
            if name in _CONTAINERS:
                self._containers.pop()
        elif len(self.path) == placemark.level:
            self._placemark = None
            self._add(placemark)
        elif name in _GEOMETRIES:
            self._close_geometry(placemark, self._shapes.pop())

    def _open_outside(self, name: str, attributes: Attributes) -> None:
        container = self._containers[-1] if self._containers else None
        parent = self.path[-2] if len(self.path) > 1 else ""
        if name in self._placemark_names:
            self._placemark = _Placemark(len(self.path), container)
            if "id" in attributes:
                self._placemark.values["kml_id"] = attributes["id"]
        elif name in _CONTAINERS:
            # the document right below the root is the file itself
            self._containers.append(_Container(container, name == "Folder" or len(self.path) > 2))
        elif container is not None and parent in _CONTAINERS and name == "name":
            self.collect_text(partial(_set_name, container))
        elif container is not None and parent in _CONTAINERS and name == _COORD_TYPE:
            self.collect_text(partial(_set_datum, container))
        elif name == "Schema" and attributes.get("parent") == "Placemark":
            self._placemark_names.add(attributes.get("name", "Placemark"))
        elif name == "SimpleField" and "name" in attributes:
            self._old_fields.add(attributes["name"])

    def _open_inside(self, placemark: _Placemark, name: str, attributes: Attributes) -> None:
        parent, level = self.path[-2], len(self.path) - placemark.level
        if name == "coordinates" and parent in _LEAVES:
            self.collect_text(partial(self._take_places, placemark, self._shapes[-1]))
        elif name == "coord" and parent == "Track":
            self.collect_text(self._shapes[-1].fixes.append)
        elif name == _COORD_TYPE:
            self.collect_text(partial(_set_datum, placemark))
        elif level == 1 and (name in _TEXTS or name in self._old_fields):
            self.collect_text(partial(self._set_value, placemark, _TEXTS.get(name, name)))
        elif level == 2 and (parent, name) in _TIMES:
            self.collect_text(partial(self._set_value, placemark, _TIMES[parent, name]))
        elif name in {"Data", "SimpleData"}:
            self._data_name = attributes.get("name", "")
            if name == "SimpleData":
                self.collect_text(partial(self._set_value, placemark, self._data_name))
        elif name == "value" and parent == "Data":
            self.collect_text(partial(self._set_value, placemark, self._data_name))

    def _take_places(self, placemark: _Placemark, shape: _Shape, text: str) -> None:
        try:
            tuples = read_tuples(text)
        except TupleUnreadable as error:
            placemark.wrong_tuple = placemark.wrong_tuple or error.text
            return
        self._vertices += len(tuples.places)
        if self._vertices > self._features.bounds.vertices:
            raise FileRefused("vertices", most=self._features.bounds.vertices)
        placemark.has_height |= tuples.has_height
        if len(tuples.places):
            shape.places.append(tuples.places)

    def _set_value(self, placemark: _Placemark, name: str, text: str) -> None:
        """Keep a text; one of a name that is taken gets a number behind it."""
        value = strip_markup(text)
        if not value:
            return
        if len(placemark.values) > self._features.bounds.columns:
            raise FileRefused("columns", most=self._features.bounds.columns)
        heading, number = name, 1
        while heading in placemark.values:
            number += 1
            heading = f"{name}#{number}"
        placemark.values[heading] = value

    def _close_geometry(self, placemark: _Placemark, shape: _Shape) -> None:
        if shape.fixes:
            # written with spaces in a tuple, which elsewhere part tuples
            written = " ".join(",".join(fix.split()) for fix in shape.fixes)
            self._take_places(placemark, shape, written)
        above = self._shapes[-1] if self._shapes else None
        if above is not None and (above.name, shape.name) == ("Polygon", "LinearRing"):
            rings = above.holes if self.path[-2] == "innerBoundaryIs" else above.shells
            rings += _join_places(shape)
        else:
            parts = placemark.parts if above is None else above.parts
            parts += _make_parts(shape)

    def _add(self, placemark: _Placemark) -> None:
        self.heights += placemark.has_height
        # 奥维 writes its remark there; one among the extended data is surer
        if DESCRIPTION in placemark.values and REMARK not in placemark.values:
            placemark.values[REMARK] = placemark.values.pop(DESCRIPTION)
        parts = [] if placemark.wrong_tuple else placemark.parts
        self._features.add_row(placemark.values, parts)
        self._about.append((placemark.container, placemark.datum, placemark.wrong_tuple))


def _set_name(container: _Container, text: str) -> None:
    container.name = " ".join(text.split())[:_LONGEST_PATH]


def _set_datum(owner: _Container | _Placemark, text: str) -> None:
    owner.datum = " ".join(text.split())[:_LONGEST_PATH]


def _join_places(shape: _Shape) -> list[_Places]:
    """Return the places of a line or ring in one array, or nothing where it has none."""
    return [np.concatenate(shape.places)] if shape.places else []


def _make_parts(shape: _Shape) -> list[Part]:
    """Return what a geometry comes to: nothing where it is empty, no bytes where it is none."""
    if shape.name == "Polygon":
        if not shape.shells and not shape.holes:
            return []
        if len(shape.shells) != 1:
            return [(POLYGON, b"")]
        return [make_polygon([*shape.shells, *shape.holes])]
    places = _join_places(shape)
    if shape.name == "Point":
        return [make_point(some) if len(some) == 1 else (POLYGON, b"") for some in places]
    if shape.name == "LinearRing":
        return [
            make_line(some) if len(some) >= _SHORTEST_RING else (POLYGON, b"") for some in places
        ]
    return [*shape.parts, *map(make_line, places)]
