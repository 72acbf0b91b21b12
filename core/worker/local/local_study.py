"""The conductor of a study whose parties all run on this computer: rehearsals and practice
studies.

It sees public things only: gene and label names, certificates, the plan, and whether each party
accepted or ended. Every party checks the plan itself, keeps its own ledger and computes with the
others over real connections. Between separate installations the lobby takes this place.
"""

from __future__ import annotations

import asyncio
import filecmp
import hashlib
import ssl
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from typing import TypeVar

from core.errors import CohortError, PlanError, SynCohortError, WorkerError
from core.messages.events import RunEnded
from core.model.peer import PeerAddress
from core.model.plan import Plan
from core.model.study import HospitalState, StudyState
from core.privacy.accountant import Account
from core.privacy.calibration import NoiseFamily
from core.study.drafting import Agreement, draft_plan, require_enough_parties
from core.worker.calibrating import calibrated
from core.worker.local.member import Member

T = TypeVar("T")
StateSink = Callable[[int, HospitalState, str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A plan that every member accepted, and the account behind its claim."""

    plan: Plan
    account: Account


def certificate_digest(pem: str) -> str:
    """Return the SHA-256 of a certificate's DER bytes, 64 hex digits."""
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest()


def require_different_files(files: Sequence[Path]) -> None:
    """Refuse one file in the place of two hospitals, be it a link, a copy or another name.

    NB: patients who are in two different files cannot be seen here; the hospitals attest that
    there are none.

    Raises:
        CohortError: CH101 if a file cannot be read.
        PlanError: PL201 naming both files: each patient in them would count twice.
    """
    for one, other in combinations(files, 2):
        try:
            same = filecmp.cmp(one, other, shallow=False)
        except OSError:
            lost = other if one.is_file() else one
            raise CohortError("CH101", file=lost.name) from None
        if same:
            reason = (
                f"{one.name} and {other.name} hold the same patients, and a patient "
                "at two hospitals would get half the promised protection"
            )
            raise PlanError("PL201", field="parties", reason=reason)


class LocalStudy:
    """Takes members from separate processes to a finished run. Invariant: the plan proposed is the
    plan run.
    """

    def __init__(self, members: Sequence[Member], on_state: StateSink) -> None:
        """Seat the members in order; ``on_state`` gets (number, state, error code).

        Raises:
            PlanError: PL203, PL204 or PL205 if these parties cannot compute together.
        """
        require_enough_parties([m.seat for m in members])
        self._members = tuple(members)
        self._on_state = on_state
        self._peers: tuple[PeerAddress, ...] = ()
        self._proposal: Proposal | None = None

    @property
    def members(self) -> tuple[Member, ...]:
        """The parties by number."""
        return self._members

    async def propose(self, agreement: Agreement, family: NoiseFamily) -> Proposal:
        """Start every run worker, draft the plan and let every member check it.

        Raises:
            SynCohortError: The first refusal; nothing is spent.
        """
        calibration = await asyncio.to_thread(calibrated, agreement, len(self._members), family)
        addresses = await self._everywhere([m.prepare() for m in self._members])
        self._peers = tuple(replace(a, number=i) for i, a in enumerate(addresses))
        plan = draft_plan(
            agreement,
            [m.seat for m in self._members],
            [certificate_digest(a.certificate_pem) for a in self._peers],
            calibration.stages,
            calibration.account.epsilon,
        )
        await self._everywhere([m.accept(plan, i) for i, m in enumerate(self._members)])
        self._proposal = Proposal(plan=plan, account=calibration.account)
        return self._proposal

    async def run(self) -> tuple[RunEnded, ...]:
        """Run the accepted plan at every member and return how each ended, by number.

        Raises:
            WorkerError: WO604 if nothing was accepted.
        """
        if self._proposal is None:
            raise WorkerError("WO604", step="start", reason="no plan was accepted by all")
        digest = self._proposal.plan.digest
        return tuple(
            await asyncio.gather(*(self._run_one(i, digest) for i in range(len(self._members))))
        )

    async def _run_one(self, number: int, digest: str) -> RunEnded:
        try:
            ended = await self._members[number].start(digest, self._peers)
        except (
            SynCohortError
        ) as wrong:  # the whole process is gone: its ledger counts the study as spent
            self._on_state(number, HospitalState.LOST, wrong.code)
            return RunEnded(
                digest=digest,
                state=StudyState.FAILED,
                spent=True,
                code=wrong.code,
                fields=wrong.fields,
            )
        state = HospitalState.REFUSED if ended.code else HospitalState.FINISHED
        self._on_state(number, state, ended.code)
        return ended

    async def cancel(self) -> None:
        """Stop every member's part."""
        await asyncio.gather(*(m.cancel() for m in self._members), return_exceptions=True)

    async def close(self) -> None:
        """End every member's processes."""
        await asyncio.gather(*(m.close() for m in self._members), return_exceptions=True)

    async def _everywhere(self, steps: Sequence[Awaitable[T]]) -> list[T]:
        results = await asyncio.gather(*steps, return_exceptions=True)
        for number, result in enumerate(results):
            if isinstance(result, SynCohortError):
                self._on_state(number, HospitalState.REFUSED, result.code)
        kept: list[T] = []
        for number, result in enumerate(results):
            if isinstance(result, BaseException):
                raise result
            self._on_state(number, HospitalState.READY, "")
            kept.append(result)
        return kept
