"""What holds for every chain: a sound one has no faults, and how it is written down changes nothing."""

import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from arbitre.tables.catalogue import INPUTS
from arbitre.tables.cells.typed import Typed, typed
from arbitre.tables.chain import Chain
from arbitre.tables.checks.check import check
from arbitre.tables.checks.rules import say
from arbitre.tables.frames import empty
from arbitre.tables.raw import Raw
from arbitre.tables.schema import Kind, Table
from arbitre.tables.settings import Settings
from tests.strategies import chains

SLOW = settings(deadline=None, max_examples=40,
                suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
CHAIN = Settings.model_validate({"name": "laws", "dates": "day_first"})


def as_english(table: Table, frame: pl.DataFrame) -> pl.DataFrame:
    """Write a table as a programme would: decimal points, ISO dates."""
    return frame.select(pl.col(column.name).cast(pl.String) for column in table.columns)


def as_french(table: Table, frame: pl.DataFrame) -> pl.DataFrame:
    """Write a table as a French sheet would: decimal commas, days first, oui and non, percents, French labels."""
    return frame.select(french(column.kind, column.name).alias(column.label_fr) for column in table.columns)


def french(kind: Kind, name: str) -> pl.Expr:
    column = pl.col(name)
    if kind == Kind.NUMBER:  # a fifth decimal, so that no cell can be taken for thousands
        return column.map_elements(lambda number: f"{number:.5f}".replace(".", ","), pl.String)
    if kind == Kind.SHARE:
        return column.map_elements(lambda share: f"{share * 100:.1f} %".replace(".", ","), pl.String)
    if kind == Kind.TRUTH:
        return pl.when(column).then(pl.lit("Oui")).when(~column).then(pl.lit("Non"))
    if kind == Kind.DATE:
        return column.dt.strftime("%d/%m/%Y")
    if kind == Kind.TIME:
        return column.dt.strftime("%d/%m/%Y %H:%M:%S")
    if kind == Kind.CLOCK:
        return column.str.replace(":", "h")
    return column.cast(pl.String)


def read(table: Table, frame: pl.DataFrame) -> Typed:
    return typed(Raw(f"{table.name}.csv", frame), table, CHAIN)


@SLOW
@given(chains())
def test_a_sound_chain_has_no_faults(chain: Chain) -> None:
    assert chain.check() == []


@SLOW
@given(chains("promises", "cases", "demand"))
def test_a_sound_chain_is_read_as_it_is_written(chain: Chain) -> None:
    for name, frame in chain.tables.items():
        for way in (as_english, as_french):
            again = read(INPUTS[name], way(INPUTS[name], frame))
            assert again.faults == [], way
            filled = frame.filter(~pl.all_horizontal(pl.all().is_null()))
            assert_frame_equal(again.frame, filled)


@SLOW
@given(chains("cases", "stocks", "lanes", "events"), st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(chain: Chain, random: object) -> None:
    """Faults included: rows are broken, and shuffled with their numbers."""
    tables = dict(chain.tables)
    tables["stocks"] = tables["stocks"].with_columns(on_hand=-1, item=pl.lit("nowhere"))
    rows = {name: pl.Series(range(2, 2 + frame.height), dtype=pl.Int64) for name, frame in tables.items()}
    orders = {name: random.sample(range(frame.height), frame.height) for name, frame in tables.items()}  # type: ignore[attr-defined]
    shuffled = {name: frame[orders[name]] for name, frame in tables.items()}
    numbers = {name: rows[name][orders[name]] for name in rows}

    def told(faults: list) -> list:
        return sorted((fault.table, fault.column, fault.rule, sorted(fault.rows), fault.count) for fault in faults)

    assert told(check(tables, rows, [])) == told(check(shuffled, numbers, []))


ODD = st.sampled_from([
    "", " ", "1,234", "1.5", "95 %", "nan", "-inf", "#N/A", "(3)", "03/04/2026", "2026-13-01", "1e999", "$",
    "99999999999999999999", "2026-03-29T02:30:00Z", "9999-12-31", "oui", "{count}", "[x]", "\u202f1", "é",
])


@SLOW
@given(st.data(), st.sampled_from(list(INPUTS)))
def test_nothing_written_in_a_cell_breaks_the_reading(data: st.DataObject, name: str) -> None:
    """Whatever the cells hold, the frame has the declared shape and every fault can be told."""
    table = INPUTS[name]
    rows = data.draw(st.integers(1, 4))
    cells = st.lists(st.none() | ODD | st.text(max_size=6), min_size=rows, max_size=rows)
    frame = pl.DataFrame({column.name: data.draw(cells) for column in table.columns},
                         schema=dict.fromkeys(table.names, pl.String))
    found = read(table, frame)
    assert dict(found.frame.schema) == dict(empty(table).schema)
    assert found.rows.len() == found.frame.height
    for fault in [*found.faults, *check({name: found.frame}, {name: found.rows}, found.faults)]:
        assert say(fault, "en") != say(fault, "fr")
