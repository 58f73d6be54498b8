"""Where do the units of stock come from? Asks, debts, orders up the tree, repairs, neighbours, emergencies."""

import numpy as np

from arbitre.simulate._kernel.agenda import (
    DELIVERY,
    FALLS_DUE,
    LINES_UP,
    PAYS_DEBTS,
    REPAIR_COMES,
    REPLENISHES,
    SUPPLY,
    put,
    then,
)
from arbitre.simulate._kernel.chance import (
    EMERGENCY_WAY,
    FIRST_TURN,
    LATERAL_WAY,
    LEAD,
    REPAIR,
    REPAIRABLE,
    draw,
    hashed,
    uniform,
)
from arbitre.simulate._kernel.inner import inner
from arbitre.simulate._kernel.log import EMERGENCY, ISSUE, RECEIPT, SHIPMENT
from arbitre.simulate._kernel.log import LATERAL as LENT
from arbitre.simulate._kernel.log import REPAIR as REPAIRED
from arbitre.simulate._kernel.log import RETURN as RETURNED
from arbitre.simulate._kernel.records import NONE, ONE, ZERO

FIRST_COME, PROMISED_DATE, CRITICAL_LEVELS = range(3)
"""Allocation rules, in the order of `_model.ALLOCATION`."""


@inner
def settle_node(w, node):
    """Bring the sums of a node up to now."""
    rec, now = w.node[node], w.clock[0].now
    rec.area += rec.on_hand * (now - rec.since)
    rec.owed_area += rec.owed * (now - rec.since)
    rec.on_order_area += rec.on_order * (now - rec.since)
    rec.since = now


@inner
def _move(w, node, case, units, cause, other):
    """Write a movement of stock: `units` with the sign of the change on hand."""
    clock = w.clock[0]
    if clock.keeps_log:
        row = w.moved[clock.moved]
        row.time = clock.now
        row.case = w.case[case].number if case >= 0 else -1
        row.node = node
        row.units = units
        row.cause = cause
        row.other = other
        clock.moved += 1


@inner
def kept_back(w, node, rank):
    """Return how many units an ask of this rank leaves on the shelf."""
    return w.critical[node * w.clock[0].ranks + rank] if w.clock[0].allocation == CRITICAL_LEVELS else 0


@inner
def _ready(w, node, rank, units, due):
    """Return how many of so many units a node hands over at once: none before they are due."""
    return 0 if due > w.clock[0].now else min(max(w.node[node].on_hand - kept_back(w, node, rank), 0), units)


@inner
def _new_debt(w, node, case, ask_row, child, units, rank):
    """Return a debt that is on no line yet."""
    clock = w.clock[0]
    debt = clock.free_debt
    rec = w.debt[debt]
    clock.free_debt = rec.next
    clock.debts += 1
    rec.node, rec.case, rec.ask_row, rec.child = node, case, ask_row, child
    rec.units, rec.rank = units, rank
    rec.level, rec.next, rec.before, rec.sibling = -1, -1, -1, -1
    if case >= 0:
        rec.sibling = w.case[case].debt
        w.case[case].debt = debt
    return debt


@inner
def _part(w, debt):
    """Take a debt off the list of what is owed to its case."""
    rec = w.debt[debt]
    if w.case[rec.case].debt == debt:
        w.case[rec.case].debt = rec.sibling
    else:
        known = w.case[rec.case].debt
        while w.debt[known].sibling != debt:
            known = w.debt[known].sibling
        w.debt[known].sibling = rec.sibling
    rec.case = -1


@inner
def _forget_debt(w, debt):
    """Free the record of a debt."""
    clock, rec = w.clock[0], w.debt[debt]
    if rec.case >= 0:
        _part(w, debt)
    rec.token += 1
    rec.next = clock.free_debt
    clock.free_debt = debt
    clock.debts -= 1


@inner
def _owe(w, node, case, ask_row, child, units, rank, due):
    """Put a debt in the line of a node, by the allocation rule; one that is due later is paid then."""
    clock = w.clock[0]
    debt = _new_debt(w, node, case, ask_row, child, units, rank)
    if due > clock.now:
        put(w, due, FALLS_DUE, node, NONE, ZERO)
    rec = w.debt[debt]
    rec.level = rank if clock.allocation == CRITICAL_LEVELS else 0
    rec.order = due
    w.node[node].owed += units
    place = node * clock.ranks + rec.level
    before, after = w.node_tail[place], np.int64(-1)
    while before >= 0 and w.debt[before].order > rec.order:
        after, before = before, w.debt[before].before
    rec.before, rec.next = before, after
    if before < 0:
        w.node_head[place] = debt
    else:
        w.debt[before].next = debt
    if after < 0:
        w.node_tail[place] = debt
    else:
        w.debt[after].before = debt


