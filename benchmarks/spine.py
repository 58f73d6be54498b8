"""How fast is the spine, and how near its decisions to their bounds? Prints one JSON object.

    python -m benchmarks.spine --data ../shared/data

Every figure is of a whole process, start included: wall seconds (the median of the runs) and the peak memory of the
largest process. `job` is the after-sales example solved and reported, with nothing remembered from before; `cold` the
same with nothing compiled. `limit` is the figure asked for.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import polars as pl

import arbitre

ARBITRE = Path(sys.executable).with_name("arbitre")
CASES = 1_000_000


def timed(command: list[str], runs: int = 5, before: Any = lambda: None, **environment: str) -> dict[str, Any]:
    """Return the median wall seconds of a command and what it printed last; raises when it fails."""
    seconds, printed = [], ""
    for _ in range(runs):
        before()
        started = time.perf_counter()
        done = subprocess.run(command, capture_output=True, text=True, check=True, env={**os.environ, **environment})
        seconds.append(time.perf_counter() - started)
        printed = done.stdout
    return {"seconds": round(statistics.median(seconds), 3), "runs": runs, "printed": printed}


def peak_megabytes(command: list[str], **environment: str) -> int:
    """Return the peak memory of the largest process of a command."""
    measured = [sys.executable, "-c", "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True, "
                "stdout=subprocess.DEVNULL); print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)", *command]
    done = subprocess.run(measured, capture_output=True, text=True, check=True, env={**os.environ, **environment})
    unit = 1024 if sys.platform != "darwin" else 1024 * 1024
    return round(int(done.stdout.split()[-1]) / unit)


def without(key: str, found: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in found.items() if name != key}


def starting() -> dict[str, Any]:
    """How long do `import arbitre` and `arbitre --help` take?"""
    return {
        "import": {**without("printed", timed([sys.executable, "-c", "import arbitre"], 9)), "limit": 0.9},
        "open": {**without("printed", timed([sys.executable, "-c", "import arbitre; arbitre.open"], 9)), "limit": 0.9},
        "help": {**without("printed", timed([str(ARBITRE), "--help"], 9)), "limit": 0.7},
    }


def job(folder: Path) -> dict[str, Any]:
    """How long does the after-sales example take, solved and reported, and how much memory?"""
    command = [str(ARBITRE), "demo", "--json", "--out", str(folder / "report")]
    cache, compiled = folder / "cache", folder / "compiled"
    memory = {"ARBITRE_CACHE": str(cache), "NUMBA_CACHE_DIR": str(compiled)}
    cold = timed(command, 1, **memory)
    warm = timed(command, 3, lambda: shutil.rmtree(cache, ignore_errors=True), **memory)
    shutil.rmtree(cache)
    summary = json.loads(warm["printed"])["summary"]
    return {
        "cold_seconds": cold["seconds"],
        "seconds": warm["seconds"],
        "limit": 30,
        "peak_mb": peak_megabytes(command, **memory),
        "limit_mb": 2000,
        **{name: summary[name] for name in ("value", "bound", "gap", "capital_before", "capital_after")},
    }


def million(folder: Path) -> dict[str, Any]:
    """How long does it take to check an order-line table of a million rows, reading it from CSV included?"""
    chain = arbitre.new("aftersales", "medium", 1)
    cases = chain.table("cases")
    copies = [cases.with_columns(case=pl.col("case") + f"-{turn}") for turn in range(CASES // cases.height + 1)]
    place = folder / "million"
    arbitre.save(chain.with_(cases=pl.concat(copies).head(CASES)), place)
    for table in (place / "tables").iterdir():
        if table.stem in ("events", "movements", "costs", "invoices"):
            table.unlink()
    program = ("import sys, time, arbitre; start = time.perf_counter(); chain = arbitre.open(sys.argv[1]);"
               "assert chain.check() == [] and chain.table('cases').height == 1_000_000;"
               "print(time.perf_counter() - start)")
    found = timed([sys.executable, "-c", program, str(place)], 3)
    return {"rows": CASES, "seconds": round(float(found["printed"]), 3), "limit": 5,
            "megabytes": round((place / "tables" / "cases.csv").stat().st_size / 1e6)}


def real(example: str, data: Path, limit: float) -> dict[str, Any]:
    """How near the bound is the decision on real parts, and what does each class keep, before and after?"""
    root = Path(__file__).parents[1] / "examples" / example
    with tempfile.TemporaryDirectory() as cache:
        found = timed([str(ARBITRE), "solve", str(root), "--data", str(data), "--json"], 1, ARBITRE_CACHE=cache)
    summary = json.loads(found["printed"])["summary"]
    kept = {name: value for name, value in summary.items() if name.startswith("kept_")}
    named = ("value", "bound", "gap", "capital_before", "capital_after")
    return {"seconds": found["seconds"], **{name: summary[name] for name in named}, "limit_gap": limit, **kept}


def main() -> None:
    """Run every benchmark and print what was found."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--data", type=Path, default=Path("../shared/data"), help="where the real data are")
    asked.add_argument("--json", action="store_true", help="print one JSON object (it always does)")
    given = asked.parse_args()
    found: dict[str, Any] = {"cores": os.cpu_count(), "start": starting()}
    with tempfile.TemporaryDirectory() as folder:
        found["job"] = job(Path(folder))
        found["million"] = million(Path(folder))
    if (given.data / "spares").is_dir():
        found["refinery"] = real("refinery", given.data, 0.005)
        found["aircraft"] = real("aircraft", given.data, 0.001)
    found["peak_mb_of_this_run"] = round(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
