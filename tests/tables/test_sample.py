"""Is the sample sound, the same every time, realistic, and does it hold what it says was planted in it?"""

import hashlib
import io
from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest

from arbitre.tables.catalogue import INPUTS
from arbitre.tables.chain import Chain
from arbitre.tables.frames import empty
from arbitre.tables.sample.aftersales import SAMPLES, SCALES, Sample, aftersales
from arbitre.tables.sample.terms import NO_DRIFTS, Drifts
from arbitre.tables.settings import Settings

END = datetime(2026, 1, 1)
LOW = ["LOGIS", "RENT", "BUILD", "FARM"]
DEMAND = pl.col("item").is_not_null()


@pytest.fixture(scope="module")
def small() -> Sample:
    return SAMPLES["aftersales"]("small", 1)


@pytest.fixture(scope="module")
def medium() -> Sample:
    return SAMPLES["aftersales"]("medium", 1)


def digest(sample: Sample) -> str:
    total = hashlib.blake2b()
    for part in (sample.tables, sample.expect):
        for name in sorted(part):
            total.update(f"{name}\n{part[name].write_csv()}".encode())
    return total.hexdigest()


def lines(sample: Sample) -> pl.DataFrame:
    """Order lines with the segment of who asks."""
    customers = sample.tables["customers"].select("customer", "segment", near="site")
    return sample.tables["cases"].filter(kind="order").join(customers, on="customer", how="left", maintain_order="left")


def kept_share(cases: pl.DataFrame, hours: float) -> float:
    window = timedelta(hours=hours)
    judged = cases.filter(pl.col("closed_at").is_not_null() | (pl.col("opened_at") + window < END))
    return judged.select((pl.col("closed_at") <= pl.col("opened_at") + window).fill_null(False).mean()).item()


def share(frame: pl.DataFrame, condition: pl.Expr) -> float:
    return frame.select(condition.mean()).item()


def since(sample: Sample, drift: str) -> datetime:
    day = sample.expect["drifts"].filter(drift=drift)["starts_on"].item()
    return datetime(day.year, day.month, day.day)


# Sound


def test_tables_are_shaped_as_declared(small):
    for name, frame in small.tables.items():
        assert frame.schema == empty(INPUTS[name]).schema, name
        assert frame.height > 0, name
    assert set(INPUTS) - set(small.tables) == {
        "alternatives", "arbitrations", "arrivals", "attribute_levels", "attributes", "automations", "bookings",
        "campaigns", "channels", "commitments", "conditions", "crews", "demand", "durations", "event_objects",
        "exposures", "heads_wanted", "holidays", "levers", "lift_tests", "needs", "objects", "observations",
        "opening_hours", "people", "planned_cases", "planned_visits", "policies", "positions", "priorities",
        "repair_shops", "requests", "responses", "rhythms", "routes", "seasons", "shift_kinds", "shift_needs",
        "shift_patterns", "shift_rules", "shifts", "skills", "spend", "stage_links", "stages", "steps",
        "trial_outcomes", "trials", "visit_windows", "waves"}


@pytest.mark.parametrize("scale", ["small", "medium"])
def test_the_chain_has_no_fault(scale, request):
    sample = request.getfixturevalue(scale)
    assert Chain(Settings.model_validate(sample.settings), sample.tables).check() == []


@pytest.mark.parametrize("seed", range(5))
def test_any_seed_gives_a_sound_chain(seed):
    sample = SAMPLES["aftersales"]("small", seed)
    assert Chain(Settings.model_validate(sample.settings), sample.tables).check() == []


def test_scales_are_named():
    assert SCALES == ("small", "medium", "large")


# The same every time


def test_same_seed_gives_the_same_bytes(small):
    assert digest(small) == digest(SAMPLES["aftersales"]("small", 1))


def test_another_seed_gives_other_facts(small):
    other = SAMPLES["aftersales"]("small", 2)
    assert digest(small) != digest(other)
    assert not small.tables["cases"].equals(other.tables["cases"])


def test_the_small_sample_can_be_kept_in_the_repository(small):
    size = 0
    for part in (small.tables, small.expect):
        for frame in part.values():
            buffer = io.BytesIO()
            frame.write_csv(buffer, datetime_format="%Y-%m-%d %H:%M")
            size += buffer.tell()
    assert size < 3_000_000


