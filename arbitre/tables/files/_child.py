"""Script run in a child process: gives up what a parser does not need, then runs the parser it is told to.

    python -I _child.py PARSER.py FOLDER MEMORY SECONDS OUTPUT FILE...

The parser reads the files and writes plain ones to FOLDER; when it cannot it writes there why, as refused.json.
Only the standard library is imported here: a child must start fast.
"""

import json
import runpy
import sys
from pathlib import Path
from typing import NoReturn

if sys.platform != "win32":
    import resource


def limit(memory: int, seconds: int, output: int) -> None:
    """Bound memory and output (bytes) and processor time, where the system can (Windows cannot)."""
    if sys.platform == "win32":
        return
    bounds = {
        resource.RLIMIT_DATA: memory,
        resource.RLIMIT_CPU: seconds,
        resource.RLIMIT_FSIZE: output,
        resource.RLIMIT_CORE: 0,
    }
    for kind, most in bounds.items():
        hard = resource.getrlimit(kind)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (most, most))


def main(parser: str, folder: str, memory: str, seconds: str, output: str, *files: str) -> None:
    """Run the parser's `parse(files, folder, refuse)`; whatever it raises becomes a reason."""

    def refuse(rule: str, **values: str) -> NoReturn:
        for file in files:  # where it lies is nobody's business
            values = {name: value.replace(file, Path(file).name) for name, value in values.items()}
        told = {"rule": rule, "values": {name: value[:300] for name, value in values.items()}}
        (Path(folder) / "refused.json").write_text(json.dumps(told), encoding="utf-8")
        sys.exit(3)

    limit(int(memory), int(seconds), int(output))
    try:
        runpy.run_path(parser)["parse"]([Path(file) for file in files], Path(folder), refuse)
    except SystemExit:
        raise
    except MemoryError:
        refuse("file_too_large")
    except BaseException as wrong:  # a panic of a Rust parser is not an Exception
        refuse("damaged_file", why=str(wrong).partition("\n")[0] or type(wrong).__name__)


if __name__ == "__main__":
    main(*sys.argv[1:])
