"""How functions are compiled: once for a machine, kept beside the code, free of Python's lock."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

from numba import njit

Function = TypeVar("Function", bound=Callable[..., Any])

_KEPT: Final[dict[str, Any]] = {"cache": True, "nogil": True, "error_model": "numpy"}
# Counting who holds an array, at every call and on two cores at once, took four fifths of the
# time. Without the counting a function may not make arrays, only use those it is given.
_LEAN: Final[dict[str, Any]] = {**_KEPT, "_nrt": False}
_LOOSE: Final = {"contract", "nsz", "nnan", "reassoc", "arcp"}


def compiled(function: Function) -> Function:
    """Compile a function."""
    return njit(**_KEPT)(function)  # type: ignore[no-any-return]  # numba keeps the signature


def lean(function: Function) -> Function:
    """Compile a function that makes no array."""
    return njit(**_LEAN)(function)  # type: ignore[no-any-return]  # numba keeps the signature


def inlined(function: Function) -> Function:
    """Compile a function that makes no array into those that call it."""
    return njit(**_LEAN, forceinline=True)(function)  # type: ignore[no-any-return]  # as above


def vectorised(function: Function) -> Function:
    """Compile a loop over finite numbers, in whatever order a processor does it fastest."""
    return njit(**_LEAN, forceinline=True, fastmath=_LOOSE)(function)  # type: ignore[no-any-return]  # as above
