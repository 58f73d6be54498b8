"""How are the functions compiled that only other compiled functions call? Without a door for Python, which takes time.

Numba wraps each function so that Python, and C, may call it. Of the hundred functions of the kernel Python calls three;
without the wrappers of the others the first run on a machine compiles in less time.
"""

from typing import Any

from numba import njit

_OPTIONS: dict[str, Any] = {"cache": True, "nogil": True, "error_model": "numpy", "no_cpython_wrapper": True,
                            "no_cfunc_wrapper": True}
inner = njit(**_OPTIONS)
