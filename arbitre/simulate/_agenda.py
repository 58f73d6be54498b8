"""What happens next? A calendar for later (a heap of four children a node, ties first come first served), a list for now."""

import numpy as np
from numba import njit

(ARRIVAL, FAILURE_OF, REPAIR_COMES, GIVEN_COMES, WORK_DONE, REACHED_PLACE, MOVED, PATIENCE_ENDS, CALLED_OFF, SHIFT, WAVE,
 SUPPLY, DELIVERY) = np.arange(13)
"""Kinds of entries, and what `index` points to: a class; a machine; a node; a given case; a case (six kinds); a pool; a
step; a node; a debt."""
(GOES_ON, ENTERS, ASKS, LINES_UP, SETS_OUT, DEPARTS, REPLENISHES, PAYS_DEBTS, RETURNS_STOCK) = np.arange(9)
"""What is to be done at once, and what `index` points to: a case, but for REPLENISHES and PAYS_DEBTS a node."""


@njit(cache=True, nogil=True, error_model="numpy")
def then(w, what, index):
    """Note what is to be done at once, after all that was noted before."""
    clock = w.clock[0]
    entry = w.todo[clock.todo_last]
    entry.what = what
    entry.index = index
    clock.todo_last += 1


@njit(cache=True, nogil=True, error_model="numpy")
def put(w, time, kind, index, token, units):
    """Write an entry into the calendar. `token` says later whether the entry still holds."""
    clock, agenda = w.clock[0], w.agenda
    place = clock.agenda
    clock.agenda += 1
    clock.order += 1
    while place > 0:
        above = (place - 1) >> 2
        if agenda[above].time <= time:
            break
        agenda[place] = agenda[above]
        place = above
    entry = agenda[place]
    entry.time = time
    entry.order = clock.order
    entry.kind = kind
    entry.index = index
    entry.token = token
    entry.units = units


@njit(cache=True, nogil=True, error_model="numpy")
def drop_first(w):
    """Take the first entry out of the calendar."""
    clock, agenda = w.clock[0], w.agenda
    size = clock.agenda - 1
    clock.agenda = size
    last = agenda[size]
    time, order, place = last.time, last.order, 0
    while True:
        child = 4 * place + 1
        if child >= size:
            break
        least = child
        for other in range(child + 1, min(child + 4, size)):
            if agenda[other].time < agenda[least].time or (
                    agenda[other].time == agenda[least].time and agenda[other].order < agenda[least].order):
                least = other
        if agenda[least].time > time or (agenda[least].time == time and agenda[least].order > order):
            break
        agenda[place] = agenda[least]
        place = least
    agenda[place] = agenda[size]
