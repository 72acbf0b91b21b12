"""A study whose run was interrupted: what happened, what it cost, and what can be done now."""

from __future__ import annotations

from dataclasses import dataclass

from app.presenters.wording import duration, say, seated, title_of
from core.messages.study_events import ContinuationAwaited
from core.model.lobby import LobbyView, ParticipantView, Phase
from core.model.plan import MIN_PARTIES


@dataclass(frozen=True, slots=True, kw_only=True)
class Interruption:
    """What the windows say about an interrupted study.

    Attributes:
        title: What happened, in one line.
        happened: In a sentence.
        cap: What it did to the own cap, and what continuing does to it.
        remedy: What can be done here.
        missing: Names of hospitals that are not connected.
        by_itself: Whether it continues without anybody's doing.
        ready: Whether this hospital can continue it now.
        absent: Hospitals without which the study can be planned again; at the coordinator.
        why_not: Why it cannot be planned again without one; empty if it can.
        released: Whether the synthetic patients are on this computer already.
        code: Of the error.
    """

    title: str
    happened: str
    cap: str
    remedy: str
    missing: tuple[str, ...]
    by_itself: bool
    ready: bool
    absent: tuple[ParticipantView, ...]
    why_not: str
    released: bool
    code: str


def interruption(view: LobbyView, awaited: ContinuationAwaited | None) -> Interruption | None:
    """Return what is to be said; None while the study is not interrupted.

    Args:
        view: The study.
        awaited: What the coordinator's program waits for by itself, if it does.
    """
    if view.phase is not Phase.INTERRUPTED:
        return None
    missing = tuple(name for code, name in view.waiting_for if code == "online")
    by_itself = awaited is not None and awaited.seconds > 0
    absent = tuple(
        p for p in seated(view) if view.coordinating and not p.own and p.name in missing
    )
    few = bool(absent) and len(seated(view)) - 1 < MIN_PARTIES
    return Interruption(
        title=say("The run was interrupted and can go on where it stopped"),
        happened=_happened(view),
        cap=_cap(view),
        remedy=_remedy(view, missing, awaited if by_itself else None),
        missing=missing,
        by_itself=by_itself,
        ready=view.coordinating and not missing and not by_itself,
        absent=absent,
        why_not=say(
            "At least {n} computers take part: without one of these, invite another hospital or "
            "a compute partner first.",
            n=MIN_PARTIES,
        )
        if few
        else "",
        released=view.released,
        code=view.code,
    )


def _happened(view: LobbyView) -> str:
    if view.released:
        return say(
            "Your synthetic patients are on this computer. Another hospital lost the connection "
            "before it had them; it gets the same ones when the study goes on."
        )
    return say(
        "{what}. What was opened before is kept at every hospital.", what=title_of(view.code)
    )


def _cap(view: LobbyView) -> str:
    if not view.cohort_id:
        return say("No patient of this hospital takes part, so nothing is spent here.")
    if view.spent:
        return say(
            "The units of this study **count as spent**, once. Going on uses **nothing more**."
        )
    return say(
        "**None of the cap was used** yet. Going on uses the units of the plan, once, as agreed."
    )


def _remedy(view: LobbyView, missing: tuple[str, ...], awaited: ContinuationAwaited | None) -> str:
    names = ", ".join(missing)
    if awaited is not None:
        return say(
            "Nothing: it continues **by itself** as soon as {names} is back. This computer waits "
            "up to {time} (try {n} of {most}).",
            names=names or say("everybody"),
            time=duration(awaited.seconds),
            n=awaited.attempt,
            most=awaited.most,
        )
    if not view.coordinating:
        who = next((p.name for p in view.participants if p.coordinator), "")
        return say(
            "Keep this application open. {name} continues the study when every hospital is "
            "connected.",
            name=who,
        )
    if missing:
        return say(
            "Call {names}: the application has to be open there, with this study. Then continue. "
            "Or plan the study again without a hospital that cannot come back.",
            names=names,
        )
    return say("Every hospital is connected. Continue when you are ready.")
