"""Technicians and parts together: against every choice there is, against planning apart, and clear refusals."""

from itertools import product

import numpy as np
import polars as pl
import pytest

from arbitre.capability import silent
from arbitre.core.errors import Unreachable, Unsupported
from arbitre.flow.stages import writer
from arbitre.optimise import visits
from arbitre.optimise._crews.question import question_of as crews_question
from arbitre.optimise._visits import search as _visits_search
from arbitre.optimise._visits.apart import Departments
from arbitre.optimise._visits.model import Visits
from arbitre.optimise._visits.question import question_of
from arbitre.optimise._visits.search import together
from arbitre.simulate import proof, twin
from arbitre.tables.chain import Chain
from benchmarks.rows import chain_of

STEPS = ({"step": "repair", "work": 2.0, "law": "exponential", "travels": True, "takes_item": True,
          "without_item": "look"},
         {"step": "look", "work": 1.0, "law": "exponential", "travels": True},
         {"step": "return", "work": 2.0, "law": "exponential", "travels": True, "takes_item": True})


def field(**tables) -> Chain:
    """One zone, two parts, technicians who are dear."""
    rows = {
        "sites": [{"site": "depot"}, {"site": "zone", "supplier": "depot"}],
        "items": [{"item": "pump", "price": 8000.0, "lead_time": 12.0},
                  {"item": "seal", "price": 900.0, "lead_time": 5.0}],
        "lanes": [{"from_site": "depot", "to_site": "zone", "duration": 20.0},
                  {"from_site": "zone", "to_site": "zone", "duration": 1.0}],
        "demand": [{"item": "pump", "site": "zone", "rate": 300.0}, {"item": "seal", "site": "zone", "rate": 900.0}],
        "arrivals": [{"kind": "intervention", "site": "zone", "rate": 400.0}], "steps": list(STEPS),
        "routes": [{"kind": "intervention", "to_step": "repair"},
                   {"kind": "intervention", "from_step": "look", "to_step": "return"}],
        "crews": [{"crew": "team", "site": "zone", "heads": 3, "cost": 0.4}],
        "needs": [{"step": step["step"], "crew": "team"} for step in STEPS],
        "promises": [{"promise": "back", "kind": "intervention", "window": 12.0, "target_share": 0.85}],
    } | tables
    return chain_of(**{name: table for name, table in rows.items() if table})


def solved(chain: Chain):
    return visits.run(chain, visits.Params(), 1, silent)


def test_no_choice_of_heads_and_levels_is_cheaper_than_the_bound() -> None:
    near = field(sites=[{"site": "zone"}], lanes=[{"from_site": "zone", "to_site": "zone", "duration": 1.0}])
    model = Visits(question_of(near, "intervention", 0.25))
    found = together(model, silent)
    spans = [range(max(level - 4, 0), level + 5) for level in found.best.levels]
    costs = [kept.cost for heads in (2, 3) for levels in product(*spans)
             if (kept := model.evaluate(np.array([heads]), np.array(levels))) and (kept.share >= model.need).all()]
    assert found.bound <= min(costs) <= found.best.cost * (1 + 1e-12)
    assert found.best.cost <= min(costs) * 1.01
    assert (found.best.kept.share >= model.need - 1e-9).all()


def answered(window: float, share: float, **tables) -> Chain:
    """The one zone without its depot, with a promise of response beside that of restoration."""
    promises = [{"promise": "back", "kind": "intervention", "window": 12.0, "target_share": 0.85},
                {"promise": "there", "kind": "intervention", "step": "arrived", "window": window,
                 "target_share": share}]
    return field(**{"sites": [{"site": "zone"}], "promises": promises,
                    "lanes": [{"from_site": "zone", "to_site": "zone", "duration": 1.0}], **tables})


@pytest.mark.parametrize(("window", "share", "heads", "more_parts"), [
    (2.5, 0.9, 2, False), (1.2, 0.885, 2, True), (1.2, 0.95, 3, False)])
