"""The words in a drawing, and whose they are: each belongs to the smallest face that it lies in."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo_rv.intake.wall.dxf_child import COLUMNS

LAYER, ENTITY, BLOCK, TEXT, HANDLE = COLUMNS
_TEXTS = ("TEXT", "MTEXT")
_BETWEEN = " "

Geometries = NDArray[np.object_]
Mask = NDArray[np.bool_]


def find_texts(table: pd.DataFrame) -> Mask:
    """Return which rows of a drawing's table are texts."""
    return np.asarray(table[ENTITY].isin(_TEXTS))


def add_texts(
    table: pd.DataFrame, geometry: Geometries, is_kept: Mask, *, with_blocks: bool
) -> tuple[pd.DataFrame, int]:
    """Return the kept rows of `table` with the words in their faces; and how many lie in none.

    Several texts in one face are joined in the order of reading. Where `with_blocks`, a block
    with attributes that is the only one in a face gives them to it.
    """
    is_text = find_texts(table)
    kept = table[is_kept].reset_index(drop=True)
    faces, places = geometry[is_kept], geometry[is_text]
    owners = _find_owners(faces, places)
    words = pd.DataFrame(
        {
            "owner": owners,
            "word": table.loc[is_text, TEXT].to_numpy(),
            "down": -shapely.get_y(places),
            "across": shapely.get_x(places),
        }
    )
    inside = words[(owners >= 0) & words["word"].notna()].sort_values(["down", "across"])
    texts = inside.groupby("owner")["word"].agg(_BETWEEN.join)
    kept.loc[texts.index, TEXT] = texts
    if with_blocks:
        _add_attributes(table, geometry, faces, kept)
    return kept, int((owners < 0).sum())


def _add_attributes(
    table: pd.DataFrame, geometry: Geometries, faces: Geometries, kept: pd.DataFrame
) -> None:
    tags = list(table.columns[len(COLUMNS) :])
    is_block = table[tags].notna().any(axis=1).to_numpy(dtype=bool)
    if not is_block.any():
        return
    given = table.loc[is_block, tags].assign(owner=_find_owners(faces, geometry[is_block]))
    alone = given[(given["owner"] >= 0) & ~given["owner"].duplicated(keep=False)]
    kept.loc[alone["owner"], tags] = alone[tags].to_numpy()


def _find_owners(faces: Geometries, places: Geometries) -> NDArray[np.int64]:
    """Return the smallest of `faces` that each of `places` lies in, -1 for none."""
    owners = np.full(len(places), -1, dtype=np.int64)
    only_faces = faces.copy()
    only_faces[shapely.get_dimensions(faces) != 2] = None
    tree = shapely.STRtree(only_faces)
    at, inside = tree.query(places, predicate="intersects")
    # the smallest comes last, and stays
    order = np.argsort(-shapely.area(faces)[inside], kind="stable")
    owners[at[order]] = inside[order]
    return owners
