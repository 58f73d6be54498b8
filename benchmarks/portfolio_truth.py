"""Is the portfolio that is found the best there is? On chains so small that every plan can be tried.

    python -m benchmarks.portfolio_truth --instances 500

Chains are drawn from seeds: two segments, up to three sites, one of which may supply the others, two offers, billed by
act, subscription, uptime or use in consignment, at one or two prices, one or two families of one or two items; both
rules of sharing, sites free or as they are, at times with a budget, a limit on offers, commitments. Every second one
has people too (`portfolio_people`): crews that are there or done in time, channels, at times a budget of heads. In
every third one menus are decided, of two offers or, without people, of three, of which the third is drawn beside. Every
choice of every segment, every site for every region and every level of every item is tried, by formulas of its own.
Prints one JSON object: "all", "people", "consigned" (some offer bills by use in consignment) and "menus" each count
"instances", "infeasible" and "mismatches"; "seeds" are those of mismatches.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import combinations, product
from typing import Any

import numpy as np

from arbitre.capability import silent
from arbitre.core.errors import Unreachable
from arbitre.optimise._portfolio.master import Rules
from arbitre.optimise._portfolio.menus import decided_singly, with_menus
from arbitre.optimise._portfolio.model import Model
from arbitre.optimise._portfolio.question import question_of
from arbitre.optimise._portfolio.search import Decision, Effort, decided
from arbitre.tables.chain import Chain
from benchmarks.portfolio_people import PeopleTrial, with_people
from benchmarks.rows import chain_of

_HOLDING, _WAIT = 0.25, 0.5
_YEAR, _DAY = 365.25, 24.0
_HOURS = 300.0
Rows = dict[str, list[dict[str, Any]]]


@dataclass(frozen=True)
class Instance:
    """A chain as rows, the rules it is decided under, and how many offers a segment may choose among."""

    rows: Rows
    sharing: str
    rules: Rules
    menu: int = 1

    @property
    def chain(self) -> Chain:
        return chain_of(**{name: rows for name, rows in self.rows.items() if rows})


def drawn(seed: int, *, people: bool = False, menus: bool = False) -> Instance:
    """Draw an instance; `people`: with crews and promises of response; `menus`: with menus to decide."""
    instance = _drawn(seed)
    if menus:
        instance = _with_menus(instance, np.random.default_rng([seed, 2]), third=not people)
    if not people:
        return instance
    rng = np.random.default_rng([seed, 1])
    heads = int(rng.integers(1, 12)) if rng.random() < 0.3 else None
    return replace(instance, rows=with_people(instance.rows, rng), rules=replace(instance.rules, heads=heads))


def _with_menus(instance: Instance, rng: np.random.Generator, *, third: bool) -> Instance:
    """Return an instance of one region in which menus are decided; a third offer has one price, as all have then."""
    rows = {**instance.rows, "customers": [row for row in instance.rows["customers"] if row["site"] == "J0"]}
    there = {row["customer"] for row in rows["customers"]}
    rows["assets"] = [row for row in rows["assets"] if row["customer"] in there]
    if third:
        rows["acceptance"] = [*(row for row in rows["acceptance"] if row["price"] == 40.0), *(
            {"segment": segment, "offer": "O2", "price": 70.0, "share": round(float(rng.uniform(0.05, 0.8)), 3)}
            for segment in ("S0", "S1"))]
        rows["offers"] = [*rows["offers"], {"offer": "O2", "price": 70.0, "billing": "act", "case_cost": 3.0,
                                            "fixed_cost": round(float(rng.uniform(0, 200)), 1)}]
        rows["promises"] = [*rows["promises"], {
            "promise": "P2", "offer": "O2", "window": round(float(rng.uniform(5, 90)), 1), "late_cost": None,
            "target_share": round(float(rng.uniform(0.6, 0.95)), 3)}]
    return replace(instance, rows=rows, menu=3 if third else 2)


def _drawn(seed: int) -> Instance:
    rng = np.random.default_rng(seed)
    sites = [f"J{j}" for j in range(int(rng.integers(2, 4)))]
    regions, segments = sites[: int(rng.integers(1, 3))], ["S0", "S1"]
    supplied = bool(rng.random() < 0.4)
    standing = rng.choice(["open", "open", "kept", "candidate"], len(sites))
    rows: Rows = {name: [] for name in ("sites", "lanes", "customers", "items", "offers", "promises", "acceptance",
                                        "demand", "commitments", "segments", "assets")}
    rows["segments"] = [{"segment": segment} for segment in segments]
    for j, site in enumerate(sites):
        above = sites[0] if supplied and j else None
        rows["sites"].append({"site": site, "supplier": above, "fixed_cost": round(float(rng.uniform(0, 300)), 1),
                              "standing": "kept" if supplied and not j else str(standing[j])})
        rows["lanes"] += [{"from_site": site, "to_site": to, "duration": 2.0 if to == site else
                           round(float(rng.uniform(3, 40)), 1), "cost": round(float(rng.uniform(1, 20)), 1)}
                          for to in sites]
    rows["customers"] = [{"customer": f"C{s}{r}{k}", "segment": segment, "site": region}
                         for s, segment in enumerate(segments) for r, region in enumerate(regions)
                         for k in range(int(rng.integers(0 if r else 1, 4)))]
    rows["assets"] = [{"asset": f"M{row['customer']}", "customer": row["customer"], "hours": _HOURS}
                      for row in rows["customers"]]
    for family in ("F0", "F1")[: int(rng.integers(1, 3))]:
        lead = float(rng.integers(5, 40))
        rows["items"] += [{"item": f"{family}{k}", "family": family, "price": round(float(rng.uniform(10, 400)), 1),
                           "lead_time": lead, "sales_price": 450.0} for k in range(int(rng.integers(1, 3)))]
    part = rng.uniform(0.5, 4.0, len(rows["items"]))
    rows["demand"] = [{"item": item["item"], "site": "J0", "segment": segment, "rate": float(part[i] * scale)}
                      for segment, scale in zip(segments, rng.uniform(1, 5, 2), strict=True)
                      for i, item in enumerate(rows["items"])]
    for o, window in enumerate((float(rng.uniform(2, 20)), float(rng.uniform(24, 200)))):
        late = round(float(rng.uniform(0, 200)), 1) if rng.random() < 0.3 else None
        billing = str(rng.choice(["act", "subscription", "uptime", "consignment"]))
        rows["offers"].append({"offer": f"O{o}", "price": 50.0, "billing": billing,
                               "fixed_cost": round(float(rng.uniform(0, 200)), 1), "case_cost": 3.0})
        rows["promises"].append({"promise": f"P{o}", "offer": f"O{o}", "window": window, "late_cost": late,
                                 "target_share": round(float(rng.uniform(0.6, 0.95)), 3)})
        rows["acceptance"] += [{"segment": segment, "offer": f"O{o}", "price": price,
                                "share": round(float(rng.uniform(0.05, 0.9)) / (1 + price / 200), 3)}
                               for segment in segments for price in (40.0, 120.0)[: int(rng.integers(1, 3))]]
    if rng.random() < 0.4:
        known = {(row["segment"], row["offer"]) for row in rows["acceptance"]}
        segment, offer = sorted(known)[int(rng.integers(len(known)))]
        rows["commitments"].append({"segment": segment, "offer": offer if rng.random() < 0.7 else None,
                                    "rule": str(rng.choice(["keep", "drop", "floor"])), "share": 0.35})
    return Instance(rows, str(rng.choice(["promised_date", "first_come"])), Rules(
        most_offers=1 if rng.random() < 0.2 else None, budget=float(rng.uniform(100, 1500)) if rng.random() < 0.25
        else None, free_sites=bool(rng.random() < 0.6)))


def found(instance: Instance) -> Decision | None:
    """Return what the product decides, None where it says that no plan can be."""
    question = question_of(instance.chain, "order", "expected", "family")
    single = Model(question, instance.sharing, _HOLDING, _WAIT)  # type: ignore[arg-type]
    model, effort = replace(single, question=with_menus(question, instance.menu, 0.0, 1.0)), Effort(0.0, 100, 100_000)
    try:
        known = decided_singly(model, single, instance.rules, effort) if instance.menu > 1 else None
        return decided(model, instance.rules, effort, silent, known)
    except Unreachable:
        return None


class Trial:
    """Every plan of an instance, by formulas of its own: from its rows, with levels tried one by one."""

    def __init__(self, instance: Instance) -> None:
        self.rows, self.sharing, self.rules, self.menu = instance.rows, instance.sharing, instance.rules, instance.menu
        self.site = {row["site"]: row for row in self.rows["sites"]}
        self.lane = {(row["from_site"], row["to_site"]): row for row in self.rows["lanes"]}
        self.offer = {row["offer"]: row for row in self.rows["offers"]}
        self.promise = {row["offer"]: row for row in self.rows["promises"] if row.get("kind", "order") == "order"}
        self.items = {row["item"]: row for row in self.rows["items"]}
        people = self.rows["customers"]
        self.regions = {segment: sorted({row["site"] for row in people if row["segment"] == segment})
                        for segment in ("S0", "S1")}
        self.people = {segment: sum(row["segment"] == segment for row in people) for segment in ("S0", "S1")}
        self.part = {(s, r): sum((row["segment"], row["site"]) == (s, r) for row in people) / self.people[s]
                     for s in self.regions for r in self.regions[s]}
        self.asked = {(row["segment"], row["item"]): row["rate"] for row in self.rows["demand"]}
        self.of_item = {item: sum(self.asked[s, item] for s in self.regions) for item in self.items}
        self.shelf = lru_cache(None)(self._shelf)
        self.crews = PeopleTrial(self.rows, self.part) if "crews" in self.rows else None

    def best(self) -> float | None:
        """Return the value of the best plan, None where there is none."""
        choices: list[list[list[tuple[str, str, float, float, float]]]] = []
        for segment in ("S0", "S1"):
            own = [row for row in self.rows["acceptance"] if row["segment"] == segment]
            alone = [(segment, row["offer"], row["price"], row["share"], odds) for row in own
                     for odds in ((1.0, 3.0) if self.promise[row["offer"]]["late_cost"] else (1.0,))]
            choices.append([self._chosen(menu) for size in range(self.menu + 1) for menu in combinations(alone, size)
                            if len({offer for _, offer, *_ in menu}) == size])
        values = [value for first, second in product(*choices) if self._is_bound(first + second)
                  for value in self._served(first + second)]
        return max(values, default=None)

    @staticmethod
    def _chosen(menu: tuple[tuple[str, str, float, float, float], ...]) -> list[tuple[str, str, float, float, float]]:
        """Return who takes which of several offers, as odds against taking none go through the menu unchanged."""
        all_odds = sum(share / (1 - share) for _, _, _, share, _ in menu)
        return [(segment, offer, price, share / (1 - share) / (1 + all_odds), odds)
                for segment, offer, price, share, odds in menu]

    def _is_bound(self, made: list[tuple[str, str, float, float, float]]) -> bool:
        if self.rules.most_offers is not None and len({offer for _, offer, *_ in made}) > self.rules.most_offers:
            return False
        for row in self.rows["commitments"]:
            own = [share for segment, offer, _, share, _ in made
                   if segment == row["segment"] and row["offer"] in (None, offer)]
            if (row["rule"] == "drop" and own) or (row["rule"] == "keep" and not own):
                return False
            if row["rule"] == "floor" and sum(own) < row["share"] - 1e-9:
                return False
        return True

    def _served(self, made: list[tuple[str, str, float, float, float]]) -> Iterator[float]:
        crews, heads = (self.crews.cost(made) if self.crews else (0.0, 0)) or (math.inf, math.inf)
        if heads == math.inf or (self.rules.heads is not None and heads > self.rules.heads):
            return
        places = [(choice, region) for choice in made for region in self.regions[choice[0]]]
        could = [name for name, row in self.site.items() if self.rules.free_sites or row["standing"] != "candidate"]
        near = [[j for j in could if self._is_consigned(choice[1])
                 or self.lane[j, region]["duration"] <= self.promise[choice[1]]["window"]]
                for choice, region in places]
        stays = {name for name, row in self.site.items()
                 if row["standing"] == "kept" or (row["standing"] == "open" and not self.rules.free_sites)}
        for sites in product(*near):
            opened = stays | set(sites)
            opened |= {self.site[j]["supplier"] for j in opened if self.site[j]["supplier"]}
            value = self._value(list(zip(places, sites, strict=True)), made, opened)
            if value is not None:
                yield value - crews

    def _value(self, served: list[Any], made: list[Any], opened: set[str]) -> float | None:
        value = -sum(self.site[j]["fixed_cost"] for j in opened)
        value -= sum(self.offer[offer]["fixed_cost"] for offer in {choice[1] for choice in made})
        for segment, offer, price, share, odds in made:
            lines = sum(self.asked[segment, item] for item in self.items)
            hours_up = self.people[segment] * _HOURS - lines * self.promise[offer]["window"]
            billed = {"act": lines, "consignment": lines, "subscription": self.people[segment],
                      "uptime": max(hours_up, 0.0)}[self.offer[offer]["billing"]]
            parts = sum(self.asked[segment, item] * (450 - row["price"]) for item, row in self.items.items())
            late = (1 - self._planned(offer, odds)) * lines * (self.promise[offer]["late_cost"] or 0.0)
            value += share * (billed * price + parts - lines * self.offer[offer]["case_cost"] - late)
        for ((segment, _, _, share, _), region), site in served:
            lines = sum(self.asked[segment, item] for item in self.items)
            value -= share * lines * self.part[segment, region] * self.lane[site, region]["cost"]
        capital = 0.0
        for site in opened:
            below = {j for j in self.site if self.site[j]["supplier"] == site}
            flows = tuple((choice, region, j != site or self._is_consigned(choice[1]), j)
                          for (choice, region), j in served if j == site or j in below)
            capital += sum(self.shelf(site, family, flows)
                           for family in sorted({row["family"] for row in self.items.values()}))
        capital += sum(self._at_customers(choice, region, j) for (choice, region), j in served
                       if self._is_consigned(choice[1]))
        if self.rules.budget is not None and capital > self.rules.budget:
            return None
        return value - _HOLDING * capital

    def _is_consigned(self, offer: str) -> bool:
        return self.offer[offer]["billing"] == "consignment"

    def _at_customers(self, choice: tuple[str, str, float, float, float], region: str, site: str) -> float:
        """Return money on the shelves of the customers in a region, each supplied for itself alone."""
        segment, offer, _, share, odds = choice
        count, money = self.part[segment, region] * self.people[segment], 0.0
        time, window = self.lane[site, region]["duration"] / _DAY + _WAIT, self.promise[offer]["window"] / _DAY
        for family in {row["family"] for row in self.items.values()}:
            items = [item for item, row in self.items.items() if row["family"] == family]
            rate = sum(self.asked[segment, item] for item in items) * self.part[segment, region] / count / _YEAR
            money += self._least(items, rate * max(time - window, 0.0), rate * time, self._planned(offer, odds))
        return share * count * money

    def _planned(self, offer: str, odds: float) -> float:
        target = self.promise[offer]["target_share"]
        return odds * target / (1 - target + odds * target)

    def _shelf(self, site: str, family: str, flows: tuple[Any, ...]) -> float:
        items = [item for item, row in self.items.items() if row["family"] == family]
        above = self.site[site]["supplier"]
        time = self.lane[above, site]["duration"] / _DAY + _WAIT if above else self.items[items[0]]["lead_time"]
        due, away, tightest, share, asked = 0.0, 0.0, math.inf, 0.0, 0.0
        for (segment, offer, _, taken, odds), region, is_sent, _ in flows:
            rate = taken * self.part[segment, region] * sum(self.asked[segment, item] for item in items) / _YEAR
            left = 0.0 if is_sent else (self.promise[offer]["window"] - self.lane[site, region]["duration"]) / _DAY
            due, asked = due + rate * max(time - left, 0.0), asked + rate
            tightest, share = min(tightest, left), max(share, self._planned(offer, odds))
        if self.sharing == "first_come":
            due, away = asked * max(time - tightest, 0.0), asked * time
        else:
            away = due
        return self._least(items, due, away, share)

    def _least(self, items: list[str], due: float, away: float, share: float) -> float:
        """Return the least money on the shelf for items that keep a share together."""
        if due <= 0:
            return 0.0
        weight = [self.of_item[item] / sum(self.of_item[other] for other in items) for item in items]
        each = [self._levels(self.items[item]["price"], part * due, part * away, part)
                for item, part in zip(items, weight, strict=True)]
        return min((sum(cost for _, cost in levels) for levels in product(*each)
                    if sum(kept for kept, _ in levels) >= share - 1e-9), default=math.inf)

    @staticmethod
    def _levels(price: float, due: float, away: float, part: float) -> list[tuple[float, float]]:
        """Return what each level keeps, and the money it has on the shelf."""
        found, kept, on_hand, p, q, below = [], 0.0, 0.0, math.exp(-due), math.exp(-away), 0.0
        for level in range(int(away + 10 * math.sqrt(away) + 15)):
            found.append((part * kept, price * on_hand))
            kept, below = kept + p, below + q
            on_hand += below
            p, q = p * due / (level + 1), q * away / (level + 1)
        return found


def is_right(instance: Instance) -> tuple[bool, bool]:
    """Say whether what is found is the best there is, and whether there is none."""
    decision, best = found(instance), Trial(instance).best()
    if decision is None or best is None:
        return decision is None and best is None, best is None
    scale = 1e-5 * max(abs(best), 100.0)
    return abs(decision.worth.value - best) <= scale and decision.bound >= best - scale, False


def main() -> None:
    """Print how many instances were decided otherwise than by trying every plan."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--instances", type=int, default=500)
    parser.add_argument("--json", action="store_true", help="accepted for sameness: JSON is all there is")
    rows = []
    for seed in range(parser.parse_args().instances):
        instance = drawn(seed, people=seed % 2 == 1, menus=seed % 3 == 2)
        right, none = is_right(instance)
        rows.append({"all": True, "people": seed % 2 == 1, "menus": instance.menu > 1, "right": right,
                     "none": none, "seed": seed,
                     "consigned": any(row["billing"] == "consignment" for row in instance.rows["offers"])})
    told: dict[str, Any] = {}
    for name in ("all", "people", "consigned", "menus"):
        own = [row for row in rows if row[name]]
        told[name] = {"instances": len(own), "infeasible": sum(row["none"] for row in own),
                      "mismatches": sum(not row["right"] for row in own)}
    print(json.dumps({**told, "seeds": [row["seed"] for row in rows if not row["right"]]}))


if __name__ == "__main__":
    main()
