"""Columns of text as numbers of their words: a million findings use a few words each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from geo_rv.analysis.boxtree import NONE
from geo_rv.geodesy.measure import Indices

Texts = npt.NDArray[np.object_]


class Words(NamedTuple):
    """One word for each row: `words[codes]`, and nothing where the code is NONE."""

    codes: Indices
    words: Texts


def repeat_word(word: str | None, count: int) -> Words:
    """Return the same word, or nothing, for `count` rows."""
    code = np.int64(0 if word else NONE)
    return Words(np.broadcast_to(code, count), np.array([word], dtype=object))


def choose_words(codes: npt.ArrayLike, words: Sequence[str] | Texts) -> Words:
    """Return for each row the word of its code."""
    return Words(np.asarray(codes, dtype=np.int64), np.asarray(words, dtype=object))


def join_words(parts: Iterable[Words]) -> Words:
    """Return the rows of all parts, one part after the other; words they share stay as they are."""
    parts = list(parts)
    if all(part.words is parts[0].words for part in parts):
        return Words(np.concatenate([part.codes for part in parts]), parts[0].words)
    sizes = [len(part.words) for part in parts]
    codes = [
        np.where(part.codes == NONE, NONE, part.codes + start)
        for part, start in zip(parts, np.cumsum([0, *sizes[:-1]]), strict=True)
    ]
    return Words(np.concatenate(codes), np.concatenate([part.words for part in parts]))


def spell_words(parts: Iterable[Words]) -> Any:
    """Return the rows of all parts, one after the other, as pandas strings."""
    vocabularies: dict[int, pa.Array] = {}
    spelt = [_spell(part, vocabularies) for part in parts]
    dtype: Any = pd.StringDtype(na_value=np.nan)
    return dtype.__from_arrow__(pa.chunked_array(spelt))


def _spell(part: Words, vocabularies: dict[int, pa.Array]) -> pa.Array:
    codes, words = part
    if codes.strides == (0,):
        word = words[codes[0]] if len(codes) and codes[0] != NONE else None
        return pa.repeat(pa.scalar(word, type=pa.large_string()), len(codes))
    if len(codes) < len(words):
        # a few rows do not need the whole vocabulary
        chosen = words[codes]
        chosen[codes == NONE] = None
        return pa.array(chosen, type=pa.large_string(), from_pandas=True)
    if id(words) not in vocabularies:
        vocabularies[id(words)] = pa.array(words, type=pa.large_string(), from_pandas=True)
    if len(codes) == len(words) and np.array_equal(codes, np.arange(len(words))):
        return vocabularies[id(words)]
    return vocabularies[id(words)].take(pa.array(codes, mask=codes == NONE))
