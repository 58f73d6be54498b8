"""How do forty arrays reach a compiled function as one argument?

A World holds the arrays of one replication under their names. In compiled code `w.case` is that array, read through a
table of addresses: a function receives one number instead of forty arrays, which is what keeps calls cheap and the
compilation of the kernel short. The World owns the arrays, so it must outlive the call; it does, being an argument.

How many rows it has is `w.case_rows`, as the array itself does not know: to one of no length numba adds nothing for
places counted from the end, five instructions at every access that no place in the kernel needs.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.imputils import lower_getattr_generic
from numba.core.typing.templates import AttributeTemplate
from numba.extending import NativeValue, infer_getattr, models, register_model, typeof_impl, unbox
from numba.np.arrayobj import make_array, populate_array
from numba.np.numpy_support import from_dtype

from arbitre.simulate._kernel import records

ARRAYS: dict[str, np.dtype] = {
    "clock": records.CLOCK, "agenda": records.ENTRY, "case": records.CASE_HELD, "seat": np.dtype(np.int64),
    "holder_next": np.dtype(np.int64), "holder_before": np.dtype(np.int64), "cell": records.CELL,
    "visit": records.VISIT, "step": records.STEP, "route": records.ROUTE, "law": records.LAW,
    "value": np.dtype(np.float64), "line": records.LINE, "head": np.dtype(np.int64), "tail": np.dtype(np.int64),
    "group": records.GROUP, "option": records.OPTION, "pool": records.POOL, "pool_line": np.dtype(np.int64),
    "turn": records.TURN, "ask": records.ASK, "node": records.NODE, "node_head": np.dtype(np.int64),
    "node_tail": np.dtype(np.int64), "critical": np.dtype(np.int64), "debt": records.DEBT, "lateral": records.LATERAL,
    "of_class": records.CLASS, "profile": np.dtype(np.float64), "fleet": records.FLEET,
    "fleet_share": np.dtype(np.float64), "machine": records.MACHINE, "given": records.GIVEN,
    "incoming": records.INCOMING, "lane": np.dtype(np.int64), "log": records.EVENT, "ended": records.CASE,
    "moved": records.MOVEMENT, "todo": records.TODO,
}
"""The arrays of a World, all of one dimension, and what each row is. `seat`: 8 numbers a case, the pool held for each
of 4 groups and the units of it; `holder_next`, `holder_before`: the lists of who holds a pool, at case * 4 + group."""
_PLACE = {name: place for place, name in enumerate(ARRAYS)}
_ROWS = {f"{name}_rows": name for name in ARRAYS}


class World:
    """The arrays of one replication; `address` is where the table of their addresses and lengths is."""

    def __init__(self, **arrays: np.ndarray) -> None:
        self._table = np.zeros((len(ARRAYS), 2), dtype=np.int64)
        self._arrays: dict[str, np.ndarray] = {}
        self.address = int(self._table.ctypes.data)
        for name in ARRAYS:
            self.put(name, arrays[name])

    def put(self, name: str, array: np.ndarray) -> None:
        """Hold this array under that name from now on."""
        held = np.ascontiguousarray(array, dtype=ARRAYS[name]).reshape(-1)
        self._arrays[name] = held
        self._table[_PLACE[name]] = held.ctypes.data, len(held)

    def __getitem__(self, name: str) -> Any:
        return self._arrays[name]


class _WorldType(types.Type):
    def __init__(self) -> None:
        super().__init__(name="World")


_WORLD = _WorldType()


@typeof_impl.register(World)
def _typeof(_value: World, _context: Any) -> _WorldType:
    return _WORLD


@register_model(_WorldType)
class _Address(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, ir.IntType(64))


@unbox(_WorldType)
def _unbox(_kind: Any, value: Any, context: Any) -> NativeValue:
    address = context.pyapi.object_getattr_string(value, "address")
    native = context.pyapi.long_as_longlong(address)
    context.pyapi.decref(address)
    return NativeValue(native, is_error=cgutils.is_not_null(context.builder, context.pyapi.err_occurred()))


@infer_getattr
class _Attributes(AttributeTemplate):
    key = _WorldType

    def generic_resolve(self, _value: Any, name: str) -> Any:
        if name in ARRAYS:
            return types.Array(from_dtype(ARRAYS[name]), 1, "C")
        return types.int64 if name in _ROWS else None


@lower_getattr_generic(_WorldType)
def _lower(context: Any, builder: Any, _kind: Any, value: Any, name: str) -> Any:
    """Build the array from its row of the table, or tell its length: it borrows the memory the World owns."""
    word = ir.IntType(64)
    table = builder.inttoptr(value, word.as_pointer())
    place = 2 * _PLACE[name] if name in ARRAYS else 2 * _PLACE[_ROWS[name]] + 1
    told = builder.load(builder.gep(table, [word(place)]))
    # No store of the kernel reaches the table, so the compiler need not read it again.
    told.set_metadata("invariant.load", builder.module.add_metadata([]))
    if name not in ARRAYS:
        return told
    kind = types.Array(from_dtype(ARRAYS[name]), 1, "C")
    array = make_array(kind)(context, builder)
    size = context.get_abi_sizeof(context.get_data_type(kind.dtype))
    populate_array(array, builder.inttoptr(told, array.data.type), cgutils.pack_array(builder, [word(0)]),
                   cgutils.pack_array(builder, [word(size)]), word(size), None)
    return array._getvalue()
