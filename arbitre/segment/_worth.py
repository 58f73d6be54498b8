"""What are offers and attributes worth, by people's answers? Rows of offer_worth and acceptance, method by method."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl

from arbitre.core.errors import UsageError
from arbitre.core.streams import stream
from arbitre.maths.market.answers_worth import worth_of_answers
from arbitre.maths.market.choice import Floats, fit_logit, shares
from arbitre.maths.market.choice_bayes import PeoplesWants, fit_people
from arbitre.maths.market.choice_classes import best_classes
from arbitre.maths.market.choice_mixed import Spread
from arbitre.maths.market.maxdiff import best_worst
from arbitre.maths.market.price_sensitivity import demand_curve, price_range
from arbitre.segment._answers import NONE, choices_of, groups, latest

PRICES = ("too_cheap", "cheap", "dear", "too_dear")
_RESAMPLES = 500
_PRICES = 25
_STARTS = 3
"""Starts from which classes are sought: the likelihood has several tops."""
_MORE = (10, 30, 100, 300, 1000)
"""Numbers of further answers whose worth is told."""

Row = dict[str, Any]


@dataclass(frozen=True)
class Asked:
    """Answers, and how they are read: `least` people say something, at this confidence; why others say nothing."""

    answers: pl.DataFrame
    least: int
    confidence: float
    seed: int
    refused: list[str] = field(default_factory=list)


def preferences(asked: Asked) -> Iterator[Row]:
    """Yield the share of preference of each offer, from best and worst answers; draws of the fit give the interval."""
    for segment, own in groups(asked.answers.filter(pl.col("method") == "best_worst", pl.col("offer").is_not_null())):
        people = own["customer"].n_unique()
        if people < asked.least:
            continue
        try:
            found = best_worst(own["task"].fill_null("").to_numpy(), own["customer"].to_numpy(),
                               own["offer"].to_numpy(), own["score"].to_numpy())
            fit = fit_logit(found.choices)
        except UsageError as why:
            asked.refused.append(f"best_worst, {segment or 'everybody'}: {why}")
            continue
        luck = stream(asked.seed, "preferences", segment or "")
        drawn = luck.multivariate_normal(fit.coefficients, fit.covariance, _RESAMPLES)
        drawn_shares = shares(np.hstack([np.zeros((_RESAMPLES, 1)), drawn]))
        values = shares(np.append(0.0, fit.coefficients))
        for at, offer in enumerate(found.items):
            yield _row(offer, segment, "preference_share", values[at], drawn_shares[:, at], asked.confidence, people)


def prices(asked: Asked) -> Iterator[Row]:
    """Yield van Westendorp's four prices of each offer, and the price of the most revenue; intervals by bootstrap."""
    for segment, own in groups(latest(asked.answers, *PRICES)):
        for (offer,), rows in own.group_by("offer", maintain_order=True):
            told = rows.select(PRICES).to_numpy().T
            measures = ("acceptable_from", "acceptable_to", "indifference_price", "optimal_price")
            yield from _resampled(asked, told, _four_prices, measures, str(offer), segment)
    ladder = asked.answers.filter(
        pl.col("method") == "would_buy", pl.col("offer").is_not_null(), pl.col("price").is_not_null())
    for segment, own in groups(ladder):
        for (offer,), rows in own.group_by("offer", maintain_order=True):
            told = rows.select("price", "score").to_numpy().T
            yield from _resampled(asked, told, _best_price, ("best_revenue_price",), str(offer), segment)


def scores(asked: Asked) -> Iterator[Row]:
    """Yield the mean importance and performance of each offer."""
    for measure in ("importance", "performance"):
        for segment, own in groups(latest(asked.answers, measure)):
            for (offer,), rows in own.group_by("offer", maintain_order=True):
                told = rows.select(measure).to_numpy().T
                yield from _resampled(asked, told, _mean, (measure,), str(offer), segment)


