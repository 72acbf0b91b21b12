"""What the public reference alone would reach: the baseline that no patient of the study has part
in. LocalView, because real held-out patients judge it.

References:
    generators.md "The recipe moments" (public reference).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from core.model.quality import Depth, UtilityScore
from core.model.release import SyntheticCohort
from core.quality.tables import shuffled
from core.quality.utility import FOREST, LOGISTIC, macro_f1, predict
from core.statistics.statistic import Records

SCORE: Final = "macro-f1"


def public_scores(
    alone: SyntheticCohort,
    holdout: Records,
    beside: Sequence[UtilityScore],
    depth: Depth,
    pause: Callable[[], None],
) -> tuple[UtilityScore, ...]:
    """Train on what the reference alone gives, test on held-out real patients.

    Args:
        alone: Drawn from the reference alone.
        holdout: Patients of this hospital who took no part.
        beside: The release's own scores, with those of models trained on real patients.
        depth: As of the report.
        pause: Called between the classifiers; may raise.

    Returns:
        Macro-F1 of each classifier as ``synthetic``, with the real and the chance value of
        ``beside``; those that cannot be computed are left out.
    """
    train, test = shuffled(alone), shuffled(holdout)
    known = {s.classifier: s for s in beside if s.score == SCORE}
    found = []
    for classifier in (LOGISTIC, FOREST):
        pause()
        said = predict(classifier, train, test, len(alone.classes), depth)
        like = known.get(classifier)
        if said is None or like is None:
            continue
        found.append(
            UtilityScore(
                classifier=classifier,
                score=SCORE,
                synthetic=macro_f1(test.labels, said.labels, len(alone.classes)),
                real=like.real,
                chance=like.chance,
            )
        )
    return tuple(found)
