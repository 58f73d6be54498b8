"""measure.automations: rules tried on a desk small enough to count by hand, and on one with planted dead deals."""

from datetime import datetime, timedelta
from typing import Any

import polars as pl
import pytest
from python_calamine import CalamineWorkbook
from scipy.stats import betabinom

import arbitre
from arbitre.capability import Result, silent
from arbitre.core.errors import Unsupported, UsageError
from arbitre.flow.hand_out import hand_out
from arbitre.maths.evidence.shares import wilson
from arbitre.measure import automations
from arbitre.measure.automations import Params
from arbitre.tables.chain import Chain
from arbitre.tables.conditions import all_hold, condition
from arbitre.tables.new import new
from benchmarks.rows import chain_of

DAY0 = datetime(2025, 1, 1, 12)
LAST = 70


def day(number: float) -> datetime:
    return DAY0 + timedelta(days=number)


def desk(rules: list[dict[str, Any]], cases: list[tuple[str, float, float | None]], events: list[tuple[Any, ...]],
         **more: list[dict[str, Any]]) -> Chain:
    names = [{"automation": f"r{number}", **rule} for number, rule in enumerate(rules, 1)]
    return chain_of(
        automations=names,
        cases=[{"case": case, "kind": "deal", "customer": f"of {case}", "opened_at": day(begins),
                "closed_at": None if ends is None else day(ends)} for case, begins, ends in cases],
        customers=[{"customer": f"of {case}", "site": "north" if case < "m" else "south"} for case, _, _ in cases],
        events=[{"case": case, "step": step, "happened_at": day(at), "resource": who}
                for case, step, at, who in events], **more)


def asked(chain: Chain, **params: Any) -> Result:
    return automations.run(chain, Params(until=day(LAST).date(), **params), 1, silent)


CASES = [("a", 0, None), ("b", 1, 40), ("c", 2, 33), ("d", 50, None), ("e", 3, None)]
EVENTS = [("a", "call", 1, "ann"), ("b", "call", 2, "bob"), ("b", "won", 40, "bob"), ("c", "call", 5, "ann"),
          ("c", "lost", 33, "ann"), ("d", "call", 51, "ann"), ("e", "call", 60, "bob")]


def row(answer: Result, rule: str = "r1") -> dict[str, Any]:
    return answer.tables["automation_effects"].row(by_predicate=pl.col("automation") == rule, named=True)


def test_a_rule_is_counted_from_the_first_week_end_at_which_it_holds() -> None:
    """Weeks end at midnight of days 70, 63, ... 0. Silent for 20 days are a on day 21, and b, c and e on day 28."""
    answer = asked(desk([{"condition": "days_at_step > 20", "action": "close", "hours": 2}], CASES, EVENTS), follow=14)
    weeks = answer.tables["automation_weeks"].filter(pl.col("fired") > 0)
    assert weeks.select("week_on", "fired").rows() == [(day(21).date(), 1), (day(28).date(), 3)]
    assert answer.tables["automation_cases"]["case"].to_list() == ["a"]
    found = row(answer)
    # b is won on day 40, within the fortnight; e is called on day 60 only.
    assert (found["cases"], found["fired"], found["judged"], found["won"]) == (1, 4, 4, 1)
    assert (found["won_low"], found["won_high"]) == tuple(float(end) for end in wilson(1, 4))
    law = betabinom(1, 1.5, 3.5)
    assert (found["forgone"], found["forgone_high"]) == (pytest.approx(law.mean()), law.ppf(0.975))
    assert found["weekly"] == pytest.approx(4 / 10)
    assert found["hours"] == pytest.approx(2 * 4 / 10 * 365.25 / 7)
    # Until midnight of day 28 it is 11.5 and 4.5 days to what happens next; 14 at most.
    assert found["quiet"] == pytest.approx((14 + 11.5 + 4.5 + 14) / 4, abs=1e-6)


def test_the_usual_share_is_of_all_cases_open_at_the_same_moments() -> None:
    chain = desk([{"condition": "days_at_step > 20", "action": "close"}], CASES, EVENTS)
    ends = [day(7 * week + 0.5) for week in range(9)]
    seen = [case == "b" and 40 - (end - DAY0).days <= 14 for end in ends for case, opened, closed in CASES
            if day(opened) <= end and (closed is None or day(closed) > end)]
    assert row(asked(chain, follow=14))["usual_share"] == pytest.approx(sum(seen) / len(seen))


def test_attributes_are_asked_as_they_were_known_then() -> None:
    attributes = [{"case": "a", "attribute": "amount", "value": value, "valid_from": day(since)}
                  for value, since in (("100", 0), ("900", 30))]
    rules = [{"condition": "attribute.amount >= 500", "action": "open_task", "parameter": "call"},
             {"condition": "attribute.amount < 500 and customer.site = north", "action": "remind"}]
    answer = asked(desk(rules, CASES, EVENTS, attributes=attributes))
    weeks = answer.tables["automation_weeks"].filter(pl.col("fired") > 0)
    assert weeks.select("automation", "week_on", "is_backlog").rows() == [
        ("r1", day(35).date(), False), ("r2", day(0).date(), True)]
    assert answer.tables["automation_cases"].select("automation", "case", "value").rows() == [("r1", "a", 900.0)]