def test_a_response_takes_a_head_or_the_parts_that_shorten_the_line(window, share, heads, more_parts) -> None:
    model = Visits(question_of(answered(window, share), "intervention", 0.25))
    alone = Visits(question_of(answered(window, 0.01), "intervention", 0.25))
    found, usual = together(model, silent), together(alone, silent).best
    spans = [range(max(level - 4, 0), level + 5) for level in found.best.levels]
    costs = [kept.cost for heads in (1, 2, 3, 4) for levels in product(*spans)
             if (kept := model.evaluate(np.array([heads]), np.array(levels))) and (kept.share >= model.need).all()]
    assert found.bound <= min(costs) <= found.best.cost <= min(costs) * 1.01
    assert found.best.heads[0] == heads
    assert (found.best.kept.first[0] > usual.kept.first[0] + 0.05) == more_parts
    assert found.best.cost <= Departments(model).best(model.need).cost


@pytest.mark.parametrize("share", [0.842, 0.948])
def test_parts_of_two_zones_share_what_a_response_asks_of_their_lines(share: float) -> None:
    zones = answered(
        1.2, share, sites=[{"site": "a"}, {"site": "b"}], needs=[{"step": step["step"], "crew": crew} for step in STEPS
                                                                 for crew in ("team a", "team b")],
        crews=[{"crew": "team a", "site": "a", "heads": 3, "cost": 0.4},
               {"crew": "team b", "site": "b", "heads": 3, "cost": 0.3}],
        lanes=[{"from_site": site, "to_site": site, "duration": 1.0} for site in "ab"],
        demand=[{"item": "seal", "site": "a", "rate": 900.0}, {"item": "pump", "site": "b", "rate": 500.0}],
        arrivals=[{"kind": "intervention", "site": site, "rate": 300.0} for site in "ab"])
    model = Visits(question_of(zones, "intervention", 0.25))
    found = together(model, silent)
    spans = [range(level - 4, level + 5) for level in found.best.levels]
    costs = [kept.cost for heads in product((1, 2, 3), (1, 2, 3)) for levels in product(*spans)
             if (kept := model.evaluate(np.array(heads), np.array(levels))) and (kept.share >= model.need).all()]
    assert found.bound <= min(costs) <= found.best.cost <= min(costs) * 1.01
    assert found.best.worth[1] > 0.0  # one more answered in time is worth parts
    assert found.best.worth_at_once.min() > 0.0


def test_who_comes_first_keeps_a_response_with_the_part_or_without() -> None:
    none = np.zeros(2, np.int64)
    model = Visits(question_of(answered(1.5, 0.5), "intervention", 0.25))
    once = {"steps": [STEPS[0] | {"without_item": None}], "needs": [{"step": "repair", "crew": "team"}],
            "routes": [{"kind": "intervention", "to_step": "repair"}]}
    waits = Visits(question_of(answered(1.5, 0.5, **once), "intervention", 0.25))
    many, short = model.evaluate(np.array([40]), none), waits.evaluate(np.array([40]), none)
    assert many
    assert many.share[1] == pytest.approx(1.0)
    assert short  # where cases wait for their part first nobody comes before it
    assert short.share[1] == pytest.approx(400 / 1600)


def test_the_replay_keeps_the_response_that_the_plan_says() -> None:
    given = answered(2.0, 0.9)
    planned = given.with_(**solved(given).tables)
    told = proof.run(planned, proof.Params(kind="intervention", crews="plan", least=10, most=10), 1, silent)
    row = told.tables["proofs"].row(by_predicate=pl.col("promise") == "there", named=True)
    assert row["cases"] > 10_000
    assert row["deviation"] == pytest.approx(0.0, abs=0.01)


def repaired(share: float = 0.4, **tables) -> Chain:
    """A share of the cases is repaired on site, in four hours and without a part; the others exchange theirs, which a
    shop at the depot repairs."""
    return field(**{
        "steps": [*STEPS, {"step": "mend", "work": 4.0, "law": "exponential", "travels": True}],
        "needs": [{"step": step, "crew": "team"} for step in ("repair", "look", "return", "mend")],
        "routes": [{"kind": "intervention", "to_step": "mend", "share": share},
                   {"kind": "intervention", "to_step": "repair", "share": 1.0 - share},
                   {"kind": "intervention", "from_step": "look", "to_step": "return"}],
        "repair_shops": [{"shop": "bench", "places": 3, "hours": 168.0}],
        "items": [{"item": "pump", "price": 8000.0, "lead_time": 6.0, "is_repairable": True, "repair_shop": "bench",
                   "repair_time": 20.0}, {"item": "seal", "price": 900.0, "lead_time": 5.0}], **tables})


