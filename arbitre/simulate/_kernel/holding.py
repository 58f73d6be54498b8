"""Who holds what? Pools are seized together, let go, taken away from cases of lesser rank, and follow their shifts."""

from arbitre.simulate._kernel.agenda import REACHED_PLACE, SETS_OUT, SHIFT, WORK_DONE, put, then
from arbitre.simulate._kernel.chance import TRAVEL, WORK, draw
from arbitre.simulate._kernel.inner import inner, within
from arbitre.simulate._kernel.lines import is_before, look_at_pool, next_of, put_in_line, take_from_line
from arbitre.simulate._kernel.log import ALLOTTED, PAUSED, REACHED, STARTED
from arbitre.simulate._kernel.model import NEVER, PAUSE, RESTART
from arbitre.simulate._kernel.records import NO, NONE, TRAVELLING, WORKING, YES, ZERO


@inner
def note(w, case, kind, place):
    """Write a line of the log."""
    clock = w.clock[0]
    if clock.keeps_log:
        row, who = w.log[clock.logged], w.case[case]
        row.time = clock.now
        row.case = who.number
        row.place = place
        row.step = who.step
        row.kind = kind
        clock.logged += 1


@inner
def note_all(w, case, kind, place):
    """Write a line of the log for each of a batch."""
    while case >= 0:
        note(w, case, kind, place)
        case = w.case[case].mate


@inner
def settle_pool(w, pool):
    """Bring the sums of a pool up to now."""
    rec, now = w.pool[pool], w.clock[0].now
    rec.area += rec.busy * (now - rec.since)
    rec.offered += rec.capacity * (now - rec.since)
    rec.since = now


@inner
def free_option(w, group):
    """Return the first option of a group of needs that is free, -1 when none is."""
    option = w.group[group].first
    while option < w.group[group].end:  # most have one: the rounds that `range` prepares would cost more than it
        pool = w.pool[w.option[option].pool]
        if pool.capacity - pool.busy >= w.option[option].quantity:
            return option
        option += 1
    return NONE


@inner
def can_start(w, line):
    """Can the needs of this line be met now?"""
    rec = w.line[line]
    group = rec.group_first
    while group < rec.group_end:
        if free_option(w, group) < 0:
            return False
        group += 1
    return True


@inner
def _enlist(w, pool, holder):
    """Put a holder (case * 4 + group) at the head of the list of those who hold a pool."""
    first = w.pool[pool].first
    w.holder_next[holder] = first
    w.holder_before[holder] = -1
    if first >= 0:
        w.holder_before[first] = holder
    w.pool[pool].first = holder


@inner
def _strike(w, pool, holder):
    """Take a holder off the list of those who hold a pool."""
    before, after = w.holder_before[holder], w.holder_next[holder]
    if before < 0:
        w.pool[pool].first = after
    else:
        w.holder_next[before] = after
    if after >= 0:
        w.holder_before[after] = before


@within
def seize(w, case):
    """Give a case its pools; they are known to be free."""
    line = w.line[w.case[case].line]
    for group in range(line.group_first, line.group_end):
        option = w.option[free_option(w, group)]
        seat = group - line.group_first
        settle_pool(w, option.pool)
        w.pool[option.pool].busy += option.quantity
        w.seat[case * 8 + seat] = option.pool
        w.seat[case * 8 + 4 + seat] = option.quantity
        if w.pool[option.pool].kept:
            _enlist(w, option.pool, case * 4 + seat)


@within
def let_go(w, case):
    """Take back the pools a case holds."""
    for seat in range(4):
        pool = w.seat[case * 8 + seat]
        if pool < 0:
            return
        settle_pool(w, pool)
        w.pool[pool].busy -= w.seat[case * 8 + 4 + seat]
        w.seat[case * 8 + seat] = -1
        if w.pool[pool].kept:
            _strike(w, pool, case * 4 + seat)
        look_at_pool(w, pool)


@within
def begin_work(w, case):
    """Start the work itself, or what is left of it."""
    who = w.case[case]
    who.state = WORKING
    who.since = w.clock[0].now
    put(w, who.since + who.left, WORK_DONE, case, who.token, ZERO)


@within
def set_out(w, case):
    """Begin with a case that has its pools: the way to it first, where the step travels."""
    who, clock = w.case[case], w.clock[0]
    who.token += 1
    if not who.started:
        who.started = 1
        row = w.cell[who.row].work
        who.work = draw(w, row, who.key, who.visit, WORK) if row >= 0 else 0.0
        who.left = who.work
        member = case
        while member >= 0:
            visit = w.visit[w.case[member].row]
            visit.started += 1
            visit.waited += clock.now - w.case[member].joined
            member = w.case[member].mate
    note_all(w, case, STARTED, w.seat[case * 8])
    if w.step[who.step].travels and w.seat[case * 8] >= 0:
        base, zone = w.pool[w.seat[case * 8]].zone, w.of_class[who.of_class].zone
        if base >= 0 and zone >= 0 and w.lane[base * clock.zones + zone] >= 0:
            who.state, who.since = TRAVELLING, clock.now
            way = draw(w, w.lane[base * clock.zones + zone], who.key, who.visit, TRAVEL)
            put(w, clock.now + way, REACHED_PLACE, case, who.token, ZERO)
            return
        note_all(w, case, REACHED, NONE)  # it is there already
    begin_work(w, case)


