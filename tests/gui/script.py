"""A worker that plays a script: a link with nothing behind it, and example values."""

from __future__ import annotations

import math
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
    ClassScore,
    CorrelationMaps,
    Depth,
    Direction,
    GeneCurve,
    Measure,
    PcaOverlay,
    PointSet,
    QualityReport,
    Usefulness,
    UtilityScore,
)
from core.model.release import Release, StageAccount
from core.model.study import (
    ActivityLine,
    CohortView,
    HospitalState,
    HospitalView,
    LedgerLine,
    LevelView,
    StudyState,
    StudyView,
)

NOW = 1_795_190_400.0
CLASSES = ("AML", "B-ALL", "CLL", "CML", "T-ALL")
GENES = tuple(f"GENE{n}" for n in range(958))
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
    *, spent: float = 1.5, exact: float | None = None, advice: Advice = Advice.GOOD
) -> say.LevelsShown:
    cap = CapState(cap=4.0, spent=spent)
    offered = [(level.value, epsilon) for level, epsilon in PRESETS]
    offered += [("exact", exact)] if exact is not None else []
    views = []
    for number, (key, epsilon) in enumerate(offered):
        units = charged_units(Budget(epsilon=epsilon))
        low = 0.5 + 0.12 * number
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
        normalisation="zscore",
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


