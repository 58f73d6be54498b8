"""Which machines of the installed base fail, and what case does each failure open?

Machines fail where the chain promises availability: a failure opens a case of the kind that the promise speaks of, if
`routes` knows it, at the site of the customer, under the offer of the contract that runs when the replay starts. Until
that case is ended the machine is down and cannot fail again; running, it fails at random, `assets.failure_rate` times a
year.
"""

from __future__ import annotations

from dataclasses import replace
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

SCOPE = ("kind", "site", "segment", "offer")
"""What tells the cases of failures apart."""


def kind_of_failures(chain: Chain) -> str | None:
    """Return the kind of case that a failure opens, None where no promise of availability is about one with routes.

    Raises Unsupported where such promises are about several.
    """
    if not chain.has("promises", "assets", "routes"):
        return None
    promises = chain.table("promises").filter(measure="availability")
    found = promises.join(chain.table("routes"), on="kind", how="semi")["kind"].unique().sort().to_list()
    if len(found) > 1:
        raise Unsupported(f"Availability is promised on cases of kind {' and '.join(found)}, so which of them a "
                          "failure opens is not known. Give these promises one kind.")
    return found[0] if found else None


def machines_of(chain: Chain, start: datetime, kind: str | None) -> pl.DataFrame:
    """Return the machines that fail, at work when the replay starts: asset, customer, failure_rate and SCOPE, sorted.

    A customer with several contracts counts under the one that began last.
    """
    none = {name: empty(INPUTS[name]) for name in ("assets", "customers", "contracts")}
    assets, customers, contracts = (chain.tables.get(name, table) for name, table in none.items())
    running = contracts.filter(pl.col("from_on") <= start.date(),
                               pl.col("to_on").is_null() | (pl.col("to_on") >= start.date()))
    offers = running.sort("from_on", "contract").group_by("customer").agg(pl.col("offer").last())
    at_work = pl.col("installed_on").is_null() | (pl.col("installed_on") <= start.date())
    fails = assets.filter(pl.lit(kind is not None), pl.col("failure_rate") > 0, at_work)
    return (
        fails.join(customers.select("customer", "site", "segment"), on="customer", how="left")
        .join(offers, on="customer", how="left")
        .select("asset", "customer", "failure_rate", *SCOPE[1:], kind=pl.lit(kind, pl.String)).sort("asset")
    )


def with_classes(machines: pl.DataFrame, classes: pl.DataFrame) -> pl.DataFrame:
    """Return the machines with the class that each opens (`of_class`), in the order in which the kernel numbers them.

    classes: SCOPE and `source`, "failure" for those that failures open.
    """
    mine = classes.with_row_index("of_class").filter(source="failure").select(*SCOPE, pl.col("of_class").cast(pl.Int64))
    return machines.join(mine, on=list(SCOPE), nulls_equal=True).sort("of_class", "failure_rate", "asset")


def with_fleets(network: Network, machines: pl.DataFrame, book: LawBook) -> Network:
    """Return a network in which these machines fail: alike those that fail as often and open the same class."""
    if machines.is_empty():
        return network
    fleets = machines.group_by("of_class", "failure_rate", maintain_order=True).len()
    of_class = fleets["of_class"].to_numpy()
    share = np.zeros((fleets.height, len(network.classes)))
    share[np.arange(fleets.height), of_class] = 1.0
    uptime = [book.exponential(HOURS_PER_YEAR / rate) for rate in fleets["failure_rate"]]
    names = tuple(f"{network.classes.name[row]}|{rate:.9g}" for row, rate in
                  zip(of_class, fleets["failure_rate"], strict=True))
    return replace(network, laws=book.laws(), fleet_share=share,
                   fleets=Fleets(name=names, machines=fleets["len"].to_numpy(), uptime=np.array(uptime)))
