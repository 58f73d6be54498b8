"""measure.metrics: every kind against plain Python on tiny chains, what it is told by, and what it refuses."""

from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from arbitre.capability import Result, silent
from arbitre.core.errors import Unsupported, UsageError
from arbitre.maths.evidence.shares import wilson
from arbitre.maths.evidence.survival import product_limit
from arbitre.measure import metrics, promises
from arbitre.measure.metrics import Params
from arbitre.tables.chain import Chain
from benchmarks.rows import chain_of

Rows = list[dict[str, Any]]
RNG = np.random.default_rng(7)
DAYS, CASES = 150, 160
FIRST = datetime(2024, 1, 1)


def instant(days: float) -> datetime:
    return FIRST + timedelta(minutes=round(days * 24 * 60))


def drawn() -> dict[str, Rows]:
    """Cases of some customers over five months; some stay open, some have no customer."""
    cases, events = [], []
    for number in range(CASES):
        opened = float(RNG.uniform(0, DAYS - 1))
        took = float(RNG.exponential(3.0))
        closed = opened + took if opened + took < DAYS else None
        row = {"case": f"C{number}", "kind": str(RNG.choice(["order", "visit"], p=[0.8, 0.2])),
               "customer": RNG.choice(["ann", "bob", "cid", None]), "item": str(RNG.choice(["bolt", "pump"])),
               "site": str(RNG.choice(["lyon", "nice"])), "opened_at": instant(opened),
               "closed_at": None if closed is None else instant(closed), "quantity": float(RNG.integers(1, 5))}
        cases.append(row)
        for step in ("asked", "sent", "asked", "sent")[:int(RNG.integers(1, 5))]:
            events.append({"case": row["case"], "step": step,
                           "happened_at": instant(opened + float(RNG.uniform(0, 6)))})
    return {
        "cases": cases, "events": events,
        "segments": [{"segment": "big"}, {"segment": "small"}],
        "customers": [{"customer": "ann", "segment": "big"}, {"customer": "bob", "segment": "small"},
                      {"customer": "cid", "segment": "small"}],
        "sites": [{"site": "lyon"}, {"site": "nice"}],
        "items": [{"item": "bolt", "price": 2.5, "lead_time": 10.0, "family": "small parts"},
                  {"item": "pump", "price": 100.0, "lead_time": 10.0, "family": "large parts"}],
        "promises": [{"promise": "P48", "window": 48.0, "target_share": 0.8}],
    }


TABLES = drawn()
SEGMENT = {row["customer"]: row["segment"] for row in TABLES["customers"]}
PRICE = {row["item"]: row["price"] for row in TABLES["items"]}


def chain(*rows: dict[str, Any], **tables: Rows) -> Chain:
    found = chain_of(**{**TABLES, **tables}, metrics=list(rows))
    assert found.check() == []
    return found


def answered(given: Chain, **params: Any) -> Result:
    return metrics.run(given, Params(**params), 1, silent)


def values(result: Result, metric: str, dimension: str | None = None) -> dict[Any, float]:
    """Return the value of each period, or of each period and member."""
    own = result.tables["metric_values"].filter(pl.col("metric") == metric,
                                                pl.col("dimension").eq_missing(pl.lit(dimension)))
    return {row["starts_on"] if dimension is None else (row["starts_on"], row["member"]): row["value"]
            for row in own.iter_rows(named=True)}


def month(at: datetime) -> date:
    return date(at.year, at.month, 1)


def grouped(rows: Rows, key: Any) -> dict[Any, Rows]:
    found = defaultdict(list)
    for row in rows:
        found[key(row)].append(row)
    return found


def hours(row: dict[str, Any]) -> float:
    return (row["closed_at"] - row["opened_at"]).total_seconds() / 3600


ORDERS = [row for row in TABLES["cases"] if row["kind"] == "order"]
BY_MONTH = grouped(ORDERS, lambda row: month(row["opened_at"]))
BY_SEGMENT = grouped(ORDERS, lambda row: (month(row["opened_at"]), SEGMENT.get(row["customer"])))


# Each kind, by hand


