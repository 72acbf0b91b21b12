"""A study whose stewards sign with plain HMACs: the machine cannot tell the difference."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from core.model.budget import Budget
from core.model.invitation import MeetingPoint, StudyTerms
from core.model.lobby import SeatState
from core.model.plan import Attestation, NoiseLadder, Plan, StagePlan
from core.study.drafting import Agreement, draft_plan
from core.study.invitation import panel_digest, secret_id
from core.study.roster import Endorsement, Invited, Participant
from core.study.session import StudySession
from core.study.signatures import approval_statement, plan_statement

GENES = ("TP53", "MPO", "CD19")
ALL = tuple(Attestation)
NO_PATIENTS = (Attestation.NO_COLLUSION,)
TERMS = StudyTerms(
    title="Leukaemia in three hospitals",
    purpose="To learn which genes tell two diagnoses apart.",
    label_name="diagnosis",
    classes=("AML", "ALL"),
    n_genes=3,
    panel_sha256=panel_digest(GENES),
    recipe="marginals",
    recipe_parameters=(("bins", 4),),
    budget=Budget(epsilon=1.0),
    n_max=10_000,
    holdout_share=0.2,
    n_records=None,
)
MEETING = MeetingPoint(host="relay.example", port=443, relay=True)


def pem_of(name: str) -> str:
    return f"PEM {name}"


def key_of(name: str) -> str:
    return hashlib.sha256(pem_of(name).encode()).hexdigest()


def sign(name: str, content: bytes) -> bytes:
    return hmac.digest(pem_of(name).encode(), content, "sha256")


def verify(certificate_pem: str, content: bytes, signature: bytes) -> bool:
    return hmac.compare_digest(hmac.digest(certificate_pem.encode(), content, "sha256"), signature)


def secret_of(name: str) -> str:
    return hashlib.sha256(b"secret" + name.encode()).hexdigest()


def invited(name: str, expires: int = 1000) -> Invited:
    secret = secret_of(name)
    return Invited(secret=secret, secret_id=secret_id(secret), expires=expires)


def joiner(name: str, **changes: Any) -> Participant:
    fields: dict[str, Any] = {
        "key": key_of(name),
        "certificate_pem": pem_of(name),
        "name": name,
        "has_cohort": True,
        "attestations": ALL,
        "secret_id": secret_id(secret_of(name)),
        "state": SeatState.ASKED,
        "compared": False,
    }
    return Participant(**{**fields, **changes})


def drafted() -> StudySession:
    own = joiner("North", secret_id="", state=SeatState.ACCEPTED, compared=True)
    return StudySession(
        study_id="ab" * 16,
        token="cd" * 16,
        coordinating=True,
        own_key=own.key,
        coordinator_key=own.key,
        terms=TERMS,
        genes=GENES,
        meeting=MEETING,
        cohort_id="c1",
        created=1.0,
        participants=(own,),
    )


def lobby(names: Sequence[str] = ("River", "Lake")) -> StudySession:
    session = drafted()
    for name in names:
        session = session.invited(invited(name)).asked(joiner(name), 5.0)
        session = session.accepted(key_of(name)).compared(key_of(name), same=True)
    return session


def plan_for(session: StudySession, **changes: Any) -> Plan:
    terms = session.terms
    stage = StagePlan(
        name="counts",
        values=4,
        share=1.0,
        units=1.0,
        l2_sq=1,
        linf=1,
        touched=1,
        exact_shift=True,
        noise=NoiseLadder(levels=((1, 400),)),
    )
    agreement = Agreement(
        study_id=session.study_id,
        title=terms.title,
        rehearsal=False,
        recipe=terms.recipe,
        recipe_parameters=terms.recipe_parameters,
        genes=session.genes,
        label_name=terms.label_name,
        classes=terms.classes,
        budget=terms.budget,
        n_max=terms.n_max,
        holdout_share=terms.holdout_share,
        n_records=terms.n_records,
    )
    keys = [p.key for p in session.seated]
    plan = draft_plan(agreement, session.seats(), keys, (stage,), 0.99)
    return replace(plan, **changes)


def signature(name: str, plan: Plan, purpose: str = TERMS.purpose) -> Endorsement:
    key = key_of(name)
    signed = sign(name, plan_statement(plan, purpose, key))
    return Endorsement(key=key, digest=plan.digest, person="", signature=signed)


def approval(name: str, plan: Plan, person: str = "Grace") -> Endorsement:
    key = key_of(name)
    signed = sign(name, approval_statement(plan, TERMS.purpose, key, person))
    return Endorsement(key=key, digest=plan.digest, person=person, signature=signed)
