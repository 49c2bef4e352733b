"""Columns of text as numbers of their words: a million findings use a few words each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo_rv.analysis.shapes import NONE
from geo_rv.geodesy.measure import Indices

Texts = npt.NDArray[np.object_]


class Words(NamedTuple):
    """One word for each row: `words[codes]`, and nothing where the code is NONE."""

    codes: Indices
    words: Texts


def repeat_word(word: str | None, count: int) -> Words:
    """Return the same word, or nothing, for `count` rows."""
    return Words(np.full(count, 0 if word else NONE), np.array([word], dtype=object))


def choose_words(codes: npt.ArrayLike, words: Sequence[str]) -> Words:
    """Return for each row the word of its code."""
    return Words(np.asarray(codes, dtype=np.int64), np.array(words, dtype=object))


def join_words(parts: Iterable[Words]) -> Words:
    """Return the rows of all parts, one part after the other."""
    parts = list(parts)
    sizes = [len(part.words) for part in parts]
    codes = [
        np.where(part.codes == NONE, NONE, part.codes + start)
        for part, start in zip(parts, np.cumsum([0, *sizes[:-1]]), strict=True)
    ]
    return Words(np.concatenate(codes), np.concatenate([part.words for part in parts]))


def spell_words(words: Words) -> pd.Series:
    """Return the words as a column of pandas strings."""
    vocabulary = pd.Series(words.words, dtype="str").array
    return pd.Series(vocabulary.take(words.codes, allow_fill=True))
