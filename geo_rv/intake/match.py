"""Which layers of a file are taken, and as which kind of layer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from geo_rv.catalogue import Catalogue, LayerSpec
from geo_rv.errors import LayersAmbiguous, SourceRefused, UnknownSourceLayer
from geo_rv.intake.columns import SHARED_FIELDS, match_columns
from geo_rv.intake.headings import fold
from geo_rv.intake.wish import Task
from geo_rv.messages import Names, tell

_NAME_WEIGHT = 3
"""A layer named like a kind counts as so many fields."""


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
            own = sum(
                match.likeness
                for name, match in match_columns(known, spec).items()
                if name not in SHARED_FIELDS
            )
            scores[spec.kind] = _NAME_WEIGHT * is_named + own
    best = max(scores, key=lambda kind: scores[kind], default=None)
    return best if best is not None and scores[best] > 0 else None


def _find_wanted(names: Sequence[str], task: Task, file: str) -> list[int]:
    """Return the places of the layers that the user may mean."""
    if task.wish.layer is None:
        return list(range(len(names)))
    wanted = [at for at, name in enumerate(names) if fold(name) == fold(task.wish.layer)]
    if not wanted:
        raise UnknownSourceLayer(file=file, layer=task.wish.layer, layers=Names(names))
    return wanted


def _find_layer(names: Sequence[str], wanted: list[int], spec: LayerSpec, file: str) -> int:
    if len(wanted) == 1:
        return wanted[0]
    matching = [at for at in wanted if fold(names[at]) in _list_titles(spec)]
    if len(matching) != 1:
        raise LayersAmbiguous(file=file, layers=Names(names), layer=spec.title, kind=spec.kind)
    return matching[0]


def _list_kinds(catalogue: Catalogue) -> dict[str, str]:
    return {name: spec.kind for spec in catalogue.layers for name in _list_titles(spec)}


def _list_titles(spec: LayerSpec) -> set[str]:
    return {fold(name) for name in (spec.kind, spec.title.zh, spec.title.en)}
