"""The ledger's lines as people read them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.model.ledger import CohortStanding, LedgerLine, LedgerStanding
from core.privacy.ledger import Entry, EntryKind, Ledger
from core.privacy.ledger.entries import utc_seconds
from core.privacy.ledger.sentences import sentence

_DIGITS = 9
_MARK = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which lines are asked for; empty and 0 ask for all."""

    cohort_id: str = ""
    study: str = ""
    year: int = 0

    def takes(self, line: LedgerLine) -> bool:
        """Tell whether a line is asked for."""
        return (
            self.cohort_id in {"", line.cohort_id}
            and self.study.casefold() in line.study.casefold()
            and self.year in {0, year_of(line.time)}
        )


def year_of(seconds: float) -> int:
    """Return the year of a time, UTC.

    >>> year_of(0.0)
    1970
    """
    return dt.datetime.fromtimestamp(seconds, dt.UTC).year


def party_names(ledger: Ledger) -> dict[str, str]:
    """Return the names under which parties made statements, by their keys."""
    return {s.key: s.name for s in ledger.statements()}


def lines_of(ledger: Ledger, titles: Mapping[str, str]) -> tuple[LedgerLine, ...]:
    """Return every line, oldest first.

    Args:
        ledger: An open ledger.
        titles: Plan digest -> title of the study.
    """
    names = {record.id: record.name for record in ledger.cohorts()}
    signers, parties = ledger.signers(), party_names(ledger)
    under: dict[str, list[str]] = {}
    for given in ledger.countersignatures():
        who = parties.get(given.signer, given.signer[:_MARK])
        if who not in under.setdefault(given.plan, []):
            under[given.plan].append(who)
    totals: dict[str, float] = {}
    found = []
    for entry in ledger.entries():
        if entry.kind is EntryKind.SPENT:
            spent = totals.get(entry.cohort_id, 0.0) + entry.units
            totals[entry.cohort_id] = round(spent, _DIGITS)
        line = _line(entry, names, titles, totals.get(entry.cohort_id, 0.0))
        ended = entry.kind in {EntryKind.SPENT, EntryKind.RETURNED}
        found.append(
            _signed(
                line, signers.get(entry.number, ""), under.get(entry.digest, []) if ended else []
            )
        )
    return tuple(found)


def _line(
    entry: Entry, names: Mapping[str, str], titles: Mapping[str, str], total: float
) -> dict[str, object]:
    return {
        "number": entry.number,
        "time": utc_seconds(entry.time),
        "cohort_id": entry.cohort_id,
        "cohort_name": names.get(entry.cohort_id, ""),
        "study": titles.get(entry.digest, ""),
        "kind": entry.kind.value,
        "units": entry.units,
        "total": total,
        "fingerprint": entry.sha256[:_MARK],
        "note": entry.note,
        "topic": str(entry.topic),
        "sentence": sentence(entry),
        "people": entry.people,
        "reason": entry.reason,
        "epsilon": entry.epsilon,
    }


def _signed(line: Mapping[str, object], signer: str, under: Sequence[str]) -> LedgerLine:
    return LedgerLine(**line, signed_by=signer[:_MARK], countersigned_by=tuple(under))  # type: ignore[arg-type]


def cohorts_of(ledger: Ledger) -> tuple[CohortStanding, ...]:
    """Return every cohort's cap and standing, oldest first."""
    return tuple(
        CohortStanding(
            cohort_id=record.id,
            name=record.name,
            cap=ledger.cap_state(record.id),
            standing=ledger.standing(record.id),
            composed_epsilon=ledger.composed_epsilon(record.id),
        )
        for record in ledger.cohorts()
    )


def standing_of(ledger: Ledger, key: str, *, remembered: bool) -> LedgerStanding:
    """Return the whole ledger in figures; ``key`` signs now."""
    number, sha256 = ledger.head
    own = {(s.plan, s.kind): s for s in ledger.statements() if s.key == key}
    parties = party_names(ledger)
    held = [(g, own[g.plan, g.kind]) for g in ledger.countersignatures() if g.key == key]
    return LedgerStanding(
        entries=number,
        signed=len(ledger.signers()),
        key=key,
        fingerprint=sha256,
        remembered=remembered,
        partners=tuple(sorted({parties.get(g.signer, g.signer[:_MARK]) for g, _ in held})),
        partner_entry=max((s.number for _, s in held), default=0),
    )
