"""What belongs to what: layers of a file to layer kinds, its columns to the kind's fields."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence

from geo_rv.catalogue import Catalogue, Field, LayerSpec
from geo_rv.errors import LayerNotChosen, LayersAmbiguous, SourceRefused
from geo_rv.intake.raw import Wish
from geo_rv.messages import tell


def fold(name: str) -> str:
    """Return `name` as names are compared: width, case and margins do not count."""
    return unicodedata.normalize("NFKC", name).strip().casefold()


def find_kind(name: str, catalogue: Catalogue) -> str:
    """Return the layer kind that `name` means, by itself or as its title; raises UnknownLayer."""
    return _list_kinds(catalogue).get(fold(name)) or catalogue[name].kind


def choose_layers(names: Sequence[str], wish: Wish, *, file: str) -> tuple[tuple[int, str], ...]:
    """Return which of the layers `names` of a file are taken, by their place, and as which kind.

    Where the user wishes a kind, it is the only layer, or the one named like the kind; else
    those whose names are a kind or its title, or the only layer where the file's own name is.
    Raises UnknownLayer, SourceRefused (no layers at all), LayerNotChosen or LayersAmbiguous.
    """
    if not names:
        raise SourceRefused(file=file, reason=tell("intake.refusal.no_layers"))
    if wish.kind is not None:
        return ((_find_layer(names, wish.catalogue[wish.kind], file), wish.kind),)
    kinds = _list_kinds(wish.catalogue)
    chosen = tuple((at, kinds[fold(name)]) for at, name in enumerate(names) if fold(name) in kinds)
    if chosen:
        return chosen
    if len(names) == 1 and fold(wish.stem) in kinds:
        return ((0, kinds[fold(wish.stem)]),)
    raise LayerNotChosen(
        file=file, layers=", ".join(names), known=", ".join(sorted(wish.catalogue.by_kind))
    )


def _find_layer(names: Sequence[str], spec: LayerSpec, file: str) -> int:
    if len(names) == 1:
        return 0
    matching = [at for at, name in enumerate(names) if fold(name) in _list_titles(spec)]
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
