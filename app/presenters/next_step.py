"""The one thing to do next in a study between hospitals, and the sentence that goes with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from app.presenters.lobbies import Act, LobbiesState, act_of
from app.presenters.wording import say, seated, waiting_sentence
from app.presenters.wording.states import LightName
from core.model.lobby import LobbyView, Phase

_BUTTONS: Final[Mapping[Act, str]] = MappingProxyType(
    {
        Act.INVITE: "Invite a hospital",
        Act.COMPARE: "Compare six words",
        Act.ACCEPT: "Accept",
        Act.CLOSE: "Close the list and make the plan",
        Act.REPLAN: "Make the plan",
        Act.SIGN: "Sign the plan",
        Act.APPROVE: "Approve as second person",
        Act.RUN: "Start secure counting",
        Act.CONTINUE: "Continue the study",
    }
)
_SENTENCES: Final[Mapping[Act, str]] = MappingProxyType(
    {
        Act.INVITE: "Make one invitation for each hospital. At least three computers take part.",
        Act.COMPARE: "Call them and compare six words before anything else.",
        Act.ACCEPT: "They asked to join. Accepting shares nothing about a patient.",
        Act.CLOSE: "Everybody is here and checked. After closing, nobody else can join.",
        Act.APPROVE: "The steward has signed. A second person of this hospital approves.",
        Act.RUN: "All hospitals have signed and approved this plan.",
        Act.CONTINUE: "Every hospital is connected. Going on uses nothing more of the cap.",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NextStep:
    """What the bar of the lobby says and offers.

    Attributes:
        button: Words of the primary button.
        sentence: What it does, or what is missing.
        ready: Whether it can be pressed.
        light: Goes with the sentence, if any.
    """

    button: str
    sentence: str
    ready: bool = False
    light: LightName | None = "warn"


def next_step(view: LobbyView, state: LobbiesState, *, confirmed: bool, approver: str) -> NextStep:
    """Say what comes next at this hospital.

    Args:
        view: The study.
        state: What is known of its plan, and what is under way.
        confirmed: Whether the steward ticked everything that is signed.
        approver: Name of the second person; empty if none is set up.
    """
    act = act_of(view)
    button = say(_BUTTONS.get(act, "Start secure counting"))
    if act is Act.NOTHING:
        return _end(view)
    busy = _busy(view, state, act)
    if busy is not None:
        return busy
    if act is Act.REPLAN:
        return _replan(view)
    if act is Act.SIGN:
        return _sign(view, planned=state.plan(view) is not None, confirmed=confirmed)
    if act is Act.APPROVE and not approver:
        button = say("Set up the second person")
    missing = waiting_sentence(view)
    sentence = missing or say(_SENTENCES[act])
    return NextStep(
        button=button, sentence=sentence, ready=True, light="warn" if missing else None
    )


def _busy(view: LobbyView, state: LobbiesState, act: Act) -> NextStep | None:
    """Something else has to happen first; None if this hospital can act now."""
    interrupted = view.phase is Phase.INTERRUPTED
    button = say(_BUTTONS.get(Act.CONTINUE if interrupted else act, "Start secure counting"))
    awaited = state.awaited_in(view.study_id)
    if interrupted and awaited is not None and awaited.seconds > 0:
        who = ", ".join(awaited.waiting_for) or say("everybody")
        words = say("Continues by itself as soon as {name} is back.", name=who)
        return NextStep(button=button, sentence=words, light="busy")
    if act is Act.WAIT:
        sentence, light = _waiting(view)
        return NextStep(button=button, sentence=sentence, light=light)
    if state.asked:
        words = say("One moment")
        if view.phase is Phase.ROSTER_CLOSED or act is Act.CLOSE:
            words = say("The plan is being made and checked.")
        return NextStep(button=button, sentence=words, light="busy")
    return None


def cap_sentence(view: LobbyView) -> str:
    """Say what a study that is over did to the cap."""
    if view.spent:
        return say("The study is over. Its units of the cap count as spent.")
    return say("The study is over. None of the cap was used.")


def _end(view: LobbyView) -> NextStep:
    if view.phase is Phase.FINISHED:
        sentence = say("The study is finished.")
        return NextStep(button=say("Open results"), sentence=sentence, ready=True, light="ok")
    return NextStep(
        button=say("Back to all studies"), sentence=cap_sentence(view), ready=True, light=None
    )


def _waiting(view: LobbyView) -> tuple[str, LightName]:
    missing = waiting_sentence(view)
    name = next((p.name for p in view.participants if p.coordinator), "")
    if view.phase is Phase.RUNNING:
        return say("The hospitals are starting."), "busy"
    if view.phase is Phase.ROSTER_CLOSED:
        if any(p.own and p.refusal for p in view.participants):
            words = say("You refused the plan. {name} decides how to go on.", name=name)
            return words, "busy"
        return say("Waiting for: {name} to propose a plan", name=name), "busy"
    if view.phase is Phase.INTERRUPTED and not missing:
        return say("Waiting for: {name} to continue the study", name=name), "busy"
    if view.phase is Phase.APPROVED and not view.coordinating:
        return missing or say("Waiting for: {name} to start", name=name), "busy"
    return missing or say("Waiting for the other hospitals"), "warn"


def _replan(view: LobbyView) -> NextStep:
    refusing = ", ".join(p.name for p in seated(view) if p.refusal)
    if refusing:
        return NextStep(
            button=say("Ask again with the same plan"),
            sentence=say("{name} refused. Speak to them before you ask again.", name=refusing),
            ready=True,
        )
    return NextStep(
        button=say("Make the plan"),
        sentence=say("The list is closed; there is no plan yet."),
        ready=True,
    )


def _sign(view: LobbyView, *, planned: bool, confirmed: bool) -> NextStep:
    button = say(_BUTTONS[Act.SIGN])
    if not planned:
        words = say("The plan is on its way to this computer.")
        return NextStep(button=button, sentence=words, light="busy")
    if not confirmed:
        words = say("Read the plan and tick what this hospital confirms.")
        return NextStep(button=button, sentence=words)
    missing = waiting_sentence(view)
    return NextStep(
        button=button,
        sentence=missing or say("Signing spends nothing."),
        ready=True,
        light="warn" if missing else None,
    )
