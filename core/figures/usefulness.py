"""Bars and dumbbells: what can be learnt from the synthetic cohort?"""

from __future__ import annotations

from typing import Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from core.figures.style import (
    FigureStyle,
    dress,
    legend,
    new_figure,
    not_computable,
    shortened,
)
from core.model.quality import ClassScore, QualityReport, UtilityScore

TOO_FEW_TEST: Final = (
    "Not computable: at least 10 held-out patients of two classes are needed at this hospital."
)
_KINDS: Final = (
    ("logistic-regression", "Logistic regression"),
    ("random-forest", "Random forest"),
)
_SCORES: Final = {
    "accuracy": "Accuracy",
    "macro-f1": "Macro-F1",
    "weighted-f1": "Weighted F1",
    "auroc": "AUROC",
    "aupr": "AUPR",
}
_TRAINED_REAL: Final = "Trained on real patients"
_TRAINED_SYNTHETIC: Final = "Trained on synthetic patients"
_GUESSING: Final = "Always the commonest, or guessing"
_BAR: Final = 0.36


def utility_bars(report: QualityReport, style: FigureStyle) -> Figure:
    """Draw the scores on held-out real patients: real solid, synthetic hatched, chance as a tick.

    Scores are times 100; whiskers are intervals.
    """
    figure = new_figure(style, 8.4, 3.8)
    if all(s.synthetic is None for s in report.utility):
        return not_computable(figure, style, TOO_FEW_TEST)
    panels = figure.subplots(1, 2, sharex=True, sharey=True)
    for axes, (key, name) in zip(panels, _KINDS, strict=True):
        scores = [s for s in report.utility if s.classifier == key]
        for place, score in enumerate(scores):
            _pair(axes, place, score, style)
        axes.set_yticks(range(len(scores)), [_SCORES[s.score] for s in scores])
        axes.set_xlim(0, 124)
        axes.set_xticks([0, 50, 100])
        axes.set_xlabel("Of 100 (higher is better)")
        dress(axes, style, name)
    panels[0].invert_yaxis()
    legend(
        figure,
        style,
        [
            (_TRAINED_REAL, Line2D([], [], ls="", marker="s", ms=9, color=style.real)),
            (_TRAINED_SYNTHETIC, Line2D([], [], ls="", marker="D", ms=8, color=style.synth)),
            (_GUESSING, Line2D([], [], ls="", marker="|", ms=12, mew=2, color=style.text)),
        ],
        2,
    )
    return figure


def _pair(axes: Axes, place: int, score: UtilityScore, style: FigureStyle) -> None:
    for offset, value, interval, colour, hatch in (
        (-_BAR / 2, score.real, score.real_interval, style.real, ""),
        (_BAR / 2, score.synthetic, score.interval, style.synth, "////"),
    ):
        if value is None:
            continue
        axes.barh(
            place + offset,
            100 * value,
            _BAR,
            color=colour,
            hatch=hatch,
            edgecolor=style.surface,
            linewidth=0.5,
        )
        end = value
        if interval is not None:
            end = interval.high
            ends = [100 * interval.low, 100 * interval.high]
            axes.plot(ends, [place + offset] * 2, color=style.text, lw=1.1, marker="|", ms=5)
        axes.text(
            100 * end + 3,
            place + offset,
            f"{100 * value:.0f}",
            va="center",
            color=style.text,
            fontsize=style.points * 0.9,
            fontfamily=style.font,
        )
    chance = 100 * score.chance
    axes.plot([chance, chance], [place - _BAR, place + _BAR], color=style.text, lw=2)


def class_scores(report: QualityReport, style: FigureStyle) -> Figure:
    """Draw how well each class is recognised: real round, synthetic diamond; or why it is not."""
    scores = report.class_scores
    figure = new_figure(style, 8.4, 1.6 + 0.45 * max(1, len(scores)) * max(1.0, style.scale))
    if not scores:
        return not_computable(figure, style, TOO_FEW_TEST)
    axes = figure.subplots()
    for place, score in enumerate(scores):
        _dumbbell(axes, place, score, style)
    axes.set_yticks(range(len(scores)), [shortened(s.label) for s in scores])
    axes.set_ylim(len(scores) - 0.4, -0.6)
    axes.set_xlim(0, 105)
    axes.set_xticks([0, 25, 50, 75, 100])
    axes.set_xlabel("F1 on held-out real patients, of 100 (higher is better)")
    dress(axes, style)
    legend(
        figure,
        style,
        [
            (_TRAINED_REAL, Line2D([], [], ls="", marker="o", ms=8, color=style.real)),
            (_TRAINED_SYNTHETIC, Line2D([], [], ls="", marker="D", ms=8, color=style.synth)),
        ],
        2,
    )
    return figure


def _dumbbell(axes: Axes, place: int, score: ClassScore, style: FigureStyle) -> None:
    axes.axhline(place, color=style.border, lw=0.8, zorder=0)
    ends = [100 * v for v in (score.real, score.synthetic) if v is not None]
    if not ends:
        words = f"Not computable: {score.n_test} held-out patients, 10 are needed"
        axes.text(
            2,
            place,
            words,
            va="center",
            color=style.muted,
            fontsize=style.points * 0.9,
            fontfamily=style.font,
            backgroundcolor=style.surface,
        )
        return
    axes.plot(ends, [place] * len(ends), color=style.muted, lw=2, zorder=1)
    if score.real is not None:
        axes.plot(100 * score.real, place, "o", ms=9, color=style.real, zorder=2)
    if score.synthetic is not None:
        axes.plot(100 * score.synthetic, place, "D", ms=8, color=style.synth, zorder=3)
