"""Patches of eligible land as rows that a person or a program reads, and as a file."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely
from geopandas import GeoDataFrame

from geo_rv.analysis.limits import Unasked
from geo_rv.analysis.ranking import CRITERIA, Criterion, Ranking
from geo_rv.analysis.terrain import COMPASS, name_aspect
from geo_rv.catalogue import Catalogue
from geo_rv.errors import OutputFormatUnknown
from geo_rv.files import replace_when_done
from geo_rv.geodesy.crs import STORED
from geo_rv.messages import Language, text
from geo_rv.reports.rows import DEGREE_DECIMALS, Row, list_rows, name_values
from geo_rv.reports.sheets import ENDINGS, Sheet, write_sheets

COLUMNS = (
    "rank", "id", "score", "mu", "area_m2", "village", "village_name", "longest_side_m", "road_m",
    "slope_deg", "aspect_deg", "aspect_title", "coverage_title", "lon", "lat", "sentence",
)  # fmt: skip
"""What a reader of a file gets of a patch, in this order; titles at ``siting.column.<key>``."""
DRAWN: Final[Mapping[str, Mapping[str, str]]] = {
    ".geojson": {"driver": "GeoJSON"},
    # programs a few years old warn at GeoPackage 1.4
    ".gpkg": {"driver": "GPKG", "VERSION": "1.3"},
}
_DECIMALS: Final = {"mu": 4, "area_m2": 2, "slope_deg": 2, "aspect_deg": 1, "score": 6}
_RANKED_DECIMALS: Final = 12
"""So fine that who ranks patches by the told scores, as a page does, ranks them as `ranking`."""
_NUMBERS: Final = (
    "score", "mu", "area_m2", "longest_side_m", "road_m", "slope_deg", "aspect_deg", "lon", "lat",
)  # fmt: skip


def tell_patches(
    patches: GeoDataFrame, ranking: Ranking, *, villages: Mapping[str, str], language: Language
) -> list[Row]:
    """Return ranked patches JSON-ready, the first first.

    `patches` have the columns of `list_patches` and slope_deg and aspect_deg. Each row has these
    and village_name, coverage_title, aspect_title, rank, score, scores and shares by criterion,
    a sentence that says why it stands where it does, and its GeoJSON geometry.
    """
    table = pd.DataFrame(patches.drop(columns=patches.geometry.name))
    for name, decimals in _DECIMALS.items():
        if name in table:
            table[name] = table[name].round(decimals)
    rows = list_rows(
        table.assign(
            village_name=name_values(table["village"], villages),
            coverage_title=[
                text(f"siting.coverage.{name}", language) for name in table["coverage"]
            ],
            aspect_title=_name_aspects(table, language),
            rank=ranking.rank,
            score=ranking.score.round(_DECIMALS["score"]),
        )
    )
    told = zip(
        rows,
        list_rows(ranking.scores.round(_RANKED_DECIMALS)),
        list_rows(ranking.shares.round(_DECIMALS["score"])),
        _tell_geometries(patches),
        strict=True,
    )
    for row, scores, shares, geometry in told:
        row |= {"scores": scores, "shares": shares}
        row |= {"sentence": _tell_sentence(row, language), "geometry": geometry}
    return sorted(rows, key=lambda row: int(row["rank"]))


def tell_criteria(language: Language) -> list[Row]:
    """Return name, title and unit of each criterion."""
    return [
        {
            "name": name,
            "title": text(f"siting.criterion.{name}", language),
            "unit": text(f"siting.unit.{name}", language),
        }
        for name in CRITERIA
    ]


def tell_unasked(unasked: Iterable[Unasked], catalogue: Catalogue, language: Language) -> list[Row]:
    """Return what land was not asked: rule, rule_title, because (a code) and reason."""
    return [
        {
            "rule": each.rule.id,
            "rule_title": each.rule.title.in_language(language),
            "because": each.reason,
            "reason": text(
                f"siting.unasked.{each.reason}", language, about=_title(each, catalogue)
            ),
        }
        for each in unasked
    ]


def list_notes(told: Row, language: Language) -> list[str]:
    """Return what a reader must know beside the patches: what was asked, and what was not."""
    dropped = told["dropped"]
    criteria = {row["name"]: row["title"] for row in told["criteria"]}
    weights = [
        text("siting.weight", language, criterion=criteria[name], weight=weight)
        for name, weight in told["weights"].items()
    ]
    notes = [
        text(
            "siting.told",
            language,
            book=told["book_title"],
            day=told["as_of"],
            area=told["area"]["title"],
            area_mu=told["area"]["mu"],
            eligible_mu=told["eligible_mu"],
            count=len(told["patches"]),
        )
    ]
    if not told["patches"]:
        notes.append(text("siting.nothing", language))
    if dropped["count"]:
        notes.append(text("siting.dropped", language, min_mu=told["min_mu"], **dropped))
    if told["certain"]:
        notes.append(text("siting.certain", language))
    comma = "，" if language == "zh" else ", "
    notes.append(text("siting.weights", language, weights=comma.join(weights)))
    notes += told["warnings"]
    for row in told["not_checked"]:
        facts = {"rule": row["rule"], "title": row["rule_title"], "reason": row["reason"]}
        notes.append(text("siting.sheet.unasked", language, **facts))
    return notes


def write_patches(
    rows: Iterable[Row], notes: Iterable[str], file: Path, *, language: Language
) -> None:
    """Write told patches to `file`: .geojson or .gpkg with polygons, .xlsx or .csv without.

    A workbook has the `notes` on a second sheet. Raises OutputFormatUnknown or OutputError; an
    older file of that name is then untouched.
    """
    ending = file.suffix.lower()
    told = list(rows)
    if ending in DRAWN:
        with replace_when_done(file) as unfinished:
            pyogrio.write_dataframe(
                _draw_patches(told), unfinished, layer="eligible", geometry_type="Polygon",
                **DRAWN[ending],
            )  # fmt: skip
        return
    if ending not in ENDINGS:
        raise OutputFormatUnknown(file=file.name, known=", ".join([*DRAWN, *ENDINGS]))
    headings = [text(f"siting.column.{name}", language) for name in COLUMNS]
    title = text("siting.sheet.patches", language)
    patches = Sheet(title, headings, [[row[name] for name in COLUMNS] for row in told])
    noted = Sheet(
        text("siting.sheet.notes", language),
        [text("siting.sheet.note", language)],
        [[note] for note in notes],
    )
    write_sheets([patches, noted], file, single=patches)


def _draw_patches(rows: list[Row]) -> GeoDataFrame:
    """Return told patches as a frame; the columns keep their short names, and the scores theirs."""
    columns = {name: [row[name] for row in rows] for name in (*COLUMNS, "coverage")}
    table = pd.DataFrame(columns).astype(dict.fromkeys(_NUMBERS, "float64"))
    for name in CRITERIA:
        table[f"score_{name}"] = pd.Series([row["scores"][name] for row in rows], dtype="float64")
    polygons = [shapely.from_geojson(json.dumps(row["geometry"])) for row in rows]
    return gpd.GeoDataFrame(table, geometry=polygons, crs=STORED)


def _tell_geometries(patches: GeoDataFrame) -> Iterator[Row]:
    exact = patches.geometry.to_numpy()
    # a tenth of a millimetre, which the land's clearance has room for
    rounded = shapely.transform(exact, lambda degrees: np.round(degrees, DEGREE_DECIMALS))
    # a hole or a neck that is narrower would not be one any more
    for told in shapely.to_geojson(np.where(shapely.is_valid(rounded), rounded, exact)):
        yield json.loads(told)


def _tell_sentence(row: Row, language: Language) -> str:
    """Return why a patch stands where it does: what each criterion gives and adds."""
    titles = {name: text(f"siting.criterion.{name}", language) for name in CRITERIA}
    known = [name for name in CRITERIA if row["scores"][name] is not None]
    parts = [
        text(
            "siting.sentence.part",
            language,
            criterion=titles[name],
            value=text(f"siting.value.{name}", language, **row),
            own=row["scores"][name],
            share=row["shares"][name],
        )
        for name in sorted(known, key=lambda name: -row["shares"][name])
    ]
    comma = text("siting.sentence.comma", language)
    sentences = [
        text(
            "siting.sentence.whole",
            language,
            rank=row["rank"],
            score=row["score"],
            parts=comma.join(parts),
        )
    ]
    by_score = sorted(known, key=lambda name: -row["scores"][name])
    if len(by_score) > 1:
        best, worst = (
            text(f"siting.sentence.{key}", language, criterion=titles[name])
            for key, name in (("best", by_score[0]), ("worst", by_score[-1]))
        )
        sentences.append(best + worst)
    unknown = [titles[name] for name in _list_unknown(row)]
    if unknown:
        listed = ("、" if language == "zh" else ", ").join(unknown)
        sentences.append(text("siting.sentence.unknown", language, criteria=listed))
    return (" " if language == "en" else "").join(sentences)


def _list_unknown(row: Row) -> list[Criterion]:
    """Return the criteria by which a patch is not known; level land faces nowhere, which is."""
    is_level = row["aspect_title"] is not None
    unknown = [name for name in CRITERIA if row["scores"][name] is None]
    return [name for name in unknown if not (name == "aspect" and is_level)]


def _name_aspects(table: pd.DataFrame, language: Language) -> pd.Series:
    """Return the word for each patch's aspect: of land that is known and faces nowhere "flat"."""
    names = table["aspect_deg"].map(name_aspect).astype("object")
    names = names.where(names.notna() | table["slope_deg"].isna(), "flat")
    titles = {name: text(f"siting.aspect.{name}", language) for name in (*COMPASS, "flat")}
    return name_values(names, titles)


def _title(unasked: Unasked, catalogue: Catalogue) -> Any:
    """Return the title of the missing layer, or of the field of the rule's first subject."""
    if unasked.reason == "layer_missing":
        return catalogue[unasked.about].title
    subject = catalogue[unasked.rule.subjects[0]]
    field = subject.field_by_name.get(unasked.about)
    return field.title if field else unasked.about
