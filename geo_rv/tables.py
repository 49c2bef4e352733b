"""A TOML table into a frozen dataclass, or one precise message that names file and key."""

from __future__ import annotations

import dataclasses
import difflib
import math
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources.abc import Traversable
from pathlib import Path
from types import NoneType, UnionType
from typing import (
    TYPE_CHECKING,
    Any,
    Literal,
    TypeVar,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

from geo_rv.errors import BrokenToml, MissingKey, UnknownKey, WrongChoice, WrongType
from geo_rv.messages import tell

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T", bound="DataclassInstance")


def read_toml(kind: type[T], path: Path | Traversable, /, **given: object) -> T:
    """Return the TOML file `path` as one `kind`; `given` are keys that the file must not hold.

    Raises a DataFileError that names the file and the key.
    """
    table = load_toml(path)
    open_keys = [field.name for field in dataclasses.fields(kind) if field.name not in given]
    _refuse_unknown(table, open_keys, path.name, "")
    return read_table(kind, {**table, **given}, source=path.name)


def load_toml(path: Path | Traversable) -> dict[str, Any]:
    """Return the TOML file `path` as a plain table; raises BrokenToml."""
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BrokenToml(file=path.name, problem=error) from error


def read_table(kind: type[T], table: Mapping[str, Any], *, source: str, at: str = "") -> T:
    """Return `table` as one `kind`, a dataclass whose field types say what is allowed.

    Allowed are str, int, float, bool, date, Literal, dataclasses, tuples and mappings of
    these, and any of them or None. `source` and `at` say where the table stands.
    """
    fields = dataclasses.fields(kind)
    _refuse_unknown(table, [field.name for field in fields], source, at)
    hints = _list_types(kind)
    values = {}
    for field in fields:
        if field.name in table:
            key = at + field.name
            values[field.name] = _read_value(hints[field.name], table[field.name], source, key)
        elif _is_required(field):
            raise MissingKey(file=source, key=at + field.name)
    return kind(**values)


def find_near(name: str, known: Iterable[str]) -> str:
    """Return those of `known` that somebody who wrote `name` may have meant, for a message."""
    known = list(known)
    return ", ".join(difflib.get_close_matches(name, known, n=1) or known)


def _refuse_unknown(table: Mapping[str, Any], known: list[str], source: str, at: str) -> None:
    for key in table:
        if key not in known:
            raise UnknownKey(file=source, key=at + key, known=find_near(key, known))


@cache
def _list_types(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _is_required(field: dataclasses.Field[Any]) -> bool:
    missing = dataclasses.MISSING
    return field.default is missing and field.default_factory is missing


def _read_value(kind: Any, value: Any, source: str, at: str) -> Any:
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return _read_value(_pick_member(arguments, value), value, source, at)
    if origin is Literal:
        if value not in arguments:
            known = ", ".join(map(str, arguments))
            raise WrongChoice(file=source, key=at, value=value, known=known)
        return value
    if origin is not None:
        return _read_rows(origin, arguments, value, source, at)
    if dataclasses.is_dataclass(kind):
        table = _expect(dict, value, source, at)
        return read_table(kind, table, source=source, at=f"{at}.")  # type: ignore[arg-type]  # is_dataclass does not narrow to a class
    if kind is float and type(value) is int:
        return float(value)
    return _expect(kind, value, source, at)


def _read_rows(
    origin: type, arguments: tuple[Any, ...], value: Any, source: str, at: str
) -> tuple[Any, ...] | dict[str, Any]:
    if origin is tuple:
        rows = _expect(list, value, source, at)
        return tuple(
            _read_value(arguments[0], row, source, f"{at}[{number}]")
            for number, row in enumerate(rows, 1)
        )
    table = _expect(dict, value, source, at)
    return {
        key: _read_value(arguments[1], row, source, f"{at}.{key}") for key, row in table.items()
    }


def _pick_member(members: tuple[Any, ...], value: Any) -> Any:
    """Of a union, the member whose plain type the value has; the first one otherwise."""
    plain = [member for member in members if member is not NoneType]
    return next((member for member in plain if member is type(value)), plain[0])


def _expect(kind: Any, value: Any, source: str, at: str) -> Any:
    # bool is an int and datetime is a date in Python, but not in a data file
    if type(value) is not kind or (kind is float and not math.isfinite(value)):
        raise WrongType(file=source, key=at, value=value, wanted=tell(f"type.{kind.__name__}"))
    return value
