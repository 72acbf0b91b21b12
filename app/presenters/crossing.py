"""What crosses the hospital's boundary at each step, told by what the presenters know."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from app.presenters.boundary import Crossing, Leaves
from app.presenters.desk import Desk, WorkerState
from app.presenters.flow import Step
from app.presenters.join import JoinPhase, JoinState
from app.presenters.kinds import Kind
from app.presenters.lobbies import OVER
from app.presenters.run import RunPhase, RunState
from app.presenters.study import StudyPresenter
from app.presenters.wording import count, level_words, odds_sentence, say, size, stage_words, units
from core.model.budget import odds_in_100
from core.model.lobby import LobbyView
from core.model.plan import Plan

_NUMBERS: Final = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine")


def collusion_sentence(plan: Plan) -> str:
    """Say who together could break the secrecy: one more than the plan's threshold."""
    t = plan.threshold
    everybody = all(p.has_cohort for p in plan.parties)
    fields = {"enough": _NUMBERS[t + 1], "few": _NUMBERS[t].lower()}
    if t == 1 and everybody:
        return say(
            "Two other hospitals who pooled their shares could decode yours. One alone cannot."
        )
    if everybody:
        return say(
            "{enough} other hospitals who pooled their shares could decode yours. Any {few} "
            "cannot.",
            **fields,
        )
    if t == 1:
        return say(
            "Two of the other computers, the compute partner included, could decode your shares "
            "if they pooled theirs. One alone cannot."
        )
    return say(
        "{enough} of the other computers, the compute partner included, could decode your shares "
        "if they pooled theirs. Any {few} cannot.",
        **fields,
    )


def leaves_elsewhere(desk: Desk) -> Leaves:
    """Return what crosses while no study is on the screen: a run may still go on."""
    run = desk.study.run.state
    if run.active:
        return _running(run, desk.study.plan)
    if desk.state.worker is WorkerState.GONE:
        return Leaves(
            state=Crossing.STOPPED,
            headline=say("The background program is not running, so nothing can leave."),
            stays=(say("Everything about your patients"),),
        )
    lobbies = desk.study.lobbies.state.lobbies or ()
    online = [v for v in lobbies if v.online and v.phase not in OVER]
    if online:
        return Leaves(
            state=Crossing.TALKING,
            headline=say(
                "A study is being set up with other hospitals. "
                "No number about a patient is shared."
            ),
            stays=(say("Everything about your patients"), say("The privacy ledger")),
            sent=tuple((v.terms.title, say("presence and agreement")) for v in online),
        )
    return Leaves(
        state=Crossing.QUIET,
        headline=say("Records on this page stay on this computer unless you export them."),
        stays=(say("Everything about your patients"), say("The privacy ledger")),
    )


def leaves_of_study(study: StudyPresenter) -> Leaves:
    """Return what crosses at the step that is on the screen."""
    if study.run.state.active:
        return _running(study.run.state, study.plan)
    step = study.flow.shown if study.flow is not None else Step.COHORT
    if study.reading_invitation:
        return _invitation()
    if study.lobby is not None and step < Step.RUN:
        return _lobby(study.lobby, study.plan)
    if study.flow is not None and study.flow.locked and step < Step.RUN:
        return _over()
    make: Mapping[Step, Callable[[], Leaves]] = {
        Step.COHORT: _cohort,
        Step.PRIVACY: _privacy,
        Step.JOIN: lambda: _before_joining(study),
        Step.RUN: lambda: _running(study.run.state, study.plan),
        Step.RESULTS: _results,
    }
    return make[step]()


def _cohort() -> Leaves:
    return Leaves(
        state=Crossing.QUIET,
        headline=say("The file is read on this computer only. Choosing it shares nothing."),
        stays=(
            say("Gene values of every patient"),
            say("Diagnoses"),
            say("Patient codes and the file itself"),
            say("How many patients you have"),
        ),
    )


