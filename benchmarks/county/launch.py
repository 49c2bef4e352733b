"""Starts tools in processes of their own, and tells how long and how large they were."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import IO, Any, Literal, Self

How = Literal["warm", "cold", "click"]

ROOT = Path(__file__).parents[2]
"""Where `benchmarks` is found by its name."""

# a process begins with the memory of the one that started it, so a small one starts it
LAUNCHER = """
import json, resource, subprocess, sys
code = subprocess.run(sys.argv[1:]).returncode
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
print(json.dumps({"code": code, "peak_kib": peak}))
"""


class LeftOut(Exception):
    """A tool that gave no answer, and why."""


@dataclass(frozen=True)
class Ending:
    """How a process went."""

    seconds: float
    """From its start to its end."""
    peak_gb: float
    """The memory of the largest process of it."""
    facts: tuple[dict[str, Any], ...]
    """What it told since it was last heard."""


class Worker:
    """A running `benchmarks.county.worker`, which ends with the block that it is opened in."""

    def __init__(
        self,
        how: How,
        name: str,
        project: Path,
        answer: Path,
        *,
        environment: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """Start the tool `name` on a project; its answer goes into the file `answer`."""
        module = [sys.executable, "-m", "benchmarks.county.worker"]
        self._start = time.perf_counter()
        self._process = subprocess.Popen(
            [sys.executable, "-c", LAUNCHER, *module, how, name, project, answer],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env={**os.environ, **environment},
        )
        self._stdin, self._stdout = _require_pipes(self._process)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stdin.close()
        self._stdout.read()
        self._stdout.close()
        self._process.wait()

    def hear(self) -> dict[str, Any]:
        """Return what the worker tells next; raises LeftOut where it tells why it cannot work."""
        facts: dict[str, Any] = json.loads(self._stdout.readline())
        if "missing" in facts:
            raise LeftOut(facts["missing"])
        if facts.get("code"):
            raise LeftOut(f"its process ended with the code {facts['code']}")
        return facts

    def ask(self) -> float:
        """Have the worker answer once, and return the seconds that it took."""
        self._stdin.write("\n")
        self._stdin.flush()
        return float(self.hear()["seconds"])

    def finish(self) -> Ending:
        """Wait for its end, and return how it went; raises LeftOut."""
        self._stdin.close()
        heard: list[dict[str, Any]] = []
        while "code" not in (facts := self.hear()):
            heard.append(facts)
        self._process.wait()
        seconds = time.perf_counter() - self._start
        return Ending(seconds, facts["peak_kib"] * 1024 / 1e9, tuple(heard))


def _require_pipes(process: subprocess.Popen[str]) -> tuple[IO[str], IO[str]]:
    if process.stdin is None or process.stdout is None:
        raise AssertionError("the process was started without pipes")
    return process.stdin, process.stdout
