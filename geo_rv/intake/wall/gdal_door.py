"""The one door to GDAL: a child process with one driver, no network, and bounds on all it uses.

What is read here was brought by somebody, so it is first copied into a private folder under a
name of our own; GDAL never sees the user's path. The child (`gdal_child`) answers with Arrow
files and a reply in JSON. Linked and virtual formats cannot be opened even if they got here:
their drivers are off.
"""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyogrio
import shapely
from numpy.typing import NDArray

from geo_rv.errors import (
    ReadingFailed,
    ReadingTooLong,
    SourceError,
    SourceRefused,
    SourceUnreadable,
)
from geo_rv.intake.limits import Limits
from geo_rv.intake.wall.gdal_child import GEOMETRY
from geo_rv.messages import tell
from geo_rv.progress import Progress, keep_quiet

BEHIND = Path(__file__).parent
"""Where the programs lie that are run behind the wall."""
_BEAT = 0.1
"""How often, in seconds, somebody is asked whether a child process is to go on."""
_VERTEX_BYTES = 16
_ARC_STEP = "0.5"
"""Degrees between two vertices of an arc that is drawn by lines: within 1e-5 of its radius."""
_SHOWN_CHARACTERS = 200
_DEAD_PROXY = "http://127.0.0.1:9"
# what a process needs to start at all; everything else of the user's environment stays outside
_KEPT = ("PATH", "SYSTEMROOT", "WINDIR", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "CONDA_PREFIX")
# numpy's library of linear algebra, of which nothing is asked, starts threads with room for each
_QUICK_START = {"OPENBLAS_NUM_THREADS": "1"}
_NO_NETWORK = {
    "GDAL_HTTP_PROXY": _DEAD_PROXY,
    "GDAL_HTTPS_PROXY": _DEAD_PROXY,
    "GDAL_HTTP_TIMEOUT": "1",
    "GDAL_HTTP_CONNECTTIMEOUT": "1",
    "GDAL_HTTP_MAX_RETRY": "0",
    "CPL_VSIL_CURL_ALLOWED_FILENAME": "none",
    "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": ".none",
    "PROJ_NETWORK": "OFF",
}
_PROXIES = ("http_proxy", "https_proxy", "ftp_proxy", "all_proxy")


@dataclass(frozen=True)
class Room:
    """The private folder in which one file is read."""

    folder: Path
    file: str
    """What the user calls the file."""
    limits: Limits
    progress: Progress = keep_quiet
    """Told what is being done; asked, while a child process works, whether to go on."""


@dataclass(frozen=True)
class Source:
    """One layer to be read."""

    file: str
    """Below the room's folder."""
    layer: str | None = None
    where: str | None = None
    """Which features, in OGR's SQL, made from our own data only."""
    key: str = ""
    """The name of the key column, where it is wanted as a column."""
    options: Mapping[str, str] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True)
class Content:
    """One layer as GDAL reads it."""

    table: pd.DataFrame
    """The attributes; its columns have the file's names, and may repeat."""
    geometry: NDArray[Any]
    """Shapely geometries, in the order of the rows; None where there is none."""
    is_unreadable: NDArray[Any]
    """Where there was a geometry that is none, such as a ring of one point."""
    is_closed_now: NDArray[Any]
    """Where a ring was not closed, and has been."""
    crs: str | None
    warnings: tuple[str, ...]
    ids: tuple[str | None, ...] = ()
    """Each feature's own identity, where the format has one beside the attributes (GeoJSON)."""
    curves: int = 0
    """How many geometries had arcs, which are lines now."""


@dataclass(frozen=True)
class GeoPackageLayer:
    """A feature layer that a GeoPackage lists."""

    name: str
    is_table: bool
    """A view is not: it may run functions that its maker chose."""
    key: str


def list_geopackage(room: Room, file: str) -> tuple[GeoPackageLayer, ...]:
    """Return the feature layers of a GeoPackage in `room`; raises a SourceError."""
    reply = ask_child(room, {"action": "list_geopackage", "file": file}, environment={})
    return tuple(GeoPackageLayer(**layer) for layer in reply["layers"])


