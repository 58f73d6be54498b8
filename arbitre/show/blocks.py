"""What a page is made of: sections of texts, figures and grids. The template knows these and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup


@dataclass(frozen=True)
class Text:
    """A paragraph. `tone`: plain, note (smaller), loss (to be noticed)."""

    text: str
    tone: str = "plain"
    block: str = "text"


@dataclass(frozen=True)
class Figure:
    """A plot under a title that states its message."""

    title: str
    drawing: Markup
    note: str = ""
    block: str = "figure"


@dataclass(frozen=True)
class Cell:
    """What a grid holds: a text, a smaller text under it, a tone (plain, loss, gain)."""

    text: str
    minor: str = ""
    tone: str = "plain"


@dataclass(frozen=True)
class Grid:
    """A table. `numbers` are the places of the columns aligned to the right; `folded` hides it behind a click."""

    title: str
    columns: tuple[str, ...]
    rows: Sequence[Sequence[Cell | str]]
    numbers: frozenset[int] = frozenset()
    folded: bool = False
    block: str = "grid"

    def cells(self, row: Sequence[Cell | str]) -> list[Cell]:
        """Return a row with every cell in full."""
        return [cell if isinstance(cell, Cell) else Cell(cell) for cell in row]


@dataclass(frozen=True)
class Tile:
    """One headline figure."""

    label: str
    figure: str
    note: str = ""


@dataclass(frozen=True)
class Section:
    """A numbered part of the report."""

    key: str
    title: str
    blocks: Sequence[Text | Figure | Grid]