def test_what_is_repaired_on_site_takes_longer_and_no_part() -> None:
    model, without = (Visits(question_of(repaired(share), "intervention", 0.25)) for share in (0.4, 1e-9))
    heads, none = np.array([2]), np.zeros(4, np.int64)
    rich, poor = model.evaluate(heads, none + 30), model.evaluate(heads, none)
    assert rich
    assert poor
    exchanged, mended = 0.6 * 1600, 0.4 * 1600
    assert rich.busy[0] == pytest.approx((exchanged * 3.0 + mended * 5.0) / 8766.0 / 2, rel=2e-3)
    assert poor.busy[0] == pytest.approx((0.6 * (400 * 3.0 + 1200 * 5.0) + mended * 5.0) / 8766.0 / 2, rel=1e-6)
    assert together(model, silent).best.kept.stock < together(without, silent).best.kept.stock


def test_repair_on_site_exchange_and_depot_are_replayed_as_planned() -> None:
    promises = [{"promise": "back", "kind": "intervention", "window": 16.0, "target_share": 0.85}]
    given = repaired(promises=promises)
    found = solved(given)
    assert found.bound is not None
    assert found.bound <= found.summary["value"]
    planned = given.with_(**found.tables)
    told = proof.run(planned, proof.Params(kind="intervention", crews="plan", least=20, most=20), 1, silent)
    assert told.tables["proofs"]["deviation"][0] == pytest.approx(0.0, abs=0.015)
    events = twin.run(planned, twin.Params(kind="intervention", levels="plan", crews="plan", days=2000), 1, silent)
    often = dict(events.tables["events"].group_by("step").len().iter_rows())
    one = (often["mend"] + often["repair"]) / (often["mend"] + often["repair"] + often["look"])
    assert one == pytest.approx(found.summary["first_time_fix"], abs=0.03)


def mended(shares: dict[str | None, float], **tables) -> Chain:
    """As `repaired`, of each item its own share; None: of cases about none, and of items that are not named."""
    begins = [{"kind": "intervention", "to_step": step, "item": item, "share": part}
              for item, share in shares.items() for step, part in (("mend", share), ("repair", 1.0 - share))]
    return repaired(routes=[*(row for row in begins if row["share"] > 0.0),
                            {"kind": "intervention", "from_step": "look", "to_step": "return"}], **tables)


def test_equal_shares_of_all_items_are_the_share_of_the_route() -> None:
    route, named = solved(repaired(0.4)), solved(mended({None: 0.4, "pump": 0.4, "seal": 0.4}))
    assert named.summary == route.summary
    assert all(named.tables[name].equals(table) for name, table in route.tables.items())


def test_each_item_is_repaired_on_site_by_its_own_share() -> None:
    model = Visits(question_of(mended({None: 0.25, "pump": 0.9, "seal": 0.2}), "intervention", 0.25))
    poor, rich = (model.evaluate(np.array([3]), np.full(4, level)) for level in (0, 40))
    on_site, exchanged = 0.25 * 400 + 0.9 * 300 + 0.2 * 900, 0.1 * 300 + 0.8 * 900
    once = 0.75 * 400
    assert poor
    assert poor.busy[0] == pytest.approx((on_site * 5.0 + exchanged * 5.0 + once * 3.0) / 8766.0 / 3, rel=1e-9)
    assert rich
    assert rich.busy[0] == pytest.approx((on_site * 5.0 + (exchanged + once) * 3.0) / 8766.0 / 3, rel=1e-3)
    asked = model.question.model.slots.filter(site="zone").select("item", "rate")
    assert dict(asked.iter_rows()) == pytest.approx({"pump": 30.0, "seal": 720.0})


def test_to_repair_the_dear_part_on_site_spares_more_than_the_cheap_one() -> None:
    """40 % of all cases in each; the figures are those of the page."""
    promises = [{"promise": "back", "kind": "intervention", "window": 16.0, "target_share": 0.85}]
    shares = [{None: 0.4, "pump": pump, "seal": (480.0 - 300.0 * pump) / 900.0} for pump in (0.9, 0.4, 0.1)]
    cost = [solved(mended(share, promises=promises)).summary["stock_cost"] for share in shares]
    assert [round(each) for each in cost] == [578, 1011, 2112]


