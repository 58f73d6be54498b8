"""Words: compared without case, accents or punctuation."""

from arbitre.core.words import folded, nearest


def test_folded_forgets_case_accents_and_punctuation() -> None:
    assert folded("  Délai d'appro._(Œuvre) ") == "delai d appro oeuvre"
    assert folded("LEAD-TIME") == folded("lead_time") == "lead time"
    assert folded("€ %") == ""


def test_nearest_returns_the_word_as_written() -> None:
    assert nearest("Prcie", ["Prix", "Price", "Lot"]) == "Price"
    assert nearest("C33", ["C1", "C3"]) == "C3"
    assert nearest("zebra", ["Price"]) is None
    assert nearest("", ["Price"]) is None
    assert nearest("price", []) is None
