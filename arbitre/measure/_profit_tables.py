"""From what each case brought and cost to the tables that measure.profit writes."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import polars as pl

from arbitre.maths.evidence.change import decompose
from arbitre.maths.market.whale import Whale, percentile_interval, resampled_curves, whale_curve
from arbitre.measure._cost.lines import Served
from arbitre.tables.results.profit import COSTS, WATERFALL

_MOST_POINTS = 200
_PARTS = ("price", "goods", "serving")


def with_contribution(lines: pl.DataFrame) -> pl.DataFrame:
    """Add to lines what serving cost in all, and what is left: the contribution."""
    serving = pl.sum_horizontal(*COSTS, "credit")
    return lines.with_columns(serving=serving, contribution=pl.col("net") - pl.col("goods") - serving)


def waterfall(answer: Served, lines: pl.DataFrame) -> pl.DataFrame:
    """Return the steps from the price list to the contribution, by every dimension, and what is left in the end."""
    return pl.concat([_steps(answer, lines, by) for by in ("everyone", "segment", "offer", "site", "family")])


def _steps(answer: Served, lines: pl.DataFrame, by: str) -> pl.DataFrame:
    name = pl.lit(None, pl.String) if by == "everyone" else pl.col(by)
    sums = lines.group_by(name.alias("name")).agg(
        pl.col("case").count().alias("cases"),
        pl.col("list", "net", "goods", *COSTS, "credit", "contribution").sum(),
    ).sort("name", nulls_last=True)
    told = {
        "discount": pl.col("net") - pl.col("list"), "goods": -pl.col("goods"),
        "margin": pl.col("net") - pl.col("goods"), **{kind: -pl.col(kind) for kind in (*COSTS, "credit")},
    }
    unknown = {name for name in ("list", "goods", *COSTS, "credit") if name not in answer.known}
    if "list" in unknown:
        unknown.add("discount")
    steps = sums.with_columns(**told).with_columns(pl.lit(None, pl.Float64).alias(name) for name in unknown)
    if by == "everyone":
        steps = steps.with_columns(**_left(answer))
    shown = [step for step in WATERFALL if step in steps.columns]
    net = sums.select("name", whole="net")
    long = steps.unpivot(shown, index=["name", "cases"], variable_name="step", value_name="amount")
    return long.join(net, on="name", nulls_equal=True, maintain_order="left").sort(
        "name", pl.col("step").cast(pl.Enum(WATERFALL)), nulls_last=True, maintain_order=True
    ).select(
        pl.lit(by).alias("by"), "name", "step", "amount",
        per_case=pl.when(pl.col("cases") > 0).then(pl.col("amount") / pl.col("cases")),
        net_share=pl.when(pl.col("whole") != 0.0).then(pl.col("amount") / pl.col("whole")),
    )


def _left(answer: Served) -> dict[str, pl.Expr]:
    """Return what no case caused, and what is left after it; nothing is known of what has no table."""
    costs = {"untraced": answer.untraced, "unused": answer.unused, "idle": answer.idle}
    result = pl.col("contribution") - sum(cost or 0.0 for cost in costs.values())
    lost = {name: pl.lit(None if cost is None else -cost, pl.Float64) for name, cost in costs.items()}
    return {**lost, "result": result}


def by_customer(lines: pl.DataFrame, confidence: float) -> pl.DataFrame:
    """Return what each customer brings and costs, with an interval, the most profitable first.

    The contribution of a customer is a sum over as many cases as came: taken as a compound Poisson sum, its variance is
    estimated by the sum of the squares of what each case brought. What is paid by contract is sure.
    """
    case = pl.col("contribution").filter(pl.col("case").is_not_null())
    sums = lines.filter(pl.col("customer").is_not_null()).group_by("customer").agg(
        pl.col("segment").first(), pl.col("case").count().cast(pl.Int64).alias("cases"),
        pl.col("net", "goods", "serving", "contribution").sum(), spread=(case**2).sum().sqrt(),
    )
    half = NormalDist().inv_cdf((1.0 + confidence) / 2.0) * pl.col("spread")
    return sums.with_columns(low=pl.col("contribution") - half, high=pl.col("contribution") + half).with_columns(
        verdict=pl.when(pl.col("low") > 0.0).then(pl.lit("earns")).when(pl.col("high") < 0.0).then(pl.lit("loses"))
        .otherwise(pl.lit("undecided"))
    ).sort("contribution", "customer", descending=[True, False])


def whale(profits: np.ndarray, draws: int, confidence: float, rng: np.random.Generator) -> tuple[pl.DataFrame, Whale]:
    """Return the whale curve with its interval, and the curves drawn again; none where there is no customer."""
    points = min(len(profits), _MOST_POINTS)
    grid = np.arange(points + 1) / max(points, 1)
    seen = whale_curve(profits, grid)
    again = resampled_curves(profits, grid, draws, rng)
    frame = pl.DataFrame({"customers_share": grid, "contribution": seen.curve})
    if seen.whole <= 0.0:  # a share of a loss says nothing
        return frame.with_columns(pl.lit(None, pl.Float64).alias(name) for name in ("of_whole", "low", "high")), again
    earning = again.whole > 0.0
    low, high = percentile_interval(again.curve[earning] / again.whole[earning, None], confidence)
    return frame.with_columns(of_whole=seen.curve / seen.whole, low=low, high=high), again


def subsidies(lines: pl.DataFrame) -> pl.DataFrame:
    """Return who pays for whom, by segment and by offer; no more is paid than was earned."""
    frames = []
    for by in ("segment", "offer"):
        each = lines.group_by(pl.col(by).alias("name"), "customer").agg(pl.col("contribution").sum())
        sums = each.group_by("name").agg(
            pl.len().cast(pl.Int64).alias("customers"), losing=(pl.col("contribution") < 0.0).sum().cast(pl.Int64),
            earned=pl.col("contribution").clip(0.0).sum(), lost=(-pl.col("contribution")).clip(0.0).sum(),
        ).sort("name", nulls_last=True)
        earned, lost = (float(sums[name].sum()) for name in ("earned", "lost"))
        covered = min(earned, lost)
        paid = pl.col("earned") * (covered / earned if earned else 0.0)
        frames.append(sums.select(
            pl.lit(by).alias("by"), "name", "customers", "losing", "earned", "lost", paid=paid,
            balance=paid - pl.col("lost") * (covered / lost if lost else 0.0),
        ))
    return pl.concat(frames)


def change(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """Return why the contribution changed between two periods, in all, by segment and by offer.

    Classes are segments, offers and families of items, what is paid by contract apart; units are lines.
    """
    keys = ["segment", "offer", "family", "by_case"]
    cells = [
        lines.with_columns(by_case=pl.col("case").is_not_null()).group_by(keys).agg(
            pl.len().cast(pl.Float64).alias("units"), pl.col("net").sum().alias("price"),
            -pl.col("goods", "serving").sum(), pl.col("contribution").sum(),
        )
        for lines in (before, after)
    ]
    both = cells[0].join(cells[1], on=keys, how="full", coalesce=True, nulls_equal=True, suffix="_after")
    both = both.sort(keys, nulls_last=True).with_columns(pl.selectors.float().fill_null(0.0))
    late = [f"{name}_after" for name in _PARTS]
    split = decompose((both["units"].to_numpy(), both["units_after"].to_numpy()),
                      (both.select(_PARTS).to_numpy(), both.select(late).to_numpy()))
    told = both.select(
        "segment", "offer", before="contribution", volume=pl.Series(split.volume), mix=pl.Series(split.mix),
        **{name: pl.Series(split.rates[:, at]) for at, name in enumerate(_PARTS)}, after="contribution_after",
    )
    parts = told.columns[2:]
    frames = []
    for by in ("everyone", "segment", "offer"):
        name = pl.lit(None, pl.String) if by == "everyone" else pl.col(by)
        sums = told.group_by(name.alias("name"), maintain_order=True).agg(pl.col(parts).sum())
        frames.append(sums.unpivot(parts, index="name", variable_name="part", value_name="amount").sort(
            "name", pl.col("part").cast(pl.Enum(parts)), nulls_last=True).select(pl.lit(by).alias("by"), pl.all()))
    return pl.concat(frames)
