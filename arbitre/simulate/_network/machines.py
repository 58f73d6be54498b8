"""Which machines of the installed base fail, which part does each failure ask for, and what case does it open?

Machines fail where the chain promises availability: a failure opens a case of the kind that the promise speaks of, at
the site of the customer, under the offer of the contract that runs when the replay starts. Until that case is ended the
machine is down and cannot fail again; running, it fails at random, `assets.failure_rate` times a year, or as often as
its positions do where that is empty.

Which part has failed is drawn from the positions of its model (those of the machine itself, as `optimise.stock` counts
them): a failure is one of item i with chance r_i / sum of r, r_i = quantity x failure_rate, as of independent Poisson
streams put together (Kingman 1993, Poisson Processes, section 5.1). Its case takes one unit of that item where a step
`takes_item`; a kind that `routes` does not know is an order, its item from the shelf and the way to the machine. What
machines ask so, demand does not ask again; what the failures of machines ask that nobody promises to keep up is told by
demand alone, where the chain has it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
import polars as pl

from arbitre.core.errors import Unsupported
from arbitre.simulate._kernel.laws import LawBook
from arbitre.simulate._kernel.model import Fleets, Network
from arbitre.simulate._network.stock import HOURS_PER_YEAR
from arbitre.tables.catalogue import INPUTS
from arbitre.tables.chain import Chain
from arbitre.tables.frames import empty
from arbitre.tables.routing import Process

SCOPE = ("kind", "site", "segment", "offer")
"""What tells the cases of failures apart, but for the part that failed."""
_ALIKE = (*SCOPE, "failure_rate", "model")


def kind_of_failures(chain: Chain) -> str | None:
    """Return the kind of case that a failure opens, None where no promise of availability says.

    Raises Unsupported where such promises are about several kinds.
    """
    found = kinds_of_failures(chain)
    if len(found) > 1:
        raise Unsupported(f"Availability is promised on cases of kind {' and '.join(found)}, so which of them a "
                          "failure opens is not known. Give these promises one kind.")
    return found[0] if found else None


def kinds_of_failures(chain: Chain) -> list[str]:
    """Return the kinds of case of promises of availability.

    Those with routes; where none of them has any, those whose machines have positions.
    """
    if not chain.has("promises", "assets"):
        return []
    promises = chain.table("promises").filter(measure="availability")
    routes = chain.tables.get("routes", empty(INPUTS["routes"]))
    kinds = promises.join(routes, on="kind", how="semi")["kind"]
    if kinds.is_empty() and chain.has("positions"):
        kinds = promises["kind"]
    return kinds.unique().sort().to_list()


def _promised(chain: Chain) -> pl.Expr:
    """Return whether a promise of availability is about a machine: that of its segment and offer, empty being any."""
    promises = chain.tables.get("promises", empty(INPUTS["promises"])).filter(measure="availability")
    about = pl.lit(value=False)
    for row in promises.select("segment", "offer").iter_rows(named=True):
        about |= pl.all_horizontal(pl.lit(name is None) | (pl.col(column) == pl.lit(name, pl.String))
                                   for column, name in row.items())
    return about


@dataclass(frozen=True)
class Machines:
    """The machines that fail, at work when a replay starts.

    rows: asset, customer, failure_rate, SCOPE, model (null where no part is drawn) and transit (hours from the shelf),
    those alike side by side, in the order in which the kernel numbers them. parts: model, item, criticality, share (of
    its failures).
    """

    rows: pl.DataFrame
    parts: pl.DataFrame

    @classmethod
    def of(cls, chain: Chain, process: Process, start: datetime, kind: str | None) -> Machines:
        """Return the machines of a chain whose failures open cases of a kind.

        A customer with several contracts counts under the one that began last.
        """
        names = ("assets", "customers", "contracts", "positions", "items", "lanes")
        assets, customers, contracts, positions, items, lanes = (
            chain.tables.get(name, empty(INPUTS[name])) for name in names)
        running = contracts.filter(pl.col("from_on") <= start.date(),
                                   pl.col("to_on").is_null() | (pl.col("to_on") >= start.date()))
        offers = running.sort("from_on", "contract").group_by("customer").agg(pl.col("offer").last())
        at_work = pl.col("installed_on").is_null() | (pl.col("installed_on") <= start.date())
        fails = positions.filter(pl.col("parent").is_null(), pl.col("quantity") * pl.col("failure_rate") > 0)
        parts = fails.group_by("model", "item").agg(
            rate=(pl.col("quantity") * pl.col("failure_rate")).sum()).sort("model", "item")
        rates = parts.group_by("model").agg(of_parts=pl.col("rate").sum())
        rows = (
            assets.filter(pl.lit(kind is not None), at_work).join(rates, on="model", how="left")
            .with_columns(failure_rate=pl.coalesce("failure_rate", "of_parts")).filter(pl.col("failure_rate") > 0)
            .join(customers.select("customer", "site", "segment"), on="customer", how="left")
            .join(offers, on="customer", how="left")
            .join(lanes.filter(pl.col("from_site") == pl.col("to_site")).select(site="from_site", transit="duration"),
                  on="site", how="left")
        )
        takes = set(process.steps.filter("takes_item")["step"])
        is_drawn = kind is not None and (kind not in process.kinds or not takes.isdisjoint(process.visited(kind)))
        is_told = _promised(chain) if chain.has("demand") else pl.lit(value=True)
        has_parts = pl.col("of_parts").is_not_null() & pl.col("site").is_not_null() & is_told & pl.lit(is_drawn)
        rows = rows.select("asset", "customer", "failure_rate", *SCOPE[1:], model=pl.when(has_parts).then("model"),
                           kind=pl.lit(kind, pl.String), transit=pl.col("transit").fill_null(0.0),
                           ).sort(*_ALIKE, "asset")
        if kind not in process.kinds:
            rows = rows.filter(pl.col("model").is_not_null())  # nothing is known of what its failure would take
        parts = parts.join(items.select("item", "criticality"), on="item", how="left", maintain_order="left").select(
            "model", "item", "criticality", share=pl.col("rate") / pl.col("rate").sum().over("model"))
        return cls(rows, parts)

    def none(self) -> Machines:
        """Return no machines."""
        return replace(self, rows=self.rows.clear())

    def classes(self) -> pl.DataFrame:
        """Return SCOPE, item, criticality and transit of each class of cases that failures open."""
        return self.rows.join(self.parts, on="model", how="left").select(
            *SCOPE, "item", "criticality", "transit").unique()

    def without(self, demand: pl.DataFrame) -> pl.DataFrame:
        """Return demand less what the failures ask: those that it counts come from the machines already.

        A failure is taken from the rows that are about it (an empty segment or offer is every one) by their rates.
        """
        asked = self.rows.join(self.parts, on="model", maintain_order="left_right").group_by(
            "item", "site", of_segment="segment", of_offer="offer", maintain_order=True,
        ).agg(fails=(pl.col("failure_rate") * pl.col("share")).sum())
        rows = demand.with_row_index("row")
        met = rows.join(asked, on=["item", "site"], maintain_order="left_right").filter(
            pl.col("segment").is_null() | (pl.col("segment") == pl.col("of_segment")),
            pl.col("offer").is_null() | (pl.col("offer") == pl.col("of_offer")), pl.col("rate") > 0)
        counted = pl.col("rate") / pl.col("rate").sum().over("item", "site", "of_segment", "of_offer")
        less = met.with_columns(less=pl.col("fails") * counted).group_by("row").agg(pl.col("less").sum())
        return rows.join(less, on="row", how="left", maintain_order="left").with_columns(
            rate=(pl.col("rate") - pl.col("less").fill_null(0.0)).clip(0.0)).drop("row", "less")

    def added_to(self, network: Network, classes: pl.DataFrame, book: LawBook) -> Network:
        """Return a network in which these machines fail: alike those that fail as often, of the same parts.

        classes: SCOPE, item and `source` ("failure" for those that failures open) of the first classes of the network.
        """
        if self.rows.is_empty():
            return network
        fleets = self.rows.group_by(_ALIKE, maintain_order=True).len().with_row_index("fleet")
        numbers = classes.with_row_index("of_class").filter(source="failure").select(*SCOPE, "item", "of_class")
        drawn = fleets.join(self.parts, on="model", how="left").join(numbers, on=[*SCOPE, "item"], nulls_equal=True)
        share = np.zeros((fleets.height, len(network.classes)))
        share[drawn["fleet"].to_numpy(), drawn["of_class"].to_numpy()] = drawn["share"].fill_null(1.0).to_numpy()
        uptime = [book.exponential(HOURS_PER_YEAR / rate) for rate in fleets["failure_rate"]]
        names = tuple("|".join(["failure", *(name or "" for name in scope), f"{rate:.9g}", *([model] if model else [])])
                      for *scope, rate, model in fleets.select(_ALIKE).iter_rows())
        return replace(network, laws=book.laws(), fleet_share=share,
                       fleets=Fleets(name=names, machines=fleets["len"].to_numpy(), uptime=np.array(uptime)))
