"""After-sales chains drawn from a seed for the benchmarks of the portfolio: segments by regions, offers by prices."""

from __future__ import annotations

from typing import Any

import numpy as np

from arbitre.tables.chain import Chain
from benchmarks.rows import chain_of

_OFFERS = (("AOG", 4.0, 0.98, 520.0), ("H24", 24.0, 0.95, 330.0), ("H48", 48.0, 0.95, 250.0),
           ("CAT", 240.0, 0.95, 120.0), ("AOG-PLUS", 4.0, 0.98, 760.0), ("H24-PLUS", 24.0, 0.95, 520.0))
_FAMILIES = (("small", 400, 12.0, 3.2, 1.2), ("middle", 250, 25.0, 4.6, 0.5), ("large", 80, 60.0, 6.4, 0.12))
"""Family, items, lead time in days, log of the median price, units a machine and a year."""
_NEAREST = 8
"""Sites from which lanes lead to a region."""


def after_sales(segments: int = 12, regions: int = 20, offers: int = 6, prices: int = 3, sites: int = 12,
                families: int = 3, seed: int = 0, thin: int = 1) -> Chain:
    """Draw a chain: every site supplied from outside, machines in every region, acceptance falling with the price.

    `thin` divides the number of items of each family.
    """
    rng = np.random.default_rng(seed)
    place = rng.uniform(0, 1000, (regions, 2))
    held = rng.permutation(regions)[:sites]
    urgency, asked = rng.beta(1.2, 2, segments), rng.integers(5, 120, (segments, regions))
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in (
        "segments", "sites", "lanes", "customers", "assets", "items", "offers", "promises", "acceptance", "demand")}
    for r in range(regions):
        is_site = r in held
        rows["sites"].append({"site": f"R{r:02}", "fixed_cost": 38_000.0 if is_site else 1e9,
                              "standing": "open" if is_site else "candidate"})
    for r in range(regions):
        for j in sorted(held, key=lambda j: float(np.hypot(*(place[j] - place[r]))))[:_NEAREST]:
            km = float(np.hypot(*(place[j] - place[r])))
            rows["lanes"].append({"from_site": f"R{j:02}", "to_site": f"R{r:02}", "duration": km / 60.0,
                                  "cost": 28.0 + 0.06 * km})
    items = []
    for family, count, lead_time, level, often in _FAMILIES[:families]:
        part = rng.pareto(1.1, count // thin) + 0.05
        price = rng.lognormal(level, 0.8, count // thin)
        for k, (share, cost) in enumerate(zip(part / part.sum(), price, strict=True)):
            items.append((f"{family}-{k:03}", share * often))
            rows["items"].append({"item": items[-1][0], "family": family, "price": float(cost), "lead_time": lead_time})
    for s in range(segments):
        rows["segments"].append({"segment": f"S{s:02}"})
        for r in range(regions):
            rows["customers"].append({"customer": f"C{s:02}{r:02}", "segment": f"S{s:02}", "site": f"R{r:02}"})
            rows["assets"] += [{"asset": f"M{s:02}{r:02}{k:03}", "customer": f"C{s:02}{r:02}"}
                               for k in range(int(asked[s, r]))]
        rows["demand"] += [{"item": item, "site": f"R{held[0]:02}", "segment": f"S{s:02}",
                            "rate": float(asked[s].sum()) * rate} for item, rate in items]
    for offer, window, target, price in _OFFERS[:offers]:
        is_plus = offer.endswith("PLUS")
        rows["offers"].append({"offer": offer, "billing": "subscription", "price": price, "fixed_cost": 25_000.0,
                               "case_cost": 40.0 if window < 12 else 0.0})
        rows["promises"].append({"promise": f"{offer}-part", "offer": offer, "window": window, "target_share": target})
        for s in range(segments):
            worth = 140 + 900 * urgency[s] * np.exp(-window / 24 / 1.2) + (250 * urgency[s] if is_plus else 0.0)
            for times in (1.0, 0.8, 1.25)[:prices]:
                share = 1 / (1 + np.exp(-(worth - price * times) / 110))
                if share >= 0.02:
                    rows["acceptance"].append({"segment": f"S{s:02}", "offer": offer, "price": price * times,
                                               "share": round(float(share), 4)})
    return chain_of(**rows)