@pytest.mark.parametrize(("aggregation", "measure", "by_hand"), [
    ("count", None, len),
    ("count", "closed_at", lambda rows: sum(row["closed_at"] is not None for row in rows)),
    ("sum", "quantity * item.price", lambda rows: sum(row["quantity"] * PRICE[row["item"]] for row in rows)),
    ("mean", "closed_at - opened_at", lambda rows: np.mean([hours(row) for row in rows if row["closed_at"]])),
    ("min", "quantity", lambda rows: min(row["quantity"] for row in rows)),
    ("max", "-(quantity + 1) / 2", lambda rows: max(-(row["quantity"] + 1) / 2 for row in rows)),
    ("distinct", "customer", lambda rows: len({row["customer"] for row in rows} - {None})),
])
def test_simple(aggregation: str, measure: str | None, by_hand: Any) -> None:
    row = {"metric": "m", "table": "cases", "aggregation": aggregation, "measure": measure, "filter": "kind = order"}
    found = answered(chain(row), by="segment")
    last = {date(2024, 6, 1): 0} if aggregation in ("count", "sum") else {}  # an event of June, and no case
    assert values(found, "m") == pytest.approx({key: by_hand(rows) for key, rows in BY_MONTH.items()} | last)
    told = values(found, "m", "segment")
    assert told == pytest.approx({key: by_hand(rows) for key, rows in BY_SEGMENT.items()})
    assert {member for _, member in told} == {"big", "small", None}


@pytest.mark.parametrize("quantile", [0.0, 0.5, 0.9, 1.0])
def test_percentile(quantile: float) -> None:
    row = {"metric": "m", "kind": "percentile", "table": "cases", "measure": "closed_at - opened_at",
           "quantile": quantile, "filter": "kind = order"}
    by_hand = {key: np.quantile([hours(row) for row in rows if row["closed_at"]], quantile)
               for key, rows in BY_MONTH.items()}
    assert values(answered(chain(row)), "m") == pytest.approx(by_hand)


@pytest.mark.parametrize("quantile", [0.0, 0.5, 0.9, 1.0])
def test_a_percentile_follows_what_is_still_open(quantile: float) -> None:
    row = {"metric": "m", "kind": "percentile", "table": "cases", "measure": "closed_at - opened_at",
           "quantile": quantile, "until": "closed_at"}
    every = TABLES["cases"]
    last = max(row["closed_at"] or row["opened_at"] for row in every)
    last = max(last, max(row["happened_at"] for row in TABLES["events"]))

    def by_hand(rows: Rows) -> float:
        took = np.array([((row["closed_at"] or last) - row["opened_at"]).total_seconds() / 3600 for row in rows])
        return product_limit(took, np.array([row["closed_at"] is not None for row in rows])).time_at(1 - quantile)

    found = answered(chain(row), by="segment")
    for told, keys in ((values(found, "m"), [(month(row["opened_at"]),) for row in every]),
                       (values(found, "m", "segment"),
                        [(month(row["opened_at"]), SEGMENT.get(row["customer"])) for row in every])):
        groups = defaultdict(list)
        for key, row in zip(keys, every, strict=True):
            groups[key if len(key) > 1 else key[0]].append(row)
        expected = {key: by_hand(rows) for key, rows in groups.items()}
        assert told == pytest.approx({key: value for key, value in expected.items() if not np.isnan(value)})
    assert any(row["closed_at"] is None for row in every)


