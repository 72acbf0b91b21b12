"""What the lines of a ledger add up to, kept in memory and moved forward by one line at a time.

The same checks serve a whole history that is read and one line that is written, so nothing can be
written that would not be accepted when it is read again. Adding a line takes the same time
whatever the ledger holds.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Final, Self

from core.errors import BudgetError
from core.privacy.ledger.entries import (
    CHARGED_TOPICS,
    GENESIS,
    HOUSE_TOPICS,
    NEXT,
    Entry,
    EntryKind,
    Topic,
)

_COUNTED: Final = (EntryKind.RESERVED, EntryKind.SPENT)
#: Decisions after which a cohort takes part no more, the mildest first.
_CLOSING: Final = (Topic.COHORT_HELD, Topic.COHORT_WITHDRAWN, Topic.IDENTIFIERS_FORGOTTEN)
#: Decisions after which nobody can tell whether the patients of a new cohort have spent before.
_BLINDING: Final = (Topic.LEDGER_RESTORED, Topic.LINES_MISSING, Topic.IDENTIFIERS_FORGOTTEN)
_DECIDED: Final = frozenset(Topic) - CHARGED_TOPICS


class Index:
    """States, caps and charges of a chain. Invariant: every line that is in it was checked."""

    def __init__(self) -> None:
        """Begin before the first line."""
        self.entries: list[Entry] = []
        #: Plan digest -> its last line.
        self.states: dict[str, Entry] = {}
        #: Cohort -> its last decision, oldest cohort first.
        self.decided: dict[str, Entry] = {}
        #: Cohort -> why it takes part no more.
        self.closed: dict[str, Topic] = {}
        #: A restored ledger lacks lines, or identifiers were deleted: new cohorts begin held.
        self.hold_new = False
        self._charges: dict[str, dict[str, Entry]] = {}

    @classmethod
    def of(cls, entries: Iterable[Entry]) -> Self:
        """Read a whole history.

        Raises:
            BudgetError: BU304 with the first line that does not fit.
        """
        index = cls()
        for entry in entries:
            index.add(entry)
        return index

    @property
    def last(self) -> Entry | None:
        """The newest line."""
        return self.entries[-1] if self.entries else None

    @property
    def head(self) -> tuple[int, str]:
        """Number and fingerprint of the newest line; 0 and the beginning of the chain before."""
        last = self.last
        return (last.number, last.sha256) if last is not None else (0, GENESIS)

    def add(self, entry: Entry) -> None:
        """Move forward by one line.

        Raises:
            BudgetError: BU304 if it does not fit.
        """
        number, previous = self.head
        if (
            entry.number != number + 1
            or entry.previous != previous
            or entry.version < (self.entries[-1].version if self.entries else 1)
            or not _is_well_formed(entry)
            or entry.fingerprint() != entry.sha256
        ):
            raise BudgetError("BU304", entry=number + 1)
        if entry.kind is EntryKind.DECISION:
            self._decide(entry)
        else:
            before = self.states.get(entry.digest)
            if not _follows(before, entry):
                raise BudgetError("BU304", entry=entry.number)
            self._charge(entry)
        self.entries.append(entry)

    def _decide(self, entry: Entry) -> None:
        if entry.topic in _BLINDING and entry.units > 0:
            self.hold_new = True
        if not entry.cohort_id:
            return
        self.decided[entry.cohort_id] = entry
        now = self.closed.get(entry.cohort_id)
        if entry.topic in _CLOSING:
            topic = Topic(entry.topic)
            if now is None or _CLOSING.index(now) < _CLOSING.index(topic):
                self.closed[entry.cohort_id] = topic
        elif entry.topic == Topic.CAP_CHANGED and now is Topic.COHORT_HELD:
            del self.closed[entry.cohort_id]

    def _charge(self, entry: Entry) -> None:
        self.states[entry.digest] = entry
        mine = self._charges.setdefault(entry.cohort_id, {})
        if entry.kind in _COUNTED:
            mine[entry.digest] = entry
        else:
            mine.pop(entry.digest, None)

    def charges(self, cohorts: Iterable[str]) -> list[Entry]:
        """Return what is reserved and spent for these cohorts, in the order of the ledger."""
        found = [e for c in cohorts for e in self._charges.get(c, {}).values()]
        return sorted(found, key=lambda e: e.number)

    def reserved(self) -> list[Entry]:
        """Return every reservation that was neither spent nor returned."""
        open_ = [
            e for m in self._charges.values() for e in m.values() if e.kind is EntryKind.RESERVED
        ]
        return sorted(open_, key=lambda e: e.number)


def _follows(before: Entry | None, entry: Entry) -> bool:
    """Tell whether a line may come after its plan's last one, with the same charge."""
    if entry.kind not in NEXT[before.kind if before else None]:
        return False
    if before is None:
        return True
    same = (before.cohort_id, before.topic) == (entry.cohort_id, entry.topic)
    return same and (before.kind is EntryKind.PROPOSED or before.charged == entry.charged)


def _is_well_formed(entry: Entry) -> bool:
    """Refuse amounts that are none, and topics that nobody knows."""
    if entry.version == 1 and (entry.topic or entry.people or entry.reason):
        return False
    if entry.kind is EntryKind.DECISION:
        return _is_decision(entry)
    try:
        return bool(entry.charged) and (not entry.topic or entry.topic in CHARGED_TOPICS)
    except BudgetError:
        return False


def _is_decision(entry: Entry) -> bool:
    of_house = not entry.cohort_id
    amounts = (entry.epsilon, entry.delta, entry.mu_sq, entry.delta_tail)
    if any(amounts) or not 0 <= entry.units < math.inf:
        return False
    if not of_house and entry.units == 0:
        return False
    if entry.version == 1:
        return not of_house
    return entry.topic in _DECIDED and (entry.topic in HOUSE_TOPICS) is of_house


def verify_chain(entries: Iterable[Entry]) -> dict[str, Entry]:
    """Check numbers, fingerprints, links and states of a whole ledger.

    Returns:
        The last line of every plan, by its digest.

    Raises:
        BudgetError: BU304 with the first line that does not fit.
    """
    return Index.of(entries).states
