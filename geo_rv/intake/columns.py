"""Which column of a file is which field of a layer: by its name, else by one that is like it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from difflib import SequenceMatcher

from geo_rv.catalogue import IDENTITY, Catalogue, Field, LayerSpec
from geo_rv.errors import ColumnsUnknown
from geo_rv.intake.candidate import Match, Problem
from geo_rv.intake.headings import find_heading, fold, make_key, name_unit, split_unit
from geo_rv.intake.tables.axes import name_axis
from geo_rv.intake.wish import AXES
from geo_rv.messages import Names

SURE = 1.0
"""The likeness of a heading that is the field's own name, or that the user named."""
LEAST_LIKENESS = 0.6
_WITH_A_NOTE = 0.95
"""The likeness of a heading and a name that differ by a remark in brackets alone."""
_WITH_THE_LAYER = 0.9
"""The likeness of a heading that is the name, with the layer's before it: 公墓名称."""
SHARED_FIELDS = frozenset({IDENTITY, "name", "remark", "village"})
"""Fields of nearly every kind: they tell none, and too many columns are a little like them."""


def list_field_names(field: Field) -> tuple[str, ...]:
    """Return what a column of `field` may be called, the surest first."""
    return field.name, field.title.zh, field.title.en, field.county, *field.headings


def list_vocabulary(catalogue: Catalogue) -> frozenset[str]:
    """Return what columns of any layer may be called, as keys of headings."""
    return frozenset(
        make_key(name)
        for spec in catalogue.layers
        for field in spec.fields
        for name in list_field_names(field)
    )


def match_columns(
    headings: Iterable[str],
    spec: LayerSpec,
    *,
    named: Mapping[str, str] | None = None,
    file: str = "",
) -> dict[str, Match]:
    """Return, for each field of `spec` that a heading means, that heading and its likeness.

    `named` is what the user said: for a field, by its name or title, the heading, "" for none.
    Else a heading means a field by its name, its Chinese or English title, its county name or what
    staff call it, in this order; what is left goes to the field that it is most like, where it is
    like enough and not in another unit.
    Raises ColumnsUnknown where `named` names a field or a heading of `file` that there is not.
    """
    left = list(dict.fromkeys(map(str, headings)))
    said = _take_named(left, spec, named or {}, file)
    matched = {name: match for name, match in said.items() if match is not None}
    left = [heading for heading in left if heading not in _list_taken(matched)]
    fields = [field for field in spec.fields if field.name not in said]
    for make in (fold, make_key):
        by_name: dict[str, str] = {}
        for heading in left:
            by_name.setdefault(make(heading), heading)
        for field in fields:
            names = [make(name) for name in list_field_names(field)]
            found = next((by_name[name] for name in names if name in by_name), None)
            if found is not None and field.name not in matched:
                matched[field.name] = Match(found, SURE)
        left = [heading for heading in left if heading not in _list_taken(matched)]
    fields = [field for field in fields if field.name not in matched]
    matched |= _match_alike(left, fields, spec)
    return {field.name: matched[field.name] for field in spec.fields if field.name in matched}


def tell_likened(matched: Mapping[str, Match], spec: LayerSpec) -> list[Problem]:
    """Return a warning for each column that was taken by its likeness alone."""
    return [
        Problem(
            "column_likened",
            "warning",
            field=name,
            facts={
                "heading": match.heading,
                "field": name,
                "title": spec.field_by_name[name].title,
                "percent": round(match.likeness * 100),
            },
        )
        for name, match in matched.items()
        if match.likeness < SURE
    ]


def _list_taken(matched: Mapping[str, Match]) -> set[str]:
    return {match.heading for match in matched.values()}


def _take_named(
    headings: Sequence[str], spec: LayerSpec, named: Mapping[str, str], file: str
) -> dict[str, Match | None]:
    """Return the match of each field that the user named, None for one that has no column."""
    by_name = {fold(name): field for field in spec.fields for name in list_field_names(field)}
    wrong: list[str] = []
    matched: dict[str, Match | None] = {}
    for name, wanted in named.items():
        field = spec.field_by_name.get(name) or by_name.get(fold(name))
        heading = find_heading(wanted, headings) if wanted else None
        if field is not None and (heading is not None or not wanted):
            matched[field.name] = None if heading is None else Match(heading, SURE)
        elif field is not None or name_axis(name) is None:
            wrong.append(f"{name}={wanted}")
    if wrong:
        raise ColumnsUnknown(
            file=file,
            wrong=", ".join(wrong),
            columns=Names(headings),
            fields=", ".join((*spec.field_by_name, *AXES)),
        )
    return matched


def _match_alike(
    headings: Sequence[str], fields: Sequence[Field], spec: LayerSpec
) -> dict[str, Match]:
    """Return the pairs of heading and field that are most alike, the most alike ones first."""
    pairs = [
        (likeness, field.name, heading)
        for heading in headings
        for field in fields
        if (likeness := _measure_likeness(heading, field, spec)) >= LEAST_LIKENESS
    ]
    matched: dict[str, Match] = {}
    for likeness, name, heading in sorted(pairs, key=lambda pair: -pair[0]):
        if name not in matched and heading not in _list_taken(matched):
            matched[name] = Match(heading, likeness)
    return matched


def _measure_likeness(heading: str, field: Field, spec: LayerSpec) -> float:
    """Return how much `heading` is like the names of `field`, from 0 to 1."""
    base, remark = split_unit(heading)
    unit = name_unit(remark)
    if unit and (field.unit is None or unit != name_unit(field.unit.zh)):
        return 0.0
    names = [make_key(name) for name in list_field_names(field)]
    if base in names:
        return SURE if unit or not remark else _WITH_A_NOTE
    if base in [split_unit(name)[0] for name in list_field_names(field)]:
        return _WITH_A_NOTE
    titles = [make_key(title + names[1]) for title in (spec.title.zh, spec.kind)]
    if base in titles:
        return _WITH_THE_LAYER
    if field.name in SHARED_FIELDS or not base:
        return 0.0
    return max(_compare(base, name) for name in names)


def _compare(one: str, other: str) -> float:
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    # the quick bounds save most of the work
    if min(matcher.real_quick_ratio(), matcher.quick_ratio()) < LEAST_LIKENESS:
        return 0.0
    # never as sure as the name itself
    return min(matcher.ratio(), _WITH_A_NOTE)
