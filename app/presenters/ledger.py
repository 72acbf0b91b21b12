"""The privacy ledger: what it says, and what people decide about it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal

from app.link import Link
from app.presenters.presenter import Presenter
from app.presenters.wording import Problem, problem_of
from core.messages.commands import Command
from core.messages.events import Refused
from core.messages.ledger_commands import (
    BackUpLedger,
    ChangeCap,
    Consent,
    ExportLedger,
    ForgetIdentifiers,
    ListLedger,
    ReplaceApprover,
    ReplaceRequester,
    RestoreLedger,
    SetUpRequester,
    WithdrawCohort,
)
from core.messages.ledger_events import (
    LedgerEvent,
    LedgerLinesMissing,
    LedgerListed,
    LedgersCountersigned,
    RequesterReplaced,
    RequesterSetUp,
)
from core.model.ledger import CohortStanding, LedgerLine

ASK_DELAY_MS: Final = 300
_REQUESTER_NAMED: Final = frozenset({"requester-named", "requester-replaced"})


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerFilter:
    """Which entries are shown: of one cohort, of studies with these letters, of one year (UTC).

    Empty words and year 0 leave nothing out.
    """

    cohort_id: str = ""
    study: str = ""
    year: int = 0

    @property
    def is_open(self) -> bool:
        """Whether it leaves nothing out."""
        return not (self.cohort_id or self.study or self.year)


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerState:
    """What is known about the ledger.

    Attributes:
        listed: The worker's last answer; None until it came.
        wanted: Which entries are asked for.
        checking: Whether an answer is awaited.
        problem: Why no list came.
        alarm: What is wrong with the ledger; None while it passes its check.
        doing: Name of the command that is under way; empty if none is.
        refused: Why the last one was refused.
        done: What the last one did.
        requester: Who asks for decisions, as far as the entries say.
    """

    listed: LedgerListed | None = None
    wanted: LedgerFilter = LedgerFilter()
    checking: bool = False
    problem: Problem | None = None
    alarm: Problem | None = None
    doing: str = ""
    refused: Problem | None = None
    done: LedgerEvent | None = None
    requester: str = ""

    @property
    def entries(self) -> tuple[LedgerLine, ...]:
        """Entries that are shown, oldest first."""
        return self.listed.entries if self.listed is not None else ()

    @property
    def cohorts(self) -> tuple[CohortStanding, ...]:
        """All cohorts of the ledger."""
        return self.listed.cohorts if self.listed is not None else ()

    def cohort(self, cohort_id: str) -> CohortStanding | None:
        """One cohort."""
        return next((c for c in self.cohorts if c.cohort_id == cohort_id), None)


class LedgerPresenter(Presenter):
    """Asks for the ledger while its page is open, and again after whatever may have changed it.

    Invariant: a passphrase goes into a command and is kept nowhere here.
    """

    alarmed = Signal()
    """The ledger began or ceased to pass its check."""

    def __init__(
        self, link: Link, parent: QObject | None = None, *, delay_ms: int = ASK_DELAY_MS
    ) -> None:
        super().__init__(link, parent)
        self._state = LedgerState()
        self._open = False
        self._awaited = 0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(delay_ms)
        self._timer.timeout.connect(self._ask)

    @property
    def state(self) -> LedgerState:
        """What is on the screen."""
        return self._state

    # ---- the list

    def open(self) -> None:
        """The page is opened: the whole ledger is checked before it is shown."""
        self._open = True
        self._ask()

    def leave(self) -> None:
        """Another page is shown: what was done here is read, and lists wait until it is opened."""
        self._open = False
        self._timer.stop()
        self._set(replace(self._state, done=None, refused=None))

    def refresh(self) -> None:
        """Something may have changed the ledger."""
        if self._open:
            self._ask()

    def check_all(self) -> None:
        """Check the whole ledger again, each signature too."""
        self._ask(signatures=True)

    def show_cohort(self, cohort_id: str) -> None:
        """Show entries of one cohort; empty for all."""
        self._want(replace(self._state.wanted, cohort_id=cohort_id))

    def show_year(self, year: int) -> None:
        """Show entries of one year (UTC); 0 for all."""
        self._want(replace(self._state.wanted, year=year))

    def show_study(self, words: str) -> None:
        """Show entries of studies whose title holds these letters, after the typing."""
        wanted = replace(self._state.wanted, study=words.strip())
        if wanted != self._state.wanted:
            self._set(replace(self._state, wanted=wanted, checking=True))
            self._timer.start()

    def show_all(self) -> None:
        """Leave nothing out."""
        self._want(LedgerFilter())

    def _want(self, wanted: LedgerFilter) -> None:
        if wanted != self._state.wanted:
            self._state = replace(self._state, wanted=wanted)
            self._ask()

    def _ask(self, *, signatures: bool = False) -> None:
        self._timer.stop()
        wanted = self._state.wanted
        self._awaited += 1
        self._set(replace(self._state, checking=True))
        self.send(
            ListLedger(
                cohort_id=wanted.cohort_id,
                study=wanted.study,
                year=wanted.year,
                signatures=signatures,
            )
        )

    # ---- what people decide

    def set_up_requester(self, name: str, passphrase: str, old: str) -> None:
        """Name who asks for decisions."""
        self._do(SetUpRequester(name=name.strip(), passphrase=passphrase, old_passphrase=old))

    def replace_approver(
        self, *, name: str, passphrase: str, requester: str, theirs: str, reason: str
    ) -> None:
        """Arrange a new passphrase for the second person, whose own is lost."""
        self._do(
            ReplaceApprover(
                name=name.strip(),
                passphrase=passphrase,
                requester=requester.strip(),
                requester_passphrase=theirs,
                reason=reason,
            )
        )

    def replace_requester(
        self, *, name: str, passphrase: str, code: str, approver: str, theirs: str, reason: str
    ) -> None:
        """Arrange a new passphrase for the one who asks, whose own is lost."""
        self._do(
            ReplaceRequester(
                name=name.strip(),
                passphrase=passphrase,
                recovery_code=code,
                approver=approver.strip(),
                approver_passphrase=theirs,
                reason=reason,
            )
        )

    def change_cap(self, cohort_id: str, cap: float, consent: Consent) -> None:
        """Set a cohort's cap, or free a held cohort."""
        self._do(ChangeCap(cohort_id=cohort_id, cap=cap, consent=consent))

    def withdraw(self, cohort_id: str, person: str, reason: str) -> None:
        """Take a cohort out of all future studies, for ever."""
        self._do(WithdrawCohort(cohort_id=cohort_id, person=person.strip(), reason=reason))

    def forget(self, cohort_id: str, consent: Consent) -> None:
        """Delete the marks by which a cohort's patients are recognised."""
        self._do(ForgetIdentifiers(cohort_id=cohort_id, consent=consent))

    def back_up(self, path: str) -> None:
        """Write a checked copy."""
        self._do(BackUpLedger(path=path))

    def restore(self, path: str, consent: Consent) -> None:
        """Bring a backup back; without a path, go on with the older copy that is here."""
        self._do(RestoreLedger(path=path, consent=consent))

    def export(self, folder: str, formats: tuple[str, ...]) -> None:
        """Write the ledger for the privacy officer."""
        self._do(ExportLedger(folder=folder, formats=formats))

    def forget_problem(self) -> None:
        """The dialog with the problem is closed."""
        self._set(replace(self._state, refused=None))

    def forget_done(self) -> None:
        """The reader has read what was done."""
        self._set(replace(self._state, done=None))

    def _do(self, command: Command) -> None:
        name = type(command).__name__
        self._set(replace(self._state, doing=name, refused=None, done=None))
        self.send(command)

    # ---- what the worker says

    def found(self, broken_entry: int, code: str) -> None:
        """The worker checked the chain at its start; the details come with the list."""
        if not broken_entry and not code:
            self._set(replace(self._state, alarm=None))
        elif self._state.alarm is None:
            self._set(replace(self._state, alarm=_alarm(broken_entry, code, ())))

    def receive(self, event: LedgerEvent) -> None:
        """Take an answer."""
        if isinstance(event, LedgerListed):
            self._awaited = max(0, self._awaited - 1)
            if not self._awaited:  # an older answer is to an older question
                self._take(event)
            return
        if isinstance(event, LedgersCountersigned):  # seen in the lines
            self.refresh()
            return
        asked = not isinstance(event, LedgerLinesMissing)
        doing = "" if asked else self._state.doing
        state = replace(self._state, doing=doing, refused=None, done=event)
        if isinstance(event, RequesterSetUp | RequesterReplaced):
            state = replace(state, requester=event.name)
        self._set(state)
        self.refresh()

    def _take(self, event: LedgerListed) -> None:
        named = [e.people for e in event.entries if e.topic in _REQUESTER_NAMED and e.people]
        self._set(
            replace(
                self._state,
                listed=event,
                checking=self._timer.isActive(),
                problem=None,
                alarm=_alarm(event.broken_entry, event.code, event.fields),
                requester=named[-1][-1] if named else self._state.requester,
            )
        )

    def refuse(self, event: Refused) -> None:
        """No list came, or a wish was refused."""
        problem = problem_of(event.code, event.fields)
        if event.command == ListLedger.__name__:
            self._awaited = max(0, self._awaited - 1)
            self._set(replace(self._state, checking=self._awaited > 0, problem=problem))
        else:
            self._set(replace(self._state, doing="", refused=problem))

    def abandon(self) -> None:
        """The worker is gone: no answer will come."""
        self._awaited = 0
        self._timer.stop()
        self._set(replace(self._state, checking=False, doing=""))

    def _set(self, state: LedgerState) -> None:
        if state != self._state:
            other = state.alarm != self._state.alarm
            self._state = state
            self.changed.emit()
            if other:
                self.alarmed.emit()


def _alarm(broken_entry: int, code: str, fields: tuple[tuple[str, str], ...]) -> Problem | None:
    """What is wrong with the ledger; a code whose fields are not known is a changed history."""
    if not broken_entry and not code:
        return None
    found = problem_of(code, fields) if code else None
    if found is not None and found.code == code:
        return found
    return problem_of("BU304", (("entry", str(broken_entry)),))
