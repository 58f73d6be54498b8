"""Do full steps wait for each other for ever?

A step is stuck when it is full and nobody in it can ever leave: each is blocked on the way to a stuck step, or waits
without patience for pools that cases so blocked hold. The largest such set of steps is found by striking out, from all
full steps somebody wants to come into, those where somebody still can move.
"""

from arbitre.simulate._kernel.inner import inner
from arbitre.simulate._kernel.records import GATHERING, HELD_UP, IN_LINE, TRAVELLING, WAITING_STOCK, WORKING


@inner
def _held_for_ever(w, pool):
    """Count the units of a pool held by cases blocked on the way to a step that is taken to be stuck."""
    held = 0
    for case in range(w.case_rows):
        who = w.case[case]
        if who.state == HELD_UP and w.step[who.to].stuck:
            for seat in range(4):
                if w.seat[case * 8 + seat] == pool:
                    held += w.seat[case * 8 + 4 + seat]
    return held


@inner
def _may_be_served(w, line):
    """Could the needs of a line ever be met, if those blocked hold what they hold for ever?"""
    for group in range(w.line[line].group_first, w.line[line].group_end):
        met = False
        for option in range(w.group[group].first, w.group[group].end):
            rec = w.option[option]
            met = met or w.pool[rec.pool].most - _held_for_ever(w, rec.pool) >= rec.quantity
        if not met:
            return False
    return True


@inner
def _may_move(w, case):
    """Can this case leave its step one day, if the steps taken to be stuck are?"""
    who = w.case[case]
    if who.state in (WORKING, TRAVELLING, WAITING_STOCK):
        return True
    if who.state == HELD_UP:
        return not w.step[who.to].stuck
    leaves = w.cell[who.row].patience >= 0 or w.of_class[who.of_class].cancel >= 0
    if who.state == GATHERING:
        return leaves or w.step[who.step].wave_end > w.step[who.step].wave_first
    return who.state == IN_LINE and (leaves or _may_be_served(w, who.line))


@inner
def is_deadlock(w):
    """Tell whether some steps are stuck; `clock.place` is then one of them."""
    clock, left = w.clock[0], False
    clock.newly_blocked = 0
    for step in range(w.step_rows):
        rec = w.step[step]
        rec.stuck = rec.wanted_first >= 0 and 0 <= rec.room <= rec.inside and not rec.turns_away
        left = left or rec.stuck
    changed = left
    while changed:
        changed = False
        for case in range(w.case_rows):
            step = w.step[w.case[case].step]
            if step.stuck and _may_move(w, case):
                step.stuck, changed = 0, True
    for step in range(w.step_rows):
        if w.step[step].stuck:
            clock.place = step
            return True
    return False
