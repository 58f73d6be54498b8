"""Which of many services matter most, when people name the best and the worst of a few at a time? MaxDiff.

The best of a set is a logit over its items, the worst of what is left a logit with the signs turned (Finn & Louviere
1992; Marley & Louviere 2005), so any choice model fits the answers. The count score, times named best less times named
worst over times shown, says nearly the same where every item is shown as often.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from arbitre.core.errors import UsageError
from arbitre.maths.market.choice import Choices

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class BestWorst:
    """Answers as choices: `choices` has a feature for every item but the first, whose utility is 0.

    items, their names; score (items,) of counts, from -1 to 1; shown (items,) times.
    """

    choices: Choices
    items: tuple[str, ...]
    score: Floats
    shown: NDArray[np.int64]


def best_worst(task: ArrayLike, person: ArrayLike, item: ArrayLike, answer: ArrayLike) -> BestWorst:
    """Return answers as choices; args (rows,): one row per item shown in a task, answer 1 best, -1 worst, 0 neither.

    Raises UsageError where a task has not exactly one best and one worst, or fewer than three items.
    """
    names, column = np.unique(np.asarray(item), return_inverse=True)
    said = np.asarray(answer, dtype=int)
    who, asked = np.unique(np.asarray(person), return_inverse=True)[1], np.asarray(task)
    order = np.lexsort((np.unique(asked, return_inverse=True)[1], who))
    label = np.unique(np.stack([who, np.unique(asked, return_inverse=True)[1]]), axis=1, return_inverse=True)[1].ravel()
    best, worst, rows = (np.bincount(label, said == 1), np.bincount(label, said == -1), np.bincount(label))
    wrong = (best != 1) | (worst != 1) | (rows < 3)
    if wrong.any():
        raise UsageError(f"Each task needs three items or more, one best and one worst; {int(wrong.sum())} of "
                         f"{len(rows)} do not have them.")
    shown = np.bincount(column)
    score = (np.bincount(column, said == 1) - np.bincount(column, said == -1)) / shown
    one_hot = np.eye(len(names))[column]
    left = order[said[order] != 1]
    attributes = np.concatenate([one_hot[order], -one_hot[left]])[:, 1:]
    choices = Choices.of(attributes, np.concatenate([2 * label[order], 2 * label[left] + 1]),
                         np.concatenate([said[order] == 1, said[left] == -1]),
                         np.concatenate([who[order], who[left]]), [str(name) for name in names[1:]])
    return BestWorst(choices, tuple(str(name) for name in names), score, shown)
