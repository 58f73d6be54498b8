"""From tables to the question of the portfolio: who is where, what could be sold to whom, what it needs, what it earns.

A *choice* is an offer at a price, stocked for a planned share: its target, or more where missing it costs money. A
*region* is a site where deliveries to customers end. A *family* of items shares one response of stock: its items are
asked for in the same proportions whoever asks. What a segment asks is spread over its regions as its machines are, or
its customers where no machines are known.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from arbitre.core.errors import Unreachable, Unsupported
from arbitre.core.units import DAYS_PER_YEAR, HOURS_PER_DAY
from arbitre.optimise._pool import Floats, Integers
from arbitre.optimise._portfolio.people import People, people_of
from arbitre.optimise._portfolio.promises import (
    costly_offers,
    hours_up,
    listed,
    penalties_of,
    promised,
)
from arbitre.optimise._stock.targets import window_promises
from arbitre.tables.chain import Chain
from arbitre.tables.expected import expected_demand, pooled_dispersion

Belief = Literal["expected", "low", "high"]
Grouping = Literal["family", "criticality", "all"]

_ODDS = (1.0, 3.0)
"""How many times the odds of the target are stocked for, where a missed promise costs money."""
_SHARES = {"expected": "share", "low": "low_share", "high": "high_share"}
_BY_SEGMENT = ("customers", "machines", "lines", "units", "parts", "window", "target", "accept", "planned", "billed",
               "revenue", "penalty", "case_cost")
_BILLED = {"act", "subscription", "hour", "uptime", "consignment"}


@dataclass(frozen=True)
class Family:
    """Items that share a response (items,): price; weight, parts of the demand; lead_time, days, mean by demand;
    lead_weight, parts of the demand of a lead time. Both weights add up to 1."""

    items: list[str]
    price: Floats
    weight: Floats
    lead_weight: Floats
    lead_time: float


@dataclass(frozen=True)
class Question:
    """What is to be decided, as arrays: S segments, R regions, J sites, O offers, P choices, F families, C criticality.

    customers, machines (S, R); lines (S, R, C) a year and units (S, R, F, C) a day asked if all of the segment bought;
    parts (S, R), earned on them a year. transit (J, R) h, inf where no lane leads; freight (J, R) money a line;
    supplier (J,), -1: outside; resupply (J,) days from the supplier. window (S, O, C) h, inf where nothing is promised;
    target (S, O, C); consigned (O,), whether stock stands at the customer's. choice_* (P,); accept (S, P), nan where it
    is no choice; planned (S, P, C); billed (S, P), how often the price is paid a year if all of the segment bought;
    money (S, P) a year: what the choice brings before transport, stock and people; penalty (S, P), part of it.
    promises, those that stock keeps; menus (menus, slots), the choices of each menu slot by slot, -1 none
    (`_portfolio.menus`).
    """

    segments: list[str]
    regions: list[str]
    sites: list[str]
    offers: list[str]
    families: list[str]
    criticalities: list[str | None]
    kind: list[Family]
    customers: Floats
    machines: Floats
    lines: Floats
    units: Floats
    parts: Floats
    transit: Floats
    freight: Floats
    supplier: Integers
    resupply: Floats
    site_cost: Floats
    capacity: Floats
    standing: list[str]
    offer_cost: Floats
    window: Floats
    target: Floats
    consigned: NDArray[np.bool_]
    choice_offer: Integers
    choice_price: Floats
    choice_odds: Floats
    accept: Floats
    planned: Floats
    billed: Floats
    revenue: Floats
    penalty: Floats
    case_cost: Floats
    commitments: list[dict[str, Any]]
    left_out: dict[str, str]
    asked: pl.DataFrame
    promises: pl.DataFrame
    people: People
    menus: Integers = field(default_factory=lambda: np.zeros((0, 1), np.int64))

    @property
    def single(self) -> int:
        """How many segments there are, each in as many rows of S as a menu holds offers."""
        return len(self.segments) // self.menus.shape[1]

    def of(self, row: Integers) -> Question:
        """Return the question of the segments in these rows, in their order and as often."""
        return replace(self, segments=[self.segments[k] for k in row], people=self.people.of(row),
                       **{name: getattr(self, name)[row] for name in _BY_SEGMENT})

    @property
    def money(self) -> Floats:
        """(S, P) what a choice brings a year before transport and stock; nan where it is none."""
        return self.revenue - self.penalty - self.case_cost

    def named(self, choice: int) -> str:
        """Return a choice in words."""
        return f"{self.offers[self.choice_offer[choice]]} at {self.choice_price[choice]:g}"


def question_of(chain: Chain, kind: str = "order", belief: Belief = "expected", grouping: Grouping = "all"
                ) -> Question:
    """Return the question a chain puts; raises Unsupported, with what is missing, and Unreachable where no price is
    best because everybody takes the offer at each."""
    people = _people(chain)
    segments = [name for name in chain.table("segments")["segment"].sort() if name in set(people["segment"])]
    regions = people["site"].unique().sort().to_list()
    customers, machines, hours = (_spread(people, segments, regions, name)
                                  for name in ("customers", "machines", "hours"))
    has_machines = chain.has("assets")
    asked = asked_by_region(chain, people, has_machines).filter(pl.col("segment").is_in(segments))
    taken, left_out = _acceptance(chain, belief, segments, kind)
    offers = sorted({row["offer"] for row in taken})
    items, families, kinds = _families(chain, asked, grouping)
    criticalities = asked["criticality"].unique().sort(nulls_last=False).to_list()
    lines, units, parts = _asked(asked.join(items, on="item"), segments, regions, families, criticalities)
    promises = window_promises(chain.table("promises"), kind)
    window, target = promised(promises, segments, offers, criticalities)
    described = {row["offer"]: row for row in chain.table("offers").iter_rows(named=True)}
    prices, accept = _choices(taken, segments, offers)
    costly = costly_offers(promises, offers)
    choices = [(offer, price, odds) for offer, price in prices for odds in (_ODDS if costly[offer] else _ODDS[:1])]
    choice_offer = np.array([offer for offer, _, _ in choices], np.int64)
    choice_price, choice_odds = (np.array([choice[k] for choice in choices], float) for k in (1, 2))
    accept = accept[:, [prices.index((offer, price)) for offer, price, _ in choices]]
    odds = target[:, choice_offer] / (1 - target[:, choice_offer]) * choice_odds[None, :, None]
    planned = odds / (1 + odds)
    up = hours_up(hours.sum(axis=1), lines.sum(axis=1), window)
    used = lines.sum(axis=(1, 2))
    counted = {"act": used, "consignment": used, "hour": hours.sum(axis=1),
               "subscription": (machines if has_machines else customers).sum(axis=1)}
    billing = [described[offer]["billing"] for offer in offers]
    consigned = np.array([how == "consignment" for how in billing])
    billed = np.stack([up[:, offer] if billing[offer] == "uptime" else counted[billing[offer]]
                       for offer in choice_offer], axis=1)
    case_cost = np.array([described[offers[offer]]["case_cost"] for offer in choice_offer])
    sites = _sites(chain, regions)
    counts = np.where(machines.sum(axis=1, keepdims=True) > 0, machines, customers)
    people = people_of(chain, kind, segments, regions, offers, counts / counts.sum(axis=1, keepdims=True))
    return Question(
        segments=segments, regions=regions, offers=offers, families=families, criticalities=criticalities, kind=kinds,
        customers=customers, machines=machines, lines=lines, units=units, parts=parts, **sites,
        offer_cost=np.array([described[offer]["fixed_cost"] for offer in offers]), window=window, target=target,
        consigned=consigned,
        choice_offer=choice_offer, choice_price=choice_price, choice_odds=choice_odds, accept=accept, planned=planned,
        billed=billed, revenue=accept * (billed * choice_price + parts.sum(axis=1)[:, None]),
        penalty=penalties_of(promises, segments, offers, criticalities, choice_offer, accept, planned, lines)
        + people.penalties(accept, choice_offer),
        case_cost=accept * (lines.sum(axis=(1, 2))[:, None] * case_cost + people.channel[:, choice_offer]),
        commitments=_commitments(chain, segments, offers, accept, choice_offer), left_out=left_out, asked=asked,
        promises=promises, people=people)


def _people(chain: Chain) -> pl.DataFrame:
    """Return customers, machines and the hours these run, by segment and site; raises Unsupported on a missing site."""
    customers = chain.table("customers").select("customer", "segment", "site")
    lost = customers.filter(pl.col("site").is_null())["customer"].sort().to_list()
    if lost:
        raise Unsupported(f"Customers {listed(lost)} have no site where their deliveries end. Fill customers.site.")
    if customers.is_empty():
        raise Unsupported("No segment has a customer: there is nobody to make an offer to. Fill customers.")
    if chain.has("assets"):
        parks = chain.table("assets").group_by("customer").agg(
            machines=pl.len().cast(pl.Float64), hours=pl.col("hours").sum(), unknown=pl.col("hours").null_count())
        customers = customers.join(parks, on="customer", how="left").with_columns(
            pl.col("machines", "hours", "unknown").fill_null(0))
    else:
        customers = customers.with_columns(machines=pl.lit(0.0), hours=pl.lit(0.0), unknown=pl.lit(0))
    return customers.group_by("segment", "site").agg(
        customers=pl.len().cast(pl.Float64), machines=pl.col("machines").sum(), hours=pl.col("hours").sum(),
        unknown=pl.col("unknown").sum()).sort("segment", "site")


def asked_by_region(chain: Chain, people: pl.DataFrame, has_machines: bool) -> pl.DataFrame:
    """Return what each segment asks in each region: item, criticality, size, rate a year, dispersion.

    From demand; where the chain has none, from the failures of the positions of its machines.
    """
    if not chain.has("demand"):
        critical = chain.table("items").select("item", "criticality")
        fails = chain.table("positions").filter(pl.col("parent").is_null()).with_columns(
            rate=pl.col("quantity") * pl.col("failure_rate")).group_by("model", "item").agg(pl.col("rate").sum())
        return (
            chain.table("assets").join(chain.table("customers").select("customer", "segment", "site"), on="customer")
            .join(fails, on="model").group_by("segment", "site", "item").agg(pl.col("rate").sum())
            .join(critical, on="item").select("segment", region="site", item="item", criticality="criticality",
                                              size=pl.lit(None, pl.Int64), rate="rate", dispersion=pl.lit(1.0))
            .sort("segment", "region", "item"))
    counted = pl.col("machines") if has_machines else pl.col("customers")
    counted = pl.when(counted.sum().over("segment") > 0).then(counted).otherwise(pl.col("customers"))
    parts = people.select("segment", region="site", part=counted / counted.sum().over("segment"))
    keys = ["segment", "item", "criticality", "size"]
    whole = expected_demand(chain).filter(pl.col("segment").is_not_null()).group_by(keys).agg(
        pl.col("rate").sum(), dispersion=pooled_dispersion())
    return whole.filter(pl.col("rate") > 0).join(parts.filter(pl.col("part") > 0), on="segment").with_columns(
        rate=pl.col("rate") * pl.col("part")).drop("part").sort("segment", "region", *keys[1:], nulls_last=False)


def _acceptance(chain: Chain, belief: Belief, segments: list[str], kind: str
                ) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """Return who would take which of our offers at which price, and the offers left out, each with its reason.

    What people chose in a survey stands before what the sales force says.
    """
    offers = chain.table("offers").filter(pl.col("competitor").is_null())
    stated = chain.table("acceptance").join(offers.select("offer", "billing", list_price="price"), on="offer").filter(
        pl.col("segment").is_in(segments)).with_columns(
        price=pl.coalesce("price", "list_price"), taken=pl.coalesce(_SHARES[belief], "share"))
    bare = stated.filter(pl.col("price").is_null())["offer"].unique().sort().to_list()
    if bare:
        raise Unsupported(f"Offers {listed(bare)} have no price, neither in acceptance nor in offers. Give one.")
    stated = stated.sort("segment", "offer", "price", pl.col("source") != "survey").unique(
        ["segment", "offer", "price"], keep="first", maintain_order=True)
    left_out = {row["offer"]: f"billing {row['billing']} is not reckoned with yet"
                for row in stated.iter_rows(named=True) if row["billing"] not in _BILLED}
    promised = chain.table("promises")
    windows = set(window_promises(promised, kind)["offer"])
    for offer in stated["offer"].unique().sort():
        if offer not in windows and None not in windows:
            left_out.setdefault(offer, f"no window is promised on cases of kind {kind}")
    by_hours = stated["billing"].is_in(["hour", "uptime"]).any()
    if by_hours and (not chain.has("assets") or chain.table("assets")["hours"].has_nulls()):
        raise Unsupported("An offer is billed by hours of machines and assets.hours is not filled. Fill it.")
    kept = stated.filter(~pl.col("offer").is_in(list(left_out)))
    if kept.is_empty():
        why = "; ".join(f"{offer}: {reason}" for offer, reason in left_out.items())
        raise Unsupported("No offer can be decided on: acceptance has no row for an offer of ours to a segment with "
                          f"customers. {why}".strip())
    for (segment, offer), rows in kept.group_by("segment", "offer", maintain_order=True):
        if rows.height > 1 and rows["taken"].min() == 1.0:  # type: ignore[operator]
            raise Unreachable(f"No price is best: {segment} would take {offer} at every price asked, up to "
                              f"{rows['price'].max():g}. Ask at higher prices, or lower the share in acceptance.")
    return kept.filter(pl.col("taken") > 0).to_dicts(), left_out


def _families(chain: Chain, asked: pl.DataFrame, grouping: Grouping
              ) -> tuple[pl.DataFrame, list[str], list[Family]]:
    """Return each item asked with its family, margin; the families' names, and the families."""
    rates = asked.group_by("item").agg(pl.col("rate").sum())
    items = chain.table("items").join(rates, on="item").with_columns(
        family=pl.lit("") if grouping == "all" else pl.col(grouping).fill_null(""),
        margin=pl.col("sales_price").fill_null(pl.col("price")) - pl.col("price"))
    names = items["family"].unique().sort().to_list()
    kinds = []
    for name in names:
        own = items.filter(family=name).sort("item")
        weight = own["rate"].to_numpy() / own["rate"].sum()
        lead = own["lead_time"].to_numpy()
        mean = float(weight @ lead)
        kinds.append(Family(own["item"].to_list(), own["price"].to_numpy(), weight,
                            weight * lead / mean if mean > 0 else weight, mean))
    return items.select("item", "family", "margin"), names, kinds


