"""Crews, calls and promises of response for the chains of `portfolio_truth`, and their cost by formulas of its own.

Visits are made by a crew that travels from its site, or two that stand in for one another, and are promised to be done,
or begun, within a window; calls come through a channel that each offer has drawn: a desk of people, or a portal, which
takes nobody and is paid by the minute.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

Rows = dict[str, list[dict[str, Any]]]
Made = tuple[str, str, float, float, float]
Asked = tuple[float, float, str | None]
"""Hours left of a window, share, and the step whose work must be done in them."""
_DAY, _YEAR = 24.0, 365.25


def with_people(rows: Rows, rng: np.random.Generator) -> Rows:
    """Return the rows of a chain with people drawn beside."""
    exponential, shift, bases = rng.random() < 0.5, rng.random() < 0.5, [["J0"], ["J0", "J1"], [None]][rng.integers(3)]
    law = "exponential" if exponential else "constant"
    crews = [{"crew": f"V{k}", "site": site, "heads": 1, "cost": round(float(rng.uniform(0.01, 0.15)), 3)}
             for k, site in enumerate(bases)]
    desk = {"crew": "desk", "heads": 1, "cost": round(float(rng.uniform(0.01, 0.2)), 3)}
    names = [row["crew"] for row in crews]
    steps = [{"step": "visit", "work": round(float(rng.uniform(0.5, 4)), 2), "law": law, "travels": True},
             {"step": "phone", "work": round(float(rng.uniform(0.1, 1)), 2), "law": law}, {"step": "portal"}]
    promises = []
    for o, (reach, answer) in enumerate(zip(rng.uniform(20, 60, 2), rng.uniform(3, 9, 2), strict=True)):
        late = round(float(rng.uniform(0, 20)), 1) if rng.random() < 0.3 else None
        promises.append({"promise": f"V{o}", "offer": f"O{o}", "kind": "visit", "window": round(float(reach), 1),
                         "target_share": round(float(rng.uniform(0.4, 0.9)), 3), "late_cost": late})
        promises.append({"promise": f"D{o}", "offer": f"O{o}", "kind": "call", "window": round(float(answer), 1),
                         "target_share": round(float(rng.uniform(0.4, 0.95)), 3)})
    minutes = round(float(rng.uniform(1, 30)), 1)
    channels = ["phone" if rng.random() < 0.6 else "portal" for _ in ("O0", "O1")]
    found = {
        **rows, "steps": steps, "crews": [*crews, desk], "promises": [*rows["promises"], *promises],
        "needs": [*({"step": "visit", "crew": name, "role": "fitter"} for name in names),
                  {"step": "phone", "crew": "desk"}],
        "shifts": [{"crew": name, "starts": 8.0, "ends": 18.0} for name in (*names, "desk")] if shift else [],
        "routes": [{"kind": "visit", "to_step": "visit"},
                   *({"kind": "call", "offer": f"O{o}", "to_step": step} for o, step in enumerate(channels))],
        "arrivals": [{"kind": kind, "segment": segment, "rate": round(float(rng.uniform(50, most)), 1)}
                     for segment in ("S0", "S1") for kind, most in (("visit", 3000), ("call", 20_000))],
        "resources": [{"resource": "web", "cost": 6_000.0, "capacity": 1_000.0}],
        "activities": [{"activity": "portal", "resource": "web"}],
        "time_equations": [{"activity": "portal", "per": "event", "step": "portal", "minutes": minutes / 100}]}
    for promise in promises[::2]:
        if rng.random() < 0.5:  # a response, so tight that it often decides
            promise |= {"step": "arrived", "window": round(max(_ways(found).values()) + float(rng.uniform(0, 4)), 2)}
    return found


def _ways(rows: Rows) -> dict[str, float]:
    """Return the hours to each region from the nearest base of those who visit."""
    lane = {(row["from_site"], row["to_site"]): row["duration"] for row in rows["lanes"]}
    bases = [row.get("site") for row in rows["crews"] if row["crew"] != "desk"]
    return {row["site"]: min(0.0 if base is None else lane[base, row["site"]] for base in bases)
            for row in rows["customers"]}


class PeopleTrial:
    """What crews, channels and late visits cost under the choices made."""

    def __init__(self, rows: Rows, part: dict[tuple[str, str], float]) -> None:
        self.rows, self.part = rows, part
        self.hours = (10.0 if rows["shifts"] else _DAY) * _YEAR
        self.work = {row["step"]: row.get("work", 0.0) for row in rows["steps"]}
        self.is_exponential = rows["steps"][0]["law"] == "exponential"
        self.calls = {(row["segment"], row["kind"]): row["rate"] for row in rows["arrivals"]}
        self.promise = {row["promise"]: row for row in rows["promises"]}
        self.channel = {row["offer"]: row["to_step"] for row in rows["routes"] if row["kind"] == "call"}
        self.way = _ways(rows)
        flow = {(s, r): self.calls[s, "visit"] * share for (s, r), share in part.items()}
        self.mean = {"phone": self.work["phone"], "visit": self.work["visit"] + sum(
            flow[s, r] * self.way[r] for s, r in part) / sum(flow.values())}
        paid = {row["crew"]: row["cost"] * self.hours for row in rows["crews"]}
        visitors = [cost for crew, cost in paid.items() if crew != "desk"]
        self.paid = {"phone": paid["desk"], "visit": sum(visitors) / len(visitors)}

    def cost(self, made: list[Made]) -> tuple[float, int] | None:
        """Return money a year and heads; None where a promise can be kept by nobody."""
        busy, money = {"visit": 0.0, "phone": 0.0}, 0.0
        asked: dict[str, set[Asked]] = {"visit": set(), "phone": set()}
        for segment, offer, _, share, _ in made:
            visit, call = self.promise[f"V{offer[1]}"], self.promise[f"D{offer[1]}"]
            for (s, region), part in self.part.items():
                if s == segment and part > 0:
                    spent = self.way[region] + self.work["visit"]
                    busy["visit"] += share * self.calls[s, "visit"] * part * spent / self.hours
                    work = None if visit.get("step") == "arrived" else "visit"
                    asked["visit"].add((visit["window"] - self.way[region], visit["target_share"], work))
            money += share * self.calls[segment, "visit"] * (1 - visit["target_share"]) * (visit["late_cost"] or 0.0)
            if self.channel[offer] == "phone":
                busy["phone"] += share * self.calls[segment, "call"] * self.work["phone"] / self.hours
                asked["phone"].add((call["window"], call["target_share"], "phone"))
            else:
                money += share * self.calls[segment, "call"] * self.rows["time_equations"][0]["minutes"] * 0.1
        total = 0
        for step in busy:
            heads = self._heads(step, busy[step], asked[step])
            if heads is None:
                return None
            total, money = total + heads, money + self.paid[step] * heads
        return money, total

    def _heads(self, step: str, busy: float, asked: set[Asked]) -> int | None:
        if busy == 0:
            return 0
        if any(self._ended(work, window) <= share for window, share, work in asked):
            return None
        heads = math.floor(busy) + 1
        while any(self._in_time(self.mean[step], heads, busy, window, work) < share for window, share, work in asked):
            heads += 1
        return heads

    def _ended(self, work: str | None, time: float) -> float:
        """Return the share of work, None being none, that takes no longer."""
        if time < 0 or work is None:
            return float(time >= 0)
        return 1 - math.exp(-time / self.work[work]) if self.is_exponential else float(time >= self.work[work])

    def _in_time(self, mean: float, heads: int, busy: float, window: float, work: str | None) -> float:
        """Return the share of M/M/c, busy for a mean, that has waited and been worked on within the window."""
        ways = [busy**n / math.factorial(n) for n in range(heads)]
        last = busy**heads / math.factorial(heads) * heads / (heads - busy)
        waits, rate = last / (sum(ways) + last), (heads - busy) / mean
        if work is None or not self.is_exponential:
            left = window - (self.work[work] if work else 0.0)
            return 1 - waits * math.exp(-rate * left) if left >= 0 else 0.0
        done = 1 / self.work[work]
        late = (rate * math.exp(-done * window) - done * math.exp(-rate * window)) / (rate - done)
        return (1 - waits) * self._ended(work, window) + waits * (1 - late)