@pytest.mark.parametrize(("window", "to_date"), [(10.0, None), (45.0, None), (None, "quarter"), (None, None)])
@pytest.mark.parametrize("aggregation", ["sum", "distinct", "max"])
def test_cumulative(window: float | None, to_date: str | None, aggregation: str) -> None:
    row = {"metric": "m", "kind": "cumulative", "table": "cases", "aggregation": aggregation, "measure": "quantity",
           "window": window, "to_date": to_date}
    last = max(max(row["opened_at"], row["closed_at"] or FIRST) for row in TABLES["cases"])
    last = max(last, max(row["happened_at"] for row in TABLES["events"])).date()
    make = {"sum": sum, "distinct": lambda found: len(set(found)), "max": max}[aggregation]
    by_hand = {}
    for start in {month(row["opened_at"]) for row in TABLES["cases"]} | {last.replace(day=1)}:
        end = min((start + timedelta(days=31)).replace(day=1) - timedelta(days=1), last)
        since = date.min if window is None else end - timedelta(days=window - 1)
        since = date(end.year, (end.month - 1) // 3 * 3 + 1, 1) if to_date else since
        found = [row["quantity"] for row in TABLES["cases"] if since <= row["opened_at"].date() <= end]
        if found:
            by_hand[start] = make(found)
    assert values(answered(chain(row)), "m") == pytest.approx(by_hand)


@pytest.mark.parametrize("window", [None, 0.5, 2.0])
@pytest.mark.parametrize(("first", "then"), [("asked", "sent"), ("asked", "asked")])
def test_conversion(window: float | None, first: str, then: str) -> None:
    now = max([row["happened_at"] for row in TABLES["events"]]
              + [row["closed_at"] or row["opened_at"] for row in TABLES["cases"]])
    by_hand = defaultdict(list)
    for rows in grouped(TABLES["events"], lambda row: row["case"]).values():
        own = sorted((row for row in rows if row["step"] in (first, then)),
                     key=lambda row: (row["happened_at"], row["step"] == then))
        for place, row in enumerate(own):
            limit = timedelta(days=window) if window is not None else timedelta(days=999)
            if row["step"] != first or (window is not None and row["happened_at"] + limit > now):
                continue
            after = own[place + 1] if place + 1 < len(own) else None
            in_time = after is not None and after["happened_at"] - row["happened_at"] < limit
            by_hand[month(row["happened_at"])].append(in_time and after["step"] == then)
    row = {"metric": "m", "kind": "conversion", "from_step": first, "to_step": then, "window": window}
    found = answered(chain(row))
    assert values(found, "m") == pytest.approx({key: np.mean(rows) for key, rows in by_hand.items()})
    low, high = zip(*(wilson(sum(rows), len(rows)) for _, rows in sorted(by_hand.items())), strict=True)
    told = found.tables["metric_values"].sort("starts_on")
    assert told["low"].to_list() == pytest.approx([float(value) for value in low])
    assert told["high"].to_list() == pytest.approx([float(value) for value in high])


def test_conversion_goes_to_the_last_passage_before() -> None:
    """As in dbt: two visits, then a purchase, is one of two."""
    steps = [("visit", 0.0), ("visit", 1.0), ("buy", 1.5), ("end", 9.0)]
    events = [{"case": "C0", "step": step, "happened_at": instant(days)} for step, days in steps]
    row = {"metric": "m", "kind": "conversion", "from_step": "visit", "to_step": "buy", "window": 7.0}
    only = [{**TABLES["cases"][0], "opened_at": FIRST, "closed_at": None}]
    assert values(answered(chain(row, events=events, cases=only)), "m") == {date(2024, 1, 1): 0.5}


def test_promise_is_what_measure_promises_says() -> None:
    given = chain({"metric": "m", "kind": "promise", "promise": "P48"})
    found = answered(given, by="segment")
    judged = promises.run(given, promises.Params(by="month"), 1, silent).tables["promises_kept_by"]
    expected = {date.fromisoformat(f"{row['month']}-01"): row for row in judged.iter_rows(named=True) if row["cases"]}
    assert values(found, "m") == pytest.approx({key: row["kept_share"] for key, row in expected.items()})
    told = found.tables["metric_values"].filter(pl.col("dimension").is_null())
    for row in told.iter_rows(named=True):
        assert (row["low"], row["high"]) == pytest.approx(
            tuple(expected[row["starts_on"]][name] for name in ("low_share", "high_share")))
    judged = promises.run(given, promises.Params(by="month,segment"), 1, silent).tables["promises_kept_by"]
    assert values(found, "m", "segment") == pytest.approx({
        (date.fromisoformat(f"{row['month']}-01"), row["segment"]): row["kept_share"]
        for row in judged.iter_rows(named=True) if row["cases"]})


@pytest.mark.parametrize("period", ["week", "month"])
def test_level_is_the_integral(period: str) -> None:
    row = {"metric": "m", "kind": "level", "table": "cases", "measure": "quantity", "until": "closed_at"}
    found = values(answered(chain(row), period=period, since=date(2024, 1, 10), until=date(2024, 4, 12)), "m")
    begin, end = datetime(2024, 1, 10), datetime(2024, 4, 13)
    for start, value in found.items():
        low = datetime(start.year, start.month, start.day)
        high = low + timedelta(days=7) if period == "week" else (low + timedelta(days=31)).replace(day=1)
        low, high = max(low, begin), min(high, end)
        stood = sum(row["quantity"] * max(0.0, (min(row["closed_at"] or end, high)
                                                - max(row["opened_at"], low)).total_seconds())
                    for row in TABLES["cases"])
        assert value == pytest.approx(stood / (high - low).total_seconds())
    assert len(found) == (14 if period == "week" else 4)


def test_level_of_stock_is_what_is_on_hand_at_its_price() -> None:
    moves = [("bolt", 10.0, 0.0), ("bolt", -4.0, 10.0), ("pump", 2.0, 15.5), ("bolt", 5.0, 20.0)]
    movements = [{"movement": str(place), "site": "lyon", "item": item, "kind": "receipt" if units > 0 else "issue",
                  "quantity": units, "moved_at": instant(days)} for place, (item, units, days) in enumerate(moves)]
    row = {"metric": "m", "kind": "level", "table": "movements", "measure": "quantity * item.price"}
    found = answered(chain(row, movements=movements), by="family", since=date(2024, 1, 1), until=date(2024, 1, 31))
    bolts, pumps = (10 * 10 + 6 * 10 + 11 * 11) * 2.5 / 31, 2 * 100.0 * 15.5 / 31
    assert values(found, "m") == pytest.approx({date(2024, 1, 1): bolts + pumps})
    assert values(found, "m", "family") == pytest.approx({
        (date(2024, 1, 1), "small parts"): bolts, (date(2024, 1, 1), "large parts"): pumps})


ORDER_LINES = {"metric": "orders", "table": "cases", "filter": "kind = order"}
LARGE = {"metric": "large", "table": "cases", "filter": "quantity >= 3 and kind = order"}
UNITS = {"metric": "units", "table": "cases", "aggregation": "sum", "measure": "quantity", "filter": "kind = order"}


def test_ratio_and_derived() -> None:
    share = {"metric": "share", "kind": "ratio", "numerator": "large", "denominator": "orders"}
    more = {"metric": "more", "kind": "derived", "expression": "(units - 2 * orders) / orders + share * 0.5"}
    found = answered(chain(more, share, LARGE, ORDER_LINES, UNITS), metrics="share,more")
    assert found.tables["metric_values"]["metric"].unique().sort().to_list() == ["more", "share"]
    large = {key: sum(row["quantity"] >= 3 for row in rows) for key, rows in BY_MONTH.items()}
    assert values(found, "share") == pytest.approx({key: large[key] / len(rows) for key, rows in BY_MONTH.items()})
    assert values(found, "more") == pytest.approx({
        key: (sum(row["quantity"] for row in rows) - 2 * len(rows) + 0.5 * large[key]) / len(rows)
        for key, rows in BY_MONTH.items()})
    first = found.tables["metric_values"].filter(metric="share").row(0, named=True)
    low, high = wilson(large[first["starts_on"]], len(BY_MONTH[first["starts_on"]]))
    assert (first["low"], first["high"]) == pytest.approx((float(low), float(high)))


def test_a_division_by_nought_has_no_value() -> None:
    nobody = {"metric": "nobody", "table": "cases", "filter": "kind = none"}
    divided = {"metric": "divided", "kind": "ratio", "numerator": "orders", "denominator": "nobody"}
    by_zero = {"metric": "by_zero", "kind": "derived", "expression": "orders / 0 + 1"}
    by_row = {"metric": "by_row", "table": "cases", "aggregation": "sum", "measure": "1 / (quantity - quantity)"}
    found = answered(chain(nobody, divided, by_zero, by_row, ORDER_LINES), by="segment")
    assert values(found, "divided") == values(found, "by_zero") == {}
    assert set(values(found, "by_row").values()) <= {0.0}
    assert set(values(found, "nobody").values()) == {0.0}


def test_a_metric_is_told_by_what_its_rows_reach() -> None:
    steps = {"metric": "steps", "table": "events"}
    found = answered(chain(ORDER_LINES, steps), by="customer.segment,step")
    told = found.tables["metric_values"].select("metric", "dimension").unique().drop_nulls().rows()
    assert sorted(told) == [("orders", "customer.segment"), ("steps", "step")]
    with pytest.raises(UsageError, match=r"No metric can be told by mood\. No column mood in events"):
        answered(chain(steps), by="mood")
    with pytest.raises(UsageError, match=r"price may be case\.offer\.price or case\.item\.price"):
        answered(chain(steps), by="price")


def test_whole_periods_are_compared() -> None:
    found = answered(chain(ORDER_LINES), since=date(2024, 1, 15), until=date(2024, 4, 20))
    whole = found.tables["metric_values"].filter("is_whole")["starts_on"].to_list()
    assert whole == [date(2024, 2, 1), date(2024, 3, 1)]
    row = found.tables["metric_changes"].row(0, named=True)
    assert (row["before_on"], row["starts_on"]) == (date(2024, 2, 1), date(2024, 3, 1))
    assert row["total"] == len(BY_MONTH[date(2024, 3, 1)]) - len(BY_MONTH[date(2024, 2, 1)])
    assert found.summary["orders"] == len(BY_MONTH[date(2024, 3, 1)])
    assert answered(chain(ORDER_LINES), compare="year").tables["metric_changes"].height == 0


def test_the_last_period_speaks_while_none_is_whole() -> None:
    """Half of February and half of March: no period is whole, and nothing can be compared."""
    found = answered(chain(ORDER_LINES), since=date(2024, 2, 15), until=date(2024, 3, 15))
    told = found.tables["metric_values"]
    assert not told["is_whole"].any()
    assert "orders.change" not in found.summary
    assert found.summary["orders"] == told.filter(starts_on=date(2024, 3, 1))["value"].item()


# What is refused


def test_absent_tables_and_unknown_metrics_are_told() -> None:
    given = chain({"metric": "bills", "table": "invoices"}, ORDER_LINES)
    with pytest.raises(Unsupported, match="bills measures the table invoices"):
        answered(given)
    assert answered(given, metrics="orders").summary["metrics"] == 1
    with pytest.raises(UsageError, match="There is no metric order\\. Did you mean orders"):
        answered(given, metrics="order")
    with pytest.raises(UsageError, match="comes before the first"):
        answered(chain(ORDER_LINES), since=date(2024, 3, 1), until=date(2024, 2, 1))


def test_a_chain_without_facts_is_told() -> None:
    standing = {"metric": "standing", "kind": "level", "table": "cases", "until": "closed_at"}
    given = chain(ORDER_LINES, standing)
    given = given.with_(**{name: given.table(name).clear() for name in ("cases", "events")})
    with pytest.raises(Unsupported, match="Nothing that the metrics of the chain test measure has a date"):
        answered(given)
    found = answered(given, since=date(2024, 1, 1), until=date(2024, 2, 29), by="segment")
    assert set(found.tables["metric_values"]["value"]) == {0.0}


def test_what_a_user_writes_is_never_run() -> None:
    """Values of filters are compared, not read as SQL."""
    hostile = "x' OR 1=1; DROP TABLE cases; --"
    row = {"metric": "m", "table": "cases", "filter": f"kind = {hostile}"}
    assert set(values(answered(chain(row)), "m").values()) == {0.0}
    named = [{**row, "site": hostile} if row["site"] == "nice" else row for row in TABLES["cases"]]
    found = answered(chain({"metric": "m", "table": "cases"}, cases=named,
                           sites=[{"site": "lyon"}, {"site": hostile}]), by="site")
    assert {member for _, member in values(found, "m", "site")} == {"lyon", hostile}
