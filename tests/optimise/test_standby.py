"""Units on call: against Erlang, every choice of bases, the twin, and what cannot be."""

from itertools import combinations_with_replacement
from typing import Any

import numpy as np
import pytest

from arbitre.capability import Result, silent
from arbitre.core.errors import Unsupported
from arbitre.maths.stock.repair import delayed_share
from arbitre.maths.work.standby import answered, ceiling, value_of
from arbitre.optimise import standby
from arbitre.optimise._standby.question import question_of
from arbitre.optimise._standby.search import placed
from arbitre.simulate import proof
from arbitre.tables.chain import Chain
from benchmarks.rows import chain_of

ZONES = ("port", "hill", "park", "mill")
WAYS = {"east": (0.1, 0.3, 0.5, 0.6), "west": (0.6, 0.4, 0.2, 0.1)}


def city(ways: dict[str, tuple[float, ...]] = WAYS, heads: tuple[int, ...] = (2, 1), **changes: list[dict[str, Any]]
         ) -> Chain:
    """Two bases, four zones, nights from 22 to 7."""
    tables: dict[str, list[dict[str, Any]]] = {
        "sites": [{"site": site} for site in (*ZONES, *ways)],
        "lanes": [{"from_site": base, "to_site": zone, "duration": hours}
                  for base, all_hours in ways.items() for zone, hours in zip(ZONES, all_hours, strict=True)],
        "steps": [{"step": "help", "work": 0.4, "law": "exponential", "travels": True}],
        "routes": [{"kind": "incident", "to_step": "help"}],
        "crews": [{"crew": f"{base} unit", "site": base, "heads": count, "cost": 20.0}
                  for base, count in zip(ways, heads, strict=True)],
        "needs": [{"step": "help", "crew": f"{base} unit", "role": "unit"} for base in ways],
        "arrivals": [{"kind": "incident", "site": zone, "rate": rate}
                     for zone, rate in zip(ZONES, (800.0, 2400.0, 2400.0, 4000.0), strict=True)],
        "promises": [{"promise": "soon", "kind": "incident", "window": 1.0, "target_share": 0.8, "late_cost": 50.0}],
    }
    return chain_of(**{**tables, **changes})


def run(chain: Chain, **params: Any) -> Result:
    return standby.run(chain, standby.Params(**params), 1, silent)


def test_all_ways_alike_is_a_queue_of_erlang() -> None:
    (group,) = question_of(city(dict.fromkeys(WAYS, (0.2,) * 4)), "incident", 0.0, 24.0).groups
    told, load = answered(group.zones, group.today), group.zones.rate.sum() * 0.6
    assert told.waits == pytest.approx(delayed_share(load, 3))
    assert told.busy.sum() == pytest.approx(load)
    assert told.mean == pytest.approx(0.6)
    assert told.response == pytest.approx(0.2 + told.waits * 0.6 / (3 - load))
    # Exponential work after an exponential wait, in closed form.
    rate, left = (3 - load) / 0.6, 1.0 - 0.2
    both = 1.0 - (rate * np.exp(-2.5 * left) - 2.5 * np.exp(-rate * left)) / (rate - 2.5)
    assert told.kept == pytest.approx((1.0 - told.waits) * (1.0 - np.exp(-2.5 * left)) + told.waits * both, abs=1e-5)


def promised(step: str | None, window: float, target: float = 0.8) -> list[dict[str, Any]]:
    return [{"promise": "soon", "kind": "incident", "step": step, "window": window, "target_share": target}]


def helped(law: str, work: float = 0.4) -> list[dict[str, Any]]:
    return [{"step": "help", "work": work, "law": law, "travels": True}]


def test_a_response_is_kept_by_the_wait_of_erlang_and_the_way() -> None:
    alike = dict.fromkeys(WAYS, (0.2,) * 4)
    (group,) = question_of(city(alike, promises=promised("arrived", 0.5)), "incident", 0.0, 24.0).groups
    told, load = answered(group.zones, group.today), group.zones.rate.sum() * 0.6
    late = delayed_share(load, 3) * np.exp(-(3 - load) / 0.6 * 0.3)
    assert told.kept == pytest.approx(1.0 - late)
    assert told.busy.sum() == pytest.approx(load)  # the work keeps units away all the same


def test_a_response_is_a_restoration_that_has_the_time_of_the_work_more() -> None:
    """Work of just 0.4 h: whoever is there within 0.5 h is done within 0.9 h."""
    restored = run(city(steps=helped("constant"), promises=promised(None, 0.9)))
    response = run(city(steps=helped("constant"), promises=promised("arrived", 0.5)))
    assert response.summary["kept_after.soon"] == pytest.approx(restored.summary["kept_after.soon"])
    assert response.tables["standby_levels"].equals(restored.tables["standby_levels"])
    none = [run(city(steps=helped("constant", 0.0), promises=promised(step, 0.5))) for step in (None, "arrived")]
    assert none[0].summary == none[1].summary


