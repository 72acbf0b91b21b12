"""A study between installations in plain words, for a terminal."""

from __future__ import annotations

import datetime as dt
from typing import Final

from core.messages.events import RunContinued
from core.messages.study_events import ContinuationAwaited
from core.model.candidate import setting_line
from core.model.invitation import InvitationView, StudyTerms
from core.model.judging import AGREEMENT, DISTANCES, Judging, VotePolicy
from core.model.lobby import LobbyView, Phase
from core.model.reference import ReferenceNote
from core.study.site_centring import centres_sites

_MISSING: Final = {
    "parties": "at least three computing parties",
    "accept": "{name} to be accepted",
    "compare": "the six words of {name} to be compared",
    "attest": "the statements of {name}",
    "sign": "the signature of {name}",
    "approve": "the approval of {name}",
    "online": "{name} to be online",
    "coordinator": "{name}, the coordinator",
}
_FURTHER: Final = {
    AGREEMENT: "Judged together, too: whether its differences between diagnoses agree with them.",
    DISTANCES: "Judged together, too: how far they lie from the synthetic records.",
}
_KNOWN: Final = {
    "": "",
    "same": " - compared in another study",
    "renewed": " - renewed; its former identity, compared in another study, vouches for it",
}
_WARNINGS: Final = {
    "secret-used-twice": "An invitation that was already used was tried by somebody else.",
    "words-differ": "The six words of {name} differed; it was taken out.",
    "refused": "{name} refused the plan.",
    "void-signature": "The signature given here no longer counts: {name}.",
    "void-approval": "The approval by {name} no longer counts.",
    "identity-gone": "It was joined with an identity of this hospital that is not here any more.",
}


def invitation_words(view: InvitationView) -> list[str]:
    """Return what an invitation asks, a line each."""
    terms, meeting = view.terms, view.meeting
    until = dt.datetime.fromtimestamp(view.expires, dt.UTC).strftime("%Y-%m-%d %H:%M UTC")
    through = f"the relay {meeting.host}" if meeting.relay else f"{meeting.host} directly"
    records = terms.n_records or "as many synthetic patients as the noisy total says"
    privacy = (
        f"Privacy: epsilon {terms.budget.epsilon:g}, delta {terms.budget.delta:g}; takes "
        f"{view.units:g} units of your cap; at most {view.odds} in 100 instead of 50."
    )
    public = [f"Public reference: {line}" for line in reference_words(terms.reference)]
    centred = centres_sites(terms.recipe_parameters, terms.candidates)
    sites = "What each hospital's pipeline adds is taken out where it stands clear of the noise."
    return [
        f"{view.coordinator} invites you to: {terms.title}",
        f"Purpose: {terms.purpose}",
        f"Genes: {terms.n_genes}. Diagnoses: {', '.join(terms.classes)}.",
        f"{recipe_words(terms)} Synthetic patients: {records}.",
        *([sites] if centred else []),
        *public,
        *judging_words(terms.judging),
        f"Licence of the released table: {terms.licence or 'not chosen'}",
        privacy,
        "What leaves your computer: encrypted shares, and noisy totals that all hospitals see.",
        f"Study: {view.study_id}. You would meet through {through}, port {meeting.port}.",
        f"The coordinator's six words, to be compared by telephone: {view.coordinator_words}",
        f"The invitation {'expired' if view.expired else 'is good until'} {until}.",
    ]


def recipe_words(terms: StudyTerms) -> str:
    """Return how the table is made, or among what the joint evaluation chooses."""
    if not terms.candidates:
        return f"Recipe: {terms.recipe}."
    settings = "; ".join(
        setting_line(c.recipe, c.n_genes, c.recipe_parameters) for c in terms.candidates
    )
    n = len(terms.candidates)
    return (
        f"{n} candidate settings: {settings}. Each has 1 / {n} of the budget; the one with the "
        "best joint score is released."
    )


def judging_words(judging: Judging | None) -> list[str]:
    """Return how the table is judged and who lets it out, a line each."""
    if judging is None:
        return []
    lines = []
    if judging.evaluation:
        lines.append("Judged together on held-out patients of all hospitals, with joint noise.")
        lines += [_FURTHER[kind] for kind in judging.further]
    match judging.vote:
        case VotePolicy.NONE:
            pass
        case VotePolicy.YES_NO:
            lines.append("Released only if all hospitals say yes, in a secret vote.")
        case VotePolicy.MINIMUM:
            lines.append("Released only if the joint score reaches everybody's secret minimum.")
    return lines


def reference_words(note: ReferenceNote | None) -> list[str]:
    """Return what a public reference is and what it means, a line each; nothing without one."""
    if note is None:
        return []
    named = f", names {', '.join(note.classes)}" if note.classes else ""
    return [
        f"{note.title}: {note.n_records} open records, {note.n_covered} of the genes{named}.",
        f"from {note.provenance}; licence {note.licence}; fingerprint {note.sha256[:16]}.",
        "patients who are also in it get no protection from this study.",
    ]


def next_steps(view: LobbyView) -> list[tuple[str, str]]:
    """Return the steps that an interrupted study can take now, each with a sentence."""
    if view.phase is not Phase.INTERRUPTED:
        return []
    if view.released:
        run = "another hospital still needs its release: run, and it gets it"
    else:
        run = "run continues where it stopped, with the same plan; nothing is charged again"
    steps = [("run", run), ("leave", "leave ends the study here; what was spent stays spent")]
    if view.coordinating:
        words = (
            "remove takes out a hospital that left: a new plan, new signatures and approvals, "
            "and another charge in full; what was spent stays spent"
        )
        steps.insert(1, ("remove", words))
    return steps


def continued_words(event: RunContinued) -> str:
    """Return where a run goes on."""
    following = event.kept + 1
    if following > event.stages:
        where = f"all {event.stages} stages are opened; the release is made"
    else:
        where = f"continuing from stage {following} of {event.stages}"
    return f"{where[0].upper()}{where[1:]}; nothing is charged again"


def awaited_words(event: ContinuationAwaited) -> str:
    """Return what an interrupted run waits for."""
    if event.waiting_for:
        names = ", ".join(event.waiting_for)
        return f"Waiting up to {event.seconds:.0f} s for {names} to be back, then it continues"
    if not event.seconds:
        return "Not everybody came back in time"
    return f"Everybody is back: it continues by itself, {event.attempt} of {event.most}"


def view_words(view: LobbyView) -> list[str]:
    """Return where a study stands, a line each."""
    lines = [f"{view.terms.title}: {view.phase.value}{'' if view.online else ' (offline)'}"]
    lines += [
        f"  {p.name}: {p.state.value}{', online' if p.online else ''}"
        f"{', compared' if p.compared else ''}{', signed' if p.signed else ''}"
        f"{', approved' if p.approved else ''}"
        f"{'' if p.own else f' [{p.words}]'}"
        f"{_KNOWN[p.known]}"
        f"{f' - {p.refusal}' if p.refusal else ''}"
        for p in view.participants
    ]
    lines += [f"  ! {_WARNINGS[kind].format(name=who)}" for kind, who in view.warnings]
    missing = [_MISSING[kind].format(name=who) for kind, who in view.waiting_for]
    if missing:
        lines.append(f"  Waiting for: {', '.join(missing)}")
    if view.phase is Phase.INTERRUPTED:
        lines.append(f"  Interrupted ({view.code}); it can be continued, nothing is charged again")
    if view.reason:
        lines.append(f"  Ended: {view.reason}")
    return lines
