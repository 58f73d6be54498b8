"""What has each person to do by rule? One workbook: a sheet for whoever has the cases, or gets them."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import xlsxwriter

from arbitre.show.roster_files import sheet_name
from arbitre.tables.catalogue import RESULTS
from arbitre.tables.chain import Chain
from arbitre.tables.files.atomic import whole_file

_NOBODY = {"en": "Nobody", "fr": "Personne"}
_OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


def write_to_do(chain: Chain, cases: pl.DataFrame, path: Path) -> Path:
    """Write what automation_cases says is to be done; what yields to another rule is left out."""
    table, french = RESULTS["automation_cases"], chain.language == "fr"
    columns = [column for column in table.columns if column.name != "yields_to"]
    goes = pl.when(pl.col("action") == "reassign").then("parameter").otherwise("resource")
    rows = cases.filter(pl.col("yields_to").is_null()).with_columns(
        whose=goes.fill_null(pl.lit(_NOBODY[chain.language])),
        action=pl.col("action").replace(dict(zip(table.column("action").choices, table.column("action").choices_fr,
                                                 strict=True))) if french else pl.col("action"))
    with whole_file(path) as new, xlsxwriter.Workbook(str(new), _OPTIONS) as book:
        bold, taken = book.add_format({"bold": True, "bottom": 1}), set[str]()
        if not rows.height:
            book.add_worksheet(_NOBODY[chain.language])
        for (who,), part in rows.sort("whose", "automation", "case").group_by("whose", maintain_order=True):
            sheet = book.add_worksheet(sheet_name(str(who), taken))
            sheet.write_row(0, 0, [column.label_fr if french else column.label for column in columns], bold)
            for down, row in enumerate(part.select(column.name for column in columns).iter_rows(), 1):
                for across, cell in enumerate(row):
                    if cell is not None:
                        sheet.write(down, across, cell)
            sheet.freeze_panes(1, 2)
            sheet.set_column(0, len(columns) - 1, 16)
    return path
