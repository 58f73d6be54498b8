"""How does a case go? It opens, enters a step, gathers, asks, is worked on, follows its route, and leaves."""

from numba import njit

from arbitre.simulate._agenda import CALLED_OFF, FAILURE_OF, MOVED, PATIENCE_ENDS, put
from arbitre.simulate._chance import CANCEL, MOVE, PATIENCE, QUANTITY, ROUTE, UPTIME, draw, uniform
from arbitre.simulate._holding import let_go, line_up, note
from arbitre.simulate._lines import take_from_line
from arbitre.simulate._log import (
    ABANDONED,
    BLOCKED,
    CANCELLED,
    CLOSED,
    FINISHED,
    GATHERED,
    JOINED,
    OPENED,
    TURNED_AWAY,
)
from arbitre.simulate._log import REPAIR as REPAIRED
from arbitre.simulate._records import (
    FOLLOWING,
    FREE,
    GATHERING,
    HELD_UP,
    IN_LINE,
    MOVING,
    NOT_LISTED,
    WAITING_STOCK,
)
from arbitre.simulate._supply import ask, give_back, receive


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def _count_in_step(w, step, inside, blocked):
    """Add to the cases in a step, and to those of them that are blocked."""
    rec, now = w.step[step], w.clock[0].now
    rec.area += rec.inside * (now - rec.since)
    rec.blocked_area += rec.blocked * (now - rec.since)
    rec.since = now
    rec.inside += inside
    rec.blocked += blocked
    if inside < 0 and rec.wanted_first >= 0 and rec.todo == NOT_LISTED:
        rec.todo = w.clock[0].first_step
        w.clock[0].first_step = step


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def _count_open(w, of_class, change):
    rec, now = w.of_class[of_class], w.clock[0].now
    rec.area += rec.open * (now - rec.since)
    rec.since = now
    rec.open += change


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def _is_full(w, step):
    return 0 <= w.step[step].room <= w.step[step].inside


@njit(cache=True, nogil=True, error_model="numpy")
def open_case(w, of_class, key, ordinal, step, opened, machine, node):
    """Open a case of a class: it enters `step`, or is turned away where that is full."""
    clock, kind = w.clock[0], w.of_class[of_class]
    case = clock.free
    who = w.case[case]
    clock.free = who.next
    clock.live += 1
    who.key, who.ordinal, who.number, who.of_class = key, ordinal, clock.numbers, of_class
    clock.numbers += 1
    who.opened, who.due = opened, opened + kind.window
    who.step, who.visit, who.machine, who.node, who.mate, who.size = step, 0, machine, node, -1, 1
    who.quantity, who.missing, who.debt, who.called_off, who.to = 1, 0, -1, 0, -1
    if kind.quantity >= 0:
        who.quantity = int(draw(w, kind.quantity, key, 0, QUANTITY))
    kind.opened += 1
    _count_open(w, of_class, 1)
    note(w, case, OPENED, -1)
    if _is_full(w, step):
        leave(w, case, TURNED_AWAY)
        return
    if kind.cancel >= 0:
        put(w, clock.now + draw(w, kind.cancel, key, 0, CANCEL), CALLED_OFF, case, who.life, 0)
    enter(w, case, step)


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def enter(w, case, step):
    """Let a case into a step that has room for it."""
    who, now = w.case[case], w.clock[0].now
    _count_in_step(w, step, 1, 0)
    who.step = step
    who.visit += 1
    who.joined = now
    who.started = 0
    row = step * w.clock[0].classes + who.of_class
    w.visit[row].joined += 1
    note(w, case, JOINED, -1)
    if w.cell[row].patience >= 0:
        hours = draw(w, w.cell[row].patience, who.key, who.visit, PATIENCE)
        put(w, now + hours, PATIENCE_ENDS, case, who.token, 0)
    rec = w.step[step]
    if rec.batch == 1 and rec.wave_first == rec.wave_end:
        _begin(w, case)
        return
    who.state = GATHERING
    who.next, who.before = -1, rec.last
    if rec.last < 0:
        rec.first = case
    else:
        w.case[rec.last].next = case
    rec.last = case
    rec.gathered += 1
    if 0 < rec.batch <= rec.gathered:
        form_batch(w, step, rec.batch)


