"""What a table is: columns with a type, a unit, a rule and a sentence, declared once.

Templates, the docs page, the JSON schema, the DDL, the checks and the test strategies all read these declarations.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a value is.

    A share is a number from 0 to 1; a key is text that names a row; a clock is a time of day, kept as the text "08:30"
    ("00:00" to "24:00"), so that it sorts and compares as a time does (`core.calendars.minutes` makes it a number).
    """

    KEY = "key"
    TEXT = "text"
    CHOICE = "choice"
    INTEGER = "integer"
    NUMBER = "number"
    SHARE = "share"
    TRUTH = "truth"
    DATE = "date"
    TIME = "time"
    CLOCK = "clock"


A_CLOCK = r"([01][0-9]|2[0-3]):[0-5][0-9]|24:00"
"""What a clock looks like."""


@dataclass(frozen=True)
class Column:
    """One column.

    `unit` is the unit in which values are kept ("h", "day", "money", "unit/year", ...); a header may carry another
    one of the same dimension in brackets and is converted. `refers` is "table.column". `default` fills an empty
    cell; a column that is neither `required` nor has a default may stay empty. `least` and `most` are inclusive.
    `choices_fr` are the choices in French, in the same order: read as the English ones, which are kept.
    `aliases` are headers found in the wild, in any language, compared without case, accents or punctuation.
    """

    name: str
    kind: Kind
    sentence: str
    label: str
    label_fr: str
    unit: str = ""
    key: bool = False
    required: bool = False
    default: str | float | int | bool | None = None
    refers: str = ""
    least: float | None = None
    most: float | None = None
    choices: tuple[str, ...] = ()
    choices_fr: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """One table: its rows are what `sentence` says; the columns marked `key` name a row together."""

    name: str
    sentence: str
    label: str
    label_fr: str
    columns: tuple[Column, ...]
    aliases: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns if column.key)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    def column(self, name: str) -> Column:
        """Return the declared column; raises KeyError when there is none of that name."""
        return {column.name: column for column in self.columns}[name]