def _privacy() -> Leaves:
    return Leaves(
        state=Crossing.QUIET,
        headline=say(
            "Choosing a level shares nothing. It is proposed to the other hospitals in the next "
            "step."
        ),
        stays=(
            say("Everything about your patients"),
            say("Your spent total and your lifetime cap"),
        ),
        caveat=say(
            "The expected usefulness follows from the numbers you type here, not from your "
            "patients, so looking at it costs nothing."
        ),
    )


def _invitation() -> Leaves:
    return Leaves(
        state=Crossing.QUIET,
        headline=say("The invitation is read on this computer only. Nobody was contacted."),
        stays=(say("Everything about your patients"), say("That you have opened it")),
    )


def _before_joining(study: StudyPresenter) -> Leaves:
    if study.kind is Kind.LOCAL:
        return _joining(study.join.state)
    stays = (say("Everything about your patients"), say("How many patients you have"))
    if study.kind is Kind.CREATE:
        return Leaves(
            state=Crossing.QUIET,
            headline=say("Writing a study down shares nothing. Only an invitation tells of it."),
            stays=stays,
            caveat=say("Genes and diagnoses are names; no value of a patient chooses them."),
        )
    return Leaves(
        state=Crossing.QUIET,
        headline=say("Nobody was contacted yet. Asking to join shares what stands below."),
        stays=stays,
        sent=_to_coordinator(patients=not study.invited.state.compute),
        caveat=say("The counting starts only after every hospital has signed and approved."),
    )


def _to_coordinator(*, patients: bool) -> tuple[tuple[str, str], ...]:
    stated = say("patients nowhere else, no pooling") if patients else say("no pooling")
    return (
        (say("Name and certificate of this hospital"), say("to the coordinator")),
        (say("What this hospital states"), stated),
    )


def _lobby(view: LobbyView, plan: Plan | None) -> Leaves:
    published = view.counts is not None and view.counts.own_epsilon > 0
    exact = say("How many patients you have, exactly")
    stays = (
        say("Every patient row and patient code")
        if published
        else say("Everything about your patients"),
        exact if published else say("How many patients you have"),
    )
    if view.phase in OVER:
        return Leaves(
            state=Crossing.QUIET,
            headline=say("This study is over. Nothing is leaving any more."),
            stays=stays,
        )
    sent = [*_to_coordinator(patients=bool(view.cohort_id))]
    if view.coordinating:
        sent = [
            (say("Name and certificate of this hospital"), say("to the invited hospitals")),
            (
                say("Title, purpose, genes, diagnoses, privacy level"),
                say("to the invited hospitals"),
            ),
        ]
    if published:
        to = say("used for the plan here") if view.coordinating else say("to the coordinator")
        sent.append((say("Patients of each diagnosis, with noise"), to))
    if view.own_signed:
        sent.append((say("Signature of the plan"), say("to all hospitals of the study")))
    caveat = say("The counting starts only after every hospital has signed and approved.")
    return Leaves(
        state=Crossing.TALKING if view.online else Crossing.QUIET,
        headline=_shared_words(published=published)
        if view.online
        else say("This computer is not connected to the other hospitals. Nothing is leaving."),
        stays=stays,
        sent=tuple(sent),
        caveat=collusion_sentence(plan) if plan is not None else caveat,
    )


def _shared_words(*, published: bool) -> str:
    if published:
        return say(
            "What is needed to set up the study is shared, and the noisy counts that this "
            "hospital chose to publish. No exact number of patients is among it."
        )
    return say(
        "Only what is needed to set up the study is shared. No number about a patient is among it."
    )


