"""What each layer amounts to, in total and by village."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from geopandas import GeoDataFrame

from geo_rv.analysis.filters import find_empty, match_rows
from geo_rv.catalogue import Catalogue, LayerSpec, Measure
from geo_rv.frames import Layers
from geo_rv.geodesy.measure import Floats, measure_area_m2, measure_length_m, to_mu

VILLAGE = "village"
"""The layer of the villages, and the field in which other layers name them."""
DECIMALS = 6
"""Of what is told: far below any unit, and above the noise of adding."""
NO_VILLAGE = ""
"""The village of what lies in none, or is not known to lie in one."""


@dataclass(frozen=True)
class MeasureValue:
    """One measure of a layer."""

    measure: Measure
    total: float
    by_village: Mapping[str, float]
    """The same for the rows of each village, by its code; "" for the rows of no village.

    Empty for layers that do not go by villages. All add up to the total, except where
    different values are counted.
    """


@dataclass(frozen=True)
class LayerSummary:
    """What one layer amounts to."""

    spec: LayerSpec
    count: int
    count_by_village: Mapping[str, int]
    measures: tuple[MeasureValue, ...]


def summarise_layers(layers: Layers, catalogue: Catalogue) -> tuple[LayerSummary, ...]:
    """Return the count and the measures of each of the `layers`, in the catalogue's order.

    `layers` are layer frames in EPSG:4490. Areas are ellipsoidal and rounded to 0.01 m2 a
    feature before they are added, so that the villages add up to the town. A row belongs to
    the village that its field `village` names; where that is empty, to the village polygon
    that its representative point lies in. Each village belongs to itself.
    """
    villages = layers.get(VILLAGE)
    return tuple(
        _summarise_layer(spec, layers[spec.kind], villages)
        for spec in catalogue.layers
        if spec.kind in layers
    )


def _summarise_layer(
    spec: LayerSpec, frame: GeoDataFrame, villages: GeoDataFrame | None
) -> LayerSummary:
    codes = _find_villages(spec, frame, villages)
    counts = pd.Series(dtype=int) if codes is None else codes.value_counts().sort_index()
    measures = tuple(_take_measure(measure, frame, codes) for measure in spec.measures)
    return LayerSummary(
        spec, len(frame), {str(code): int(count) for code, count in counts.items()}, measures
    )


def _find_villages(
    spec: LayerSpec, frame: GeoDataFrame, villages: GeoDataFrame | None
) -> pd.Series[Any] | None:
    """Return the village code of each row; None for a layer that does not go by villages."""
    if spec.kind == VILLAGE:
        return pd.Series(frame["id"], dtype="object")
    if VILLAGE not in spec.field_by_name:
        return None
    codes = pd.Series(frame[VILLAGE], dtype="object")
    unnamed = find_empty(frame, VILLAGE)
    codes[unnamed] = NO_VILLAGE
    if villages is not None and unnamed.any():
        points = GeoDataFrame(geometry=frame.geometry[unnamed].representative_point())
        inside = gpd.sjoin(points, villages[["id", "geometry"]], predicate="intersects")
        # a point on a border belongs to one village only: to the one of the smallest code
        found = inside.groupby(level=0)["id"].min()
        codes[found.index] = found
    return codes


def _take_measure(
    measure: Measure, frame: GeoDataFrame, codes: pd.Series[Any] | None
) -> MeasureValue:
    matched = match_rows(frame, measure.where)
    if measure.of == "distinct":
        values = frame.loc[matched, measure.field]
        by_village = {} if codes is None else values.groupby(codes[matched]).nunique().to_dict()
        return MeasureValue(measure, float(values.nunique()), _to_floats(by_village))
    numbers = pd.Series(_measure_rows(measure, frame[matched]), index=frame.index[matched])
    by_village = {} if codes is None else numbers.groupby(codes[matched]).sum().to_dict()
    return MeasureValue(measure, round(float(numbers.sum()), DECIMALS), _to_floats(by_village))


def _measure_rows(measure: Measure, frame: GeoDataFrame) -> Floats:
    """Return what each row adds to `measure`; an empty field adds nothing."""
    if measure.of == "count":
        return np.ones(len(frame))
    if measure.of == "sum":
        return np.asarray(frame[measure.field].to_numpy(dtype=float, na_value=0))
    geometries = frame.geometry.to_numpy()
    if measure.of == "area_mu":
        return to_mu(np.round(measure_area_m2(geometries), 2))
    return measure_length_m(geometries) / 1000


def _to_floats(by_village: Mapping[Hashable, float]) -> dict[str, float]:
    return {str(code): round(float(value), DECIMALS) for code, value in by_village.items()}