class Wants:
    """What people want, drawn from the choices they made: (draws, people, attributes), and who they are."""

    def __init__(self, asked: Asked, shown: pl.DataFrame, price: str, turns: int) -> None:
        self.choices, customers = choices_of(asked.answers, shown)
        choices = self.choices
        self.asked, self.price, self.shown = asked, price, shown
        segment = dict(asked.answers.select("customer", "segment").unique().rows())
        self.segments = np.array([segment[customer] for customer in customers], dtype=object)
        falls: dict[str, Spread] = {price: "falls"} if price in choices.names else {}
        kin = np.unique([segment or "" for segment in self.segments.tolist()], return_inverse=True)[1]
        self.found: PeoplesWants = fit_people(choices, falls, turns, asked.seed, kin)

    def members(self) -> Iterator[tuple[str | None, np.ndarray]]:
        """Yield everybody, then each segment of enough people, with which people they are."""
        yield None, np.ones(len(self.segments), bool)
        for segment in sorted({one for one in self.segments.tolist() if one is not None}):
            own = self.segments == segment
            if own.sum() >= self.asked.least:
                yield segment, own

    def worth(self) -> Iterator[Row]:
        """Yield what each attribute is worth in money to the person in the middle of each segment."""
        if self.price not in self.found.names:
            self.asked.refused.append(f"worth: alternatives have no attribute {self.price}.")
            return
        for attribute, worth in self.found.worth(self.price).items():
            if attribute == NONE:
                continue
            for segment, own in self.members():
                middle = _middle(worth[:, own], self._weights(segment, own))
                yield _row(attribute, segment, "worth", float(np.median(middle)), middle, self.asked.confidence,
                           int(own.sum()))

    def classes(self, most: int) -> Iterator[Row]:
        """Yield which classes of people choose alike, at most so many, what each wants and where most of it is."""
        found = best_classes(self.choices, most, _STARTS, self.asked.seed)
        segments = np.array([segment or "" for segment in self.segments.tolist()])
        for number, (share, logit) in enumerate(zip(found.share, found.logits, strict=True), 1):
            slopes = dict(zip(self.choices.names, logit.coefficients, strict=True))
            belongs = found.belongs[:, number - 1]
            mostly = max(sorted(set(segments.tolist())), key=lambda one: belongs[segments == one].sum())
            paid = -slopes.get(self.price, 0.0)
            for subject in self.names:
                yield {"number": number, "share": float(share), "mostly": mostly or None,
                       "mostly_share": float(belongs[segments == mostly].sum() / belongs.sum()), "subject": subject,
                       "utility": float(slopes[subject]),
                       "worth": float(slopes[subject] / paid) if paid > 0.0 and subject != self.price else None}

    def acceptance(self, ours: list[str], theirs: list[str]) -> Iterator[Row]:
        """Yield the share of each segment that would take each of our offers, alone against all others and none."""
        for menu in self._menus(ours, theirs):
            for segment, own in self.members():
                if segment is not None:
                    part = (menu.taken(menu.held)[:, own] * self._weights(segment, own)).sum(axis=1)
                    low, high = np.quantile(part, _tails(self.asked.confidence))
                    yield {"segment": segment, "offer": menu.offer, "source": "survey", "price": self._price(menu.held),
                           "share": float(part.mean()), "low_share": float(low), "high_share": float(high)}

    def worth_of_answers(self, ours: list[str], theirs: list[str], customers: dict[str, int]) -> Iterator[Row]:
        """Yield what more answers would be worth when each offer is priced, within the prices shown, to bring the most.

        customers: how many there are of each segment, for whom the price is set.
        """
        if self.price not in self.names:
            return
        at = self.names.index(self.price)
        shown = self.shown[self.price].to_numpy()
        prices = np.linspace(shown.min(), shown.max(), _PRICES)
        for menu in self._menus(ours, theirs):
            offered = [np.where(np.arange(len(menu.held)) == at, price, menu.held) for price in prices]
            taken = [menu.taken(held) for held in offered]
            for segment, own in self.members():
                if segment is not None:
                    weights = self._weights(segment, own)
                    brought = np.column_stack([(one[:, own] * weights).sum(axis=1) for one in taken]) * prices
                    yield from _sizes(menu.offer, segment, prices, brought * customers[segment], int(own.sum()))

    @property
    def names(self) -> list[str]:
        """What alternatives differ in, but for being none of them."""
        return [name for name in self.shown.columns if name != "alternative"]

    def _menus(self, ours: list[str], theirs: list[str]) -> Iterator[_Menu]:
        """Yield each of our offers, beside those of others and none."""
        has_none = NONE in self.found.names
        if not (theirs or has_none):
            self.asked.refused.append("acceptance: nobody could take none, and no competitor's offer is described.")
            return
        held = {row[0]: np.array(row[1:]) for row in self.shown.select("alternative", *self.names).iter_rows()}
        draws = self.found.draws[:, :, :len(self.names)]
        against = [self.found.draws[:, :, -1]] if has_none else []
        against += [draws @ held[offer] for offer in theirs]
        for offer in ours:
            yield _Menu(offer, held[offer], draws, against)

    def _weights(self, segment: str | None, own: np.ndarray) -> Floats:
        """Return for how much of a segment each who answered stands, draw by draw: (draws, people).

        Who answered stands for all of a segment: each draw weighs people anew (Rubin 1981, The Bayesian bootstrap).
        """
        luck = stream(self.asked.seed, "people", segment or "")
        return luck.dirichlet(np.ones(int(own.sum())), len(self.found.draws))

    def _price(self, held: Floats) -> float | None:
        return float(held[self.names.index(self.price)]) if self.price in self.names else None


