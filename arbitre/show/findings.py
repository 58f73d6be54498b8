"""What there is to show of one run, and how to read it: names, classes, and totals small enough for a page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import polars as pl

from arbitre.show.format import Formats
from arbitre.show.words import Words
from arbitre.tables.catalogue import INPUTS, RESULTS
from arbitre.tables.chain import Chain
from arbitre.tables.results.columns import FLOOR

CLASS_COLUMNS = ("segment", "offer", "criticality", "item_class")
"""What stands for the promise in a row of promise_worth that is a floor under a class, and no promise."""
_MADE = ("command", "versions", "seed", "input_hash", "seconds", "date")
_EXACT = 1e-6
"""A promise is kept by the plan when its share falls short of the target by no more than this (rounding of sums)."""
_FELT = 5e-4
"""A class gains or loses when its share changes by more than this: what would be shown as 0.0 points is no change."""


@dataclass(frozen=True)
class Findings:
    """Everything a report shows.

    `summary`: value, bound and cost_before (money a year), gap (share of the value), capital_before and
    capital_after (money); each may be missing or None. Where the chain has no table of stocks, "before" is a rule of
    thumb: each item by itself. `tables`: any of those declared in `tables.results`. `made`: versions (by name), seed,
    input_hash, seconds, date, and command when there is one. `more`: tables that are told as they were declared, of a
    chain that holds no stock.
    """

    chain: Chain
    summary: Mapping[str, float | str | None] = field(default_factory=dict)
    tables: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    made: Mapping[str, Any] = field(default_factory=dict)
    more: Sequence[str] = ()


class View:
    """Findings seen in one language: the words, the formats, and the questions every section asks."""

    def __init__(self, findings: Findings) -> None:
        self.findings = findings
        self.words = Words(findings.chain.language)
        before = "rule" if self.is_rule else "today"
        self.words.fixed.update({name: self.words(f"baseline.{before}_{name}") for name in ("today", "stock", "than")})
        self.formats = Formats(findings.chain.language, findings.chain.settings.currency)
        self.words.fixed["confidence"] = self.formats.target(findings.made.get("confidence", 0.95))

    def number(self, name: str) -> float | None:
        """Return a number of the summary, None when it is missing."""
        value = self.findings.summary.get(name)
        return float(value) if isinstance(value, int | float) else None

    def result(self, name: str) -> pl.DataFrame | None:
        """Return a result table, None when it is missing or empty."""
        table = self.findings.tables.get(name)
        return table if table is not None and table.height else None

    def input(self, name: str) -> pl.DataFrame | None:
        """Return a table of the chain, None when it is missing or empty."""
        return self.findings.chain.tables[name] if self.findings.chain.has(name) else None

    def label(self, table: str, column: str) -> str:
        """Return what a column of a table is called."""
        found = (RESULTS.get(table) or INPUTS[table]).column(column)
        return found.label_fr if self.words.language == "fr" else found.label

    @cached_property
    def names(self) -> dict[str, dict[str, str]]:
        """The name of each key, by column: names["site"]["lyon"] is "Lyon"."""
        tables = {"segment": "segments", "offer": "offers", "promise": "promises", "item": "items", "site": "sites"}
        return {column: self._names(column, table) for column, table in tables.items()}

    def _names(self, column: str, table: str) -> dict[str, str]:
        frame = self.input(table)
        if frame is None or "name" not in frame.columns:
            return {}
        named = frame.drop_nulls("name")
        return dict(zip(named[column], named["name"], strict=True))

    def name(self, column: str, key: str | None) -> str:
        """Return the name of a key, the key itself when it has none."""
        return self.names.get(column, {}).get(key or "", key or "")

    def class_name(self, row: Mapping[str, Any]) -> str:
        """Name a class of demand: its segment, offer and criticality."""
        parts = [self.name(column, row.get(column)) for column in CLASS_COLUMNS[:3] if row.get(column)]
        if row.get("item_class"):
            parts.append(self.words("class.items", name=self.words.choice("item_class", row["item_class"])))
        return "\u00a0· ".join(parts) or self.words("class.all")

    def promise_names(self, rows: list[dict[str, Any]]) -> list[str]:
        """Name the promise of each row, with its class where one promise has several rows."""
        names = [self.name("promise", row["promise"]) for row in rows]
        by_class = _distinct(names, [self.class_name(row) for row in rows])
        return _distinct(by_class, [row["promise"] for row in rows])

    def window(self, hours: float | None) -> str:
        """Put a window in words: in 4 h, at once; nothing where there is none."""
        if hours is None:
            return ""
        return self.words("window.within", hours=self.formats.hours(hours)) if hours else self.words("window.at_once")

    @property
    def decide(self) -> str:
        """What decided the plan: targets, penalties or a budget."""
        return str(self.findings.summary.get("decide") or "targets")

    @property
    def is_rule(self) -> bool:
        """Tell whether what the plan is compared with is a rule of thumb, for want of a stock of today."""
        return self.input("stocks") is None and self.is_compared

    @cached_property
    def is_compared(self) -> bool:
        """Tell whether there is anything to compare the plan with."""
        levels = self.result("stock_levels")
        known = levels is None or levels["before"].null_count() < levels.height
        return bool(self.number("capital_before")) and known

    @cached_property
    def planned(self) -> list[dict[str, Any]]:
        """The promises of the plan, each with whether the plan and today's stock keep it (None: not known)."""
        rows = [row for row in self._worth_rows if row["promise"] != FLOOR]
        for row, label in zip(rows, self.promise_names(rows), strict=True):
            goal = row["target_share"] if row["target_share"] is not None else row["kept_before"]
            row.update(
                label=label,
                goal=goal,
                is_kept=reaches(row["kept_after"], goal),
                was_kept=reaches(row["kept_before"], goal),
            )
        return rows

    @cached_property
    def floors(self) -> list[dict[str, Any]]:
        """The floors of the plan under classes of demand, which nobody was promised."""
        rows = [row for row in self._worth_rows if row["promise"] == FLOOR]
        names = _distinct([self.words("class.floor", name=self.class_name(row)) for row in rows], ["" for _ in rows])
        return [
            {**row, "label": name, "is_kept": reaches(row["kept_after"], row["target_share"])}
            for row, name in zip(rows, names, strict=True)
        ]

    @property
    def _worth_rows(self) -> list[dict[str, Any]]:
        worth = self.result("promise_worth")
        return [] if worth is None else worth.to_dicts()

    @cached_property
    def classes(self) -> list[dict[str, Any]]:
        """The classes of demand, those that lose first, the largest loss at the top."""
        received = self.result("stock_received")
        if received is None:
            return []
        rows = received.sort("change", nulls_last=True, maintain_order=True).to_dicts()
        keys = ["/".join(row.get(column) or "" for column in CLASS_COLUMNS) for row in rows]
        for row, label in zip(rows, _distinct([self.class_name(row) for row in rows], keys), strict=True):
            row.update(
                label=label,
                loses=row["change"] is not None and row["change"] < -_FELT,
                gains=row["change"] is not None and row["change"] > _FELT,
            )
        return rows

    def made_rows(self) -> list[tuple[str, str]]:
        """Tell how the run was made, so that it can be made again: label and value."""
        made, words = self.findings.made, self.words
        versions = [f"{name} {number}" for name, number in made.get("versions", {}).items()]
        shown = {**made, "versions": ", ".join(versions), "date": self.formats.day(made.get("date"))}
        if made.get("seconds") is not None:
            shown["seconds"] = words("made.seconds_value", n=self.formats.number(float(made["seconds"]), 1))
        return [(words(f"made.{key}"), str(shown[key])) for key in _MADE if made.get(key) is not None]

    def capital_by(self, group: pl.DataFrame, column: str, most: int) -> list[dict[str, Any]]:
        """Return capital today and with the plan per group, the largest first; what exceeds `most` becomes one row."""
        sums = (
            group.group_by(column, maintain_order=True)
            .agg(pl.col("capital_before", "capital_after").sum())
            .sort(pl.max_horizontal("capital_before", "capital_after"), column, descending=[True, False])
            .to_dicts()
        )
        rows = [
            {
                "label": str(row[column] or self.words("group.none")),
                "before": row["capital_before"],
                "after": row["capital_after"],
                "is_rest": False,
            }
            for row in sums
        ]
        if len(rows) > most:
            rest = rows[most - 1 :]
            other = self.words("group.others", n=len(rest))
            rows = [
                *rows[: most - 1],
                {
                    "label": other,
                    "before": sum(row["before"] for row in rest),
                    "after": sum(row["after"] for row in rest),
                    "is_rest": True,
                },
            ]
        for row in rows:
            row["before"] = row["before"] if self.is_compared else None
        return rows

    def capital_by_site(self, most: int) -> list[dict[str, Any]]:
        """Return capital per site."""
        levels = self.result("stock_levels")
        if levels is None:
            return []
        rows = self.capital_by(levels, "site", most)
        keys = [row["label"] for row in rows]
        labels = _distinct([self.name("site", key) for key in keys], keys)
        return [{**row, "label": label} for row, label in zip(rows, labels, strict=True)]


def reaches(share: float | None, goal: float | None) -> bool | None:
    """Tell whether a share reaches its goal; None when either is not known."""
    return None if share is None or goal is None else share >= goal - _EXACT


def _distinct(labels: list[str], details: list[str]) -> list[str]:
    """Add its detail to every label that occurs more than once, then a number: a plot has one line per label."""
    times = Counter(labels)
    told = [
        f"{label} ({detail})" if times[label] > 1 and detail not in ("", label) else label
        for label, detail in zip(labels, details, strict=True)
    ]
    seen: Counter[str] = Counter()
    for at, label in enumerate(told):
        seen[label] += 1
        told[at] = f"{label} ({seen[label]})" if seen[label] > 1 else label
    return told