def _asked(asked: pl.DataFrame, segments: list[str], regions: list[str], families: list[str],
           criticalities: list[str | None]) -> tuple[Floats, Floats, Floats]:
    """Return lines (S, R, C) a year, units (S, R, F, C) a day, and what parts earn (S, R) a year."""
    at = [[names.index(name) for name in asked[column]] for names, column in
          ((segments, "segment"), (regions, "region"), (families, "family"), (criticalities, "criticality"))]
    rate, size = asked["rate"].to_numpy(), asked["size"].fill_null(1).to_numpy()
    lines = np.zeros((len(segments), len(regions), len(criticalities)))
    units = np.zeros((len(segments), len(regions), len(families), len(criticalities)))
    parts = np.zeros(lines.shape[:2])
    np.add.at(lines, (at[0], at[1], at[3]), rate / size)
    np.add.at(units, tuple(at), rate / DAYS_PER_YEAR)
    np.add.at(parts, (at[0], at[1]), rate * asked["margin"].to_numpy())
    return lines, units, parts


def _choices(taken: list[dict[str, Any]], segments: list[str], offers: list[str]
             ) -> tuple[list[tuple[int, float]], Floats]:
    """Return the offers and prices, and who takes them (S, prices)."""
    prices = sorted({(offers.index(row["offer"]), row["price"]) for row in taken})
    accept = np.full((len(segments), len(prices)), np.nan)
    for row in taken:
        accept[segments.index(row["segment"]), prices.index((offers.index(row["offer"]), row["price"]))] = row["taken"]
    return prices, accept


