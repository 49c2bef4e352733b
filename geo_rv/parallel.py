"""Work on every core, for code that lets go of Python's lock."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Final

PARTS_PER_CORE: Final = 8
"""More parts than cores, so that an easy one does not leave a core idle."""


def split_work(count: int, work: Callable[[int, int], None], *, least: int) -> None:
    """Call `work(first, last)` on parts of `count` on every core; `least` is worth a core."""
    cores = min(os.cpu_count() or 1, max(1, count // least))
    if cores == 1:
        work(0, count)
        return
    edges = [count * part // (cores * PARTS_PER_CORE) for part in range(cores * PARTS_PER_CORE + 1)]
    with ThreadPoolExecutor(cores) as pool:
        for done in [pool.submit(work, first, last) for first, last in pairwise(edges)]:
            done.result()
