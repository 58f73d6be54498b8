"""Do the intervals of quotas, of what rules would do and of late answers hold what came, or what was planted?

`python -m benchmarks.commercial_desk --seeds 200`: as many desks of each kind, with intervals of 95 %. A quota is held
to what each rep's customers bring in the year after the two on record: within `ample` hours, and within `scarce` ones
that allow some three cases in four. A rule is asked three months before the end of the sales sample: wins to forgo are
held to those that came in the ninety days after, counted here from its tables; rates, shares and days to their means
over all samples.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
from scipy.special import expit

from arbitre.capability import silent
from arbitre.core.streams import stream
from arbitre.measure import automations, response
from arbitre.optimise import assignment
from arbitre.tables.chain import Chain
from arbitre.tables.sample.sales import BEGIN, sales
from arbitre.tables.settings import Settings
from benchmarks.rows import chain_of

START = datetime(2025, 1, 1)
LEAD_ODDS_A_DAY, LEAD_LEVEL, LEAD_PATIENCE, LEAD_WORTH = -0.7, 0.8, 40.0, 100.0
"""What a day of waiting adds to the log odds of a win; those of an answer at once; mean hours of patience; a worth."""
_SEGMENTS = {"small": (0.45, 4_000.0), "mid": (0.35, 15_000.0), "large": (0.25, 50_000.0)}
"""Chance that a case opened is won, and the mean worth of one won."""
_REPS, _CUSTOMERS, _A_YEAR = 3, 90, 4.0
_CALL, _PROPOSAL, _PROPOSED = 1.0, 6.0, 0.6
"""Hours of the work of two steps, and the share of cases that come to the second."""
_HOURS = {"ample": 40.0, "scarce": 6.5}
"""Hours a week of a rep."""
_KNOWN_DAYS, _YEAR = 730.5, 365.25
_UNTIL, _FOLLOW = 640, 90


def quotas(seed: int, weekly: float) -> Iterator[tuple[float, dict[str, Any]]]:
    """Yield what each rep's customers brought in the year after within its hours, beside its row of the plan."""
    chance = stream(seed, "quotas")
    segment = chance.choice(list(_SEGMENTS), _CUSTOMERS, p=[0.5, 0.35, 0.15])
    rate = _A_YEAR * chance.gamma(2.0, 0.5, _CUSTOMERS)
    count = chance.poisson(rate * (_KNOWN_DAYS + _YEAR) / _YEAR)
    who = np.repeat(np.arange(_CUSTOMERS), count)
    opened = chance.uniform(0.0, _KNOWN_DAYS + _YEAR, len(who))
    proposed = chance.random(len(who)) < _PROPOSED
    share, mean = (np.array([_SEGMENTS[name][place] for name in segment])[who] for place in (0, 1))
    won = proposed & (chance.random(len(who)) < share / _PROPOSED)
    worth = np.where(won, np.round(mean * chance.lognormal(-0.18, 0.6, len(who))), 0.0)
    called, ended = opened + 1.0, opened + 5.0 + chance.exponential(25.0, len(who))
    known = opened <= _KNOWN_DAYS
    chain = _deals(segment, who[known], [opened[known], called[known], ended[known]], proposed[known], worth[known])
    found = assignment.run(chain, assignment.Params(slack=0.15, hours=weekly), seed, silent)
    crew = dict(found.tables["assignments"].select("customer", "crew").iter_rows())
    hours = np.where(proposed, _CALL + _PROPOSAL, _CALL)
    rep = np.array([crew[f"a{number}"] for number in range(_CUSTOMERS)])[who]
    for row in found.tables["assignment_loads"].iter_rows(named=True):
        ahead = np.flatnonzero(~known & (rep == row["crew"]))
        ahead = ahead[opened[ahead].argsort()]
        yield float(worth[ahead][hours[ahead].cumsum() <= row["hours"]].sum()), row


