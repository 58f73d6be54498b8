"""What does the kernel hold in memory? One record array per kind of thing, all gathered in a World.

A record holds what is read together, so that an event touches few lines of memory, and a compiled function receives few
arrays. Columns of the network come first; then what changes; then what is summed over time (`area` is a count times
hours, settled up to `since`).
"""

from __future__ import annotations

import numpy as np

from arbitre.simulate._kernel.log import CASE, EVENT, MOVEMENT, Records

__all__ = ["CASE", "EVENT", "MOVEMENT", "Records"]


def record(reals: str, wholes: str, keys: str = "") -> np.dtype:
    """Return the record type with these fields: keys of chance, reals and whole numbers, of 8 bytes each."""
    columns = [(name, "u8") for name in keys.split()]
    return np.dtype(columns + [(name, "f8") for name in reals.split()] + [(name, "i8") for name in wholes.split()])


CLOCK = record(
    "now horizon profile_hours",
    "agenda order events still numbers live free debts free_debt logged ended moved place most_units first_pool "
    "first_step keeps_log levels ranks key_mode allocation classes may_lock newly_blocked zones buckets "
    "todo_first todo_last vacant",
    "key")
"""The one record of what concerns the whole: `agenda` entries of the calendar, `free` the first free case, ..."""
ENTRY = np.dtype([
    ("time", "f8"), ("order", "i8"), ("kind", "i4"), ("index", "i4"), ("token", "i4"), ("units", "i4")])
LAW = record("first_number second_number", "kind first end")
CELL = record("allowance", "work line patience level route_first route_end ask_first ask_end")
"""What a step is for a class."""
VISIT = record("waited worked", "joined started finished")
ROUTE = record("up_to", "to")
ASK = record("spare", "node quantity rank expedite")
STEP = record(
    "wave_base area blocked_area since",
    "zone room turns_away interrupted batch wave_first wave_end wave_at travels without inside blocked gathered first "
    "last wanted_first wanted_last todo stuck")
"""`first`, `last`: those gathering; `wanted_first`, `wanted_last`: those blocked elsewhere that want to come in;
`todo`: the next step to look at, NOT_LISTED when it is not on the list; `stuck`: see `_deadlock`."""
TURN = record("at period", "value")
POOL = record(
    "base area offered since",
    "capacity busy most turn_first turn_end turn zone shift_end line_first line_end waiting kept first todo")
"""`waiting`: cases in the lines that could use it; `kept`: whether a list of who holds it is kept, from `first` on."""
LINE = record("area since", "group_first group_end option_first option_end count")
GROUP = record("", "first end")
OPTION = record("", "pool quantity")
NODE = record(
    "repair_share due way area owed_area on_order_area since",
    "orders repairs asked ready expedited ordered requests met reorder lot supplier lead repair repair_class "
    "emergency hold_back rank lateral_first lateral_end on_hand owed on_order",
    "key")
DEBT = record("order", "node case ask_row child units level rank next before sibling token")
"""Units owed by a node to a case or to another node, or on their way to a case (then `level` is -1)."""
LATERAL = record("", "source law")
CLASS = record(
    "rate window penalty area since flow",
    "ordinal opened closed abandoned cancelled turned_away kept entry profile gap zone priority cancel quantity "
    "open",
    "key")
FLEET = record("area since", "failures uptime down")
MACHINE = record("", "failures fleet down", "key")
GIVEN = record("at opened", "of_class step machine")
TODO = record("", "what index")
INCOMING = record("at", "node units")
CASE_HELD = record(
    "opened due joined since order left work",
    "number ordinal of_class step visit token life state level next before missing debt line machine node "
    "quantity to mate size called_off outcome started row",
    "key")
"""A case in progress. `since`: when the present stretch of travel or work began; `order`: its key in line; `left`:
hours of work to do; `row`: its step for its class, in `cell` and `visit`; `token` and `life` make outdated entries of
the calendar void; `to`: the step it is going to; `mate`: the next of its batch."""

NONE, ZERO, ONE, NO, YES = np.int64(-1), np.int64(0), np.int64(1), np.bool_(False), np.bool_(True)
"""For the arguments of compiled functions: for a literal 0 numba would compile the function a second time."""
NOT_LISTED = np.int64(-2)
FREE, GATHERING, WAITING_STOCK, IN_LINE, TRAVELLING, WORKING, HELD_UP, MOVING, FOLLOWING = np.arange(9)
"""States of a case. HELD_UP: blocked by a full step; MOVING: on its way; FOLLOWING: one of a batch, not its first."""
BY_TIME, BY_DUE, BY_RULE = np.arange(3)
"""How a line is ordered within a level."""
(RUNNING, LOG_FULL, ENDED_FULL, MOVES_FULL, AGENDA_FULL, CASES_FULL, DEBTS_FULL, DEADLOCK, STALLED, STILL
 ) = np.arange(10)
"""Why the kernel came back: done, an array to make room in, or a network that cannot go on."""
