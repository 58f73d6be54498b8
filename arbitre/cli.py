"""One command per verb. Data on stdout, talk on stderr; exit 0 done, 1 failed or faults found, 2 wrong usage."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Column, Table

import arbitre
from arbitre.core.errors import ArbitreError, FaultsFound, UsageError
from arbitre.tables.checks.rules import say as say_fault
from arbitre.tables.checks.rules import told

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
talk = Console(stderr=True)

ChainPath = Annotated[Path, typer.Argument(help="A folder with chain.toml, a workbook, a CSV file or a DuckDB file.")]
DataPath = Annotated[Path | None, typer.Option("--data", help="Where the foreign files named in chain.toml are.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")]
Seed = Annotated[int, typer.Option("--seed", help="Seed of every random stream.")]
Out = Annotated[Path | None, typer.Option("--out", help="Folder for report.html, report.xlsx and the result tables.")]
_WHOLE = 10_000.0
"""Numbers from which decimals tell nothing."""
_KINDS = {"string": "text", "integer": "whole number"}


def _tell_version(is_asked: bool) -> None:
    if is_asked:
        print(f"arbitre {arbitre.__version__}")
        raise typer.Exit


@app.callback()
def _whole(
    _version: Annotated[bool, typer.Option("--version", callback=_tell_version, is_eager=True,
                                           help="Print the version and exit.")] = False,
) -> None:
    """Decide what to promise to whom, what to hold to keep the promise, prove the decision, and keep it."""


@app.command()
def new(
    trade: Annotated[str, typer.Argument(help="Which trade, as in `aftersales`; with --from any name.")],
    folder: Annotated[Path | None, typer.Argument(help="Where to write it; default: a folder of that name.")] = None,
    source: Annotated[str | None, typer.Option("--from", help="Make the chain from a raw export: CSV, XES, OCEL 2.0, "
                                               "Parquet or a workbook (file.xlsx#Sheet).")] = None,
    asked: Annotated[Path | None, typer.Option("--survey", help="Make a survey to fill in from this chain's customers "
                                               "and attribute_levels; name it .xlsx.")] = None,
    dates: Annotated[Literal["day_first", "month_first"] | None,
                     typer.Option("--dates", help="How 03/04/2026 reads, where the export does not tell.")] = None,
    case_kind: Annotated[str | None, typer.Option("--case-kind", help="Kind of object that is a case (OCEL).")] = None,
    scale: Annotated[str, typer.Option("--scale", help="small, medium or large.")] = "small",
    seed: Seed = 1,
) -> None:
    """Write a chain: a complete one made from one seed, to try things on, one made from a raw export (--from), or a
    survey to fill in (--survey)."""
    with failures(as_json=False):
        place = folder or Path(trade)
        if source:
            for sentence in arbitre.bring(source, place, dates, case_kind):
                talk.print(sentence, highlight=False, markup=False, soft_wrap=True)
            talk.print(f"Wrote {place}; the mapping is in {place / 'map'}. Next: arbitre check {place}", soft_wrap=True)
            return
        if asked:
            arbitre.survey(arbitre.open(asked), place, seed=seed)
            talk.print(f"Wrote {place}: a score of 1 marks what is taken. Next: arbitre run {place} segment.offers",
                       soft_wrap=True)
            return
        arbitre.new(trade, scale, seed, place)
        talk.print(f"Wrote {place}. Next: arbitre solve {place}")


@app.command()
def check(path: ChainPath, data: DataPath = None, as_json: Json = False,
          back: Annotated[Path | None, typer.Option("--back", help="Write your tables back as this workbook, faulty "
                                                    "cells coloured, with the reason.")] = None) -> None:
    """List every fault of a chain: table, column, rows, rule and remedy."""
    with failures(as_json):
        chain = arbitre.open(path, data)
        faults = chain.check()
        if back:
            arbitre.save_faults(path, data, faults, chain.language, back)
            talk.print(f"Wrote {back}")
        if faults:
            raise FaultsFound(faults, chain.language)
        say(as_json, {"chain": chain.name, "faults": []}, f"{chain.name}: no faults in {len(chain.tables)} tables.")


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def run(context: typer.Context, path: ChainPath,
        capability: Annotated[str, typer.Argument(help="Which capability, as in optimise.stock.")],
        data: DataPath = None, seed: Seed = 1, as_json: Json = False,
        out: Annotated[Path | None, typer.Option("--out", help="Folder for its tables; rosters as calendars "
                                                 "too.")] = None) -> None:
    """Answer one question about a chain. Params follow as --name value."""
    with failures(as_json), bar() as progress:
        chain = arbitre.open(path, data)
        result = arbitre.run(chain, capability, params_of(context.args), seed, progress)
        say(as_json, as_object(result), summary_table(result.summary))
        if out is not None:
            talk.print(f"Wrote {len(arbitre.hand_out(chain, result, out))} files in {out}", soft_wrap=True)


@app.command()
def solve(path: ChainPath, data: DataPath = None, out: Out = None, seed: Seed = 1, as_json: Json = False) -> None:
    """Do the main job: check, measure, decide, compare with today, prove, report."""
    with failures(as_json), bar() as progress:
        finish(arbitre.solve(arbitre.open(path, data), seed, progress), out, as_json)


@app.command()
def demo(out: Out = None, seed: Seed = 1, as_json: Json = False) -> None:
    """Solve the after-sales example and open the door to its report."""
    with failures(as_json), bar() as progress:
        finish(arbitre.solve(arbitre.new("aftersales", "small", seed), seed, progress), out, as_json)


@app.command()
def serve(path: ChainPath, data: DataPath = None,
          port: Annotated[int, typer.Option("--port", help="Port on this machine.")] = 8000) -> None:
    """Show a chain on this machine: its tables, its questions, its report."""
    with failures(as_json=False):
        try:
            door = arbitre.serve
        except ModuleNotFoundError as missing:
            if missing.name not in ("starlette", "uvicorn"):
                raise
            raise UsageError('The web door needs an extra. Run: pip install "arbitre[web]"') from None
        door(path, data, port, lambda address: talk.print(f"Open {address} (Ctrl-C closes it)"))


@app.command()
def compare(path: ChainPath, scenario: Annotated[list[str] | None, typer.Argument(help="Scenarios; none: all.")] = None,
            data: DataPath = None, seed: Seed = 1, as_json: Json = False,
            replay: Annotated[bool, typer.Option("--replay", help="Decide nothing: replay each on the same random "
                                                 "demand.")] = False,
            decide: Annotated[str | None, typer.Option("--decide", help="Write down that this scenario (or base) is "
                                                       "chosen, in arbitrations.")] = None,
            by: Annotated[str, typer.Option("--by", help="Who decides.")] = "",
            why: Annotated[str, typer.Option("--why", help="Why.")] = "",
            question: Annotated[str, typer.Option("--question", help="What is decided; default: the scenarios.")] = "",
            ) -> None:
    """Solve a chain and its scenarios, side by side; with --replay, replay them; with --decide, keep the decision."""
    with failures(as_json), bar() as progress:
        chain = arbitre.open(path, data)
        if replay:
            result = arbitre.run(chain, "simulate.scenarios", {"scenarios": ",".join(scenario or ())}, seed, progress)
            say(as_json, as_object(result), before_and_after(result))
            return
        arbitration = arbitre.Arbitration(path, chain, scenario or (), decide, by, why, question) if decide else None
        table = arbitre.compare(chain, scenario or (), seed, progress)
        reasons = arbitre.explained(table)
        say(as_json, {"measures": table.to_dicts(), "explained": reasons}, side_by_side(table))
        for name, reason in reasons.items():
            talk.print(f"{name}: {reason}", highlight=False, markup=False, soft_wrap=True)
        if arbitration:
            talk.print(f"Wrote {arbitration.keep(table)}")


@app.command("list")
def list_(
    capability: Annotated[str | None, typer.Argument(help="Which capability, as in optimise.stock.")] = None,
    as_json: Json = False,
) -> None:
    """List the capabilities and the question each answers; of one, what it may be asked with (--name value)."""
    with failures(as_json):
        questions = arbitre.capabilities()
        if capability is None:
            shown = Table("capability", "question")
            for name, question in questions.items():
                shown.add_row(name, question)
            say(as_json, questions, shown)
            return
        found = arbitre.params(capability)
        shown = Table("param", "meaning", "takes", "default", title=questions[capability])
        for param in found:
            takes = ", ".join(part for part in (*param.choices, param.limits, param.unit) if part)
            shown.add_row(param.name, param.sentence, takes or _KINDS.get(param.kind, param.kind), param.default)
        say(as_json, [vars(param) for param in found], shown)


def finish(answer: Any, out: Path | None, as_json: bool) -> None:
    """Write the report and print what was found; with --json the report is written only where --out says."""
    folder = out or Path("report") / answer.chain.name
    files = [] if as_json and out is None else answer.report(folder, shlex.join(["arbitre", *sys.argv[1:]]))
    found = {
        "chain": answer.chain.name,
        "summary": answer.summary,
        "status": answer.plan.status if answer.plan else "answered",
        "seconds": round(answer.seconds, 3),
        "tables": {name: table.height for name, table in answer.tables.items()},
        "files": [str(file) for file in files],
    }
    say(as_json, found, headline(answer) if answer.plan else summary_table(answer.summary))
    for file in files[:2]:
        talk.print(f"Wrote {file}")


def params_of(words: list[str]) -> dict[str, str]:
    """Read --name value pairs; raises a usage error for anything else."""
    if len(words) % 2 or any(not word.startswith("--") for word in words[::2]):
        raise typer.BadParameter(f"Params are pairs: --name value. Got: {' '.join(words)}")
    return {name[2:].replace("-", "_"): value for name, value in zip(words[::2], words[1::2], strict=True)}


def as_object(result: Any) -> dict[str, Any]:
    tables = {name: table.to_dicts() for name, table in result.tables.items()}
    return {**result.__dict__, "summary": dict(result.summary), "tables": tables}


def headline(answer: Any) -> Table:
    """Return what a promise keeps today and in the plan, under a caption that says the decision in a line."""
    summary = answer.summary
    before = summary["capital_before"]
    shown = Table(
        "promise", "to", "target", "today", "plan", "one more point",
        title=f"{answer.chain.name}: {summary['capital_after']:,.0f} {answer.chain.settings.currency} on the shelf"
        + (f" instead of {before:,.0f}" if before is not None else ""),
        caption=f"{summary['value']:,.0f} a year; proven: no plan of this model costs less than "
                f"{summary['bound']:,.0f} (gap {summary['gap']:.2%}){_replayed(summary)}",
    )
    for row in answer.tables["promise_worth"].iter_rows(named=True):
        scope = " / ".join(row[part] for part in ("segment", "offer", "criticality", "item_class") if row[part])
        shares = (row["target_share"], row["kept_before"], row["kept_after"])
        shown.add_row(row["promise"], scope or "everyone",
                      *("" if share is None else f"{share:.1%}" for share in shares), f"{row['worth']:,.0f}")
    return shown


def _replayed(summary: dict[str, Any]) -> str:
    """Say what the replay found of the promises."""
    found = {verdict: summary.get(f"proof.promises_{verdict}", 0) for verdict in ("kept", "missed", "undecided")}
    if not any(found.values()):
        return ""
    by_model = summary.get("value_by_model")
    more = "" if by_model is None else f", which took {summary['value'] - by_model:,.0f} more"
    return "\nreplayed: " + ", ".join(f"{count} {verdict}" for verdict, count in found.items()) + more


def side_by_side(table: Any) -> Table:
    """Return the measures of the whole that scenarios change; what each class keeps is in the JSON."""
    shown = Table(*(Column(name, overflow="fold") for name in table.columns), caption="Every measure: --json")
    for measure, *cells in table.iter_rows():
        if len(set(cells)) > 1 and not measure.startswith("kept_"):
            shown.add_row(measure, *("" if cell is None else f"{cell:,.4g}" if abs(cell) < 1 else f"{cell:,.0f}"
                                     for cell in cells))
    return shown


def before_and_after(result: Any) -> Table:
    """Return what each promise keeps as the chain is, and what each scenario changes, with intervals; then the cost."""
    ranks, shares = result.tables["scenario_ranks"], result.tables["scenario_promises"]
    names = ["base", *(name for name in ranks["scenario"] if name != "base")]
    shown = Table("promise", *names, title=f"Best: {result.summary['may_be_best']} "
                  f"({result.summary['confidence']:.0%} sure, by {result.summary['ranked_by']})")
    for promise in shares["promise"].unique(maintain_order=True):
        cells = {row["scenario"]: row for row in shares.filter(promise=promise).iter_rows(named=True)}
        shown.add_row(promise, *(_change(cells.get(name), "share", "difference", "{:.1%}", "{:+.2%}")
                                 for name in names))
    costs = {row["scenario"]: row for row in ranks.iter_rows(named=True)}
    shown.add_row("cost of a year", *(_change(costs[name], "cost", "cost_difference",
                                              "{:,.0f}", "{:+,.0f}") for name in names))
    return shown


def _change(row: Any, value: str, change: str, as_value: str, as_change: str) -> str:
    """Say a value; beside the base, what it changes and between what."""
    if row is None or row[value] is None:
        return ""
    if row[change] is None:
        return as_value.format(row[value])
    ends = (as_change.format(row[f"{change}_{end}"]) for end in ("low", "high"))
    return f"{as_change.format(row[change])} ({' to '.join(ends)})"


def summary_table(summary: Any) -> Table:
    shown = Table("measure", "value", show_header=False)
    for name, value in summary.items():
        shown.add_row(name, figure(value))
    return shown


def figure(value: Any) -> str:
    """Return a number as one reads it: large ones whole, never as a power of ten, and no -0."""
    if not isinstance(value, float):
        return str(value)
    return f"{value:,.0f}" if abs(value) >= _WHOLE else f"{value + 0.0:,.6g}"


def say(as_json: bool, found: Any, shown: Any) -> None:
    """Print what was found: one JSON object, or something to look at."""
    if as_json:
        sys.stdout.write(json.dumps(found, default=str, ensure_ascii=False, allow_nan=False) + "\n")
    else:
        Console().print(shown)


@contextmanager
def bar() -> Iterator[Any]:
    """Show how far a long job is, on a terminal only; yields what to tell it."""
    columns = (TextColumn("[progress.description]{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=talk, disable=not talk.is_terminal, transient=True) as progress:
        task = progress.add_task("starting", total=1.0)
        yield lambda share, doing: progress.update(task, completed=share, description=doing)


@contextmanager
def failures(as_json: bool) -> Iterator[None]:
    """Turn what Arbitre refuses into words on stderr, or one JSON object, and the right exit code."""
    try:
        yield
    except FaultsFound as found:
        if as_json:
            say(True, {"error": str(found), "faults": told(found.faults, found.language)}, None)
        for fault in [] if as_json else found.faults:
            talk.print(say_fault(fault, found.language), highlight=False, markup=False, soft_wrap=True)
        raise typer.Exit(1) from None
    except ArbitreError as refused:
        if as_json:
            say(True, {"error": str(refused)}, None)
        talk.print(str(refused), highlight=False, markup=False, soft_wrap=True)
        raise typer.Exit(2 if isinstance(refused, UsageError) else 1) from None
    except OSError as refused:  # a folder that cannot be written, a disk that is full
        told_why = f"{refused.strerror or refused}: {refused.filename or 'no file named'}"
        if as_json:
            say(True, {"error": told_why}, None)
        talk.print(told_why, highlight=False, markup=False, soft_wrap=True)
        raise typer.Exit(1) from None


def main() -> None:
    """Run the command line."""
    app()
