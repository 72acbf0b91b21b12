"""Example values of lists and reports, for `tests.gui.script`."""

from __future__ import annotations

import math

from core.messages import events as say
from core.model.budget import CapState
from core.model.quality import (
    ClassScore,
    CorrelationMaps,
    Depth,
    Direction,
    GeneCurve,
    Measure,
    PcaOverlay,
    PointSet,
    QualityReport,
    UtilityScore,
)
from core.model.study import ActivityLine, StudyState, StudyView
from tests.gui.script import CLASSES, HOSPITALS, NOW, plan, release


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


def activity() -> say.ActivityListed:
    lines = (
        ("problem", "PrepareDemonstration was refused", "SE402", "Dana Alvarez"),
        ("privacy", "0.5 units returned to “Leukaemia 2019–2025”", "Lymphoma markers", ""),
        ("study", "Lymphoma markers cancelled by Aldermere General", "", ""),
        (
            "privacy",
            "The privacy ledger: two people decided on a cap",
            "",
            "Dana Alvarez, Mira Okafor",
        ),
        ("privacy", "The plan was approved", "Acute leukaemia subtypes", "Mira Okafor"),
        ("cohort", "leukaemia_2019_2025.csv was read and checked", "", "Dana Alvarez"),
        ("release", "The synthetic cohort was exported", "csv, h5ad", "Dana Alvarez"),
    )
    return say.ActivityListed(
        lines=tuple(
            ActivityLine(time=NOW - 20_000 * n, kind=kind, text=text, detail=detail, who=who)
            for n, (kind, text, detail, who) in enumerate(lines)
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