def list_layers(room: Room, driver: str, file: str) -> tuple[str, ...]:
    """Return the layers with geometries of a file in `room`; raises a SourceError."""
    request = {"action": "list_layers", "file": file}
    environment = make_environment(driver, room.folder)
    return tuple(ask_child(room, request, environment=environment)["layers"])


def read_geojson(room: Room, file: str) -> Content:
    """Read a GeoJSON file in `room`, by the letter of RFC 8259 and without GDAL.

    The CRS is the name that the file gives, "" where it gives none, None where it is null.
    Raises a SourceError.
    """
    request = {"action": "read", "file": file}
    return load_contents(
        room, ask_child(room, request, environment={}, child=BEHIND / "geojson_child.py")
    )[0]


def read_sources(
    room: Room, driver: str, sources: Sequence[Source], *, settings: Mapping[str, str] | None = None
) -> tuple[Content, ...]:
    """Read layers in `room` with the one GDAL `driver`, all in one child process.

    `settings` are further settings of GDAL. Raises SourceUnreadable, ReadingTooLong or
    ReadingFailed.
    """
    request = {
        "action": "read_sources",
        "sources": [dataclasses.asdict(source) for source in sources],
    }
    environment = make_environment(driver, room.folder) | dict(settings or {})
    return load_contents(room, ask_child(room, request, environment=environment))


def load_contents(room: Room, reply: Mapping[str, Any]) -> tuple[Content, ...]:
    """Return the layers that a child wrote, as its `reply` lists them; raises a SourceError."""
    try:
        return tuple(_load_content(room, layer) for layer in reply["layers"])
    except (pa.ArrowInvalid, UnicodeDecodeError) as error:
        # such as text that is not in the encoding that it should be in
        raise SourceUnreadable(file=room.file, problem=_tell_briefly(room, str(error))) from error


def make_environment(driver: str, folder: Path) -> dict[str, str]:
    """Return the settings of a GDAL that may use `driver`, with its own files in `folder`."""
    others = ",".join(name for name in _list_drivers() if name != driver)
    return {
        **_NO_NETWORK,
        **dict.fromkeys([*_PROXIES, *map(str.upper, _PROXIES)], _DEAD_PROXY),
        "GDAL_SKIP": others,
        "OGR_SKIP": others,
        "GDAL_DRIVER_PATH": "disable",
        "OGR_SQLITE_PRAGMA": "trusted_schema=OFF",
        "CPL_TMPDIR": str(folder),
        "GDAL_NUM_THREADS": "1",
        "OGR_ARC_STEPSIZE": _ARC_STEP,
        # Arrow's own pools reserve more address space than they use
        "ARROW_DEFAULT_MEMORY_POOL": "system",
    }


@cache
def _list_drivers() -> tuple[str, ...]:
    return tuple(pyogrio.list_drivers())


def ask_child(
    room: Room,
    request: dict[str, Any],
    *,
    environment: Mapping[str, str],
    child: Path = BEHIND / "gdal_child.py",
) -> dict[str, Any]:
    """Run the child on `request` and return its reply; raises a SourceError where it refuses.

    `environment` is all of GDAL's settings that it gets; `child` is a program of ours that is
    run by its path.
    """
    request["limits"] = dataclasses.asdict(room.limits)
    (room.folder / "request.json").write_text(json.dumps(request), "utf-8")
    reply_file = room.folder / "reply.json"
    reply_file.unlink(missing_ok=True)
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    # the child finds the same libraries, and nothing beside its own file
    paths = os.pathsep.join(path for path in sys.path if path)
    temporary = dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(room.folder))
    command = [sys.executable, "-P", "-X", "utf8", str(child), str(room.folder)]
    ours = {"PYTHONPATH": paths, **_QUICK_START}
    _run_child(room, command, {**kept, **temporary, **environment, **ours})
    try:
        reply: dict[str, Any] = json.loads(reply_file.read_text("utf-8"))
    except (FileNotFoundError, ValueError) as error:
        raise ReadingFailed(file=room.file) from error
    if "refused" in reply:
        raise _explain_refusal(room, reply["refused"], reply["facts"])
    return reply


