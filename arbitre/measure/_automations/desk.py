"""What is to be done now, rule by rule, and who has how many open cases before and after?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import polars as pl

from arbitre.measure._automations.replay import Replay, Rule
from arbitre.tables.catalogue import RESULTS
from arbitre.tables.chain import Chain
from arbitre.tables.frames import empty

LEAST_LOADED = "least_loaded"


class Desk:
    """Who has which open case while rules are done in their order: the higher row first."""

    def __init__(self, chain: Chain, replay: Replay) -> None:
        self._now = {row["case"]: row for row in replay.now.sort("case").iter_rows(named=True)}
        self._before: dict[str, str | None] = {case: row["resource"] for case, row in self._now.items()}
        self._owner = dict(self._before)
        self._load = Counter(self._owner.values())
        self._crews, self._site = _crews(chain), _sites(chain)
        self._done: dict[str, list[Rule]] = {}
        self._touched = replay.touched.filter(pl.col("moment") == replay.moments[-1])

    def to_do(self, rules: Sequence[Rule]) -> pl.DataFrame:
        """Do the rules in order; returns what is done to which case, and what yields."""
        rows = [row for rule in rules for case in self._touched.filter(rule=rule.name)["case"].sort()
                if (row := self._do(rule, case)) is not None]
        return pl.DataFrame(rows, infer_schema_length=None) if rows else empty(RESULTS["automation_cases"])

    def loads(self) -> pl.DataFrame:
        """Return the open cases of each resource and their worth, before and after."""
        rows: dict[str | None, dict[str, Any]] = {}
        for when, owners in (("before", self._before), ("after", self._owner)):
            for case, who in owners.items():
                row = rows.setdefault(who, {"resource": who, "before": 0, "after": 0, "value_before": 0.0,
                                            "value_after": 0.0})
                row[when] += 1
                row[f"value_{when}"] += self._now[case]["value"] or 0.0
        return pl.DataFrame(list(rows.values()), infer_schema_length=None).sort("resource", nulls_last=True) if rows \
            else empty(RESULTS["automation_loads"])

    def _do(self, rule: Rule, case: str) -> dict[str, Any] | None:
        """Return what a rule does to a case; None where a higher one did the same, or nobody better has room."""
        higher = self._done.setdefault(case, [])
        above = next((one for one in higher if one.contrary(rule)), None)
        parameter = rule.parameter
        if above is None:
            if any((one.action, one.parameter) == (rule.action, rule.parameter) for one in higher):
                return None
            if rule.action == "reassign":
                parameter = self._whom(rule, case)
                if parameter is None:
                    return None
                self._load[self._owner[case]] -= 1
                self._load[parameter] += 1
                self._owner[case] = parameter
            elif rule.action == "close":
                self._load[self._owner.pop(case)] -= 1
            higher.append(rule)
        row = self._now[case]
        return {"automation": rule.name, "case": case, "action": rule.action, "parameter": parameter,
                "yields_to": above.name if above else None,
                **{name: row[name] for name in ("resource", "step", "days_at_step", "value")}}

    def _whom(self, rule: Rule, case: str) -> str | None:
        """Return to whom a case goes: who is named, or the least loaded crew of its site; None: it stays."""
        if rule.parameter != LEAST_LOADED:
            return rule.parameter
        site, owner = self._site.get(case), self._owner[case]
        near = [crew for crew, (where, _) in self._crews.items() if site is None or where in (None, site)]
        best = min(near or self._crews, key=lambda crew: (self._with_one_more(crew), crew), default=None)
        if best is None or owner not in self._crews:
            return best
        return best if self._with_one_more(best) < self._load[owner] / self._crews[owner][1] else None

    def _with_one_more(self, crew: str) -> float:
        return (self._load[crew] + 1) / self._crews[crew][1]


def _crews(chain: Chain) -> dict[str, tuple[str | None, float]]:
    """Return the site and the heads of each crew that has some."""
    if not chain.has("crews"):
        return {}
    rows = chain.table("crews").filter(pl.col("heads") > 0).select("crew", "site", "heads")
    return {crew: (site, float(heads)) for crew, site, heads in rows.iter_rows()}


def _sites(chain: Chain) -> dict[str, str | None]:
    """Return the site of each case's customer."""
    if not chain.has("customers"):
        return {}
    told = chain.table("cases").select("case", "customer").join(chain.table("customers"), on="customer")
    return dict(told.select("case", "site").iter_rows())
