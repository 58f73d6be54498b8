"""Which calendars does a chain keep?"""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import polars as pl

from arbitre.core.calendars import Calendar, Hours, minutes
from arbitre.core.errors import Unsupported
from arbitre.core.week import WEEKDAYS
from arbitre.tables.chain import Chain


def calendars_of(chain: Chain) -> dict[str, Calendar]:
    """Return the calendars of a chain by name, in its time zone; none where it has no opening hours.

    Raises Unsupported when nobody knows its time zone.
    """
    if not chain.has("opening_hours"):
        return {}
    weeks: dict[str, dict[int, list[Hours]]] = defaultdict(lambda: defaultdict(list))
    for name, weekday, opens, closes in chain.table("opening_hours").select(
            "calendar", "weekday", "opens", "closes").rows():
        weeks[name][WEEKDAYS.index(weekday)].append((minutes(opens), minutes(closes)))
    days: dict[str, dict[date, list[Hours]]] = {name: {} for name in weeks}
    if chain.has("holidays"):
        for name, day, opens, closes in chain.table("holidays").select("calendar", "day", "opens", "closes").rows():
            for of in weeks if name is None else [name]:
                own = days[of].setdefault(day, [])
                if opens is not None:
                    own.append((minutes(opens), minutes(closes)))
    zone = _zone(chain)
    return {name: Calendar(zone, week, days[name]) for name, week in weeks.items()}


def refuse_business_hours(promises: pl.DataFrame, what: str) -> None:
    """Raise Unsupported, naming the promise, where one runs in the hours of a calendar or ends at a cut-off.

    `what` says what can only be done in elapsed hours, as "Stock is decided".
    """
    asking = promises.filter(pl.col("calendar").is_not_null() | pl.col("cut_off").is_not_null())["promise"].sort()
    if len(asking):
        raise Unsupported(f"{what} in elapsed hours, and the promise {asking[0]} runs in the hours of a calendar or "
                          "ends at a cut-off. Write its window in elapsed hours, day and night, and empty calendar and "
                          "cut_off; or name the step that keeps it, and it is judged on the facts alone.")


def _zone(chain: Chain) -> ZoneInfo:
    name = chain.settings.time_zone
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Unsupported(f"The time zone {name} of the chain {chain.name} is not known here. Write one such as "
                          "Europe/Paris as time_zone in chain.toml, or install tzdata.") from None
