"""One hospital's part in one run: reserve, measure stage by stage, spend before opening, fit,
sample, release.

    reserve -> [ local total -> shares + joint noise -> (spend, durable) -> open ] x stages
            -> compare digests -> fit -> sample (one hospital) -> same table everywhere -> write

The reservation is given back only when the run ends before this hospital's first input shares have
left the computer: without them nobody can open a total that contains its patients. From then on
the study counts as spent, whatever happens (privacy.md 8.1).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from core.messages.engine import MAX_TABLE_BYTES
from core.messages.events import (
    Event,
    RunStarted,
    StageFinished,
    StageProgressed,
    StageStarted,
)
from core.model.measurement import Measurement, measurements_digest
from core.model.peer import PeerAddress
from core.model.plan import Plan, StagePlan
from core.model.release import Release, StageAccount, SyntheticCohort
from core.ports import Clock, StageProgress
from core.randomness import SamplingSource
from core.release.table import csv_bytes, most_records, require_match
from core.statistics.statistic import Records
from core.synthesis.recipe import Recipe, sampling_seed
from core.worker.runs.engine_client import EngineClient
from core.worker.runs.pace import Pace

Emit = Callable[[Event], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Purse:
    """What a run may do with the ledger; a compute partner's does nothing.

    Attributes:
        spend: Make the spend durable; called before the first opening share may leave.
    """

    spend: Callable[[], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a finished run leaves: the release and the bytes that every party writes."""

    release: Release
    table: bytes
    measurements: tuple[Measurement, ...]


class Participation:
    """Runs an accepted plan once. Invariant: nothing is opened before ``purse.spend`` returned."""

    def __init__(  # noqa: PLR0913 - the collaborators of the composition root
        self,
        *,
        plan: Plan,
        wired: Plan,
        own_number: int,
        recipe: Recipe,
        records: Records | None,
        purse: Purse,
        engine: EngineClient,
        emit: Emit,
        clock: Clock,
        started: float,
    ) -> None:
        """Bring together what one run needs.

        Args:
            plan: Accepted by every party.
            wired: The same with the certificates of this run.
            own_number: This party.
            recipe: The plan's recipe.
            records: Training records; None at a compute partner.
            purse: Access to the ledger.
            engine: The run worker.
            emit: Where events go.
            clock: Time.
            started: Monotonic time from which ``seconds_total`` counts.
        """
        self._plan = plan
        self._wired = wired
        self._own_number = own_number
        self._recipe = recipe
        self._records = records
        self._purse = purse
        self._engine = engine
        self._emit = emit
        self._clock = clock
        self._started = started
        self._pace = Pace(plan.stages, clock)
        self._accounts: list[StageAccount] = []
        self.shares_sent = False
        self.spent = False

    async def run(self, peers: tuple[PeerAddress, ...]) -> Outcome:
        """Run the plan with these peers.

        Reveals:
            To every party: the noisy totals of the plan's stages and the synthetic cohort drawn
            from them, at the
            spend recorded before the first opening. To nobody: anything else.

        Raises:
            SessionError: If a party leaves, stalls or cancels.
            ProtocolError: If a party breaks the rules.
            BudgetError: If the spend cannot be recorded; then nothing is opened.
        """
        plan = self._plan
        self._emit(
            RunStarted(
                digest=plan.digest,
                stages=tuple((s.name, s.values) for s in plan.stages),
                time=self._clock.now(),
            )
        )
        await self._engine.connect(self._wired, self._own_number, peers)
        measurements = await self._measure_all()
        digest = measurements_digest(measurements)
        await self._engine.compare(digest)
        model = await asyncio.to_thread(self._recipe.fit, plan, measurements)
        wanted = plan.n_records or self._recipe.default_records(plan, measurements)
        n_records = min(wanted, most_records(plan, MAX_TABLE_BYTES))
        seed = sampling_seed(plan, measurements)
        own = await asyncio.to_thread(model.sample, n_records, SamplingSource(seed))
        table, sha256 = await self._share_table(own)
        await self._engine.finish()
        release = Release(
            plan_digest=plan.digest,
            measurements_digest=digest,
            synthetic_sha256=sha256,
            n_records=own.n_records,
            n_genes=len(plan.genes),
            seed_sha256=seed.hex(),
            stages=tuple(self._accounts),
            seconds_total=self._clock.monotonic() - self._started,
        )
        return Outcome(release=release, table=table, measurements=measurements)

    async def _measure_all(self) -> tuple[Measurement, ...]:
        done: tuple[Measurement, ...] = ()
        while (stage := self._recipe.next_stage(self._plan, done)) is not None:
            done = (*done, await self._measure(stage, done))
        return done

    async def _measure(self, stage: StagePlan, before: tuple[Measurement, ...]) -> Measurement:
        digest = self._plan.digest
        self._emit(StageStarted(digest=digest, stage=stage.name, values=stage.values))
        vector = await asyncio.to_thread(
            self._recipe.local_total, self._plan, stage, self._records, before
        )
        self.shares_sent = True
        result = await self._engine.measure(stage, vector, self._spend_once, self._on_progress)
        self._pace.finish(stage.name)
        account = StageAccount(
            name=stage.name,
            values=stage.values,
            seconds=result.seconds,
            bytes_sent=result.bytes_sent,
        )
        self._accounts.append(account)
        self._emit(
            StageFinished(
                digest=digest,
                stage=stage.name,
                values=stage.values,
                seconds=result.seconds,
                bytes_sent=result.bytes_sent,
            )
        )
        return result.measurement

    async def _spend_once(self) -> None:
        if not self.spent:
            self._purse.spend()
            self.spent = True

    def _on_progress(self, progress: StageProgress) -> None:
        self._emit(
            StageProgressed(
                digest=self._plan.digest,
                stage=progress.stage,
                step=progress.step,
                done=progress.done,
                total=progress.total,
                bytes_sent=progress.bytes_sent,
                bytes_received=progress.bytes_received,
                seconds_left=self._pace.seconds_left(progress),
            )
        )

    async def _share_table(self, own: SyntheticCohort) -> tuple[bytes, str]:
        """Let the sampler's bytes become everybody's, after checking that they follow from the
        measurements.
        """
        plan = self._plan
        if self._own_number == plan.sampler:
            content = await asyncio.to_thread(csv_bytes, own)
            return content, await self._engine.send_table(content)
        content, sha256 = await self._engine.receive_table()
        sampler = plan.parties[plan.sampler].name
        await asyncio.to_thread(require_match, content, own, sampler)
        return content, sha256
