"""What does a rider's round cost, and where does one more order fit best?

A round is a row of orders; `begins` marks those with which a trip begins. A trip is one pick-up at one place and the
doors that follow. A rider has to arrive, walks in for half of the time a pick-up takes, waits until all orders of the
trip are ready, walks out for the other half; a door takes its time half and half too (Reyes, Erera, Savelsbergh,
Sahasrabudhe and O'Neil, The Meal Delivery Routing Problem, 2018, section 3). Minutes throughout.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from arbitre.maths.places.location import Flags

MOST = 10
"""Orders in a round at most: beyond, nothing known today is still true when its turn comes."""
ORDER = np.dtype([("placed", "f8"), ("ready", "f8"), ("due", "f8"), ("late", "f8"), ("pickup", "i8"), ("door", "i8"),
                  ("planned", "i8")])
"""An order: placed, ready, due (minutes), late (money when delivered after due), pickup and door (places), planned (the
rider in whose round it is, or -1)."""
RIDER = np.dtype([("on", "f8"), ("off", "f8"), ("covered", "f8"), ("place", "i8"), ("free", "f8"), ("since", "f8"),
                  ("length", "i8"), ("cost", "f8"), ("settled", "?")])
"""A rider: on, off (minutes of duty), covered (orders that the pay for the hours still covers), place, free (minute
from which it can be told), since (minute of arrival at the place), length and cost of its round, settled (it has looked
for a place to wait)."""


class Day(NamedTuple):
    """What is known of orders, riders and ways. An order is looked at from the minute it is placed, never before.

    travel: minutes (places, places), pick-ups first; may (riders, pick-ups): whether they serve it; orders (ORDER),
    riders (RIDER).
    """

    travel: np.ndarray
    may: Flags
    orders: np.ndarray
    riders: np.ndarray


class Policy(NamedTuple):
    """What counts: prices, and what is not done at all.

    Prices in money: wait, a minute from click to door; overdue, a minute beyond the promise, on top; ride, a minute a
    rider is under way; extra, an order beyond those that the pay for the hours covers; lost, an order not delivered.
    Limits: age, minutes from click to door; reach, minutes from pick-up to door; bundle, orders picked up at once;
    load, open orders for each rider on duty from which new ones are refused. pick, drop: minutes at a place; ahead:
    minutes before they come on duty at which riders are planned for.
    """

    wait: float
    overdue: float
    ride: float
    extra: float
    lost: float
    age: float
    reach: float
    bundle: int
    load: float
    pick: float
    drop: float
    ahead: float


@njit(cache=True, nogil=True, error_model="numpy")
def trip_end(begins, length, first):
    """One past the last order of the trip that begins at `first`."""
    end = first + 1
    while end < length and not begins[end]:
        end += 1
    return end


@njit(cache=True, nogil=True, error_model="numpy")
def pick_up_at(policy, travel, orders, trip, now, place, since):
    """When can a rider at `place` since `since` have picked up the orders of a trip, told so now?"""
    where = orders[trip[0]].pickup
    at = max(since, now - policy.pick / 2.0) if place == where else now + travel[place, where]
    at += policy.pick / 2.0
    for order in trip:
        at = max(at, orders[order].ready)
    return at


@njit(cache=True, nogil=True, error_model="numpy")
def price(policy, orders, order, delivered):
    """What is it worth to avoid, that this order is delivered then? Infinite beyond the age limit."""
    age = delivered - orders[order].placed
    if age > policy.age:
        return np.inf
    cost = policy.wait * age
    if delivered > orders[order].due:
        cost += orders[order].late + policy.overdue * (delivered - orders[order].due)
    return cost


@njit(cache=True, nogil=True, error_model="numpy")
def round_cost(policy, travel, may, orders, riders, rider, now, round_, begins, length, bound):
    """What does it cost that this rider does this round? Infinite where it cannot, or from `bound` on."""
    at, since, place = max(riders[rider].free, now), riders[rider].since, riders[rider].place
    cost = policy.extra * max(0.0, length - max(0.0, riders[rider].covered))
    first = 0
    while first < length:
        end = trip_end(begins, length, first)
        where = orders[round_[first]].pickup
        picked = pick_up_at(policy, travel, orders, round_[first:end], at, place, since)
        if picked > riders[rider].off or not may[rider, where]:
            return np.inf
        cost += policy.ride * travel[place, where]
        at = picked + policy.pick / 2.0
        place = where
        for number in range(first, end):
            door = orders[round_[number]].door
            at += travel[place, door] + policy.drop
            cost += price(policy, orders, round_[number], at - policy.drop / 2.0)
            place = door
        cost += policy.ride * (at - picked)
        if cost >= bound:
            return np.inf
        since = at
        first = end
    return cost


@njit(cache=True, nogil=True, error_model="numpy")
def joins(policy, orders, round_, begins, length, order, beside):
    """May the order be picked up with the one at `beside`?"""
    if orders[round_[beside]].pickup != orders[order].pickup:
        return False
    first = beside
    while not begins[first]:
        first -= 1
    return trip_end(begins, length, first) - first < policy.bundle


@njit(cache=True, nogil=True, error_model="numpy")
def copy_round(round_, begins, first, end, to_round, to_begins, later):
    """Copy the orders of a round from `first` to `end`, `later` positions further."""
    for number in range(first, end):
        to_round[number + later] = round_[number]
        to_begins[number + later] = begins[number]


@njit(cache=True, nogil=True, error_model="numpy")
def try_at(round_, begins, length, tried, tried_begins, position, order, is_first, takes_over):
    """Write a round with one more order at a position: first of its trip or not, in place of the one there or not."""
    copy_round(round_, begins, 0, position, tried, tried_begins, 0)
    tried[position] = order
    tried_begins[position] = is_first
    copy_round(round_, begins, position, length, tried, tried_begins, 1)
    if takes_over:
        tried_begins[position + 1] = False


@njit(cache=True, nogil=True, error_model="numpy")
def best_with(policy, travel, may, orders, riders, rounds, starts, scratch, scratch_starts, rider, now, order, bound):
    """What does the rider's round cost at best with one more order, if less than `bound`? Else `bound`.

    The round is left in row 1 of the scratch; row 0 is the one being tried.
    """
    length, round_, begins = riders[rider].length, rounds[rider], starts[rider]
    tried, tried_begins = scratch[0], scratch_starts[0]
    if length >= MOST:
        return bound
    for position in range(length + 1):
        for way in range(3):
            if way == 0 and position < length and not begins[position]:
                continue
            if way == 1 and (position == 0 or not joins(policy, orders, round_, begins, length, order, position - 1)):
                continue
            if way == 2 and (position == length or not begins[position]
                             or not joins(policy, orders, round_, begins, length, order, position)):
                continue
            try_at(round_, begins, length, tried, tried_begins, position, order, way != 1, way == 2)
            cost = round_cost(policy, travel, may, orders, riders, rider, now, tried, tried_begins, length + 1, bound)
            if cost < bound:
                bound = cost
                copy_round(tried, tried_begins, 0, length + 1, scratch[1], scratch_starts[1], 0)
    return bound


@njit(cache=True, nogil=True, error_model="numpy")
def least_price(policy, travel, orders, order, at):
    """What does the order cost at least, picked up no sooner than `at`?"""
    ride = policy.pick / 2.0 + travel[orders[order].pickup, orders[order].door] + policy.drop
    delivered = max(at, orders[order].ready) + ride - policy.drop / 2.0
    return price(policy, orders, order, delivered) + policy.ride * ride


@njit(cache=True, nogil=True, error_model="numpy")
def place_order(policy, travel, may, orders, riders, rounds, starts, scratch, scratch_starts, about, now, order, most):
    """Give the order to the rider whose round it makes dearer by least, if by less than `most`."""
    least, chosen = most, -1
    where = orders[order].pickup
    for rider in about:
        arrives = max(riders[rider].free, now) + travel[riders[rider].place, where]
        if (not may[rider, where] or arrives > riders[rider].off
                or least_price(policy, travel, orders, order, arrives) >= least):
            continue
        bound = riders[rider].cost + least
        cost = best_with(policy, travel, may, orders, riders, rounds, starts, scratch, scratch_starts, rider, now,
                         order, bound)
        if cost < bound:
            least, chosen = cost - riders[rider].cost, rider
            copy_round(scratch[1], scratch_starts[1], 0, MOST, scratch[2], scratch_starts[2], 0)
    if chosen >= 0:
        copy_round(scratch[2], scratch_starts[2], 0, MOST, rounds[chosen], starts[chosen], 0)
        riders[chosen].length += 1
        riders[chosen].cost += least
        orders[order].planned = chosen


@njit(cache=True, nogil=True, error_model="numpy")
def take_away(orders, riders, rounds, starts, order):
    """Take an order out of the round it is in."""
    rider = orders[order].planned
    length, round_, begins = riders[rider].length, rounds[rider], starts[rider]
    position = 0
    while round_[position] != order:
        position += 1
    if begins[position] and position + 1 < length:
        begins[position + 1] = True
    copy_round(round_, begins, position + 1, length, round_, begins, -1)
    riders[rider].length = length - 1
    orders[order].planned = -1


@njit(cache=True, nogil=True, error_model="numpy")
def plan_round(orders, riders, rounds, rider):
    """Say in the orders of a round whose it is."""
    for number in range(riders[rider].length):
        orders[rounds[rider, number]].planned = rider


@njit(cache=True, nogil=True, error_model="numpy")
def forget_round(orders, riders, rounds, rider):
    """Free the orders of a round that can no longer be done."""
    for number in range(riders[rider].length):
        orders[rounds[rider, number]].planned = -1
    riders[rider].length = 0
    riders[rider].cost = 0.0
