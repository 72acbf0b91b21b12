"""The privacy ledger of this installation: listed, decided on, kept safe, exported."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, assert_never

from core.errors import BudgetError, WorkerError
from core.messages import ledger_commands as ask
from core.messages import ledger_events as said
from core.model.ledger import LedgerStanding
from core.network.installation import verify
from core.ports import Clock
from core.privacy.ledger import Ledger, Seals, Topic, Words
from core.privacy.ledger.backup import back_up, restore
from core.privacy.ledger.export import export_bytes
from core.privacy.ledger.heads import head_text
from core.worker.cohorts.books import Books, entry_of
from core.worker.home import Home, write_atomically
from core.worker.installation.identity_desk import six_words
from core.worker.installation.two_people import TwoPeople, Waits, waits_until
from core.worker.ledger.ledger_view import Choice, cohorts_of, lines_of, standing_of, year_of
from core.worker.ledger.officer import Pages, csv_of, pdf_of

#: Lines shown at once; older ones are counted, and are in every export.
MOST_SHOWN: Final = 5000
FORMATS: Final = ("json", "csv", "pdf")
_FILE: Final = "privacy-ledger"


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """What the desk works with.

    Attributes:
        home: Where the ledger is.
        books: Opens it.
        people: Checks who decides.
        seals: Opens the installation's key, if that needs no passphrase; None without one.
        busy: Whether a run is under way.
        emit: Where events go.
        clock: Time.
    """

    home: Home
    books: Books
    people: TwoPeople
    seals: Callable[[], Seals | None]
    busy: Callable[[], bool]
    emit: Callable[[said.LedgerEvent], None]
    clock: Clock


class LedgerDesk:
    """Does what the Privacy ledger page asks. Invariant: what loosens a protection is agreed by
    two people and is a line of the ledger before it counts.
    """

    def __init__(self, keeping: Keeping) -> None:
        """Open nothing yet."""
        self._k = keeping
        self._hospital = "This hospital"

    def introduce(self, hospital: str) -> None:
        """Take the name that stands on exports."""
        self._hospital = hospital

    async def perform(self, command: ask.LedgerCommand) -> None:
        """Do one command and emit its answer.

        Raises:
            SynCohortError: Its refusal.
        """
        match command:
            case ask.ListLedger():
                self._k.emit(self._listed(command))
            case ask.SetUpRequester() | ask.ReplaceApprover() | ask.ReplaceRequester():
                await self._name(command)
            case ask.ChangeCap():
                await self._change_cap(command)
            case ask.WithdrawCohort():
                self._ledger().withdraw(command.cohort_id, command.person, command.reason)
                self._k.emit(said.CohortWithdrawn(cohort_id=command.cohort_id))
            case ask.ForgetIdentifiers():
                await self._forget(command)
            case ask.BackUpLedger():
                self._back_up(Path(command.path))
            case ask.RestoreLedger():
                await self._restore(command)
            case ask.ExportLedger():
                self._export(Path(command.folder), command.formats)
            case _:
                assert_never(command)

    # ---- what is there

    def _ledger(self) -> Ledger:
        return self._k.books.main()

    def _titles(self) -> dict[str, str]:
        return {study.digest: study.title for study in self._k.home.studies()}

    def _listed(self, command: ask.ListLedger) -> said.LedgerListed:
        wrong = self._k.books.trouble()
        if wrong is None and command.signatures:
            wrong = self._wrong_signature()
        if wrong is not None:
            return said.LedgerListed(
                entries=(), broken_entry=entry_of(wrong), code=wrong.code, fields=wrong.fields
            )
        ledger = self._ledger()
        lines = lines_of(ledger, self._titles())
        choice = Choice(cohort_id=command.cohort_id, study=command.study, year=command.year)
        chosen = tuple(line for line in lines if choice.takes(line))
        return said.LedgerListed(
            entries=chosen[-MOST_SHOWN:],
            broken_entry=0,
            omitted=max(0, len(chosen) - MOST_SHOWN),
            cohorts=cohorts_of(ledger),
            years=tuple(sorted({year_of(line.time) for line in lines})),
            standing=self._standing(ledger),
        )

    def _wrong_signature(self) -> BudgetError | None:
        try:
            self._ledger().verify_signatures(verify)
        except BudgetError as wrong:
            return wrong
        return None

    def _standing(self, ledger: Ledger) -> LedgerStanding:
        remembered = self._k.books.place.read() == head_text(ledger.head)
        return standing_of(ledger, self._k.books.key, remembered=remembered)

    # ---- who decides

    async def _name(self, command: ask.PeopleCommand) -> None:
        match command:
            case ask.SetUpRequester():
                await self._set_up_requester(command)
            case ask.ReplaceApprover():
                await self._replace_approver(command)
            case ask.ReplaceRequester():
                await self._replace_requester(command)
            case _:
                assert_never(command)

    async def _set_up_requester(self, command: ask.SetUpRequester) -> None:
        ledger = self._ledger()
        name, code = await asyncio.to_thread(
            self._k.people.set_up_requester,
            command.name,
            command.passphrase,
            command.old_passphrase,
            self.waits(),
        )
        ledger.record(_named(Topic.REQUESTER_NAMED, name))
        self._k.emit(said.RequesterSetUp(name=name, recovery_code=code))

    async def _replace_approver(self, command: ask.ReplaceApprover) -> None:
        ledger = self._ledger()
        made = await asyncio.to_thread(self._k.people.replace_approver, command, self.waits())
        words = Words(
            note=f"{made.name} has a new passphrase, which counts after a waiting time",
            topic=Topic.SECOND_PERSON_REPLACED,
            people=(made.steward,),
            reason=" ".join(command.reason.split()),
        )
        ledger.record(words)  # before it counts for anybody
        until = waits_until(ledger.entries(), "approver")
        self._k.people.keep_approver(made, until)
        self._k.emit(said.ApproverReplaced(name=made.name, waits_until=until))

    async def _replace_requester(self, command: ask.ReplaceRequester) -> None:
        ledger = self._ledger()
        made = await asyncio.to_thread(self._k.people.replace_requester, command, self.waits())
        words = Words(
            note=f"{made.name} has a new passphrase, which counts after a waiting time",
            topic=Topic.REQUESTER_REPLACED,
            people=(made.steward, made.name),
            reason=" ".join(command.reason.split()),
        )
        ledger.record(words)  # before it counts for anybody
        until = waits_until(ledger.entries(), "requester")
        code = self._k.people.keep_requester(made, until)
        self._k.emit(said.RequesterReplaced(name=made.name, waits_until=until, recovery_code=code))

    def waits(self) -> Waits:
        """Return from when the passphrases of the two count."""
        kept, entries = self._k.people.waits(), self._ledger().entries()
        return Waits(
            approver=max(kept.approver, waits_until(entries, "approver")),
            requester=max(kept.requester, waits_until(entries, "requester")),
        )

    # ---- decisions

    async def _change_cap(self, command: ask.ChangeCap) -> None:
        self._ledger().cohort(command.cohort_id)
        decision = await asyncio.to_thread(self._k.people.require, command.consent, self.waits())
        ledger = self._ledger()
        ledger.change_cap(command.cohort_id, command.cap, decision)
        cap = ledger.cap_state(command.cohort_id)
        self._k.emit(said.CapChanged(cohort_id=command.cohort_id, cap=cap))

    async def _forget(self, command: ask.ForgetIdentifiers) -> None:
        self._ledger().cohort(command.cohort_id)
        decision = await asyncio.to_thread(self._k.people.require, command.consent, self.waits())
        self._require_idle("delete identifiers")
        self._ledger().forget_identifiers(command.cohort_id, decision)
        self._k.emit(said.IdentifiersForgotten(cohort_id=command.cohort_id))

    # ---- keeping it safe

    def _require_idle(self, step: str) -> None:
        if self._k.busy():
            raise WorkerError("WO604", step=step, reason="a run is under way")

    def _back_up(self, target: Path) -> None:
        number, sha256 = back_up(self._ledger(), target)
        self._k.emit(
            said.LedgerBackedUp(file_name=target.name, entries=number, fingerprint=sha256)
        )

    async def _restore(self, command: ask.RestoreLedger) -> None:
        """Bring a backup back; the two people may be asked although the ledger does not open."""
        waits = self._k.people.waits()
        with contextlib.suppress(BudgetError):
            waits = self.waits()
        decision = await asyncio.to_thread(self._k.people.require, command.consent, waits)
        self._require_idle("bring a backup back")
        books, path = self._k.books, self._k.home.ledger
        books.set_free()
        source = Path(command.path) if command.path else path
        found = restore(source, path, self._k.clock, books.place, decision)
        self._ledger()
        seals = self._k.seals()
        if seals is not None:
            books.seal_with(seals)
        self._k.emit(
            said.LedgerRestored(
                entries=found.entries, missing=found.missing, set_aside=found.set_aside
            )
        )

    # ---- for the privacy officer

    def _export(self, folder: Path, formats: tuple[str, ...]) -> None:
        if not formats or set(formats) - set(FORMATS):
            raise WorkerError("WO604", step="export", reason="the formats are json, csv and pdf")
        ledger = self._ledger()
        ledger.verify()
        ledger.verify_signatures(verify)
        made = {f"{_FILE}.{kind}": self._content(kind, ledger) for kind in formats}
        for name, content in made.items():
            write_atomically(folder / name, content)
        self._k.emit(said.LedgerExported(files=tuple(made)))

    def _content(self, kind: str, ledger: Ledger) -> bytes:
        titles = self._titles()
        if kind == "json":
            seals = self._k.seals()
            if seals is None:
                raise WorkerError("WO612", reason="it signs the export")
            self._k.books.seal_with(seals)  # this may be the first that needs the key
            return export_bytes(ledger, seals, self._hospital, titles, self._k.clock.now())
        lines = lines_of(ledger, titles)
        if kind == "csv":
            return csv_of(lines)
        key = self._k.books.key
        pages = Pages(
            hospital=self._hospital,
            time=self._k.clock.now(),
            words=six_words(key) if key else "",
            standing=self._standing(ledger),
            cohorts=cohorts_of(ledger),
            lines=lines,
        )
        return pdf_of(pages)


def _named(topic: Topic, name: str) -> Words:
    return Words(note=f"{name} was named", topic=topic, people=(name,))
