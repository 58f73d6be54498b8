"""What is a lead of each channel worth: its chance to close times what it brings when it does?

The chance of a lead that has closed is one or nought; of an open one it is what forecast.transitions says. A channel
with few leads followed is known badly: each draw weighs its leads anew, and beside them two leads of any
source (a Dirichlet process; Ferguson, Annals of Statistics 1, 1973), so that three leads lost do not make it worthless.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from arbitre.core.errors import Unsupported
from arbitre.maths.market.response import Floats
from arbitre.tables.chain import Chain

_JOINED = 2.0
"""Leads of any source that count beside a channel's own."""


@dataclass(frozen=True)
class Leads:
    """What a lead brings, money: usual, of any source; worth (draws,) by source, and of one never followed; followed,
    leads of each source whose end, or chance of it, is known."""

    usual: float
    worth: dict[str, Floats]
    unknown: Floats
    followed: dict[str, int]

    def of(self, channels: list[str]) -> Floats:
        """Return what a lead of each channel brings (draws, channels), in units of the usual one."""
        return np.column_stack([self.worth.get(name, self.unknown) for name in channels]) / self.usual


def leads(chain: Chain, won: str, source: str, amount: str, value: float, draws: int, luck: np.random.Generator
          ) -> Leads:
    """Return what leads bring, by their source.

    Args: won, the event of a lead that brings its worth; source and amount, attributes of cases; value, money that one
    unit of the amount brings. Raises Unsupported where cases do not say it.
    """
    for table in ("cases", "events", "attributes"):
        if not chain.has(table):
            raise Unsupported(f"The worth of a lead is read from cases, events and attributes, and there is no table "
                              f"{table}. Bring it, or leave won empty.")
    rows = _followed(chain, won, source, amount)
    names, number = np.unique(rows["source"].to_numpy().astype(str), return_inverse=True)
    brings, chance = rows["amount"].to_numpy() * value, rows["chance"].to_numpy()
    own, joined = np.empty((draws, len(names))), np.empty(draws)
    for draw in range(draws):
        closed = brings * (luck.random(len(brings)) < chance)
        weight = luck.standard_exponential(len(brings))
        others = luck.standard_gamma(_JOINED / len(brings), len(brings))
        joined[draw] = others @ closed / others.sum()
        own[draw] = (np.bincount(number, weight * closed) + others @ closed) / (
            np.bincount(number, weight) + others.sum())
    usual = float((brings * chance).mean())
    counts = np.bincount(number).tolist()
    return Leads(usual, dict(zip(names.tolist(), own.T, strict=True)), joined,
                 dict(zip(names.tolist(), counts, strict=True)))


def _followed(chain: Chain, won: str, source: str, amount: str) -> pl.DataFrame:
    """Return the leads that name their source: (source, amount, chance)."""
    told = chain.table("attributes").sort("case", "valid_from", nulls_last=False)
    sources, amounts = (told.filter(attribute=name).group_by("case").agg(pl.col("value").last().alias(kept))
                        for name, kept in ((source, "source"), (amount, "amount")))
    closed = chain.table("events").filter(step=won).select("case").unique().with_columns(is_won=pl.lit(value=True))
    rows = (chain.table("cases").select("case", "closed_at").join(sources, on="case")
            .join(amounts, on="case", how="left").join(closed, on="case", how="left").sort("case")
            .with_columns(pl.col("amount").cast(pl.Float64, strict=False), chance=pl.when("is_won").then(1.0)
                          .when(pl.col("closed_at").is_not_null()).then(0.0)))
    if not rows.height:
        raise Unsupported(f"No case has the attribute {source}, which is to name the channel that brought it. Bring "
                          "it, or name another by the parameter source.")
    if not (rows["chance"] == 1.0).any():
        raise Unsupported(f"No case that names its {source} has the event {won}: nothing says what a lead brings. Name "
                          "the event by the parameter won, or leave it empty.")
    if rows["chance"].null_count():
        if not chain.has("case_chances"):
            raise Unsupported(f"{rows['chance'].null_count()} leads are still open, and nothing tells their chance. "
                              "Name forecast.transitions in chain.toml, so that it runs first.")
        open_now = chain.table("case_chances").filter(exit=won).select("case", open_chance="chance_share")
        rows = rows.join(open_now, on="case", how="left", maintain_order="left").with_columns(
            chance=pl.coalesce("chance", "open_chance", pl.lit(0.0)))
    usual = rows.filter(pl.col("chance") > 0)["amount"].mean()
    return rows.select("source", pl.col("amount").fill_null(1.0 if usual is None else usual), "chance")
