"""The published choice data, as the models read them. The folder holds electricity_long.csv and swissmetro.csv.gz."""

from pathlib import Path

import polars as pl

from arbitre.maths.market.choice import Choices

ELECTRICITY = ("pf", "cl", "loc", "wk", "tod", "seas")


def electricity(folder: Path) -> Choices:
    """361 people, 12 choices each, of four electricity contracts (Revelt & Train 2000)."""
    table = pl.read_csv(folder / "electricity_long.csv")
    return Choices.of(table.select(ELECTRICITY).to_numpy(), table["chid"], table["choice"].cast(pl.Boolean),
                      table["id"], ELECTRICITY)


def swissmetro(folder: Path) -> Choices:
    """6,768 choices of train, Swissmetro and car, trips to work and on business (Bierlaire, Axhausen & Abay 2001)."""
    table = pl.read_csv(folder / "swissmetro.csv.gz").filter(pl.col("PURPOSE").is_in([1, 3]), pl.col("CHOICE") != 0)
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
