"""What happens next? A calendar for later (a heap of four children a node, in ties first come), a list for now."""

import numpy as np

from arbitre.simulate._kernel.inner import inner, within

(ARRIVAL, FAILURE_OF, REPAIR_COMES, GIVEN_COMES, WORK_DONE, REACHED_PLACE, MOVED, PATIENCE_ENDS, CALLED_OFF, SHIFT,
 WAVE, SUPPLY, DELIVERY, FALLS_DUE) = np.arange(14)
"""Kinds of entries, and what `index` points to: a class; a machine; a node; a given case; a case (six kinds); a pool; a
step; a node; a debt; a node."""
(GOES_ON, ENTERS, ASKS, LINES_UP, SETS_OUT, DEPARTS, REPLENISHES, PAYS_DEBTS, RETURNS_STOCK) = np.arange(9)
"""What is to be done at once, and what `index` points to: a case, but for REPLENISHES and PAYS_DEBTS a node."""


@inner
def then(w, what, index):
    """Note what is to be done at once, after all that was noted before."""
    clock = w.clock[0]
    entry = w.todo[clock.todo_last]
    entry.what = what
    entry.index = index
    clock.todo_last += 1


@within
def _goes_first(w, one, other):
    """Does entry `one` come before entry `other`? Written without branches: the outcome cannot be predicted."""
    a, b = w.agenda[one], w.agenda[other]
    return (a.time < b.time) | ((a.time == b.time) & (a.order < b.order))


@within
def _first_of(w, one, other):
    """Return which of two entries comes first."""
    return other if _goes_first(w, other, one) else one


@within
def _sink(w, size, moving):
    """Let the first place of a heap be taken by its least child, and so on down, until entry `moving` fits."""
    place, child = 0, 1
    while child < size:
        if child + 3 < size:
            least = _first_of(w, _first_of(w, child, child + 1), _first_of(w, child + 2, child + 3))
        else:
            least = child
            for other in range(child + 1, size):
                least = _first_of(w, least, other)
        if not _goes_first(w, least, moving):
            break
        w.agenda[place] = w.agenda[least]
        place = least
        child = 4 * place + 1
    return place


@within
def put(w, time, kind, index, token, units):
    """Write an entry into the calendar. `token` says later whether the entry still holds."""
    clock, agenda = w.clock[0], w.agenda
    clock.order += 1
    entry = agenda[clock.agenda]
    entry.time, entry.order = time, clock.order
    if clock.vacant:  # most entries follow from the one just carried out: they take its place at the top
        clock.vacant = 0
        place = _sink(w, clock.agenda, clock.agenda)
    else:
        place = clock.agenda
        clock.agenda += 1
        while place > 0:
            above = (place - 1) >> 2
            if agenda[above].time <= time:
                break
            agenda[place] = agenda[above]
            place = above
    entry = agenda[place]
    entry.time, entry.order = time, clock.order
    entry.kind, entry.index, entry.token, entry.units = kind, index, token, units


@within
def close_gap(w):
    """Make the first entry the earliest again, if the one carried out left its place vacant."""
    clock, agenda = w.clock[0], w.agenda
    if clock.vacant:
        clock.vacant = 0
        clock.agenda -= 1
        if clock.agenda > 0:
            agenda[_sink(w, clock.agenda, clock.agenda)] = agenda[clock.agenda]
