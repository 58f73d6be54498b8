"""Numbers as people write them: "1 234,56", "1,234.56", "12 %", "€ 12", "(12)", "12-".

A column is first cast as it stands. Where that fails, each distinct cell is looked at: cells that can be read in one
way only decide which sign is the decimal mark of the column, or of its table when the column has none. A cell such
as "1,234" is never guessed. "1.234" is the number that every programme writes, unless the table uses decimal commas.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import polars as pl

from arbitre.core.units import currency_of
from arbitre.tables.cells._cells import Cells, Refusal

Mark = Literal["comma", "point"]

_GROUPED = r"\d{1,3}( \d{3})+"
_COMMA = rf"^(\d*,\d+|{_GROUPED},\d+|\d{{1,3}}(\.\d{{3}})+,\d+|\d{{1,3}}(\.\d{{3}}){{2,}})(e[+-]?\d+)?$"
_POINT = rf"^(\d*\.\d+|\d+\.|{_GROUPED}\.\d+|\d{{1,3}}(,\d{{3}})+\.\d+|\d{{1,3}}(,\d{{3}}){{2,}})(e[+-]?\d+)?$"
_WHOLE = rf"^(\d+(e[+-]?\d+)?|{_GROUPED})$"
_MAYBE_COMMA = r"^[1-9]\d{0,2},\d{3}$"
_MAYBE_POINT = r"^[1-9]\d{0,2}\.\d{3}$"
_SPACES = "[\u00a0\u202f\u2009'\u2019]"
_CURRENCY = r"([€£$]|\b[A-Za-z]{3}\b)"


@dataclass(frozen=True)
class Written:
    """The distinct cells of a column, each with its digits and in which style they are written."""

    cells: pl.DataFrame

    @property
    def evidence(self) -> set[Mark]:
        """The decimal marks that cells readable in one way only show."""
        styles = set(self.cells["style"].drop_nulls())
        marks: tuple[Mark, ...] = ("comma", "point")
        return {mark for mark in marks if mark in styles}

    @property
    def majority(self) -> Mark:
        """The decimal mark that most of those cells show."""
        count = self.cells["style"].value_counts()
        held = dict(zip(count["style"], count["count"], strict=True))
        return "comma" if held.get("comma", 0) > held.get("point", 0) else "point"


def plain(text: pl.Series, whole: bool) -> pl.Series | None:
    """Return the column cast as it stands, None when some cell does not cast. `whole` asks for integers first."""
    if whole:
        values = text.cast(pl.Int64, strict=False)
        if values.null_count() == text.null_count():
            return values
    values = text.cast(pl.Float64, strict=False)
    return values if values.null_count() == text.null_count() else None


def written(text: pl.Series) -> Written:
    """Return how the distinct cells of a column are written."""
    cells = text.drop_nulls().unique().to_frame("text")
    cells = cells.with_columns(pl.col("text").str.replace_all(_SPACES, " ").str.replace("\u2212", "-").alias("digits"))
    cells = cells.with_columns(pl.col("digits").str.extract(_CURRENCY).alias("currency"))
    cells = cells.with_columns(
        pl.when(pl.col("currency").is_null()).then("digits")
        .otherwise(pl.col("digits").str.replace(_CURRENCY, "").str.strip_chars()).alias("digits"))
    cells = cells.with_columns(
        pl.col("digits").str.contains(r"^\(.*\)$|^-|-$").alias("negative"),
        pl.col("digits").str.contains(r"%$").alias("percent"),
        pl.col("digits").str.replace(r"^\((.*)\)$", "$1").str.replace(r"^[+-]\s*", "").str.replace(r"\s*[-%]$", "")
        .str.to_lowercase())
    digits = pl.col("digits")
    style = (pl.when(digits.str.contains(_WHOLE)).then(pl.lit("whole"))
             .when(digits.str.contains(_MAYBE_COMMA)).then(pl.lit("comma?"))
             .when(digits.str.contains(_MAYBE_POINT)).then(pl.lit("point?"))
             .when(digits.str.contains(_COMMA)).then(pl.lit("comma"))
             .when(digits.str.contains(_POINT)).then(pl.lit("point")))
    return Written(cells.with_columns(style.alias("style")))


def marks(columns: Mapping[str, Written]) -> dict[str, Mark | None]:
    """Decide the decimal mark of each column of a table, None where "1,234" could be either.

    A column follows its own unambiguous cells, else the mark on which the other columns of the table agree.
    """
    shown: set[Mark] = {mark for column in columns.values() if len(column.evidence) == 1 for mark in column.evidence}
    shared: Mark | None = shown.pop() if len(shown) == 1 else None
    decided: dict[str, Mark | None] = {}
    for name, column in columns.items():
        if column.evidence:
            decided[name] = column.majority
        elif shared or (column.cells["style"] == "comma?").any():
            decided[name] = shared
        else:
            decided[name] = "point"
    return decided


def numbers(text: pl.Series, column: Written, mark: Mark | None, money: str, percents: bool) -> Cells:
    """Return the column as numbers.

    `mark` is its decimal mark, None when undecided. `money` is the currency of the chain for a column of money, ""
    for any other, where a currency sign is refused. `percents` allows "95 %", which is 0.95.
    """
    style, digits = pl.col("style"), pl.col("digits").str.replace_all(" ", "")
    other = "comma" if mark == "point" else "point"
    comma, point = ("", ".") if mark == "point" else (".", "")
    value = digits.str.replace_all(".", "\x00", literal=True).str.replace_all(",", comma, literal=True)
    value = value.str.replace_all("\x00", point, literal=True).cast(pl.Float64, strict=False)
    # Divided by 100, not multiplied by 0.01: 95.5 % must be the very number 0.955.
    value = value * pl.when("negative").then(-1.0).otherwise(1.0) / pl.when("percent").then(100.0).otherwise(1.0)
    currencies = {sign: currency_of(sign, money) for sign in column.cells["currency"].drop_nulls().unique()}
    foreign = [sign for sign, code in currencies.items() if money and code and code != money]
    unknown = [sign for sign, code in currencies.items() if not money or not code]
    unsure = style.is_in(["comma?", "point?"]) if mark is None else pl.lit(value=False)
    rule = (pl.when(style.is_null() | pl.col("currency").is_in(unknown)).then(pl.lit("not_a_number"))
            .when(pl.col("currency").is_in(foreign)).then(pl.lit("other_currency"))
            .when(pl.col("percent") & pl.lit(not percents)).then(pl.lit("not_a_number"))
            .when(unsure).then(pl.lit("ambiguous_number"))
            .when(style == other).then(pl.lit("mixed_decimals")))
    read = column.cells.select("text", value.alias("value"), rule.alias("rule"))
    full = text.to_frame("text").join(read, on="text", how="left", maintain_order="left")
    broken = [name for name in read["rule"].unique().to_list() if name]
    refusals = [Refusal(name, (full["rule"] == name).fill_null(value=False), _blanks(name, money))
                for name in sorted(broken)]
    return Cells(full["value"]).without(*refusals)


def _blanks(rule: str, money: str) -> dict[str, str]:
    return {"currency": money} if rule == "other_currency" else {}