@dataclass(frozen=True)
class _Menu:
    """An offer beside what could be taken instead: draws (draws, people, attributes), utilities of each other."""

    offer: str
    held: Floats
    draws: Floats
    against: list[Floats]

    def taken(self, held: Floats) -> Floats:
        """Return the chance that each takes the offer as described by `held`, (draws, people)."""
        return shares(np.stack([self.draws @ held, *self.against], axis=2))[:, :, 0]


def _sizes(offer: str, segment: str, prices: Floats, brought: Floats, known: int) -> Iterator[Row]:
    """Yield a row for each number of answers more, and one for knowing all: brought (draws, prices) in money."""
    best = int(brought.mean(axis=0).argmax())
    for more, worth in zip((*_MORE, None), worth_of_answers(brought, known, (*_MORE, np.inf)), strict=True):
        yield {"segment": segment, "offer": offer, "more_answers": more, "answers": known, "price": prices[best],
               "is_best_share": float((brought.argmax(axis=1) == best).mean()),
               "brings": float(brought[:, best].mean()), "worth": float(worth)}


def _middle(worth: Floats, weights: Floats) -> Floats:
    """Return the weighted median over people of each draw: (draws, people) of worth and of weights that add up to 1."""
    order = worth.argsort(axis=1)
    half = np.take_along_axis(weights, order, axis=1).cumsum(axis=1) >= 0.5
    person = np.take_along_axis(order, half.argmax(axis=1)[:, None], axis=1)
    return np.take_along_axis(worth, person, axis=1)[:, 0]


def _tails(confidence: float) -> tuple[float, float]:
    return (1.0 - confidence) / 2, (1.0 + confidence) / 2


def _row(subject: str, segment: str | None, measure: str, value: float, draws: Floats, confidence: float,
         people: int) -> Row:
    low, high = np.quantile(draws, _tails(confidence))
    return {"subject": subject, "segment": segment, "measure": measure, "value": float(value), "low": float(low),
            "high": float(high), "answers": people}


def _resampled(asked: Asked, told: Floats, formula: Callable[[Floats], tuple[float, ...]], measures: tuple[str, ...],
               offer: str, segment: str | None) -> Iterator[Row]:
    """Yield the values of a formula of answers (questions, people), with intervals by bootstrap over people."""
    people = told.shape[1]
    if people < asked.least:
        return
    try:
        values = formula(told)
    except UsageError as why:
        asked.refused.append(f"{measures[0]} of {offer}, {segment or 'everybody'}: {why}")
        return
    luck = stream(asked.seed, "resampled", measures[0], offer, segment or "")
    again = np.array([_or_nan(formula, told[:, luck.integers(0, people, people)], len(measures))
                      for _ in range(_RESAMPLES)])
    for at, measure in enumerate(measures):
        drawn = again[np.isfinite(again[:, at]), at]
        yield _row(offer, segment, measure, values[at], drawn, asked.confidence, people)


def _or_nan(formula: Callable[[Floats], tuple[float, ...]], told: Floats, count: int) -> tuple[float, ...]:
    """Return what a formula says of a resample; one that says nothing (all drew alike) counts as not drawn."""
    try:
        return formula(told)
    except UsageError:
        return (np.nan,) * count


def _four_prices(told: Floats) -> tuple[float, ...]:
    found = price_range(*told)
    return found.least, found.most, found.indifference, found.optimal


def _best_price(told: Floats) -> tuple[float, ...]:
    return (demand_curve(told[0], told[1] > 0.5).best_revenue,)


def _mean(told: Floats) -> tuple[float, ...]:
    return (float(told[0].mean()),)
