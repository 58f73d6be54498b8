"""How does a case go? It opens, enters a step, gathers, asks, is worked on, follows its route, and leaves.

No function here calls another stage of a case's life: it notes what is to follow (`then`), and the kernel carries it
out. That keeps the calls shallow, which is what a compiler can digest.
"""

from arbitre.simulate._kernel.agenda import (
    ASKS,
    CALLED_OFF,
    DEPARTS,
    ENTERS,
    FAILURE_OF,
    GOES_ON,
    LINES_UP,
    MOVED,
    PATIENCE_ENDS,
    RETURNS_STOCK,
    SUPPLY,
    put,
    then,
)
from arbitre.simulate._kernel.chance import CANCEL, FIRST_TURN, MOVE, PATIENCE, QUANTITY, ROUTE, UPTIME, draw, uniform
from arbitre.simulate._kernel.holding import let_go, note
from arbitre.simulate._kernel.inner import inner, within
from arbitre.simulate._kernel.lines import take_from_line
from arbitre.simulate._kernel.log import (
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
from arbitre.simulate._kernel.log import REPAIR as REPAIRED
from arbitre.simulate._kernel.records import (
    FOLLOWING,
    FREE,
    GATHERING,
    HELD_UP,
    IN_LINE,
    MOVING,
    NONE,
    NOT_LISTED,
    ONE,
    WAITING_STOCK,
    ZERO,
)
from arbitre.simulate._kernel.supply import is_there


@inner
def count_in_step(w, step, inside, blocked):
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


@inner
def is_full(w, step):
    """Has a step no place left?"""
    return 0 <= w.step[step].room <= w.step[step].inside


@within
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
    who.quantity, who.missing, who.debt, who.called_off, who.to, who.state = 1, 0, -1, 0, step, MOVING
    if kind.quantity >= 0:
        who.quantity = int(draw(w, kind.quantity, key, ZERO, QUANTITY))
    if kind.cancel >= 0:
        put(w, clock.now + draw(w, kind.cancel, key, ZERO, CANCEL), CALLED_OFF, case, who.life, ZERO)
    kind.opened += 1
    kind.area += kind.open * (clock.now - kind.since)
    kind.since = clock.now
    kind.open += 1
    note(w, case, OPENED, NONE)
    if is_full(w, step):
        who.outcome = TURNED_AWAY
        then(w, DEPARTS, case)
    else:
        count_in_step(w, step, ONE, ZERO)
        then(w, ENTERS, case)


@within
def enter(w, case):
    """Let a case into a step, where its place is already taken, or into the one for those whose item is not there."""
    who, now = w.case[case], w.clock[0].now
    step = who.to
    if w.step[step].without >= 0 and not is_there(w, case, step):
        count_in_step(w, step, NONE, ZERO)
        step = w.step[step].without
        count_in_step(w, step, ONE, ZERO)
    who.step = step
    who.visit += 1
    who.joined = now
    who.started = 0
    row = step * w.clock[0].classes + who.of_class
    who.row = row
    w.visit[row].joined += 1
    note(w, case, JOINED, NONE)
    if w.cell[row].patience >= 0:
        hours = draw(w, w.cell[row].patience, who.key, who.visit, PATIENCE)
        put(w, now + hours, PATIENCE_ENDS, case, who.token, ZERO)
    rec = w.step[step]
    if rec.batch == 1 and rec.wave_first == rec.wave_end:
        who.state = WAITING_STOCK
        then(w, ASKS if w.cell[row].ask_end > w.cell[row].ask_first else LINES_UP, case)
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


@inner
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


@inner
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
        note(w, case, GATHERED, NONE)
    w.case[leader].size = size
    w.case[leader].state = WAITING_STOCK
    then(w, ASKS, leader)


@within
def finish(w, leader):
    """End the work of a case or batch, and send each case on its way."""
    clock, who = w.clock[0], w.case[leader]
    done, alone = clock.now - who.since, who.size == 1
    w.visit[who.row].worked += done
    if not alone:
        let_go(w, leader)  # a batch lets its pools go at once, whatever becomes of its cases
        who.size = 1
    case = leader
    while case >= 0:
        who = w.case[case]
        who.token += 1
        mate = who.mate
        who.mate = -1
        w.visit[who.row].finished += 1
        note(w, case, FINISHED, NONE)
        then(w, GOES_ON, case)
        case = mate


@within
def go_on(w, case):
    """Let a case whose work is done follow its route."""
    clock, who = w.clock[0], w.case[case]
    cell = w.cell[who.row]
    row = cell.route_end
    if cell.route_first < cell.route_end and not who.called_off:
        share = uniform(who.key, who.visit, ROUTE, FIRST_TURN)
        row = cell.route_first
        while row < cell.route_end and share >= w.route[row].up_to:
            row += 1
    to = w.route[row].to if row < cell.route_end else -1
    if to < 0:
        let_go(w, case)
        count_in_step(w, who.step, NONE, ZERO)
        who.outcome = CANCELLED if who.called_off else CLOSED
        then(w, DEPARTS, case)
        return
    who.to = to
    here, there = w.step[who.step].zone, w.step[to].zone
    home = w.of_class[who.of_class].zone
    here, there = home if here < 0 else here, home if there < 0 else there
    if here != there and here >= 0 and there >= 0 and w.lane[here * clock.zones + there] >= 0:
        let_go(w, case)
        count_in_step(w, who.step, NONE, ZERO)
        who.state = MOVING
        way = draw(w, w.lane[here * clock.zones + there], who.key, who.visit, MOVE)
        put(w, clock.now + way, MOVED, case, who.token, ZERO)
        return
    knock(w, case)


@inner
def knock(w, case):
    """Let a case into the step it goes to; where that is full, turn it away or hold it up where it is."""
    who = w.case[case]
    outside = who.state == MOVING  # it came by a lane: it waits at the door and holds nothing
    full = (outside or who.to != who.step) and is_full(w, who.to)
    if full and not w.step[who.to].turns_away:
        if not outside:
            count_in_step(w, who.step, ZERO, ONE)
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
        return
    if not outside:
        let_go(w, case)
        count_in_step(w, who.step, NONE, ZERO)
    if full or who.called_off:
        who.outcome = CANCELLED if who.called_off else TURNED_AWAY
        then(w, DEPARTS, case)
    else:
        count_in_step(w, who.to, ONE, ZERO)
        then(w, ENTERS, case)


@inner
def let_in(w, step):
    """Let in those who were blocked, in the order they came, while there is room."""
    rec = w.step[step]
    while rec.wanted_first >= 0 and not is_full(w, step):
        case = rec.wanted_first
        who = w.case[case]
        rec.wanted_first = who.next
        if rec.wanted_first < 0:
            rec.wanted_last = -1
        if who.state == HELD_UP:
            let_go(w, case)
            count_in_step(w, who.step, NONE, NONE)
        if who.called_off:
            who.outcome = CANCELLED
            then(w, DEPARTS, case)
        else:
            count_in_step(w, step, ONE, ZERO)
            then(w, ENTERS, case)


@within
def depart(w, case):
    """End a case; its machine runs again, the unit it repaired goes to its shelf."""
    clock, who = w.clock[0], w.case[case]
    kind, outcome = w.of_class[who.of_class], who.outcome
    note(w, case, outcome, NONE)
    kind.area += kind.open * (clock.now - kind.since)
    kind.since = clock.now
    kind.open -= 1
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
    if who.machine >= 0:
        run_machine(w, who.machine, NONE)
    if who.node >= 0:
        put(w, clock.now, SUPPLY, who.node, REPAIRED, ONE)
    who.state = FREE
    who.token += 1
    who.life += 1
    who.next = clock.free
    clock.free = case
    clock.live -= 1


@inner
def run_machine(w, machine, change):
    """Let a machine run until its next failure; `change` is to the number of machines down."""
    rec, now = w.machine[machine], w.clock[0].now
    fleet = w.fleet[rec.fleet]
    fleet.area += fleet.down * (now - fleet.since)
    fleet.since = now
    fleet.down += change
    put(w, now + draw(w, fleet.uptime, rec.key, rec.failures, UPTIME), FAILURE_OF, machine, ZERO, ZERO)


@inner
def give_up(w, case, outcome):
    """Let a case that waits leave its step and the network; one that is worked on or in a batch stays for now.

    Returns whether it left.
    """
    who = w.case[case]
    if who.size > 1:
        return False
    if who.state == GATHERING:
        _stop_gathering(w, case)
    elif who.state == IN_LINE:
        take_from_line(w, case)
        then(w, RETURNS_STOCK, case)
    elif who.state == WAITING_STOCK:
        then(w, RETURNS_STOCK, case)
    else:
        return False
    who.token += 1
    who.state = MOVING
    count_in_step(w, who.step, NONE, ZERO)
    who.outcome = outcome
    then(w, DEPARTS, case)
    return True
