"""Rules as data: dated rows, each with its limit and the law it stands on.

A book is one TOML file, shipped in ``layers/rules/`` or the project's own in its folder
``rules/``; it is checked against the catalogue before any run.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Literal

from geo_rv.catalogue import Catalogue, find_tables
from geo_rv.errors import UnknownBook
from geo_rv.layerspec import (
    NUMERIC,
    VALUE_TYPES,
    Filter,
    LayerSpec,
    Misfit,
    find_filter_misfits,
    find_repeated,
    refuse_misfits,
)
from geo_rv.messages import Text, tell
from geo_rv.tables import find_near, read_toml

Relation = Literal[
    "within", "intersects", "not_within", "overlaps", "at_most", "at_least", "present", "exempt"
]
Unit = Literal["m", "m2", "year"]
Verdict = Literal["violation", "marginal", "pass", "exempt", "not_checked"]

SPATIAL: frozenset[Relation] = frozenset({"within", "intersects", "not_within", "overlaps"})
COMPARED: frozenset[Relation] = frozenset({"at_most", "at_least"})
LIMITED: frozenset[Relation] = COMPARED | {"within", "overlaps"}
POSITIVE: frozenset[Relation] = COMPARED | {"within"}
"""Relations that ask for nothing at a limit of 0; to lie inside is `intersects`."""
CONFIRMED = ("A", "B")
"""How sure a rule must be to need no confirmation by the authority."""


@dataclass(frozen=True)
class Case:
    """One row of what a rule looks at: which sites, against which features, up to which limit."""

    layer: str = ""
    """The constraint layer, for the relations between features."""
    where: Filter = dataclasses.field(default_factory=dict)
    """Which features of the constraint layer."""
    subject_where: Filter = dataclasses.field(default_factory=dict)
    """Which sites."""
    field: str = ""
    """The site's own field, for at_most, at_least and present."""
    limit: float = 0.0
    """In the rule's unit."""


@dataclass(frozen=True)
class Rule:
    """One rule.

    A site breaks it when it is within the limit of a feature (within), touches one
    (intersects), lies in none (not_within), covers a part of one (overlaps), or when its own
    field exceeds the limit (at_most), falls short of it (at_least) or is empty (present).
    A rule of the relation `exempt` frees the sites that it names from all the others.
    """

    id: str
    title: Text
    subjects: tuple[str, ...]
    relation: Relation
    cases: tuple[Case, ...]
    valid_from: date
    authority: Text
    document: Text
    article: Text
    certainty: Literal["A", "B", "C", "D"]
    """A: read in the primary text; B: national press; C: one secondary source; D: recalled."""
    unit: Unit = "m"
    severity: Literal["prohibited", "review"] = "prohibited"
    valid_to: date | None = None
    enabled: bool = True
    from_edge: bool = False
    """Whether the distance starts at the edge of the constraint (its line plus half-width)."""
    since_field: str = ""
    """The site's date field: sites dated before `valid_from` are exempt; empty for all sites."""
    family: str = ""
    """Which of the book's families it is of: rules that ask the same of a site, each by its own
    law, so that the strictest one broken stands for the others; empty for a rule by itself."""
    note: Text | None = None

    @property
    def needs_confirmation(self) -> bool:
        """Whether the civil-affairs office should confirm it before anyone relies on it."""
        return self.certainty not in CONFIRMED

    def is_in_force(self, day: date) -> bool:
        """Return whether the rule is switched on and in force on `day`."""
        return (
            self.enabled
            and self.valid_from <= day
            and (self.valid_to is None or day <= self.valid_to)
        )


@dataclass(frozen=True)
class RuleBook:
    """The rules of one question, in the order in which they are told."""

    name: str
    title: Text
    note: Text
    rules: tuple[Rule, ...]
    families: Mapping[str, Text] = dataclasses.field(default_factory=dict)
    """The titles of the families that rules may be of."""

    @property
    def subjects(self) -> tuple[str, ...]:
        """The layers whose features are checked, in the order in which the rules name them."""
        return tuple(dict.fromkeys(subject for rule in self.rules for subject in rule.subjects))

    def in_force(self, day: date) -> tuple[Rule, ...]:
        """Return the rules that are switched on and in force on `day`."""
        return tuple(rule for rule in self.rules if rule.is_in_force(day))


def load_rulebook(name: str, catalogue: Catalogue, *, own: Path | None = None) -> RuleBook:
    """Return the book `name`, from the folder `own` where it is there, else as shipped.

    Raises UnknownBook, or a DataFileError that names the file and the key.
    """
    books = find_tables(files("layers").joinpath("rules"), own)
    if name not in books:
        raise UnknownBook(book=name, known=", ".join(sorted(books)))
    book = read_toml(RuleBook, books[name], name=name)
    refuse_misfits(_find_misfits(book, catalogue), books[name].name)
    return book