def _sites(chain: Chain, regions: list[str]) -> dict[str, Any]:
    """Return sites, what they cost, who supplies them, and the lanes to the regions."""
    table = chain.table("sites").sort("site")
    sites = table["site"].to_list()
    lanes = {(row["from_site"], row["to_site"]): row for row in chain.table("lanes").iter_rows(named=True)}
    unknown = [name for name, above in table.select("site", "supplier").iter_rows()
               if above and (above, name) not in lanes]
    if unknown:
        raise Unsupported(f"No lane leads to {listed(unknown)} from its supplier. Add it to lanes.")
    transit, freight = np.full((len(sites), len(regions)), np.inf), np.zeros((len(sites), len(regions)))
    for j, site in enumerate(sites):
        for r, region in enumerate(regions):
            lane = lanes.get((site, region), {"duration": 0.0, "cost": 0.0} if site == region else None)
            if lane:
                transit[j, r], freight[j, r] = lane["duration"], lane["cost"]
    return {
        "sites": sites, "transit": transit, "freight": freight,
        "supplier": np.array([sites.index(above) if above else -1 for above in table["supplier"]], np.int64),
        "resupply": np.array([lanes[above, name]["duration"] / HOURS_PER_DAY if above else 0.0
                              for name, above in table.select("site", "supplier").iter_rows()]),
        "site_cost": table["fixed_cost"].fill_null(0.0).to_numpy(),
        "capacity": table["capacity"].fill_null(np.inf).to_numpy(), "standing": table["standing"].to_list()}


