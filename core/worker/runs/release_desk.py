"""Handing a release on: one person puts it together, a second one agrees to exactly that.

    prepare -> (contents and their digest) -> approve by passphrase -> ledger -> written

What is approved is the digest of the contents: every byte of every file, and for whom. Preparing
again, or dropping, cancels what was prepared. The agreement is a line of the ledger before
anything is written. Releasing uses nothing more of the cap: it is post-processing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, assert_never

from core.errors import StudyError, WorkerError
from core.messages import release_commands as ask
from core.messages import release_events as said
from core.model.plan import Plan
from core.network.installation import verify
from core.privacy.ledger import Seals, Topic, Words
from core.release.forms import Form
from core.release.package.contents import (
    CONTENTS,
    Contents,
    Recipient,
    Seal,
    contents_bytes,
    seal_statement,
)
from core.release.package.holding import write_package
from core.release.package.packing import Wish, pack
from core.release.package.reading import released_report
from core.study.approvals import same_person
from core.worker.cohorts.books import Books
from core.worker.home import Home
from core.worker.runs.release_shelf import REPORT, ReleaseShelf

_MOST_TO = 120
#: What the ledger says of a decision that local numbers may have swayed (privacy.md 8.3).
_AFTER_REPORT: Final = (
    "decided after a report on own patients was there, so the decision itself is not covered by "
    "the guarantee"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreeing:
    """How this hospital knows its second person, its key and its practice cohorts.

    Attributes:
        waited: Raises while a replaced passphrase does not count yet.
        require: (name, passphrase) -> name of the second person; raises for another one. Slow on
            purpose, so it works beside the event loop.
        seals: The installation's key, if it opens without a passphrase.
        practice: Whether a plan's patients here are simulated.
    """

    waited: Callable[[], None]
    require: Callable[[str, str], str]
    seals: Callable[[], Seals | None]
    practice: Callable[[str], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Prepared:
    plan: Plan
    files: dict[str, bytes]
    contents: Contents
    target: Path
    as_zip: bool
    needs_approval: bool


class ReleaseDesk:
    """Hands releases on. Invariant: what is written has the digest that was approved, and what was
    computed on real patients is in nothing that goes outside.
    """

    def __init__(
        self,
        home: Home,
        books: Books,
        shelf: ReleaseShelf,
        agreeing: Agreeing,
        emit: Callable[[said.ReleaseEvent], None],
    ) -> None:
        """Start with nothing prepared."""
        self._home, self._books, self._shelf = home, books, shelf
        self._agreeing, self._emit = agreeing, emit
        self._hospital = "This hospital"
        self._prepared: _Prepared | None = None

    def introduce(self, hospital: str) -> None:
        """Take the name that stands in packages."""
        self._hospital = hospital

    async def perform(self, command: ask.ReleaseCommand) -> None:
        """Do one command and emit its answer.

        Raises:
            SynCohortError: Its refusal.
        """
        match command:
            case ask.PrepareRelease():
                self._prepared = None
                practice = self._agreeing.practice(command.digest)  # asks the ledgers: not beside
                self._prepared = await asyncio.to_thread(self._prepare, command, practice)
                self._emit(_told(self._prepared, self._shelf))
            case ask.ApproveRelease():
                self._emit(await self._approve(command))
            case ask.DropRelease():
                self._prepared = None
            case _:
                assert_never(command)

    def _prepare(self, command: ask.PrepareRelease, practice: bool) -> _Prepared:  # noqa: FBT001 - told by ``perform``
        plan = self._home.read_plan(command.digest)
        wish = self._wish(command)
        release = self._shelf.files(plan.digest)
        report = released_report(plan, release, verify)
        files, contents = pack(plan, release, report, self._shelf.signatures(plan.digest), wish)
        name = f"release-{plan.digest[:8]}-{contents.digest[:8]}"
        return _Prepared(
            plan=plan,
            files=files,
            contents=contents,
            target=Path(command.folder) / (f"{name}.zip" if command.as_zip else name),
            as_zip=command.as_zip,
            needs_approval=not practice,
        )

    def _wish(self, command: ask.PrepareRelease) -> Wish:
        to = " ".join(command.to.split())
        try:
            recipient = Recipient(command.recipient)
            forms = tuple(Form(name) for name in command.forms)
        except ValueError:
            reason = "choose inside or outside, and Parquet or h5ad"
            raise WorkerError("WO604", step="release", reason=reason) from None
        if len(to) > _MOST_TO or not (to.isprintable()):
            raise WorkerError("WO604", step="release", reason="the recipient is too long")
        if recipient is Recipient.OUTSIDE and not to:
            raise WorkerError("WO604", step="release", reason="name who will receive it")
        local: dict[str, bytes] = {}
        if command.local_report:
            local = self._shelf.local_files(command.digest)
            if not local:
                raise WorkerError(
                    "WO604", step="release", reason=f"{REPORT} and its pages were not made yet"
                )
        return Wish(
            forms=forms,
            report=command.report,
            local=local,
            recipient=recipient,
            to=to,
            released_by=self._hospital,
        )

    # ---- the second person

    async def _approve(self, command: ask.ApproveRelease) -> said.ReleaseHandedOn:
        prepared = self._prepared
        if prepared is None or (prepared.plan.digest, prepared.contents.digest) != (
            command.digest,
            command.contents,
        ):
            reason = "something was changed after it was put together; ask again"
            raise WorkerError("WO604", step="approve the release", reason=reason)
        approver = ""
        if prepared.needs_approval:
            approver = await self._agreed(command, prepared)
        files = {**prepared.files, CONTENTS: contents_bytes(*self._sealed(prepared))}
        await asyncio.to_thread(write_package, prepared.target, files, as_zip=prepared.as_zip)
        self._prepared = None
        return said.ReleaseHandedOn(
            digest=prepared.plan.digest,
            contents=prepared.contents.digest,
            name=prepared.target.name,
            approver=approver,
        )

    async def _agreed(self, command: ask.ApproveRelease, prepared: _Prepared) -> str:
        """Check the second person and write the agreement into the ledger; return their name.

        Raises:
            StudyError: ST710 for one person alone; ST709, ST711 or ST732.
            WorkerError: WO604 without a reason for somebody outside.
            BudgetError: If the ledger cannot be written; then nothing is handed on.
        """
        requester, reason = (" ".join(t.split()) for t in (command.requester, command.reason))
        if not requester or same_person(requester, command.approver):
            raise StudyError("ST710")
        outside = prepared.contents.recipient is Recipient.OUTSIDE
        if outside and not reason:
            raise WorkerError(
                "WO604", step="approve the release", reason="write why it is released"
            )
        self._agreeing.waited()
        approver = await asyncio.to_thread(
            self._agreeing.require, command.approver, command.passphrase
        )
        to = prepared.contents.to or "inside the hospital"
        note = f"to {to}, contents {prepared.contents.digest[:16]}"
        if self._shelf.reported(prepared.plan.digest):
            note = f"{note}; {_AFTER_REPORT}"
        words = Words(
            note=note, topic=Topic.RELEASE_AGREED, people=(requester, approver), reason=reason
        )
        self._books.main().record(words)
        return approver

    def _sealed(self, prepared: _Prepared) -> tuple[Contents, Seal | None]:
        """Seal the contents with the key that the plan names; a rehearsal has none."""
        keys = {p.certificate_sha256 for p in prepared.plan.parties}
        seals = self._agreeing.seals() if not prepared.plan.rehearsal else None
        if seals is None or seals.signer.certificate_sha256 not in keys:
            return prepared.contents, None
        key = seals.signer.certificate_sha256
        signature = seals.signer.sign(seal_statement(prepared.contents.digest, key))
        return prepared.contents, Seal(key=key, signature=signature)


def _told(prepared: _Prepared, shelf: ReleaseShelf) -> said.ReleasePrepared:
    contents = prepared.contents
    return said.ReleasePrepared(
        digest=prepared.plan.digest,
        contents=contents.digest,
        files=tuple(
            said.PackagedFile(name=f.name, size_bytes=f.size_bytes) for f in contents.files
        ),
        recipient=contents.recipient.value,
        to=contents.to,
        needs_approval=prepared.needs_approval,
        signed_by=shelf.released(prepared.plan).signed_by,
    )