def _find_misfits(book: RuleBook, catalogue: Catalogue) -> Iterator[Misfit]:
    """Yield what does not fit together in `book`, or does not fit the catalogue."""
    # a book that asks nothing would find nothing wrong anywhere
    if not book.rules:
        yield "rules", tell("problem.needed", name="rules")
    yield from find_repeated("rules.id", (rule.id for rule in book.rules))
    for number, rule in enumerate(book.rules, 1):
        if not rule.id.strip():
            yield f"rules[{number}].id", tell("problem.needed", name="id")
        yield from _find_rule_misfits(rule, book.families)
        for subject in rule.subjects:
            yield from _find_subject_misfits(rule, subject, catalogue)
        for place, case in enumerate(rule.cases, 1):
            key = f"{rule.id}.cases[{place}]"
            yield from _find_case_misfits(rule, case, key)
            if rule.relation in SPATIAL and case.layer:
                yield from _find_constraint_misfits(rule, case, key, catalogue)


def _find_rule_misfits(rule: Rule, families: Iterable[str]) -> Iterator[Misfit]:
    """Yield what is wrong with a rule by itself, its cases apart."""
    if rule.valid_to is not None and rule.valid_to < rule.valid_from:
        problem = tell("problem.order", first=rule.valid_from, last=rule.valid_to)
        yield f"{rule.id}.valid_to", problem
    for name in ("subjects", "cases"):
        if not getattr(rule, name):
            yield f"{rule.id}.{name}", tell("problem.needed", name=name)
    yield from find_repeated(f"{rule.id}.subjects", rule.subjects)
    if rule.relation == "within" and rule.unit != "m":
        yield f"{rule.id}.unit", _miss(rule.unit, ("m",))
    if rule.family and rule.family not in families:
        yield f"{rule.id}.family", _miss(rule.family, families)


def _find_subject_misfits(rule: Rule, subject: str, catalogue: Catalogue) -> Iterator[Misfit]:
    if subject not in catalogue:
        yield f"{rule.id}.subjects", _miss(subject, catalogue.by_kind)
        return
    spec = catalogue[subject]
    yield from _find_own_field_misfits(spec, f"{rule.id}.since_field", rule.since_field, ("date",))
    # an area or a number of years is compared with a limit; any field can be present
    types = NUMERIC if rule.relation in COMPARED else tuple(VALUE_TYPES)
    for number, case in enumerate(rule.cases, 1):
        key = f"{rule.id}.cases[{number}]"
        yield from find_filter_misfits(spec, f"{key}.subject_where", case.subject_where)
        yield from _find_own_field_misfits(spec, f"{key}.field", case.field, types)


def _find_own_field_misfits(
    spec: LayerSpec, key: str, name: str, types: Sequence[str]
) -> Iterator[Misfit]:
    if not name:
        return
    field = spec.field_by_name.get(name)
    if field is None:
        yield key, _miss(name, spec.field_by_name)
    elif field.type not in types:
        yield key, tell("problem.not_of_type", value=name, field=name, type=field.type)


def _find_case_misfits(rule: Rule, case: Case, key: str) -> Iterator[Misfit]:
    """Yield what a case needs and lacks, or has and cannot use, under the rule's relation."""
    spatial = rule.relation in SPATIAL
    for name, needed in (("layer", spatial), ("field", rule.relation in COMPARED | {"present"})):
        if needed != bool(getattr(case, name)):
            yield f"{key}.{name}", tell(f"problem.{'needed' if needed else 'unused'}", name=name)
    # what a relation does not look at would be taken for a part of the rule
    for name, used in (("where", spatial), ("limit", rule.relation in LIMITED)):
        if getattr(case, name) and not used:
            yield f"{key}.{name}", tell("problem.unused", name=name)
    if case.limit < 0:
        yield f"{key}.limit", tell("problem.order", first=0, last=case.limit)
    elif case.limit == 0 and rule.relation in POSITIVE:
        yield f"{key}.limit", tell("problem.no_limit", relation=rule.relation)
    # one that exempts without saying whom would exempt every site
    if rule.relation == "exempt" and not case.subject_where:
        yield f"{key}.subject_where", tell("problem.needed", name="subject_where")
    for name in ("where", "subject_where"):
        yield from _find_empty_lists(f"{key}.{name}", getattr(case, name))


def _find_empty_lists(key: str, where: Filter) -> Iterator[Misfit]:
    for field, values in where.items():
        if not values:
            yield f"{key}.{field}", tell("problem.no_values", field=field)


def _find_constraint_misfits(
    rule: Rule, case: Case, key: str, catalogue: Catalogue
) -> Iterator[Misfit]:
    """Yield what the constraint layer of a case does not have."""
    if case.layer not in catalogue:
        yield f"{key}.layer", _miss(case.layer, catalogue.by_kind)
        return
    constraint = catalogue[case.layer]
    yield from find_filter_misfits(constraint, f"{key}.where", case.where)
    if rule.from_edge and constraint.edge is None:
        yield f"{rule.id}.from_edge", tell("problem.no_edge", layer=case.layer)


def _miss(name: str, known: Iterable[str]) -> Text:
    return tell("problem.unknown", value=name, known=find_near(name, known))