def hospital(number: int, state: HospitalState, code: str = "") -> say.HospitalChanged:
    view = HospitalView(
        number=number,
        name=HOSPITALS[number],
        has_cohort=True,
        own=number == 0,
        state=state,
        code=code,
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


def studies(*states: StudyState) -> say.StudiesListed:
    titles = ("Breast tumour subtypes, pilot", "Lymphoma markers", "Sepsis host response")
    return say.StudiesListed(
        studies=tuple(
            StudyView(
                digest=f"{n:064x}",
                title=titles[n % 3],
                state=state,
                hospitals=HOSPITALS[: 3 + n % 2],
                cohort_id="c-1",
                cohort_name="Leukaemia 2019–2025",
                epsilon=0.4895,
                units=0.5,
                n_genes=958,
                classes=CLASSES,
                started=NOW - 90_000,
                finished=NOW - 88_000,
                code="SE401" if state is StudyState.FAILED else "",
                spent=state is not StudyState.CANCELLED,
            )
            for n, state in enumerate(states)
        )
    )


def ledger(*, broken: int = 0) -> say.LedgerListed:
    kinds = (
        ("Cohort added", "decision", 0.0, 0.0),
        ("Leukaemia pilot", "reserved", 1.0, 0.0),
        ("Leukaemia pilot", "spent", 1.0, 1.0),
        ("Method test, failed run", "reserved", 0.5, 1.0),
        ("Method test, failed run", "spent", 0.5, 1.5),
        ("Lymphoma markers", "reserved", 0.5, 1.5),
        ("Lymphoma markers", "returned", -0.5, 1.5),
    )
    return say.LedgerListed(
        entries=tuple(
            LedgerLine(
                number=n,
                time=NOW - 100_000 + 3_600 * n,
                cohort_id="c-1",
                cohort_name="Leukaemia 2019–2025",
                study=title,
                kind=kind,
                units=units,
                total=total,
                fingerprint=f"{n * 0x9F02D3C81BE650FA % 2**64:016x}",
                note="",
            )
            for n, (title, kind, units, total) in enumerate(kinds, start=1)
        ),
        broken_entry=broken,
    )


def activity() -> say.ActivityListed:
    lines = (
        ("problem", "PrepareDemonstration was refused", "SE402"),
        ("privacy", "0.5 units returned to “Leukaemia 2019–2025”", "Lymphoma markers"),
        ("study", "Lymphoma markers cancelled by Aldermere General", ""),
        ("cohort", "leukaemia_2019_2025.csv was read and checked", "312 patients"),
        ("release", "The synthetic cohort was exported", "csv, h5ad"),
    )
    return say.ActivityListed(
        lines=tuple(
            ActivityLine(time=NOW - 20_000 * n, kind=kind, text=text, detail=detail)
            for n, (kind, text, detail) in enumerate(lines)
        )
    )


def _points(seed: int, n: int) -> PointSet:
    """Five clumps on a golden-angle spiral: no randomness, so pictures repeat."""
    turn = 2.399963
    x, y, kind = [], [], []
    for i in range(n):
        k = i % 5
        r, a = 0.9 * math.sqrt((i + seed) % 23 / 23), turn * (i + seed)
        x.append(6 * math.cos(1.2566 * k) + 2 * r * math.cos(a))
        y.append(5 * math.sin(1.2566 * k) + 2 * r * math.sin(a))
        kind.append(k)
    return PointSet(x=tuple(x), y=tuple(y), class_index=tuple(kind))


def _bell(at: float, width: float) -> tuple[float, ...]:
    return tuple(math.exp(-0.5 * ((v / 10 - at) / width) ** 2) / width for v in range(-40, 41))


def report(digest: str, *, few: bool = False) -> say.ReportReady:
    genes = tuple(f"GENE{n}" for n in range(24))
    real = tuple(
        tuple(1.0 if i == j else (0.7 if i // 6 == j // 6 else -0.15) for j in range(24))
        for i in range(24)
    )
    synthetic = tuple(tuple(v if v == 1 else 0.6 * v for v in line) for line in real)
    measures = tuple(
        Measure(
            key=key,
            value=None if few else value,
            reference=reference,
            better=better,
            low=0.0,
            high=high,
        )
        for key, value, reference, better, high in (
            ("wasserstein", 0.13, 0.08, Direction.LOWER, 1.0),
            ("kolmogorov-smirnov", 0.11, 0.09, Direction.LOWER, 1.0),
            ("correlation-error", 0.12, 0.07, Direction.LOWER, 1.0),
            ("correlation-error-strongest", 0.31, 0.09, Direction.LOWER, 1.0),
            ("coexpression-recall", 0.21, 0.86, Direction.HIGHER, 1.0),
            ("coexpression-precision", 0.77, 0.84, Direction.HIGHER, 1.0),
            ("usefulness-ratio", 0.92, 1.0, Direction.HIGHER, 1.2),
            ("differential-tpr", 0.68, 0.84, Direction.HIGHER, 1.0),
            ("differential-fpr", 0.22, 0.06, Direction.LOWER, 1.0),
            ("discriminator-auroc", 0.74, 0.5, Direction.NEAR, 1.0),
            ("membership-auroc", 0.509, 0.5, Direction.NEAR, 1.0),
            ("near-copies", 0.0, 0.01, Direction.LOWER, 1.0),
        )
    )
    found = QualityReport(
        depth=Depth.FULL,
        n_train=250,
        n_holdout=62,
        n_synthetic=1043,
        classes=CLASSES,
        measures=measures,
        pca=None
        if few
        else PcaOverlay(explained=(0.31, 0.17), real=_points(1, 62), synthetic=_points(7, 300)),
        curves=()
        if few
        else tuple(
            GeneCurve(
                gene=name,
                grid=tuple(v / 10 for v in range(-40, 41)),
                real=_bell(0.3 * n - 0.8, 0.9),
                synthetic=_bell(0.3 * n - 0.7, 1.0),
                wasserstein=0.1 + 0.02 * n,
            )
            for n, name in enumerate(("CD19", "MPO", "CD3E", "MS4A1", "CD34", "FLT3"))
        ),
        correlations=None if few else CorrelationMaps(genes=genes, real=real, synthetic=synthetic),
        utility=tuple(
            UtilityScore(classifier=c, score=s, synthetic=v - 0.05, real=v, chance=chance)
            for c in ("logistic-regression", "random-forest")
            for s, v, chance in (
                ("accuracy", 0.93, 0.34),
                ("macro-f1", 0.9, 0.2),
                ("auroc", 0.98, 0.5),
            )
        ),
        class_scores=tuple(
            ClassScore(
                label=c,
                n_test=22 - 4 * n,
                synthetic=0.94 - 0.05 * n if n < 3 else None,
                real=0.96 if n < 3 else None,
            )
            for n, c in enumerate(CLASSES)
        ),
    )
    return say.ReportReady(
        digest=digest,
        plan=plan(),
        release=release(digest),
        cap=CapState(cap=4.0, spent=2.5),
        report=found,
    )


READY = say.WorkerReady(version="0.1.0", ledger_entries=7, broken_entry=0)
CHECKED = say.CohortChecked(cohort=cohort(), preview=PREVIEW)


def with_name(view: CohortView, name: str) -> CohortView:
    return replace(view, name=name)