# Consistent


def test_movements_add_up_to_what_is_on_the_shelf(medium):
    moved = medium.tables["movements"].group_by("site", "item").agg(pl.col("quantity").sum())
    both = medium.tables["stocks"].join(moved, on=["site", "item"], how="full", coalesce=True)
    assert both.filter(pl.col("on_hand").fill_null(0) != pl.col("quantity").fill_null(0)).height == 0


def test_the_shelf_is_never_overdrawn(medium):
    ledger = medium.tables["movements"].group_by("site", "item", "moved_at").agg(pl.col("quantity").sum())
    ledger = ledger.sort("moved_at").with_columns(left=pl.col("quantity").cum_sum().over("site", "item"))
    assert ledger["left"].min() == 0.0


def test_an_order_is_served_from_the_site_its_offer_calls_for(small):
    rank = dict(small.tables["sites"].select("site", "kind").iter_rows())
    served = lines(small).with_columns(rank=pl.col("site").replace_strict(rank))
    assert share(served.filter(offer="AOG"), pl.col("site") == pl.col("near")) == 1.0
    assert set(served.filter(pl.col("offer").is_in(["H24", "H48"]))["rank"]) == {"central", "regional"}
    assert set(served.filter(offer="CAT")["rank"]) == {"central"}


def test_no_part_comes_faster_than_its_lane(small):
    lanes = small.tables["lanes"].select(site="from_site", near="to_site", duration="duration")
    taken = lines(small).join(lanes, on=["site", "near"], how="left").drop_nulls("closed_at")
    assert taken["duration"].null_count() == 0
    hours = (pl.col("closed_at") - pl.col("opened_at")).dt.total_minutes() / 60
    assert taken.select((hours - pl.col("duration")).min()).item() >= -1 / 60


def test_steps_come_in_order(small):
    events = small.tables["events"].filter(pl.col("step") != "exception")
    wide = events.pivot("step", index="case", values="happened_at")
    for first, second in (("shipped", "delivered"), ("delivered", "installed"), ("called", "arrived"),
                          ("arrived", "restored")):
        assert wide.filter(pl.col(first) > pl.col(second)).height == 0, (first, second)


def test_lots_show_in_reorder_levels(small):
    stocks = small.tables["stocks"].join(small.tables["items"].select("item", "lot"), on="item")
    central = stocks.filter(site="ORL")
    assert central.filter(pl.col("reorder_level") != pl.col("level") - pl.col("lot") + 1).height == 0
    assert central["reorder_level"].min() == 1
    away = stocks.filter(pl.col("site") != "ORL")
    assert away.filter(pl.col("reorder_level") != pl.col("level")).height == 0


# Realistic


