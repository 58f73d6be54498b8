"""Words as people type them: compared without case, accents or punctuation, and guessed when misspelt."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable

_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae"})
_LIKENESS = 0.6
"""Below this share of letters in common a guess would puzzle more than it helps."""


def folded(text: str) -> str:
    """Say how a word reads without case, accents or punctuation: "Délai d'appro. " gives "delai d appro"."""
    letters = unicodedata.normalize("NFKD", text.casefold().translate(_LIGATURES))
    kept = (sign if sign.isalnum() else " " for sign in letters if not unicodedata.combining(sign))
    return " ".join("".join(kept).split())


def nearest(word: str, candidates: Iterable[str]) -> str | None:
    """Say which candidate was probably meant by a misspelt word; None when nothing comes near.

    The candidate is returned as written; words are compared folded, and the first of two equals wins.
    """
    written: dict[str, str] = {}
    for candidate in candidates:
        written.setdefault(folded(candidate), candidate)
    found = difflib.get_close_matches(folded(word), list(written), n=1, cutoff=_LIKENESS)
    return written[found[0]] if found else None
