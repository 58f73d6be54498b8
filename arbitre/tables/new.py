"""Makes a complete, coherent chain of a trade from one seed, to try things on."""

from __future__ import annotations

from arbitre.core.errors import UsageError
from arbitre.core.words import nearest
from arbitre.tables.chain import Chain
from arbitre.tables.sample import SAMPLES, SCALES
from arbitre.tables.settings import Settings


def new(trade: str, scale: str = "small", seed: int = 1) -> Chain:
    """Return the sample chain of a trade; the same scale and seed give the same bytes.

    Raises UsageError when there is no such trade or scale.
    """
    for given, known in ((trade, list(SAMPLES)), (scale, list(SCALES))):
        if given not in known:
            meant = nearest(given, known)
            raise UsageError(f"There is no {given}. " + (f"Did you mean {meant}? " if meant else "")
                             + f"Known: {', '.join(known)}.")
    sample = SAMPLES[trade](scale, seed)
    return Chain(Settings.model_validate(sample.settings), sample.tables)
