"""What is known of each customer: money, the way of ordering, machines and answers; what is not known is empty.

    sales            what was invoiced a year; without invoices, units at items.price; without prices, units.
    coming_sales     the same times how often lines came lately, over how often on the whole: a line counts half as much
                     for each year that it is old.
    contribution     what is left of it a year once served (customer_profit); coming_contribution, at the lately rate.
    urgent_share     share of the lines allowed at most `urgent` hours; tolerance, mean hours allowed.
    lot              units a line.
    variability      Fisher's index of the lines a month: 1 when they come at random, however many they are.
    item_spread, site_spread   chance that two lines are about different items, served by different sites (Simpson).
    failures         failures of a machine a year, mean over the machines.
    answer: Q        mean answer to the question Q.

None of the ways of ordering grows with the number of lines by itself; they need at least `least` lines.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from arbitre.segment._customer_sql import ANSWERS, AT_COST, INVOICED, MACHINES, ORDERS, PROFIT, SPREAD, UNITS
from arbitre.tables.chain import Chain

MONEY = ("sales", "coming_sales", "contribution", "coming_contribution")
ORDERING = ("urgent_share", "tolerance", "lot", "variability", "item_spread", "site_spread")
ANSWER = "answer: "
_YEAR = 365.25
_MOST_QUESTIONS = 6


@dataclass(frozen=True)
class Window:
    """The days counted: the first, and the day after the last."""

    from_on: date
    to_on: date

    @property
    def years(self) -> float:
        return (self.to_on - self.from_on).days / _YEAR


def most_asked(chain: Chain, window: Window) -> list[str]:
    """Return the questions that most customers answered up to the last day, at most six, in order of name."""
    if not chain.has("answers"):
        return []
    told = chain.sql(ANSWERS, to_on=window.to_on)
    asked = told.group_by("question").len().sort(["len", "question"], descending=[True, False])
    return sorted(asked.head(_MOST_QUESTIONS)["question"].to_list())


def measured(chain: Chain, window: Window, questions: list[str], kind: str, urgent: float, least: int) -> pl.DataFrame:
    """Return a row for each customer, sorted: lines, and every measure that the tables can tell, but for margins.

    `questions` are those whose answers are told; `least`, lines below which the way of ordering is left empty.
    """
    asked = {"kind": kind, "from_on": window.from_on, "to_on": window.to_on}
    months = max(1, round(window.years * 12))
    frames = [chain.sql(ORDERS, urgent=urgent, months=months, days=(window.to_on - window.from_on).days, **asked)]
    everybody = frames[0].select("customer")
    if chain.has("customers"):
        everybody = pl.concat([everybody, chain.table("customers").select("customer")]).unique()
    frames += [chain.sql(SPREAD.format(thing=thing), **asked) for thing in ("item", "site")]
    if chain.has("invoices"):
        frames.append(chain.sql(INVOICED, from_on=window.from_on, to_on=window.to_on))
    else:
        frames.append(chain.sql(AT_COST if chain.has("items") else UNITS, **asked))
    if chain.has("assets"):
        frames.append(chain.sql(MACHINES))
    if questions:
        frames.append(_answers(chain, window, questions))
    told = everybody.sort("customer")
    for frame in frames:
        told = told.join(frame, on="customer", how="left", maintain_order="left")
    return _finished(told, window, months, least)


def with_margins(frame: pl.DataFrame, chain: Chain, window: Window, whole: pl.DataFrame | None = None) -> pl.DataFrame:
    """Add what is left of each customer a year (customer_profit), and the same at the lately rate, where that is known.

    `window` is that of customer_profit. Where `frame` is of a part of it, `whole` are the measures of all of it, and a
    line is taken to leave as much in the part as in the whole.
    """
    if not chain.has("customer_profit"):
        return frame
    told = frame.join(chain.sql(PROFIT), on="customer", how="left", maintain_order="left")
    rate = pl.col("contribution") / window.years
    if whole is not None:
        told = told.join(whole.select("customer", on_the_whole="line_rate"), on="customer", how="left",
                         maintain_order="left")
        rate = rate * pl.col("line_rate") / pl.col("on_the_whole")
    told = told.with_columns(contribution=rate, coming_contribution=rate * pl.col("coming"))
    return told.select(*frame.columns, "contribution", "coming_contribution")


def basis(chain: Chain) -> str:
    """Say what sales are counted in: invoices, items (units at their cost) or units."""
    if chain.has("invoices"):
        return "invoices"
    return "items" if chain.has("items") else "units"


def _answers(chain: Chain, window: Window, questions: list[str]) -> pl.DataFrame:
    """Return a column for each question."""
    told = chain.sql(ANSWERS, to_on=window.to_on)
    return told.group_by("customer").agg(
        pl.col("score").filter(pl.col("question") == question).first().alias(f"{ANSWER}{question}")
        for question in questions)


def _finished(told: pl.DataFrame, window: Window, months: int, least: int) -> pl.DataFrame:
    """Turn sums into rates, and empty what rests on too few lines."""
    lines, enough = pl.col("lines"), pl.col("lines") >= least
    mean = lines / months
    index = (pl.col("squares") - months * mean**2) / ((months - 1) * mean) if months > 1 else pl.lit(None, pl.Float64)
    faded_years = (1.0 - 2.0**-window.years) / np.log(2.0)  # what a line a year adds up to, old ones fading
    ordering = {
        "urgent_share": pl.when(pl.col("timed") > 0).then(pl.col("urgent") / pl.col("timed")),
        "tolerance": pl.col("tolerance"), "lot": pl.col("lot"), "variability": index,
        "item_spread": pl.col("item_spread"), "site_spread": pl.col("site_spread"),
    }
    told = told.with_columns(
        lines.fill_null(0), line_rate=lines / window.years, sales=pl.col("sales") / window.years,
        coming=(pl.col("lately") / faded_years / (lines / window.years)).fill_null(1.0),
        **{name: pl.when(enough).then(value) for name, value in ordering.items()},
    )
    return told.with_columns(coming_sales=pl.col("sales") * pl.col("coming")).drop("timed", "urgent", "lately",
                                                                                  "squares")
