"""Words about class counts that hospitals published with noise, and what follows for a study."""

from __future__ import annotations

from typing import Final

from app.presenters.wording.figures import count, units
from app.presenters.wording.language import say
from app.presenters.wording.states import advice_words
from core.model.budget import odds_in_100
from core.model.counts import CountsView, epsilon_of, units_of
from core.model.quality import Advice
from core.study.counts import margin_of

#: No study is planned above this epsilon, nor with fewer genes.
_MOST_EPSILON: Final = 10.0
_LEAST_GENES: Final = 2


def price_words(scale: int, n_classes: int) -> tuple[str, str, str]:
    """Return what publishing at a scale uses, how right it is, and its worst case."""
    return (
        say("Uses {n}", n=units(units_of(scale))),
        say("Each count within {n} patients", n=margin_of([scale], n_classes)),
        say("At most {odds} in 100 instead of 50", odds=odds_in_100(epsilon_of(scale))),
    )


def class_words(found: CountsView) -> tuple[tuple[str, str], ...]:
    """Return each class with what its noisy total says."""
    return tuple(
        (
            name,
            say(
                "about {n}: {low} to {high}",
                n=count(total),
                low=count(max(0, total - found.margin)),
                high=count(total + found.margin),
            ),
        )
        for name, total in zip(found.classes, found.totals, strict=True)
    )


def way_words(found: CountsView, n_genes: int, epsilon: float) -> tuple[str, ...]:
    """Return the advice, and what would bring the study close to real data."""
    useful = found.usefulness
    lines = [advice_words(useful.advice.value)]
    if useful.advice is Advice.GOOD and useful.genes_for_good >= n_genes:
        return tuple(lines)
    if useful.genes_for_good >= _LEAST_GENES:
        genes = count(useful.genes_for_good)
        lines.append(say("Fewer genes: up to {n} would come close to real data.", n=genes))
    more = max(1.1, useful.patients_for_good / max(1, found.smallest))
    lines.append(
        say(
            "More hospitals: it takes about {n} patients of the rarest diagnosis, {more} times as "
            "many.",
            n=count(useful.patients_for_good),
            more=f"{more:.1f}",
        )
    )
    if epsilon < useful.epsilon_for_good <= _MOST_EPSILON:
        lines.append(
            say(
                "A larger budget: ε {n} would do, all else equal.",
                n=f"{useful.epsilon_for_good:.1f}",
            )
        )
    return tuple(lines)
