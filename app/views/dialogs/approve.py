"""The second person: set up once, then approve each plan with a passphrase of their own."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app.presenters.crossing import level_sentence
from app.presenters.identity import PASSPHRASE_MIN, IdentityPresenter
from app.presenters.lobbies import LobbiesPresenter
from app.presenters.wording import count, say, seated, units
from app.views.dialogs.ballot import BallotBox
from app.views.dialogs.reason import REASON_MAX
from app.views.widgets import Check, Dialog, Pairs, button, comment, edit, field, side, well
from app.views.widgets.fields import toggle_secret
from core.messages.study_events import PlanToSign
from core.model.budget import PRESETS, CapState
from core.model.judging import VotePolicy
from core.model.lobby import LobbyView

NAME_MAX = 80
_NAMES = {epsilon: level.value for level, epsilon in PRESETS}


class ApproveDialog(Dialog):
    """Facts, name, passphrase; a wrong passphrase is said in place, with the tries left."""

    refused = Signal(str)
    """The second person rejects the plan, with this reason."""

    def __init__(  # noqa: PLR0913 - the facts that are approved
        self,
        parent: QWidget,
        lobbies: LobbiesPresenter,
        view: LobbyView,
        plan: PlanToSign,
        *,
        approver: str,
        steward: str,
        cohort: str,
        cap: CapState | None,
    ) -> None:
        note = (
            say(
                "Approving reserves {units} of the cap. It counts as spent when the first total "
                "is opened, and cannot be taken back then.",
                units=units(plan.units),
            )
            if plan.units
            else say("This computer takes part without patients: no cap is used here.")
        )
        super().__init__(parent, say("Approve as second person"), note=note, width=640)
        self._lobbies = lobbies
        self._study_id, self._digest = view.study_id, plan.digest
        self._steward = steward
        self._who = edit(approver, longest=NAME_MAX)
        self._pass = edit(secret=True)
        self._why = comment(say("Needed when you reject"), lines=2)
        self._who_field = field(
            say("Second person"),
            self._who,
            say("{name} signed and cannot approve.", name=steward or say("The steward")),
        )
        self._pass_field = field(
            say("Your approval passphrase"), self._pass, say("The one you set up in Settings.")
        )
        asked = bool(cohort) and plan.plan.vote is not VotePolicy.NONE
        self._vote = BallotBox(plan.plan.vote) if asked else None
        if self._vote is not None:
            self._vote.changed.connect(self._show)
        later = button(say("Decide later"), "ghost")
        self._reject = button(say("Reject"), "danger")
        words = (
            say("Approve and reserve {units}", units=units(plan.units))
            if plan.units
            else say("Approve")
        )
        self._go = button(words, "primary")
        self.add(
            well(_facts(view, plan, cohort=cohort, cap=cap, steward=steward)),
            *([self._vote] if self._vote is not None else []),
            side((self._who_field, 1), (self._pass_field, 1)),
            field(say("Reason, if you reject"), self._why, say("The coordinator reads it.")),
        )
        self.set_actions(later, None, self._reject, self._go, default=self._go)
        later.clicked.connect(self.reject)
        self._reject.clicked.connect(self._refuse)
        self._go.clicked.connect(self._approve)
        for box in (self._who, self._pass):
            box.textChanged.connect(self._show)
        self._why.textChanged.connect(self._show)
        lobbies.changed.connect(self._follow)
        self._show()

    def _show(self) -> None:
        who = self._who.text().strip()
        if who and who.casefold() == self._steward.strip().casefold():
            self._go.set_blocked(say("The steward signed and cannot approve"))
        elif not who or not self._pass.text():
            self._go.set_blocked(say("Type your name and your passphrase"))
        elif self._vote is not None and self._vote.ballot is None:
            self._go.set_blocked(say("Vote on the release: yes or no"))
        else:
            self._go.set_blocked(None)
        reason = self._why.toPlainText().strip()
        self._reject.set_blocked(None if reason else say("Write the reason first"))

    def _approve(self) -> None:
        self._pass_field.set_error(None)
        self._go.set_blocked(say("The passphrase is being checked"))
        ballot = self._vote.ballot if self._vote is not None else None
        self._lobbies.approve(self._study_id, self._who.text().strip(), self._pass.text(), ballot)

    def _refuse(self) -> None:
        self.refused.emit(" ".join(self._why.toPlainText().split())[:REASON_MAX])
        self.accept()

    def _follow(self) -> None:
        """Close when it is approved, or when the plan is another one; else say what is wrong."""
        state = self._lobbies.state
        view = state.of(self._study_id)
        if view is None or view.own_approved or view.plan_digest != self._digest:
            self.accept()
            return
        problem = state.approval_problem
        if problem is not None and self._pass.text():
            self._pass.clear()
            self._pass_field.set_error(f"{problem.text} {problem.remedy}")
            self._pass.setFocus()
            self._show()

    def done(self, result: int) -> None:
        """Leave no passphrase and no old refusal behind."""
        self._lobbies.changed.disconnect(self._follow)
        self._pass.clear()
        self._lobbies.forget_problem()
        super().done(result)


def _facts(
    view: LobbyView, plan: PlanToSign, *, cohort: str, cap: CapState | None, steward: str
) -> Pairs:
    budget = plan.plan.budget
    others = len(seated(view)) - 1
    level = level_sentence(
        _NAMES.get(budget.epsilon, "exact"), budget.epsilon, budget.delta, plan.units
    )
    lines = [
        (say("Study"), say("{title}, with {n} others", title=view.terms.title, n=others)),
        (say("Cohort"), cohort or say("none: no patient of this hospital takes part")),
        (say("Privacy level"), level),
    ]
    if cap is not None and plan.units:
        after = round(cap.spent + cap.reserved + plan.units, 9)
        lines.append(
            (
                say("Lifetime cap"),
                say(
                    "{spent} spent + {now} now = {after} of {cap}",
                    spent=f"{cap.spent + cap.reserved:g}",
                    now=f"{plan.units:g}",
                    after=f"{after:g}",
                    cap=units(cap.cap),
                ),
            )
        )
    totals = sum(stage.values for stage in plan.plan.stages)
    lines += [
        (say("Opened at the end"), say("{n} noisy totals", n=count(totals))),
        (say("Signed by"), steward or say("the data steward")),
        (say("Plan"), " ".join(plan.digest[at : at + 4] for at in range(0, 16, 4))),
    ]
    return Pairs(*lines)


class ApproverDialog(Dialog):
    """Name the second person; they type the passphrase themselves, twice."""

    def __init__(self, parent: QWidget, identity: IdentityPresenter, steward: str) -> None:
        known = identity.state.approver
        title = say("Change the second person") if known else say("Set up the second person")
        super().__init__(
            parent,
            title,
            note=say(
                "Every plan needs two people of this hospital: the data steward signs, the second "
                "person approves. They choose a passphrase that only they know."
            ),
        )
        self._identity = identity
        self._was_saving = False
        self._steward = edit(steward, longest=NAME_MAX)
        self._name = edit(longest=NAME_MAX)
        self._old = edit(secret=True)
        self._one = edit(secret=True)
        self._two = edit(secret=True)
        self._shown = Check(say("Show what is typed"))
        self._steward_field = field(say("Data steward, who signs"), self._steward)
        self._name_field = field(say("Second person, who approves"), self._name)
        self._old_field = field(say("Passphrase of {name}", name=known or "…"), self._old)
        self._old_field.setVisible(bool(known))
        hint = say("At least {n} characters; several words are easy to keep.", n=PASSPHRASE_MIN)
        self._one_field = field(say("Their passphrase"), self._one, hint)
        self._two_field = field(say("The same once more"), self._two)
        later = button(say("Not now"), "ghost")
        self._go = button(say("Set up"), "primary")
        self.add(
            side((self._steward_field, 1), (self._name_field, 1)),
            self._old_field,
            side((self._one_field, 1), (self._two_field, 1)),
            self._shown,
        )
        self.set_actions(later, None, self._go, default=self._go)
        later.clicked.connect(self.reject)
        self._go.clicked.connect(self._save)
        self._shown.toggled.connect(self._toggle)
        for box in (self._steward, self._name, self._old, self._one, self._two):
            box.textChanged.connect(self._show)
        identity.changed.connect(self._follow)
        self._show()

    @property
    def _missing(self) -> str:
        name, steward = self._name.text().strip(), self._steward.text().strip()
        if not name or not steward:
            return say("Name both people")
        if name.casefold() == steward.casefold():
            return say("Steward and second person must be two people")
        if len(self._one.text()) < PASSPHRASE_MIN:
            return say("The passphrase needs at least {n} characters", n=PASSPHRASE_MIN)
        if self._one.text() != self._two.text():
            return say("The two passphrases differ")
        if self._old_field.isVisibleTo(self) and not self._old.text():
            return say("The present second person types their passphrase")
        return ""

    def _show(self) -> None:
        differ = bool(self._two.text()) and self._one.text() != self._two.text()
        self._two_field.set_error(say("The two differ.") if differ else None)
        name, steward = self._name.text().strip(), self._steward.text().strip()
        same = bool(name) and name.casefold() == steward.casefold()
        self._name_field.set_error(say("Name somebody else than the steward.") if same else None)
        self._go.set_blocked(self._missing or None)

    def _toggle(self, shown: bool) -> None:  # noqa: FBT001 - Qt's signal
        for box in (self._old, self._one, self._two):
            toggle_secret(box, shown=shown)

    def _save(self) -> None:
        self._was_saving = True
        self._one_field.set_error(None)
        self._identity.set_approver(
            name=self._name.text(),
            steward=self._steward.text(),
            passphrase=self._one.text(),
            old=self._old.text(),
        )

    def _follow(self) -> None:
        state = self._identity.state
        if not self._was_saving or state.saving:
            return
        self._was_saving = False
        if state.approver_problem is None:
            self.accept()
            return
        problem = state.approver_problem
        wrong = self._old_field if problem.code == "ST709" else self._one_field
        wrong.set_error(f"{problem.text} {problem.remedy}")

    def done(self, result: int) -> None:
        """Leave no passphrase behind."""
        self._identity.changed.disconnect(self._follow)
        for box in (self._old, self._one, self._two):
            box.clear()
        self._identity.forget_problem()
        super().done(result)
