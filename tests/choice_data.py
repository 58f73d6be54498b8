"""Choices of people who were made up, so that what they want is known; and where the published data are."""

import os
from pathlib import Path

import numpy as np
import pytest

from arbitre.maths.market.choice import Choices

DATA = Path(os.environ.get("ARBITRE_DATA", Path(__file__).parents[2] / "shared" / "data")) / "commercial"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason=f"no real data in {DATA}: set ARBITRE_DATA")


def made_up(wants: np.ndarray, situations: int, seed: int, alternatives: int = 3, scale: float = 1.0) -> Choices:
    """Choices of people with these wants (people, features), by utility and Gumbel noise."""
    rng = np.random.default_rng(seed)
    people, features = wants.shape
    attributes = scale * rng.normal(size=(people, situations, alternatives, features))
    utility = np.einsum("psak,pk->psa", attributes, wants) + rng.gumbel(size=(people, situations, alternatives))
    taken = np.eye(alternatives, dtype=bool)[utility.argmax(axis=2)]
    rows = people * situations
    return Choices.of(attributes.reshape(-1, features), np.repeat(np.arange(rows), alternatives), taken.ravel(),
                      np.repeat(np.arange(people), situations * alternatives), [f"x{k}" for k in range(features)])
