"""The replay itself: carry out the calendar, entry by entry, until a time, or until an array is full.

The kernel knows no words of any trade and takes no memory of its own: when an array may not hold what the next entry
can bring, it comes back and says which one, its caller makes room, and it goes on as if nothing had been. So a run is
the same to the byte whatever the size of its arrays.
"""

import math

import numpy as np
from numba import njit

from arbitre.simulate._kernel.agenda import (
    ARRIVAL,
    ASKS,
    CALLED_OFF,
    DELIVERY,
    DEPARTS,
    ENTERS,
    FAILURE_OF,
    FALLS_DUE,
    GIVEN_COMES,
    GOES_ON,
    LINES_UP,
    MOVED,
    PATIENCE_ENDS,
    PAYS_DEBTS,
    REACHED_PLACE,
    REPAIR_COMES,
    REPLENISHES,
    SETS_OUT,
    SHIFT,
    SUPPLY,
    WAVE,
    WORK_DONE,
    close_gap,
    put,
    then,
)
from arbitre.simulate._kernel.chance import FAILURE, FIRST_TURN, GAP, THINNING, draw, hashed, uniform
from arbitre.simulate._kernel.deadlock import is_deadlock
from arbitre.simulate._kernel.flow import (
    depart,
    enter,
    finish,
    form_batch,
    give_up,
    go_on,
    knock,
    let_in,
    open_case,
    run_machine,
)
from arbitre.simulate._kernel.holding import begin_work, change_shift, line_up, note_all, plan_turn, serve_pool, set_out
from arbitre.simulate._kernel.inner import inner, once, within
from arbitre.simulate._kernel.log import ABANDONED, CANCELLED, REACHED, RECEIPT
from arbitre.simulate._kernel.records import (
    AGENDA_FULL,
    CASES_FULL,
    DEADLOCK,
    DEBTS_FULL,
    ENDED_FULL,
    LOG_FULL,
    MOVES_FULL,
    NONE,
    NOT_LISTED,
    RUNNING,
    STALLED,
    STILL,
    ZERO,
)
from arbitre.simulate._kernel.supply import ask, deliver, give_back, receive, replenish, serve_debts

MARGIN = 64
_MOST_AT_ONCE = 10_000_000
"""Entries at one instant, beyond the cases in progress, after which time is taken to stand still."""


@within
def plan_arrival(w, of_class):
    """Write the next arrival of a class into the calendar (Poisson by thinning, Lewis & Shedler 1979; or a gap law)."""
    kind, clock = w.of_class[of_class], w.clock[0]
    kind.ordinal += 1
    if kind.gap >= 0:
        put(w, clock.now + draw(w, kind.gap, kind.key, kind.ordinal, GAP), ARRIVAL, of_class, ZERO, ZERO)
        return
    if kind.rate <= 0.0:
        return
    time, key, turn = clock.now, hashed(kind.key, np.uint64(kind.ordinal)), 0
    while time <= clock.horizon:
        time -= math.log(uniform(key, turn, GAP, FIRST_TURN)) / kind.rate
        if kind.profile < 0:
            break
        bucket = int(time / clock.profile_hours) % clock.buckets
        if uniform(key, turn, THINNING, FIRST_TURN) < w.profile[kind.profile * clock.buckets + bucket]:
            break
        turn += 1
    put(w, time, ARRIVAL, of_class, ZERO, ZERO)


@inner
def _fail(w, machine):
    """Let a machine fail: it opens a case of a class drawn for it."""
    rec = w.machine[machine]
    fleet, now = w.fleet[rec.fleet], w.clock[0].now
    rec.failures += 1
    fleet.failures += 1
    fleet.area += fleet.down * (now - fleet.since)
    fleet.since = now
    fleet.down += 1
    share, of_class = uniform(rec.key, rec.failures, FAILURE, FIRST_TURN), 0
    while share >= w.fleet_share[rec.fleet * w.clock[0].classes + of_class]:
        of_class += 1
    key = hashed(rec.key, np.uint64(rec.failures))
    open_case(w, of_class, key, rec.failures, w.of_class[of_class].entry, now, machine, NONE)


@inner
def plan_wave(w, step):
    """Write the next wave of a step into the calendar."""
    rec = w.step[step]
    if rec.wave_at == rec.wave_end:
        period = w.turn[rec.wave_first].period
        if period <= 0.0:
            return
        rec.wave_at = rec.wave_first
        rec.wave_base += period
    put(w, rec.wave_base + w.turn[rec.wave_at].at, WAVE, step, ZERO, ZERO)
    rec.wave_at += 1


@once
def _open(w, kind, index, token):
    """Carry out an entry that opens a case."""
    now = w.clock[0].now
    if kind == ARRIVAL:
        rec = w.of_class[index]
        ordinal = rec.ordinal
        plan_arrival(w, index)
        open_case(w, index, hashed(~rec.key, np.uint64(ordinal)), ordinal, rec.entry, now, NONE, NONE)
    elif kind == FAILURE_OF:
        _fail(w, index)
    elif kind == REPAIR_COMES:
        rec = w.node[index]
        of_class = rec.repair_class
        open_case(w, of_class, hashed(~rec.key, np.uint64(token)), token, w.of_class[of_class].entry, now, NONE, index)
    else:
        rec = w.given[index]
        step = rec.step if rec.step >= 0 else w.of_class[rec.of_class].entry
        opened = now if math.isnan(rec.opened) else rec.opened
        open_case(w, rec.of_class, hashed(w.clock[0].key, np.uint64(index)), index, step, opened, rec.machine, NONE)


