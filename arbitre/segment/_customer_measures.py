"""What is known of each customer: money, the way of ordering, machines and answers; what is not known is NaN.

    sales            what was invoiced a year; without invoices, units at items.price; without prices, units.
    coming_sales     the same times how often lines came lately, over how often on the whole: a line counts half as much
                     for each year that it is old.
    contribution     what is left of it a year once served (customer_profit); coming_contribution, at the lately rate.
    line_rate        lines a year.
    urgent_share     share of the lines allowed at most `urgent` hours: up to the date promised, else the window of the
                     offer. tolerance, mean hours allowed.
    lot              units a line.
    variability      Fisher's index of the lines a month: 1 when they come at random, however many they are.
    item_spread, site_spread   chance that two lines are about different items, served by different sites (Simpson,
                     Nature 163 (1949) 688).
    failures         failures of a machine a year, mean over the machines.
    answer: Q        mean answer to the question Q.

None of the ways of ordering grows with the number of lines by itself; they need at least `least` lines.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from arbitre.core.units import DAYS_PER_YEAR
from arbitre.segment._customer_lines import DAY, Floats, Integers, Lines, microseconds
from arbitre.tables.chain import Chain

MONEY = ("sales", "coming_sales", "contribution", "coming_contribution")
ORDERING = ("urgent_share", "tolerance", "lot", "variability", "item_spread", "site_spread")
ANSWER = "answer: "
Measures = dict[str, Floats]
_MOST_QUESTIONS = 6


@dataclass(frozen=True)
class Window:
    """The days counted: the first, and the day after the last."""

    from_on: date
    to_on: date

    @property
    def years(self) -> float:
        return (self.to_on - self.from_on).days / DAYS_PER_YEAR


@dataclass(frozen=True)
class Asked:
    """What to measure: lines of at most so many hours are urgent; fewer lines than `least` tell nothing of the way of
    ordering; the question of how much speed matters; the questions told, in order."""

    urgent: float
    least: int
    expects: str
    questions: tuple[str, ...]


def most_answered(chain: Chain) -> tuple[str, ...]:
    """Return the questions that most customers answered, at most six, in order of name; those of choices are none."""
    if not chain.has("answers"):
        return ()
    told = _scored(chain).group_by("question").agg(pl.col("customer").n_unique().alias("people"))
    return tuple(sorted(told.sort(["people", "question"], descending=[True, False]).head(_MOST_QUESTIONS)["question"]))


def measured(chain: Chain, lines: Lines, window: Window, asked: Asked) -> Measures:
    """Return every measure (customers,) that the tables can tell, and `lines`, how many; but for margins."""
    here, people = lines.within(window.from_on, window.to_on), len(lines.customers)
    who, minutes, opened = lines.who[here], lines.minutes[here], lines.opened[here]
    count = np.bincount(who, minlength=people).astype(np.float64)
    enough, timed = np.where(count >= asked.least, count, np.nan), minutes >= 0
    known = np.bincount(who[timed], minlength=people)
    known = np.where((known > 0) & (count >= asked.least), known, np.nan)
    urgent = timed & (minutes <= asked.urgent * 60)
    coming = np.divide(_lately(who, opened, window, people) * window.years, count, out=np.ones(people),
                       where=count > 0.0)
    sales = _sales(chain, lines, window, here, count) / window.years
    found = {
        "lines": count, "line_rate": count / window.years, "coming": coming, "sales": sales,
        "coming_sales": sales * coming,
        "urgent_share": np.bincount(who[urgent], minlength=people) / known,
        "tolerance": np.bincount(who[timed], minutes[timed], people) / 60.0 / known,
        "lot": np.bincount(who, lines.units[here], people) / 1e6 / enough,
        "variability": np.where(count >= asked.least, _index(who, opened, window, count), np.nan),
    }
    for name, thing in (("item_spread", lines.item[here]), ("site_spread", lines.site[here])):
        told = thing >= 0
        if told.any():
            found[name] = np.where(count >= asked.least, _spread(who[told], thing[told], people), np.nan)
    return {**found, **_told_apart(chain, lines, window, asked)}


def with_margins(measures: Measures, chain: Chain, lines: Lines, window: Window,
                 whole: Measures | None = None) -> Measures:
    """Add what is left of each customer a year (customer_profit), and the same at the lately rate, where it is known.

    `window` is that of customer_profit. Where the measures are of a part of it, `whole` are those of all of it, and a
    line is taken to leave as much in the part as in the whole.
    """
    if not chain.has("customer_profit"):
        return measures
    rate = _by_customer(lines, chain.table("customer_profit").select("customer", pl.col("contribution"))) / window.years
    if whole is not None:
        rate = rate * np.divide(measures["line_rate"], whole["line_rate"], out=np.full(len(rate), np.nan),
                                where=whole["line_rate"] > 0.0)
    return {**measures, "contribution": rate, "coming_contribution": rate * measures["coming"]}


def basis(chain: Chain) -> str:
    """Say what sales are counted in: invoices, items (units at their cost) or units."""
    if chain.has("invoices"):
        return "invoices"
    return "items" if chain.has("items") else "units"


def _sales(chain: Chain, lines: Lines, window: Window, here: np.ndarray, count: Floats) -> Floats:
    if chain.has("invoices"):
        return lines.invoiced(window.from_on, window.to_on)
    amount = lines.cost / 1e4 if chain.has("items") else lines.units / 1e6
    return np.where(count > 0.0, np.bincount(lines.who[here], amount[here], len(count)), np.nan)


def _lately(who: Integers, opened: Integers, window: Window, people: int) -> Floats:
    """Return the lines a year of each customer, each counting half as much for each year that it is old."""
    age = (microseconds(window.to_on) - opened) / (DAY * DAYS_PER_YEAR)
    # Whole numbers add up to the same in any order.
    weight = np.rint(2.0**-age * 1e6)
    return np.bincount(who, weight, people) / 1e6 * np.log(2.0) / (1.0 - 2.0**-window.years)


def _index(who: Integers, opened: Integers, window: Window, count: Floats) -> Floats:
    """Return Fisher's index of dispersion of the lines a month; NaN where there is but one month."""
    months = max(1, round(window.years * 12))
    if months == 1:
        return np.full(len(count), np.nan)
    days = (window.to_on - window.from_on).days
    month = (opened - microseconds(window.from_on)) // DAY * months // days
    squares = _squares(who, month, len(count))
    mean = count / months
    return (squares - months * mean**2) / ((months - 1) * np.where(count > 0.0, mean, np.nan))