def _joining(state: JoinState) -> Leaves:
    stays = (say("Everything about your patients"), say("How many patients you have"))
    if state.phase is JoinPhase.CHOOSING:
        return Leaves(
            state=Crossing.QUIET,
            headline=say("No partner has been asked yet. Nothing is shared by choosing."),
            stays=stays,
            caveat=say("The counting starts only after every hospital has agreed on one plan."),
        )
    sent = [
        (
            say("Name and certificate"),
            say("to {n} partner programs on this computer", n=state.n_parties - 1),
        ),
        (say("Names of your genes and diagnoses"), say("names only, to agree on a common list")),
    ]
    caveat = say("The counting starts only after every hospital has agreed on one plan.")
    if state.plan is not None:
        odds = odds_in_100(state.plan.budget.epsilon, state.plan.budget.delta)
        sent.append((say("Proposed privacy level"), odds_sentence(odds)))
        caveat = collusion_sentence(state.plan)
    return Leaves(
        state=Crossing.TALKING,
        headline=say(
            "Only what is needed to set up the study is shared. No number about a patient is "
            "among it."
        ),
        stays=stays,
        sent=tuple(sent),
        caveat=caveat,
    )


def _noise_sent(state: RunState) -> tuple[tuple[str, str], ...]:
    """Say as what the noise leaves; before the stages are known, as it does by default."""
    own = [s for s in state.stages if s.own_noise]
    lines = []
    if len(own) < len(state.stages) or not own:
        words = say(
            "random numbers that nobody knows, part of the same {b}", b=size(state.bytes_sent)
        )
        lines.append((say("Secret shares of noise"), words))
    if own:
        words = say(
            "inside your totals before they are shared, in {n} of {all} stages",
            n=len(own),
            all=len(state.stages),
        )
        lines.append((say("This computer’s own noise"), words))
    return tuple(lines)


def _running(state: RunState, plan: Plan | None) -> Leaves:
    shared = sum(s.shared for s in state.stages)
    sent = (
        (
            say("Secret shares of your totals"),
            say(
                "{n} numbers, {bytes} in all so far", n=count(shared), bytes=size(state.bytes_sent)
            ),
        ),
        *_noise_sent(state),
    )
    opened = tuple(
        (
            stage_words(s.name).opened,
            say("{done} of {total} so far", done=count(s.opened), total=count(s.values))
            if s.state != "ok"
            else say("{done} of {total}", done=count(s.values), total=count(s.values)),
        )
        for s in state.stages
    )
    stays = (say("Every patient row and patient code"), say("Your exact totals"))
    caveat = collusion_sentence(plan) if plan is not None else ""
    if state.phase is RunPhase.FINISHED:
        return Leaves(
            state=Crossing.QUIET,
            headline=say("The counting is over. Nothing is leaving any more."),
            stays=stays,
            opened=opened,
            caveat=caveat,
        )
    stopped = state.over or state.phase is RunPhase.CANCELLING
    if not stopped and shared == 0 and state.current is None:
        return Leaves(
            state=Crossing.TALKING,
            headline=say("The computers connect and compare the plan. No share has left yet."),
            stays=stays,
            sent=((say("Certificate and fingerprint of the plan"), say("to each partner")),),
            caveat=caveat,
        )
    none_open = state.opened == 0
    headline = say("Each number is split into random-looking shares before it leaves.")
    if stopped:
        headline = (
            say("Shares already sent stay meaningless. No total was opened.")
            if none_open
            else say("Shares already sent stay meaningless. What was opened stays opened.")
        )
    return Leaves(
        state=Crossing.STOPPED if stopped else Crossing.SENDING,
        headline=headline,
        stays=stays,
        sent=sent,
        opened=opened,
        caveat=caveat,
    )


def _over() -> Leaves:
    return Leaves(
        state=Crossing.QUIET,
        headline=say("This step is done. Nothing is leaving any more."),
        stays=(say("Everything about your patients"),),
    )


def _results() -> Leaves:
    return Leaves(
        state=Crossing.QUIET,
        headline=say(
            "Comparisons on this page use your real patients, so they stay on this computer."
        ),
        stays=(say("Every comparison with your patients"), say("Your patients themselves")),
        opened=((say("Synthetic patients and noisy totals"), say("known to all hospitals")),),
    )


def level_sentence(key: str, epsilon: float, delta: float, charged: float) -> str:
    """Say a level in one line: name, units, odds."""
    name, _says = level_words(key)
    odds = odds_sentence(odds_in_100(epsilon, delta))
    return say("{level}, {units} · {odds}", level=name, units=units(charged), odds=odds)