def test_the_lower_of_contrary_rules_yields_and_is_told() -> None:
    rules = [{"condition": "days_at_step > 20", "action": "close"}, {"condition": "step = call", "action": "remind"},
             {"condition": "resource = ann", "action": "close"}]
    answer = asked(desk(rules, CASES, EVENTS))
    told = answer.tables["automation_cases"].select("automation", "case", "yields_to").rows()
    assert told == [("r1", "a", None), ("r2", "a", "r1"), ("r2", "d", None), ("r2", "e", None), ("r3", "d", "r2")]
    conflicts = {(one, other): now for one, other, now in
                 answer.tables["automation_conflicts"].select("automation", "other", "cases").iter_rows()}
    assert conflicts == {("r1", "r2"): 1, ("r2", "r3"): 2}
    assert answer.summary["open_after"] == 2


def test_cases_go_to_the_least_loaded_crew_of_their_site() -> None:
    crews = [{"crew": name, "site": site, "heads": 1} for name, site in (("ann", "north"), ("cat", "north"),
                                                                         ("bob", "south"))]
    rules = [{"condition": "step = call", "action": "reassign", "parameter": "least_loaded"}]
    events = [(case, "call", 60, "ann") for case in "abcde"]
    answer = asked(desk(rules, [(case, 0, None) for case in "abcde"], events, crews=crews))
    assert answer.tables["automation_cases"].select("case", "parameter").rows() == [("a", "cat"), ("b", "cat")]
    assert answer.tables["automation_loads"].select("resource", "before", "after").rows() == [
        ("ann", 5, 3), ("cat", 0, 2)]


def test_nobody_is_given_what_they_have() -> None:
    rules = [{"condition": "step = call", "action": "reassign", "parameter": "ann"}]
    answer = asked(desk(rules, CASES, EVENTS))
    assert answer.tables["automation_cases"]["case"].to_list() == ["e"]


def test_a_rule_that_only_today_can_ask_has_no_past() -> None:
    chances = [{"case": "a", "exit": "won", "is_dead": True}]
    chain = desk([{"condition": "dead = true", "action": "close"}], CASES, EVENTS, case_chances=chances)
    found = row(asked(chain))
    assert (found["cases"], found["fired"], found["won_share"]) == (1, None, None)


def test_without_a_case_to_judge_nothing_is_sure() -> None:
    answer = asked(desk([{"condition": "days_at_step > 20", "action": "close"}], CASES, EVENTS), follow=60)
    found = row(answer)
    assert (found["judged"], found["won_share"], found["won_low"], found["won_high"]) == (0, None, 0.0, 1.0)
    assert (found["forgone_low"], found["forgone_high"]) == (0.0, 1.0)


@pytest.mark.parametrize(("text", "says"), [
    ("amount > 3", "attribute.NAME"), ("days_open > soon", "does not fit"), ("step is open", "Cannot read"),
    ("dead = maybe", "does not fit")])
def test_a_condition_that_cannot_be_asked_says_why(text: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        condition(text)
    chain = desk([{"condition": text, "action": "close"}, {"action": "reassign"}], CASES, EVENTS)
    assert {fault.rule for fault in chain.check() if fault.table == "automations"} == {
        "automation_unreadable", "automation_needs"}


def test_what_is_not_known_never_holds() -> None:
    frame = pl.DataFrame({"attribute.amount": ["12", None, "much"], "step": ["a", None, "b"]})
    assert frame.select(all_hold(condition("attribute.amount < 20"))).to_series().to_list() == [True, False, False]
    assert frame.select(all_hold(condition("step != a"))).to_series().to_list() == [False, False, True]


def test_no_active_rule_is_refused() -> None:
    with pytest.raises(Unsupported, match="is_active"):
        asked(desk([{"action": "close", "is_active": False}], CASES, EVENTS))


def test_planted_dead_deals_are_closed_and_few_others(tmp_path: Any) -> None:
    """The rule closes no deal that is won later but a few, and finds what was planted; what to do is handed out."""
    chain = new("sales", "small", 1, tmp_path / "sales")
    answer = arbitre.run(chain, "measure.automations")
    planted = set(pl.read_csv(tmp_path / "sales" / "expect" / "dead.csv")["case"])
    told = answer.tables["automation_cases"].filter(automation="close_silent")["case"].to_list()
    assert len(planted & set(told)) >= 0.9 * len(told)
    found = row(answer, "close_silent")
    assert found["won_high"] < found["usual_share"]
    assert row(answer, "remind_pushed")["won_share"] > found["won_share"]
    *_, book = hand_out(chain, answer, tmp_path / "out")
    sheets = CalamineWorkbook.from_path(book)
    to_do = answer.tables["automation_cases"].filter(pl.col("yields_to").is_null())
    assert sum(len(sheets.get_sheet_by_name(name).to_python()) - 1 for name in sheets.sheet_names) == to_do.height
