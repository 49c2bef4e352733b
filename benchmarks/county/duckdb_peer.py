"""DuckDB with its spatial extension, which comes as a package of its own and is loaded from it."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from typing import Any

from benchmarks.county.question import (
    CORES,
    DATA_FILE,
    LAYERS,
    LIMIT_M,
    PLANE,
    SITES,
    STORED,
    Answer,
    Tool,
    ToolMissing,
    collect,
)

EXTENSION = "duckdb_extension_spatial"
OPERATOR = "SPATIAL_JOIN"
STEADY_READING = "OGR_GPKG_STREAM_BASE_IMPL"
"""GDAL's setting without which ST_Read of a GeoPackage fails every other time, in 1.4 and 1.5."""
LOAD = """
CREATE TABLE {layer} AS
SELECT ST_Transform(geom, '{stored}', '{plane}', always_xy := true) AS geom
FROM ST_Read('{file}', layer := '{layer}')
"""
# a row's number is what our own kernel gives too; names would cost it a little more
NEAREST = """
SELECT site, arg_min(feature, distance_m) AS feature, min(distance_m) AS distance_m
FROM (
  SELECT site.rowid AS site, feature.rowid AS feature,
         ST_Distance(site.geom, feature.geom) AS distance_m
  FROM {sites} AS site JOIN {layer} AS feature
    ON ST_DWithin(site.geom, feature.geom, {limit})
)
GROUP BY site
"""


class SpatialJoin(Tool):
    """A spatial join within the limit, and the least distance of each site's pairs."""

    title = "DuckDB"

    def load(self, project: Path) -> None:
        self._connection = connect()
        file = str(project / DATA_FILE).replace("'", "''")
        names = {"stored": STORED, "plane": PLANE, "file": file}
        for layer in (SITES, *LAYERS):
            self._connection.execute(LOAD.format(layer=layer, **names))
        for query in _list_queries():
            plan = self._connection.execute(f"EXPLAIN {query}").fetchall()
            if OPERATOR not in str(plan):
                raise AssertionError(f"DuckDB does not use {OPERATOR}: {plan}")

    def ask(self) -> list[Any]:
        return [self._connection.execute(query).fetchnumpy() for query in _list_queries()]

    def read(self, found: list[Any]) -> Answer:
        sites = self._connection.table(SITES).shape[0]
        return collect(((rule["site"], rule["distance_m"]) for rule in found), sites)


def connect() -> Any:
    """Return a DuckDB in memory that has the spatial extension; raises ToolMissing."""
    package = importlib.util.find_spec(EXTENSION)
    if importlib.util.find_spec("duckdb") is None or package is None:
        raise ToolMissing("duckdb and duckdb-extension-spatial are not installed")
    import duckdb  # noqa: PLC0415 - not everybody has it

    os.environ[STEADY_READING] = "YES"
    folder = Path(str(package.origin)).parent / "extensions" / f"v{duckdb.__version__}"
    settings: dict[str, Any] = {"threads": CORES, "autoinstall_known_extensions": False}
    connection = duckdb.connect(config=settings)
    try:
        connection.load_extension(str(folder / "spatial.duckdb_extension"))
    except duckdb.Error as error:
        raise ToolMissing(f"its spatial extension cannot be loaded: {error}") from error
    return connection


def _list_queries() -> list[str]:
    return [NEAREST.format(sites=SITES, layer=layer, limit=LIMIT_M) for layer in LAYERS]