def _deals(segment: np.ndarray, who: np.ndarray, days: list[np.ndarray], proposed: np.ndarray, worth: np.ndarray
           ) -> Chain:
    """Return deals opened, called and ended on such days, as they are known at the end of the second year."""
    opened, called, ended = ([START + timedelta(days=float(day)) for day in each] for each in days)
    now = START + timedelta(days=_KNOWN_DAYS)
    reps = [f"rep {number}" for number in range(_REPS)]
    name = [f"d{number}" for number in range(len(who))]
    events = [{"case": case, "step": step, "happened_at": at, "resource": reps[customer % _REPS]}
              for case, customer, first, last, far, brings
              in zip(name, who, called, ended, proposed, worth, strict=True)
              for step, at in (("call", first), ("proposal", first + timedelta(days=2)),
                               ("won" if brings else "lost", last))
              if at <= now and (step != "proposal" or far)]
    return chain_of(
        segments=[{"segment": one} for one in _SEGMENTS],
        customers=[{"customer": f"a{number}", "segment": one} for number, one in enumerate(segment)],
        cases=[{"case": case, "kind": "deal", "customer": f"a{customer}", "opened_at": begin,
                "closed_at": end if end <= now else None}
               for case, customer, begin, end in zip(name, who, opened, ended, strict=True)],
        attributes=[{"case": case, "attribute": "amount", "value": str(brings)}
                    for case, brings in zip(name, worth, strict=True) if brings],
        crews=[{"crew": rep, "heads": 1} for rep in reps], events=events,
        steps=[{"step": "call", "work": _CALL}, {"step": "proposal", "work": _PROPOSAL}],
        needs=[{"step": step, "crew": rep, "quantity": 1} for step in ("call", "proposal") for rep in reps])


