"""What belongs to what: layers of a file to layer kinds, its columns to the kind's fields."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence

from geo_rv.catalogue import Catalogue, Field, LayerSpec
from geo_rv.errors import LayersAmbiguous, SourceRefused, UnknownSourceLayer
from geo_rv.intake.wish import Task
from geo_rv.messages import tell

_NAME_WEIGHT = 3
"""A layer named like a kind counts as so many fields."""
_SHARED_FIELDS = frozenset({"id", "name", "remark", "village"})
"""Fields of nearly every kind, which tell none."""


def fold(name: str) -> str:
    """Return `name` as names are compared: width, case and margins do not count."""
    return unicodedata.normalize("NFKC", name).strip().casefold()


def find_kind(name: str, catalogue: Catalogue) -> str:
    """Return the layer kind that `name` means, by itself or as its title; raises UnknownLayer."""
    return _list_kinds(catalogue).get(fold(name)) or catalogue[name].kind


def choose_layers(
    names: Sequence[str], task: Task, *, file: str
) -> tuple[tuple[int, str | None], ...]:
    """Return which of the layers `names` of a file are taken, by their place, and as which kind.

    The layer that the user names, if any. Where the user wishes a kind, it is the only layer, or
    the one named like the kind; else those whose names are a kind or its title, or the only layer
    where the file's own name is. Where no name tells a kind, all are taken, as None. Raises
    UnknownLayer, UnknownSourceLayer, SourceRefused (no layers at all) or LayersAmbiguous.
    """
    if not names:
        raise SourceRefused(file=file, reason=tell("intake.refusal.no_layers"))
    wanted = _find_wanted(names, task, file)
    if task.kind is not None:
        spec = task.catalogue[task.kind]
        return ((_find_layer(names, wanted, spec, file), spec.kind),)
    kinds = _list_kinds(task.catalogue)
    chosen = tuple((at, kinds[fold(names[at])]) for at in wanted if fold(names[at]) in kinds)
    if chosen:
        return chosen
    if len(wanted) == 1:
        return ((wanted[0], kinds.get(fold(task.stem))),)
    return tuple((at, None) for at in wanted)


def propose_kind(
    names: Iterable[str], headings: Iterable[str], types: Iterable[str], catalogue: Catalogue
) -> str | None:
    """Return the kind that a layer of unknown kind looks most like, or None.

    `names` are those of the layer and its file, `types` its geometries' ("point", "line",
    "polygon"). A kind is thought of where it takes these geometries, and a name holds its title
    or a heading means a field that is its own.
    """
    told = [fold(name) for name in names]
    known = list(headings)
    scores = {}
    for spec in catalogue.layers:
        if set(types) <= set(spec.geometry):
            is_named = any(title in name for title in _list_titles(spec) for name in told)
            own = set(match_columns(known, spec)) - _SHARED_FIELDS
            scores[spec.kind] = _NAME_WEIGHT * is_named + len(own)
    best = max(scores, key=lambda kind: scores[kind], default=None)
    return best if best is not None and scores[best] > 0 else None


def _find_wanted(names: Sequence[str], task: Task, file: str) -> list[int]:
    """Return the places of the layers that the user may mean."""
    if task.wish.layer is None:
        return list(range(len(names)))
    wanted = [at for at, name in enumerate(names) if fold(name) == fold(task.wish.layer)]
    if not wanted:
        raise UnknownSourceLayer(file=file, layer=task.wish.layer, layers=", ".join(names))
    return wanted


def _find_layer(names: Sequence[str], wanted: list[int], spec: LayerSpec, file: str) -> int:
    if len(wanted) == 1:
        return wanted[0]
    matching = [at for at in wanted if fold(names[at]) in _list_titles(spec)]
    if len(matching) != 1:
        raise LayersAmbiguous(file=file, layers=", ".join(names), layer=spec.title, kind=spec.kind)
    return matching[0]


def _list_kinds(catalogue: Catalogue) -> dict[str, str]:
    return {name: spec.kind for spec in catalogue.layers for name in _list_titles(spec)}


def _list_titles(spec: LayerSpec) -> set[str]:
    return {fold(name) for name in (spec.kind, spec.title.zh, spec.title.en)}


def list_field_names(field: Field) -> tuple[str, ...]:
    """Return what a column of `field` may be called, the surest first."""
    return field.name, field.title.zh, field.title.en, field.county


def match_columns(headings: Iterable[str], spec: LayerSpec) -> dict[str, str]:
    """Return, for each field of `spec` that a heading means, that heading.

    A heading means a field by its name, its Chinese or English title or its county name; where
    several do, the one that comes first in this order is taken.
    """
    by_folded: dict[str, str] = {}
    for heading in headings:
        by_folded.setdefault(fold(heading), heading)
    matched = {}
    for field in spec.fields:
        for name in list_field_names(field):
            if fold(name) in by_folded:
                matched[field.name] = by_folded[fold(name)]
                break
    return matched