@njit(cache=True, nogil=True, error_model="numpy")
def _stop_gathering(w, case):
    """Take a case out of those that gather at its step."""
    who = w.case[case]
    rec = w.step[who.step]
    if who.before < 0:
        rec.first = who.next
    else:
        w.case[who.before].next = who.next
    if who.next < 0:
        rec.last = who.before
    else:
        w.case[who.next].before = who.before
    rec.gathered -= 1


@njit(cache=True, nogil=True, error_model="numpy")
def form_batch(w, step, size):
    """Let the first `size` cases that have gathered go on as one."""
    leader, last = w.step[step].first, -1
    for _ in range(size):
        case = w.step[step].first
        _stop_gathering(w, case)
        w.case[case].state = FOLLOWING
        w.case[case].mate = -1
        if last >= 0:
            w.case[last].mate = case
        last = case
        note(w, case, GATHERED, -1)
    w.case[leader].size = size
    _begin(w, leader)


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def _begin(w, leader):
    """Ask for the stock of a case or batch; what needs none goes straight to its line."""
    who, clock = w.case[leader], w.clock[0]
    who.state = WAITING_STOCK
    member = leader
    while member >= 0:
        cell = w.cell[who.step * clock.classes + w.case[member].of_class]
        for row in range(cell.ask_first, cell.ask_end):
            ask(w, leader, member, row)
        member = w.case[member].mate
    if who.missing == 0:
        line_up(w, leader)


@njit(cache=True, nogil=True, error_model="numpy")
def finish(w, leader):
    """End the work of a case or batch, and send each case on its way."""
    who, clock = w.case[leader], w.clock[0]
    who.token += 1
    done = clock.now - who.since
    if who.size == 1:
        visit = w.visit[who.step * clock.classes + who.of_class]
        visit.finished += 1
        visit.worked += done
        note(w, leader, FINISHED, -1)
        _go_on(w, leader)
        return
    let_go(w, leader)  # a batch lets its pools go at once, whatever becomes of its cases
    who.size = 1
    case = leader
    while case >= 0:
        mate = w.case[case].mate
        w.case[case].mate = -1
        w.case[case].token += 1
        visit = w.visit[w.case[case].step * clock.classes + w.case[case].of_class]
        visit.finished += 1
        visit.worked += done if case == leader else 0.0
        note(w, case, FINISHED, -1)
        _go_on(w, case)
        case = mate


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def _go_on(w, case):
    """Let a case whose work is done follow its route."""
    who = w.case[case]
    cell = w.cell[who.step * w.clock[0].classes + who.of_class]
    to = -1
    if cell.route_first < cell.route_end and not who.called_off:
        share = uniform(who.key, who.visit, ROUTE)
        row = cell.route_first
        while row < cell.route_end and share >= w.route[row].up_to:
            row += 1
        if row < cell.route_end:
            to = w.route[row].to
    if to < 0:
        let_go(w, case)
        _count_in_step(w, who.step, -1, 0)
        leave(w, case, CANCELLED if who.called_off else CLOSED)
        return
    who.to = to
    here, there = w.step[who.step].zone, w.step[to].zone
    home = w.of_class[who.of_class].zone
    here, there = home if here < 0 else here, home if there < 0 else there
    if here != there and here >= 0 and there >= 0 and w.lane[here, there] >= 0:
        let_go(w, case)
        _count_in_step(w, who.step, -1, 0)
        who.state = MOVING
        way = draw(w, w.lane[here, there], who.key, who.visit, MOVE)
        put(w, w.clock[0].now + way, MOVED, case, who.token, 0)
    elif to != who.step and _is_full(w, to):
        _hold_up(w, case)
    else:
        let_go(w, case)
        _count_in_step(w, who.step, -1, 0)
        enter(w, case, to)


