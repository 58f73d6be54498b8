"""Opens a chain: a folder, a workbook, a CSV file or a DuckDB file becomes typed tables and a list of faults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
from pydantic import ValidationError

from arbitre.core.errors import Fault, UnreadableFile
from arbitre.core.words import nearest
from arbitre.tables.catalogue import INPUTS
from arbitre.tables.cells.typed import typed
from arbitre.tables.chain import Chain
from arbitre.tables.files.read import Found, read_source, read_tables
from arbitre.tables.files.sources import mapped
from arbitre.tables.raw import Raw
from arbitre.tables.settings import Settings


def open_chain(path: Path | str, data: Path | str | None = None) -> Chain:
    """Return the chain found at `path`, with every fault met on the way in `chain.found`.

    `path` is a folder with chain.toml and tables, a folder of bare files, a workbook, a CSV file or a DuckDB file.
    `data` is where the foreign files named under [sources] in chain.toml are; it defaults to the chain's own folder.
    Raises UnreadableFile when there is nothing at `path` or its only file cannot be read.
    """
    raws, settings, faults = found_at(Path(path), Path(data) if data else None)
    tables: dict[str, pl.DataFrame] = {}
    rows: dict[str, pl.Series] = {}
    for name, raw in raws.items():
        table = typed(raw, INPUTS[name], settings)
        tables[name], rows[name] = table.frame, table.rows
        faults.extend(table.faults)
    if not tables and not faults:
        faults.append(Fault("", "", "no_tables", source=str(path)))
    return Chain(settings, tables, tuple(faults), rows)


def found_at(path: Path, data: Path | None) -> tuple[dict[str, Raw], Settings, list[Fault]]:
    """Return what stands at `path` before types: tables as found or mapped, settings, and the faults met so far."""
    if not path.exists():
        raise UnreadableFile(f"There is nothing at {path}. Give a folder, a workbook, a CSV file or a DuckDB file.")
    found = read_tables(path)
    settings, faults = _settings(found, path)
    raws, source_faults = _with_sources(found, settings, path, data)
    return raws, settings, [*found.faults, *faults, *source_faults]


def _settings(found: Found, path: Path) -> tuple[Settings, list[Fault]]:
    """Return chain.toml, checked: a setting that does not fit is a fault and its default stands in."""
    given: dict[str, Any] = {"name": path.stem, "language": found.language, **found.settings}
    try:
        return Settings.model_validate(given), []
    except ValidationError as wrong:
        faults = [_setting_fault(error) for error in wrong.errors()]
        sound = {key: value for key, value in given.items() if key not in {error["loc"][0] for error in wrong.errors()}}
        return Settings.model_validate(sound), faults


def _setting_fault(error: Mapping[str, Any]) -> Fault:
    place = ".".join(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden":
        meant = nearest(str(error["loc"][0]), list(Settings.model_fields))
        return Fault("chain", place, "unknown_setting", values={"meant": meant or ""})
    value = str(error.get("input"))[:80]
    return Fault("chain", place, "bad_setting", values={"value": value, "expected": error["msg"]})


def _with_sources(found: Found, settings: Settings, path: Path, data: Path | None
                  ) -> tuple[dict[str, Raw], list[Fault]]:
    if not settings.map:
        return dict(found.raws), []
    home = path if path.is_dir() else path.parent
    sources: dict[str, Raw | Path] = {}
    faults: list[Fault] = []
    for name, spec in settings.sources.items():
        try:
            source = sources[name] = read_source(spec, data or home)
        except UnreadableFile as unreadable:
            faults.append(Fault("chain", f"sources.{name}", "unreadable_source", values={"why": str(unreadable)}))
        else:
            faults.extend(replace(fault, table=name) for fault in (source.faults if isinstance(source, Raw) else ()))
    if faults:
        return dict(found.raws), faults
    try:
        made, faults = mapped(settings.map, sources, home)
    except UnreadableFile as unreadable:
        return dict(found.raws), [Fault("chain", "map", "unreadable_source", values={"why": str(unreadable)})]
    return {**found.raws, **made}, faults
