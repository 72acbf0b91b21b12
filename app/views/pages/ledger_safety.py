"""Safekeeping: backup and restore, the people who decide, a lost passphrase."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QFrame, QWidget

from app.presenters.desk import Desk
from app.presenters.ledger import LedgerState
from app.presenters.wording import say
from app.settings import Settings
from app.views.dialogs.ledger_people import (
    LostPassphraseDialog,
    LostRequesterDialog,
    RequesterDialog,
)
from app.views.dialogs.ledger_restore import RestoreDialog
from app.views.pages.step import problem_banner
from app.views.widgets import Dialog, Light, button, card, col, para, row, rule, text
from app.views.widgets.layout import Item
from core.messages.ledger_commands import BackUpLedger


class SafetyPart:
    """Three cards, each with what follows from its buttons."""

    def __init__(self, page: QWidget, desk: Desk, settings: Settings) -> None:
        """Belong to a page, which throws the widgets away and asks again."""
        self._page = page
        self._desk = desk
        self._settings = settings

    def items(self, state: LedgerState) -> list[Item]:
        """Return the widgets, from top to bottom."""
        items: list[Item] = [self._backup(state), self._restore()]
        if state.alarm is None:
            items.append(self._people(state))
        return items

    def _backup(self, state: LedgerState) -> QFrame:
        act = button(say("Back up now"), "secondary", "export")
        act.clicked.connect(self.back_up)
        busy = state.doing == BackUpLedger.__name__
        why = say("The copy is being written") if busy else None
        empty = state.listed is not None and not state.listed.cohorts and not state.entries
        if state.alarm is not None:
            why = say("The ledger does not pass its check")
        elif empty:
            why = say("The ledger has no entries yet")
        act.set_blocked(why)
        words = say(
            "Writes a copy of the whole ledger and reads it again to check it. Do it after each "
            "study, and keep the copy on another disk: without a ledger, nobody can tell what "
            "your patients have used. The copy holds the marks by which they are recognised and "
            "secret keys, but no gene values and no names of patients. Keep it like their files."
        )
        items: list[Item] = [para(words), row(act, None)]
        asked = self._page.window().findChildren(Dialog)  # a dialog says its refusal itself
        if state.refused is not None and not any(d.isVisible() for d in asked):
            items.append(problem_banner(state.refused))
        return card(say("Backup"), *items)

    def _restore(self) -> QFrame:
        act = button(say("Bring back a backup"), "secondary", "import")
        act.clicked.connect(self._ask_restore)
        words = say(
            "For a ledger that is lost or does not pass its check. Two people decide and give a "
            "reason. If entries are missing in the backup, all cohorts are held back until two "
            "people decide on each cap: what is missing may have been used. The file that is "
            "here now is set aside, never deleted."
        )
        return card(say("Restore"), para(words), row(act, None))

    def _people(self, state: LedgerState) -> QFrame:
        second = self._desk.identity.state.approver
        first = state.requester
        name_first = button(
            say("Change who asks") if first else say("Name who asks"), "secondary", "people"
        )
        name_first.clicked.connect(self._ask_requester)
        forgot = button(say("Their passphrase is lost"), "secondary", "question")
        forgot.clicked.connect(self._ask_lost_requester)
        forgot.setVisible(bool(first))
        lost = button(say("The second person’s passphrase is lost"), "secondary", "question")
        lost.clicked.connect(self._ask_lost)
        lost.set_blocked(None if second else say("There is no second person yet: see Settings"))
        asks = _person(first or say("Nobody yet"), say("asks for decisions"), known=bool(first))
        agrees = _person(second or say("Nobody yet"), say("agrees to them"), known=bool(second))
        note = say(
            "Raising a cap, deleting identifiers and restoring need two different people with "
            "different passphrases, and a written reason that stays in the ledger."
        )
        return card(
            say("The two people who decide"),
            asks,
            row(name_first, forgot, None),
            rule(),
            agrees,
            row(lost, None),
            note=note,
        )

    # ---- acts

    def back_up(self) -> None:
        """Ask where, and write the copy."""
        today = datetime.now(UTC).strftime("%Y-%m-%d")
        start = str(self._settings.last_folder / f"privacy-ledger-{today}.sqlite")
        title, kind = say("Back up the ledger"), say("Ledger (*.sqlite)")
        path, _kind = QFileDialog.getSaveFileName(self._page, title, start, kind)
        if path:
            self._settings.last_folder = Path(path).parent
            self._desk.ledger.back_up(path)

    def _ask_restore(self) -> None:
        RestoreDialog(self._page, self._desk, self._settings).open()

    def _ask_requester(self) -> None:
        RequesterDialog(self._page, self._desk, self._settings.steward_name).open()

    def _ask_lost_requester(self) -> None:
        LostRequesterDialog(self._page, self._desk).open()

    def _ask_lost(self) -> None:
        LostPassphraseDialog(self._page, self._desk).open()


def _person(name: str, what: str, *, known: bool) -> Item:
    light = Light(
        "ok" if known else "warn", say("Named") if known else say("Not set up"), "caption"
    )
    return row((col(text(name, "strong", wrap=True), text(what, "caption"), gap="none"), 1), light)
