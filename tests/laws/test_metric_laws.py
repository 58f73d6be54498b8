"""Laws of metrics: parts add up, the order of rows says nothing, members re-aggregate, arithmetic is arithmetic."""

import ast
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arbitre.capability import silent
from arbitre.measure import metrics
from arbitre.measure._metrics.forms import Form, computed
from arbitre.measure.metrics import Params
from arbitre.tables.arithmetic import parsed
from benchmarks.rows import chain_of

ROWS = [
    {"metric": "lines", "table": "cases"},
    {"metric": "units", "table": "cases", "aggregation": "sum", "measure": "quantity"},
    {"metric": "size", "table": "cases", "aggregation": "mean", "measure": "quantity"},
    {"metric": "late", "table": "cases", "filter": "kind = late"},
    {"metric": "late_share", "kind": "ratio", "numerator": "late", "denominator": "lines"},
    {"metric": "on_time", "kind": "derived", "expression": "1 - late_share"},
    {"metric": "net", "kind": "derived", "expression": "2 * units - late / 4"},
    {"metric": "so_far", "kind": "cumulative", "table": "cases", "to_date": "quarter"},
    {"metric": "open", "kind": "level", "table": "cases", "until": "closed_at"},
]
SUMS = ("lines", "units", "late", "net", "so_far", "open")


@st.composite
def cases(draw: st.DrawFn) -> list[dict[str, Any]]:
    rows = draw(st.lists(st.tuples(
        st.integers(0, 90 * 24), st.integers(0, 40 * 24), st.sampled_from(["late", "kept"]),
        st.sampled_from(["lyon", "nice", None]), st.sampled_from([0.1, 0.2, 1.0, 7.3]), st.booleans()),
        min_size=1, max_size=25))
    start = datetime(2024, 1, 1)
    return [{"case": str(place), "kind": kind, "site": site, "quantity": units,
             "opened_at": start + timedelta(hours=opened),
             "closed_at": start + timedelta(hours=opened + taken) if closed else None}
            for place, (opened, taken, kind, site, units, closed) in enumerate(rows)]


def measured(rows: list[dict[str, Any]], **params: Any) -> dict[str, pl.DataFrame]:
    chain = chain_of(cases=rows, sites=[{"site": "lyon"}, {"site": "nice"}], metrics=ROWS)
    asked = Params(by="site", since=date(2024, 1, 1), until=date(2024, 3, 31), **params)
    return dict(metrics.run(chain, asked, 1, silent).tables)


@settings(max_examples=6, deadline=None)
@given(cases())
def test_members_re_aggregate_and_parts_add_up(rows: list[dict[str, Any]]) -> None:
    found = measured(rows)
    values = found["metric_values"].filter(pl.col("metric").is_in(SUMS))
    whole = values.filter(pl.col("dimension").is_null())
    parts = values.drop_nulls("dimension").group_by("metric", "starts_on").agg(pl.col("value").sum())
    both = whole.join(parts, on=["metric", "starts_on"], how="left", suffix="_parts").fill_null(0.0)
    assert both["value_parts"].to_list() == pytest.approx(both["value"].to_list(), abs=1e-9)
    changes = found["metric_changes"]
    whole = changes.filter(pl.col("dimension").is_null()).drop_nulls("total")
    parts = changes.drop_nulls("dimension").group_by("metric").agg(pl.col("total", "mix", "rate").sum())
    both = whole.join(parts, on="metric", how="inner", suffix="_parts")
    assert both["total_parts"].to_list() == pytest.approx(both["total"].to_list(), abs=1e-9)
    ratios = both.filter(pl.col("metric").is_in(["size", "late_share", "on_time"]))
    assert (ratios["mix_parts"] + ratios["rate_parts"]).to_list() == pytest.approx(ratios["total"].to_list(), abs=1e-9)


@settings(max_examples=4, deadline=None)
@given(cases(), st.randoms())
def test_the_order_of_rows_says_nothing(rows: list[dict[str, Any]], random: Any) -> None:
    found = measured(rows)
    random.shuffle(rows)
    for name, table in measured(rows).items():
        assert table.equals(found[name]), name


@settings(max_examples=4, deadline=None)
@given(cases())
def test_a_share_and_what_is_left_of_it_change_against_each_other(rows: list[dict[str, Any]]) -> None:
    changes = measured(rows)["metric_changes"].sort("dimension", "member", nulls_last=False)
    late, kept = (changes.filter(metric=name)["total"].fill_null(0.0) for name in ("late_share", "on_time"))
    assert (late + kept).to_list() == pytest.approx([0.0] * len(late), abs=1e-12)


NUMBERS = st.floats(-5, 5).map(lambda value: round(value, 2))
NAMES = ("a", "b", "c", "d")
EXPRESSIONS = st.recursive(
    st.sampled_from(NAMES) | NUMBERS.map(str),
    lambda inner: st.tuples(inner, st.sampled_from("+-*/"), inner).map(lambda parts: f"({' '.join(parts)})"),
    max_leaves=6)


@settings(max_examples=200, deadline=None)
@given(EXPRESSIONS, st.lists(NUMBERS, min_size=6, max_size=6))
def test_arithmetic_is_arithmetic(text: str, numbers: list[float]) -> None:
    """Whatever form is kept on the way, the value is that of plain arithmetic; none where it divides by nought."""
    above, below = np.array(numbers[:3]), np.array(numbers[3:])
    ways, sample = frozenset({0}), np.ones(3)
    forms = {"a": Form(above, None, True, sample, ways), "b": Form(below, None, True, sample, ways),
             "c": Form(above, below, True, sample, ways), "d": Form(above + below, below, True, sample, ways)}
    found = computed(parsed(text), forms, 3, ways).value
    for place in range(3):
        known = {"a": above[place], "b": below[place]}
        known |= {name: form.above[place] / form.below[place] if form.below[place] else float("nan")
                  for name, form in forms.items() if form.below is not None}
        by_hand = evaluated(ast.parse(text, mode="eval").body, known)
        if np.isnan(by_hand):
            assert np.isnan(found[place])
        elif abs(by_hand) < 1e6:
            assert found[place] == pytest.approx(by_hand, rel=1e-6, abs=1e-6)


def evaluated(node: ast.expr, known: dict[str, float]) -> float:
    if isinstance(node, ast.Constant):
        return float(node.value)  # type: ignore[arg-type]
    if isinstance(node, ast.Name):
        return known[node.id]
    if isinstance(node, ast.UnaryOp):
        return -evaluated(node.operand, known)
    assert isinstance(node, ast.BinOp)
    left, right = evaluated(node.left, known), evaluated(node.right, known)
    if isinstance(node.op, ast.Div):
        return left / right if right else float("nan")
    return {ast.Add: left + right, ast.Sub: left - right, ast.Mult: left * right}[type(node.op)]


def test_only_arithmetic_is_read() -> None:
    texts = ("__import__('os').system('true')", "lines ** 9 ** 9", "[1][0]", "lines if 1 else 2", "'a' * 3", "1; 2",
             "lines.__class__()", "lambda: 1", "9" * 300, "(" * 150 + "1" + ")" * 150, "lines @ 2", "True + 1", "1e999")
    chain = chain_of(metrics=[{"metric": f"m{place}", "kind": "derived", "expression": text}
                              for place, text in enumerate(texts)])
    told = [(fault.column, fault.rule, fault.rows) for fault in chain.check()]
    assert sorted(told) == [("expression", "metric_unreadable", (row,)) for row in range(2, 2 + len(texts))]
