"""Who asks for decisions, and what to do when one of the two has lost the passphrase."""

from __future__ import annotations

from PySide6.QtWidgets import QLineEdit, QWidget

from app.presenters.desk import Desk
from app.presenters.identity import PASSPHRASE_MIN
from app.presenters.wording import say
from app.views.dialogs.decision import NAME_MAX, DecisionDialog
from app.views.dialogs.reason import REASON_MAX
from app.views.widgets import (
    Check,
    Field,
    Pairs,
    comment,
    edit,
    field,
    side,
    toggle_secret,
    well,
)


class _NewPassphrase(QWidget):
    """A new passphrase, typed twice."""

    def __init__(self, whose: str) -> None:
        super().__init__()
        self.one = edit(secret=True)
        self.two = edit(secret=True)
        hint = say("At least {n} characters; several words are easy to keep.", n=PASSPHRASE_MIN)
        self._two: Field = field(say("The same once more"), self.two)
        self.setLayout(side((field(whose, self.one, hint), 1), (self._two, 1)))
        self.one.textChanged.connect(self._show)
        self.two.textChanged.connect(self._show)

    @property
    def missing(self) -> str:
        """What is missing."""
        if len(self.one.text()) < PASSPHRASE_MIN:
            return say("The passphrase needs at least {n} characters", n=PASSPHRASE_MIN)
        if self.one.text() != self.two.text():
            return say("The two passphrases differ")
        return ""

    def _show(self) -> None:
        differ = bool(self.two.text()) and self.one.text() != self.two.text()
        self._two.set_error(say("The two differ.") if differ else None)


class RequesterDialog(DecisionDialog):
    """Name who asks; they type the passphrase themselves."""

    def __init__(self, parent: QWidget, desk: Desk, steward: str) -> None:
        known = desk.ledger.state.requester
        title = (
            say("Change who asks for decisions") if known else say("Name who asks for decisions")
        )
        note = say(
            "Often the data steward. Together with the second person they may raise a cap, delete "
            "identifiers or bring a backup back; alone they can do none of it."
        )
        super().__init__(parent, desk.ledger, title, note=note)
        self._second = desk.identity.state.approver
        self._known = known
        self._name = edit("" if known else steward, longest=NAME_MAX)
        self._old = edit(secret=True)
        self._new = _NewPassphrase(say("Their passphrase"))
        shown = Check(say("Show what is typed"))
        self._name_field = field(say("Who asks"), self._name)
        self._old_field = field(say("Passphrase of {name}", name=known or "…"), self._old)
        self._old_field.setVisible(bool(known))
        self.add(self._name_field, self._old_field, self._new, shown)
        shown.toggled.connect(self._toggle)
        for box in (self._name, *self.secrets()):
            box.textChanged.connect(self._typed)
        self.finish(say("Set up"), say("Not now"))

    def secrets(self) -> tuple[QLineEdit, ...]:
        """Return the fields with passphrases."""
        return (self._old, self._new.one, self._new.two)

    def missing(self) -> str:
        """Return what is missing."""
        name = " ".join(self._name.text().casefold().split())
        if not name:
            return say("Say who asks")
        if name == self._second.casefold():
            return say("The second person cannot ask as well")
        if self._known and not self._old.text():
            return say("Who asks now types their passphrase first")
        return self._new.missing

    def send(self) -> None:
        """Give the command to the presenter."""
        self._ledger.set_up_requester(self._name.text(), self._new.one.text(), self._old.text())

    def _typed(self) -> None:
        name = " ".join(self._name.text().casefold().split())
        same = bool(name) and name == self._second.casefold()
        self._name_field.set_error(say("Name somebody else.") if same else None)
        self.follow_fields()

    def _toggle(self, shown: bool) -> None:  # noqa: FBT001 - Qt's signal
        for box in self.secrets():
            toggle_secret(box, shown=shown)