@njit(cache=True, nogil=True, error_model="numpy")
def arrive(w, case):
    """Let a case that was on its way into the step it goes to, if there is room."""
    who = w.case[case]
    if who.called_off:
        leave(w, case, CANCELLED)
    elif _is_full(w, who.to):
        _hold_up(w, case)
    else:
        enter(w, case, who.to)


@njit(cache=True, nogil=True, error_model="numpy")
def _hold_up(w, case):
    """Turn a case away from a full step, or let it wait where it is, with what it holds, until there is room."""
    who = w.case[case]
    outside = who.state == MOVING  # it came by a lane: it waits at the door and holds nothing
    if w.step[who.to].turns_away:
        if not outside:
            let_go(w, case)
            _count_in_step(w, who.step, -1, 0)
        leave(w, case, TURNED_AWAY)
        return
    if not outside:
        _count_in_step(w, who.step, 0, 1)
        who.state = HELD_UP
    w.clock[0].newly_blocked = w.clock[0].may_lock
    note(w, case, BLOCKED, who.to)
    rec = w.step[who.to]
    who.next = -1
    if rec.wanted_last < 0:
        rec.wanted_first = case
    else:
        w.case[rec.wanted_last].next = case
    rec.wanted_last = case


@njit(cache=True, nogil=True, error_model="numpy")
def let_in(w, step):
    """Let in those who were blocked, in the order they came, while there is room."""
    rec = w.step[step]
    while rec.wanted_first >= 0 and not _is_full(w, step):
        case = rec.wanted_first
        who = w.case[case]
        rec.wanted_first = who.next
        if rec.wanted_first < 0:
            rec.wanted_last = -1
        if who.state == HELD_UP:
            let_go(w, case)
            _count_in_step(w, who.step, -1, -1)
        if who.called_off:
            leave(w, case, CANCELLED)
        else:
            enter(w, case, step)


@njit(cache=True, nogil=True, error_model="numpy")
def leave(w, case, outcome):
    """End a case."""
    clock, who = w.clock[0], w.case[case]
    kind = w.of_class[who.of_class]
    note(w, case, outcome, -1)
    _count_open(w, who.of_class, -1)
    if outcome == CLOSED:
        kind.closed += 1
        kind.flow += clock.now - who.opened
        kind.kept += clock.now <= who.due
    elif outcome == ABANDONED:
        kind.abandoned += 1
    elif outcome == CANCELLED:
        kind.cancelled += 1
    else:
        kind.turned_away += 1
    if clock.keeps_log:
        row = w.ended[clock.ended]
        row.case, row.ordinal, row.opened, row.closed, row.due = who.number, who.ordinal, who.opened, clock.now, who.due
        row.of_class, row.machine, row.quantity, row.outcome = who.of_class, who.machine, who.quantity, outcome
        clock.ended += 1
    machine, node = who.machine, who.node
    who.state = FREE
    who.token += 1
    who.life += 1
    who.next = clock.free
    clock.free = case
    clock.live -= 1
    if machine >= 0:
        run_machine(w, machine, -1)
    if node >= 0:
        receive(w, node, 1, REPAIRED)


@njit(cache=True, nogil=True, error_model="numpy")
def run_machine(w, machine, change):
    """Let a machine run until its next failure."""
    rec, now = w.machine[machine], w.clock[0].now
    fleet = w.fleet[rec.fleet]
    fleet.area += fleet.down * (now - fleet.since)
    fleet.since = now
    fleet.down += change
    put(w, now + draw(w, fleet.uptime, rec.key, rec.failures, UPTIME), FAILURE_OF, machine, 0, 0)


@njit(cache=True, nogil=True, error_model="numpy")
def give_up(w, case, outcome):
    """Let a case that waits leave its step and the network; one that is worked on or in a batch stays for now."""
    who = w.case[case]
    if who.state == GATHERING:
        _stop_gathering(w, case)
    elif who.state == IN_LINE and who.size == 1:
        take_from_line(w, case)
    elif who.state != WAITING_STOCK or who.size > 1:
        return False
    if who.state != GATHERING:
        give_back(w, case)
    _count_in_step(w, who.step, -1, 0)
    leave(w, case, outcome)
    return True

