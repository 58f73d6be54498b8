"""What does the kernel hold in memory? One record array per kind of thing, all gathered in a World.

A record holds what is read together, so that an event touches few lines of memory, and a compiled function receives few
arrays. Columns of the network come first; then what changes; then what is summed over time (`area` is a count times
hours, settled up to `since`).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Records = npt.NDArray[np.void]


def record(reals: str, longs: str, shorts: str, keys: str = "") -> np.dtype:
    """Return the record type with these fields: 8-byte reals, 8-byte and 4-byte whole numbers, keys of chance."""
    columns = [(name, "u8") for name in keys.split()]
    columns += [(name, "f8") for name in reals.split()] + [(name, "i8") for name in longs.split()]
    return np.dtype(columns + [(name, "i4") for name in shorts.split()], align=True)


CLOCK = record(
    "now horizon profile_hours",
    "agenda order events still numbers live free debts free_debt logged ended moved place most_units",
    "first_pool first_step keeps_log levels ranks key_mode allocation classes may_lock newly_blocked", "key")
"""The one record of what concerns the whole: `agenda` entries of the calendar, `free` the first free case, ..."""
ENTRY = record("time", "order", "kind index token units")
LAW = record("first_number second_number", "", "kind first end")
CELL = record("allowance", "", "work line patience level route_first route_end ask_first ask_end")
"""What a step is for a class."""
VISIT = record("waited worked", "joined started finished", "")
ROUTE = record("up_to", "", "to")
ASK = record("", "", "node quantity rank expedite")
STEP = record("wave_base area blocked_area since", "", "zone room turns_away interrupted batch wave_first wave_end wave_at "
              "travels inside blocked gathered first last wanted_first wanted_last todo stuck")
"""`first`, `last`: those gathering; `wanted_first`, `wanted_last`: those blocked elsewhere that want to come in; `todo`:
the next step to look at, NOT_LISTED when it is not on the list; `stuck`: see `_deadlock`."""
TURN = record("at period", "", "value")
POOL = record("base area offered since", "", "capacity busy most turn_first turn_end turn zone shift_end line_first "
              "line_end waiting kept first todo")
"""`waiting`: cases in the lines that could use it; `kept`: whether a list of who holds it is kept, from `first` on."""
LINE = record("area since", "", "group_first group_end count")
GROUP = record("", "", "first end")
OPTION = record("", "", "pool quantity")
NODE = record("repair_share area owed_area on_order_area since", "orders repairs asked ready expedited ordered requests "
              "met", "reorder lot supplier lead repair repair_class emergency hold_back rank lateral_first lateral_end "
              "on_hand owed on_order", "key")
DEBT = record("order due", "", "node case ask_row child units level rank next before sibling token")
"""Units owed by a node to a case or to another node, or on their way to a case (then `level` is -1)."""
LATERAL = record("", "", "source law")
CLASS = record("rate window penalty area since flow", "ordinal opened closed abandoned cancelled turned_away kept",
               "entry profile gap zone priority cancel quantity open", "key")
FLEET = record("area since", "failures", "uptime down")
MACHINE = record("", "failures", "fleet", "key")
GIVEN = record("at opened", "", "of_class step")
INCOMING = record("at", "", "node units")
CASE_HELD = record(
    "opened due joined since order left work", "number ordinal",
    "of_class step visit token life state level next before missing debt line machine node quantity to mate size called_off "
    "started", "key")
"""A case in progress. `since`: when the present stretch of travel or work began; `order`: its key in line; `left`: hours
of work to do; `token` and `life` make outdated entries of the calendar void; `to`: the step it is going to; `mate`: the
next of its batch."""

NOT_LISTED = -2
FREE, GATHERING, WAITING_STOCK, IN_LINE, TRAVELLING, WORKING, HELD_UP, MOVING, FOLLOWING = range(9)
"""States of a case. HELD_UP: blocked by a full step; MOVING: between zones; FOLLOWING: one of a batch, not its first."""
BY_TIME, BY_DUE, BY_RULE = range(3)
"""How a line is ordered within a level."""
(RUNNING, LOG_FULL, ENDED_FULL, MOVES_FULL, AGENDA_FULL, CASES_FULL, DEBTS_FULL, DEADLOCK, STALLED, STILL
 ) = range(10)
"""Why the kernel came back: done, an array to make room in, or a network that cannot go on."""


class World(NamedTuple):
    """All arrays of one replication. `seat` (cases, 8): the pool held for each of 4 groups, then the units of it;
    `holder_next` and `holder_before` (cases, 4): the list of who holds a pool, as case * 4 + group."""

    clock: Records
    agenda: Records
    case: Records
    seat: npt.NDArray[np.int32]
    holder_next: npt.NDArray[np.int32]
    holder_before: npt.NDArray[np.int32]
    cell: Records
    visit: Records
    step: Records
    route: Records
    law: Records
    value: npt.NDArray[np.float64]
    line: Records
    head: npt.NDArray[np.int32]
    tail: npt.NDArray[np.int32]
    group: Records
    option: Records
    pool: Records
    pool_line: npt.NDArray[np.int32]
    turn: Records
    ask: Records
    node: Records
    node_head: npt.NDArray[np.int32]
    node_tail: npt.NDArray[np.int32]
    critical: npt.NDArray[np.int32]
    debt: Records
    lateral: Records
    of_class: Records
    profile: npt.NDArray[np.float64]
    fleet: Records
    fleet_share: npt.NDArray[np.float64]
    machine: Records
    given: Records
    incoming: Records
    lane: npt.NDArray[np.int64]
    log: Records
    ended: Records
    moved: Records
