"""Example values of studies between hospitals."""

from __future__ import annotations

from dataclasses import replace

from core.messages import events as say
from core.model.budget import Budget
from core.model.counts import CountsView
from core.model.invitation import InvitationView, MeetingPoint, StudyTerms
from core.model.judging import CONFUSION, Judging, VotePolicy
from core.model.lobby import LobbyView, ParticipantView, Phase, SeatState
from core.model.plan import CANDIDATES_VERSION, Attestation, Candidate, Patients
from core.model.quality import Advice, Usefulness
from core.study.invitation import panel_digest
from tests.gui import script

STUDY = "a1" * 16
PLAN = "d" * 64
ALL = tuple(sorted(Attestation))
RELAY = MeetingPoint(host="relay.cohort-net.example", port=443, relay=True)
WORDS = (
    "granite willow ember sparrow cobalt linen",
    "harbour violet tundra candle meadow copper",
    "walnut signal orbit marble cedar lantern",
    "pebble anchor saffron tunnel ivory falcon",
)
TERMS = StudyTerms(
    title="Acute leukaemia subtypes",
    purpose="Find out which genes tell the five subtypes apart, and give teaching a data set "
    "that may be handed on. The synthetic patients will be published with the article.",
    label_name="diagnosis",
    classes=script.CLASSES,
    n_genes=len(script.GENES),
    panel_sha256=panel_digest(script.GENES),
    recipe="marginals",
    recipe_parameters=(("bins", 4),),
    budget=Budget(epsilon=0.9946),
    n_max=10_000,
    holdout_share=0.2,
    n_records=None,
)
SETTINGS = (
    Candidate(recipe="moments", recipe_parameters=(("estimators", 2),), n_genes=958),
    Candidate(recipe="marginals", recipe_parameters=(("bins", 4),), n_genes=240),
)
WITH_SETTINGS = replace(
    TERMS,
    recipe="",
    recipe_parameters=(),
    candidates=SETTINGS,
    judging=Judging(evaluation=CONFUSION),
)
IDENTITY = say.IdentityShown(
    hospital=script.HOSPITALS[0],
    certificate_sha256="0a" * 32,
    words=WORDS[0],
    in_keyring=True,
    approver="Maria Albers",
    steward="steward",
    valid_until=script.NOW + 4.5 * 365 * 86_400,
)
IN_FILE = replace(
    IDENTITY,
    in_keyring=False,
    kept_reason="this computer has no key store that a program may use",
    studies=("Acute leukaemia subtypes",),
)
NO_APPROVER = replace(IDENTITY, approver="")


def who(number: int, **changes: object) -> ParticipantView:
    """One hospital in the lobby, all well, as seen by hospital 0 who coordinates."""
    view = ParticipantView(
        key=f"{number:064x}",
        name=script.HOSPITALS[number],
        words=WORDS[number],
        own=number == 0,
        coordinator=number == 0,
        has_cohort=True,
        state=SeatState.ACCEPTED,
        online=True,
        compared=True,
        signed=False,
        approved=False,
        approver="",
        refusal="",
        attestations=ALL,
    )
    return replace(view, **changes)  # type: ignore[arg-type]


def lobby(*people: ParticipantView, **changes: object) -> LobbyView:
    """A lobby as its coordinator sees it."""
    view = LobbyView(
        study_id=STUDY,
        phase=Phase.LOBBY,
        coordinating=True,
        terms=TERMS,
        meeting=RELAY,
        online=True,
        cohort_id="c-1",
        participants=people or tuple(who(n) for n in range(4)),
        plan_digest="",
        own_signed=False,
        own_approved=False,
        waiting_for=(),
        warnings=(),
        code="",
        reason="",
        spent=False,
    )
    return replace(view, **changes)  # type: ignore[arg-type]


def as_participant(view: LobbyView, own: int = 1) -> LobbyView:
    """The same lobby as hospital ``own`` sees it."""
    people = tuple(replace(p, own=n == own) for n, p in enumerate(view.participants))
    return replace(view, coordinating=False, participants=people)


def counted(*, own: float = 0.05, smallest: int = 46) -> CountsView:
    """Two of three hospitals published noisy class counts."""
    useful = Usefulness(
        ratio=0.62,
        low=0.52,
        high=0.72,
        signal=1.1,
        genes_for_good=34,
        advice=Advice.FEWER_GENES,
        patients_for_good=126,
        epsilon_for_good=2.9,
    )
    return CountsView(
        published=script.HOSPITALS[:2],
        silent=(script.HOSPITALS[2],),
        own_epsilon=own,
        classes=TERMS.classes,
        totals=tuple(smallest + 61 * n for n in range(len(TERMS.classes))),
        margin=34,
        usefulness=useful,
        usefulness_low=replace(useful, ratio=0.2, low=0.1, high=0.3),
        usefulness_high=replace(useful, ratio=0.8, low=0.7, high=0.9),
    )


