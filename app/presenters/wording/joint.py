"""Studies between hospitals in words: phases, seats, what is missing, what to be warned of."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from app.presenters.wording.language import say
from app.presenters.wording.states import LightName
from core.model.lobby import LobbyView, ParticipantView, Phase, SeatState
from core.model.plan import Attestation

_PHASES: Final[Mapping[Phase, tuple[LightName, str]]] = MappingProxyType(
    {
        Phase.DRAFTED: ("warn", "Nobody is invited yet"),
        Phase.INVITING: ("busy", "Waiting for invited hospitals"),
        Phase.LOBBY: ("busy", "The hospitals gather"),
        Phase.ROSTER_CLOSED: ("busy", "The plan is being made"),
        Phase.PLAN_PROPOSED: ("busy", "The plan is being signed"),
        Phase.SIGNED: ("busy", "Signed by all · second persons approve"),
        Phase.APPROVED: ("ok", "Signed and approved by all"),
        Phase.RUNNING: ("busy", "Counting securely"),
        Phase.INTERRUPTED: ("warn", "Interrupted · can be continued"),
        Phase.FINISHED: ("ok", "Finished"),
        Phase.FAILED: ("fail", "Stopped by a problem"),
        Phase.ENDED: ("idle", "Ended"),
    }
)
_WAITING: Final[Mapping[str, str]] = MappingProxyType(
    {
        "parties": "at least three computers",
        "compare": "six words of {name}",
        "accept": "your answer to {name}",
        "attest": "statements of {name}",
        "sign": "signature of {name}",
        "approve": "second person of {name}",
        "online": "connection to {name}",
        "coordinator": "{name}, who coordinates",
    }
)
_OWN: Final[Mapping[str, str]] = MappingProxyType(
    {"sign": "your signature", "approve": "your second person"}
)
_VOID: Final = ("void-signature", "void-approval")
_WARNINGS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "secret-used-twice": (
            "Somebody used an invitation that another hospital has used already",
            (
                "The second one was turned away. Call the hospital to which you sent that "
                "invitation: if it was not them who came first, the invitation was stolen on its "
                "way. Compare the six words before you accept anybody."
            ),
        ),
        "words-differ": (
            "The six words of {name} differed",
            (
                "Somebody may stand between your computers. {name} was taken out. Call them on a "
                "number you know, make a new invitation and send it another way."
            ),
        ),
        "refused": (
            "{name} refused the plan",
            "All signatures are void. Nothing was spent.",
        ),
        "identity-gone": (
            "This study was joined with an identity of this hospital that is not here any more",
            (
                "Restore that identity from its backup in Settings, or leave the study and ask "
                "its coordinator for a new invitation. Nothing was spent."
            ),
        ),
    }
)
_ATTESTATIONS: Final[Mapping[Attestation, tuple[str, str]]] = MappingProxyType(
    {
        Attestation.DISJOINT_PATIENTS: (
            "None of our patients is in another hospital of this study",
            "A patient whom two hospitals bring would have half the promised protection.",
        ),
        Attestation.NO_COLLUSION: (
            "We do not pool our shares with another hospital",
            "Hospitals who put together what they received could decode the shares of the others.",
        ),
    }
)


def phase_words(view: LobbyView) -> tuple[LightName, str]:
    """Return the light of a study between hospitals and its words."""
    light, words = _PHASES[view.phase]
    if view.phase is Phase.ROSTER_CLOSED and any(p.refusal for p in seated(view)):
        return "warn", say("The plan was refused")
    return light, say(words)


def waiting_words(view: LobbyView) -> tuple[str, ...]:
    """Return what is missing before the next step, one phrase each, always with the name.

    Approvals are named once all have signed at that hospital; its row says the rest.
    """
    own = next((p.name for p in view.participants if p.own), "")
    unsigned = {name for code, name in view.waiting_for if code == "sign"}
    found = []
    for code, name in view.waiting_for:
        if code == "approve" and name in unsigned:
            continue
        if name == own and code in _OWN:
            found.append(say(_OWN[code]))
        elif code == "accept" and not view.coordinating:
            found.append(say("the coordinator’s answer to {name}", name=name))
        else:
            words = _WAITING.get(code, f"{code} {{name}}".strip())
            found.append(say(words, name=name))
    return tuple(found)


def waiting_sentence(view: LobbyView, *, most: int = 2) -> str:
    """Return one sentence about who is missing; empty if nobody is."""
    words = waiting_words(view)
    if not words:
        return ""
    shown = ", ".join(words[:most])
    if len(words) > most:
        return say("Waiting for: {what} and {n} more", what=shown, n=len(words) - most)
    return say("Waiting for: {what}", what=shown)


def voided(view: LobbyView) -> bool:
    """Return whether something that was signed or approved here no longer counts."""
    return any(kind in _VOID for kind, _name in view.warnings)


def void_words(view: LobbyView) -> tuple[str, str]:
    """Return what happened and what no longer counts here, a sentence each."""
    cause = next((name for kind, name in view.warnings if kind == "void-signature"), "")
    person = next((name for kind, name in view.warnings if kind == "void-approval"), "")
    happened = cause or say("the plan changed")
    happened = say("{cause}.", cause=happened[:1].upper() + happened[1:])
    if cause and person:
        return happened, say(
            "Your signature and the approval by {person} no longer count.", person=person
        )
    if person:
        return happened, say("The approval by {person} no longer counts.", person=person)
    return happened, say("Your signature no longer counts.")


def warning_words(view: LobbyView) -> tuple[tuple[str, str, str], ...]:
    """Return (kind, title, sentence) of each warning; a refusal carries its reason."""
    found = []
    for kind, name in view.warnings:
        if kind in _VOID:
            continue
        title, sentence = _WARNINGS.get(kind, ("{name}", kind))
        reason = next((p.refusal for p in view.participants if p.name == name and p.refusal), "")
        if kind == "refused" and reason:
            said = say(
                "They wrote: “{reason}” All signatures are void. Nothing was spent.", reason=reason
            )
        else:
            said = say(sentence, name=name)
        found.append((kind, say(title, name=name), said))
    return tuple(found)


def attestation_words(attestation: Attestation) -> tuple[str, str]:
    """Return a statement as the steward makes it, and why it is needed."""
    statement, why = _ATTESTATIONS[attestation]
    return say(statement), say(why)


def attested_words(given: tuple[Attestation, ...], *, has_cohort: bool) -> tuple[LightName, str]:
    """Return the light of what a hospital has stated."""
    needed = tuple(Attestation) if has_cohort else (Attestation.NO_COLLUSION,)
    if any(a not in given for a in needed):
        return "warn", say("Has not stated everything")
    if has_cohort:
        return "ok", say("States: patients nowhere else in this study, no pooling")
    return "ok", say("States: no pooling")


def seated(view: LobbyView) -> tuple[ParticipantView, ...]:
    """Return the installations that have not been taken out."""
    return tuple(p for p in view.participants if p.state is not SeatState.REMOVED)


def participant_name(who: ParticipantView) -> str:
    """Return the name of a hospital, with what it is."""
    role = say("you") if who.own else say("coordinates") if who.coordinator else ""
    plain = "" if who.has_cohort else say("no patients")
    facts = ", ".join(word for word in (role, plain) if word)
    return f"{who.name} ({facts})" if facts else who.name


def presence_words(view: LobbyView, who: ParticipantView) -> tuple[LightName, str]:
    """Return a hospital's light in the lobby and its words: connection, then where it stands."""
    if who.state is SeatState.REMOVED:
        return "fail", say("Taken out: {reason}", reason=who.refusal or say("no reason given"))
    if view.phase in (Phase.FINISHED, Phase.FAILED, Phase.ENDED):
        return "idle", say("Was in this study")
    known = who.own or view.coordinating or who.coordinator
    line = view.online if who.own else who.online
    place, light = _standing(view, who)
    if not known:
        return light, place
    if not line:
        return "warn", say("Not connected · {place}", place=place)
    return light, say("Connected · {place}", place=place)


