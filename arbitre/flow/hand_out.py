"""What does somebody take away from one answer? Its tables; a roster as calendars; what to do, a sheet a person."""

from __future__ import annotations

from pathlib import Path

from arbitre.capability import Result
from arbitre.show.roster_files import write_roster_files
from arbitre.show.to_do_files import write_to_do
from arbitre.tables.chain import Chain
from arbitre.tables.files.write import write_results


def hand_out(chain: Chain, result: Result, folder: Path | str) -> list[Path]:
    """Write every table of a result as tables/NAME.csv, and what is for each person besides.

    Returns where they are.
    """
    place = Path(folder)
    files = write_results(result.tables, place / "tables")
    if "roster" in result.tables:
        files += write_roster_files(chain, result.tables, place)
    if "automation_cases" in result.tables:
        files.append(write_to_do(chain, result.tables["automation_cases"], place / "to_do.xlsx"))
    return files