@inner
def _strike_debt(w, debt):
    """Take a debt out of its line and forget it."""
    rec = w.debt[debt]
    place = rec.node * w.clock[0].ranks + rec.level
    if rec.before < 0:
        w.node_head[place] = rec.next
    else:
        w.debt[rec.before].next = rec.next
    if rec.next < 0:
        w.node_tail[place] = rec.before
    else:
        w.debt[rec.next].before = rec.before
    _forget_debt(w, debt)


@inner
def _ship(w, node, child, units):
    """Send units from a node to one it supplies."""
    w.node[node].on_hand -= units
    _move(w, node, NONE, -units, SHIPMENT, child)
    _send(w, child, units)


@inner
def _send(w, node, units):
    """Put units on their way to a node."""
    rec = w.node[node]
    rec.orders += 1
    way = draw(w, rec.lead, rec.key, rec.orders, LEAD) if rec.lead >= 0 else 0.0
    put(w, w.clock[0].now + way, SUPPLY, node, RECEIPT, units)


@inner
def _repaired(w, node, units):
    """Send each unit an order is for to repair where it can be repaired; returns how many must be ordered instead."""
    rec, ordered = w.node[node], 0
    for _ in range(units):
        rec.repairs += 1
        if uniform(rec.key, rec.repairs, REPAIRABLE, FIRST_TURN) >= rec.repair_share:
            ordered += 1
        elif rec.repair_class >= 0:
            put(w, w.clock[0].now, REPAIR_COMES, node, rec.repairs, ZERO)
        else:
            hours = draw(w, rec.repair, rec.key, rec.repairs, REPAIR)
            put(w, w.clock[0].now + hours, SUPPLY, node, REPAIRED, ONE)
    return ordered