def gathering() -> LobbyView:
    """Four hospitals: one checked, one asks and is not checked, one does not answer."""
    return lobby(
        who(0),
        who(1),
        who(2, state=SeatState.ASKED, compared=False),
        who(3, online=False, has_cohort=False, attestations=(Attestation.NO_COLLUSION,)),
        waiting_for=(
            ("compare", script.HOSPITALS[2]),
            ("accept", script.HOSPITALS[2]),
            ("online", script.HOSPITALS[3]),
        ),
    )


def planned(*, signed: int = 0, approved: int = 0, **changes: object) -> LobbyView:
    """A plan is on the table; the first so many hospitals have signed and approved."""
    people = tuple(
        who(
            n,
            signed=n < signed,
            approved=n < approved,
            approver=f"Second person {n}" if n < approved else "",
        )
        for n in range(4)
    )
    phase = Phase.PLAN_PROPOSED
    if signed == 4:
        phase = Phase.APPROVED if approved == 4 else Phase.SIGNED
    missing = [("sign", p.name) for p in people if not p.signed]
    missing += [("approve", p.name) for p in people if not p.approved]
    values: dict[str, object] = {
        "phase": phase,
        "plan_digest": PLAN,
        "own_signed": signed > 0,
        "own_approved": approved > 0,
        "waiting_for": tuple(missing),
    }
    return lobby(*people, **(values | changes))


def interrupted(*changed: ParticipantView, **changes: object) -> LobbyView:
    """A run of `planned` was interrupted; these hospitals are otherwise than connected."""
    view = planned(signed=4, approved=4, phase=Phase.INTERRUPTED, code="SE401", spent=True)
    by_key = {p.key: p for p in changed}
    people = tuple(
        replace(p, online=by_key[p.key].online) if p.key in by_key else p
        for p in view.participants
    )
    away = tuple(("online", p.name) for p in people if not p.online)
    return replace(view, participants=people, waiting_for=away, **changes)  # type: ignore[arg-type]


def awaited(*names: str, seconds: float = 240.0) -> say.ContinuationAwaited:
    """The coordinator's program waits for these hospitals to go on by itself."""
    return say.ContinuationAwaited(
        study_id=STUDY, waiting_for=names, seconds=seconds, attempt=1, most=3
    )


def to_sign(*, compute: bool = False) -> say.PlanToSign:
    """The plan of `planned`."""
    proposed = script.proposed(PLAN)
    stated = tuple(replace(p, attestations=ALL) for p in proposed.plan.parties)
    agreed = replace(proposed.plan, rehearsal=False, parties=stated)
    return say.PlanToSign(
        study_id=STUDY,
        plan=agreed,
        digest=PLAN,
        units=0.0 if compute else 1.0,
        explanation=proposed.explanation,
    )


def to_sign_and_vote() -> say.PlanToSign:
    """The same plan, judged together and let out by everybody's minimum."""
    asked = to_sign()
    base = asked.plan
    held = replace(
        base.stages[0],
        name="joint-confusion",
        values=2 * len(base.classes) ** 2,
        share=1.0,
        touched=2,
        linf=int(base.stages[0].units),
        l2_sq=2 * int(base.stages[0].units) ** 2,
        exact_shift=True,
        patients=Patients.HOLDOUT,
    )
    judging = Judging(evaluation=CONFUSION, vote=VotePolicy.MINIMUM)
    judged = replace(base, stages=(*base.stages, held), judging=judging)
    return replace(asked, plan=judged)


def to_sign_with_settings() -> say.PlanToSign:
    """A plan of two settings, judged together."""
    asked = to_sign_and_vote()
    judged = asked.plan
    halves = tuple(
        replace(s, name=f"{letter}:{s.name}", share=s.share / 2)
        for letter in "ab"
        for s in judged.recipe_stages
    )
    held = judged.evaluation_stages[0]
    plan = replace(
        judged,
        format_version=CANDIDATES_VERSION,
        recipe="",
        recipe_parameters=(),
        candidates=SETTINGS,
        judging=Judging(evaluation=CONFUSION),
        stages=(*halves, replace(held, values=2 * held.values)),
    )
    return replace(asked, plan=plan)


def changed(view: LobbyView) -> say.LobbyChanged:
    """The event of a lobby."""
    return say.LobbyChanged(lobby=view)


def invitation(**changes: object) -> say.InvitationOpened:
    """An opened invitation of hospital 3."""
    view = InvitationView(
        study_id=STUDY,
        coordinator=script.HOSPITALS[3],
        coordinator_words=WORDS[3],
        meeting=RELAY,
        expires=int(script.NOW) + 600_000,
        expired=False,
        terms=TERMS,
        units=1.0,
        odds=73,
    )
    return say.InvitationOpened(invitation=replace(view, **changes))  # type: ignore[arg-type]


MADE = say.InvitationMade(
    study_id=STUDY,
    text="SYNCOHORT-INVITATION-1\n" + "\n".join(["k3qx9vbe7mfa2h5z" * 4] * 12) + "\nEND",
    content='{"version": 1}',
    file_name="acute-leukaemia-subtypes.syncohort-invitation",
    expires=int(script.NOW) + 604_800,
)
PANEL = say.PanelShown(cohort_id="c-1", genes=script.GENES, labels=script.CLASSES)