def rules(seed: int) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the wins that came in the ninety days after among the deals each rule would touch, beside its row."""
    sample = sales("small", seed)
    chain = Chain(Settings.model_validate(sample.settings), sample.tables)
    day = (BEGIN + timedelta(days=_UNTIL)).date()
    found = automations.run(chain, automations.Params(until=day, weeks=40, follow=_FOLLOW), seed, silent)
    now = datetime.combine(day, datetime.max.time())
    events, attributes = sample.tables["events"], sample.tables["attributes"].filter(pl.col("valid_from") <= now)
    last = events.filter(pl.col("happened_at") <= now).group_by("case").agg(pl.col("happened_at").max())
    told = {name: attributes.filter(attribute=name).select("case", pl.col("value").alias(name))
            for name in ("source", "amount")}
    deals = sample.tables["cases"].filter(
        pl.col("opened_at") <= now, pl.col("closed_at").is_null() | (pl.col("closed_at") > now))
    for more in (last, *told.values()):
        deals = deals.join(more, on="case", how="left")
    silent_for = now - pl.coalesce("happened_at", "opened_at")
    touched = {"close_silent": silent_for > timedelta(days=120),
               "referrals_first": (pl.col("source") == "referral") & (pl.col("amount").cast(pl.Float64) >= 50_000)}
    won = events.filter(pl.col("step") == "won", pl.col("happened_at") > now,
                        pl.col("happened_at") <= now + timedelta(days=_FOLLOW))
    for name, which in touched.items():
        here = deals.filter(which)
        row = found.tables["automation_effects"].row(by_predicate=pl.col("automation") == name, named=True)
        if row["cases"] != here.height:
            raise AssertionError(f"{name} touches {row['cases']} deals, not the {here.height} of its condition")
        yield here.join(won, on="case", how="semi").height, row


def leads(seed: int, count: int = 600) -> tuple[Chain, float]:
    """Leads that wait 20 h on average, unless they leave; the better half waits half as long. Returns the late cost.

    The chance of a win is logistic in the days waited; in time is an answer within 12 h.
    """
    chance = stream(seed, "leads that wait")
    good = chance.random(count) < 0.5
    wait = chance.exponential(np.where(good, 12.0, 24.0))
    left = chance.exponential(LEAD_PATIENCE, count)
    line = LEAD_LEVEL + np.where(good, 0.8, 0.0)
    won = chance.random(count) < expit(line + LEAD_ODDS_A_DAY * wait / 24.0)
    opened = [START + timedelta(hours=float(at)) for at in np.sort(chance.uniform(0, 24 * 300, count))]
    gone = left < wait
    until = [begin + timedelta(hours=float(min(a, b))) for begin, a, b in zip(opened, wait, left, strict=True)]
    closed = [at if away else at + timedelta(days=5) for at, away in zip(until, gone, strict=True)]
    names = [f"l{number}" for number in range(count)]
    ends = [{"case": name, "step": "won" if yes and not away else "lost", "happened_at": at}
            for name, yes, away, at in zip(names, won, gone, closed, strict=True)]
    chain = chain_of(
        segments=[{"segment": "good"}, {"segment": "other"}],
        customers=[{"customer": name, "segment": "good" if yes else "other"}
                   for name, yes in zip(names, good, strict=True)],
        cases=[{"case": name, "kind": "lead", "customer": name, "opened_at": begin, "closed_at": end}
               for name, begin, end in zip(names, opened, closed, strict=True)],
        events=[{"case": name, "step": "answered", "happened_at": at}
                for name, away, at in zip(names, gone, until, strict=True) if not away] + ends,
        attributes=[{"case": name, "attribute": "amount", "value": str(LEAD_WORTH)} for name in names])
    late, soon = gone | (wait > 12.0), ~gone & (wait <= 12.0)
    in_time = expit(line[late] + LEAD_ODDS_A_DAY * wait[soon].mean() / 24.0)
    truth = in_time - np.where(gone[late], 0.0, expit(line[late] + LEAD_ODDS_A_DAY * wait[late] / 24.0))
    return chain, LEAD_WORTH * float(truth.mean())


def coverage(seeds: int) -> dict[str, dict[str, float]]:
    """Return how often each interval holds its truth, and how many were told."""
    held: dict[str, list[bool]] = {}
    rated: dict[tuple[str, str], list[tuple[float, float, float, float]]] = {}
    for seed in range(seeds):
        for name, weekly in _HOURS.items():
            for came, row in quotas(seed, weekly):
                held.setdefault(f"quota, {name} hours", []).append(row["quota_low"] <= came <= row["quota_high"])
        for wins, row in rules(seed):
            rule = row["automation"]
            held.setdefault(f"{rule}, wins forgone", []).append(row["forgone_low"] <= wins <= row["forgone_high"])
            for name, value, low, high, weight in (("rate", "weekly", "weekly_low", "weekly_high", 1.0),
                                                   ("won share", "won_share", "won_low", "won_high", row["judged"]),
                                                   ("quiet days", "quiet", "quiet_low", "quiet_high", row["judged"])):
                rated.setdefault((rule, name), []).append((row[value], row[low], row[high], weight))
        chain, truth = leads(seed)
        told = response.run(chain, response.Params(window=12, follow=30), seed, silent).summary
        held.setdefault("price of a late answer", []).append(told["late_cost_low"] <= truth <= told["late_cost_high"])
        held.setdefault("patience", []).append(told["patience_low"] <= LEAD_PATIENCE <= told["patience_high"])
    for (rule, name), rows in rated.items():
        value, low, high, weight = np.array(rows).T
        mean = np.average(value, weights=weight)
        held[f"{rule}, {name}"] = ((low <= mean) & (mean <= high)).tolist()
    return {name: {"covered_share": float(np.mean(each)), "intervals": len(each)} for name, each in held.items()}


def main() -> None:
    """Print how often truths are inside."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--json", action="store_true", help="print one JSON object (it always does)")
    print(json.dumps(coverage(parser.parse_args().seeds), indent=1))


if __name__ == "__main__":
    main()
