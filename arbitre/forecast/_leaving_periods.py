"""What was known of each customer under contract at the start of each period, and did it leave within it?

A stay is a run of contracts of a customer with at most `gap` days between one and the next. Days go back from the end
in steps of a period; a customer whose stay covers a day is a row, told by what was known before that day and by
nothing that came later: an end that is planned is not used, nor is an attribute without a date.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from arbitre.core.errors import Unsupported
from arbitre.tables.chain import Chain

Floats = NDArray[np.float64]

BREACHES = "breaches"
_MOST_LEVELS = 10
_NEVER = "DATE '9000-01-01'"

_STAYS = f"""
WITH signed AS (
    SELECT customer, from_on, coalesce(to_on, {_NEVER}) AS to_on,
        max(coalesce(to_on, {_NEVER})) OVER (PARTITION BY customer ORDER BY from_on, to_on
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before_on
    FROM contracts
), numbered AS (
    SELECT *, sum(CASE WHEN before_on IS NULL OR from_on > before_on + $gap + 1 THEN 1 ELSE 0 END)
        OVER (PARTITION BY customer ORDER BY from_on, to_on) AS stay
    FROM signed
), stays AS (
    SELECT customer, stay, min(from_on) AS from_on, max(to_on) AS to_on FROM numbered GROUP BY customer, stay
)
SELECT customer, segment, back, day, from_on, to_on
FROM stays JOIN days ON from_on <= day AND to_on >= day LEFT JOIN customers USING (customer)
ORDER BY back DESC, customer
"""  # noqa: S608 - a constant

_KNOWN = """
WITH windows AS (
    SELECT c."case", min(p."window") AS hours
    FROM cases c LEFT JOIN customers USING (customer) JOIN promises p ON p.kind = c.kind
        AND (p.offer IS NULL OR p.offer = c.offer) AND (p.segment IS NULL OR p.segment = customers.segment)
    WHERE p.measure = 'window' AND p.step IS NULL AND p.calendar IS NULL AND p.cut_off IS NULL AND p.criticality IS NULL
    GROUP BY c."case"
), asked AS (
    SELECT customer, opened_at, closed_at,
        coalesce(promised_at, opened_at + to_microseconds(CAST(round(hours * 3600e6) AS BIGINT))) AS due_at
    FROM cases LEFT JOIN windows USING ("case") WHERE customer IS NOT NULL
), counted AS (
    SELECT moments.number, count(*) FILTER (WHERE opened_at >= day - $memory AND opened_at < day) AS cases,
        count(*) FILTER (WHERE due_at >= day - $memory AND due_at < day AND (closed_at IS NULL OR closed_at > due_at))
            AS breaches
    FROM moments JOIN asked ON asked.customer = moments.customer AND opened_at < day GROUP BY moments.number
), running AS (
    SELECT moments.number, sum(price) AS price, arg_max(offer, contracts.from_on) AS offer
    FROM moments JOIN contracts ON contracts.customer = moments.customer AND contracts.from_on <= day
        AND (contracts.to_on IS NULL OR contracts.to_on >= day)
    GROUP BY moments.number
)
SELECT moments.number, coalesce(cases, 0) AS cases, coalesce(breaches, 0) AS breaches, price, offer
FROM moments LEFT JOIN counted USING (number) LEFT JOIN running USING (number) ORDER BY moments.number
"""

_ANSWERS = """
SELECT moments.number, question AS name, CAST(arg_max(score, answered_on) AS VARCHAR) AS value
FROM moments JOIN answers ON answers.customer = moments.customer AND answered_on < day
WHERE method IS NULL GROUP BY moments.number, question ORDER BY name, moments.number
"""

_ATTRIBUTES = """
SELECT moments.number, attribute AS name, arg_max(value, valid_from) AS value
FROM moments JOIN contracts ON contracts.customer = moments.customer
    JOIN attributes ON attributes."case" = contracts.contract AND valid_from < day
GROUP BY moments.number, attribute ORDER BY name, moments.number
"""


class Periods(NamedTuple):
    """Customers at the start of periods, a row each.

    rows: customer, segment, back (periods before the end; 0: now), day, from_on, to_on, price; left (rows,) within the
    period; names and features (rows, features), what was known; undated, attributes that were left out.
    """

    rows: pl.DataFrame
    left: NDArray[np.bool_]
    names: list[str]
    features: Floats
    undated: list[str]


def read_periods(chain: Chain, until: date, period: int, memory: int, gap: int) -> Periods:
    """Return every customer under contract at the start of every period, and now.

    Args: until, last day counted; period, memory, gap, in days. Raises Unsupported for contracts that end before they
    begin, and where nobody is under contract.
    """
    contracts = chain.table("contracts")
    if turned := contracts.filter(pl.col("to_on") < pl.col("from_on")).height:
        raise Unsupported(f"{turned} contracts end before they begin: correct contracts.from_on or contracts.to_on.")
    now, first = until + timedelta(days=1), contracts["from_on"].min()
    if not isinstance(first, date) or first > until:
        raise Unsupported(f"No contract of the chain {chain.name} begins by {until}: nobody can have left.")
    told = now - timedelta(days=gap)
    backs = range(1, max((told - first).days // period, 0) + 1)
    days = pl.DataFrame({"back": [0, *backs], "day": [now, *(told - timedelta(days=period * back) for back in backs)]},
                        schema={"back": pl.Int64, "day": pl.Date})
    rows = chain.sql_with({"days": days}, _STAYS, gap=gap).with_row_index("number")
    moments = rows.select("number", "customer", "day")
    known = chain.sql_with({"moments": moments}, _KNOWN, memory=memory)
    rows = rows.with_columns(known["price"], known["offer"])
    names, columns = _of_contracts(rows, known)
    found = [chain.sql_with({"moments": moments}, query) for query in (_ANSWERS, _ATTRIBUTES)]
    for name, part in pl.concat(found).group_by("name", maintain_order=True):
        more, values = _leveled(str(name[0]), rows.select("number").join(part, on="number", how="left",
                                                                      maintain_order="left")["value"])
        names, columns = names + more, columns + values
    features = np.column_stack(columns) if columns else np.zeros((rows.height, 0))
    telling = np.ptp(features, axis=0) > 0.0 if rows.height else np.zeros(len(names), bool)
    telling |= np.array([name == BREACHES for name in names], bool)
    left = rows.select(pl.col("to_on") < pl.col("day") + pl.duration(days=period)).to_series().to_numpy()
    kept = [name for name, tells in zip(names, telling, strict=True) if tells]
    return Periods(rows, left & (rows["back"].to_numpy() > 0), kept, features[:, telling], _undated(chain))


def _of_contracts(rows: pl.DataFrame, known: pl.DataFrame) -> tuple[list[str], list[Floats]]:
    """Return what contracts and cases tell: age, price, offer, segment, cases and breaches."""
    age = (rows["day"] - rows["from_on"]).dt.total_days().to_numpy()
    names, columns = ["age"], [np.log1p(age / 30.0)]
    price = known["price"].to_numpy().astype(np.float64)
    if np.isfinite(price).any():
        names.append("price")
        columns.append(np.log1p(np.where(np.isfinite(price), price, np.nanmedian(price))))
    for name, values in (("offer", known["offer"]), ("segment", rows["segment"])):
        more, levels = _leveled(name, values)
        names, columns = names + more, columns + levels
    return [*names, "cases", BREACHES], [*columns, known["cases"].to_numpy().astype(np.float64),
                                         known["breaches"].to_numpy().astype(np.float64)]


def _leveled(name: str, values: pl.Series) -> tuple[list[str], list[Floats]]:
    """Return a text as numbers: itself, the mean where unknown, or whether it is each level but the most frequent."""
    number = values.cast(pl.Float64, strict=False)
    known = values.drop_nulls()
    if not len(known):
        return [], []
    if number.count() == len(known):
        return [name], [number.fill_null(number.mean()).to_numpy()]
    levels = known.value_counts().sort("count", values.name, descending=[True, False])[values.name].to_list()
    told = levels[1:_MOST_LEVELS]
    return [f"{name}: {level}" for level in told], [(values == level).fill_null(False).to_numpy().astype(np.float64)
                                                    for level in told]


def _undated(chain: Chain) -> list[str]:
    """Return attributes of contracts of which a value has no date: it may have been filled when the contract ended."""
    if not chain.has("attributes"):
        return []
    of_contracts = chain.table("attributes").join(chain.table("contracts"), left_on="case", right_on="contract",
                                                  how="semi")
    return sorted(of_contracts.filter(pl.col("valid_from").is_null())["attribute"].unique().to_list())


def undated_sentence(undated: list[str]) -> dict[str, Any]:
    """Return why attributes were left out, for the summary."""
    if not undated:
        return {}
    return {"not_said.undated": f"Values without a date of {', '.join(undated)} are left out: they may have been "
            "filled when the contract ended. Fill attributes.valid_from."}