@inner
def _wave(w, step):
    """Let everybody go who has gathered at a step, in batches of its size."""
    plan_wave(w, step)
    rec = w.step[step]
    while rec.gathered > 0:
        form_batch(w, step, rec.gathered if rec.batch == 0 else min(rec.batch, rec.gathered))


@once
def _carry_out(w, kind, index, token, units):
    """Carry out one entry of the calendar; those that were overtaken are passed over."""
    if kind == WORK_DONE:
        if w.case[index].token == token:
            finish(w, index)
    elif kind <= GIVEN_COMES:
        _open(w, kind, index, token)
    elif kind == REACHED_PLACE:
        if w.case[index].token == token:
            note_all(w, index, REACHED, NONE)
            begin_work(w, index)
    elif kind == MOVED:
        knock(w, index)
    elif kind == PATIENCE_ENDS:
        if w.case[index].token == token:
            give_up(w, index, ABANDONED)
    elif kind == CALLED_OFF:
        if w.case[index].life == token and not give_up(w, index, CANCELLED):
            w.case[index].called_off = 1
    elif kind == SHIFT:
        change_shift(w, index)
    elif kind == WAVE:
        _wave(w, index)
    elif kind == SUPPLY:
        receive(w, index, units, token)
    elif kind == DELIVERY:
        deliver(w, index, units)
    elif kind == FALLS_DUE:
        then(w, PAYS_DEBTS, index)


@once
def _do(w, what, index):
    """Carry out what was noted to be done at once."""
    if what == GOES_ON:
        go_on(w, index)
    elif what == ENTERS:
        enter(w, index)
    elif what == LINES_UP:
        line_up(w, index)
    elif what == SETS_OUT:
        set_out(w, index)
    elif what == DEPARTS:
        depart(w, index)
    elif what == ASKS:
        ask(w, index)
    elif what == REPLENISHES:
        replenish(w, index)
    elif what == PAYS_DEBTS:
        serve_debts(w, index)
    else:
        give_back(w, index)


@once
def _follow_up(w, rule):
    """Do what is to be done at once; then let in who was blocked and start who waits, until nothing more can move."""
    clock = w.clock[0]
    while True:
        while clock.todo_first < clock.todo_last:
            entry = w.todo[clock.todo_first]
            clock.todo_first += 1
            _do(w, entry.what, entry.index)
        clock.todo_first = clock.todo_last = 0
        if clock.first_step >= 0:
            step = clock.first_step
            clock.first_step = w.step[step].todo
            w.step[step].todo = NOT_LISTED
            let_in(w, step)
        elif clock.first_pool >= 0:
            pool = clock.first_pool
            clock.first_pool = w.pool[pool].todo
            w.pool[pool].todo = NOT_LISTED
            serve_pool(w, pool, rule)
        else:
            return


@njit(cache=True, nogil=True, error_model="numpy")
def most_at_once(w):
    """Return how many rows of any array one entry of the calendar may need, with all that follows at that instant."""
    clock = w.clock[0]
    return 4 * (clock.live + 1) * (1 + clock.most_units) + 2 * clock.debts + MARGIN


@once
def _room_left(w):
    """Return which array may not hold what the next entry can bring, RUNNING when all can."""
    clock, most = w.clock[0], most_at_once(w)
    if clock.keeps_log:
        if clock.logged + most > w.log_rows:
            return LOG_FULL
        if clock.ended + most > w.ended_rows:
            return ENDED_FULL
        if clock.moved + most > w.moved_rows:
            return MOVES_FULL
    if clock.agenda + most > w.agenda_rows or 4 * most > w.todo_rows:
        return AGENDA_FULL
    if clock.live + MARGIN > w.case_rows:
        return CASES_FULL
    if clock.debts + most > w.debt_rows:
        return DEBTS_FULL
    return RUNNING


@njit(cache=True, nogil=True, error_model="numpy")
def begin(w):
    """Write what starts at hour 0 into an empty calendar."""
    for of_class in range(w.of_class_rows):
        plan_arrival(w, of_class)
    for machine in range(w.machine_rows):
        if w.machine[machine].down:
            w.fleet[w.machine[machine].fleet].down += 1
        else:
            run_machine(w, machine, ZERO)
    for row in range(w.given_rows):
        put(w, w.given[row].at, GIVEN_COMES, row, ZERO, ZERO)
    for row in range(w.incoming_rows):
        put(w, w.incoming[row].at, SUPPLY, w.incoming[row].node, RECEIPT, w.incoming[row].units)
    for pool in range(w.pool_rows):
        if w.pool[pool].turn_end > w.pool[pool].turn_first:
            plan_turn(w, pool)
    for step in range(w.step_rows):
        if w.step[step].wave_end > w.step[step].wave_first:
            plan_wave(w, step)


@njit(cache=True, nogil=True, error_model="numpy")
def advance(w, until, rule):
    """Carry out the calendar up to and including hour `until`; returns why it came back (`_records`)."""
    clock = w.clock[0]
    while clock.agenda > 0 and w.agenda[0].time <= until:
        full = _room_left(w)
        if full != RUNNING:
            return full
        entry = w.agenda[0]
        kind, index = np.int64(entry.kind), np.int64(entry.index)
        token, units = np.int64(entry.token), np.int64(entry.units)
        clock.still = clock.still + 1 if entry.time == clock.now else 0
        clock.now = entry.time
        clock.vacant = 1
        clock.events += 1
        _carry_out(w, kind, index, token, units)
        _follow_up(w, rule)
        close_gap(w)
        if clock.newly_blocked and is_deadlock(w):
            return DEADLOCK
        if clock.still > _MOST_AT_ONCE + clock.live:
            return STILL
    if clock.agenda == 0 and clock.live > 0:
        return STALLED
    clock.now = until
    return RUNNING
