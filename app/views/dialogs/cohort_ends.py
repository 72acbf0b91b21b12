"""Withdraw a cohort, or delete the marks by which its patients are recognised."""

from __future__ import annotations

from PySide6.QtWidgets import QLineEdit, QWidget

from app.presenters.desk import Desk
from app.presenters.wording import say, units
from app.views.dialogs.decision import NAME_MAX, ConsentFields, DecisionDialog
from app.views.dialogs.reason import REASON_MAX
from app.views.widgets import Check, Pairs, comment, edit, field, well
from core.model.ledger import CohortStanding


class WithdrawDialog(DecisionDialog):
    """One person may: withdrawing only protects."""

    def __init__(self, parent: QWidget, desk: Desk, cohort: CohortStanding) -> None:
        title = say("Withdraw “{name}”?", name=cohort.name)
        note = say("For patients who no longer agree, or a cohort that must not be used again.")
        super().__init__(parent, desk.ledger, title, note=note)
        self._cohort = cohort
        state = desk.ledger.state
        self._who = edit(state.requester, longest=NAME_MAX)
        self._why = comment(say("One sentence"), lines=2)
        self.add(
            well(
                Pairs(
                    (say("Future studies"), say("None. The cohort takes part in no study again.")),
                    (
                        say("Shared patients"),
                        say("Other cohorts with one of these patients cannot take part either."),
                    ),
                    (
                        say("What was used"),
                        say("{n} stay used and stay in the ledger.", n=units(cohort.cap.spent)),
                    ),
                    (
                        say("Released data"),
                        say("Synthetic patients that other hospitals have cannot be called back."),
                    ),
                    (say("Undo"), say("Not possible.")),
                )
            ),
            field(say("Who decides"), self._who),
            field(say("Reason"), self._why, say("It stays in the ledger for ever.")),
        )
        self._who.textChanged.connect(self.follow_fields)
        self._why.textChanged.connect(self.follow_fields)
        self.finish(say("Withdraw for ever"), say("Keep the cohort"), danger=True)

    @property
    def reason(self) -> str:
        """What was written, in one line."""
        return " ".join(self._why.toPlainText().split())[:REASON_MAX]

    def missing(self) -> str:
        """Return what is missing."""
        if not self._who.text().strip():
            return say("Say who decides")
        return "" if self.reason else say("Write the reason first")

    def send(self) -> None:
        """Give the command to the presenter."""
        self._ledger.withdraw(self._cohort.cohort_id, self._who.text(), self.reason)


class ForgetDialog(DecisionDialog):
    """Two people: afterwards nobody can recognise these patients any more."""

    def __init__(self, parent: QWidget, desk: Desk, cohort: CohortStanding) -> None:
        title = say("Delete the identifiers of “{name}”?", name=cohort.name)
        note = say(
            "This computer keeps no patient numbers, only marks made from them with a secret key. "
            "The marks are how a patient in a new file is recognised as one of these."
        )
        super().__init__(parent, desk.ledger, title, note=note, width=700)
        self._cohort = cohort
        state = desk.ledger.state
        self._people = ConsentFields(state.requester, desk.identity.state.approver)
        self._sure = Check(say("I know that this cannot be undone"))
        self.add(
            well(
                Pairs(
                    (say("This cohort"), say("Takes part in no study again.")),
                    (
                        say("Cohorts added later"),
                        say(
                            "All wait until two people decide on their caps, because nobody can "
                            "tell any more whether the same patients are in them."
                        ),
                    ),
                    (say("The ledger"), say("Keeps what was used. No entry goes away.")),
                    (
                        say("Backups"),
                        say(
                            "Those made before still hold the marks. Delete them too if you must."
                        ),
                    ),
                )
            ),
            self._people,
            self._sure,
        )
        self._people.changed.connect(self.follow_fields)
        self._sure.toggled.connect(self.follow_fields)
        self.finish(say("Delete for ever"), say("Keep the identifiers"), danger=True)

    def secrets(self) -> tuple[QLineEdit, ...]:
        """Return the fields with passphrases."""
        return self._people.passes

    def missing(self) -> str:
        """Return what is missing."""
        if not self._sure.isChecked():
            return self._people.missing or say("Tick that it cannot be undone")
        return self._people.missing

    def send(self) -> None:
        """Give the command to the presenter."""
        self._ledger.forget(self._cohort.cohort_id, self._people.consent())
