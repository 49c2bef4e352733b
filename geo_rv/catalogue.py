"""Layers as data: what each layer kind holds, how it looks, what is measured on it.

One TOML file a kind in ``layers/``; the fields that every kind has and the groups of the
legend stand in ``layers/common/``. A project adds kinds of its own, or replaces one, with
files in its folder ``layers/``.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from geo_rv.errors import InconsistentData, UnknownLayer
from geo_rv.layerspec import (
    IDENTITY,
    Edge,
    Field,
    FieldType,
    Filter,
    GeometryType,
    Group,
    LayerSpec,
    Measure,
    Style,
    Value,
    find_layer_misfits,
    refuse_misfits,
)
from geo_rv.messages import Text, tell
from geo_rv.tables import find_near, read_toml

__all__ = [
    "IDENTITY",
    "Catalogue",
    "Edge",
    "Field",
    "FieldType",
    "Filter",
    "GeometryType",
    "Group",
    "LayerSpec",
    "Measure",
    "Style",
    "Value",
    "find_tables",
    "load_catalogue",
]


@dataclass(frozen=True)
class Catalogue:
    """Every layer kind, in drawing order, and the groups of the legend."""

    groups: tuple[Group, ...]
    layers: tuple[LayerSpec, ...]

    @cached_property
    def by_kind(self) -> dict[str, LayerSpec]:
        """The layer kinds by their names."""
        return {layer.kind: layer for layer in self.layers}

    @property
    def known(self) -> Text:
        """Every kind by its name and title, as a list for whoever has to choose."""
        return Text(
            zh="、".join(f"{layer.kind}（{layer.title.zh}）" for layer in self.layers),
            en=", ".join(f"{layer.kind} ({layer.title.en})" for layer in self.layers),
        )

    def __getitem__(self, kind: str) -> LayerSpec:
        """Return the layer `kind`; raises UnknownLayer."""
        try:
            return self.by_kind[kind]
        except KeyError:
            raise UnknownLayer(layer=kind, known=self.known) from None

    def __contains__(self, kind: object) -> bool:
        return kind in self.by_kind


def load_catalogue(own: Path | None = None) -> Catalogue:
    """Return the shipped layer kinds with those of the folder `own` added or put in their place.

    Raises a DataFileError that names the file and the key.
    """
    shipped = files("layers")
    common = shipped.joinpath("common")
    groups = read_toml(_Groups, common.joinpath("groups.toml")).groups
    shared = read_toml(_SharedFields, common.joinpath("fields.toml")).fields
    tables = find_tables(shipped, own)
    layers = [_read_layer(file, shared, groups) for file in tables.values()]
    return Catalogue(
        groups=groups, layers=tuple(sorted(layers, key=lambda layer: (layer.pane, layer.kind)))
    )


@dataclass(frozen=True)
class _Groups:
    groups: tuple[Group, ...]


@dataclass(frozen=True)
class _SharedFields:
    fields: tuple[Field, ...]


def find_tables(shipped: Traversable, own: Path | None) -> dict[str, Path | Traversable]:
    """Return the TOML files of two folders by their names, without ending.

    A file of the folder `own`, which need not exist, takes the place of a shipped one.
    """
    folders = [shipped, own] if own and own.is_dir() else [shipped]
    return {
        file.name.removesuffix(".toml"): file
        for folder in folders
        for file in folder.iterdir()
        if file.name.endswith(".toml")
    }


def _read_layer(
    file: Path | Traversable, shared: tuple[Field, ...], groups: tuple[Group, ...]
) -> LayerSpec:
    layer = read_toml(LayerSpec, file, kind=file.name.removesuffix(".toml"))
    layer = dataclasses.replace(layer, fields=_add_shared_fields(layer.fields, shared))
    names = [group.name for group in groups]
    if layer.group not in names:
        known = find_near(layer.group, names)
        problem = tell("problem.unknown", value=layer.group, known=known)
        raise InconsistentData(file=file.name, key="group", problem=problem)
    refuse_misfits(find_layer_misfits(layer), file.name)
    return layer


def _add_shared_fields(own: tuple[Field, ...], shared: tuple[Field, ...]) -> tuple[Field, ...]:
    """Return the `shared` fields, each as the layer redefines it where it does, then the rest."""
    names = {field.name for field in shared}
    first = [
        field
        for common in shared
        for field in [field for field in own if field.name == common.name] or [common]
    ]
    return (*first, *(field for field in own if field.name not in names))