def _standing(view: LobbyView, who: ParticipantView) -> tuple[str, LightName]:
    if who.refusal and view.phase is Phase.ROSTER_CLOSED:
        return say("refused the plan"), "fail"
    if who.state is SeatState.ASKED:
        return say("asks to join"), "warn"
    if view.phase in (Phase.PLAN_PROPOSED, Phase.SIGNED, Phase.APPROVED):
        return _endorsed(who)
    return (say("coordinates the study") if who.coordinator else say("accepted")), "ok"


def _endorsed(who: ParticipantView) -> tuple[str, LightName]:
    if who.approved:
        return say("signed, approved by {person}", person=who.approver), "ok"
    if who.signed:
        return say("signed, second person pending"), "busy"
    return say("not signed yet"), "busy"


def identity_words(view: LobbyView, who: ParticipantView) -> tuple[LightName, str] | None:
    """Return the light of a hospital's identity; None where it is compared by the coordinator."""
    if who.own or who.state is SeatState.REMOVED:
        return None
    if not (view.coordinating or who.coordinator):
        return None
    if who.compared:
        return "ok", say("Identity checked")
    return "warn", say("Not checked yet")


def known_words(who: ParticipantView) -> str:
    """Return what is known of a hospital from another study; empty if nothing is."""
    if who.own or who.compared or who.state is SeatState.REMOVED:
        return ""
    if who.known == "renewed":
        return say("Renewed: the identity you knew vouches for this one. Compare the new words.")
    return say("The same words as in another study.") if who.known == "same" else ""