@within
def line_up(w, case):
    """Seize the pools of a case that has all its units of stock, or put it in line for them."""
    who = w.case[case]
    cell = w.cell[who.row]
    if cell.ask_end > cell.ask_first:
        note_all(w, case, ALLOTTED, NONE)
    who.line, who.level = cell.line, cell.level
    if cell.line < 0:
        then(w, SETS_OUT, case)
        return
    line = w.line[cell.line]
    option = line.option_first
    while option < line.option_end and w.pool[w.option[option].pool].waiting == 0:
        option += 1
    is_first = option == line.option_end  # it must not pass those who wait
    # Where others wait with the same needs these are not free, or the pool let go is about to be served.
    free = (is_first or line.count == 0) and can_start(w, cell.line)
    if free and is_first:
        seize(w, case)
        then(w, SETS_OUT, case)
        return
    put_in_line(w, case, NO)
    for option in range(line.option_first, line.option_end):
        if free or w.pool[w.option[option].pool].kept:
            look_at_pool(w, w.option[option].pool)


@inner
def pause(w, case):
    """Interrupt a case: it goes back to its place in line, and resumes or restarts when its turn comes."""
    who, clock = w.case[case], w.clock[0]
    if who.state == WORKING:
        done = clock.now - who.since
        w.visit[who.row].worked += done
        who.left = who.work if w.step[who.step].interrupted == RESTART else max(who.left - done, 0.0)
    who.token += 1
    let_go(w, case)
    note_all(w, case, PAUSED, NONE)
    put_in_line(w, case, YES)


@inner
def _victim(w, pool, level, by_shift):
    """Return who is to put down a pool: of those at work beyond a level, the last in rank, then the last to start."""
    worst, holder = -1, w.pool[pool].first
    while holder >= 0:
        case = holder >> 2
        who = w.case[case]
        if (who.state in (WORKING, TRAVELLING) and who.level > level
                and (by_shift or w.step[who.step].interrupted != NEVER)):
            if worst < 0:
                worst = case
            else:
                known = w.case[worst]
                if (who.level, who.since, who.number) > (known.level, known.since, known.number):
                    worst = case
        holder = w.holder_next[holder]
    return worst


@inner
def _yielding_option(w, group, level):
    """Return the first option that would be free once those beyond this level had put it down, -1 when none would."""
    for option in range(w.group[group].first, w.group[group].end):
        rec = w.option[option]
        pool = w.pool[rec.pool]
        free, holder = pool.capacity - pool.busy, pool.first if pool.kept else -1
        while holder >= 0:
            who = w.case[holder >> 2]
            if who.state in (WORKING, TRAVELLING) and who.level > level and w.step[who.step].interrupted != NEVER:
                free += w.seat[(holder >> 2) * 8 + 4 + (holder & 3)]
            holder = w.holder_next[holder]
        if free >= rec.quantity:
            return option
    return -1


@inner
def _could_push_in(w, case):
    """Could this case start if cases of lesser rank put down their work?"""
    line, could = w.line[w.case[case].line], True
    for group in range(line.group_first, line.group_end):
        could = could and _yielding_option(w, group, w.case[case].level) >= 0
    return could


@inner
def _push_in(w, case):
    """Interrupt as many cases of lesser rank as this one needs."""
    line = w.line[w.case[case].line]
    for group in range(line.group_first, line.group_end):
        if free_option(w, group) < 0:
            option = w.option[_yielding_option(w, group, w.case[case].level)]
            pool = w.pool[option.pool]
            while pool.capacity - pool.busy < option.quantity:
                pause(w, _victim(w, option.pool, w.case[case].level, NO))


@within
def serve_pool(w, pool, rule):
    """Start everybody who waits for this pool and can start, the best first.

    Who could start without it does so where the pool that he would take is served.
    """
    rec = w.pool[pool]
    while rec.waiting > 0 and (rec.busy < rec.capacity or rec.kept):
        best, pushes = -1, False
        for place in range(rec.line_first, rec.line_end):
            line = w.pool_line[place]
            if w.line[line].count > 0 and can_start(w, line):
                case = next_of(w, line, rule)
                if best < 0 or is_before(w, case, best):
                    best = case
        if best < 0 and rec.kept:
            pushes = True
            for place in range(rec.line_first, rec.line_end):
                line = w.pool_line[place]
                if w.line[line].count > 0:
                    case = next_of(w, line, rule)
                    if (best < 0 or is_before(w, case, best)) and _could_push_in(w, case):
                        best = case
        if best < 0:
            return
        take_from_line(w, best)
        if pushes:
            _push_in(w, best)
        seize(w, best)
        then(w, SETS_OUT, best)


@inner
def plan_turn(w, pool):
    """Write the next change of a pool's timetable into the calendar."""
    rec = w.pool[pool]
    if rec.turn == rec.turn_end:
        period = w.turn[rec.turn_first].period
        if period <= 0.0:
            return
        rec.turn = rec.turn_first
        rec.base += period
    put(w, rec.base + w.turn[rec.turn].at, SHIFT, pool, ZERO, ZERO)


@inner
def change_shift(w, pool):
    """Let a pool have the capacity of its next shift."""
    rec = w.pool[pool]
    settle_pool(w, pool)
    rec.capacity = w.turn[rec.turn].value
    rec.turn += 1
    plan_turn(w, pool)
    if rec.shift_end == PAUSE:
        while rec.busy > rec.capacity:
            case = _victim(w, pool, NONE, YES)
            if case < 0:
                break
            pause(w, case)
    look_at_pool(w, pool)
