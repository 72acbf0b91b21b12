"""Publishing this hospital's noisy class counts for the planning of a study, and adding up what
the hospitals published.

The order is the promise: second person, own checks, charge on the disk, noise, kept, said. What
breaks off in between is charged and was never outside.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.errors import BudgetError, StudyError
from core.messages.study_commands import PublishCounts
from core.model.counts import CountsView, HospitalCounts, StudyCounts, epsilon_of
from core.model.lobby import Phase
from core.model.quality import Usefulness
from core.privacy.class_counts import noisy_counts
from core.privacy.ledger import Ledger, Topic, Words, counts_charge
from core.randomness import NoiseSource
from core.study.counts import margin_of, totals_of
from core.study.session import StudySession
from core.synthesis.recipe import Design
from core.synthesis.registry import recipe_called
from core.synthesis.settings import candidate_design

#: Before a plan is proposed; afterwards counts would change nothing.
_PLANNING: Final = frozenset({Phase.DRAFTED, Phase.INVITING, Phase.LOBBY, Phase.ROSTER_CLOSED})


def require_planning(session: StudySession, scale: int) -> None:
    """Refuse to publish where it would help nobody, or at a scale that is not offered.

    Raises:
        BudgetError: BU302.
        StudyError: ST705.
    """
    counts_charge(scale)
    if session.phase not in _PLANNING:
        reason = "class counts are published before the plan is made"
        raise StudyError("ST705", phase=session.stage.value, reason=reason)
    if not session.cohort_id:
        raise StudyError("ST705", phase=session.stage.value, reason="it has no cohort here")


def publish(
    ledger: Ledger,
    session: StudySession,
    exact: NDArray[np.int64],
    command: PublishCounts,
    source: NoiseSource,
) -> HospitalCounts:
    """Charge the cap, then draw the noise.

    Args:
        ledger: Of the hospital's patients.
        session: The study.
        exact: Training patients of each class of the study, shape (n_classes,), int64; local.
        command: Scale and second person, who has proved who they are.
        source: For the noise, and for the digest under which it is charged.

    Reveals:
        To whoever hears the result: the class counts, at (1 / scale, 0), charged here.

    Raises:
        BudgetError: BU301 over the cap, BU306 if it could not be written, BU313 for a cohort that
            takes part no more; then there is no noise and no result.
    """
    release = f"syncohort-class-counts-1:{session.study_id}:{source.token(16).hex()}"
    digest = hashlib.sha256(release.encode("ascii")).hexdigest()
    ledger.reserve_charge(
        session.cohort_id,
        digest,
        counts_charge(command.scale),
        note=f"class counts for study {session.study_id[:8]}",
        about=Words(topic=Topic.COUNTS_PUBLISHED, people=(command.approver.strip(),)),
    )
    ledger.spend(digest)
    if len(exact) != len(session.terms.classes):
        raise BudgetError("BU310", reason="the counts are of other classes")
    counts = noisy_counts(exact, command.scale, source)
    return HospitalCounts(key=session.own_key, counts=counts, scale=command.scale)


def with_counts(known: StudyCounts, fresh: HospitalCounts) -> StudyCounts:
    """Return what is known, with a hospital's newest release in place of its former one."""
    others = tuple(h for h in known.hospitals if h.key != fresh.key)
    return StudyCounts(hospitals=(*others, fresh))


def counts_view(session: StudySession, known: StudyCounts) -> CountsView | None:
    """Return the sum and what follows from it; None while nobody published."""
    by_key = {h.key: h for h in known.hospitals}
    patients = [p for p in session.seated if p.has_cohort]
    parties = [p for p in patients if p.key in by_key]
    given = [by_key[p.key] for p in parties]
    if not given:
        return None
    classes = session.terms.classes
    totals = totals_of(given, len(classes))
    margin = margin_of([h.scale for h in given], len(classes))
    middle, low, high = _expected(session, min(totals), margin)
    own = by_key.get(session.own_key)
    return CountsView(
        published=tuple(p.name for p in parties),
        silent=tuple(p.name for p in patients if session.coordinating and p.key not in by_key),
        own_epsilon=epsilon_of(own.scale) if own is not None else 0.0,
        classes=classes,
        totals=totals,
        margin=margin,
        usefulness=middle,
        usefulness_low=low,
        usefulness_high=high,
    )


def _expected(session: StudySession, smallest: int, margin: int) -> Sequence[Usefulness]:
    """Return what may be expected, of candidates from the one that promises most."""
    terms = session.terms
    design = Design(
        n_genes=terms.n_genes,
        n_classes=len(terms.classes),
        n_max=terms.n_max,
        budget=terms.budget,
        parameters=terms.recipe_parameters,
        reference=session.reference,
    )
    sizes = (smallest, max(0, smallest - margin), smallest + margin)
    if not terms.candidates:
        return [recipe_called(terms.recipe).predict(design, n) for n in sizes]
    parts = len(terms.candidates)
    designs = [(c.recipe, candidate_design(design, c, parts)) for c in terms.candidates]
    return [
        max((recipe_called(r).predict(d, n) for r, d in designs), key=lambda u: u.ratio)
        for n in sizes
    ]
