"""Writing lines: one after the other, durable, signed, and remembered outside the file.

A line is checked before it is written, and compared with what is on the disk after it was. No line
is read again that was read before: appending takes the same time in a ledger of a hundred thousand
lines. Another program cannot come between, because the file is ours until it is closed.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Final

from core.errors import BudgetError
from core.ports import Clock, Verifier
from core.privacy.ledger.audit import audit
from core.privacy.ledger.cohorts import cohort_digest
from core.privacy.ledger.entries import (
    GENESIS,
    HOUSE_TOPICS,
    Charge,
    Entry,
    EntryKind,
    Topic,
    Words,
    require_step,
    utc_seconds,
    utc_text,
)
from core.privacy.ledger.heads import HeadPlace, head_from, head_text, require_not_older
from core.privacy.ledger.index import Index
from core.privacy.ledger.seals import (
    Seals,
    last_signer,
    require_sealed,
    signatures,
    store_signature,
)
from core.privacy.ledger.store import LedgerFile

#: A clock may be this far behind the last entry: two clocks set by different servers.
CLOCK_TOLERANCE_S: Final = 120.0
_VERSION: Final = 2
#: A decision about the installation stands for no cohort.
_HOUSE_DIGEST: Final = "0" * 64


class Journal:
    """The lines of an open ledger. Invariant: what is in memory is what is on the disk."""

    def __init__(self, file: LedgerFile, clock: Clock, place: HeadPlace) -> None:
        """Read and check the whole file.

        Raises:
            BudgetError: BU304 or BU307 if the history was changed, BU312 if it is an older copy.
        """
        self.file = file
        self._clock, self._place = clock, place
        self._seals: Seals | None = None
        self._staged: list[Entry] = []
        self.index: Index = audit(file)
        require_not_older(self.index.entries, head_from(place.read()), "This computer")

    def verify(self) -> None:
        """Read the whole file again.

        Raises:
            BudgetError: BU304 with the first line that does not fit, BU307 for the second book,
                BU312 if it lacks a line that this computer remembers.
        """
        self.index = audit(self.file)
        require_not_older(self.index.entries, head_from(self._place.read()), "This computer")

    def require_signatures(self, verify: Verifier) -> None:
        """Check every signature.

        Raises:
            BudgetError: BU304 or BU315.
        """
        require_sealed(self.file, self.index.entries, verify, every=True)

    def remember(self) -> None:
        """Keep the newest line's fingerprint outside the file."""
        self._place.write(head_text(self.index.head))

    # ---- the key

    def seal_with(self, seals: Seals) -> None:
        """Sign from now on with this key, and sign now what is not signed yet.

        A key that follows another is recorded as a line of its own.

        Raises:
            BudgetError: BU304 or BU315 if a signature does not fit, BU306 if it was not written.
        """
        require_sealed(self.file, self.index.entries, seals.verify, every=False)
        former, key = last_signer(self.file), seals.signer.certificate_sha256
        signed = signatures(self.file)
        missing = [e for e in self.index.entries if e.number not in signed]
        if missing:
            with self.file.writing():
                for entry in missing:
                    store_signature(self.file, entry, seals.signer)
        self._seals = seals
        if former not in {"", key}:
            note = f"signed by {key[:16]} from now on, by {former[:16]} before"
            with self.writing():
                self.decide_house(Words(note=note, topic=Topic.SIGNING_KEY_CHANGED))

    # ---- writing

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Group lines: all of them are on the disk when the block ends, or none is.

        Raises:
            BudgetError: BU304 if the disk holds something else afterwards, BU306 if they could not
                be written.
        """
        self._staged = []
        try:
            with self.file.writing():
                yield
            staged = self._staged
        finally:
            self._staged = []
        for entry in staged:
            self.index.add(entry)
        if staged:
            expected = head_text(self.index.head)
            if self.file.tail() != (expected, expected):
                raise BudgetError("BU304", entry=staged[0].number)
            with suppress(OSError):
                self.remember()

    def charge(
        self, kind: EntryKind, cohort_id: str, digest: str, charge: Charge, words: Words
    ) -> None:
        """Append a line of a plan, inside ``writing``; a spend goes into the second book too.

        Raises:
            BudgetError: BU306, BU308 or BU311.
        """
        before = self.index.states.get(digest)
        require_step(before.kind if before else None, kind)
        entry = self._draft(kind, cohort_id, digest, charge, words)
        if kind is EntryKind.SPENT:
            self.file.insert(
                "INSERT INTO second_book VALUES (?, ?, ?, ?)",
                entry.number,
                cohort_id,
                charge.epsilon,
                charge.delta,
            )

    def decide(self, cohort_id: str, cap: float, words: Words) -> None:
        """Append a decision about a cohort, inside ``writing`` and after what it changes.

        Raises:
            BudgetError: BU306 or BU311.
        """
        digest = cohort_digest(self.file, cohort_id)
        self._draft(EntryKind.DECISION, cohort_id, digest, cap, words)

    def decide_house(self, words: Words, amount: float = 0.0) -> None:
        """Append a decision about the installation, inside ``writing``.

        Raises:
            BudgetError: BU306, BU308 for a topic that concerns a cohort, BU311.
        """
        if words.topic not in HOUSE_TOPICS:
            raise BudgetError("BU308", step=words.topic, state="of no cohort")
        self._draft(EntryKind.DECISION, "", _HOUSE_DIGEST, amount, words)

    def _draft(
        self, kind: EntryKind, cohort_id: str, digest: str, amount: Charge | float, words: Words
    ) -> Entry:
        charge = amount if isinstance(amount, Charge) else None
        last = self._staged[-1] if self._staged else self.index.last
        draft = Entry(
            number=last.number + 1 if last else 1,
            time=utc_text(self._time_after(last)),
            cohort_id=cohort_id,
            digest=digest,
            kind=kind,
            units=amount.units if isinstance(amount, Charge) else amount,
            epsilon=charge.epsilon if charge else 0.0,
            delta=charge.delta if charge else 0.0,
            mu_sq=charge.mu_sq if charge else 0.0,
            delta_tail=charge.delta_tail if charge else 0.0,
            note=words.note,
            previous=last.sha256 if last else GENESIS,
            version=_VERSION,
            topic=words.topic,
            people=words.people,
            reason=words.reason,
        )
        entry = replace(draft, sha256=draft.fingerprint())
        self.file.append(entry)
        if self._seals is not None:
            store_signature(self.file, entry, self._seals.signer)
        self._staged.append(entry)
        return entry

    def _time_after(self, last: Entry | None) -> float:
        now = self._clock.now()
        behind = utc_seconds(last.time) - now if last else 0.0
        if not behind <= CLOCK_TOLERANCE_S:
            raise BudgetError("BU311", seconds=round(behind))
        return now