def test_crews_work_by_the_shares_of_the_items() -> None:
    (team,) = crews_question(mended({None: 0.25, "pump": 0.9, "seal": 0.2}), "intervention").teams
    on_site = (0.25 * 400 + 0.9 * 300 + 0.2 * 900) / 1600
    assert team.rate.mean() == pytest.approx(1600 / 8766.0)
    assert team.work == pytest.approx(on_site * 5.0 + (1.0 - on_site) * 3.0)
    (alike,) = crews_question(mended({None: on_site}), "intervention").teams
    assert (team.goal == alike.goal).all()


def test_what_is_always_repaired_on_site_has_no_shelf() -> None:
    found = solved(mended({None: 0.0, "pump": 1.0}))
    assert set(found.tables["stock_levels"]["item"]) == {"seal"}
    assert found.summary["stock_cost"] < solved(mended({None: 0.0})).summary["stock_cost"]


def test_items_repaired_on_site_by_shares_of_their_own_are_replayed_as_planned() -> None:
    promises = [{"promise": "back", "kind": "intervention", "window": 16.0, "target_share": 0.85},
                {"promise": "there", "kind": "intervention", "step": "arrived", "window": 6.0, "target_share": 0.8}]
    given = mended({None: 0.25, "pump": 0.9, "seal": 0.2}, promises=promises)
    found = solved(given)
    planned = given.with_(**found.tables)
    told = proof.run(planned, proof.Params(kind="intervention", crews="plan", least=20, most=20), 1, silent)
    assert told.tables["proofs"]["deviation"].to_list() == pytest.approx([0.0, 0.0], abs=0.015)
    asked = twin.Params(kind="intervention", levels="plan", crews="plan", days=3600)
    facts = twin.run(planned, asked, 1, silent).tables
    first = facts["events"].filter(pl.col("step").is_in(["mend", "repair", "look"])).unique("case", keep="first")
    often = facts["cases"].join(first, on="case").group_by("item").agg((pl.col("step") == "mend").mean())
    assert dict(often.iter_rows()) == pytest.approx({None: 0.25, "pump": 0.9, "seal": 0.2}, abs=0.02)
    once = first.select((pl.col("step") != "look").mean()).item()
    assert once == pytest.approx(found.summary["first_time_fix"], abs=0.02)


def test_together_costs_no_more_than_apart_whatever_the_split() -> None:
    model = Visits(question_of(field(), "intervention", 0.25))
    apart = Departments(model)
    best = together(model, silent).best.cost
    usual, hindsight = apart.usual(model.need), apart.best(model.need)
    assert usual
    assert hindsight
    assert best <= hindsight.cost <= usual.cost


def test_with_too_many_choices_of_heads_the_floor_is_simple_but_true(monkeypatch: pytest.MonkeyPatch) -> None:
    model = Visits(question_of(field(), "intervention", 0.25))
    exact = together(model, silent)
    monkeypatch.setattr(_visits_search, "_MOST_CHOICES", 0)
    simple = together(model, silent)
    assert 0.0 < simple.bound <= exact.bound * (1 + 1e-9)
    assert simple.best.cost >= exact.bound


def test_missing_parts_make_lines_longer() -> None:
    model = Visits(question_of(field(), "intervention", 0.25))
    heads, none = np.array([1]), np.zeros(len(model.question.pools.slot_pool), np.int64)
    rich, poor = model.evaluate(heads, none + 20), model.evaluate(heads, none)
    assert rich
    assert poor
    assert rich.first[0] > 0.999
    assert poor.first[0] == pytest.approx(400 / 1600)  # those that need no part
    assert poor.busy[0] == pytest.approx(((400 * 3 + 1200 * 5) / 8766.0), rel=1e-6)
    assert rich.busy[0] == pytest.approx(1600 * 3 / 8766.0, rel=1e-3)
    assert rich.share[0] > poor.share[0]


def test_where_parts_come_first_nobody_goes_twice() -> None:
    once = field(steps=[STEPS[0] | {"without_item": None}], routes=[{"kind": "intervention", "to_step": "repair"}],
                 needs=[{"step": "repair", "crew": "team"}])
    model = Visits(question_of(once, "intervention", 0.25))
    poor = model.evaluate(np.array([2]), np.zeros(4, np.int64))
    assert poor
    assert poor.busy[0] == pytest.approx(1600 * 3 / 8766.0 / 2, rel=1e-6)