def _spread(who: Integers, thing: Integers, people: int) -> Floats:
    """Return the chance that two lines of a customer, drawn without putting back, are about different things."""
    count = np.bincount(who, minlength=people).astype(np.float64)
    pairs = count * (count - 1.0)
    alike = _squares(who, thing, people) - count
    return 1.0 - np.divide(alike, pairs, out=np.full(people, np.nan), where=pairs > 0.0)


def _squares(who: Integers, thing: Integers, people: int) -> Floats:
    """Return, for each customer, the sum over things of the squared number of its lines about them."""
    things = int(thing.max(initial=0)) + 1
    keys = np.sort(who * things + thing)
    first = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]])) if len(keys) else np.zeros(0, np.int64)
    times = np.diff(np.append(first, len(keys)))
    return np.bincount(keys[first] // things, times.astype(np.float64) ** 2, people).astype(np.float64)


def _told_apart(chain: Chain, lines: Lines, window: Window, asked: Asked) -> Measures:
    """Return what tables other than orders tell: failures of machines and answers."""
    found: Measures = {}
    if chain.has("assets"):
        rates = chain.table("assets").drop_nulls("failure_rate").group_by("customer").agg(pl.col("failure_rate").mean())
        found["failures"] = _by_customer(lines, rates)
    if asked.questions:
        told = _scored(chain).filter(pl.col("answered_on") < window.to_on)
        means = told.group_by("customer", "question").agg(pl.col("score").mean())
        for question in asked.questions:
            rows = means.filter(pl.col("question") == question).select("customer", "score")
            found[f"{ANSWER}{question}"] = _by_customer(lines, rows)
        if asked.expects in asked.questions:
            found["expects"] = found[f"{ANSWER}{asked.expects}"]
    return found


def _scored(chain: Chain) -> pl.DataFrame:
    scored = pl.col("method").is_null() | pl.col("method").is_in(["importance", "performance"])
    return chain.table("answers").filter(scored)


def _by_customer(lines: Lines, rows: pl.DataFrame) -> Floats:
    """Return the value of each customer in two columns of a frame, NaN where it has none."""
    everybody = pl.DataFrame({"customer": lines.customers})
    return everybody.join(rows, on="customer", how="left", maintain_order="left").to_series(1).cast(
        pl.Float64).fill_null(np.nan).to_numpy()
