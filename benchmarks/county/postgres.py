"""A private PostgreSQL in a temporary folder, heard on a socket there and nowhere else."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.county.question import ToolMissing

DEBIAN_BINARIES = "/usr/lib/postgresql/*/bin/initdb"
OWNER = "postgres"
"""The account that runs it where root asks, as PostgreSQL refuses to run as root."""
USER, DATA, LOG = "benchmark", "data", "log"
PATIENCE_SECONDS = 30
SETTINGS = {
    "listen_addresses": "",
    "shared_buffers": "1GB",
    "work_mem": "256MB",
    "maintenance_work_mem": "512MB",
    "effective_cache_size": "2GB",
    "random_page_cost": 1.1,
    "max_wal_size": "4GB",
    # a cluster that is thrown away needs no safety from a power cut
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "jit": "off",
}


@contextmanager
def run_cluster() -> Iterator[Path]:
    """Give the folder of a new cluster, which ends with the block; raises ToolMissing."""
    initdb = find_initdb()
    folder = Path(tempfile.mkdtemp(prefix="geo-rv-postgres-"))
    try:
        as_owner = _become_owner(folder)
        _create(initdb, folder, as_owner)
        with _serve(initdb.with_name("postgres"), folder, as_owner):
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def open_session(folder: Path) -> Any:
    """Return a connection to the cluster in `folder`; raises ToolMissing where it cannot start."""
    try:
        import psycopg  # noqa: PLC0415 - not everybody has it
    except ImportError as error:
        raise ToolMissing("psycopg is not installed") from error
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return psycopg.connect(host=str(folder), dbname="postgres", user=USER, autocommit=True)
        except psycopg.OperationalError as error:
            if time.monotonic() > deadline:
                log = (folder / LOG).read_text("utf-8", "replace").strip()
                raise ToolMissing(f"PostgreSQL does not start: {log or error}") from error
            time.sleep(0.1)


def find_initdb() -> Path:
    """Return the newest initdb of this machine; raises ToolMissing."""
    found = shutil.which("initdb")
    debian = sorted(Path("/").glob(DEBIAN_BINARIES.lstrip("/")), key=_tell_version)
    if found is None and not debian:
        raise ToolMissing("PostgreSQL is not installed")
    return debian[-1] if debian else Path(str(found)).resolve()


def _tell_version(initdb: Path) -> int:
    version = initdb.parents[1].name
    return int(version) if version.isdigit() else 0


def _become_owner(folder: Path) -> dict[str, Any]:
    """Return how to start a process as an account that PostgreSQL accepts, and give it `folder`."""
    if os.getuid() != 0:
        return {}
    try:
        shutil.chown(folder, OWNER)
    except LookupError as error:
        raise ToolMissing(f"there is no account {OWNER} to run PostgreSQL as") from error
    return {"user": OWNER, "group": OWNER, "extra_groups": [], "cwd": folder}


def _create(initdb: Path, folder: Path, as_owner: dict[str, Any]) -> None:
    options = ("--auth=trust", f"--username={USER}", "--no-sync", "--encoding=UTF8")
    command: list[Any] = [initdb, *options, "-D", folder / DATA]
    done = subprocess.run(command, check=False, capture_output=True, text=True, **as_owner)
    if done.returncode:
        raise ToolMissing(f"initdb failed: {done.stderr.strip()}")


@contextmanager
def _serve(postgres: Path, folder: Path, as_owner: dict[str, Any]) -> Iterator[None]:
    options = [f"--{name}={value}" for name, value in SETTINGS.items()]
    command: list[Any] = [postgres, "-D", folder / DATA, "-k", folder, *options]
    with (folder / LOG).open("wb") as log:
        server = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, **as_owner
        )
    try:
        yield
    finally:
        server.send_signal(signal.SIGINT)  # ends it without waiting for its clients
        server.wait()