def test_what_is_written_can_be_replayed_and_tells_every_choice() -> None:
    found = solved(field())
    assert found.bound is not None
    assert found.bound <= found.summary["value"]
    assert set(found.tables["visit_plans"]["plan"]) == {"together", "apart", "apart_best_split"}
    assert found.tables["crew_levels"].select("starts", "ends").row(0) == (0.0, 24.0)
    assert found.tables["stock_levels"].height == 4
    assert found.tables["promise_worth"]["kept_after"][0] >= 0.85
    assert found.summary["one_more_unit_is_worth_most"].split(", ")[0] in ("pump", "seal")


def test_levels_are_made_by_the_one_that_is_asked_for() -> None:
    assert writer("stock_levels") == "optimise.stock"
    assert writer("stock_levels", ["optimise.visits"]) == "optimise.visits"
    assert writer("events", ["simulate.twin"]) is None


@pytest.mark.parametrize(("change", "error", "said"), [
    ({"crews": [{"crew": "team", "site": "depot", "heads": 3}], "lanes": None}, Unreachable,
     "Nobody goes to site zone"),
    ({"needs": [{"step": "repair", "crew": "team"}]}, Unreachable, "Nobody goes to site zone"),
    ({"lanes": [{"from_site": "zone", "to_site": "zone", "duration": 30.0}]}, Unreachable,
     "promises 12 h, and the way to site zone alone takes 30 h"),
    ({"promises": [{"promise": "back", "kind": "intervention", "window": 2.0, "target_share": 0.85}]}, Unreachable,
     "travel and work alone let at most"),
    ({"promises": [{"promise": "there", "kind": "intervention", "step": "arrived", "window": 1.5,
                    "target_share": 0.99}], "lanes": [{"from_site": "zone", "to_site": "zone", "duration": 1.5}]},
     Unreachable, "there promises 1.5 h, and the way"),
    ({"demand": [{"item": "pump", "site": "zone", "rate": 0.0}], "arrivals": None}, Unsupported, "nothing to decide"),
    ({"promises": [{"promise": "x", "kind": "order", "window": 2.0, "target_share": 0.9}]}, Unsupported,
     "promises no restoration"),
    ({"routes": [{"kind": "other", "to_step": "repair"}]}, Unsupported, "do not begin at a step that takes their item"),
    ({"routes": [{"kind": "intervention", "to_step": "look", "share": 0.5},
                 {"kind": "intervention", "to_step": "return", "share": 0.5},
                 {"kind": "intervention", "to_step": "repair", "share": 0.5}]}, Unsupported, "may repair on site"),
    ({"routes": [{"kind": "intervention", "item": "seal", "to_step": "repair"},
                 {"kind": "intervention", "from_step": "look", "to_step": "return"}]}, Unsupported,
     "Only 0.0% of the cases of kind intervention of segment, offer, item any, any, any begin"),
    ({"crews": [{"crew": "team", "heads": 3}, {"crew": "others", "heads": 3}],
      "needs": [{"step": step["step"], "crew": crew} for step in STEPS for crew in ("team", "others")]}, Unsupported,
     "Several crews go to site zone"),
])
def test_refusals_say_what_to_do(change, error, said) -> None:
    with pytest.raises(error, match=said):
        solved(field(**change))


def test_demand_without_promise_still_takes_its_time() -> None:
    tables = {"segments": [{"segment": "gold"}, {"segment": "rest"}],
              "demand": [{"item": "seal", "site": "zone", "segment": name, "rate": 450.0} for name in ("gold", "rest")],
              "arrivals": None,
              "promises": [{"promise": "back", "kind": "intervention", "segment": "gold", "window": 12.0,
                            "target_share": 0.85}]}
    model = Visits(question_of(field(**tables), "intervention", 0.25))
    assert model.cases[0] == pytest.approx(900 / 365.25)
    assert model.asked[0] == pytest.approx(450 / 365.25)
    assert isinstance(solved(field(**tables)).tables["visit_plans"], pl.DataFrame)
