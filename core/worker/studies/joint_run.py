"""This hospital's part in a run between installations.

The plan pins the installations' certificates. Each run makes a new key in its run worker; the
installation's key vouches for it, for this plan and this party number only. So an approved plan
survives a restart, and a run's key never leaves its process.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from core.errors import StudyError
from core.messages.commands import ProposePlan
from core.messages.engine import Prepare
from core.messages.events import RunEnded
from core.messages.lobby import RunSeat
from core.model.budget import charged_units
from core.model.judging import Ballot
from core.model.peer import DirectRoute, PeerAddress, ProxySetting
from core.model.plan import Plan
from core.study.rules import require_joint
from core.study.session import StudySession
from core.study.signatures import Signer, Verifier, require_signed, run_statement
from core.worker.calibrating import explained
from core.worker.cohorts.cohort_desk import CohortDesk
from core.worker.lines.meeting import own_address, route_of
from core.worker.local.local_study import certificate_digest
from core.worker.runs.run_desk import RunDesk

#: Longest wait for the end of an earlier run, seconds.
_WIND_DOWN_S: Final = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """A plan that this hospital recomputed: what it costs here, and its claim in words."""

    units: float
    explanation: tuple[str, ...]


class JointRun:
    """Prepares, checks and runs. Invariant: starts only what the session says all approved, with
    peers that their installations vouched for.
    """

    def __init__(
        self,
        *,
        runs: RunDesk,
        cohorts: CohortDesk,
        signer: Signer,
        verify: Verifier,
        proxy: Callable[[], ProxySetting | None],
        ballot_of: Callable[[str, str], Ballot | None],
    ) -> None:
        """Work with this hospital's desks, identity, proxy, and votes by study and plan digest."""
        self._proxy, self._ballot_of = proxy, ballot_of
        self._runs, self._cohorts = runs, cohorts
        self._signer, self._verify = signer, verify

    async def examine(self, session: StudySession, plan: Plan) -> Examined:
        """Check a plan against own accounting, own patients and own cap.

        Raises:
            SynCohortError: What does not hold.
        """
        require_joint(plan)
        await self._open_cohort(session)
        account = await self._runs.examine(self._proposal(session, plan))
        units = charged_units(plan.budget) if session.cohort_id else 0.0
        explanation = await asyncio.to_thread(explained, plan, account)
        return Examined(units=units, explanation=explanation)

    async def check_panel(
        self, cohort_id: str, genes: Sequence[str], classes: Sequence[str], n_max: int
    ) -> None:
        """Check the own cohort against a study before anybody hears of it.

        Raises:
            CohortError: What it lacks.
        """
        if cohort_id:
            await asyncio.to_thread(
                self._cohorts.check_panel, cohort_id, tuple(genes), tuple(classes), n_max
            )

    async def prepare(self, session: StudySession) -> RunSeat:
        """Start the run worker and vouch for its certificate.

        Raises:
            StudyError: If not everybody signed and approved.
        """
        plan = session.require_runnable()
        await self._runs.wait_idle(_WIND_DOWN_S)  # of an earlier run whose end is being told
        await self._open_cohort(session)
        own = session.participant(session.own_key).name
        route = route_of(session.meeting, session.token)
        if isinstance(route, DirectRoute):
            route = DirectRoute(host=await asyncio.to_thread(own_address, route), port=0)
        address = await self._runs.prepare(own, Prepare(route=route, proxy=self._proxy()))
        number = session.own_number
        content = run_statement(
            plan.digest, session.own_key, number, certificate_digest(address.certificate_pem)
        )
        return RunSeat(
            number=number,
            route=address.route,
            certificate_pem=address.certificate_pem,
            voucher=self._signer.sign(content),
        )

    async def accept(self, session: StudySession, seats: Sequence[RunSeat]) -> None:
        """Verify everybody's voucher and take the peers for the run.

        Raises:
            StudyError: ST707 or ST708.
        """
        plan = session.require_runnable()
        self.require_vouched(session, plan, seats)
        digests = [certificate_digest(s.certificate_pem) for s in seats]
        wired = replace(
            plan,
            parties=tuple(
                replace(p, certificate_sha256=d)
                for p, d in zip(plan.parties, digests, strict=True)
            ),
        )
        await self._runs.accept(self._proposal(session, plan), wired)

    async def start(self, plan: Plan, seats: Sequence[RunSeat]) -> RunEnded:
        """Run to the end."""
        peers = tuple(
            PeerAddress(number=s.number, route=s.route, certificate_pem=s.certificate_pem)
            for s in seats
        )
        return await self._runs.start(plan.digest, peers)

    @property
    def connected(self) -> bool:
        """Whether the run under way has reached every party."""
        return self._runs.connected

    async def cancel(self) -> None:
        """Stop the own part."""
        await self._runs.cancel()

    async def put_away(self) -> None:
        """End a prepared run worker that was not started."""
        if not self._runs.busy:
            await self._runs.put_away()

    def require_vouched(self, session: StudySession, plan: Plan, seats: Sequence[RunSeat]) -> None:
        """Refuse run certificates that an installation of the plan did not vouch for.

        Raises:
            StudyError: ST707 with the party.
        """
        if [s.number for s in seats] != [p.number for p in plan.parties]:
            raise StudyError("ST707", party="the coordinator", what="a party is missing")
        for seat, party in zip(seats, session.seated, strict=True):
            try:
                digest = certificate_digest(seat.certificate_pem)
            except ValueError:
                raise StudyError("ST707", party=party.name, what="its certificate") from None
            content = run_statement(plan.digest, party.key, seat.number, digest)
            require_signed(self._verify, party.certificate_pem, content, seat.voucher, party.name)

    async def _open_cohort(self, session: StudySession) -> None:
        if session.cohort_id:
            await self._cohorts.reopen(session.cohort_id)

    def _proposal(self, session: StudySession, plan: Plan) -> ProposePlan:
        return ProposePlan(
            plan=plan,
            own_number=session.own_number,
            cohort_id=session.cohort_id,
            ballot=self._ballot_of(session.study_id, plan.digest),
        )