@inner
def replenish(w, node):
    """Order what the policy of a node asks for: repair, outside, or the node above, which may order in its turn."""
    rec = w.node[node]
    position = rec.on_hand + rec.on_order - rec.owed
    if position > rec.reorder:
        return
    units = ((rec.reorder - position) // rec.lot + 1) * rec.lot
    settle_node(w, node)
    rec.on_order += units
    rec.ordered += units
    if rec.repair_share > 0.0:
        units = _repaired(w, node, units)
    if units > 0 and rec.supplier < 0:
        _send(w, node, units)
    elif units > 0:
        above = w.node[rec.supplier]
        settle_node(w, rec.supplier)
        due = max(rec.due - rec.way, w.clock[0].now)
        ready = _ready(w, rec.supplier, rec.rank, units, due)
        if ready > 0:
            _ship(w, rec.supplier, node, ready)
        if ready < units:
            _owe(w, rec.supplier, NONE, NONE, node, units - ready, rec.rank, due)
        above.due = due
        then(w, REPLENISHES, rec.supplier)


@inner
def serve_debts(w, node):
    """Hand the units on the shelf to those they are owed to, by the allocation rule."""
    rec = w.node[node]
    settle_node(w, node)
    for level in range(w.clock[0].ranks):
        while w.node_head[node * w.clock[0].ranks + level] >= 0:
            debt = w.node_head[node * w.clock[0].ranks + level]
            owed = w.debt[debt]
            units = _ready(w, node, owed.rank, owed.units, owed.order)
            if units <= 0:
                break
            rec.owed -= units
            owed.units -= units
            case, child, paid = owed.case, owed.child, owed.units == 0
            if paid:
                _strike_debt(w, debt)
            if child >= 0:
                _ship(w, node, child, units)
                continue
            rec.on_hand -= units
            _move(w, node, case, -units, ISSUE, NONE)
            w.case[case].missing -= units
            if w.case[case].missing == 0:
                then(w, LINES_UP, case)


@inner
def receive(w, node, units, cause):
    """Put units that were on order on the shelf, and serve those who wait for them."""
    rec = w.node[node]
    settle_node(w, node)
    rec.on_hand += units
    rec.on_order -= units
    _move(w, node, NONE, units, cause, rec.supplier if cause == RECEIPT else NONE)
    then(w, PAYS_DEBTS, node)


@inner
def _expedited(w, case, row, units):
    """Have a neighbour or an emergency serve an ask; returns whether one did."""
    rec, now, visit = w.node[w.ask[row].node], w.clock[0].now, w.case[case].visit
    key = hashed(w.case[case].key, np.uint64(row))  # each ask of a case has its own luck
    for place in range(rec.lateral_first, rec.lateral_end):
        neighbour = w.lateral[place].source
        shelf = w.node[neighbour]
        if shelf.on_hand - shelf.hold_back >= units and shelf.owed == 0:
            settle_node(w, neighbour)
            shelf.on_hand -= units
            _move(w, neighbour, case, -units, LENT, w.ask[row].node)
            debt = _new_debt(w, w.ask[row].node, case, row, NONE, units, ZERO)
            way = draw(w, w.lateral[place].law, key, visit, LATERAL_WAY)
            put(w, now + way, DELIVERY, debt, w.debt[debt].token, units)
            shelf.due = now
            then(w, REPLENISHES, neighbour)
            return True
    if rec.emergency < 0:
        return False
    _move(w, w.ask[row].node, case, units, EMERGENCY, NONE)
    debt = _new_debt(w, w.ask[row].node, case, row, NONE, units, ZERO)
    put(w, now + draw(w, rec.emergency, key, visit, EMERGENCY_WAY), DELIVERY, debt, w.debt[debt].token, units)
    return True


@inner
def _ask(w, leader, member, row):
    """Set aside what a case asks for; what is not there is owed to the first of its batch."""
    asked = w.ask[row]
    node, units = asked.node, asked.quantity * w.case[member].quantity
    rec, due = w.node[node], w.clock[0].now
    if w.clock[0].allocation == PROMISED_DATE:
        due += asked.spare
    settle_node(w, node)
    rec.requests += 1
    rec.asked += units
    ready = _ready(w, node, asked.rank, units, due)
    if ready < units and asked.expedite and due <= w.clock[0].now and _expedited(w, leader, row, units):
        rec.expedited += units
        w.case[leader].missing += units
        return
    rec.ready += ready
    if ready > 0:
        rec.on_hand -= ready
        _move(w, node, leader, -ready, ISSUE, NONE)
    if ready < units:
        w.case[leader].missing += units - ready
        _owe(w, node, leader, row, NONE, units - ready, asked.rank, due)
    else:
        rec.met += 1
    rec.due = due
    then(w, REPLENISHES, node)


@inner
def is_there(w, case, step):
    """Is all that a case would take at a step on the shelf?"""
    clock, who = w.clock[0], w.case[case]
    cell = w.cell[step * clock.classes + who.of_class]
    for row in range(cell.ask_first, cell.ask_end):
        asked = w.ask[row]
        units = asked.quantity * who.quantity
        if _ready(w, asked.node, asked.rank, units, clock.now) < units:
            return False
    return True


@inner
def ask(w, leader):
    """Ask for the stock of a case, or of all of a batch."""
    who, member = w.case[leader], leader
    while member >= 0:
        cell = w.cell[w.case[member].row]
        for row in range(cell.ask_first, cell.ask_end):
            _ask(w, leader, member, row)
        member = w.case[member].mate
    if who.missing == 0:
        then(w, LINES_UP, leader)


@inner
def deliver(w, debt, units):
    """Bring units to the case they were expedited for, or put them on the shelf when it has left."""
    case, node = w.debt[debt].case, w.debt[debt].node
    _forget_debt(w, debt)
    if case < 0:
        settle_node(w, node)
        w.node[node].on_hand += units
        _move(w, node, NONE, units, RETURNED, NONE)
        then(w, PAYS_DEBTS, node)
        return
    w.case[case].missing -= units
    if w.case[case].missing == 0:
        then(w, LINES_UP, case)


@inner
def give_back(w, case):
    """Put back what was set aside for a case that leaves alone, and strike what is owed to it."""
    who = w.case[case]
    cell = w.cell[who.row]
    for row in range(cell.ask_first, cell.ask_end):
        node, back, debt = w.ask[row].node, w.ask[row].quantity * who.quantity, who.debt
        while debt >= 0 and w.debt[debt].ask_row != row:
            debt = w.debt[debt].sibling
        settle_node(w, node)
        if debt >= 0:
            back -= w.debt[debt].units
            if w.debt[debt].level < 0:
                _part(w, debt)  # on its way: it will go to the shelf
            else:
                w.node[node].owed -= w.debt[debt].units
                _strike_debt(w, debt)
        if back > 0:
            w.node[node].on_hand += back
            _move(w, node, case, back, RETURNED, NONE)
            then(w, PAYS_DEBTS, node)
    who.missing = 0
