"""How are the functions compiled that only other compiled functions call? Without a door for Python, which takes time.

Numba wraps each function so that Python, and C, may call it. Of the hundred functions of the kernel Python calls three;
without the wrappers of the others the first run on a machine compiles in less time.
"""

from typing import Any

from numba import njit

_OPTIONS: dict[str, Any] = {"cache": True, "nogil": True, "error_model": "numpy", "no_cpython_wrapper": True,
                            "no_cfunc_wrapper": True}
inner = njit(**_OPTIONS)
within = njit(**_OPTIONS, forceinline=True)
"""For what every case goes through: it becomes part of its caller's code, so that the call costs nothing."""
once = njit(**_OPTIONS, inline="always")
"""For what chooses among these and is called at one place: it becomes part of its caller before that is compiled, so
that what it calls is not compiled a third time."""
