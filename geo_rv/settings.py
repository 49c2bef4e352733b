"""A project's settings: one row each, with its default and its help, in ``project.toml``."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from geo_rv.errors import NotAProject
from geo_rv.files import replace_when_done
from geo_rv.messages import NOTHING, Text, text
from geo_rv.tables import read_toml

FILE_NAME = "project.toml"
AUTOMATIC = "auto"


@dataclass(frozen=True)
class ProjectSettings:
    """The settings of one project; the help of each stands at ``setting.<name>``."""

    name: str
    town: str = ""
    crs: str = AUTOMATIC
    book: str = "burial"
    report: str = "2023"
    notice: Text = NOTHING
    tianditu_key: str = ""


def read_settings(folder: Path) -> ProjectSettings:
    """Return the settings of the project in `folder`; raises NotAProject or a DataFileError."""
    file = folder / FILE_NAME
    if not file.is_file():
        raise NotAProject(folder=folder)
    return read_toml(ProjectSettings, file)


def write_settings(settings: ProjectSettings, folder: Path) -> None:
    """Write project.toml, each setting with its help above it; raises OutputError."""
    lines = []
    for name, value in dataclasses.asdict(settings).items():
        lines += [f"# {text(f'setting.{name}')}", f"{name} = {_write_value(value)}", ""]
    with replace_when_done(folder / FILE_NAME) as unfinished:
        unfinished.write_text("\n".join(lines), "utf-8")


def _write_value(value: str | Mapping[str, str]) -> str:
    """Return a text, or a table of texts, as TOML."""
    if isinstance(value, str):
        # a JSON string is a TOML basic string
        return json.dumps(value, ensure_ascii=False)
    rows = ", ".join(f"{key} = {_write_value(part)}" for key, part in value.items())
    return f"{{ {rows} }}"
