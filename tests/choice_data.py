"""Choices of people who were made up, so that what they want is known; and the published data sets."""

import os
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from arbitre.maths.choice import Choices

DATA = Path(os.environ.get("ARBITRE_DATA", Path(__file__).parents[2] / "shared" / "data")) / "commercial"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason=f"no real data in {DATA}: set ARBITRE_DATA")
ELECTRICITY = ("pf", "cl", "loc", "wk", "tod", "seas")


def made_up(wants: np.ndarray, situations: int, seed: int, alternatives: int = 3, scale: float = 1.0) -> Choices:
    """Choices of people with these wants (people, features), by utility and Gumbel noise."""
    rng = np.random.default_rng(seed)
    people, features = wants.shape
    attributes = scale * rng.normal(size=(people, situations, alternatives, features))
    utility = np.einsum("psak,pk->psa", attributes, wants) + rng.gumbel(size=(people, situations, alternatives))
    taken = np.eye(alternatives, dtype=bool)[utility.argmax(axis=2)]
    rows = people * situations
    return Choices.of(attributes.reshape(-1, features), np.repeat(np.arange(rows), alternatives), taken.ravel(),
                      np.repeat(np.arange(people), situations * alternatives), [f"x{k}" for k in range(features)])


def electricity() -> Choices:
    """361 people, 12 choices each, of four electricity contracts (Revelt & Train 2000)."""
    table = pl.read_csv(DATA / "electricity_long.csv")
    return Choices.of(table.select(ELECTRICITY).to_numpy(), table["chid"], table["choice"].cast(pl.Boolean),
                      table["id"], ELECTRICITY)


def swissmetro() -> Choices:
    """6,768 choices of train, Swissmetro and car, trips to work and on business (Bierlaire, Axhausen & Abay 2001)."""
    table = pl.read_csv(DATA / "swissmetro.csv.gz").filter(pl.col("PURPOSE").is_in([1, 3]), pl.col("CHOICE") != 0)
    pass_holder = (pl.col("GA") == 1).cast(pl.Float64)
    table = table.with_row_index("situation")
    ways = []
    for number, way in enumerate(("TRAIN", "SM", "CAR"), 1):
        free = pl.lit(1.0) if way == "CAR" else 1.0 - pass_holder
        ways.append(table.filter(_is_there(way)).select(
            "situation", pl.lit(float(way == "CAR")).alias("asc_car"), pl.lit(float(way == "TRAIN")).alias("asc_train"),
            cost=pl.col(f"{way}_CO") * free / 100.0, time=pl.col(f"{way}_TT") / 100.0,
            taken=pl.col("CHOICE") == number))
    long = pl.concat(ways)
    names = ("asc_car", "asc_train", "cost", "time")
    return Choices.of(long.select(names).to_numpy(), long["situation"], long["taken"], long["situation"], names)


def _is_there(way: str) -> pl.Expr:
    there = pl.col(f"{way}_AV") == 1
    return there if way == "SM" else there & (pl.col("SP") != 0)
