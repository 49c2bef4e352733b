"""What a layer kind is: its fields, its style, its measures, and whether they fit together."""

from __future__ import annotations

import dataclasses
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from geo_rv.errors import InconsistentData
from geo_rv.messages import Text, tell
from geo_rv.tables import find_near

GeometryType = Literal["point", "line", "polygon"]
FieldType = Literal["text", "integer", "number", "boolean", "date"]
Value = str | int | float | bool
Filter = Mapping[str, tuple[Value, ...]]
"""Rows are meant whose field has one of the values, for each field that is named."""

Misfit = tuple[str, Text]
"""A key of a data file, and what about it does not fit the rest."""

AreaUnit = Literal["m2", "mu", "ha"]

IDENTITY = "id"
COUNTY_NAME = re.compile(r"[A-Z0-9_]{1,10}")
"""ASCII of at most 10 bytes, as a shapefile allows."""
COLOUR = re.compile(r"#[0-9a-f]{6}")
NUMERIC = ("integer", "number")
VALUE_TYPES: Mapping[FieldType, tuple[type, ...]] = {
    "text": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "date": (),
}
"""How a value of a field may stand in a filter; dates do not."""


@dataclass(frozen=True)
class StatedArea:
    """That a number field says how large the feature's face is, as a contract or register does."""

    unit: AreaUnit
    tolerance: float = 0.05
    """By which share of the face's ellipsoidal area it may differ; 5 % is the product's choice
    (rule TR-06)."""


@dataclass(frozen=True)
class Field:
    """One column of a layer."""

    name: str
    title: Text
    type: FieldType
    county: str
    """The name in the county's files: ASCII, at most 10 bytes, as a shapefile allows."""
    headings: tuple[str, ...] = ()
    """What staff call its column besides these names."""
    unit: Text | None = None
    required: bool = False
    minimum: float | None = None
    maximum: float | None = None
    choices: Mapping[str, Text] = dataclasses.field(default_factory=dict)
    """The values that a text field may take, with their titles."""
    default: Value | None = None
    """What intake takes for a row that brings no value, chosen so that no rule passes unseen."""
    personal: bool = False
    """Whether it tells about a person, and so leaves the project only when asked."""
    past: bool = False
    """Whether a date in the future makes no sense, as of a burial."""
    not_before: str = ""
    """The date field of the layer that this date must not come before."""
    states_area: StatedArea | None = None
    """What the field says of the feature's area, which intake compares with its face."""


@dataclass(frozen=True)
class Style:
    """How a layer looks, on the map and in its legend."""

    colour: str
    """The colour of the line, as #rrggbb."""
    fill: str = ""
    """The colour of the face; empty for the line's colour."""
    weight: float = 1.5
    """The width of the line in pixels."""
    radius: float = 5.0
    """The radius of a point in pixels."""
    fill_opacity: float = 0.35
    dash: str = ""
    """The line's dashes and gaps in pixels, as "6 4"; empty for a full line."""
    by: str = ""
    """The field with choices that the colours go by; empty for one colour."""
    colours: Mapping[str, str] = dataclasses.field(default_factory=dict)
    """The colour of each choice of `by`, of line and face alike."""
    weights: Mapping[str, float] = dataclasses.field(default_factory=dict)
    """The width of the line of each choice of `by`."""
    label: bool = False
    """Whether the features' names are written on the map."""
    shown: bool = False
    """Whether the layer is on when the town map opens."""


@dataclass(frozen=True)
class Edge:
    """Where the statutory distance starts, for a layer whose lines are drawn elsewhere.

    It holds for lines only: the faces of such a layer start at their own edge.
    """

    reference: Text
    """What the lines of the layer are, as "centre line of the road"."""
    half_width_m: float = 0.0
    """From the line to the edge that the law measures from."""
    by: str = ""
    """The field with choices that the half-widths go by; empty for one half-width."""
    half_widths_m: Mapping[str, float] = dataclasses.field(default_factory=dict)
    """The half-width of each choice of `by`."""


@dataclass(frozen=True)
class Measure:
    """One figure that a layer yields."""

    name: str
    title: Text
    of: Literal["count", "sum", "area_mu", "length_km", "distinct"]
    """What is taken of the rows: their number, the sum or the number of different values of
    `field`, their ellipsoidal area in mu, or their geodesic length in kilometres."""
    field: str = ""
    unit: Text | None = None
    where: Filter = dataclasses.field(default_factory=dict)


@dataclass(frozen=True)
class Group:
    """A heading of the legend."""

    name: str
    title: Text


@dataclass(frozen=True)
class LayerSpec:
    """One kind of layer."""

    kind: str
    title: Text
    description: Text
    group: str
    geometry: tuple[GeometryType, ...]
    accuracy_m: float
    """The positional accuracy of what staff usually bring, in metres."""
    pane: int
    """The drawing order on the map: a higher one lies above a lower one."""
    style: Style
    fields: tuple[Field, ...] = ()
    measures: tuple[Measure, ...] = ()
    edge: Edge | None = None
    disjoint: bool = False
    """Whether no two of its faces may lie over each other: intake tells of those that do."""

    @cached_property
    def field_by_name(self) -> dict[str, Field]:
        """The fields by their names."""
        return {field.name: field for field in self.fields}

    @cached_property
    def measure_by_name(self) -> dict[str, Measure]:
        """The measures by their names."""
        return {measure.name: measure for measure in self.measures}


