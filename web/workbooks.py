"""Tables to keep: workbooks that the project writes, sent as files."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from flask import Response, send_file

from web.current import open_project
from web.language import tell

MEDIA_TYPES = {
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".geojson": "application/geo+json",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".pdf": "application/pdf",
}


def send_written(
    write: Callable[[Path], object], title: str, day: date, *, ending: str = ".xlsx"
) -> Response:
    """Return what `write` puts into a file, named by the project, the page's `title` and the day.

    `title` is a key of the message catalogue.
    """
    with TemporaryDirectory() as folder:
        file = Path(folder, f"table{ending}")
        write(file)
        content = BytesIO(file.read_bytes())
    name = f"{open_project().settings.name}-{tell(title)}-{day}{ending}"
    return send_file(content, mimetype=MEDIA_TYPES[ending], download_name=name, as_attachment=True)
