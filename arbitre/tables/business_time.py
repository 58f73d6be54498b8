"""Which calendars does a chain keep?"""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from arbitre.core.calendars import Calendar, Hours, minutes
from arbitre.core.errors import Unsupported
from arbitre.tables.calendars import WEEKDAYS
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


def _zone(chain: Chain) -> ZoneInfo:
    name = chain.settings.time_zone
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Unsupported(f"The time zone {name} of the chain {chain.name} is not known here. Write one such as "
                          "Europe/Paris as time_zone in chain.toml, or install tzdata.") from None
