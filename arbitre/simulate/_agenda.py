"""What happens next? The calendar of the replay: a heap of four children a node, and first come first served in ties."""

from numba import njit

(ARRIVAL, FAILURE_OF, REPAIR_COMES, GIVEN_COMES, WORK_DONE, REACHED_PLACE, MOVED, PATIENCE_ENDS, CALLED_OFF, SHIFT, WAVE,
 SUPPLY, DELIVERY) = range(13)
"""Kinds of entries, and what `index` points to: a class; a machine; a node; a given case; a case (six kinds); a pool; a
step; a node; a debt."""


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
