"""A worker that plays a script: a link with nothing behind it, and example values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from app.link import Link
from core.errors import WorkerError
from core.messages import events as say
from core.messages.codec import FrameReader, decode, encode
from core.messages.commands import COMMANDS, Command
from core.model.budget import PRESETS, Budget, CapState, charged_units, odds_in_100
from core.model.cohort import (
    Check,
    CheckState,
    CohortSummary,
    FileFormat,
    GeneNaming,
    Layout,
    Preview,
    Scale,
)
from core.model.plan import NoiseLadder, Plan, PlanParty, StagePlan
from core.model.quality import (
    Advice,
    Usefulness,
)
from core.model.release import Release, StageAccount
from core.model.study import (
    CohortView,
    HospitalState,
    HospitalView,
    LevelView,
    StageShare,
)

NOW = 1_795_190_400.0
CLASSES = ("AML", "B-ALL", "CLL", "CML", "T-ALL")
GENES = tuple(f"GENE{n}" for n in range(958))
SPLIT = tuple(
    StageShare(stage=stage, share=share, own=stage != "class-sums")
    for stage, share in (
        ("class-counts", 0.05),
        ("levels", 0.02),
        ("centre", 0.16),
        ("scale", 0.04),
        ("class-sums", 0.73),
    )
)
HOSPITALS = (
    "Northgate University Hospital",
    "Aldermere General",
    "Centre Hospitalier Sainte-Marguerite",
    "Klinikum Ostufer",
)


class ScriptLink(Link):
    """Keeps the commands; `play` brings events through the real codec."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[Command] = []
        self.starts = 0

    def start(self) -> None:
        self.starts += 1

    def send(self, command: Command) -> None:
        body = next(FrameReader().feed(encode(command)))
        assert decode(body, COMMANDS) == command  # what the window says, the worker understands
        self.sent.append(command)

    def stop(self) -> None:
        self.stopped.emit()

    def play(self, *script: say.Event) -> None:
        for event in script:
            body = next(FrameReader().feed(encode(event)))
            self.told.emit(decode(body, say.EVENTS))

    def die(self, status: int = 9) -> None:
        self.ended.emit(WorkerError("WO602", status=status))

    def names(self) -> list[str]:
        return [type(c).__name__ for c in self.sent]

    def last(self, kind: type) -> Command:
        return next(c for c in reversed(self.sent) if isinstance(c, kind))


LAYOUT = Layout(file_format=FileFormat.CSV, delimiter=",", identifier="patient", label="diagnosis")
PREVIEW = Preview(
    columns=("Patient", "Diagnosis", "CD19", "MPO", "CD3E"),
    rows=(
        ("Hidden 001", "B-ALL", "8.91", "2.10", "3.02"),
        ("Hidden 002", "AML", "2.44", "9.63", "2.87"),
        ("Hidden 003", "T-ALL", "2.70", "2.35", "9.11"),
    ),
    more_columns=955,
    label_candidates=("diagnosis", "stage"),
    column_names=("patient", "diagnosis", "stage", "age", "sample_date", "site"),
)
CHECKS = (
    Check(
        key="constant-genes",
        state=CheckState.NOTE,
        text="7 genes are constant in your cohort.",
        advice="They are kept; no action needed.",
    ),
    Check(key="orientation", state=CheckState.OK, text="958 gene names were recognised."),
    Check(key="duplicates", state=CheckState.OK, text="All 312 patient codes differ."),
    Check(key="values", state=CheckState.OK, text="Every value is a number."),
)
PROBLEM = Check(
    key="missing-labels",
    state=CheckState.PROBLEM,
    text="“sample_date” holds 287 different values.",
    advice="Choose the column with the diagnosis; “diagnosis” looks right.",
    code="CH110",
)


def summary(*, problem: bool = False) -> CohortSummary:
    return CohortSummary(
        file_name="leukaemia_2019_2025.csv",
        n_records=312,
        n_left_out=4,
        n_genes=958,
        scale=Scale.LOG,
        naming=GeneNaming.SYMBOL,
        label_name="diagnosis",
        class_counts=(("AML", 106), ("B-ALL", 84), ("CLL", 47), ("T-ALL", 44), ("CML", 31)),
        checks=(PROBLEM, *CHECKS) if problem else CHECKS,
        fingerprint="ab" * 32,
    )


def cohort(
    *, spent: float = 1.5, practice: bool = False, problem: bool = False, known: bool = True
) -> CohortView:
    return CohortView(
        cohort_id="" if problem else "c-1",
        name="Leukaemia 2019–2025",
        practice=practice,
        file_present=True,
        layout=LAYOUT,
        summary=summary(problem=problem) if known else None,
        cap=CapState(cap=4.0, spent=spent),
    )


