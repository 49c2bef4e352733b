"""The industry maps as data: for each theme the measures that villages are compared by."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from typing import Literal

from geo_rv.catalogue import Catalogue
from geo_rv.errors import InconsistentData, UnknownTheme
from geo_rv.messages import Text
from geo_rv.tables import read_toml

FILE_NAME = "themes.toml"


@dataclass(frozen=True)
class MeasureName:
    """One measure of one layer."""

    layer: str
    measure: str


@dataclass(frozen=True)
class Theme:
    """One industry."""

    name: str
    title: Text
    ramp: Literal["green", "orange", "blue", "red"]
    area: MeasureName
    """What colours the villages."""
    symbol: MeasureName
    """What the circles stand for."""


@dataclass(frozen=True)
class Themes:
    """All themes, in the order in which they are offered."""

    themes: tuple[Theme, ...]

    def __getitem__(self, name: str) -> Theme:
        """Return the theme `name`; raises UnknownTheme."""
        for theme in self.themes:
            if theme.name == name:
                return theme
        raise UnknownTheme(theme=name, known=", ".join(theme.name for theme in self.themes))


def load_themes(catalogue: Catalogue) -> Themes:
    """Return the shipped themes; raises a DataFileError that names the key."""
    themes = read_toml(Themes, files("layers").joinpath("common", FILE_NAME))
    for theme in themes.themes:
        for name in (theme.area, theme.symbol):
            if name.measure not in catalogue[name.layer].measure_by_name:
                raise InconsistentData(file=FILE_NAME, key=theme.name, problem=name.measure)
    return themes
