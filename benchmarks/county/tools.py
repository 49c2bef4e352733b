"""The tools by their short names, imported when it is wanted."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

from benchmarks.county.question import Tool

OURS, UNCACHED = "ours", "uncached"
TOOLS: Mapping[str, tuple[str, str]] = {
    OURS: ("ours", "GeoRv"),
    UNCACHED: ("ours", "GeoRvUncached"),
    "duckdb": ("duckdb_peer", "SpatialJoin"),
    "postgis": ("postgis_peer", "NearestNeighbours"),
    "nearest": ("geopandas_peers", "NearestJoin"),
    "buffer": ("geopandas_peers", "BufferJoin"),
}
"""The module and the class of each."""
PEERS = tuple(name for name in TOOLS if name not in {OURS, UNCACHED})
COLD = (OURS, "duckdb", "nearest")
"""The tools that are also asked from the files on, in a new process."""


def find_tool(name: str) -> type[Tool]:
    """Return the class of a tool."""
    module, tool = TOOLS[name]
    found: type[Tool] = getattr(import_module(f"benchmarks.county.{module}"), tool)
    return found
