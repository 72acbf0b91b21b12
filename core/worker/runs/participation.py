"""One hospital's part in one run: reserve, measure stage by stage, spend before opening, fit,
sample, release.

    reserve -> [ local total -> shares + joint noise -> (own share, durable) -> all have stored
                 -> (spend, durable) -> open -> (totals, durable) ] x the recipe's stages
            -> compare digests -> [ fit -> sample (one hospital) -> same table everywhere ] each
            -> [ the same, on held-out patients ] x the evaluation's stages -> compare digests
            -> choose one setting -> vote -> write

The last line but one and the vote are there if the plan judges the table before it is released.
Without agreement nothing is written, the spend stays, and what was opened is forgotten here.

The reservation is given back only when the run ends before this hospital's first input shares have
left the computer: without them nobody can open a total that contains its patients. From then on
the study counts as spent, whatever happens (privacy.md 8.1).

With candidate settings the table of each is made and judged, and the one with the largest opened
score is the release; the others are dropped everywhere and never written.

A run that goes on from an earlier one of the same plan keeps what was opened, opens again exactly
the shares that all had stored, and does the rest; core/protocol/continuing.py says when.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from core.cohort.normalisation import TrainingRecords
from core.errors import ProtocolError, SessionError, WorkerError
from core.messages.engine import StoredShare
from core.messages.events import (
    Event,
    RunContinued,
    RunStarted,
    StageFinished,
    StageProgressed,
    StageStarted,
)
from core.model.continuing import Choice, StageLevel
from core.model.evaluation import JointScores
from core.model.judging import Ballot, VotePolicy
from core.model.measurement import Measurement, measurements_digest
from core.model.peer import PeerAddress
from core.model.plan import Plan, StagePlan
from core.model.release import Release, StageAccount, SyntheticCohort
from core.model.selection import Selection
from core.ports import Clock, StageProgress
from core.synthesis.settings import Setting, settings_of
from core.worker.runs.engine_client import EngineClient, Measured
from core.worker.runs.local_totals import LocalTotals
from core.worker.runs.making import Made, TableMaker
from core.worker.runs.pace import Pace
from core.worker.runs.run_record import RunRecord

Emit = Callable[[Event], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Purse:
    """What a run may do with the ledger; a compute partner's does nothing.

    Attributes:
        spend: Make the spend durable; called before the first opening share may leave.
        spent: Whether an earlier run of this plan was charged already: then nothing more is.
    """

    spend: Callable[[], None]
    spent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a finished run leaves: the release, the setting it was made with, the bytes that every
    party writes, and the records that they state.
    """

    release: Release
    setting: Setting
    table: bytes
    cohort: SyntheticCohort
    measurements: tuple[Measurement, ...]


class _StageGate:
    """The gate of one stage; see core.worker.runs.engine_client.Gate."""

    def __init__(self, part: Participation, stage: StagePlan) -> None:
        self._part, self._stage = part, stage

    def store(self, share: StoredShare) -> None:
        self._part.store(self._stage, share)

    def permit(self) -> None:
        self._part.permit(self._stage)