@pytest.mark.parametrize("law", ["constant", "exponential"])
def test_a_response_is_never_harder_than_a_restoration_in_the_same_window(law: str) -> None:
    rng = np.random.default_rng(11)
    for _ in range(8):
        ways, window = {base: tuple(rng.random(4)) for base in WAYS}, float(rng.uniform(0.3, 1.5))
        both = [run(city(ways, steps=helped(law), promises=promised(step, window))).summary
                for step in (None, "arrived")]
        assert both[0]["kept_after.soon"] < both[1]["kept_after.soon"]
        assert both[0]["kept_before.soon"] < both[1]["kept_before.soon"]
        assert both[1]["value"] >= both[1]["bound"]


def test_the_plan_is_the_best_of_all_and_the_ceiling_above_it() -> None:
    rng = np.random.default_rng(3)
    ways = {f"base {number}": tuple(rng.random(4)) for number in range(4)}
    (group,) = question_of(city(ways, (0, 3, 0, 0)), "incident", 0.0, 24.0).groups
    found = placed(group.zones, 3, group.today, rng)
    every = [value_of(group.zones, np.bincount(choice, minlength=4))
             for choice in combinations_with_replacement(range(4), 3)]
    assert found.value == pytest.approx(max(every))
    assert found.ceiling == found.value
    assert max(every) <= ceiling(group.zones, 3, rng) <= group.zones.weight.sum()


def test_moves_find_what_all_choices_find(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(5)
    ways = {f"base {number}": tuple(rng.random(4)) for number in range(5)}
    (group,) = question_of(city(ways, (3, 0, 0, 0, 0)), "incident", 0.0, 24.0).groups
    best = placed(group.zones, 3, group.today, rng)
    monkeypatch.setattr("arbitre.optimise._standby.search._WORK", 0.0)
    near = placed(group.zones, 3, group.today, rng)
    assert near.value == pytest.approx(best.value, rel=1e-3)
    assert near.value <= best.value <= near.ceiling


def test_more_units_keep_more_and_the_plan_no_less_than_today() -> None:
    found = run(city())
    rows = found.tables["standby_units"]
    assert rows["units"].to_list() == [1, 2, 3, 4, 5]
    assert rows["kept_share"].is_sorted()
    assert rows["late_cost"].is_sorted(descending=True)
    assert found.summary["kept_after.soon"] >= found.summary["kept_before.soon"]
    assert found.summary["units_moved"] == 1  # most come from the west
    assert found.tables["standby_levels"]["heads"].to_list() == [1, 2]
    assert found.summary["value"] == pytest.approx(rows.filter(units=3)["late_cost"].item())


@pytest.mark.parametrize("promises", [promised(None, 1.0), promised("arrived", 0.5)])
def test_the_twin_says_the_same(promises: list[dict[str, Any]]) -> None:
    chain = city(promises=promises)
    found = run(chain)
    judged = proof.run(chain.with_(**found.tables), proof.Params.model_validate(
        {"crews": "plan", "least": 4, "most": 4, "years": 2}), 1, silent)
    (row,) = judged.tables["proofs"].iter_rows(named=True)
    assert row["said_share"] == pytest.approx(found.summary["kept_after.soon"])
    assert row["share"] == pytest.approx(row["said_share"], abs=0.01)


def test_the_night_alone_has_the_cases_of_the_night() -> None:
    night = {"rhythms": [{"kind": "incident", "starts": 22, "ends": 6, "weight": 3.0},
                         {"kind": "incident", "starts": 6, "ends": 22, "weight": 0.5}]}
    zones = run(city(**night), starts=22, ends=6).tables["standby_zones"]
    assert zones["cases"].sum() == pytest.approx(9600.0 * 24.0 / 32.0)


def test_a_zone_nobody_may_serve_is_told_and_the_rest_still_planned() -> None:
    far: list[dict[str, Any]] = [*({"site": site} for site in (*ZONES, *WAYS)), {"site": "isle"}]
    asked: list[dict[str, Any]] = [{"kind": "incident", "site": zone, "rate": 500.0} for zone in (*ZONES, "isle")]
    found = run(city(sites=far, arrivals=asked))
    assert found.summary["zones_nobody_serves"] == 1
    assert found.tables["standby_zones"].filter(site="isle")["reason"].item() == "no lane leads there from a base"
    assert found.tables["standby_zones"]["kept_share"].count() == 4


@pytest.mark.parametrize(("change", "words"), [
    ({"heads": (0, 0)}, "Nobody is on call"),
    ({"promises": [{"promise": "soon", "kind": "order", "window": 1.0}]}, "Nothing is promised"),
    ({"arrivals": [{"kind": "order", "site": "port", "rate": 5.0}]}, "No case of kind incident"),
    ({"shifts": [{"crew": "east unit", "starts": 8, "ends": 20}]}, "heads of east unit change"),
    ({"steps": [{"step": "help", "work": 0.4}]}, "must be travelled to"),
])
def test_what_cannot_be_is_said(change: Any, words: str) -> None:
    with pytest.raises(Unsupported, match=words):
        run(city(**change))
