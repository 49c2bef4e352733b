"""Serving the pages from this computer to this computer."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from threading import Thread

import click
from waitress.server import create_server

from geo_rv.errors import GeoRvError
from geo_rv.messages import Language, text
from geo_rv.project import Project
from web.app import create_app
from web.current import EXTENSION

LOOPBACK = ("127.0.0.1", "localhost")
FIRST_PORT = 8000
TRIED_PORTS = 100
ANY_PORT = 0
THREADS = 8


class AddressRefused(GeoRvError):
    """An address that other computers could reach: there are no accounts yet."""


class PortTaken(GeoRvError):
    """The port that was asked for cannot be had: another program's, or the system's."""


def serve(
    project_path: str | Path,
    *,
    host: str = "127.0.0.1",
    port: int | None = None,
    language: Language = "zh",
) -> None:
    """Serve the project until interrupted, on `port` or else on the first free one from 8000.

    Raises AddressRefused for any address but this computer's own, PortTaken
    where `port` cannot be had, and ProjectError where there is no project.
    """
    if host not in LOOPBACK:
        raise AddressRefused(host=host)
    project = Project.open(Path(project_path))
    app = create_app({"PROJECT": project_path, "LANGUAGE": language})
    door = open_door(port)
    address = f"http://127.0.0.1:{door.getsockname()[1]}"
    click.echo(text("web.serving", language, project=project.settings.name, address=address))
    # the first visitor finds the layers taken apart
    Thread(target=app.extensions[EXTENSION].open(Path(project_path)).prepare, daemon=True).start()
    server = create_server(app, sockets=[door], threads=THREADS, ident=None)
    server.run()


def open_door(port: int | None) -> socket.socket:
    """Return a socket bound to `port` of this computer, or to the first free one from 8000.

    Raises PortTaken.
    """
    if port is not None:
        return _bind(port)
    for candidate in range(FIRST_PORT, FIRST_PORT + TRIED_PORTS):
        try:
            return _bind(candidate)
        except PortTaken:
            continue
    return _bind(ANY_PORT)


def _bind(port: int) -> socket.socket:
    door = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    # Windows would share a port with whoever holds it; elsewhere a port just left is free at once
    option = "SO_EXCLUSIVEADDRUSE" if os.name == "nt" else "SO_REUSEADDR"
    door.setsockopt(socket.SOL_SOCKET, getattr(socket, option), 1)
    try:
        door.bind(("127.0.0.1", port))
        door.listen()
    except OSError as error:
        door.close()
        raise PortTaken(port=port, problem=error.strerror) from error
    return door
