"""Runs the fuzzer: `python -m fuzz` each target in turn, `python -m fuzz NAME` one of them.

FUZZ_SECONDS (60) is the time of each. What makes a target fail is written to the folder
`fuzz-failures` beside this package, and `python -m fuzz NAME FILE` runs it again.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["geo_rv"]):
    from fuzz.targets import TARGETS

SECONDS = int(os.environ.get("FUZZ_SECONDS", "60"))
LONGEST = 4096
"""Bytes of one input."""
SLOWEST = 10
"""Seconds that one input may take."""
MEMORY_MB = 2048
FAILURES = Path(__file__).parents[1] / "fuzz-failures"


def fuzz_target(name: str, files: list[str]) -> None:
    """Fuzz one target until its time is up, or run it on `files` alone; ends the process."""
    target = TARGETS[name]
    FAILURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as corpus:
        for number, seed in enumerate(target.seeds):
            (Path(corpus) / str(number)).write_bytes(seed)
        options = [
            f"-max_total_time={SECONDS}",
            f"-max_len={LONGEST}",
            f"-timeout={SLOWEST}",
            f"-rss_limit_mb={MEMORY_MB}",
            f"-artifact_prefix={FAILURES}/{name}-",
            "-print_final_stats=1",
            "-verbosity=0",
        ]
        atheris.Setup([sys.argv[0], *options, *(files or [corpus])], target.run)
        atheris.Fuzz()


def main() -> int:
    """Run what the command line names; return how many targets failed."""
    name, *files = sys.argv[1:] or [""]
    if name:
        fuzz_target(name, files)
    failed = [
        name
        for name in TARGETS
        # the fuzzer ends the process that it runs in
        if subprocess.run([sys.executable, "-m", "fuzz", name], check=False).returncode
    ]
    print("failed:", ", ".join(failed) or "none")
    return len(failed)


if __name__ == "__main__":
    sys.exit(main())
