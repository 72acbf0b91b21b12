"""An example quality report with everything in it, or one of a hospital with few patients."""

from __future__ import annotations

import math

from core.model.attack import AttackKind, AttackResult, DistanceCurves
from core.model.comparison import (
    ClassDistance,
    FoldChanges,
    GeneRow,
    PathwayRow,
    Remark,
    RemarkKey,
    TopGenes,
)
from core.model.evaluation import JointScore, JointScores
from core.model.joint_tables import JointAgreement, JointDistances, JointShare
from core.model.measures import Direction, Group, Interval, Measure, Reason, Yardstick
from core.model.quality import (
    ClassScore,
    CorrelationMaps,
    Depth,
    GeneCurve,
    PcaOverlay,
    PointSet,
    QualityReport,
    UtilityScore,
)
from tests.gui.script import CLASSES

LOW, HIGH, NEAR = Direction.LOWER, Direction.HIGHER, Direction.NEAR
USE, LOOK, BIO, ATTACK = Group.USEFULNESS, Group.RESEMBLANCE, Group.BIOLOGY, Group.ATTACKS
MEASURES = (
    ("usefulness-ratio", USE, 0.92, 1.0, HIGH, 1.2),
    ("feature-overlap", USE, 0.46, 0.58, HIGH, 1.0),
    ("wasserstein", LOOK, 0.13, 0.08, LOW, 1.0),
    ("kolmogorov-smirnov", LOOK, 0.11, 0.09, LOW, 1.0),
    ("kullback-leibler", LOOK, 0.61, 0.35, LOW, 5.0),
    ("mmd-squared", LOOK, 0.021, 0.001, LOW, 0.1),
    ("precision", LOOK, 0.83, 0.9, HIGH, 1.0),
    ("recall", LOOK, 0.52, 0.88, HIGH, 1.0),
    ("density", LOOK, 0.79, 0.97, HIGH, 1.5),
    ("coverage", LOOK, 0.71, 0.95, HIGH, 1.0),
    ("discriminator-f1", LOOK, 0.71, 0.5, NEAR, 1.0),
    ("discriminator-auroc", LOOK, 0.74, 0.5, NEAR, 1.0),
    ("correlation-error", LOOK, 0.12, 0.07, LOW, 1.0),
    ("correlation-error-strongest", LOOK, 0.31, 0.09, LOW, 1.0),
    ("differential-precision", BIO, 0.81, 0.9, HIGH, 1.0),
    ("differential-tpr", BIO, 0.68, 0.84, HIGH, 1.0),
    ("differential-fpr", BIO, 0.22, 0.06, LOW, 1.0),
    ("differential-raw-precision", BIO, 0.74, 0.86, HIGH, 1.0),
    ("differential-raw-tpr", BIO, 0.7, 0.86, HIGH, 1.0),
    ("differential-raw-fpr", BIO, 0.3, 0.12, LOW, 1.0),
    ("statistic-correlation", BIO, 0.88, 0.95, HIGH, 1.0),
    ("coexpression-recall", BIO, 0.21, 0.86, HIGH, 1.0),
    ("coexpression-precision", BIO, 0.77, 0.84, HIGH, 1.0),
    ("coexpression-strong-recall", BIO, 0.12, 0.83, HIGH, 1.0),
    ("coexpression-strong-precision", BIO, 0.9, 0.85, HIGH, 1.0),
    ("pathway-kolmogorov-smirnov", BIO, 0.17, 0.1, LOW, 1.0),
    ("exact-copies", ATTACK, 0.0, 0.0, LOW, 1.0),
    ("near-copies", ATTACK, 0.0, 0.01, LOW, 1.0),
    ("nearest-distance", ATTACK, 1.04, 1.0, HIGH, 2.0),
)
MATCHED = ("kullback-leibler", "recall", "coverage", "differential-tpr")
COINS = ("discriminator-f1", "discriminator-auroc")
GENES = ("CD19", "MPO", "CD3E", "MS4A1", "CD34", "FLT3", "GATA3", "ESR1", "ERBB2", "MKI67")


def _bell(at: float, width: float) -> tuple[float, ...]:
    return tuple(math.exp(-0.5 * ((v / 10 - at) / width) ** 2) / width for v in range(-40, 41))


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


def _around(value: float, reach: float) -> Interval:
    return Interval(low=max(0.0, value - reach), high=min(1.0, value + reach))


