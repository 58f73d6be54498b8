"""From measures and segments to the tables that segment.customers writes."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import polars as pl

from arbitre.maths.evidence.agreement import adjusted_rand, best_jaccard
from arbitre.segment._customer_lines import Integers
from arbitre.segment._customer_measures import Measures
from arbitre.segment._placed import Placed, asked, asked_about, error
from arbitre.segment._plain_words import told
from arbitre.segment._schools import SCORES, Found, Ranks
from arbitre.tables.catalogue import RESULTS
from arbitre.tables.chain import Chain
from arbitre.tables.frames import empty

_TOTALS = ("sales", "coming_sales", "contribution", "coming_contribution", "line_rate")
_SURE = 1.96


def members(customers: pl.Series, measures: Measures, sorted_by: list[Placed]) -> pl.DataFrame:
    """Return the segment of each customer, school by school."""
    parts = []
    for one in sorted_by:
        how = np.select([one.codes < 0, one.by_tree], [2, 1], 0)
        parts.append(pl.DataFrame({
            "customer": customers, "segment": _named(one.school.segments, one.codes),
            "confidence": pl.Series(one.confidence).fill_nan(None), "placed_by": _named(("rule", "tree", "none"), how),
            "sample": pl.Series(measures["lines"]).cast(pl.Int64)}).with_columns(school=pl.lit(one.school.name)))
    return pl.concat(parts)


def scores(customers: pl.Series, measures: Measures, ranks: Ranks) -> pl.DataFrame:
    """Return the scores of each customer, with the measures that are missing."""
    parts = []
    for score, of in SCORES.items():
        missing = [np.isnan(measures[name]) if name in measures else np.ones(len(customers), bool) for name, _ in of]
        code = sum(lack.astype(np.int64) << at for at, lack in enumerate(missing))
        gaps = [", ".join(name for at, (name, _) in enumerate(of) if held >> at & 1) for held in range(1 << len(of))]
        alone = measures.get(of[0][0]) if len(of) == 1 else None
        parts.append(pl.DataFrame({
            "customer": customers, "value": pl.Series(ranks.mean(measures, of)).fill_nan(None),
            "sample": pl.Series(measures["lines"]).cast(pl.Int64),
            "gaps": _named(tuple(gaps), np.where(code == 0, -1, code)),
        }).with_columns(score=pl.lit(score),
                        measured=pl.lit(None, pl.Float64) if alone is None else pl.Series(alone).fill_nan(None)))
    return pl.concat(parts)


def profiles(measures: Measures, sorted_by: list[Placed]) -> pl.DataFrame:
    """Return what customers of each segment are like, measure by measure."""
    rows = []
    for one in sorted_by:
        order = np.argsort(one.codes, kind="stable")
        cuts = np.searchsorted(one.codes[order], np.arange(len(one.school.segments) + 1))
        for name in asked_about(measures):
            values = measures[name]
            known = values[np.isfinite(values)]
            total = known.sum()
            for at, segment in enumerate(one.school.segments):
                mine = values[order[cuts[at]:cuts[at + 1]]]
                mine = mine[np.isfinite(mine)]
                if len(mine):
                    low, median, high = np.quantile(mine, (0.1, 0.5, 0.9))
                    part = float(mine.sum() / total) if name in _TOTALS and total > 0.0 else None
                    rows.append((one.school.name, segment, name, len(mine), float(mine.mean()), low, median, high,
                                 float(known.mean()), part))
    return _frame("segment_profiles", rows)


def rules(sorted_by: list[Placed]) -> pl.DataFrame:
    """Return the trees, a row a node, with the way to each in words."""
    rows = []
    for one in sorted_by:
        tree, names, group, share = one.tree, one.names, one.tree.group(), one.tree.share()
        for node, measure in enumerate(tree.measure):
            is_asked = measure >= 0
            way = [(names[tree.measure[above]], tree.cut[above], tree.up[above] == below)
                   for above, below in zip(tree.path(node), tree.path(node)[1:], strict=False)]
            unknown = tree.up[node] if tree.unknown_up[node] else tree.low[node]
            many = int(tree.counts[node].sum())
            rows.append((
                one.school.name, node + 1, tree.parent[node] + 1 if node else None,
                names[measure] if is_asked else None, tree.cut[node] if is_asked else None,
                *((to + 1 if is_asked else None) for to in (tree.up[node], tree.low[node], unknown)),
                one.school.segments[group[node]] if many else None, share[node] if many else None, many,
                told(way, "en"), told(way, "fr")))
    return _frame("segment_rules", rows)


def agreement(chain: Chain, customers: pl.Series, sorted_by: list[Placed], found: Found | None) -> pl.DataFrame:
    """Return how far schools agree with each other and with the segments the chain names, and how firm they are."""
    rows = []
    for one, other in combinations(sorted_by, 2):
        rows += _beside(one, other.school.name, other.codes)
    for name, codes in _named_by_the_chain(chain, customers).items():
        for one in sorted_by:
            rows += _beside(one, name, codes)
    for one in sorted_by:
        known = one.by_rule >= 0
        leaf = one.tree.leaf(one.given[known]) if known.any() else np.zeros(0, np.int64)
        alike = float((one.tree.group()[leaf] == one.by_rule[known]).mean()) if known.any() else None
        rows.append((one.school.name, "tree", None, "same_share", alike, int(known.sum())))
    if found:
        many = np.bincount(sorted_by[-1].codes[sorted_by[-1].codes >= 0], minlength=len(found.stability))
        rows += [(found.school.name, "drawn again", segment, "jaccard", float(value), int(count))
                 for segment, value, count in zip(found.school.segments, found.stability, many, strict=True)]
    return _frame("segment_agreement", rows)


def moves(customers: pl.Series, before: Measures, after: Measures, sorted_by: list[Placed]) -> pl.DataFrame:
    """Return who ends in another segment of a tree, and where the two ways part."""
    parts = [empty(RESULTS["segment_moves"])]
    if not len(customers):
        return parts[0]
    for one in sorted_by:
        leaves = [one.tree.leaf(asked(measures)) for measures in (before, after)]
        group = one.tree.group()
        changed = np.flatnonzero(group[leaves[0]] != group[leaves[1]])
        if not len(changed):
            continue
        node = _parting(one, leaves[0][changed], leaves[1][changed])
        names = np.array(one.names)[np.array(one.tree.measure)[node]]
        told = {key: np.full(len(changed), np.nan) for key in ("before", "after", "error")}
        for name in np.unique(names):
            here = names == name
            rows = changed[here]
            told["before"][here], told["after"][here] = before[name][rows], after[name][rows]
            noise = [error(measures, str(name)) for measures in (before, after)]
            if noise[0] is not None and noise[1] is not None:
                told["error"][here] = np.hypot(noise[0][rows], noise[1][rows])
        sure = pl.Series(np.abs(told["after"] - told["before"]) > _SURE * told["error"])
        known = pl.Series(np.isfinite(told["error"]))
        parts.append(pl.DataFrame({
            "customer": customers[changed], "school": [one.school.name] * len(changed),
            "from_segment": _named(one.school.segments, group[leaves[0][changed]]),
            "to_segment": _named(one.school.segments, group[leaves[1][changed]]),
            "feature": pl.Series(names.tolist(), dtype=pl.String), "before": pl.Series(told["before"]).fill_nan(None),
            "after": pl.Series(told["after"]).fill_nan(None), "threshold": np.array(one.tree.cut)[node],
            "is_sure": pl.DataFrame({"sure": sure, "known": known}).select(
                pl.when("known").then("sure")).to_series()}))
    return pl.concat(parts)


def _parting(one: Placed, before: Integers, after: Integers) -> Integers:
    """Return the last node that the ways to two leaves share."""
    found = np.zeros(len(before), np.int64)
    pairs, which = np.unique(np.stack([before, after]), axis=1, return_inverse=True)
    for at, (one_leaf, other_leaf) in enumerate(pairs.T):
        shared = [a for a, b in zip(one.tree.path(one_leaf), one.tree.path(other_leaf), strict=False) if a == b]
        found[which.ravel() == at] = shared[-1]
    return found


def _named_by_the_chain(chain: Chain, customers: pl.Series) -> dict[str, Integers]:
    """Return the codes of the segments the customers are in already, and of the value and need of those."""
    if not chain.has("customers"):
        return {}
    told = pl.DataFrame({"customer": customers}).join(
        chain.table("customers").select("customer", "segment"), on="customer", how="left", maintain_order="left")
    if chain.has("segments"):
        told = told.join(chain.table("segments").select("segment", "value", "need"), on="segment", how="left",
                         maintain_order="left")
    names = [name for name in ("segment", "value", "need") if name in told.columns and told[name].count()]
    return {f"customers.{name}": told[name].rank("dense").cast(pl.Int64).fill_null(0).to_numpy() - 1 for name in names}


def _beside(one: Placed, other: str, codes: Integers) -> list[tuple[object, ...]]:
    both = int(((one.codes >= 0) & (codes >= 0)).sum())
    if both < 2:
        return []
    alike = best_jaccard(one.codes, codes)
    many = np.bincount(one.codes[(one.codes >= 0) & (codes >= 0)], minlength=len(one.school.segments))
    return [(one.school.name, other, None, "adjusted_rand", adjusted_rand(one.codes, codes), both),
            *((one.school.name, other, segment, "jaccard", float(alike[at]), int(many[at]))
              for at, segment in enumerate(one.school.segments) if at < len(alike) and many[at])]


def _named(names: tuple[str, ...], codes: Integers) -> pl.Series:
    """Return the name of each code; nothing for a negative one."""
    return pl.Series(names, dtype=pl.String)[np.maximum(codes, 0)].set(pl.Series(codes < 0), None)


def _frame(table: str, rows: Sequence[tuple[object, ...]]) -> pl.DataFrame:
    names = RESULTS[table].names
    return pl.DataFrame(rows, schema=list(names), orient="row", infer_schema_length=None) if rows else empty(
        RESULTS[table])
