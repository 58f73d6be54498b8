"""Who waits, and who is next? Lines in front of pools, in the order of the dispatch rule.

A line is one set of needs; it has a chain of cases for each level, in the order of their key. A case is put in from the
end that is nearer to its place: new ones from the tail, interrupted ones from the head.
"""

import numpy as np

from arbitre.simulate._kernel.inner import inner, within
from arbitre.simulate._kernel.records import BY_DUE, BY_RULE, IN_LINE, NONE, NOT_LISTED, ONE


@inner
def count_in_line(w, line, change):
    """Add to the number of cases that wait in a line, and to what its pools know of it."""
    rec = w.line[line]
    now = w.clock[0].now
    rec.area += rec.count * (now - rec.since)
    rec.since = now
    rec.count += change
    option = rec.option_first
    while option < rec.option_end:
        w.pool[w.option[option].pool].waiting += change
        option += 1


@within
def put_in_line(w, case, from_head):
    """Put a case in its line at its place."""
    who = w.case[case]
    cell = w.cell[who.row]
    who.state = IN_LINE
    who.order = who.due - cell.allowance if w.clock[0].key_mode == BY_DUE else who.joined
    place = who.line * w.clock[0].levels + who.level
    if from_head:
        after, before = w.head[place], np.int64(-1)
        while after >= 0 and w.case[after].order < who.order:
            before, after = after, w.case[after].next
    else:
        before, after = w.tail[place], np.int64(-1)
        while before >= 0 and w.case[before].order > who.order:
            after, before = before, w.case[before].before
    who.before, who.next = before, after
    if before < 0:
        w.head[place] = case
    else:
        w.case[before].next = case
    if after < 0:
        w.tail[place] = case
    else:
        w.case[after].before = case
    count_in_line(w, who.line, ONE)


@inner
def take_from_line(w, case):
    """Take a case out of its line."""
    who = w.case[case]
    place = who.line * w.clock[0].levels + who.level
    if who.before < 0:
        w.head[place] = who.next
    else:
        w.case[who.before].next = who.next
    if who.next < 0:
        w.tail[place] = who.before
    else:
        w.case[who.next].before = who.before
    count_in_line(w, who.line, NONE)


@inner
def first_in_line(w, line):
    """Return the case that is next in a line that is not empty, by level and key."""
    place = line * w.clock[0].levels
    while w.head[place] < 0:
        place += 1
    return w.head[place]


@inner
def least_by_rule(w, line, rule):
    """Ask the user's rule about every case of a line; the score is kept as its key. Returns the case of least score."""
    best, least = -1, np.inf
    case = w.head[line * w.clock[0].levels]
    while case >= 0:
        who = w.case[case]
        kind = w.of_class[who.of_class]
        score = rule(w.clock[0].now, who.joined, who.due, np.float64(kind.priority), w.cell[who.row].allowance,
                     kind.penalty, np.float64(who.of_class), np.float64(who.step))
        who.order = score
        if best < 0 or score < least:
            best, least = case, score
        case = who.next
    return best


@inner
def next_of(w, line, rule):
    """Return who is next in a line that is not empty."""
    if w.clock[0].key_mode == BY_RULE:
        return least_by_rule(w, line, rule)
    return first_in_line(w, line)


@inner
def is_before(w, one, other):
    """Does case `one` go before case `other`, who waits in another line of the same pool?"""
    a, b = w.case[one], w.case[other]
    if a.level != b.level:
        return a.level < b.level
    if a.order != b.order:
        return a.order < b.order
    return a.number < b.number


@inner
def look_at_pool(w, pool):
    """Note that a pool may be able to start somebody."""
    if w.pool[pool].todo == NOT_LISTED and w.pool[pool].waiting > 0:
        w.pool[pool].todo = w.clock[0].first_pool
        w.clock[0].first_pool = pool
