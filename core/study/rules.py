"""What every installation checks by itself, whatever the others say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from core.errors import StudyError
from core.model.invitation import StudyTerms
from core.model.lobby import SeatState
from core.model.plan import Attestation, Plan
from core.model.stage import is_text
from core.study.invitation import panel_digest
from core.study.roster import Participant

MAX_REASON: Final = 300


def reason_of(text: str) -> str:
    """Return a reason in one line, or refuse.

    Raises:
        StudyError: ST706 if there is none.
    """
    line = " ".join(text.split())
    if not line or not is_text(line, MAX_REASON):
        raise StudyError("ST706")
    return line


def require_same_study(
    plan: Plan, study_id: str, terms: StudyTerms, seated: Sequence[Participant]
) -> None:
    """Refuse a plan that is not exactly the study that was joined, or that lacks an attestation.

    Args:
        plan: Proposed by the coordinator.
        study_id: Of the study that was joined.
        terms: What was read before joining.
        seated: The roster, in the order of party numbers.

    Raises:
        StudyError: ST715 with what differs, ST712 with what was not attested.
    """
    checks = (
        ("study", plan.study_id == study_id and not plan.rehearsal),
        ("title", plan.title == terms.title),
        ("label", plan.label_name == terms.label_name),
        ("classes", plan.classes == terms.classes),
        ("genes", panel_digest(plan.genes) == terms.panel_sha256),
        ("recipe", plan.recipe == terms.recipe),
        ("recipe parameters", plan.recipe_parameters == terms.recipe_parameters),
        ("privacy level", plan.budget == terms.budget),
        ("n_max", plan.n_max == terms.n_max),
        ("holdout", plan.holdout_share == terms.holdout_share),
        ("synthetic patients", plan.n_records == terms.n_records),
        ("parties", plan.parties == tuple(p.seat(i) for i, p in enumerate(seated))),
    )
    for name, same in checks:
        if not same:
            raise StudyError("ST715", field=name)
    require_joint(plan)


def require_same_joiner(known: Participant, *shown: Participant) -> None:
    """Refuse an installation that says otherwise than it said before, or is shown otherwise.

    Raises:
        StudyError: ST704.
    """
    if len(shown) != 1 or (known.name, known.has_cohort, known.attestations) != (
        shown[0].name,
        shown[0].has_cohort,
        shown[0].attestations,
    ):
        raise StudyError("ST704", reason="it says otherwise than before about this hospital")
    if SeatState.REMOVED in {known.state, shown[0].state}:
        raise StudyError("ST704", reason="this hospital was taken out")


def require_attested(name: str, missing: tuple[Attestation, ...]) -> None:
    """Refuse a party that has not stated what it must.

    Raises:
        StudyError: ST712 with what is missing.
    """
    if missing:
        raise StudyError("ST712", party=name, what=", ".join(missing))


def require_joint(plan: Plan) -> None:
    """Refuse a plan between installations that lacks an attestation; a rehearsal needs none.

    Raises:
        StudyError: ST712.
    """
    for party in () if plan.rehearsal else plan.parties:
        require_attested(party.name, party.missing_attestations)
