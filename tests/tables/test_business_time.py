"""The calendars of a chain, from its tables."""

from datetime import date, datetime

import polars as pl
import pytest

from arbitre.core.calendars import HOUR
from arbitre.core.errors import Unsupported
from arbitre.optimise._stock.targets import window_promises
from arbitre.simulate._network.promised import promised_windows
from arbitre.tables.business_time import calendars_of
from arbitre.tables.catalogue import INPUTS
from arbitre.tables.chain import Chain
from arbitre.tables.frames import shaped
from arbitre.tables.settings import Settings


def chain(zone: str = "Europe/Paris", **tables: list[dict[str, object]]) -> Chain:
    frames = {name: shaped(INPUTS[name], pl.DataFrame(rows, infer_schema_length=None)) for name, rows in tables.items()}
    return Chain(Settings(name="tiny", time_zone=zone), frames)


SPANS = (("shop", "08:00", "12:00"), ("shop", "14:00", "18:00"), ("desk", "22:00", "06:00"))
HOURS = [{"calendar": name, "weekday": "monday", "opens": opens, "closes": closes} for name, opens, closes in SPANS]
MONDAYS = [datetime(2024, 4, 1), datetime(2024, 4, 8), datetime(2024, 4, 15)]


def test_spans_holidays_and_days_with_hours_of_their_own() -> None:
    holidays = [{"calendar": None, "day": date(2024, 4, 1)},
                {"calendar": "shop", "day": date(2024, 4, 8), "opens": "09:00", "closes": "10:00"},
                {"calendar": "shop", "day": date(2024, 4, 7), "opens": "09:00", "closes": "11:00"}]
    found = calendars_of(chain(opening_hours=HOURS, holidays=holidays))
    starts = pl.Series(MONDAYS[:2]).dt.timestamp("us").to_numpy()
    ends = pl.Series(MONDAYS[1:]).dt.timestamp("us").to_numpy()
    assert (found["shop"].working(starts, ends) / HOUR).tolist() == [2, 1]  # Easter Monday is off, a Sunday is on
    assert (found["desk"].working(starts, ends) / HOUR).tolist() == [0, 8]
    assert calendars_of(chain()) == {}


def test_an_unknown_time_zone_is_told() -> None:
    with pytest.raises(Unsupported, match=r"time zone Europe/Pari of the chain tiny.*chain\.toml"):
        calendars_of(chain("Europe/Pari", opening_hours=HOURS))


@pytest.mark.parametrize("column", [{"calendar": "shop"}, {"cut_off": "17:00"}])
def test_what_runs_in_business_hours_is_replayed_and_not_decided(column: dict[str, str]) -> None:
    promise = {"promise": "8h", "kind": "order", "measure": "window", "window": 8.0, **column}
    told = chain(promises=[promise], opening_hours=HOURS)
    with pytest.raises(Unsupported, match=r"Stock is decided in elapsed hours, and the promise 8h"):
        window_promises(told.table("promises"), "order")
    replayed, = promised_windows(told, ["order"]).select(*column).to_dicts()
    assert replayed == column
    on_site = chain(promises=[promise | {"step": "on_site"}], opening_hours=HOURS)
    assert promised_windows(on_site, ["order"]).is_empty()