def test_few_customers_make_most_of_the_lines(small, medium):
    for sample in (small, medium):
        counts = lines(sample).group_by("customer").len()["len"].sort(descending=True)
        assert counts.head(sample.tables["customers"].height // 5).sum() > 0.5 * counts.sum()
        assert counts[0] < 0.06 * counts.sum()


def test_parts_run_from_screws_to_engines(medium):
    items, truth = medium.tables["items"], medium.expect["truth_items"]
    assert items["price"].min() < 0.5
    assert items["price"].max() > 50_000
    assert items["price"].mean() > 6 * items["price"].median()
    assert 10 <= items["lead_time"].min() <= items["lead_time"].max() <= 270
    assert 38 <= items["lead_time"].median() <= 52
    assert 0.04 < items["is_repairable"].mean() < 0.08
    assert items.filter("is_repairable")["price"].min() > 800
    assert 0.35 < share(truth, pl.col("rate") < 2) < 0.65
    assert items.filter(pl.col("lot") > 1)["price"].max() < 60


def test_orders_follow_the_week_and_machines_stop_at_any_time(medium):
    weekend = pl.col("opened_at").dt.weekday() > 5
    night = ~pl.col("opened_at").dt.hour().is_between(6, 20)
    cases = lines(medium)
    assert share(cases.filter(pl.col("offer") != "AOG"), weekend) < 0.05
    assert share(cases.filter(pl.col("offer") != "AOG"), night) < 0.03
    assert 0.2 < share(cases.filter(offer="AOG"), weekend) < 0.35
    assert share(cases.filter(offer="AOG"), night) > 0.15
    august = lines(medium).group_by(pl.col("opened_at").dt.month()).len().sort("opened_at")["len"]
    assert august[7] < 0.9 * august.mean()


def test_some_cases_are_still_open(small):
    still = small.tables["cases"].filter(pl.col("closed_at").is_null())
    assert 0 < still.height < 100
    assert small.tables["events"]["happened_at"].max() < END


def test_stock_sits_in_the_wrong_places(medium):
    """What makes the sample worth optimising: dear parts starved, cheap ones everywhere, stock that nobody asks for."""
    stocks = medium.tables["stocks"].join(medium.tables["items"], on="item").filter(pl.col("site") != "ORL")
    held = stocks.filter(pl.col("level") > 0)
    assert held.filter(pl.col("price") < 20).height > 10 * held.filter(pl.col("price") > 2_000).height
    dead = medium.expect["truth_items"].filter(rate=0.0)
    value = (pl.col("on_hand") * pl.col("price")).sum()
    stocks = medium.tables["stocks"].join(medium.tables["items"], on="item")
    assert stocks.join(dead, on="item").select(value).item() > 0.01 * stocks.select(value).item()


@pytest.mark.parametrize(
    ("offer", "hours", "low", "high"),
    [("AOG", 4, 0.75, 0.91), ("H24", 24, 0.85, 0.945), ("H48", 48, 0.94, 0.995), ("CAT", 240, 0.93, 0.99)],
)
def test_promises_are_kept_as_firms_keep_them(small, medium, offer, hours, low, high):
    for sample in (small, medium):
        assert low < kept_share(lines(sample).filter(offer=offer), hours) < high


# The planted truth


def test_rates_are_those_expected(medium):
    keys = ["kind", "site", "segment", "offer", "criticality"]
    items = medium.tables["items"].select("item", "criticality")
    customers = medium.tables["customers"].select("customer", "segment")
    cases = medium.tables["cases"].filter(DEMAND).join(items, on="item").join(customers, on="customer")
    seen = cases.group_by(keys).agg(seen=pl.len())
    both = medium.expect["truth"].join(seen, on=keys, how="full", coalesce=True).fill_null(0)
    mean = both["rate"].to_numpy() * 3
    assert both["rate"].min() > 0
    # Poisson counts: the squares of what departs, over what is expected, average to one.
    often = mean > 5
    assert np.mean((both["seen"].to_numpy()[often] - mean[often]) ** 2 / mean[often]) == pytest.approx(1.0, abs=0.1)
    last = cases.filter(pl.col("opened_at") >= datetime(2025, 1, 1)).height
    assert both["rate_last"].sum() == pytest.approx(last, rel=0.02)


def test_items_are_asked_as_expected(medium):
    cases = medium.tables["cases"].filter(DEMAND)
    seen = cases.group_by("item").agg(units=pl.col("quantity").sum(), seen=pl.len())
    truth = medium.expect["truth_items"].rename({"units": "units_of_line"})
    both = truth.join(seen, on="item", how="left").fill_null(0)
    assert both["seen"].sum() == cases.height
    assert both.filter(rate=0.0)["seen"].sum() == 0
    dear = both.filter(pl.col("units_of_line") == 1, pl.col("rate") > 3)
    spread = ((dear["units"] - 3 * dear["rate"]) ** 2 / (3 * dear["rate"])).mean()
    assert spread == pytest.approx(1.0, abs=0.1)


def test_five_drifts_are_told(small):
    drifts = small.expect["drifts"]
    assert drifts["drift"].to_list() == ["value_not_challenged", "premium_for_everybody", "cost_not_mastered",
                                         "complexity", "service_below_promise"]
    assert drifts["starts_on"].is_between(datetime(2023, 6, 1).date(), datetime(2025, 6, 1).date()).all()


def test_urgent_parts_wait_to_be_fitted(small):
    fitted = small.tables["events"].filter(step="installed").select("case", fitted="happened_at")
    urgent = lines(small).join(fitted, on="case", how="inner")
    slower = pl.when(pl.col("offer") == "AOG").then(pl.duration(hours=24)).otherwise(pl.duration(hours=48))
    wasted = pl.col("fitted") > pl.col("opened_at") + slower
    start = since(small, "value_not_challenged")
    before, after = pl.col("opened_at") < start, pl.col("opened_at") >= datetime(2025, 7, 1)
    assert share(urgent.filter(after), wasted) > share(urgent.filter(before), wasted) + 0.10


def test_low_need_moves_up_to_premium(small):
    low = lines(small).filter(pl.col("segment").is_in(LOW))
    premium = pl.col("offer").is_in(["AOG", "H24", "H24SAT", "H24DOCK"])
    start = since(small, "premium_for_everybody")
    assert share(low.filter(pl.col("opened_at") < start), premium) < 0.10
    assert share(low.filter(pl.col("opened_at") >= datetime(2025, 7, 1)), premium) > 0.18
    others = lines(small).filter(~pl.col("segment").is_in(LOW))
    still = [share(others.filter(pl.col("opened_at").dt.year() == year), premium) for year in (2023, 2025)]
    assert abs(still[1] - still[0]) < 0.05


def test_cost_creeps_in_one_segment(small):
    spent = small.tables["costs"].filter(kind="handling").join(lines(small), on="case", how="inner")
    exception = small.tables["events"].filter(step="exception")
    spent = spent.join(exception, on="case", how="anti")
    cell = spent.group_by("segment", early=pl.col("spent_on") < since(small, "cost_not_mastered").date()).agg(
        pl.col("amount").mean())
    wide = cell.pivot("early", index="segment", values="amount").with_columns(rise=pl.col("false") / pl.col("true"))
    rises = dict(wide.select("segment", "rise").iter_rows())
    assert rises.pop("LOGIS") > 1.15
    assert max(abs(rise - 1) for rise in rises.values()) < 0.12


def test_exceptions_and_variants_grow(small):
    variants = small.tables["offers"].filter(~pl.col("offer").is_in(["AOG", "H24", "H48", "CAT", "AVAIL"]))["offer"]
    cases = lines(small).with_columns(year=pl.col("opened_at").dt.year())
    used = cases.filter(pl.col("offer").is_in(variants.implode())).group_by("year").agg(pl.col("offer").n_unique())
    assert len(variants) == 6
    assert dict(used.iter_rows())[2025] >= 5
    assert 2023 not in dict(used.iter_rows())
    handled = cases.join(small.tables["events"].filter(step="exception"), on="case", how="semi")
    rate = {year: handled.filter(year=year).height / cases.filter(year=year).height for year in (2023, 2025)}
    assert rate[2023] < 0.04
    assert rate[2025] > 0.07


def test_one_site_slips(medium):
    site = medium.expect["drifts"].filter(drift="service_below_promise")["where"].item().removeprefix("site ")
    h24 = lines(medium).filter(offer="H24")
    start = since(medium, "service_below_promise")
    early, late = h24.filter(pl.col("opened_at") < start), h24.filter(pl.col("opened_at") >= start)
    assert kept_share(early.filter(site=site), 24) - kept_share(late.filter(site=site), 24) > 0.2
    elsewhere = pl.col("site") != site
    assert abs(kept_share(early.filter(elsewhere), 24) - kept_share(late.filter(elsewhere), 24)) < 0.03


def test_drifts_can_be_moved_or_left_out():
    none = aftersales("small", 1, NO_DRIFTS)
    assert none.expect["drifts"].height == 0
    assert set(none.tables["cases"]["offer"]) == {"AOG", "H24", "H48", "CAT", "AVAIL"}
    assert none.tables["contracts"].filter(pl.col("from_on") >= datetime(2022, 1, 1).date()).height == 0
    waived = none.tables["invoices"].drop_nulls("case").filter(pl.col("amount") < 0.99 * pl.col("list_amount"))
    halved = none.expect["truth_discounts"]["customer"]
    assert set(waived["customer"]) <= set(halved)
    later = aftersales("small", 1, Drifts(slip=42)).expect["drifts"]
    assert later.filter(drift="service_below_promise")["starts_on"].item() == datetime(2025, 7, 1).date()
