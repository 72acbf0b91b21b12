"""What choosing among candidate settings does to a score, in words."""

from __future__ import annotations


def choice_words(n_candidates: int, level: float) -> str:
    """Say what was chosen by, and what that does to the score; the manifest says the same.

    >>> choice_words(2, 0.95).count("largest of 2")
    2
    """
    return (
        f"{n_candidates} settings were made and judged inside the budget, and the one with the "
        f"largest mean of the noisy macro-F1 scores was released. A score that is the largest of "
        f"{n_candidates} noisy ones is on average too high: do not read it as that of a setting "
        f"fixed beforehand. The intervals allow for it: each is so wide that with {level:.0%} it "
        f"holds for all {n_candidates} settings at once, and so for the largest of "
        f"{n_candidates}."
    )
