"""What each figure shows, in one sentence: its accessible name, and the reading below it.

References:
    ui.md: the accessible name states the finding, not "chart".
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from core.model.quality import QualityReport

_TOO_FEW: Final = "Not computable: too few real patients at this hospital."
#: Wasserstein distances, in SD units, up to which curves agree well, and roughly.
_CLOSE: Final = 0.15
_ROUGH: Final = 0.35


class FigureKind(StrEnum):
    """The figures of a quality report."""

    PCA = "pca"
    CURVES = "curves"
    CORRELATIONS = "correlations"
    UTILITY = "utility"
    CLASSES = "classes"


def finding(kind: FigureKind, report: QualityReport) -> str:
    """Return the finding of a figure in one sentence.

    Reveals:
        Nothing: LocalView, like the report itself.
    """
    match kind:
        case FigureKind.PCA:
            return _pca(report)
        case FigureKind.CURVES:
            return _curves(report)
        case FigureKind.CORRELATIONS:
            return _correlations(report)
        case FigureKind.UTILITY:
            return _utility(report)
        case FigureKind.CLASSES:
            return _classes(report)


def _pca(report: QualityReport) -> str:
    if report.pca is None:
        return _TOO_FEW
    shown = round(100 * sum(report.pca.explained))
    return (
        f"On the two main axes, which hold {shown} % of the real variation, "
        f"{len(report.pca.real.x)} real and {len(report.pca.synthetic.x)} synthetic patients "
        "are shown."
    )


def _curves(report: QualityReport) -> str:
    if not report.curves:
        return _TOO_FEW
    worst = max(report.curves, key=lambda c: c.wasserstein)
    if worst.wasserstein <= _CLOSE:
        return f"All {len(report.curves)} genes have nearly the same distribution in both cohorts."
    if worst.wasserstein <= _ROUGH:
        return f"The distributions agree roughly; {worst.gene} differs most."
    return f"{worst.gene} differs clearly between real and synthetic patients."


def _correlations(report: QualityReport) -> str:
    recall = report.measure("coexpression-recall")
    if report.correlations is None or recall is None or recall.value is None:
        return _TOO_FEW
    return (
        f"Of 100 gene pairs that vary together in real patients, {round(100 * recall.value)} "
        "do so in synthetic patients."
    )


def _utility(report: QualityReport) -> str:
    ratio = report.measure("usefulness-ratio")
    if ratio is None or ratio.value is None:
        return "Not computable: too few held-out patients at this hospital."
    return (
        "A classifier trained on synthetic patients reaches "
        f"{round(100 * ratio.value)} % of the score of one trained on this hospital's "
        "real patients."
    )


def _classes(report: QualityReport) -> str:
    scored = [(s.synthetic, s.label) for s in report.class_scores if s.synthetic is not None]
    if not scored:
        return "Not computable: no class has 10 held-out patients at this hospital."
    worst, label = min(scored)
    return f"{label} is recognised least: {round(100 * worst)} of 100."
