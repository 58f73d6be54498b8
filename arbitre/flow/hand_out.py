"""What does somebody take away from one answer? Its tables as files, and a roster as calendars and a workbook."""

from __future__ import annotations

from pathlib import Path

from arbitre.capability import Result
from arbitre.show.roster_files import write_roster_files
from arbitre.tables.chain import Chain
from arbitre.tables.files.write import write_results


def hand_out(chain: Chain, result: Result, folder: Path | str) -> list[Path]:
    """Write every table of a result as tables/NAME.csv, a roster for each person besides; returns where they are."""
    place = Path(folder)
    files = write_results(result.tables, place / "tables")
    if "roster" in result.tables:
        files += write_roster_files(chain, result.tables, place)
    return files
