"""A survey of made-up people, so that what they want is known."""

from datetime import date
from typing import Any

import numpy as np

from arbitre.tables.chain import Chain
from benchmarks.rows import chain_of

DAY = date(2025, 3, 1)
KANO = {"fast": {"urgent": (0.05, 0.8), "calm": (0.6, 0.1)}, "papers": {"urgent": (0.1, 0.1), "calm": (0.1, 0.1)}}
"""Chance that somebody of a segment likes to have it, and dislikes to lack it."""
WORTH = {"urgent": {"hours": -3.0, "night": 40.0}, "calm": {"hours": -0.5, "night": 10.0}}
"""Money for an hour more, and for service at night, of the person in the middle of each segment."""
HELD = {"fast": (4.0, 1.0, 120.0), "slow": (48.0, 0.0, 40.0), "theirs": (24.0, 0.0, 60.0)}
"""Hours, night and price of offers."""


def survey(people: int = 60, tasks: int = 10, seed: int = 1, methods: tuple[str, ...] = ("kano", "choice", "best_worst",
           "prices", "scores")) -> Chain:
    """A chain of two segments who answered about offers, by these methods."""
    rng = np.random.default_rng(seed)
    customers = [{"customer": f"{segment}{number:03}", "segment": segment}
                 for segment in ("urgent", "calm") for number in range(people)]
    rows: list[dict[str, Any]] = []
    profiles = {f"p{number}": (float(rng.choice([4, 24, 48])), float(rng.integers(2)), float(rng.choice([40, 80, 120])))
                for number in range(24)}
    for one in customers:
        asked = _Asked(one["customer"], rng, rows)
        if "kano" in methods:
            asked.kano(one["segment"])
        if "choice" in methods:
            asked.choices(WORTH[one["segment"]], tasks, profiles)
        if "best_worst" in methods:
            asked.best_worst(one["segment"])
        if "prices" in methods:
            asked.prices()
        if "scores" in methods:
            for method, mean in (("importance", 4.0), ("performance", 2.5)):
                asked.say(method, method, float(np.clip(np.rint(rng.normal(mean, 0.7)), 1, 5)), offer="fast")
    described = [{"alternative": name, "attribute": attribute, "value": value}
                 for name, values in {**profiles, **HELD}.items()
                 for attribute, value in zip(("hours", "night", "price"), values, strict=True)]
    return chain_of(
        segments=[{"segment": "urgent"}, {"segment": "calm"}], customers=customers, answers=rows,
        alternatives=described,
        offers=[{"offer": "fast"}, {"offer": "slow"}, {"offer": "papers"}, {"offer": "theirs", "competitor": "Rival"}])


class _Asked:
    """One person who answers."""

    def __init__(self, customer: str, rng: np.random.Generator, rows: list[dict[str, Any]]) -> None:
        self.customer, self.rng, self.rows = customer, rng, rows

    def say(self, question: str, method: str, score: float, **more: Any) -> None:
        self.rows.append({"customer": self.customer, "question": question, "answered_on": DAY, "method": method,
                          "score": score, **more})

    def kano(self, segment: str) -> None:
        for offer, chances in KANO.items():
            likes, hurts = chances[segment]
            self.say(f"{offer} with", "kano_with", 1.0 if self.rng.random() < likes else 3.0, offer=offer)
            self.say(f"{offer} without", "kano_without", 5.0 if self.rng.random() < hurts else 3.0, offer=offer)

    def choices(self, worth: dict[str, float], tasks: int, profiles: dict[str, tuple[float, ...]]) -> None:
        slope = 0.08 * np.exp(0.3 * self.rng.normal())
        wants = slope * np.array([worth["hours"], worth["night"], -1.0])
        wants[:2] += slope * self.rng.normal(0, [0.3, 4.0])
        for task in range(tasks):
            shown = self.rng.choice(list(profiles), 3, replace=False).tolist()
            utility = [wants @ profiles[name] + 12.0 for name in shown]
            taken = int(np.argmax(np.array([*utility, 0.0]) + self.rng.gumbel(size=4)))
            # Nobody wants one of three at any price: none of them is an answer too.
            for at, name in enumerate([*shown, None]):
                self.say(f"task {task} {at}", "choice", float(at == taken), task=str(task), alternative=name)

    def best_worst(self, segment: str) -> None:
        truth = np.array([2.0, 0.0, -1.0]) if segment == "urgent" else np.array([0.0, 2.0, -1.0])
        for task in range(4):
            best = int(np.argmax(truth + self.rng.gumbel(size=3)))
            worst = max((at for at in range(3) if at != best), key=lambda at: -truth[at] + self.rng.gumbel())
            for at, offer in enumerate(("fast", "slow", "papers")):
                self.say(f"best {task} {offer}", "best_worst", 1.0 if at == best else -1.0 if at == worst else 0.0,
                         task=str(task), offer=offer)

    def prices(self) -> None:
        middle = self.rng.normal(100, 15)
        for method, part in (("too_cheap", 0.5), ("cheap", 0.8), ("dear", 1.2), ("too_dear", 1.6)):
            self.say(method, method, round(middle * part, 2), offer="fast")
        for price in (60.0, 90.0, 120.0):
            self.say(f"buy {price}", "would_buy", float(price <= middle), offer="fast", price=price)
