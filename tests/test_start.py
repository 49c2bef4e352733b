"""How quickly the tool starts: what a check does not need is not loaded for it."""

from __future__ import annotations

import subprocess
import sys

SLOW_TO_LOAD = ("docx", "ezdxf", "folium", "matplotlib", "openpyxl", "rasterio", "requests")


def test_the_engine_starts_without_what_only_maps_reports_and_drawings_need() -> None:
    code = f"import geo_rv.project, sys; print([m for m in {SLOW_TO_LOAD} if m in sys.modules])"

    started = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )

    assert started.stdout.strip() == "[]"
