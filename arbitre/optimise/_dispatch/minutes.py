"""Who rides where, minute by minute, knowing only what has been placed?

Every minute the orders placed by then are fitted into the rounds of the riders, each is tried elsewhere, and riders
swap their rounds where that pays. Only what can wait no longer is done: a rider leaves for a pick-up when waiting would
delay it, and what a trip holds is settled when it is picked up. A rider with nothing to do moves once to a
place near by where the orders of late have been less well covered. Nothing of what is not yet placed is looked at.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from arbitre.optimise._dispatch.rounds import (
    MOST,
    Day,
    Policy,
    copy_round,
    forget_round,
    least_price,
    pick_up_at,
    place_order,
    plan_round,
    round_cost,
    take_away,
    trip_end,
)

AHEAD, OPEN, DONE, LOST, REFUSED, OUT_OF_AREA = range(6)
"""What has become of an order."""

_FADES = 0.99
"""What an order counts a minute later, when riders choose where to wait."""
_UNSEEN = 0.2
"""Orders that every pick-up place is taken to have had, so that none counts for nothing."""
_FAR = 15.0
"""Minutes from which a pick-up place is not covered at all."""
_NEAR = 10.0
"""Minutes a rider goes at most to wait elsewhere: under way it cannot be told."""
_ROAD = 0.01
"""Minutes nearer to the next order that a minute of going there must gain."""
_SOON = 10.0
"""Minutes within which a rider comes free and counts as covering."""
_SHIFT_LEFT = 30.0
"""Minutes of duty left below which a rider stays where it is."""
_GAIN = 1e-9
"""What a change must gain, lest rounding make it go to and fro."""


BROUGHT = np.dtype([("status", "i8"), ("picked", "f8"), ("delivered", "f8"), ("rider", "i8"), ("trip", "i8")])
"""What became of an order: status, minutes of pick-up and delivery, rider and trip (numbers, -1: none)."""


class Log(NamedTuple):
    """What was done: orders (BROUGHT), and moves (rider, minute, from place, to place) in the order they began."""

    orders: np.ndarray
    moves: np.ndarray


def dispatched(day: Day, policy: Policy) -> Log:
    """Which rider brings which order when, as decided minute by minute?"""
    orders, riders = day.orders.copy(), day.riders.copy()
    riders["free"] = riders["since"] = riders["on"]
    log = np.zeros(len(orders), BROUGHT)
    log["rider"] = log["trip"] = orders["planned"] = -1
    log["picked"] = log["delivered"] = np.nan
    moves = np.zeros((3 * len(orders) + len(riders) + 1, 4), np.int64)
    made = 0
    if len(orders):
        by_time = np.argsort(orders["placed"], kind="stable")
        made = _run(policy, day.travel, day.may, orders, riders, log, moves, by_time)
    return Log(log, moves[:made])


@njit(cache=True, nogil=True, error_model="numpy")
def _run(policy, travel, may, orders, riders, log, moves, by_time):
    """Go from minute to minute; return how many moves were made."""
    rounds, starts = np.zeros((len(riders), MOST + 1), np.int64), np.zeros((len(riders), MOST + 1), np.bool_)
    scratch, scratch_starts = np.zeros((4, MOST + 1), np.int64), np.zeros((4, MOST + 1), np.bool_)
    recent = np.zeros(may.shape[1])
    waiting = np.zeros(len(orders), np.int64)
    count = following = made = trips = np.int64(0)  # for a literal 0 numba would compile what takes them twice
    first, last = orders[by_time[0]].placed, orders[by_time[-1]].placed + policy.age
    for now in range(int(first), int(last) + 2):
        about = _about(riders, now, policy.ahead)
        count = _still_open(policy, orders, riders, rounds, starts, log, waiting, count, now)
        count, following = _taken_in(policy, travel, orders, riders, log, waiting, count, by_time, following, now,
                                     recent)
        _improve(policy, travel, may, orders, riders, rounds, starts, scratch, scratch_starts, waiting[:count], about,
                 now)
        _swap(policy, travel, may, orders, riders, rounds, starts, about, now)
        for rider in about:
            if riders[rider].length and riders[rider].free <= now and riders[rider].on <= now:
                made, trips = _act(policy, travel, orders, riders, rounds, starts, log, moves, made, trips, rider, now)
        made = _settle(travel, may, riders, moves, made, about, now, recent)
    return made


@njit(cache=True, nogil=True, error_model="numpy")
def _about(riders, now, ahead):
    """The riders on duty, or soon."""
    about = np.zeros(len(riders), np.int64)
    count = 0
    for rider in range(len(riders)):
        if riders[rider].on <= now + ahead and riders[rider].off >= now:
            about[count] = rider
            count += 1
    return about[:count]


@njit(cache=True, nogil=True, error_model="numpy")
def _still_open(policy, orders, riders, rounds, starts, log, waiting, count, now):
    """Keep the orders that are neither under way nor too old; return how many."""
    kept = 0
    for number in range(count):
        order = waiting[number]
        if log[order].status == OPEN and now - orders[order].placed >= policy.age:
            log[order].status = LOST
            if orders[order].planned >= 0:
                take_away(orders, riders, rounds, starts, order)
        if log[order].status == OPEN:
            waiting[kept] = order
            kept += 1
    return kept


@njit(cache=True, nogil=True, error_model="numpy")
def _taken_in(policy, travel, orders, riders, log, waiting, count, by_time, following, now, recent):
    """Take in the orders placed by now, or refuse them; return how many are open, and which comes next."""
    for place in range(len(recent)):
        recent[place] *= _FADES
    on_duty = 0
    for rider in range(len(riders)):
        on_duty += riders[rider].on <= now <= riders[rider].off
    while following < len(by_time) and orders[by_time[following]].placed <= now:
        order = by_time[following]
        following += 1
        recent[orders[order].pickup] += 1.0
        if travel[orders[order].pickup, orders[order].door] > policy.reach:
            log[order].status = OUT_OF_AREA
        elif count >= policy.load * on_duty:
            log[order].status = REFUSED
        else:
            log[order].status = OPEN
            waiting[count] = order
            count += 1
    return count, following


@njit(cache=True, nogil=True, error_model="numpy")
def _improve(policy, travel, may, orders, riders, rounds, starts, scratch, scratch_starts, waiting, about, now):
    """Reckon the rounds anew as time goes by, give up those that cannot be done any more, fit in what is in none, then
    try every order elsewhere."""
    for rider in about:
        riders[rider].cost = round_cost(policy, travel, may, orders, riders, rider, now, rounds[rider], starts[rider],
                                        riders[rider].length, np.inf)
        if riders[rider].cost == np.inf:
            forget_round(orders, riders, rounds, rider)
    for order in waiting:
        if orders[order].planned < 0:
            place_order(policy, travel, may, orders, riders, rounds, starts, scratch, scratch_starts, about, now,
                        order, policy.lost)
    for order in waiting:
        rider = orders[order].planned
        if rider < 0:
            continue
        length, cost = riders[rider].length, riders[rider].cost
        copy_round(rounds[rider], starts[rider], 0, length, scratch[3], scratch_starts[3], 0)
        take_away(orders, riders, rounds, starts, order)
        riders[rider].cost = round_cost(policy, travel, may, orders, riders, rider, now, rounds[rider], starts[rider],
                                        length - 1, np.inf)
        gain = cost - riders[rider].cost
        if gain > least_price(policy, travel, orders, order, 0.0):
            place_order(policy, travel, may, orders, riders, rounds, starts, scratch, scratch_starts, about, now,
                        order, gain - _GAIN)
        if orders[order].planned < 0:
            riders[rider].length, riders[rider].cost, orders[order].planned = length, cost, rider
            copy_round(scratch[3], scratch_starts[3], 0, length, rounds[rider], starts[rider], 0)


@njit(cache=True, nogil=True, error_model="numpy")
def _swap(policy, travel, may, orders, riders, rounds, starts, about, now):
    """Let every two riders swap their rounds if that costs less."""
    for number in range(len(about)):
        one = about[number]
        for other in about[number + 1 :]:
            if riders[one].length + riders[other].length == 0:
                continue
            both = riders[one].cost + riders[other].cost - _GAIN
            first = round_cost(policy, travel, may, orders, riders, one, now, rounds[other], starts[other],
                               riders[other].length, both)
            if first >= both:
                continue
            second = round_cost(policy, travel, may, orders, riders, other, now, rounds[one], starts[one],
                                riders[one].length, both - first)
            if first + second >= both:
                continue
            for position in range(MOST):
                order, begins = rounds[one, position], starts[one, position]
                rounds[one, position], starts[one, position] = rounds[other, position], starts[other, position]
                rounds[other, position], starts[other, position] = order, begins
            riders[one].length, riders[other].length = riders[other].length, riders[one].length
            riders[one].cost, riders[other].cost = first, second
            plan_round(orders, riders, rounds, one)
            plan_round(orders, riders, rounds, other)


@njit(cache=True, nogil=True, error_model="numpy")
def _move(riders, moves, made, rider, now, to, minutes):
    """Send a rider to a place, where it can be told again; return how many moves were made."""
    moves[made, 0], moves[made, 1], moves[made, 2], moves[made, 3] = rider, now, riders[rider].place, to
    riders[rider].free = riders[rider].since = now + minutes
    riders[rider].place = to
    return made + 1


@njit(cache=True, nogil=True, error_model="numpy")
def _act(policy, travel, orders, riders, rounds, starts, log, moves, made, trips, rider, now):
    """Let a rider leave for its next pick-up, or pick up, where that can wait no longer; return moves and trips."""
    length, round_, begins = riders[rider].length, rounds[rider], starts[rider]
    trip = round_[: trip_end(begins, length, 0)]
    where = orders[trip[0]].pickup
    picked = pick_up_at(policy, travel, orders, trip, now, riders[rider].place, riders[rider].since)
    if riders[rider].place != where:
        minutes = travel[riders[rider].place, where]
        if picked - policy.pick / 2.0 - minutes >= now + 1:
            return made, trips
        made = _move(riders, moves, made, rider, now, where, minutes)
        if minutes:
            return made, trips
        picked = pick_up_at(policy, travel, orders, trip, now, where, now)
    if picked > now:
        return made, trips
    at = picked + policy.pick / 2.0
    for order in trip:
        minutes = travel[riders[rider].place, orders[order].door]
        made = _move(riders, moves, made, rider, int(at), orders[order].door, minutes)
        at += minutes + policy.drop
        log[order].status, log[order].rider, log[order].trip = DONE, rider, trips
        log[order].picked, log[order].delivered = picked, at - policy.drop / 2.0
    riders[rider].free = riders[rider].since = at
    riders[rider].covered -= len(trip)
    riders[rider].settled = False
    copy_round(round_, begins, len(trip), length, round_, begins, -len(trip))
    riders[rider].length = length - len(trip)
    return made, trips + 1


@njit(cache=True, nogil=True, error_model="numpy")
def _settle(travel, may, riders, moves, made, about, now, recent):
    """Send riders that have just become idle to where orders of late have been farthest from any idle rider."""
    for rider in about:
        if riders[rider].length or riders[rider].settled or riders[rider].free > now or riders[rider].on > now:
            continue
        riders[rider].settled = True
        if riders[rider].off < now + _SHIFT_LEFT:
            continue
        away = np.full(len(recent), _FAR)
        for other in about:
            soon = max(riders[other].free - now, 0.0)
            if other == rider or riders[other].length or soon > _SOON:
                continue
            for place in range(len(recent)):
                away[place] = min(away[place], soon + travel[riders[other].place, place])
        here = riders[rider].place
        stays = _covered(travel, may[rider], here, away, recent)
        most, to = 0.0, -1
        for place in range(len(recent)):
            minutes = travel[here, place]
            if 0 < minutes <= _NEAR:
                gain = _covered(travel, may[rider], place, away, recent) - stays - _ROAD * minutes
                if gain > most:
                    most, to = gain, place
        if to >= 0:
            made = _move(riders, moves, made, rider, now, to, travel[here, to])
    return made


@njit(cache=True, nogil=True, error_model="numpy")
def _covered(travel, may, at, away, recent):
    """How many minutes nearer is the next order, on average, with a rider waiting at this place?"""
    gain = total = 0.0
    for place in range(len(recent)):
        weight = recent[place] + _UNSEEN
        total += weight
        if may[place] and travel[at, place] < away[place]:
            gain += weight * (away[place] - travel[at, place])
    return gain / total
