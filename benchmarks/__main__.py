"""Run every command that docs/measured.md names, one after the other, and keep what each prints.

    python -m benchmarks [--data ../shared/data] [--out measured] [WORD ...]

With words, only the commands that contain one of them. What the third command prints is kept in `OUT/003.txt`, what it
says besides in `OUT/003.log`, and a line about each in `OUT/index.csv`: its command, seconds, processor seconds, peak
memory and exit code. Nothing is remembered from one command to the next but compiled code; a command that fails does
not stop the others.
"""

from __future__ import annotations

import argparse
import csv
import os
import re
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
COMMAND = r"(?:python\s-m\sbenchmarks\.|arbitre\s(?:run|solve)\s)"
QUOTED = re.compile(rf"`({COMMAND}[^`]*)`|^    ({COMMAND}.*)$", re.MULTILINE)
SAID = ("command", "seconds", "processor_seconds", "peak_mb", "exit")


def commands(text: str) -> list[str]:
    """Return the commands that a page quotes or sets apart, in its order, each once."""
    return list(dict.fromkeys(" ".join("".join(found).split()) for found in QUOTED.findall(text)))


def words_of(command: str, data: Path) -> list[str]:
    """Return a command as the words to start it with: our own Python, and the real data where they are."""
    first, *rest = shlex.split(command)
    programs = {"python": [sys.executable], "arbitre": [str(Path(sys.executable).with_name("arbitre"))]}
    return [*programs[first], *(word.replace("../shared/data", str(data)) for word in rest)]


def measured(asked: list[str], data: Path, out: Path) -> Iterator[dict[str, object]]:
    """Run commands one after the other; yields what each took."""
    for number, command in enumerate(asked, 1):
        started = time.perf_counter()
        kept = out / f"{number:03d}.txt"
        with (tempfile.TemporaryDirectory() as cache, kept.open("wb") as printed,
              kept.with_suffix(".log").open("wb") as said):
            child = subprocess.Popen(words_of(command, data), cwd=ROOT, stdout=printed, stderr=said,
                                     env={**os.environ, "ARBITRE_CACHE": cache})
            _, status, used = os.wait4(child.pid, 0)
        yield {"command": command, "seconds": round(time.perf_counter() - started, 1),
               "processor_seconds": round(used.ru_utime + used.ru_stime, 1),
               "peak_mb": round(used.ru_maxrss / (1024 if sys.platform != "darwin" else 1024 * 1024)),
               "exit": os.waitstatus_to_exitcode(status)}


def main() -> None:
    """Run what is asked for, and tell of each command as it ends."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("words", nargs="*", help="only commands that contain one of these")
    asked.add_argument("--data", type=Path, default=Path("../shared/data"), help="where the real data are")
    asked.add_argument("--out", type=Path, default=Path("measured"), help="where what is printed is kept")
    given = asked.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    all_of_them = commands((ROOT / "docs" / "measured.md").read_text(encoding="utf-8"))
    chosen = [one for one in all_of_them if not given.words or any(word in one for word in given.words)]
    with (given.out / "index.csv").open("w", newline="", encoding="utf-8") as kept:
        index = csv.DictWriter(kept, SAID)
        index.writeheader()
        for line in measured(chosen, given.data.resolve(), given.out):
            index.writerow(line)
            kept.flush()
            print(*line.values(), sep="\t", flush=True)


if __name__ == "__main__":
    main()
