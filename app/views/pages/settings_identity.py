"""The card of the settings that shows who this hospital is: six words, key, and what to do."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app.presenters.identity import PASSPHRASE_MIN, IdentityState, Need
from app.presenters.wording import day, say
from app.views.pages.step import problem_banner
from app.views.widgets import (
    Banner,
    Button,
    Pairs,
    Skeleton,
    button,
    card,
    col,
    edit,
    field,
    row,
    rule,
    text,
)
from app.views.widgets.layout import Item
from app.views.widgets.status import BannerTone
from core.messages.study_events import IdentityShown


class IdentityCard(QWidget):
    """Six words that other hospitals hear on the telephone."""

    unlock_wanted = Signal(str)
    backup_wanted = Signal()
    restore_wanted = Signal()
    renew_wanted = Signal()

    def __init__(self, state: IdentityState) -> None:
        super().__init__()
        if state.shown is not None:
            items = self._known(state.shown, state.need)
        elif state.locked:
            items = self._locked(state)
        elif state.problem is not None:
            items = [problem_banner(state.problem), row(self._restore(), None)]
        else:
            items = [Skeleton(2)]
        note = say("Other hospitals hear these words by telephone and know that it is you.")
        self.setLayout(col(card(say("Your six words"), *items, note=note), gap="none"))

    def _restore(self) -> Button:
        made = button(say("Restore"), "ghost", "refresh")
        made.clicked.connect(self.restore_wanted)
        return made

    # ---- open

    def _known(self, shown: IdentityShown, need: Need) -> list[Item]:
        key, found = shown.certificate_sha256, need_words(need, shown)
        spaced = " ".join(key[at : at + 4] for at in range(0, 24, 4)) + " …"
        facts = [
            (say("Key is kept in"), _kept(shown)),
            (say("Fingerprint"), spaced),
            (say("Good until"), day(shown.valid_until)),
        ]
        if shown.studies:
            facts.append((say("Used in"), ", ".join(shown.studies)))
        if shown.former_studies:
            going = say("{names} (until they end)", names=", ".join(shown.former_studies))
            facts.append((say("Former key used in"), going))
        back_up = button(say("Back up"), "secondary", "export")
        renew = button(say("Renew"), "ghost", "lock")
        back_up.clicked.connect(self.backup_wanted)
        renew.clicked.connect(self.renew_wanted)
        why = say(
            "Without a backup, a broken computer means a new identity: every hospital compares "
            "your words again, and studies under way are joined again."
        )
        return [
            text(" · ".join(shown.words.split()), "strong", wrap=True),
            *([Banner(*found[:2], ("", found[2]))] if found else []),
            Pairs(*facts, key_width=130),
            rule(),
            row(back_up, self._restore(), renew, None),
            text(why, "caption", wrap=True),
        ]

    # ---- locked

    def _locked(self, state: IdentityState) -> list[Item]:
        self._pass, self._again = edit(secret=True), edit(secret=True)
        self._first = state.first
        wrong = state.problem if state.problem and state.problem.code == "WO613" else None
        hint = say("At least {n} characters; several words are easy to keep.", n=PASSPHRASE_MIN)
        words = say("Make the identity") if state.first else say("Open the identity")
        self._go = button(words, "secondary", "lock")
        self._go.clicked.connect(self._unlock)
        boxes: list[Item] = [
            field(
                say("Passphrase of this hospital"),
                self._pass,
                hint if state.first else "",
                wrong.text if wrong else None,
            )
        ]
        again = field(say("The same once more"), self._again)
        again.setParent(self)
        again.setVisible(state.first)
        if state.first:
            boxes.append(again)
        for box in (self._pass, self._again):
            box.textChanged.connect(self._show)
            box.returnPressed.connect(self._unlock)
        self._show()
        return [
            text(_why_locked(state), "muted", wrap=True),
            *boxes,
            row(self._go, self._restore(), None),
        ]

    def _show(self) -> None:
        self._go.set_blocked(self._missing or None)

    @property
    def _missing(self) -> str:
        typed = self._pass.text()
        if not typed:
            return say("Type the passphrase first")
        if self._first and len(typed) < PASSPHRASE_MIN:
            return say("The passphrase needs at least {n} characters", n=PASSPHRASE_MIN)
        if self._first and typed != self._again.text():
            return say("The two passphrases differ")
        return ""

    def _unlock(self) -> None:
        if not self._missing:
            self.unlock_wanted.emit(self._pass.text())


def need_words(need: Need, shown: IdentityShown) -> tuple[BannerTone, str, str] | None:
    """Return tone, title and sentence for an identity that needs something."""
    ends = day(shown.valid_until)
    match need:
        case Need.RENEW_NOW:
            said = say(
                "Its certificate ended on {day}. Other computers refuse it: no study can begin.",
                day=ends,
            )
            return "danger", say("This identity has ended: renew it"), said
        case Need.RENEW_SOON:
            said = say(
                "Its certificate ends on {day}. Renew it between two studies, and tell the "
                "hospitals you work with your new six words.",
                day=ends,
            )
            return "warn", say("The identity of this hospital ends soon"), said
        case Need.JOIN_AGAIN:
            said = say(
                "{names}: joined with an identity whose key is not on this computer. Restore it "
                "from its backup, or leave the study and ask for a new invitation.",
                names=", ".join(shown.lost_studies),
            )
            return "warn", say("A study needs another identity"), said
        case _:
            return None


def _kept(shown: IdentityShown) -> str:
    if shown.in_keyring:
        return say("the keyring of this computer, which your login opens")
    why = shown.kept_reason or say("this computer had no keyring")
    return say("a file that only its passphrase opens, because {why}", why=why)


def _why_locked(state: IdentityState) -> str:
    why = state.why_locked or say("this computer has no keyring")
    if state.first:
        return say(
            "The key of this hospital is kept in a file that only a passphrase opens, because "
            "{why}. Choose it now; it is asked at every start, and nobody can find it again.",
            why=why,
        )
    return say(
        "The key of this hospital is kept in a file that only its passphrase opens, because "
        "{why}. Without it this hospital cannot take part in a study.",
        why=why,
    )


def identity_notice(state: IdentityState, act: Button) -> Banner | None:
    """Return what the list of studies says about the identity; None if it needs nothing.

    Args:
        state: Of the identity.
        act: Leads to where it is put right.
    """
    words = {
        Need.CHOOSE: (
            say("Choose a passphrase for this hospital"),
            say(
                "This computer has no keyring for the key with which this hospital signs. "
                "Practising works without it; studies with other hospitals need it."
            ),
        ),
        Need.UNLOCK: (
            say("The identity of this hospital is locked"),
            say("Type its passphrase to go on with studies with other hospitals."),
        ),
        Need.REPAIR: (
            say("The identity of this hospital cannot be read"),
            say("Restore it from its backup. The ledger and your cohorts are not touched."),
        ),
    }
    if state.need in words:
        title, said = words[state.need]
        tone: BannerTone = "accent" if state.need is Need.CHOOSE else "warn"
        return Banner(tone, title, ("", said), actions=(act,))
    if state.shown is None:
        return None
    found = need_words(state.need, state.shown)
    return Banner(*found[:2], ("", found[2]), actions=(act,)) if found else None
