"""The section about trials: what each had found day after day, and what to make of it."""

from __future__ import annotations

import polars as pl

from arbitre.show import plot
from arbitre.show.blocks import Figure, Section, Text
from arbitre.show.findings import View
from arbitre.show.trial_chart import picture
from arbitre.tables.catalogue import RESULTS

_MOST = 8


def trials(view: View) -> Section | None:
    """What trials found, over time."""
    words, effects, looks = view.words, view.result("trial_effects"), view.result("trial_looks")
    if effects is None or looks is None:
        return None
    column = next(one for one in RESULTS["trial_effects"].columns if one.name == "verdict")
    names = {row["trial"]: f"{row['trial']} – {words.told(column, row['verdict'])}"
             for row in effects.filter(pl.col("trial").is_in(looks["trial"].implode())).head(_MOST).to_dicts()}
    shown = looks.filter(pl.col("trial").is_in(list(names))).with_columns(
        low=pl.coalesce("always_low", "low"), high=pl.coalesce("always_high", "high"))
    # Before the first look of a sequence there is nothing to go by.
    sequenced = pl.col("always_low").is_not_null().any().over("trial")
    shown = shown.filter(~sequenced | pl.col("always_low").is_not_null())
    rows = [{"name": names[row["trial"]], "day": row["looked_on"].isoformat(), "effect": row["effect"],
             "low": row["low"], "high": row["high"]} for row in shown.to_dicts()]
    title = words("trials.figure", n=len(names))
    drawing = plot.svg(picture(rows, list(names.values())), view.formats.axis_locale, title)
    return Section("trials", words("trials.title"), [
        Text(words("trials.told")), Figure(title, drawing, words("trials.figure_note"))])
