"""Small sound chains, drawn from the declarations: keys are distinct, references exact, values in range."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import polars as pl
from hypothesis import strategies as st

from arbitre.tables.catalogue import INPUTS
from arbitre.tables.chain import Chain
from arbitre.tables.frames import TYPES
from arbitre.tables.generated import referred_first
from arbitre.tables.schema import Column, Kind, Table
from arbitre.tables.settings import Settings

_MOST_ROWS = 5
_LARGE = 10_000
_TEXTS = st.text("abcdeéèçÀ ÖXYZ0123456789'&;,\"", min_size=1, max_size=8).map(str.strip).filter(
    lambda text: text and text[0] not in "#-–—" and text not in ("N/A", "n/a"))
_CRITICALITIES = ("nogo", "goif", "go")


_MOST_TABLES = 10


@st.composite
def chains(draw: st.DrawFn, *names: str) -> Chain:
    """Draw a sound chain with the named tables, by default with any few, and those that they refer to."""
    wanted = set(names) or draw(st.sets(st.sampled_from(sorted(INPUTS)), min_size=1, max_size=_MOST_TABLES))
    while more := {table for name in wanted for table in _referred(INPUTS[name])} - wanted:
        wanted |= more
    tables: dict[str, pl.DataFrame] = {}
    for name in referred_first():
        if name in wanted:
            tables[name] = draw(frames(INPUTS[name], tables))
    return Chain(Settings.model_validate({"name": "drawn"}), _agreeing(tables))


@st.composite
def frames(draw: st.DrawFn, table: Table, others: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """Draw the rows of a table whose references point into `others`."""
    least = 1 if table.name in {name for other in INPUTS.values() for name in _referred(other)} else 0
    rows = draw(st.lists(st.fixed_dictionaries({column.name: values(column, others) for column in table.columns}),
                         min_size=least, max_size=_MOST_ROWS,
                         unique_by=(lambda row: tuple(row[name] for name in table.key)) if table.key else None))
    schema = {column.name: TYPES[column.kind] for column in table.columns}
    return pl.DataFrame(rows, schema=schema)


def values(column: Column, others: dict[str, pl.DataFrame]) -> st.SearchStrategy[Any]:
    """Return the strategy of the cells of a column; empty ones where the declaration allows them and has no default."""
    drawn = _values(column, others)
    return drawn if column.required or column.default is not None else st.none() | drawn


def _values(column: Column, others: dict[str, pl.DataFrame]) -> st.SearchStrategy[Any]:
    if column.refers:
        table, key = column.refers.split(".")
        return st.sampled_from(others[table][key].to_list()) if table in others else st.none()
    if column.name == "criticality":
        return st.sampled_from(_CRITICALITIES)
    least = column.least if column.least is not None else -_LARGE
    most = column.most if column.most is not None else _LARGE
    match column.kind:
        case Kind.CHOICE:
            return st.sampled_from(column.choices)
        case Kind.INTEGER:
            return st.integers(int(least), int(most))
        case Kind.NUMBER:
            return st.floats(least, most, allow_nan=False).map(
                lambda number: max(least, round(number, 4) + 0.0))
        case Kind.SHARE:
            return st.integers(0, 999).map(lambda thousandths: thousandths / 1000)
        case Kind.TRUTH:
            return st.booleans()
        case Kind.CLOCK:
            return st.integers(0, 24 * 60).map(lambda minute: f"{minute // 60:02d}:{minute % 60:02d}")
        case Kind.DATE:
            return st.dates(date(2020, 1, 1), date(2027, 12, 31))
        case Kind.TIME:
            return st.datetimes(datetime(2020, 1, 1), datetime(2027, 12, 31)).map(lambda at: at.replace(microsecond=0))
        case _:
            return _TEXTS


def _referred(table: Table) -> set[str]:
    return {column.refers.split(".")[0] for column in table.columns if column.refers} - {table.name}


def _agreeing(tables: dict[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """Make the tables agree with one another, where the declaration of each alone cannot."""
    for name, change in _AGREEMENTS.items():
        if name in tables:
            tables[name] = change(tables[name], tables)
    return tables


def _after(later: str, earlier: str) -> pl.Expr:
    return pl.when(pl.col(later).is_not_null()).then(pl.max_horizontal(later, earlier)).alias(later)


def _sites(frame: pl.DataFrame, _: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """Let the first site supply the others, and give both halves of a place or none."""
    first = frame["site"][0]
    return _places(frame.with_columns(supplier=pl.when(pl.col("site") != first).then(pl.lit(first))))


def _items(frame: pl.DataFrame, _: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """Let each repairable item be replaced by the one below it in the table."""
    return frame.with_columns(successor=pl.when("is_repairable").then(pl.col("item").shift(-1)))


def _places(frame: pl.DataFrame) -> pl.DataFrame:
    both = pl.col("latitude").is_not_null() & pl.col("longitude").is_not_null()
    return frame.with_columns(pl.when(both).then(pl.col("latitude", "longitude")))


def _lanes(frame: pl.DataFrame, tables: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """Add the lanes from suppliers to their sites."""
    needed = tables["sites"].filter(pl.col("supplier").is_not_null()).select(
        from_site="supplier", to_site="site", duration=pl.lit(24.0), cost=pl.lit(0.0), lends=pl.lit(value=False))
    return pl.concat([frame, needed]).unique(["from_site", "to_site"], keep="first", maintain_order=True)


def _promises(frame: pl.DataFrame, tables: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """Drop promises that repeat another, criticalities that nobody asks for, and what a mean wait has no use for."""
    waits = pl.col("measure") == "waiting"
    frame = frame.with_columns(pl.when(~waits).then(pl.col("target_share", "cut_off")),
                               counts=pl.when(waits).then(pl.lit("line")).otherwise("counts"))
    asked = tables["demand"]["criticality"] if "demand" in tables else pl.Series(_CRITICALITIES)
    if "items" in tables:
        asked = pl.concat([asked, tables["items"]["criticality"]])
    known = pl.col("criticality").is_in(asked.drop_nulls().unique().implode())
    frame = _in_calendars(frame.with_columns(criticality=pl.when(known).then("criticality")), tables)
    content = [name for name in frame.columns if name not in ("promise", "name")]
    return frame.unique(content, keep="first", maintain_order=True)


def _automations(frame: pl.DataFrame, _: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """Let each rule have a condition that can be read, and what its action needs."""
    return frame.with_columns(condition=pl.format("step = {}", pl.int_range(frame.height)),
                              parameter=pl.col("parameter").fill_null("7"))


def _events(frame: pl.DataFrame, tables: dict[str, pl.DataFrame]) -> pl.DataFrame:
    opened = frame.join(tables["cases"], on="case", how="left", maintain_order="left")["opened_at"]
    return frame.with_columns(happened_at=pl.max_horizontal("happened_at", opened + timedelta(minutes=1)))


def _in_calendars(frame: pl.DataFrame, tables: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """Name only calendars that have opening hours."""
    known = tables["opening_hours"]["calendar"] if "opening_hours" in tables else pl.Series(dtype=pl.String)
    return frame.with_columns(calendar=pl.when(pl.col("calendar").is_in(known.implode())).then("calendar"))


def _holidays(frame: pl.DataFrame, tables: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """Give both ends of the hours of a day or none."""
    both = pl.col("opens").is_not_null() & pl.col("closes").is_not_null()
    frame = _in_calendars(frame.with_columns(pl.when(both).then(pl.col("opens", "closes"))), tables)
    return frame.unique(["calendar", "day", "opens"], keep="first", maintain_order=True)


def _stages(frame: pl.DataFrame, _: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """Give both numbers of a demand or none."""
    both = pl.col("demand_mean").is_not_null() & pl.col("demand_deviation").is_not_null()
    return frame.with_columns(pl.when(both).then(pl.col("demand_mean", "demand_deviation")))


def _steps(frame: pl.DataFrame, tables: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """Observe only what durations hold, and find room for batches."""
    seen = tables["durations"]["step"] if "durations" in tables else pl.Series(dtype=pl.String)
    observed = (pl.col("law") == "observed") & ~pl.col("step").is_in(seen.implode())
    return _in_calendars(frame.with_columns(law=pl.when(observed).then(pl.lit("constant")).otherwise("law"),
                                            batch=pl.min_horizontal("batch", "room")), tables)


def _metrics(frame: pl.DataFrame, tables: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """Count cases, or tell the share of a promise kept."""
    counted = tables["promises"].filter(pl.col("measure") != "availability")["promise"]
    told = pl.col("promise").is_in(counted.implode())
    frame = frame.with_columns(promise=pl.when(told).then("promise"), kind=pl.when(told).then(
        pl.lit("promise")).otherwise(pl.lit("simple")))
    counts = frame.with_columns(
        pl.lit(None, frame.schema[name]).alias(name)
        for name in ("measure", "filter", "time", "until", "numerator", "denominator", "expression", "window",
                     "to_date", "from_step", "to_step", "quantile"))
    return counts.with_columns(table=pl.when(pl.col("kind") == "simple").then(pl.lit("cases")),
                               aggregation=pl.lit("count"))


def _routes(frame: pl.DataFrame, _: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """Let half of the cases of each kind that come to a step go on, up the alphabet, after they begun at one."""
    begins = frame.filter(pl.col("to_step").is_not_null()).unique("kind", keep="first", maintain_order=True)
    begins = begins.with_columns(pl.lit(None, pl.String).alias("from_step"), pl.lit(1.0).alias("share"))
    onward = frame.filter(pl.col("from_step") < pl.col("to_step"))
    onward = onward.unique(["kind", "from_step"], keep="first", maintain_order=True).with_columns(share=pl.lit(0.5))
    return pl.concat([begins.with_columns(pl.lit(None, pl.String).alias(name) for name in ("segment", "offer")),
                      onward])


def _begun(frame: pl.DataFrame, tables: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """Keep cases of kinds that routes let begin."""
    if "routes" not in tables:
        return frame
    return frame.filter(pl.col("kind").is_in(
        tables["routes"].filter(pl.col("from_step").is_null())["kind"].unique().implode()))


def _needs(frame: pl.DataFrame, _: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """Need a crew or an item, and no more heads than there are."""
    frame = frame.filter(pl.any_horizontal(pl.col("crew", "item").is_not_null()))
    frame = frame.with_columns(item=pl.when(pl.col("crew").is_null()).then("item"), quantity=pl.lit(1, pl.Int64))
    return frame.unique(["step", "crew", "item"], keep="first", maintain_order=True)


_AGREEMENTS: dict[str, Any] = {
    "sites": _sites,
    "customers": lambda frame, _: _places(frame),
    "lanes": _lanes,
    "items": _items,
    "stocks": lambda frame, _: frame.with_columns(reorder_level=pl.min_horizontal("reorder_level", "level")),
    "demand": lambda frame, _: frame.with_columns(pl.col("dispersion").first().over("item", "site")),
    "promises": _promises,
    "automations": _automations,
    "metrics": _metrics,
    "holidays": _holidays,
    "contracts": lambda frame, _: frame.with_columns(_after("to_on", "from_on")),
    "cases": lambda frame, _: frame.with_columns(_after("promised_at", "opened_at"), _after("closed_at", "opened_at")),
    "events": _events,
    "stages": _stages,
    "event_objects": lambda frame, _: frame.drop_nulls("event"),
    "steps": _steps,
    "crews": lambda frame, tables: _in_calendars(
        frame.with_columns(heads=pl.max_horizontal("heads", pl.lit(1))), tables),
    "shifts": lambda frame, _: frame.with_columns(heads=pl.max_horizontal("heads", pl.lit(1))),
    "needs": _needs,
    "routes": _routes,
    "arrivals": _begun,
    "campaigns": lambda frame, tables: _begun(frame, tables).with_columns(_after("due_on", "opens_on")),
    "planned_cases": _begun,
    "rhythms": lambda frame, _: frame.with_columns(weight=pl.max_horizontal("weight", pl.lit(1.0))),
    "stage_links": lambda frame, _: frame.filter(pl.col("from_stage") < pl.col("to_stage")),
}
