"""Writes a chain as a folder, a workbook or a DuckDB file; each can be opened again and holds the same chain."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import duckdb
import polars as pl
from xlsxwriter.worksheet import Worksheet

from arbitre.core.errors import UsageError
from arbitre.core.words import folded, nearest
from arbitre.tables.catalogue import INPUTS
from arbitre.tables.cells.headers import spelt
from arbitre.tables.engine import LOCKED, ArrowStream
from arbitre.tables.files._settings_rows import SETTINGS, settings_rows
from arbitre.tables.files._sheets import Pen, new_workbook
from arbitre.tables.files._toml import toml
from arbitre.tables.files.atomic import whole_file, whole_folder
from arbitre.tables.files.read import table_named
from arbitre.tables.schema import Column, Table
from arbitre.tables.settings import Settings

Tables = Mapping[str, pl.DataFrame]
Form = Literal["csv", "csv_fr", "parquet"]

_CHOICE_ROWS = 10_000
"""Rows at least to which a list of choices reaches down."""
_MOST_LISTED = 255
"""Characters that Excel takes for a list of choices."""
_WORDS = {
    "en": {"readme": "readme", "sheet": "Sheet", "holds": "What each row is", "unit": "Unit",
           "intro": "One sheet per table; the note on each header says what goes there. Units go in brackets after a "
                    "header, as in Duration (h). Sheets whose name starts with _ are left out."},
    "fr": {"readme": "lisez-moi", "sheet": "Feuille", "holds": "Ce qu'est chaque ligne", "unit": "Unité",
           "intro": "Une feuille par table ; la note de chaque en-tête dit ce qu'on y met. Les unités vont entre "
                    "parenthèses après l'en-tête, comme Durée (h). Les feuilles dont le nom commence par _ sont "
                    "écartées."},
}


def write_folder(tables: Tables, settings: Settings, path: Path, form: Form = "csv") -> None:
    """Write chain.toml and tables/ to the folder `path`, replacing those that are there and nothing else.

    `form` is "csv" (UTF-8, comma, decimal point, ISO dates), "csv_fr" (semicolon, decimal comma, for a French Excel)
    or "parquet". Raises UsageError for a table that is not declared, or when `path` holds other things than a chain.
    """
    _declared(tables)
    if path.exists() and not (path.is_dir() and ((path / "chain.toml").exists() or _holds_notes_only(path))):
        raise UsageError(f"{path} holds other things than a chain. Give a new folder, or one with a chain.toml.")
    with whole_folder(path) as staging:
        new = staging / path.name
        (new / "tables").mkdir(parents=True)
        (new / "chain.toml").write_text(toml(_plain(settings)), encoding="utf-8")
        for name, frame in tables.items():
            _write_table(frame, new / "tables" / name, form)
        if path.exists():
            _replace(new, path, staging / "old")
        else:
            new.rename(path)


def write_results(tables: Tables, folder: Path) -> list[Path]:
    """Write result tables as CSV, every row of them; returns where."""
    files = [folder / f"{name}.csv" for name in tables]
    for file, frame in zip(files, tables.values(), strict=True):
        with whole_file(file) as new:
            frame.write_csv(new)
    return files


def _holds_notes_only(folder: Path) -> bool:
    return all(path.name.lower().startswith("readme") for path in folder.iterdir())


def write_workbook(tables: Tables, settings: Settings, path: Path) -> None:
    """Write a workbook in the language of the chain: a sheet per table, the settings, and a sheet that explains.

    Raises UsageError for a table that is not declared, or that a sheet cannot hold.
    """
    _declared(tables)
    language = settings.language or "en"
    words = _WORDS[language]
    with new_workbook(path, list(tables.values())) as workbook:
        pen, head = Pen(workbook), workbook.add_format({"bold": True, "bg_color": "#DDEBF7", "text_wrap": True})
        readme = workbook.add_worksheet(words["readme"])
        readme.write_string(0, 0, words["intro"])
        readme.write_row(2, 0, [words["sheet"], words["holds"]], head)
        readme.set_column(0, 0, 28)
        for row, name in enumerate(tables, start=3):
            readme.write_string(row, 0, _sheet_name(INPUTS[name], language))
            readme.write_string(row, 1, INPUTS[name].sentence)
        chain = workbook.add_worksheet(SETTINGS)
        chain.write_row(0, 0, ["name", "value"], head)
        chain.set_column(0, 1, 36)
        for row, cells in enumerate(settings_rows(_plain(settings)).iter_rows(), start=1):
            for place, cell in enumerate(cells):
                pen.write(chain, row, place, cell)
        for name, frame in tables.items():
            sheet = workbook.add_worksheet(_sheet_name(INPUTS[name], language))
            sheet.freeze_panes(1, 0)
            for place, column in enumerate(frame.columns):
                _head(sheet, place, INPUTS[name], INPUTS[name].column(column), language, frame.height)
                sheet.write_string(0, place, _label(INPUTS[name], column, language), head)
            for row, cells in enumerate(frame.iter_rows(), start=1):
                for place, cell in enumerate(cells):
                    pen.write(sheet, row, place, cell)


def write_duckdb(tables: Tables, settings: Settings, path: Path) -> None:
    """Write a DuckDB file: a table per table, with its sentences as comments, and the settings as table `chain`.

    Raises UsageError for a table that is not declared.
    """
    _declared(tables)
    with whole_file(path) as written, duckdb.connect(str(written), config=dict(LOCKED)) as database:
        for name, frame in {**tables, SETTINGS: settings_rows(_plain(settings))}.items():
            database.register("_rows", ArrowStream(frame))
            database.table("_rows").create(name)
            database.unregister("_rows")
        for name, frame in tables.items():
            database.execute(f'COMMENT ON TABLE "{name}" IS {_literal(INPUTS[name].sentence)}')
            for column in frame.columns:
                said = _literal(_sentence(INPUTS[name].column(column), "en"))
                database.execute(f'COMMENT ON COLUMN "{name}"."{column}" IS {said}')


def _declared(tables: Tables) -> None:
    for name, frame in tables.items():
        if name not in INPUTS:
            raise UsageError(f"No table {name}. Did you mean {nearest(name, INPUTS) or 'another'}?")
        extra = [column for column in frame.columns if column not in INPUTS[name].names]
        if extra:
            raise UsageError(f"The table {name} has no column {extra[0]}.")


def _plain(settings: Settings) -> dict[str, Any]:
    return settings.model_dump(mode="json", exclude_defaults=True)


def _write_table(frame: pl.DataFrame, stem: Path, form: Form) -> None:
    if form == "parquet":
        frame.write_parquet(stem.with_suffix(".parquet"))
        return
    french = form == "csv_fr"
    frame.write_csv(stem.with_suffix(".csv"), separator=";" if french else ",", decimal_comma=french,
                    include_bom=french, datetime_format="%Y-%m-%dT%H:%M:%S%.f")


def _replace(new: Path, path: Path, old: Path) -> None:
    """Put the new chain.toml and tables in the place of those of `path`; on error those come back."""
    old.mkdir()
    here = path / "tables"
    for file in here.iterdir() if here.is_dir() else ():
        if not table_named(file.stem):  # not ours to throw away
            (shutil.copytree if file.is_dir() else shutil.copy2)(file, new / "tables" / file.name)
    moved = []
    try:
        for part in ("tables", "chain.toml"):
            if (path / part).exists():
                (path / part).rename(old / part)
                moved.append(part)
            (new / part).rename(path / part)
    except OSError:
        for part in moved:
            if (path / part).exists():
                (path / part).rename(new / f"{part}.failed")
            (old / part).rename(path / part)
        raise


def _head(sheet: Worksheet, place: int, table: Table, column: Column, language: str, rows: int) -> None:
    """Explain a column on its header, and offer its choices in its cells."""
    label = _label(table, column.name, language)
    sheet.set_column(place, place, max(12, min(40, len(label) + 4)))
    sheet.write_comment(0, place, _sentence(column, language), {"x_scale": 2})
    if column.choices and len(",".join(column.choices)) <= _MOST_LISTED:
        sheet.data_validation(1, place, max(rows, _CHOICE_ROWS), place,
                              {"validate": "list", "source": list(column.choices), "error_type": "warning"})


def _sentence(column: Column, language: str) -> str:
    return f"{column.sentence} {_WORDS[language]['unit']}: {column.unit}." if column.unit else column.sentence


def _label(table: Table, name: str, language: str) -> str:
    """Return the header of a column: its label where that is read back as the column, else its name."""
    column = table.column(name)
    label = column.label_fr if language == "fr" else column.label
    return label if spelt(table)[folded(label)] is column else name


def _sheet_name(table: Table, language: str) -> str:
    label = table.label_fr if language == "fr" else table.label
    return label if table_named(label) == table.name and len(label) <= 31 else table.name


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
