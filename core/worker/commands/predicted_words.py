"""What a study can be expected to give, in one line for a terminal."""

from __future__ import annotations

from typing import Final

from core.model.budget import MAX_EPSILON
from core.model.quality import Advice, Usefulness

_FEWEST_GENES: Final = 2
_ADVICE: Final = {
    Advice.GOOD: "Worth doing: even the lower end is 80% or more.",
    Advice.FEWER_GENES: "The lower end is below 80%, so nothing is promised: choose fewer genes, "
    "more patients or a larger epsilon.",
    Advice.AGAINST: "Not worth its privacy budget: the synthetic patients would be mostly noise.",
}


def predicted(epsilon: float, known: str, usefulness: Usefulness, alone: Usefulness | None) -> str:
    """Return one line of words for one level.

    Args:
        epsilon: The level.
        known: How many patients are reckoned with, and how that is known.
        usefulness: What is expected.
        alone: The same without the public reference; None if none is used.
    """
    u = usefulness
    without = f" Without the public reference: {_expected(alone)}." if alone else ""
    return (
        f"epsilon {epsilon:g}, {known}: models trained on the synthetic patients reach about "
        f"{_expected(u)} of those trained on real ones.{without} For 90%: {_for_good(u)}. "
        f"{_ADVICE[u.advice]}"
    )


def _for_good(u: Usefulness) -> str:
    """Say what would reach 90%, each with all else equal; what nothing reaches is left out."""
    ways = [f"{u.patients_for_good} patients in the smallest class"]
    if u.genes_for_good >= _FEWEST_GENES:
        ways.insert(0, f"up to {u.genes_for_good} genes")
    if u.epsilon_for_good <= MAX_EPSILON:
        ways.append(f"epsilon {u.epsilon_for_good:.2g}")
    return ", or ".join(ways)


def _expected(usefulness: Usefulness) -> str:
    u = usefulness
    return f"{u.ratio:.0%} ({u.low:.0%} to {u.high:.0%})"
