"""What was known of customers at a moment, as numbers: contracts, cases, broken promises, answers, attributes?

Everything is read as of the moment: what came later is not used, nor is a value without a date, which may have been
filled when all was over.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from arbitre.tables.chain import Chain

Floats = NDArray[np.float64]

BREACHES = "breaches"
_MOST_LEVELS = 10

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


class Known(NamedTuple):
    """What was known, a row a moment: names and features (rows, features); price and offer of the contracts that ran.

    undated, attributes of which values have no date and are left out.
    """

    names: list[str]
    features: Floats
    price: pl.Series
    offer: pl.Series
    undated: list[str]


def read_known(chain: Chain, moments: pl.DataFrame, memory: int) -> Known:
    """Return what was known of customers before a day.

    Args: moments, with number (0, 1, ...), customer, segment, from_on (first day as a customer) and day; memory, days
    for which a case or a broken promise is remembered. What is the same everywhere is left out, except for breaches.
    """
    at = moments.select("number", "customer", "day")
    counted = chain.sql_with({"moments": at}, _KNOWN, memory=memory)
    age = (moments["day"] - moments["from_on"]).dt.total_days().cast(pl.Float64)
    price = counted["price"].cast(pl.Float64)
    told = [("age", (age / 30.0).log1p()), ("price", price.log1p()), ("offer", counted["offer"]),
            ("segment", moments["segment"]), ("cases", counted["cases"]), (BREACHES, counted["breaches"])]
    found = [chain.sql_with({"moments": at}, query) for query in (_ANSWERS, _ATTRIBUTES)]
    for name, part in pl.concat(found).group_by("name", maintain_order=True):
        rows = at.select("number").join(part, on="number", how="left", maintain_order="left")
        told.append((str(name[0]), rows["value"]))
    names, columns = [], []
    for name, values in told:
        more, numbers = _leveled(name, values)
        kept = [at for at, one in enumerate(numbers) if np.ptp(one) > 0.0 or name == BREACHES]
        names, columns = names + [more[at] for at in kept], columns + [numbers[at] for at in kept]
    return Known(names, np.column_stack(columns), price, counted["offer"], _undated(chain))


def _leveled(name: str, values: pl.Series) -> tuple[list[str], list[Floats]]:
    """Return a text as numbers: itself, the mean where unknown, or whether it is each level but the most frequent."""
    number = values.cast(pl.Float64, strict=False)
    known = values.drop_nulls()
    if not len(known):
        return [], []
    if number.count() == len(known):
        return [name], [number.fill_null(number.mean()).to_numpy().astype(np.float64)]
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
