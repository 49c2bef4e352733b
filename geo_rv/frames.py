"""The one form of a layer's frame: the columns of its catalogue entry, in order and typed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import pandas as pd
from geopandas import GeoDataFrame

from geo_rv.catalogue import Field, FieldType, LayerSpec

Layers = Mapping[str, GeoDataFrame]
"""Layer frames by their kind; a kind that never was imported is absent."""

Mode = Literal["add", "replace", "update"]
"""What frames do to the layers that they are written to.

`add` to the features that are there, `replace` them all, or `update` those of the same id and add
the rest.
"""

COLUMN_TYPES: Mapping[FieldType, str] = {
    "text": "str",
    "integer": "Int64",
    "number": "float64",
    "boolean": "boolean",
    "date": "datetime64[ms]",
}


def conform_frame(frame: GeoDataFrame, spec: LayerSpec) -> GeoDataFrame:
    """Return `frame` with exactly the columns of `spec`, typed, and its geometry last.

    Columns that the frame lacks are empty, columns that the catalogue lacks are left out: the
    caller has told about them. What is empty gets the field's default, where it has one. The
    CRS is kept; the rows are numbered from 0.
    """
    conformed = GeoDataFrame(
        conform_attributes(frame, spec), geometry=frame.geometry.array, crs=frame.crs
    )
    return conformed.reset_index(drop=True)


def conform_attributes(frame: pd.DataFrame, spec: LayerSpec) -> pd.DataFrame:
    """Return the columns of `spec`, as `conform_frame`, without a geometry; the index is kept."""
    columns = {field.name: _conform_column(frame, field) for field in spec.fields}
    return pd.DataFrame(columns, index=frame.index)


def _conform_column(frame: pd.DataFrame, field: Field) -> pd.Series:
    kind: Any = COLUMN_TYPES[field.type]
    column: pd.Series = (
        frame[field.name].astype(kind)
        if field.name in frame
        else pd.Series(None, index=frame.index, dtype=kind)
    )
    if field.default is not None:
        column = column.fillna(field.default)
    return column
