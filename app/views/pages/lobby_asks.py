"""What the lobby asks in dialogs, and what it asks of the worker with the answers."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from app.presenters.desk import Desk
from app.presenters.privacy import needs_reason
from app.presenters.wording import say
from app.settings import Settings
from app.views.dialogs.approve import ApproveDialog, ApproverDialog
from app.views.dialogs.high_level import HighLevelDialog
from app.views.dialogs.invitation import InvitationDialog
from app.views.dialogs.publish_counts import PublishCountsDialog
from app.views.dialogs.reason import ReasonDialog
from app.views.dialogs.words import CompareDialog
from core.messages.study_events import InvitationMade
from core.model.lobby import LobbyView, ParticipantView, Phase
from core.model.study import CohortView


class LobbyAsks(QObject):
    """Opens the dialogs of one lobby. Invariant: an answer concerns the study on the screen."""

    def __init__(self, page: QWidget, desk: Desk, settings: Settings) -> None:
        """Ask over ``page``, which owns this object."""
        super().__init__(page)
        self._page = page
        self._desk = desk
        self._settings = settings
        self._lobbies = desk.study.lobbies
        self._lobbies.invitation_made.connect(self.show_invitation)

    # ---- who is who

    @property
    def view(self) -> LobbyView | None:
        """The study on the screen."""
        return self._desk.study.lobby

    @property
    def own_words(self) -> str:
        """The six words of this hospital."""
        shown = self._desk.identity.state.shown
        if shown is not None:
            return shown.words
        view = self.view
        return next((p.words for p in view.participants if p.own), "") if view else ""

    @property
    def approver(self) -> str:
        """The second person; empty if none is set up."""
        return self._desk.identity.state.approver

    @property
    def cohort(self) -> CohortView | None:
        """The own cohort of the study."""
        return self._desk.records.state.cohort(self.view.cohort_id) if self.view else None

    @property
    def _steward(self) -> str:
        shown = self._desk.identity.state.shown
        return (shown.steward if shown is not None else "") or self._settings.steward_name

    def _who(self, key: object) -> ParticipantView | None:
        found = self.view.participants if self.view else ()
        return next((p for p in found if p.key == key), None)

    # ---- gathering

    def invite(self) -> None:
        """Make one invitation; it is shown when it is there."""
        if self.view is not None:
            self._lobbies.invite(self.view.study_id)

    def show_invitation(self, made: InvitationMade) -> None:
        """Show an invitation once."""
        if self.view is not None and made.study_id == self.view.study_id:
            InvitationDialog(self._page, made, self._settings).open()

    def compare(self, key: str) -> None:
        """Compare the six words of a hospital."""
        who = self._who(key)
        if who is not None:
            dialog = CompareDialog(self._page, who, self.own_words)
            dialog.setProperty("key", key)
            dialog.done_comparing.connect(self._compared)
            dialog.open()

    def accept(self, key: str) -> None:
        """Let a hospital take part."""
        if self.view is not None:
            self._lobbies.accept(self.view.study_id, key)

    def remove(self, key: str) -> None:
        """Ask why a hospital is to be taken out."""
        who, view = self._who(key), self.view
        if who is None or view is None:
            return
        title, act = say("Take {name} out of the study?", name=who.name), say("Take out")
        follows = [
            (who.name, say("reads your reason and cannot come back with this invitation")),
            (say("Signatures"), say("all of them are void; the list is open again")),
        ]
        if view.phase is Phase.INTERRUPTED:
            title, act = say("Plan again without {name}?", name=who.name), say("Plan again")
            follows += [
                (say("The new plan"), say("every hospital reads, signs and approves it")),
                (say("What was opened"), say("stays opened; the new plan does not use it")),
                (say("Privacy cap"), _again(view)),
            ]
        else:
            follows.append((say("Privacy cap"), say("nothing is spent")))
        dialog = ReasonDialog(
            self._page,
            title,
            act,
            *follows,
            stay=say("Keep them"),
            reads=say("{name} reads it.", name=who.name),
        )
        dialog.setProperty("key", key)
        dialog.given.connect(self._remove)
        dialog.open()

    # ---- the plan

    def sign(self) -> None:
        """Sign; above the level Most detail the steward says why first."""
        view = self.view
        plan = self._lobbies.state.plan(view) if view is not None else None
        if view is None or plan is None:
            return
        epsilon = plan.plan.budget.epsilon
        if not (plan.units and needs_reason(epsilon)):
            self._lobbies.sign(view.study_id)
            return
        written = self._desk.study.privacy.state.level_reason
        dialog = HighLevelDialog(self._page, epsilon, written=written)
        dialog.setProperty("digest", plan.digest)
        dialog.given.connect(self._sign)
        dialog.open()

    def _sign(self, reason: str) -> None:
        view = self.view
        plan = self._lobbies.state.plan(view) if view is not None else None
        if view is None or plan is None or self.sender().property("digest") != plan.digest:
            return  # another plan than the one that was read
        self._lobbies.sign(view.study_id, reason)

    def approve(self) -> None:
        """Let the second person approve, or set one up first."""
        view = self.view
        plan = self._lobbies.state.plan(view) if view is not None else None
        if not self.approver:
            self.set_up()
        elif view is not None and plan is not None:
            cohort = self.cohort
            dialog = ApproveDialog(
                self._page,
                self._lobbies,
                view,
                plan,
                approver=self.approver,
                steward=self._steward,
                cohort=cohort.name if cohort is not None else "",
                cap=cohort.cap if cohort is not None else None,
            )
            dialog.refused.connect(self._refuse)
            dialog.open()

    def publish_counts(self) -> None:
        """Offer to publish the own class counts with noise, or set up the second person first."""
        view, cohort = self.view, self.cohort
        if not self.approver:
            self.set_up()
        elif view is not None:
            cap = cohort.cap if cohort is not None else None
            PublishCountsDialog(
                self._page, self._lobbies, view, approver=self.approver, cap=cap
            ).open()

    def set_up(self) -> None:
        """Set the second person up."""
        ApproverDialog(self._page, self._desk.identity, self._steward).open()

    def refuse(self) -> None:
        """Ask why the plan is refused."""
        dialog = ReasonDialog(
            self._page,
            say("Refuse this plan?"),
            say("Refuse the plan"),
            (say("Other hospitals"), say("all signatures and approvals are void")),
            (
                say("The coordinator"),
                say("decides: ask again, change the study, or go on without you"),
            ),
            (say("Privacy cap"), say("nothing is spent")),
            stay=say("Keep reading"),
            reads=say("The coordinator reads it."),
        )
        dialog.given.connect(self._refuse)
        dialog.open()

    # ---- the end

    def leave(self) -> None:
        """Ask why this hospital leaves, or ends the study."""
        view = self.view
        if view is None:
            return
        own = view.coordinating
        dialog = ReasonDialog(
            self._page,
            say("End the study for all hospitals?") if own else say("Leave this study?"),
            say("End the study") if own else say("Leave the study"),
            (
                say("Other hospitals"),
                say("are told at once; the study is over for them too")
                if own
                else say("are told at once; they can go on without this hospital"),
            ),
            (say("Privacy cap"), _left(view)),
            stay=say("Stay"),
            reads=say("The other hospitals read it."),
        )
        dialog.given.connect(self._leave)
        dialog.open()

    def begin_changed(self) -> None:
        """Ask why the study ends and another one begins in its place."""
        dialog = ReasonDialog(
            self._page,
            say("End this study and begin a changed one?"),
            say("End it and begin again"),
            (
                say("This study"),
                say("ends for all hospitals; they agreed to these terms and to no others"),
            ),
            (
                say("The changed one"),
                say("starts with what you wrote; change what was refused, then invite again"),
            ),
            (say("Six words"), say("are compared again")),
            (say("Privacy cap"), say("nothing is spent")),
            stay=say("Keep this study"),
            reads=say("The other hospitals read it."),
        )
        dialog.given.connect(self._begin_changed)
        dialog.open()

    # ---- answers

    def _compared(self, same: bool) -> None:  # noqa: FBT001 - Qt's signal
        if self.view is not None:
            key = str(self.sender().property("key"))
            self._lobbies.compared(self.view.study_id, key, same=same)

    def _remove(self, reason: str) -> None:
        if self.view is not None:
            key = str(self.sender().property("key"))
            self._lobbies.remove(self.view.study_id, key, reason)

    def _refuse(self, reason: str) -> None:
        if self.view is not None:
            self._lobbies.refuse_plan(self.view.study_id, reason)

    def _leave(self, reason: str) -> None:
        if self.view is not None:
            self._lobbies.leave(self.view.study_id, reason)

    def _begin_changed(self, reason: str) -> None:
        view, cohort = self.view, self.cohort
        if view is not None:
            self._lobbies.leave(view.study_id, reason)
            reference = self._settings.reference_of(view.study_id)
            self._desk.study.begin_changed(view, cohort, reference)


def _again(view: LobbyView) -> str:
    if view.spent:
        return say("what was spent stays spent, and the new plan costs the units again")
    return say("nothing was spent; the new plan costs the units once")


def _left(view: LobbyView) -> str:
    if view.spent:
        return say("what was spent stays spent; nothing more is spent")
    return say("nothing is spent")
