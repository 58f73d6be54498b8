"""The section about offers: who is made which at what price, from which sites, and what simpler ways would bring."""

from __future__ import annotations

from typing import Any

import polars as pl

from arbitre.show.blocks import Cell, Grid, Section, Text
from arbitre.show.findings import View


def portfolio(view: View) -> Section | None:
    """The matrix of segments, offers and prices with today beside it, sites, policies, and the effect of each offer."""
    words, matrix = view.words, view.result("portfolio")
    if matrix is None:
        return None
    told = words("proposed.told", value=view.formats.money(view.number("portfolio.value")),
                 bound=view.formats.money(view.number("portfolio.bound")))
    return Section("portfolio", words("proposed.title"), [
        Text(told), _matrix(view, matrix), *_sites(view), *_policies(view), *_impact(view)])


def _matrix(view: View, matrix: pl.DataFrame) -> Grid:
    """Segments by offers: the price and who takes it where the offer is proposed, alone or on a menu; under it who
    signed it today."""
    words, formats, offers = view.words, view.formats, view.input("offers")
    rows = matrix.to_dicts()
    shown = {row[column] for row in rows for column in ("offer", "offer_before") if row[column]}
    names = shown if offers is None else [offer for offer in offers["offer"] if offer in shown]

    def cell(menu: list[dict[str, Any]], offer: str) -> Cell:
        minor = ""
        if menu[0]["offer_before"] == offer:
            minor = words("proposed.signed", share=formats.share(menu[0]["before_share"], 0))
        row = next((row for row in menu if row["offer"] == offer), None)
        if row is None:
            return Cell("", minor)
        text = words("proposed.cell", price=formats.number(row["price"], 2 if row["price"] % 1 else 0),
                     share=formats.share(row["taken_share"], 0))
        return Cell(text, minor, "plain" if minor else "gain")

    menus: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        menus.setdefault(row["segment"], []).append(row)
    body = [(Cell(view.name("segment", segment)), *(cell(menu, offer) for offer in names),
             formats.money(sum(row["margin"] for row in menu))) for segment, menu in menus.items()]
    columns = (view.label("portfolio", "segment"), *(view.name("offer", offer) for offer in names),
               view.label("portfolio", "margin"))
    return Grid(words("proposed.matrix"), columns, body, frozenset({len(columns) - 1}))


def _sites(view: View) -> list[Grid]:
    """Each site: open today and in the plan, whom it serves, what that asks of it."""
    words, formats, sites, service = view.words, view.formats, view.result("portfolio_sites"), view.result(
        "portfolio_service")
    if sites is None:
        return []
    served: dict[str, list[str]] = {}
    for row in ([] if service is None else service.sort("region", "segment").to_dicts()):
        told = words("proposed.serves", segment=view.name("segment", row["segment"]),
                     region=view.name("site", row["region"]), offer=view.name("offer", row["offer"]),
                     hours=formats.hours(row["transit"]))
        served.setdefault(row["site"], []).append(told)
    body = [(Cell(view.name("site", row["site"]), _standing(view, row), "plain" if row["before"] == row["is_open"]
                  else "gain"), words.listed(served.get(row["site"], [])), formats.number(row["rate"]),
             formats.money(row["capital"])) for row in sites.to_dicts()]
    columns = (view.label("portfolio_sites", "site"), words("proposed.whom"), view.label("portfolio_sites", "rate"),
               view.label("portfolio_sites", "capital"))
    return [Grid(words("proposed.sites"), columns, body, frozenset({2, 3}), folded=True)]


def _standing(view: View, row: dict[str, Any]) -> str:
    if row["before"] != row["is_open"]:
        return view.words("proposed.opens" if row["is_open"] else "proposed.closes")
    return view.words("proposed.open" if row["is_open"] else "proposed.closed")


def _policies(view: View) -> list[Grid]:
    words, formats, policies = view.words, view.formats, view.result("portfolio_policies")
    if policies is None:
        return []
    body = [(Cell(words(f"policy.{row['policy']}"), row["reason"] or ""), formats.money(row["value"]),
             formats.money(row["capital"]), formats.number(row["offers"]), formats.number(row["sites"]))
            for row in policies.to_dicts()]
    columns = tuple(view.label("portfolio_policies", name) for name in ("policy", "value", "capital", "offers",
                                                                        "sites"))
    return [Grid(words("proposed.policies"), columns, body, frozenset({1, 2, 3, 4}))]


def _impact(view: View) -> list[Grid]:
    """Each offer: what having it is worth, what it does to stock, and what to do with it, in words."""
    words, formats, impact = view.words, view.formats, view.result("offer_impact")
    if impact is None:
        return []
    body = []
    for row in impact.to_dicts():
        advice = words(f"offer_advice.{row['advice']}", offer=view.name("offer", row["offer"]),
                       worth=formats.money(row["worth"]))
        if row["advice"] == "differentiate" and row["worth"] is None:
            advice = words("offer_advice.bound", offer=view.name("offer", row["offer"]))
        body.append((Cell(view.name("offer", row["offer"])), formats.number(row["segments"]),
                     formats.money(row["contribution"]), formats.money(row["worth"]),
                     formats.money(row["capital_without"]), advice))
    columns = (*(view.label("offer_impact", name) for name in ("offer", "segments", "contribution", "worth",
                                                               "capital_without")), view.label("offer_impact",
                                                                                               "advice"))
    return [Grid(words("proposed.impact"), columns, body, frozenset({1, 2, 3, 4}))]