def refuse_misfits(misfits: Iterable[Misfit], file: str) -> None:
    """Raise the first of `misfits`, if there is one, as InconsistentData of `file`."""
    for key, problem in misfits:
        raise InconsistentData(file=file, key=key, problem=problem)


def find_layer_misfits(layer: LayerSpec) -> Iterator[Misfit]:
    """Yield what does not fit together in the table of `layer`."""
    yield from find_repeated("fields.name", (field.name for field in layer.fields))
    yield from find_repeated("fields.county", (field.county for field in layer.fields))
    yield from find_repeated("measures.name", (measure.name for measure in layer.measures))
    for field in layer.fields:
        yield from _find_field_misfits(field)
        yield from _find_date_misfits(layer, field)
    if layer.disjoint and "polygon" not in layer.geometry:
        yield "disjoint", tell("problem.unused", name="disjoint")
    style, edge = layer.style, layer.edge
    for key, colour in {"colour": style.colour, "fill": style.fill, **style.colours}.items():
        if not COLOUR.fullmatch(colour) and (key, colour) != ("fill", ""):
            yield f"style.{key}", tell("problem.colour", value=colour)
    yield from _find_class_misfits(layer, "style", style.by, (*style.colours, *style.weights))
    if edge is not None:
        yield from _find_class_misfits(layer, "edge", edge.by, tuple(edge.half_widths_m))
    for measure in layer.measures:
        yield from _find_measure_misfits(layer, measure)


def _find_field_misfits(field: Field) -> Iterator[Misfit]:
    key = f"fields.{field.name}"
    if not COUNTY_NAME.fullmatch(field.county):
        yield f"{key}.county", tell("problem.county_name", value=field.county)
    if field.choices and field.type != "text":
        yield f"{key}.choices", tell("problem.unused", name="choices")
    if field.default is not None:
        yield from _find_value_misfits(field, f"{key}.default", field.default)
    for name in ("minimum", "maximum"):
        if getattr(field, name) is not None and field.type not in NUMERIC:
            yield f"{key}.{name}", tell("problem.unused", name=name)
    if field.states_area is not None and field.type not in NUMERIC:
        yield f"{key}.states_area", tell("problem.unused", name="states_area")
    if field.minimum is not None and field.maximum is not None and field.minimum > field.maximum:
        yield f"{key}.minimum", tell("problem.order", first=field.minimum, last=field.maximum)


def _find_date_misfits(layer: LayerSpec, field: Field) -> Iterator[Misfit]:
    """Yield what does not fit of the keys that only a date takes."""
    key = f"fields.{field.name}"
    dates = [known.name for known in layer.fields if known.type == "date" and known != field]
    if field.past and field.type != "date":
        yield f"{key}.past", tell("problem.unused", name="past")
    if field.not_before and field.type != "date":
        yield f"{key}.not_before", tell("problem.unused", name="not_before")
    elif field.not_before and field.not_before not in dates:
        known = find_near(field.not_before, dates)
        yield f"{key}.not_before", tell("problem.unknown", value=field.not_before, known=known)


def _find_class_misfits(
    layer: LayerSpec, key: str, by: str, classes: tuple[str, ...]
) -> Iterator[Misfit]:
    if not by:
        if classes:
            yield f"{key}.by", tell("problem.needed", name="by")
        return
    yield from find_filter_misfits(layer, key, {by: classes})
    if by in layer.field_by_name and not layer.field_by_name[by].choices:
        yield f"{key}.by", tell("problem.no_choices", field=by)


def _find_measure_misfits(layer: LayerSpec, measure: Measure) -> Iterator[Misfit]:
    key = f"measures.{measure.name}"
    yield from find_filter_misfits(layer, f"{key}.where", measure.where)
    if measure.of not in ("sum", "distinct"):
        if measure.field:
            yield f"{key}.field", tell("problem.unused", name="field")
        return
    field = layer.field_by_name.get(measure.field)
    if field is None:
        known = find_near(measure.field, layer.field_by_name)
        yield f"{key}.field", tell("problem.unknown", value=measure.field, known=known)
    elif measure.of == "sum" and field.type not in NUMERIC:
        yield (
            f"{key}.of",
            tell("problem.not_of_type", value="sum", field=field.name, type=field.type),
        )


def find_repeated(key: str, values: Iterable[str]) -> Iterator[Misfit]:
    """Yield `key` for each of `values` that stands there more than once."""
    for value, count in Counter(values).items():
        if count > 1:
            yield key, tell("problem.repeated", value=value)


def find_filter_misfits(layer: LayerSpec, key: str, where: Filter) -> Iterator[Misfit]:
    """Yield what the filter `where`, standing at `key`, names and `layer` does not have."""
    for name, values in where.items():
        field = layer.field_by_name.get(name)
        if field is None:
            known = find_near(name, layer.field_by_name)
            yield f"{key}.{name}", tell("problem.unknown", value=name, known=known)
            continue
        for value in values:
            yield from _find_value_misfits(field, f"{key}.{name}", value)


def _find_value_misfits(field: Field, key: str, value: Value) -> Iterator[Misfit]:
    if type(value) not in VALUE_TYPES[field.type]:
        yield (
            key,
            tell("problem.not_of_type", value=value, field=field.name, type=field.type),
        )
    elif field.choices and value not in field.choices:
        known = find_near(str(value), field.choices)
        yield key, tell("problem.unknown", value=value, known=known)
