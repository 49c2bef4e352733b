"""One tool in a process of its own: `python -m benchmarks.county.worker HOW TOOL PROJECT ANSWER`.

HOW is `warm`: load, then answer once for each line of the standard input, telling the seconds of
each; or `cold`: go from the files to the finding table once; or `click`: ask about single points.
The answer goes into the file ANSWER. What it prints is one JSON object a line.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.county.question import ToolMissing
from benchmarks.county.tools import find_tool


def answer_warm(name: str, project: Path, file: Path) -> None:
    """Load, and answer whenever a line comes in."""
    tool = find_tool(name)()
    try:
        loading, _ = measure(lambda: tool.load(project))
        tell(seconds=loading)
        found = None
        for _line in sys.stdin:
            seconds, found = measure(tool.ask)
            tell(seconds=seconds)
        tool.read(found).save(file)
    except ToolMissing as missing:
        tell(missing=str(missing))
    finally:
        tool.close()


def answer_cold(name: str, project: Path, file: Path) -> None:
    """Go from the files to the finding table."""
    tool = find_tool(name)()
    try:
        tool.check(project).save(file)
    except ToolMissing as missing:
        tell(missing=str(missing))


def answer_clicks(_name: str, project: Path, _file: Path) -> None:
    """Ask ours about single points."""
    from benchmarks.county.clicks import time_clicks  # noqa: PLC0415 - not every tool waits for it

    tell(**time_clicks(project))


def measure(work: Callable[[], Any]) -> tuple[float, Any]:
    """Return the seconds that `work` takes, and its result."""
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def tell(**facts: Any) -> None:
    """Print one line for the process that started this one."""
    print(json.dumps(facts), flush=True)


def main() -> None:
    how, name, project, file = sys.argv[1:]
    answer = {"warm": answer_warm, "cold": answer_cold, "click": answer_clicks}[how]
    answer(name, Path(project), Path(file))


if __name__ == "__main__":
    main()
