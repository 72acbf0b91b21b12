"""The cards of the lobby: hospitals with their lights, the two people here, what is signed."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from app.presenters.wording import (
    attestation_words,
    identity_words,
    known_words,
    participant_name,
    presence_words,
    say,
    seated,
)
from app.theme import current_theme
from app.views.widgets import (
    Button,
    Check,
    Light,
    button,
    card,
    col,
    framed,
    row,
    rule,
    text,
)
from app.views.widgets.layout import Item
from core.model.lobby import LobbyView, ParticipantView, Phase, SeatState
from core.model.plan import Attestation

READ = "read"


class HospitalsCard(QWidget):
    """One row for each hospital: name, presence light, identity light, one action."""

    compare_wanted = Signal(str)
    accept_wanted = Signal(str)
    remove_wanted = Signal(str)
    check_wanted = Signal()
    """Look why a hospital is not connected."""

    def __init__(self, view: LobbyView, own_words: str) -> None:
        super().__init__()
        items: list[Item] = []
        for who in view.participants:
            items += [rule()] if items else []
            items.append(self._row(view, who, own_words))
        if _misses_somebody(view):
            check = button(say("Check the connection"), "secondary", "link")
            check.clicked.connect(self.check_wanted)
            items += [rule(), row(check, None)]
        note = say("A study starts when every hospital is connected, identified and approved.")
        self.setLayout(_only(card(say("Hospitals"), *items, note=note)))

    def _row(self, view: LobbyView, who: ParticipantView, own_words: str) -> QFrame:
        light, words = presence_words(view, who)
        lines: list[Item] = [
            text(participant_name(who), "strong", wrap=True),
            Light(light, words, "caption", wrap=True),
        ]
        if who.own and (who.words or own_words):
            spoken = " · ".join((who.words or own_words).split())
            lines.append(text(say("Your six words: {w}", w=spoken), "caption", wrap=True))
        if known_words(who):
            lines.append(text(known_words(who), "caption", wrap=True))
        identity = identity_words(view, who)
        ends: list[Item] = [Light(*identity, "caption")] if identity is not None else []
        ends += self._actions(view, who)
        if current_theme().tokens.stacked:
            foot: list[Item] = [row(*ends, None)] if ends else []
            return framed(col(*lines, *foot, gap="xs"))
        return framed(row((col(*lines, gap="xs"), 1), *ends, gap="m"))

    def _actions(self, view: LobbyView, who: ParticipantView) -> list[Item]:
        over = view.phase in (Phase.RUNNING, Phase.FINISHED, Phase.FAILED, Phase.ENDED)
        if who.own or over or who.state is SeatState.REMOVED:
            return []
        found: list[Item] = []
        if not who.compared and (view.coordinating or who.coordinator):
            found.append(self._button(say("Compare words"), who, self._compare, "phone"))
        elif view.coordinating and who.state is SeatState.ASKED:
            found.append(self._button(say("Accept"), who, self._accept, "check"))
        if view.coordinating:
            found.append(self._button(say("Take out"), who, self._remove, ghost=True))
        return found

    def _button(
        self,
        words: str,
        who: ParticipantView,
        act: object,
        icon: str | None = None,
        *,
        ghost: bool = False,
    ) -> Button:
        made = button(
            words,
            "ghost" if ghost else "secondary",
            icon,
            name=say("{act}, {name}", act=words, name=who.name),
        )
        made.setProperty("key", who.key)
        made.clicked.connect(act)
        return made

    def _compare(self) -> None:
        self.compare_wanted.emit(self.sender().property("key"))

    def _accept(self) -> None:
        self.accept_wanted.emit(self.sender().property("key"))

    def _remove(self) -> None:
        self.remove_wanted.emit(self.sender().property("key"))


def _misses_somebody(view: LobbyView) -> bool:
    """Whether the coordinator, itself connected, waits for a line to a hospital."""
    over = view.phase in (Phase.RUNNING, Phase.FINISHED, Phase.FAILED, Phase.ENDED)
    return view.coordinating and view.online and not over and any(
        not p.online for p in view.participants if not p.own and p.state is not SeatState.REMOVED
    )  # fmt: skip


class ApprovalCard(QWidget):
    """Steward and second person of this hospital."""

    approve_wanted = Signal()
    set_up_wanted = Signal()

    def __init__(self, view: LobbyView, hospital: str, approver: str) -> None:
        super().__init__()
        signed = view.own_signed
        steward = Light(
            "ok" if signed else "warn",
            say("Signed by the data steward") if signed else say("The steward has not signed yet"),
            "body",
            wrap=True,
        )
        second, ends = self._second(view, approver)
        title = say("Approval at {name}", name=hospital or say("this hospital"))
        lines = col(steward, second, gap="s")
        stacked = current_theme().tokens.stacked
        body: Item = col(lines, *[row(e, None) for e in ends]) if stacked else row(
            (lines, 1), *ends, gap="m"
        )  # fmt: skip
        note = say(
            "The person who approves must not be the person who signed. Any later change to the "
            "study cancels the approval."
        )
        self.setLayout(_only(card(title, body, note=note)))

    def _second(self, view: LobbyView, approver: str) -> tuple[Light, list[Button]]:
        if view.own_approved:
            who = next((p.approver for p in view.participants if p.own), "") or approver
            return Light("ok", say("Approved by {name}", name=who), "body", wrap=True), []
        if not approver:
            act = button(say("Set up the second person"), "secondary", "people")
            act.clicked.connect(self.set_up_wanted)
            words = say("No second person is set up on this computer")
            return Light("warn", words, "body", wrap=True), [act]
        act = button(say("Approve now"), "secondary", "people")
        act.clicked.connect(self.approve_wanted)
        act.set_blocked(None if view.own_signed else say("The steward signs first"))
        words = say("{name}, second person, has not approved yet", name=approver)
        return Light("warn", words, "body", wrap=True), [act]


class SignCard(QWidget):
    """What the steward confirms before signing: that it was read, and the statements again.

    They were made when joining; only now is it known which hospitals take part.
    """

    ticked = Signal(str, bool)

    def __init__(self, view: LobbyView, given: frozenset[str]) -> None:
        super().__init__()
        others = ", ".join(p.name for p in seated(view) if not p.own)
        items: list[Item] = [
            self._tick(READ, say("I have read the plan: level, genes, diagnoses, what is opened"),
                       given)
        ]  # fmt: skip
        for name in sorted(self.needed(view) - {READ}):
            words, why = attestation_words(Attestation(name))
            said = row(28, (text(why, "caption", wrap=True), 1), gap="none")
            items += [rule(), framed(col(self._tick(name, words, given), said, gap="xxs"))]
        note = say("The others are: {names}.", names=others)
        self.setLayout(_only(card(say("What you sign for this hospital"), *items, note=note)))

    @staticmethod
    def needed(view: LobbyView) -> frozenset[str]:
        """Names of all ticks without which nothing is signed."""
        if view.cohort_id:
            return frozenset({READ, *(a.value for a in Attestation)})
        return frozenset({READ, Attestation.NO_COLLUSION.value})

    def _tick(self, name: str, words: str, given: frozenset[str]) -> Check:
        tick = Check(words, checked=name in given)
        tick.setProperty("name", name)
        tick.toggled.connect(self._toggled)
        return tick

    def _toggled(self, on: bool) -> None:  # noqa: FBT001 - Qt's signal
        self.ticked.emit(str(self.sender().property("name")), on)


def _only(frame: QFrame) -> QVBoxLayout:
    return col(frame, gap="none")
