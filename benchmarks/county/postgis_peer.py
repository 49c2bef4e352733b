"""PostGIS, in a cluster of its own: the nearest by index, site by site."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from benchmarks.county.flat import read_flat
from benchmarks.county.postgres import open_session, run_cluster
from benchmarks.county.question import CORES, LAYERS, SITES, Answer, Tool, ToolMissing, collect

TABLE = "CREATE UNLOGGED TABLE {layer} (number integer, geom geometry)"
COPY = "COPY {layer} FROM STDIN (FORMAT BINARY)"
INDEX = "CREATE INDEX ON {layer} USING gist (geom)"
ANALYSE = "VACUUM (ANALYZE, FREEZE) {layer}"
NEAREST = """
SELECT site.number AS site, nearest.number AS feature, nearest.distance_m
FROM {sites} AS site CROSS JOIN LATERAL (
  SELECT number, site.geom <-> feature.geom AS distance_m
  FROM {layer} AS feature ORDER BY site.geom <-> feature.geom LIMIT 1
) AS nearest
WHERE site.number % {shares} = {share}
"""
CLEAR = "DROP TABLE IF EXISTS {answer}"
KEEP = "CREATE UNLOGGED TABLE {answer} AS {query}"
READ = "SELECT site, distance_m FROM {answer}"
COUNT = "SELECT count(*) FROM {layer}"
PLAN = ("Index Scan", "Order By: (geom <-> site.geom)")


class NearestNeighbours(Tool):
    """K nearest neighbours, K = 1, by the GiST index.

    PostgreSQL runs no LATERAL with a LIMIT in parallel, so that each core has a session of its
    own that asks for its share of the sites, as people do who want both.
    """

    title = "PostGIS KNN"

    def load(self, project: Path) -> None:
        self._stack = ExitStack()
        folder = self._stack.enter_context(run_cluster())
        self._sessions = [
            self._stack.enter_context(open_session(folder)) for _share in range(CORES)
        ]
        self._require_postgis()
        for layer in (SITES, *LAYERS):
            self._fill(layer, read_flat(project, layer).geometry.to_numpy())
        for layer in LAYERS:
            self._require_index(layer)

    def ask(self) -> None:
        with ThreadPoolExecutor(CORES) as pool:
            list(pool.map(self._ask_share, range(CORES)))

    def read(self, found: None) -> Answer:
        del found  # it stands in the tables
        shares = range(CORES)
        rules = [np.concatenate([self._read_share(layer, n) for n in shares]) for layer in LAYERS]
        sites = self._execute(COUNT, layer=SITES).fetchone()[0]
        return collect(((rule[:, 0].astype(int), rule[:, 1]) for rule in rules), sites)

    def close(self) -> None:
        self._stack.close()

    def _ask_share(self, share: int) -> None:
        for layer in LAYERS:
            answer = _name_answer(layer, share)
            self._execute(CLEAR, session=share, answer=answer)
            self._execute(KEEP, session=share, answer=answer, query=_ask_nearest(layer, share))

    def _read_share(self, layer: str, share: int) -> Any:
        return np.array(self._execute(READ, answer=_name_answer(layer, share)).fetchall())

    def _execute(self, statement: str, *, session: int = 0, **names: str) -> Any:
        return self._sessions[session].execute(statement.format(**names))

    def _require_postgis(self) -> None:
        import psycopg  # noqa: PLC0415 - not everybody has it

        try:
            self._execute("CREATE EXTENSION postgis")
        except psycopg.Error as error:
            raise ToolMissing(f"PostGIS is not installed: {error}") from error

    def _require_index(self, layer: str) -> None:
        rows = self._execute("EXPLAIN {query}", query=_ask_nearest(layer, 0)).fetchall()
        plan = "\n".join(row[0] for row in rows)
        if not all(needed in plan for needed in PLAN):
            raise AssertionError(f"PostGIS does not use its index: {plan}")

    def _fill(self, layer: str, geometries: Any) -> None:
        self._execute(TABLE, layer=layer)
        with self._sessions[0].cursor().copy(COPY.format(layer=layer)) as copy:
            copy.set_types(["int4", "bytea"])  # a geometry comes in as its WKB
            for row in enumerate(shapely.to_wkb(geometries)):
                copy.write_row(row)
        self._execute(INDEX, layer=layer)
        self._execute(ANALYSE, layer=layer)


def _ask_nearest(layer: str, share: int) -> str:
    return NEAREST.format(sites=SITES, layer=layer, shares=CORES, share=share)


def _name_answer(layer: str, share: int) -> str:
    return f"answer_{layer}_{share}"
