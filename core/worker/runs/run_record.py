"""What one hospital keeps of one plan's run, so that a later run can go on where it stopped.

One private file in the study's folder: for every stage how far it came, this party's share of its
noisy total, and the opened totals. When a method returns, what it says is on the disk. The share
alone tells nothing; with those of t other parties it tells the noisy total, which is what the
study is charged for.

A record serves exactly the plan and the cohort that it was made for. If it is missing or damaged,
the study cannot be continued here, and what was used of the cap stays used.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import numpy as np

from core.errors import ProtocolError, SynCohortError, WorkerError
from core.messages import codec
from core.messages.engine import StoredShare
from core.model.continuing import Choice, StageLevel, Standing
from core.model.measurement import Measurement, measurements_digest
from core.model.plan import Plan, StagePlan
from core.worker.home import write_atomically

FILE: Final = "run-record.json"
_LENGTH_BYTES: Final = 4
_DIGEST_BYTES: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptStage:
    """One stage on the disk.

    Attributes:
        name: Of the stage.
        level: How far it came.
        share: This party's share of the noisy total; None at NONE.
        totals: As they were opened; empty below OPENED.
        seconds: What it took.
        bytes_sent: What it took.
    """

    name: str
    level: StageLevel = StageLevel.NONE
    share: StoredShare | None = None
    totals: tuple[int, ...] = field(default=(), repr=False)
    seconds: float = 0.0
    bytes_sent: int = 0

    def standing(self, stage: StagePlan) -> Standing:
        """Return what the others may know of it."""
        opened = self.level is StageLevel.OPENED
        return Standing(
            level=self.level,
            sharing=self.share.sharing if self.share else "",
            totals=measurements_digest((self.measurement(stage),)) if opened else "",
        )

    def measurement(self, stage: StagePlan) -> Measurement:
        """Return what was opened."""
        return Measurement(stage=stage, totals=np.array(self.totals, dtype=np.int64))


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptRun:
    """The file's content.

    Attributes:
        plan_digest: Of the approved plan.
        cohort_id: Of the own cohort; empty for a compute partner.
        cohort_fingerprint: SHA-256 of its file; empty for a compute partner.
        stages: In the plan's order.
        table_sha256: Of the synthetic table that was handed to every party and is being judged, of
            candidate tables each, with a comma between; empty before that.
    """

    plan_digest: str
    cohort_id: str
    cohort_fingerprint: str
    stages: tuple[KeptStage, ...]
    table_sha256: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _FirstKeptRun:
    """The file's content before tables were judged; it is read for ever."""

    plan_digest: str
    cohort_id: str
    cohort_fingerprint: str
    stages: tuple[KeptStage, ...]


class RunRecord:
    """One plan's record. Invariant: what is in memory is on the disk."""

    def __init__(self, plan: Plan, kept: KeptRun, write: Callable[[KeptRun], None]) -> None:
        """Go on from ``kept``; ``write`` makes it durable."""
        self._plan, self._kept, self._write = plan, kept, write

    # ---- what is there

    @property
    def durable(self) -> bool:
        """Whether a later run of the plan can find it."""
        return self._write is not _keep_in_memory

    def standings(self) -> tuple[Standing, ...]:
        """Return how far each stage came."""
        pairs = zip(self._kept.stages, self._plan.stages, strict=True)
        return tuple(kept.standing(stage) for kept, stage in pairs)

    def level(self) -> StageLevel:
        """Return how far any stage came."""
        return max(kept.level for kept in self._kept.stages)

    def of(self, stage: StagePlan) -> KeptStage:
        """Return what is kept of a stage."""
        return self._kept.stages[self._plan.stages.index(stage)]

    # ---- what a run adds

    def follow(self, choices: tuple[Choice, ...]) -> None:
        """Forget the shares of every stage that is done afresh."""
        kept = tuple(
            KeptStage(name=k.name) if c is Choice.AFRESH else k
            for k, c in zip(self._kept.stages, choices, strict=True)
        )
        self._keep(replace(self._kept, stages=kept))

    def store(self, stage: StagePlan, share: StoredShare) -> None:
        """Keep this party's share of the noisy total."""
        self._put(stage, KeptStage(name=stage.name, level=StageLevel.STORED, share=share))

    def begin(self, stage: StagePlan) -> None:
        """Note that this party's share may leave from now on."""
        kept = self.of(stage)
        if kept.level is StageLevel.STORED:
            self._put(stage, replace(kept, level=StageLevel.OPENING))

    def opened(self, measurement: Measurement, seconds: float, bytes_sent: int) -> None:
        """Keep what was opened."""
        stage = measurement.stage
        self._put(
            stage,
            replace(
                self.of(stage),
                level=StageLevel.OPENED,
                totals=tuple(measurement.totals.tolist()),
                seconds=seconds,
                bytes_sent=bytes_sent,
            ),
        )

    def judge(self, *tables: str) -> None:
        """Note which tables are judged, before any held-out patient is looked at.

        Args:
            tables: SHA-256 of each, in the plan's order.

        Raises:
            ProtocolError: PR509 if an earlier run of this plan judged another one.
        """
        before, table_sha256 = self._kept.table_sha256, ",".join(tables)
        if before and before != table_sha256:
            stage = self._plan.evaluation_stages[0].name
            raise ProtocolError("PR509", stage=stage, reason="another table was judged")
        self._keep(replace(self._kept, table_sha256=table_sha256))

    def forget(self) -> None:
        """Forget what was opened and the own shares: the plan ends without a release."""
        self._keep(
            replace(self._kept, stages=tuple(KeptStage(name=k.name) for k in self._kept.stages))
        )

    def _put(self, stage: StagePlan, changed: KeptStage) -> None:
        index = self._plan.stages.index(stage)
        stages = self._kept.stages
        changed_stages = (*stages[:index], changed, *stages[index + 1 :])
        self._keep(replace(self._kept, stages=changed_stages))

    def _keep(self, kept: KeptRun) -> None:
        if kept != self._kept:
            self._write(kept)
            self._kept = kept


