"""Are planted classes found, as many as there are, with what is not known left out?"""

import numpy as np
import pytest

from arbitre.maths.evidence.agreement import adjusted_rand
from arbitre.maths.evidence.latent_classes import LatentClasses, chosen, fitted, stability

COUNTS = np.array([3, 2, 4, 2, 3])


def planted(people: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """People of three classes, each level of each measure likely in one of them."""
    luck = np.random.default_rng(seed)
    group = luck.choice(3, people, p=[0.5, 0.3, 0.2])
    levels = []
    for count in COUNTS:
        chances = np.full((3, count), 0.1 / count)
        chances[np.arange(3), (np.arange(3) + luck.integers(count)) % count] += 0.9
        levels.append((luck.random(people)[:, None] > chances.cumsum(axis=1)[group]).sum(axis=1).clip(max=count - 1))
    return np.stack(levels, axis=1), group


def test_planted_classes_are_found_and_firm() -> None:
    levels, group = planted(1500, 1)
    model = chosen(levels, COUNTS, 8, np.random.default_rng(3))
    assert len(model.shares) == 3
    assert adjusted_rand(model.memberships(levels).argmax(axis=1), group) > 0.85
    assert stability(levels, COUNTS, model, 5, np.random.default_rng(4)).min() > 0.9


def test_one_class_where_there_is_one() -> None:
    levels = np.random.default_rng(5).integers(0, 2, (800, 5))
    assert len(chosen(levels, np.full(5, 2), 8, np.random.default_rng(6)).shares) == 1


def test_the_likelihood_is_that_of_the_formula() -> None:
    """Person by person, class by class, measure by measure."""
    levels, _ = planted(40, 2)
    levels[::3, 1] = -1
    levels[5] = -1
    model = fitted(levels, COUNTS, 2, np.random.default_rng(7))
    chances = np.exp(model.log_chances)
    for at, count in zip(model.first, COUNTS, strict=True):
        assert chances[:, at:at + count].sum(axis=1) == pytest.approx([1.0, 1.0])
    joint = np.array([[share * np.prod([chances[which, at + level] for at, level in
                                        zip(model.first, person, strict=True) if level >= 0])
                       for which, share in enumerate(model.shares)] for person in levels])
    np.testing.assert_allclose(model.memberships(levels), joint / joint.sum(axis=1, keepdims=True), rtol=1e-9)
    # The likelihood is that of the chances before the last step, which moved it by less than one in ten million.
    assert model.log_likelihood == pytest.approx(np.log(joint.sum(axis=1)).sum(), rel=1e-5)


def test_who_is_not_known_has_the_shares_of_all() -> None:
    model = LatentClasses(np.array([0.25, 0.75]), np.log(np.array([[0.9, 0.1], [0.2, 0.8]])), np.array([0]), 0.0, 0.0)
    found = model.memberships(np.array([[-1], [0]]))
    np.testing.assert_allclose(found, [[0.25, 0.75], [0.6, 0.4]])


def test_copies_belong_to_the_same_class() -> None:
    levels, _ = planted(60, 3)
    model = fitted(levels, COUNTS, 3, np.random.default_rng(8))
    np.testing.assert_array_equal(*np.split(model.memberships(np.vstack([levels, levels])), 2))