def _run_child(room: Room, command: Sequence[str], environment: Mapping[str, str]) -> None:
    """Run `command` to its end, or to that of its time; what `room.progress` raises kills it."""
    until = time.monotonic() + room.limits.seconds
    process = subprocess.Popen(  # noqa: S603 - our own interpreter, our own file, a folder of ours
        command,
        env=environment,
        cwd=room.folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    # a thread that waits learns of the end at once, on every system
    waiting = threading.Thread(target=process.wait)
    waiting.start()
    try:
        while waiting.is_alive():
            if time.monotonic() > until:
                raise ReadingTooLong(file=room.file, seconds=room.limits.seconds)
            room.progress("progress.reading")
            waiting.join(_BEAT)
    finally:
        if process.returncode is None:
            process.kill()
        waiting.join()


def _explain_refusal(room: Room, reason: str, facts: Mapping[str, str]) -> SourceError:
    """Return the error that tells why the child refused the file."""
    if reason in ("damaged", "unreadable"):
        return SourceUnreadable(file=room.file, problem=_tell_briefly(room, facts["problem"]))
    return SourceRefused(file=room.file, reason=tell(f"intake.refusal.{reason}", **facts))


def _tell_briefly(room: Room, message: str) -> str:
    """Return a message of a library without the private copy's folder, and not at length."""
    return message.replace(f"{room.folder}{os.sep}", "")[:_SHOWN_CHARACTERS]


def _load_content(room: Room, layer: Mapping[str, Any]) -> Content:
    path = room.folder / layer["file"]
    with pa.OSFile(str(path)) as file:
        table = pa.ipc.open_file(file).read_all()
    table.validate(full=True)
    path.unlink()
    if table.column(GEOMETRY).nbytes > room.limits.vertices * _VERTEX_BYTES:
        reason = tell("intake.refusal.vertices", most=room.limits.vertices)
        raise SourceRefused(file=room.file, reason=reason)
    encoded = table.column(GEOMETRY).to_numpy()
    geometry, is_closed_now = _decode(encoded)
    attributes = table.drop_columns([GEOMETRY]).to_pandas(date_as_object=False)
    attributes.columns = layer["columns"]
    return Content(
        table=attributes,
        geometry=geometry,
        is_unreadable=shapely.is_missing(geometry) & pd.notna(encoded),
        is_closed_now=is_closed_now,
        crs=layer["crs"],
        warnings=tuple(_tell_briefly(room, warning) for warning in layer["warnings"]),
        ids=tuple(layer.get("ids", ())),
        curves=layer.get("curves", 0),
    )


@np.errstate(invalid="ignore")  # a vertex that is no number is told later, as one nowhere
def _decode(encoded: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return geometries from WKB, None for what is none; and where a ring had to be closed."""
    geometry = _parse(encoded, on_invalid="ignore")
    is_left = shapely.is_missing(geometry) & pd.notna(encoded)
    closed = _parse(encoded[is_left], on_invalid="fix")
    closed[shapely.is_missing(closed) | (shapely.area(closed) == 0)] = None  # only there and back
    geometry[is_left] = closed
    return geometry, is_left & ~shapely.is_missing(geometry)


def _parse(encoded: NDArray[Any], *, on_invalid: str) -> NDArray[Any]:
    try:
        return np.asarray(shapely.from_wkb(encoded, on_invalid=on_invalid), dtype=object)
    except NotImplementedError:  # at the first curve
        if len(encoded) == 1:
            return np.full(1, None, dtype=object)
        halves = np.array_split(encoded, 2)
        return np.concatenate([_parse(half, on_invalid=on_invalid) for half in halves])
