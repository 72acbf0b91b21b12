"""From what the hospitals agreed on to the plan that they sign."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.errors import PlanError
from core.model.budget import Budget
from core.model.judging import Judging
from core.model.plan import (
    CANDIDATES_VERSION,
    FORMAT_VERSION,
    Attestation,
    Candidate,
    Plan,
    PlanParty,
    Scalar,
    StagePlan,
    largest_threshold,
)
from core.model.reference import PublicReference

NORMALISATION = "log2-cpm-record-z"
DEFAULT_N_MAX = 10_000
DEFAULT_HOLDOUT_SHARE = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """One party before numbers are given.

    Attributes:
        name: Of the hospital.
        has_cohort: Whether it has patients.
        attestations: What it stated; empty in a rehearsal, which has one owner.
    """

    name: str
    has_cohort: bool
    attestations: tuple[Attestation, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """Everything public that people decide, before the noise is calibrated.

    Attributes:
        study_id: 32 hex digits, random.
        title: For people.
        rehearsal: Whether one person owns all parties (a simulation of a study, said so
            everywhere).
        recipe: Name of the recipe; empty with candidates.
        recipe_parameters: Its public parameters; none with candidates.
        genes: The panel.
        label_name: Heading of the label column.
        classes: The classes, typed or the union of the files' labels in a rehearsal.
        budget: What may be spent.
        n_max: Most records per hospital.
        holdout_share: Share of patients that never enters.
        n_records: Synthetic records; None for the noisy total.
        reference: Summary of an open cohort, cut to the panel; None without one.
        judging: The joint evaluation and the private vote; None: the table is released at once.
        licence: Under which terms the table is released; None: nobody chose any.
        candidates: Settings of which the joint evaluation chooses one; empty: the one recipe.
    """

    study_id: str
    title: str
    rehearsal: bool
    recipe: str
    recipe_parameters: tuple[tuple[str, Scalar], ...]
    genes: tuple[str, ...]
    label_name: str
    classes: tuple[str, ...]
    budget: Budget
    n_max: int = DEFAULT_N_MAX
    holdout_share: float = DEFAULT_HOLDOUT_SHARE
    n_records: int | None = None
    reference: PublicReference | None = None
    judging: Judging | None = None
    licence: str | None = None
    candidates: tuple[Candidate, ...] = ()


def require_enough_parties(seats: Sequence[Seat]) -> None:
    """Refuse sessions that MPC cannot protect, before anything else is done.

    Raises:
        PlanError: PL203 for two parties, PL204 for one or more than ten, PL205 for equal names.
    """
    if len(seats) == 2:
        raise PlanError("PL203")
    if not 3 <= len(seats) <= 10:
        raise PlanError("PL204", n_parties=len(seats))
    names = [s.name for s in seats]
    for name in names:
        if names.count(name) > 1:
            raise PlanError("PL205", name=name)


def draft_plan(
    agreement: Agreement,
    seats: Sequence[Seat],
    certificates: Sequence[str],
    stages: tuple[StagePlan, ...],
    epsilon_accounted: float,
) -> Plan:
    """Return the plan: party i is seat i, with the certificate it showed.

    Args:
        agreement: What people decided.
        seats: The parties in order.
        certificates: Per party the SHA-256 of the certificate it showed, 64 hex digits.
        stages: Calibrated stages.
        epsilon_accounted: What the accountant says of them.

    Raises:
        PlanError: PL201, PL203 or PL204 if no hospital could agree to it.
    """
    require_enough_parties(seats)
    parties = tuple(
        PlanParty(
            number=i,
            name=seat.name,
            has_cohort=seat.has_cohort,
            certificate_sha256=digest,
            attestations=tuple(sorted(seat.attestations)),
        )
        for i, (seat, digest) in enumerate(zip(seats, certificates, strict=True))
    )
    return Plan(
        study_id=agreement.study_id,
        title=agreement.title,
        rehearsal=agreement.rehearsal,
        parties=parties,
        threshold=largest_threshold(len(parties)),
        recipe=agreement.recipe,
        recipe_parameters=agreement.recipe_parameters,
        genes=agreement.genes,
        label_name=agreement.label_name,
        classes=agreement.classes,
        normalisation=NORMALISATION,
        n_max=agreement.n_max,
        holdout_share=agreement.holdout_share,
        budget=agreement.budget,
        epsilon_accounted=epsilon_accounted,
        patient_multiplicity=1,
        n_records=agreement.n_records,
        sampler=min(i for i, seat in enumerate(seats) if seat.has_cohort)
        if any(s.has_cohort for s in seats)
        else 0,
        stages=stages,
        reference=agreement.reference,
        judging=agreement.judging,
        licence=agreement.licence,
        candidates=agreement.candidates,
        format_version=CANDIDATES_VERSION if agreement.candidates else FORMAT_VERSION,
    )
