"""Runs capabilities on a chain: checks first, remembers answers by content, records what made what."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from typing import Any

from pydantic import ValidationError

from arbitre.capability import Params, Progress, Result, silent
from arbitre.core.errors import FaultsFound, Unsupported, UsageError
from arbitre.core.unfinished import pieces_in
from arbitre.core.words import nearest
from arbitre.flow.memory import folder, recall, remember
from arbitre.flow.stages import PACKAGE, capability, writer, writes
from arbitre.tables.chain import Chain


def run(chain: Chain, name: str, params: Mapping[str, Any] | None = None, seed: int = 1,
        progress: Progress = silent) -> Result:
    """Answer one question about a chain.

    `name` is the id of a capability; `params` overrides what chain.toml says of it, field by field. A table it needs
    and the chain lacks is made by the capability that writes it. The same chain, params and seed give the same bytes;
    an answer already known is recalled from the cache.

    Raises FaultsFound when the chain has faults, Unsupported when it lacks the tables the capability reads,
    UsageError when there is no such capability or a param does not fit.
    """
    sound(chain)
    asked = capability(name)
    chosen = checked_params(asked.Params, {**chain.settings.capabilities.get(name, {}), **(params or {})}, name)
    chain, _ = supplied(chain, name, seed, chosen)
    made: dict[str, Any] = {
        "capability": name,
        "params": chosen.model_dump(mode="json"),
        "seed": seed,
        "versions": versions(),
        "input_hash": chain.digest,
    }
    key = hashlib.blake2b(json.dumps({**made, "code": code_digest()}, sort_keys=True).encode(), digest_size=16)
    known = recall(key.hexdigest())
    if known is not None:
        return known
    with pieces_in(folder() / f"unfinished-{key.hexdigest()}"):
        answer = asked.run(chain, chosen, seed, progress)
    result = Result(**{**answer.__dict__, **made})
    remember(key.hexdigest(), result)
    return result


def supplied(chain: Chain, name: str, seed: int, params: Params | None = None) -> tuple[Chain, dict[str, Result]]:
    """Return the chain with what a capability needs (with these params), and the results that were made for it.

    Where several capabilities write a table, the one that chain.toml has a section for makes it. A table that it may
    read is made only when there is such a section, and nothing that this one writes is there yet: what one run wrote is
    never mixed with what another did.

    Raises Unsupported, naming the tables, when something can neither be found nor made.
    """
    missing = lacking(chain, name, params)
    if missing:
        raise Unsupported(f"{name} needs {', '.join(missing)}, which the chain {chain.name} lacks. "
                          f"Add tables/{missing[0]}.csv to it.")
    made: dict[str, Result] = {}
    sections = chain.settings.capabilities
    asked_for = [table for table in capability(name).MAY_READ if (maker := writer(table, sections)) in sections
                 and not any(chain.has(written) for written in writes(maker))]
    for table in (*_read(chain, name, params), *asked_for):
        maker = None if chain.has(table) else writer(table, sections, [name])
        if maker:
            made[maker] = run(chain, maker, seed=seed)
            read = {table, *capability(name).MAY_READ}
            chain = chain.with_(**{known: made[maker].tables[known] for known in made[maker].tables if known in read})
    return chain, made


def _read(chain: Chain, name: str, params: Params | None) -> tuple[str, ...]:
    """Return the tables a capability needs; where params and the chain decide on that, it has a function `reads`."""
    decides = getattr(capability(name), "reads", None)
    return decides(params or capability(name).Params(), chain) if decides else capability(name).READS


def lacking(chain: Chain, name: str, params: Params | None = None, waiting: tuple[str, ...] = ()) -> list[str]:
    """Return the tables a capability needs that the chain lacks and that no other capability can make from it.

    `waiting` are the capabilities that it is to make something for.
    """
    path = (*waiting, name)
    absent = [table for table in _read(chain, name, params) if not chain.has(table)]
    makers = {table: writer(table, chain.settings.capabilities, path) for table in absent}
    return [table for table, maker in makers.items() if maker is None or lacking(chain, maker, waiting=path)]


def sound(chain: Chain) -> None:
    """Raise FaultsFound, with every fault, unless the chain is sound."""
    faults = chain.check()
    if faults:
        raise FaultsFound(faults, chain.language)


def checked_params(kind: type[Params], given: Mapping[str, Any], name: str) -> Params:
    """Return the params of a capability; raises UsageError naming every field that does not fit."""
    try:
        return kind.model_validate(dict(given))
    except ValidationError as wrong:
        told = []
        for error in wrong.errors():
            field = ".".join(str(part) for part in error["loc"])
            meant = nearest(field, kind.model_fields) if error["type"] == "extra_forbidden" else None
            told.append(f"{field}: {error['msg']}" + (f" (did you mean {meant}?)" if meant else ""))
        raise UsageError(f"{name} cannot take these params: {'; '.join(told)}. `arbitre list {name}` tells what it "
                         "takes.") from wrong


@cache
def versions() -> dict[str, str]:
    """Return the versions that an answer depends on."""
    return {name: version(name) for name in ("arbitre", "duckdb", "numba", "numpy", "polars")}


@cache
def code_digest() -> str:
    """Return a fingerprint of our own code, so that an answer of older code is never recalled."""
    total = hashlib.blake2b(digest_size=16)
    for path in sorted(PACKAGE.rglob("*.py")):
        total.update(path.read_bytes())
    return total.hexdigest()