def _measure(
    key: str,
    group: Group,
    numbers: tuple[float, float],
    better: Direction,
    high: float,
    *,
    few: bool,
) -> Measure:
    value, reference = numbers
    spread = group in {LOOK, BIO} and high == 1.0 and not few
    yardstick = Yardstick.CHANCE if key in COINS else Yardstick.HELD_OUT
    return Measure(
        key=key,
        group=group,
        value=None if few else value,
        interval=_around(value, 0.05) if spread else None,
        reference=reference,
        yardstick=Yardstick.TRAINED_ON_REAL if group is USE else yardstick,
        better=better,
        low=0.0,
        high=high,
        matched=value + 0.02 if key in MATCHED and not few else None,
        reason=Reason.FEW_PATIENTS if few else None,
    )


def _curve(number: int, gene: str) -> GeneCurve:
    return GeneCurve(
        gene=gene,
        grid=tuple(v / 10 for v in range(-40, 41)),
        real=_bell(0.3 * number - 0.8, 0.9),
        synthetic=_bell(0.3 * number - 0.7, 1.0),
        wasserstein=0.1 + 0.02 * number,
    )


def _maps() -> CorrelationMaps:
    genes = tuple(f"GENE{n}" for n in range(24))
    real = tuple(
        tuple(1.0 if i == j else (0.7 if i // 6 == j // 6 else -0.15) for j in range(24))
        for i in range(24)
    )
    synthetic = tuple(tuple(v if v == 1 else 0.6 * v for v in line) for line in real)
    return CorrelationMaps(genes=genes, real=real, synthetic=synthetic)


def _attacks(*, few: bool) -> tuple[AttackResult, ...]:
    found = []
    for kind, auroc in zip(AttackKind, (0.509, 0.497, 0.522, 0.515, 0.531), strict=True):
        if few or kind is AttackKind.LIKELIHOOD:
            reason = Reason.FEW_PATIENTS if few else Reason.NO_MEASUREMENTS
            found.append(AttackResult(kind=kind, auroc=None, reason=reason))
            continue
        steps = tuple(k / 50 for k in range(51))
        found.append(
            AttackResult(
                kind=kind,
                auroc=auroc,
                interval=_around(auroc, 0.08),
                tpr_at_10=0.11,
                tpr_at_1=None,
                false_positives=steps,
                true_positives=tuple(min(1.0, s ** (1 / auroc - 1)) for s in steps),
            )
        )
    return tuple(found)


def _distances() -> DistanceCurves:
    grid = tuple(k / 20 for k in range(41))
    rising = [tuple(1 / (1 + math.exp(-12 * (g - at))) for g in grid) for at in (1.04, 1.05, 1.0)]
    return DistanceCurves(
        grid=grid,
        synthetic_to_training=rising[0],
        synthetic_to_held_out=rising[1],
        held_out_to_training=rising[2],
    )


def _fold_changes() -> tuple[FoldChanges, ...]:
    found = []
    for first, second in ((0, 1), (0, 2), (1, 2)):
        real = tuple(((n * 37 + first * 11 + second * 5) % 41) / 20 - 1 for n in range(120))
        near = tuple(0.85 * v + ((n * 17) % 13 - 6) / 40 for n, v in enumerate(real))
        found.append(
            FoldChanges(
                first=CLASSES[first],
                second=CLASSES[second],
                genes=tuple(f"GENE{n}" for n in range(120)),
                real=real,
                synthetic=near,
                differs_real=tuple(round(v) if abs(v) > 0.5 else 0 for v in real),
                differs_synthetic=tuple(round(v) if abs(v) > 0.5 else 0 for v in near),
            )
        )
    return tuple(found)


def _utility(*, few: bool) -> tuple[UtilityScore, ...]:
    return tuple(
        UtilityScore(
            classifier=classifier,
            score=score,
            synthetic=None if few else real - 0.05,
            real=None if few else real,
            chance=chance,
            interval=None if few else _around(real - 0.05, 0.06),
            real_interval=None if few else _around(real, 0.04),
            ratio_interval=None if few else Interval(low=0.88, high=1.01),
            reason=Reason.FEW_PATIENTS if few else None,
        )
        for classifier in ("logistic-regression", "random-forest")
        for score, real, chance in (
            ("accuracy", 0.93, 0.34),
            ("macro-f1", 0.9, 0.2),
            ("weighted-f1", 0.92, 0.2),
            ("auroc", 0.98, 0.5),
            ("aupr", 0.94, 0.2),
        )
    )


PUBLIC_ALONE = UtilityScore(
    classifier="logistic-regression", score="macro-f1", synthetic=0.61, real=0.9, chance=0.2
)


def quality(*, few: bool = False) -> QualityReport:
    """Everything a report can hold; or next to nothing, at a hospital with few patients."""
    return QualityReport(
        depth=Depth.FULL,
        n_train=250,
        n_holdout=62,
        n_synthetic=1043,
        classes=CLASSES,
        measures=tuple(
            _measure(key, group, (value, reference), better, high, few=few)
            for key, group, value, reference, better, high in MEASURES
        ),
        pca=None
        if few
        else PcaOverlay(explained=(0.31, 0.17), real=_points(1, 62), synthetic=_points(7, 300)),
        curves=() if few else tuple(_curve(n, g) for n, g in enumerate(GENES[:6])),
        correlations=None if few else _maps(),
        utility=_utility(few=few),
        public_alone=() if few else (PUBLIC_ALONE,),
        class_scores=tuple(
            ClassScore(
                label=c,
                n_test=22 - 4 * n,
                synthetic=0.94 - 0.05 * n if n < 3 else None,
                real=0.96 if n < 3 else None,
            )
            for n, c in enumerate(CLASSES)
        ),
        more_curves=() if few else tuple(_curve(n, g) for n, g in enumerate(GENES[6:])),
        genes=tuple(
            GeneRow(
                gene=g,
                mean_real=0.3 * n - 0.8,
                mean_synthetic=0.3 * n - 0.7,
                sd_real=0.9,
                sd_synthetic=1.0,
                wasserstein=0.1 + 0.02 * n,
                kolmogorov_smirnov=0.09,
                kullback_leibler=0.4 + 0.1 * n,
            )
            for n, g in enumerate(() if few else GENES)
        ),
        fold_changes=() if few else _fold_changes(),
        top_genes=tuple(
            TopGenes(label=c, real=GENES, synthetic=(*GENES[:5], "KRT5", "FOXA1", "EGFR"))
            for c in (() if few else CLASSES)
        ),
        class_distances=tuple(
            ClassDistance(
                label=c,
                n_real=80 - 10 * n,
                n_synthetic=300 - 40 * n,
                mmd_squared=None if few else 0.02 + 0.004 * n,
                reference=None if few else 0.001,
            )
            for n, c in enumerate(CLASSES)
        ),
        pathways=tuple(
            PathwayRow(name=name, n_genes=n, kolmogorov_smirnov=ks, reference=0.1)
            for name, n, ks in (
                () if few else (("HALLMARK_HYPOXIA", 41, 0.14), ("HALLMARK_APOPTOSIS", 37, 0.2))
            )
        ),
        attacks=_attacks(few=few),
        distances=None if few else _distances(),
        remarks=(
            Remark(key=RemarkKey.SMALL_CLASSES, count=2, names=CLASSES[3:5]),
            Remark(key=RemarkKey.SOME_PATIENTS, count=2000),
        ),
    )


def joint_scores() -> JointScores:
    """What all hospitals evaluated together."""
    return JointScores(
        classes=CLASSES,
        level=0.95,
        n_patients=236.4,
        n_patients_low=221.0,
        n_patients_high=252.0,
        tables=(),
        scores=tuple(
            JointScore(
                classifier=classifier,
                score=score,
                value=value,
                low=value - 0.07,
                high=value + 0.06,
            )
            for classifier, less in (("logistic-regression", 0.0), ("random-forest", 0.02))
            for score, value in (
                ("accuracy", 0.86 - less),
                ("macro-f1", 0.79 - less),
                ("weighted-f1", 0.85 - less),
            )
        ),
        agreement=JointAgreement(
            n_genes=50,
            counts=tuple((0.8, 2.5, 9.0, 21.0, 18.5) for _ in CLASSES),
            noise_sd=2.4,
            overall=JointShare(value=0.76, low=0.71, high=0.8, synthetic=0.79),
            by_class=tuple(
                JointShare(value=v, low=v - 0.1, high=v + 0.08, synthetic=v + 0.02)
                for v in [0.8 - 0.05 * n for n in range(len(CLASSES))]
            ),
        ),
        distances=JointDistances(
            edges=(0.4, 0.42, 0.44, 0.45, 0.47),
            counts=(21.0, 44.5, 61.0, 58.0, 29.5, 22.4),
            synthetic=(0.05, 0.2, 0.25, 0.25, 0.2, 0.05),
            noise_sd=2.4,
            closer=JointShare(value=0.54, low=0.47, high=0.6, synthetic=0.5),
            further=JointShare(value=0.09, low=0.06, high=0.14, synthetic=0.05),
        ),
    )
