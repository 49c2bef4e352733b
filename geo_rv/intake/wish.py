"""What the user said about a file when bringing it, and what the project holds already."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from geo_rv.catalogue import Catalogue
from geo_rv.frames import Layers, Mode
from geo_rv.geodesy.datum import Datum
from geo_rv.intake.candidate import Candidate

Angles = Literal["degrees", "dd.mmss"]
ANGLES: tuple[Angles, ...] = get_args(Angles)
Axis = Literal["lon", "lat", "east", "north", "x", "y", "point", "wkt", "datum"]
"""What a column of coordinates may be: half of a pair, a pair in one cell ("point"), a geometry as
well-known text, or the datum that its row is in."""
AXES: tuple[Axis, ...] = get_args(Axis)


@dataclass(frozen=True)
class Wish:
    """What the user said about a file; whatever was not said, the file tells or a person agrees."""

    kind: str | None = None
    """The layer that it is for, by its kind or its title."""
    layer: str | None = None
    """Which one of the file's layers, sheets or entries is meant, as the file names it."""
    crs: str | None = None
    """The coordinate system ("EPSG:4547") of a file that names none."""
    datum: Datum | None = None
    """What coordinates in degrees are in, where the file does not say."""
    columns: Mapping[str, str] = field(default_factory=dict)
    """For a field of the layer, or one of `AXES`, the heading of its column.

    An empty heading says that no column is meant.
    """
    angles: Angles = "degrees"
    """How bare numbers in degrees are meant: 31.5030 as decimal, or as 31 degrees 50 minutes 30."""
    encoding: str | None = None
    """The encoding of the text, where what was found in the bytes is wrong."""
    gaps: bool = False
    """Whether the land of the villages that no parcel covers is to be told."""
    parameters: tuple[float, ...] = ()
    """Seven parameters from Xi'an 80 or Beijing 54 to CGCS2000, as `geodesy.helmert` takes them."""


@dataclass(frozen=True)
class Surroundings:
    """What the project holds, which a file is judged against."""

    layers: Layers = field(default_factory=dict)
    """Layer frames (EPSG:4490) by their kind."""
    mode: Mode = "add"
    """What is to become of the features that the layer holds."""
    brought: tuple[Candidate, ...] = ()
    """What the files before it in the same import bring."""


@dataclass(frozen=True)
class Task:
    """One file to be understood."""

    catalogue: Catalogue
    wish: Wish
    stem: str
    """The name of the file without suffix, which may name the layer."""
    surroundings: Surroundings

    @property
    def kind(self) -> str | None:
        """The layer kind that the user wishes."""
        return self.wish.kind
