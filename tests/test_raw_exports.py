"""Real exports open with `arbitre new --from`, with the counts that are known of them."""

import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from arbitre.cli import app
from arbitre.flow.pipeline import run
from arbitre.tables.chain import Chain
from arbitre.tables.open import open_chain

ROOT = Path(__file__).parents[1]
DATA = Path(os.environ.get("ARBITRE_DATA", ROOT.parent / "shared" / "data"))
pytestmark = pytest.mark.skipif(not (DATA / "events").is_dir(), reason=f"no real data in {DATA}: set ARBITRE_DATA")


def brought(source: str, folder: Path) -> tuple[Chain, str]:
    done = CliRunner().invoke(app, ["new", "chain", str(folder / "chain"), "--from", str(DATA / source)])
    assert done.exit_code == 0, done.stderr
    chain = open_chain(folder / "chain")
    assert chain.check() == []
    return chain, done.stderr


@pytest.mark.parametrize(("source", "events", "cases", "closed"), [
    ("events/bpic2013_incidents.xes.gz", 65_533, 7_554, 7_546),
    ("events/helpdesk.xes.gz", 21_221, 4_580, 4_557),  # 21,348 of which 127 repeat another one exactly
    ("events/repair_example.xes.gz", 7_733, 1_104, 1_000),  # 11,855 of which 4,122 are starts
    ("events/uci_incidents_head.csv", 5_998, 890, 890),
    ("events/ocel_order_simulated.csv", 18_134, 2_000, 0),
    ("events/ocel20_example.sqlite", 9, 3, 3),
    ("promises/olist_sample/orders.csv", 27_647, 8_135, 5_170),
])
def test_a_real_log_opens(source: str, events: int, cases: int, closed: int, tmp_path: Path) -> None:
    chain, _ = brought(source, tmp_path)
    assert chain.table("events").height == events
    assert chain.table("cases").height == cases
    assert chain.table("cases")["closed_at"].count() == closed


def test_starts_of_the_repairs_are_paired(tmp_path: Path) -> None:
    chain, _ = brought("events/repair_example.xes.gz", tmp_path)
    assert chain.table("events")["started_at"].count() == 4_121  # of 4,122 starts one was never completed
    assert (chain.table("events")["started_at"] <= chain.table("events")["happened_at"]).all()


def test_boston_is_late_as_published(tmp_path: Path) -> None:
    chain, told = brought("promises/boston311_sample.csv", tmp_path)
    assert 'closed_at = "CLOSED_DT"' in told
    summary = run(chain, "measure.promises").summary
    late = round(summary["cases"] * (1 - summary["kept_share"]))
    # 475 of the 4,995 requests are overdue, 9.5 %; 711 have no target, and are not judged.
    assert (late, summary["cases"], summary["without_date"]) == (475, 4_284, 711)
    assert late / chain.table("cases").height == pytest.approx(0.095, abs=0.0005)
    potholes = chain.table("cases").filter(offer="Request for Pothole Repair")
    assert potholes.height == 210
    assert (potholes["closed_at"] <= potholes["promised_at"]).mean() == pytest.approx(0.738, abs=0.0005)


def test_deliveries_are_late_as_published(tmp_path: Path) -> None:
    chain, told = brought("promises/scms_delivery_history.csv", tmp_path)
    assert '"Date Not Captured"' in told
    summary = run(chain, "measure.promises").summary
    assert summary["cases"] == 10_324
    assert 1 - summary["kept_share"] == pytest.approx(0.115, abs=0.0005)