def open_record(
    path: Path | None, plan: Plan, cohort_id: str, fingerprint: str, *, started: bool
) -> RunRecord:
    """Return the record of a plan, from its file or a new one.

    Args:
        path: Its file; None keeps it in memory only, for a plan that no later run can have.
        plan: The approved plan.
        cohort_id: The own cohort; empty for a compute partner.
        fingerprint: Of the cohort's file; empty for a compute partner.
        started: Whether a run of this plan may have left something that only a record tells of.

    Raises:
        WorkerError: WO608 if it is missing, damaged, or another plan's or cohort's; WO603 if the
            disk refuses.
    """
    new = KeptRun(
        plan_digest=plan.digest,
        cohort_id=cohort_id,
        cohort_fingerprint=fingerprint,
        stages=tuple(KeptStage(name=s.name) for s in plan.stages),
    )
    if path is None:
        return RunRecord(plan, new, _keep_in_memory)

    def write(kept: KeptRun) -> None:
        body = codec.encode(kept)[_LENGTH_BYTES:]
        write_atomically(path, hashlib.sha256(body).hexdigest().encode() + b"\n" + body)

    if not path.exists():
        if started:
            raise WorkerError("WO608", reason="the record of its run is missing")
        write(new)
        return RunRecord(plan, new, write)
    kept = _read(path)
    if replace(kept, stages=(), table_sha256="") != replace(new, stages=()):
        raise WorkerError("WO608", reason="its record belongs to another plan or other patients")
    record = RunRecord(plan, kept, write)
    _require_sound(record, plan, kept)
    return record


def opened_in(path: Path, plan: Plan) -> tuple[Measurement, ...]:
    """Return what a finished run of the plan opened, in its order; nothing if it is not all there.

    For a report only: a run that goes on asks ``open_record``, which refuses what is damaged.
    """
    try:
        kept = _read(path)
        if kept.plan_digest != plan.digest or len(kept.stages) != len(plan.stages):
            return ()
        pairs = zip(kept.stages, plan.stages, strict=True)
        return tuple(k.measurement(stage) for k, stage in pairs)
    except (SynCohortError, OverflowError):
        return ()


def _keep_in_memory(_kept: KeptRun) -> None:
    """A plan that names the certificates of one run has no later run."""


def _read(path: Path) -> KeptRun:
    try:
        content = path.read_bytes()
        head, body = content[:_DIGEST_BYTES], content[_DIGEST_BYTES + 1 :]
        if head != hashlib.sha256(body).hexdigest().encode():
            raise WorkerError("WO608", reason="the record of its run is damaged")
        kept = _decoded(body)
    except (OSError, ValueError, TypeError, SynCohortError):
        raise WorkerError("WO608", reason="the record of its run is damaged") from None
    return kept


def _decoded(body: bytes) -> KeptRun:
    try:
        kept: KeptRun = codec.decode(body, codec.language(KeptRun))
    except SynCohortError:
        named = body.replace(b'"KeptRun"', b'"_FirstKeptRun"', 1)
        first: _FirstKeptRun = codec.decode(named, codec.language(_FirstKeptRun))
        kept = KeptRun(
            plan_digest=first.plan_digest,
            cohort_id=first.cohort_id,
            cohort_fingerprint=first.cohort_fingerprint,
            stages=first.stages,
        )
    return kept


def _require_sound(record: RunRecord, plan: Plan, kept: KeptRun) -> None:
    """Refuse a record whose stages are not those of the plan, or that no run leaves."""
    try:
        sound = [k.name for k in kept.stages] == [s.name for s in plan.stages]
        sound = sound and bool(record.standings())
    except (ValueError, OverflowError, SynCohortError):
        sound = False
    if not sound:
        raise WorkerError("WO608", reason="the record of its run is damaged")