def levels(
    *,
    spent: float = 1.5,
    exact: float | None = None,
    advice: Advice = Advice.FEWER_GENES,
    reference: bool = False,
) -> say.LevelsShown:
    cap = CapState(cap=4.0, spent=spent)
    offered = [(level.value, epsilon) for level, epsilon in PRESETS]
    offered += [("exact", exact)] if exact is not None else []
    views = []
    for number, (key, epsilon) in enumerate(offered):
        units = charged_units(Budget(epsilon=epsilon))
        low = 0.5 + 0.12 * number
        alone = Usefulness(
            ratio=low, low=low - 0.1, high=low + 0.05, signal=2.0, genes_for_good=90, advice=advice
        )
        views.append(
            LevelView(
                key=key,
                epsilon=epsilon,
                delta=1e-6,
                units=units,
                affordable=units <= cap.left,
                odds=odds_in_100(epsilon, 1e-6),
                total_odds=odds_in_100(spent + epsilon, 1e-6),
                usefulness=Usefulness(
                    ratio=low + 0.05,
                    low=low,
                    high=low + 0.1,
                    signal=2.0,
                    genes_for_good=240 * (number + 1),
                    advice=advice,
                ),
                alone=alone if reference else None,
                split=SPLIT,
            )
        )
    return say.LevelsShown(cohort_id="c-1", cap=cap, levels=tuple(views))


def stage(name: str, values: int, share: float) -> StagePlan:
    return StagePlan(
        name=name,
        values=values,
        share=share,
        units=1.0,
        l2_sq=1,
        linf=1,
        touched=1,
        exact_shift=True,
        noise=NoiseLadder(levels=((1, 400), (4, 155 * 2))),
    )


def plan(*, n: int = 4, compute: bool = False, genes: Sequence[str] = GENES) -> Plan:
    parties = tuple(
        PlanParty(
            number=i,
            name=HOSPITALS[i],
            has_cohort=not (compute and i == n - 1),
            certificate_sha256=f"{i:064x}",
        )
        for i in range(n)
    )
    return Plan(
        study_id="0" * 32,
        title="Acute leukaemia subtypes",
        rehearsal=True,
        parties=parties,
        threshold=(n - 1) // 2,
        recipe="marginals",
        recipe_parameters=(("bins", 4),),
        genes=tuple(genes),
        label_name="diagnosis",
        classes=CLASSES,
        normalisation="log2-cpm-record-z",
        n_max=10_000,
        holdout_share=0.2,
        budget=Budget(epsilon=0.9946),
        epsilon_accounted=0.99,
        patient_multiplicity=1,
        n_records=None,
        sampler=0,
        stages=(
            stage("class-counts", 5, 0.1),
            stage("centre", 958, 0.2),
            stage("scale", 958, 0.1),
            stage("tables", 19_160, 0.6),
        ),
    )


def hospital(
    number: int, state: HospitalState, code: str = "", stages: int = 0
) -> say.HospitalChanged:
    view = HospitalView(
        number=number,
        name=HOSPITALS[number],
        has_cohort=True,
        own=number == 0,
        state=state,
        code=code,
        stages=stages,
    )
    return say.HospitalChanged(hospital=view)


def proposed(digest: str, **choices: object) -> say.PlanProposed:
    agreed = plan(**choices)  # type: ignore[arg-type]
    return say.PlanProposed(
        plan=agreed,
        digest=digest,
        units=1.0,
        explanation=(
            (
                "Patients per diagnosis: 5 totals. One patient moves one total by 1; the noise "
                "has a standard deviation of 7.4, drawn by all together so that none knows it."
            ),
            (
                "Tables: 19,160 totals. One patient moves 958 of them by 1; the noise has a "
                "standard deviation of 61."
            ),
            "Together: ε 0.9900 at δ 1e-06, at most the agreed 0.9946.",
        ),
    )


STAGES = (("class-counts", 5), ("centre", 958), ("scale", 958), ("tables", 19_160))


def progressed(
    digest: str, name: str, step: str, done: int, total: int, left: float = -1.0
) -> say.StageProgressed:
    return say.StageProgressed(
        digest=digest,
        stage=name,
        step=step,
        done=done,
        total=total,
        bytes_sent=62_000_000,
        bytes_received=58_000_000,
        seconds_left=left,
    )


def finished(digest: str, name: str, values: int, seconds: float) -> say.StageFinished:
    return say.StageFinished(
        digest=digest, stage=name, values=values, seconds=seconds, bytes_sent=int(values * 3_000)
    )


def release(digest: str) -> Release:
    return Release(
        plan_digest=digest,
        measurements_digest="cd" * 32,
        synthetic_sha256="ef" * 32,
        n_records=1043,
        n_genes=958,
        seed_sha256="12" * 32,
        stages=tuple(
            StageAccount(name=n, values=v, seconds=3.0 + v / 60, bytes_sent=v * 3_000)
            for n, v in STAGES
        ),
        seconds_total=412.0,
    )


READY = say.WorkerReady(version="0.1.0", ledger_entries=7, broken_entry=0)
CHECKED = say.CohortChecked(cohort=cohort(), preview=PREVIEW)


def with_name(view: CohortView, name: str) -> CohortView:
    return replace(view, name=name)