class _LostDialog(DecisionDialog):
    """A new passphrase for one of the two, arranged by the other with a reason, and a wait."""

    def __init__(self, parent: QWidget, desk: Desk, title: str, note: str) -> None:
        super().__init__(parent, desk.ledger, title, note=note, width=700)
        known = (desk.ledger.state.requester, desk.identity.state.approver)
        self._asks, self._second = (edit(name, longest=NAME_MAX) for name in known)
        self._new = _NewPassphrase(say("Their new passphrase"))
        self._theirs = edit(secret=True)
        self._why = comment(say("One sentence"), lines=2)

    def _ask(self, facts: Pairs, *lost: QWidget, other: tuple[Field, Field]) -> None:
        """Show what follows, whose passphrase is lost, who arranges it, and why."""
        who, passphrase = other
        reason = field(say("Reason"), self._why, say("It stays in the ledger for ever."))
        self.add(well(facts), *lost, side((who, 1), (passphrase, 1)), reason)
        for box in (self._asks, self._second, *self.secrets()):
            box.textChanged.connect(self.follow_fields)
        self._why.textChanged.connect(self.follow_fields)
        self.finish(say("Arrange a new passphrase"), say("Not now"))

    @property
    def reason(self) -> str:
        """What was written, in one line."""
        return " ".join(self._why.toPlainText().split())[:REASON_MAX]

    def secrets(self) -> tuple[QLineEdit, ...]:
        """Return the fields with passphrases."""
        return (self._new.one, self._new.two, self._theirs)

    def missing(self) -> str:
        """Return what is missing."""
        asks, second = (" ".join(b.text().casefold().split()) for b in (self._asks, self._second))
        if not asks or not second:
            return say("Name both people")
        if asks == second:
            return say("Two different people are needed")
        wanted = self._new.missing or self._missing_proof()
        return wanted or ("" if self.reason else say("Write the reason first"))

    def _missing_proof(self) -> str:
        """Say what the one who arranges it still has to type."""
        raise NotImplementedError


class LostPassphraseDialog(_LostDialog):
    """A new passphrase for the second person, in the open and after a waiting time."""

    def __init__(self, parent: QWidget, desk: Desk) -> None:
        note = say(
            "Nobody can read or reset a passphrase. Who asks for decisions arranges a new one; it "
            "is written into the ledger and counts only after three days, so that it can be "
            "noticed if nobody really lost anything."
        )
        super().__init__(parent, desk, say("The second person’s passphrase is lost"), note)
        facts = Pairs(
            (
                say("The next three days"),
                say(
                    "No plan and no cap can be approved here. With the passphrase from "
                    "before, it can be taken back: Settings, second person."
                ),
            ),
            (say("Studies and caps"), say("Stay as they are. Nothing is used by this.")),
            (
                say("Everybody can see it"),
                say("It is an entry of the ledger, in each backup and export."),
            ),
        )
        self._ask(
            facts,
            field(say("Second person"), self._second),
            self._new,
            other=(
                field(say("Who asks"), self._asks),
                field(say("Passphrase of who asks"), self._theirs),
            ),
        )

    def _missing_proof(self) -> str:
        return "" if self._theirs.text() else say("Who asks types their passphrase")

    def send(self) -> None:
        """Give the command to the presenter."""
        self._ledger.replace_approver(
            name=self._second.text(),
            passphrase=self._new.one.text(),
            requester=self._asks.text(),
            theirs=self._theirs.text(),
            reason=self.reason,
        )


class LostRequesterDialog(_LostDialog):
    """A new passphrase for the one who asks: the second person, the recovery code, and a wait."""

    def __init__(self, parent: QWidget, desk: Desk) -> None:
        note = say(
            "Nobody can read or reset a passphrase. The second person arranges a new one with the "
            "recovery code, which a third person keeps; nobody can do it with one of the two "
            "alone."
        )
        super().__init__(parent, desk, say("The passphrase of the one who asks is lost"), note)
        self._code = edit("", say("20 letters and digits"), longest=40)
        facts = Pairs(
            (
                say("The next three days"),
                say(
                    "No cap can be changed. With the passphrase from before, it can be "
                    "taken back: Change who asks."
                ),
            ),
            (say("Studies and caps"), say("Stay as they are. Nothing is used by this.")),
            (
                say("Without the code, or both lost"),
                say(
                    "Continue in a new folder with a backup of the ledger. All cohorts "
                    "are then held back until two people decide."
                ),
            ),
        )
        self._ask(
            facts,
            field(say("Who asks"), self._asks),
            self._new,
            field(say("Recovery code"), self._code),
            other=(
                field(say("Second person"), self._second),
                field(say("Passphrase of the second person"), self._theirs),
            ),
        )

    def secrets(self) -> tuple[QLineEdit, ...]:
        """Return the fields with passphrases and the code."""
        return (*super().secrets(), self._code)

    def _missing_proof(self) -> str:
        if not self._code.text().strip():
            return say("Type the recovery code")
        return "" if self._theirs.text() else say("The second person types their passphrase")

    def send(self) -> None:
        """Give the command to the presenter."""
        self._ledger.replace_requester(
            name=self._asks.text(),
            passphrase=self._new.one.text(),
            code=self._code.text(),
            approver=self._second.text(),
            theirs=self._theirs.text(),
            reason=self.reason,
        )
