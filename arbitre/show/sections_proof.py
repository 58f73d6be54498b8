"""The section that says whether the plan was true: replayed event by event, and set beside what the model said."""

from __future__ import annotations

from arbitre.show.blocks import Cell, Figure, Grid, Section, Text
from arbitre.show.findings import View
from arbitre.show.sections_service import aimed, points, verdicts

_FELT = 0.01
"""A replay that is off by less than this share is said to agree with the model."""


def sentence(view: View) -> str:
    """Say in a sentence what the replay proves; nothing where there was none."""
    rows = _rows(view)
    return view.words("answer.replayed", n=len(rows), **verdicts(rows)) if rows else ""


def proof(view: View) -> Section:
    """What the plan keeps when it is replayed."""
    words, formats, rows = view.words, view.formats, _rows(view)
    if not rows:
        return Section("proof", words("proof.title"), [Text(words("proof.none"))])
    counts = ("replications", "years", "cases", "promises_not_replayed")
    number = {name: view.number(f"proof.{name}") for name in counts}
    replayed = words("proof.replayed", cases=formats.number(number["cases"]),
                     years=formats.number((number["replications"] or 0.0) * (number["years"] or 0.0)))
    blocks: list[Text | Figure | Grid] = [Text(f"{replayed} {sentence(view)}"), *_deviation(view, rows)]
    table = [
        (
            Cell(row["label"], view.window(row["window"])),
            aimed(view, row, row["mean_wait"]),
            formats.share(row["said_share"]) if row["mean_wait"] is None else formats.hours(row["said_wait"]),
            Cell(formats.share(row["share"]) if row["mean_wait"] is None else formats.hours(row["mean_wait"]),
                 _between(view, row)),
            Cell(formats.share(row["periods_kept_share"], 0), words.choice("period", row["period"])),
            points(view, row["deviation"]),
            Cell(words.choice("verdict", row["verdict"]), tone="loss" if row["verdict"] == "missed" else "plain"),
        )
        for row in rows
    ]
    columns = ("promise", "target", "said", "replayed", "periods_kept", "deviation", "verdict")
    blocks.append(Grid(words("proof.table"), tuple(words(f"column.{key}") for key in columns), table,
                       frozenset({1, 2, 3, 4, 5})))
    blocks.append(Text(words("proof.note"), "note"))
    blocks += _rounds(view)
    if number["promises_not_replayed"]:
        blocks.append(Text(words("proof.not_replayed", n=int(number["promises_not_replayed"])), "note"))
    return Section("proof", words("proof.title"), blocks)


def _rows(view: View) -> list[dict]:
    proofs = view.result("proofs")
    if proofs is None:
        return []
    rows = proofs.to_dicts()
    for row, label in zip(rows, view.promise_names(rows), strict=True):
        row["label"] = label
    return rows


def _rounds(view: View) -> list[Text | Grid]:
    """Show what each round of tightening kept and cost, when there was more than one."""
    rounds = view.result("proof_rounds")
    if rounds is None or rounds["round"].n_unique() < 2:
        return []
    words, formats = view.words, view.formats
    rows = [
        (Cell(str(number)), formats.short_money(own["value"][0]),
         *(str(own.filter(verdict=verdict).height) for verdict in ("kept", "missed", "undecided")))
        for (number,), own in rounds.group_by("round", maintain_order=True)
    ]
    titles = (words("column.round"), words("column.value"),
              *(words.choice("verdict", verdict) for verdict in ("kept", "missed", "undecided")))
    return [Text(words("proof.rounds")), Grid(words("proof.rounds_table"), titles, rows, frozenset({1, 2, 3, 4}))]


def _between(view: View, row: dict) -> str:
    if row["mean_wait"] is not None:
        return f"{view.formats.hours(row['low_wait'])} – {view.formats.hours(row['high_wait'])}"
    return f"{view.formats.share(row['low_share'])} – {view.formats.share(row['high_share'])}"


def _deviation(view: View, rows: list[dict]) -> list[Text]:
    """Say where the model was off at most, chance aside."""
    known = [row for row in rows if row["deviation"] is not None]
    if not known:
        return []
    off = [row for row in known if row["deviation_low"] > 0.0 or row["deviation_high"] < 0.0]
    worst = max(off, key=lambda row: abs(row["deviation"]), default=None)
    if worst is None or abs(worst["deviation"]) < _FELT:
        return [Text(view.words("proof.agrees", change=points(view, worst["deviation"] if worst else 0.0)))]
    return [Text(view.words("proof.off", label=worst["label"], change=points(view, worst["deviation"])), "loss")]
