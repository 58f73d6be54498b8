"""The programs that ours is measured beside: each in an environment of its own, made when it is first asked for."""

import os
import subprocess
import sys
import venv
from pathlib import Path

PACKAGES = {
    "simpy": ["simpy==4.1.2"], "ciw": ["ciw==3.2.7"], "cimba": ["cimba==0.9.5"], "pm4py": ["pm4py==2.7.23", "pyarrow"],
    "numpyro": ["numpyro==0.22.0"], "stockpyl": ["stockpyl==1.0.2", "numpy<2"],
    "rdata": ["rdata==1.1.0"]}
HOMES = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "arbitre" / "peers"


def python_of(peer: str) -> Path:
    """Return the Python that has a peer; raises CalledProcessError where it cannot be installed."""
    home = HOMES / "-".join(PACKAGES[peer]).replace("<", "below")
    python, ready = home / "bin" / "python", home / "ready"
    if not ready.exists():
        print(f"Installing {peer} in {home} ...", file=sys.stderr)
        venv.create(home, with_pip=True, clear=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
                        *PACKAGES[peer]], check=True, stdout=sys.stderr)
        ready.touch()
    return python


def said_by(peer: str, script: str, *words: str, given: str = "") -> str:
    """Return what a script of this folder prints, run by its peer on one thread; raises CalledProcessError."""
    one_thread = {f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL")}
    return subprocess.run([str(python_of(peer)), str(Path(__file__).parent / script), *words], input=given, text=True,
                          check=True, stdout=subprocess.PIPE, env={**os.environ, **one_thread}).stdout