class Participation:
    """Runs an accepted plan once. Invariant: nothing is opened before ``purse.spend`` returned."""

    def __init__(  # noqa: PLR0913 - the collaborators of the composition root
        self,
        *,
        plan: Plan,
        wired: Plan,
        own_number: int,
        training: TrainingRecords | None,
        held_out: TrainingRecords | None,
        ballot: Ballot | None,
        purse: Purse,
        record: RunRecord,
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
            training: Training records; None at a compute partner.
            held_out: Held-out records, for the joint evaluation only; None at a compute partner.
            ballot: This hospital's secret vote; None at a compute partner or without a vote.
            purse: Access to the ledger.
            record: What is kept of this plan's runs.
            engine: The run worker.
            emit: Where events go.
            clock: Time.
            started: Monotonic time from which ``seconds_total`` counts.
        """
        self._plan = plan
        self._wired = wired
        self._own_number = own_number
        self._settings = settings_of(plan)
        self._totals = LocalTotals(plan, self._settings, training, held_out, own_number)
        self._maker = TableMaker(plan, own_number, engine)
        self._ballot = ballot
        self._votes = plan.vote is not VotePolicy.NONE
        self._has_cohort = plan.parties[own_number].has_cohort
        self._purse = purse
        self._record = record
        self._engine = engine
        self._emit = emit
        self._clock = clock
        self._started = started
        self._pace = Pace(plan.stages, clock)
        self._accounts: list[StageAccount] = []
        self.shares_sent = False
        self.connected = False
        self.spent = purse.spent
        self._choices: tuple[Choice, ...] = ()
        self._tables: tuple[SyntheticCohort, ...] = ()

    async def run(self, peers: tuple[PeerAddress, ...]) -> Outcome:
        """Run the plan with these peers.

        Reveals:
            To every party: the noisy totals of the plan's stages and the synthetic cohort drawn
            from them, of candidate settings one cohort each, at the spend recorded before the
            first opening. To nobody: anything else.

        Raises:
            SessionError: If a party leaves, stalls or cancels; SE409 if not all agree.
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
        self._require_ballot()
        await self._agree(peers)
        measurements = await self._measure_all()
        await self._engine.compare(measurements_digest(measurements))
        made = await self._maker.all(self._settings, measurements)
        judged = await self._judge(measurements, made)
        chosen, joint, selection = await self._choose(made, judged)
        agreed = await self._vote(joint)
        await self._engine.finish()
        if not agreed:
            self._record.forget()
            raise SessionError("SE409", spent="")
        measurements = (*measurements, *judged)
        release = Release(
            plan_digest=plan.digest,
            measurements_digest=measurements_digest(measurements),
            synthetic_sha256=chosen.sha256,
            n_records=chosen.cohort.n_records,
            n_genes=len(chosen.setting.plan.genes),
            seed_sha256=chosen.seed.hex(),
            stages=tuple(self._accounts),
            seconds_total=self._clock.monotonic() - self._started,
            log2=chosen.cohort.levels is not None,
            joint=joint,
            selection=selection,
        )
        return Outcome(
            release=release,
            setting=chosen.setting,
            table=chosen.content,
            cohort=chosen.cohort,
            measurements=measurements,
        )

    async def _agree(self, peers: tuple[PeerAddress, ...]) -> None:
        """Connect, and learn what is done with each stage."""
        standings = self._record.standings()
        self._choices = await self._engine.connect(self._wired, self._own_number, peers, standings)
        self.connected = True
        self._record.follow(self._choices)
        kept = [c is Choice.KEPT for c in self._choices]
        again = [c is Choice.AGAIN for c in self._choices]
        if any(kept) or any(again) or self.spent:
            self._emit(
                RunContinued(
                    digest=self._plan.digest,
                    kept=sum(kept),
                    again=sum(again),
                    stages=len(kept),
                )
            )

    async def _measure_all(self) -> tuple[Measurement, ...]:
        done: tuple[Measurement, ...] = ()
        for setting in self._settings:
            while (stage := setting.next_stage(done)) is not None:
                done = (*done, await self._measure(stage, done))
        return done

    def _require_ballot(self) -> None:
        """Refuse to begin without the vote: after the run it would be cast too late.

        Raises:
            WorkerError: WO604.
        """
        if self._votes and self._has_cohort and self._ballot is None:
            reason = "this hospital has not cast its vote on the release"
            raise WorkerError("WO604", step="start", reason=reason)

    async def _judge(
        self, before: tuple[Measurement, ...], made: tuple[Made, ...]
    ) -> tuple[Measurement, ...]:
        """Measure the evaluation's stages on exactly the tables of which one would be released."""
        stages = self._plan.evaluation_stages
        if not stages:
            return ()
        self._record.judge(*(one.sha256 for one in made))
        self._tables = tuple(one.cohort for one in made)
        done = before
        for stage in stages:
            done = (*done, await self._measure(stage, done))
        await self._engine.compare(measurements_digest(done))
        return done[len(before) :]

    async def _choose(
        self, made: tuple[Made, ...], judged: tuple[Measurement, ...]
    ) -> tuple[Made, JointScores | None, Selection | None]:
        """Return the table to release with its scores: of candidates the one with the largest.

        It follows from opened numbers alone; that every party takes the same is compared.

        Raises:
            ProtocolError: PR505 if another party would release another one.
        """
        judging = self._plan.judging
        if not judged or judging is None:
            return made[0], None, None
        from core.evaluation.scores import joint_scores  # noqa: PLC0415 - only where a table is judged
        from core.evaluation.selecting import selection  # noqa: PLC0415 - as above

        if not self._plan.candidates:
            table = made[0].cohort
            joint = await asyncio.to_thread(joint_scores, judging, table, judged[0])
            return made[0], joint, None
        found = await asyncio.to_thread(selection, judging, self._tables, judged[0])
        chosen = made[found.number]
        await self._engine.compare(chosen.sha256)
        return chosen, found.chosen.scores, found

    async def _vote(self, joint: JointScores | None) -> bool:
        """Return whether the table is released: by the plan, or because all agree.

        A minimum is compared here with the opened, noisy score: the bit that goes in follows from
        public numbers and from what this hospital fixed beforehand, from no patient.
        """
        if not self._votes:
            return True
        score = joint.macro_f1 if joint is not None else None
        refuses = self._ballot is not None and self._ballot.refuses(score)
        return await self._engine.vote(refuses=refuses)

    async def _measure(self, stage: StagePlan, before: tuple[Measurement, ...]) -> Measurement:
        digest = self._plan.digest
        self._emit(StageStarted(digest=digest, stage=stage.name, values=stage.values))
        kept = self._choices[self._plan.stages.index(stage)] is Choice.KEPT
        result = self._kept(stage) if kept else await self._open(stage, before)
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
                kept=kept,
            )
        )
        return result.measurement

    def _kept(self, stage: StagePlan) -> Measured:
        """Return what an earlier run opened."""
        kept = self._record.of(stage)
        return Measured(
            measurement=kept.measurement(stage), seconds=kept.seconds, bytes_sent=kept.bytes_sent
        )

    async def _open(self, stage: StagePlan, before: tuple[Measurement, ...]) -> Measured:
        """Open a stage: afresh, or exactly the share that an earlier run stored.

        Raises:
            ProtocolError: PR509 if another total comes out than was opened before.
        """
        earlier = self._record.of(stage)
        gate = _StageGate(self, stage)
        if earlier.share is None:
            vector = await self._totals.of(stage, before, self._tables)
            self.shares_sent = True
            result = await self._engine.measure(stage, vector, gate, self._on_progress)
        else:
            self.shares_sent = True
            result = await self._engine.open_again(stage, earlier.share, gate, self._on_progress)
        totals = tuple(result.measurement.totals.tolist())
        if earlier.level is StageLevel.OPENED and totals != earlier.totals:
            raise ProtocolError("PR509", stage=stage.name, reason="another total was opened")
        self._record.opened(result.measurement, result.seconds, result.bytes_sent)
        return result

    def store(self, stage: StagePlan, share: StoredShare) -> None:
        """Keep the own share of a stage's noisy total."""
        self._record.store(stage, share)

    def permit(self, stage: StagePlan) -> None:
        """All have stored their shares: from now on the stage counts as opened."""
        self._record.begin(stage)
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