def _commitments(chain: Chain, segments: list[str], offers: list[str], accept: Floats, choice_offer: Integers
                 ) -> list[dict[str, Any]]:
    """Return the commitments to segments that have customers; raises Unsupported where acceptance knows nothing."""
    rows = chain.table("commitments").to_dicts() if chain.has("commitments") else []
    found = [{**row, "segment": segment} for row in rows
             for segment in ([row["segment"]] if row["segment"] else segments) if segment in segments]
    for row in found:
        if row["rule"] == "floor" and row["share"] is None:
            raise Unsupported("A floor in commitments has no share. Give it one.")
        own = accept[segments.index(row["segment"])] > 0
        if row["offer"]:
            own = own & (choice_offer == (offers.index(row["offer"]) if row["offer"] in offers else -1))
        if row["rule"] != "drop" and not own.any():
            raise Unsupported(f"commitments binds {row['segment']} to {row['offer'] or 'some offer'}, and acceptance "
                              "does not say who would take it. Add a row to acceptance.")
    return found


def _spread(people: pl.DataFrame, segments: list[str], regions: list[str], column: str) -> Floats:
    table = np.zeros((len(segments), len(regions)))
    for row in people.iter_rows(named=True):
        if row["segment"] in segments:
            table[segments.index(row["segment"]), regions.index(row["site"])] = row[column]
    return table
