"""From a steward's wishes to a study that can be joined, and from an invitation to a joiner's."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from core.errors import PlanError
from core.messages.study_commands import CreateStudy
from core.model.budget import Budget, charged_units, odds_in_100
from core.model.invitation import Invitation, InvitationView, StudyTerms
from core.model.lobby import Phase, SeatState
from core.model.plan import Attestation
from core.model.reference import PublicReference
from core.randomness import NoiseSource
from core.study.drafting import DEFAULT_HOLDOUT_SHARE, Agreement
from core.study.invitation import panel_digest
from core.study.roster import Invited, Participant
from core.study.rules import plan_id, require_attested
from core.study.session import StudySession
from core.study.signatures import Signer
from core.study.site_centring import ONE_EACH, candidates_for, for_parties
from core.worker.calibrating import Making, made_as, panel_size
from core.worker.installation.identity_desk import six_words
from core.worker.references.choosing import chosen_genes, cut_to
from core.worker.references.reading import read_reference


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """The genes of a new study, and what its public reference says about them."""

    genes: tuple[str, ...]
    reference: PublicReference | None


def panel_of(ask: CreateStudy, own_genes: tuple[str, ...]) -> Panel:
    """Choose the panel: from a list or the own columns, by public spread; never by patients.

    Args:
        ask: What the steward wishes.
        own_genes: Column names of the own cohort; empty without one.

    Raises:
        PlanError: PL207 for too few genes, PL201 if the reference covers too few of them.
        WorkerError: WO606 if the reference's file is not one.
    """
    listed = ask.genes or own_genes
    if not listed:
        raise PlanError("PL207", needed=2, what="genes", found=0)
    file = read_reference(Path(ask.reference)) if ask.reference else None
    n_genes = panel_size(ask.candidates, ask.n_genes, len(listed))
    genes = chosen_genes(listed, n_genes, file)
    return Panel(genes=genes, reference=cut_to(genes, file))


def terms_of(ask: CreateStudy, panel: Panel) -> StudyTerms:
    """Return the public facts that the coordinator decided.

    Raises:
        PlanError: PL201 or PL208 for what no plan could have.
        BudgetError: BU302.
    """
    drafted = _drafted(ask, panel)
    return StudyTerms(
        title=ask.title,
        purpose=" ".join(ask.purpose.split()),
        label_name=ask.label_name,
        classes=ask.classes,
        n_genes=len(panel.genes),
        panel_sha256=panel_digest(panel.genes),
        recipe=drafted.recipe,
        recipe_parameters=drafted.recipe_parameters,
        budget=drafted.budget,
        n_max=ask.n_max,
        holdout_share=DEFAULT_HOLDOUT_SHARE,
        n_records=ask.n_records,
        reference=panel.reference.note if panel.reference else None,
        judging=ask.judging,
        licence=" ".join(ask.licence.split()) or None,
        candidates=drafted.candidates,
    )


def _drafted(ask: CreateStudy, panel: Panel) -> Agreement:
    """Return what the steward wishes, with the parameters that suit it."""
    agreement = Agreement(
        study_id="",
        title=ask.title,
        rehearsal=False,
        recipe="",
        recipe_parameters=(),
        genes=panel.genes,
        label_name=ask.label_name,
        classes=ask.classes,
        budget=Budget(epsilon=ask.epsilon, delta=ask.delta),
        n_max=ask.n_max,
        reference=panel.reference,
    )
    wish = Making(
        recipe=ask.recipe,
        candidates=ask.candidates,
        centre_sites=ask.centre_sites,
        shares=ask.shares,
        n_min=ask.planned_smallest_class,
    )
    return made_as(agreement, wish, ONE_EACH)


def own_seat(
    signer: Signer,
    name: str,
    *,
    has_cohort: bool,
    attestations: tuple[Attestation, ...],
    accepted: bool,
) -> Participant:
    """Return this installation as a participant.

    Raises:
        StudyError: ST712 for what it has not stated.
    """
    own = Participant(
        key=signer.certificate_sha256,
        certificate_pem=signer.certificate_pem,
        name=name,
        has_cohort=has_cohort,
        attestations=tuple(sorted(set(attestations))),
        secret_id="",
        state=SeatState.ACCEPTED if accepted else SeatState.ASKED,
        compared=accepted,
    )
    require_attested(name, own.seat(0).missing_attestations)
    return own


def drafted(
    ask: CreateStudy, panel: Panel, own: Participant, source: NoiseSource, now: float
) -> StudySession:
    """Return the coordinator's new study."""
    return StudySession(
        study_id=source.token(16).hex(),
        token=source.token(16).hex(),
        coordinating=True,
        own_key=own.key,
        coordinator_key=own.key,
        terms=terms_of(ask, panel),
        genes=panel.genes,
        reference=panel.reference,
        meeting=ask.meeting,
        cohort_id=ask.cohort_id,
        created=now,
        participants=(own,),
        noise=ask.noise,
    )


def joining(invitation: Invitation, own: Participant, cohort_id: str, now: float) -> StudySession:
    """Return a joiner's study before the coordinator has answered.

    The coordinator's certificate is not known yet, only its fingerprint; its seat stands in until
    the roster is shown.
    """
    coordinator = Participant(
        key=invitation.coordinator_sha256,
        certificate_pem="",
        name=invitation.coordinator,
        has_cohort=True,
        attestations=(),
        secret_id="",
        state=SeatState.ACCEPTED,
        compared=False,
    )
    used = Invited(
        secret=invitation.secret,
        secret_id=invitation.secret_id,
        expires=invitation.expires,
        used_by=own.key,
    )
    return StudySession(
        study_id=invitation.study_id,
        token=invitation.token,
        coordinating=False,
        own_key=own.key,
        coordinator_key=invitation.coordinator_sha256,
        terms=invitation.terms,
        genes=(),
        meeting=invitation.meeting,
        cohort_id=cohort_id,
        created=now,
        phase=Phase.LOBBY,
        invitations=(used,),
        participants=(coordinator, own),
    )


def agreement_of(session: StudySession) -> Agreement:
    """Return what the plan is drafted from."""
    terms = session.terms
    return Agreement(
        study_id=plan_id(session.study_id, session.attempt),
        title=terms.title,
        rehearsal=False,
        recipe=terms.recipe,
        recipe_parameters=for_parties(terms.recipe_parameters, len(session.seated)),
        genes=session.genes,
        label_name=terms.label_name,
        classes=terms.classes,
        budget=terms.budget,
        n_max=terms.n_max,
        holdout_share=terms.holdout_share,
        n_records=terms.n_records,
        reference=session.reference,
        judging=terms.judging,
        licence=terms.licence,
        candidates=candidates_for(terms.candidates, len(session.seated)),
    )


def invitation_view(invitation: Invitation, now: float) -> InvitationView:
    """Return what the steward reads."""
    budget = invitation.terms.budget
    return InvitationView(
        study_id=invitation.study_id,
        coordinator=invitation.coordinator,
        coordinator_words=six_words(invitation.coordinator_sha256),
        meeting=invitation.meeting,
        expires=invitation.expires,
        expired=now >= invitation.expires,
        terms=invitation.terms,
        units=charged_units(budget),
        odds=odds_in_100(budget.epsilon, budget.delta),
        genes=invitation.genes,
    )
