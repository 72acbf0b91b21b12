"""What a run is about, and what the screens see of it."""

from __future__ import annotations

from dataclasses import dataclass

from core.messages.engine import PeerJoined, PeerReached
from core.messages.events import HospitalChanged
from core.model.budget import charged_units
from core.model.judging import Ballot
from core.model.plan import Plan
from core.model.study import HospitalState, HospitalView, StudyState, StudyView


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """A plan that this hospital checked, and the cohort it will use.

    Attributes:
        plan: What was signed; the ledger and the release know it by its digest.
        wired: The same with the certificates of this run, as the run workers compare it.
        own_number: This party.
        cohort_id: The own cohort; empty for a compute partner.
        ballot: The own secret vote on the release; None where none is asked for.
    """

    plan: Plan
    wired: Plan
    own_number: int
    cohort_id: str
    ballot: Ballot | None = None


def peer_changed(accepted: Accepted, peer: PeerJoined | PeerReached) -> HospitalChanged:
    """Return where a party of the run is now."""
    party = accepted.plan.parties[peer.number]
    state, stages = HospitalState.CONNECTED, 0
    if isinstance(peer, PeerReached):
        state = HospitalState.FINISHED if peer.done else HospitalState.IN_STEP
        stages = peer.stages
    return HospitalChanged(
        hospital=HospitalView(
            number=peer.number,
            name=party.name,
            has_cohort=party.has_cohort,
            own=peer.number == accepted.own_number,
            state=state,
            stages=stages,
        )
    )


def running_view(accepted: Accepted, cohort_name: str, began: float) -> StudyView:
    """Return the study as it stands when its run begins."""
    plan = accepted.plan
    return StudyView(
        digest=plan.digest,
        title=plan.title,
        state=StudyState.RUNNING,
        hospitals=tuple(p.name for p in plan.parties),
        cohort_id=accepted.cohort_id,
        cohort_name=cohort_name,
        epsilon=plan.budget.epsilon,
        units=charged_units(plan.budget) if accepted.cohort_id else 0.0,
        n_genes=len(plan.genes),
        classes=plan.classes,
        started=began,
        finished=0.0,
        code="",
        spent=False,
    )
