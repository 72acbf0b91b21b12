"""What each figure shows, in one sentence: its accessible name, and the reading below it.

References:
    ui.md: the accessible name states the finding, not "chart".
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Final, assert_never

from core.figures.attacks import ATTACK_WORDS
from core.figures.biology import NO_PAIR, fold_agreement
from core.model.comparison import FoldChanges
from core.model.quality import GeneCurve, QualityReport

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
    FOLDS = "folds"
    DISTANCES = "distances"
    ATTACKS = "attacks"


def finding(kind: FigureKind, report: QualityReport) -> str:
    """Return the finding of a figure in one sentence.

    Reveals:
        Nothing: LocalView, like the report itself.
    """
    match kind:
        case FigureKind.PCA:
            words = _pca(report)
        case FigureKind.CURVES:
            words = curves_finding(report.curves)
        case FigureKind.CORRELATIONS:
            words = _correlations(report)
        case FigureKind.UTILITY:
            words = _utility(report)
        case FigureKind.CLASSES:
            words = _classes(report)
        case FigureKind.FOLDS:
            words = fold_finding(report.fold_changes[0] if report.fold_changes else None)
        case FigureKind.DISTANCES:
            words = _distances(report)
        case FigureKind.ATTACKS:
            words = _attacks(report)
        case _:
            assert_never(kind)
    return words


def _pca(report: QualityReport) -> str:
    if report.pca is None:
        return _TOO_FEW
    shown = round(100 * sum(report.pca.explained))
    return (
        f"On the two main axes, which hold {shown} % of the real variation, "
        f"{len(report.pca.real.x)} real and {len(report.pca.synthetic.x)} synthetic patients "
        "are shown."
    )


def curves_finding(curves: Sequence[GeneCurve]) -> str:
    """Return what some genes' curves show.

    Reveals:
        Nothing: LocalView.
    """
    if not curves:
        return _TOO_FEW
    worst = max(curves, key=lambda c: c.wasserstein)
    if worst.wasserstein <= _CLOSE:
        if len(curves) == 1:
            return f"{worst.gene} has nearly the same distribution in both cohorts."
        return f"All {len(curves)} genes have nearly the same distribution in both cohorts."
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


def fold_finding(changes: FoldChanges | None) -> str:
    """Return how many of the genes that differ between two classes are found again.

    Reveals:
        Nothing: LocalView.
    """
    if changes is None:
        return NO_PAIR
    found = fold_agreement(changes)
    real, false = found.both + found.only_real, found.only_synthetic
    pair = f"{changes.first} and {changes.second}"
    if real == 0:
        return f"Among real patients no gene differs between {pair}; {false} do among synthetic."
    return (
        f"Of {real} genes that differ between {pair} among real patients, {found.both} are found "
        f"again; {false} are found that do not differ among real ones."
    )


def _distances(report: QualityReport) -> str:
    curves = report.distances
    if curves is None:
        return _TOO_FEW
    mine, reference = (
        _middle(curves.grid, values)
        for values in (curves.synthetic_to_training, curves.held_out_to_training)
    )
    if mine is None or reference is None:
        return "Most patients have no neighbour within the distances that are drawn."
    if mine < 0.9 * reference:
        return (
            "Synthetic patients come nearer to the patients who took part than new patients do: "
            "look for copies."
        )
    return "Synthetic patients come no nearer to the patients who took part than new patients do."


def _middle(grid: tuple[float, ...], values: tuple[float, ...]) -> float | None:
    """Return the distance within which half have a neighbour."""
    return next((g for g, v in zip(grid, values, strict=True) if v >= 0.5), None)


def _attacks(report: QualityReport) -> str:
    made = [(a.auroc, a) for a in report.attacks if a.auroc is not None]
    if not made:
        return _TOO_FEW
    best, attack = max(made, key=lambda pair: pair[0])
    words = ATTACK_WORDS[attack.kind].lower()
    sure = attack.interval is None or attack.interval.low > 0.5
    if best > 0.5 and sure:
        return f"The best attack, by {words}, reaches {round(100 * best)} where a coin reaches 50."
    return f"No attack is better than a coin: the best, by {words}, reaches {round(100 * best)}."
