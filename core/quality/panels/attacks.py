"""Attacks: copies, nearest distances, and guesses at who took part. LocalView.

References:
    quality.md "Attacks".
"""

from __future__ import annotations

from typing import Final

from core.model.measures import Direction, Group, Yardstick
from core.quality.attacks import closeness, membership
from core.quality.attacks.likelihood import by_likelihood
from core.quality.intervals import wilson
from core.quality.panels.setting import How, Numbers, Part, Setting, measure
from core.quality.utility import Classifier

_LOWER: Final = How(group=Group.ATTACKS, better=Direction.LOWER)
#: What is expected of new patients, by the definition of a near copy.
_NEAR_BY_CHANCE: Final = 0.01


def close(setting: Setting) -> Part:
    """Ask whether synthetic records lie suspiciously near to training patients."""
    trio = setting.few.in_units_of(setting.few.train)
    missing = setting.missing()
    exact = closeness.exact_copies(trio.train, trio.synthetic)
    near = closeness.near_copies(trio.train, trio.holdout, trio.synthetic)
    setting.pause()
    n = len(trio.synthetic)
    return Part(
        measures=(
            measure(
                "exact-copies",
                _LOWER,
                Numbers(
                    value=exact,
                    reference=closeness.exact_copies(trio.train, trio.holdout),
                    interval=wilson(exact, n) if exact is not None else None,
                ),
                missing,
            ),
            measure(
                "near-copies",
                How(group=Group.ATTACKS, better=Direction.LOWER, yardstick=Yardstick.CHANCE),
                Numbers(
                    value=near,
                    reference=_NEAR_BY_CHANCE,
                    interval=wilson(near, n) if near is not None else None,
                ),
                missing,
            ),
            measure(
                "nearest-distance",
                How(group=Group.ATTACKS, better=Direction.HIGHER, high=2.0),
                Numbers(
                    value=closeness.nearest_ratio(trio.train, trio.holdout, trio.synthetic),
                    reference=1.0,
                ),
                missing,
            ),
        ),
        distances=closeness.distance_curves(trio),
    )


def guessed(setting: Setting, on_synthetic: Classifier | None) -> Part:
    """Guess who took part, in five ways.

    Args:
        setting: The tables.
        on_synthetic: Logistic regression trained on synthetic patients, all genes.
    """
    trio = setting.few.in_units_of(setting.few.synthetic)
    found = []
    for attack in (membership.by_distance, membership.by_monte_carlo, membership.by_density):
        found.append(attack(trio))
        setting.pause()
    whole = setting.whole
    found.append(membership.by_confidence(whole.train, whole.holdout, on_synthetic))
    found.append(by_likelihood(whole.train, whole.holdout, setting.levels, setting.released))
    return Part(attacks=tuple(found))
