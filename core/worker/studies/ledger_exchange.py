"""After a run: what each ledger says about the plan, signed, countersigned and kept by all.

Everybody says what it holds about the plan; who hears something new keeps it, countersigns what
others stated, and says on what it holds now. The sets only grow and are small, so this ends when
all hold the same. When two installations meet again, each reminds the other of the newest line of
the other's ledger that it holds: an older copy is noticed by who was reminded.

Reveals:
    To the parties of a study: whether it was spent, how many lines each ledger has, and hashes.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass

from core.errors import BudgetError
from core.messages.ledger_events import LedgerLinesMissing
from core.messages.lobby import (
    MOST_STATED,
    LedgerCountersigned,
    LedgerReminded,
    LedgersShown,
    LedgerStated,
)
from core.ports import Signer, Verifier
from core.privacy.ledger import (
    Countersignature,
    EntryKind,
    Ledger,
    Seals,
    Statement,
    StatementKind,
)
from core.study.session import StudySession

Word = LedgersShown | LedgerReminded
_STATED = {
    EntryKind.SPENT: StatementKind.SPENT,
    EntryKind.RETURNED: StatementKind.RETURNED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """One study as its exchange needs it: the plan, the own name, and everybody's certificate."""

    plan: str
    own_name: str
    pems: dict[str, str]

    @classmethod
    def of(cls, session: StudySession) -> Facts | None:
        """Return them; None while no plan is agreed."""
        if session.plan is None:
            return None
        own = session.participant(session.own_key).name
        pems = {p.key: p.certificate_pem for p in session.seated}
        return cls(plan=session.plan.digest, own_name=own, pems=pems)


class LedgerExchange:
    """Keeps statements. Invariant: nothing that does not verify is kept, nothing here charges or
    gives back.
    """

    def __init__(self, ledger: Callable[[], Ledger], signer: Signer, verify: Verifier) -> None:
        """Work with the hospital's ledger, opened when it is needed, and one identity."""
        self._ledger = ledger
        self._seals = Seals(signer=signer, verify=verify)

    def shown(self, session: StudySession) -> LedgersShown | None:
        """State what the own ledger says about the plan, and return all that is held about it."""
        facts = Facts.of(session)
        if facts is None:
            return None
        with contextlib.suppress(BudgetError):  # the run is over; its ledger stands as it is
            ledger = self._ledger()
            state = ledger.state(facts.plan)
            if state in _STATED:
                ledger.state_own(facts.plan, _STATED[state], facts.own_name, self._seals)
            return _word(ledger, facts.plan)
        return None

    def heard(self, session: StudySession, word: LedgersShown) -> LedgersShown | None:
        """Keep what is new and fits; return what is held now, None if nothing is new."""
        facts = Facts.of(session)
        if facts is None or word.plan != facts.plan:
            return None
        with contextlib.suppress(BudgetError):
            ledger = self._ledger()
            before = _word(ledger, facts.plan)
            self._keep(ledger, facts, word)
            after = _word(ledger, facts.plan)
            return after if after != before else None
        return None

    def _keep(self, ledger: Ledger, facts: Facts, word: LedgersShown) -> None:
        own, verify = self._seals.signer.certificate_sha256, self._seals.verify
        for told in word.statements[:MOST_STATED]:
            with contextlib.suppress(BudgetError, ValueError):  # a lie is left out
                statement = _statement(told)
                if statement.plan != facts.plan or statement.key not in facts.pems:
                    continue
                if statement.key != own:
                    ledger.keep_statement(statement, facts.pems[statement.key], verify)
                    ledger.countersign(statement, self._seals)
        for told_under in word.countersignatures[: MOST_STATED * MOST_STATED]:
            with contextlib.suppress(BudgetError, ValueError):
                given = _countersignature(told_under)
                if given.plan == facts.plan and given.signer in facts.pems:
                    pem = facts.pems[given.signer]
                    ledger.keep_countersignature(given, pem, verify)

    def countersigned(self, session: StudySession) -> tuple[str, ...]:
        """Return the names of all parties with patients, once each has stated what its ledger says
        and all others have signed under it; empty before.
        """
        facts = Facts.of(session)
        if facts is None:
            return ()
        with contextlib.suppress(BudgetError):
            ledger = self._ledger()
            said = {s.key: s for s in ledger.statements(facts.plan)}
            under = {(c.key, c.kind, c.signer) for c in ledger.countersignatures(facts.plan)}
            stating = [p for p in session.seated if p.has_cohort]
            if all(
                p.key in said
                and all((p.key, said[p.key].kind, o) in under for o in facts.pems if o != p.key)
                for p in stating
            ):
                return tuple(p.name for p in stating)
        return ()

    # ---- an older copy

    def reminder(self, key: str) -> LedgerReminded | None:
        """Return the newest statement of another installation that is held here."""
        with contextlib.suppress(BudgetError):
            theirs = [s for s in self._ledger().statements() if s.key == key]
            if theirs:
                return LedgerReminded(statement=_told(max(theirs, key=lambda s: s.number)))
        return None

    def reminded(self, word: LedgerReminded, partner: str) -> LedgerLinesMissing | None:
        """Compare what a partner holds of the own ledger with it; return what is missing."""
        pem = self._seals.signer.certificate_pem
        with contextlib.suppress(BudgetError, ValueError):
            statement = _statement(word.statement)
            if statement.key == self._seals.signer.certificate_sha256 and self._ledger().reminded(
                statement, pem, self._seals.verify, partner
            ):
                return LedgerLinesMissing(partner=partner, entry=statement.number)
        return None


def _word(ledger: Ledger, plan: str) -> LedgersShown:
    return LedgersShown(
        plan=plan,
        statements=tuple(_told(s) for s in ledger.statements(plan)),
        countersignatures=tuple(
            LedgerCountersigned(
                plan=c.plan,
                key=c.key,
                kind=c.kind.value,
                signer=c.signer,
                signature=c.signature,
            )
            for c in ledger.countersignatures(plan)
        ),
    )


def _told(statement: Statement) -> LedgerStated:
    return LedgerStated(
        plan=statement.plan,
        key=statement.key,
        kind=statement.kind.value,
        number=statement.number,
        head=statement.head,
        name=statement.name,
        signature=statement.signature,
    )


def _statement(told: LedgerStated) -> Statement:
    return Statement(
        plan=told.plan,
        key=told.key,
        kind=StatementKind(told.kind),
        number=told.number,
        head=told.head,
        name=told.name,
        signature=told.signature,
    )


def _countersignature(told: LedgerCountersigned) -> Countersignature:
    return Countersignature(
        plan=told.plan,
        key=told.key,
        kind=StatementKind(told.kind),
        signer=told.signer,
        signature=told.signature,
    )
