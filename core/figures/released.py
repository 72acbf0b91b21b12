"""Figures of released numbers: the synthetic cohort by class, and the joint evaluation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from core.figures.style import FigureStyle, dress, legend, new_figure, shortened
from core.model.evaluation import JointScores

_MODELS: Final = {
    "logistic-regression": "Logistic regression",
    "random-forest": "Random forest",
}
_SCORES: Final = {
    "accuracy": "Accuracy",
    "macro-f1": "Macro-F1",
    "weighted-f1": "Weighted F1",
}
_ROW_IN: Final = 0.36


def class_mix(classes: Sequence[str], counts: Sequence[int], style: FigureStyle) -> Figure:
    """Draw how many synthetic records each class has: one bar per class, its number beside it."""
    figure = new_figure(style, 8.4, 0.9 + _ROW_IN * max(2, len(classes)) * max(1.0, style.scale))
    axes = figure.subplots()
    places = range(len(classes))
    axes.barh(places, counts, 0.62, color=style.synth, linewidth=0)
    most = max([*counts, 1])
    for place, count in zip(places, counts, strict=True):
        axes.text(
            count + 0.012 * most,
            place,
            f"{count:,}",
            va="center",
            color=style.text,
            fontsize=style.points,
            fontfamily=style.font,
        )
    axes.set_yticks(places, [shortened(name) for name in classes])
    axes.set_ylim(len(classes) - 0.45, -0.55)
    axes.set_xlim(0, 1.12 * most)
    axes.set_xticks([])
    dress(axes, style)
    axes.spines["bottom"].set_visible(False)
    return figure


def joint_scores(joint: JointScores, style: FigureStyle) -> Figure:
    """Draw each released score with its interval, of 100; each model has its own mark."""
    scores = list(dict.fromkeys(s.score for s in joint.scores))
    models = list(dict.fromkeys(s.classifier for s in joint.scores))
    rows = max(2, len(scores) * len(models))
    figure = new_figure(style, 8.4, 1.5 + 0.7 * _ROW_IN * rows * max(1.0, style.scale))
    axes = figure.subplots()
    for found in joint.scores:
        k = models.index(found.classifier)
        place = scores.index(found.score) + (k - (len(models) - 1) / 2) * 0.3
        colour = style.class_colour(k)
        axes.plot([100 * found.low, 100 * found.high], [place, place], color=colour, lw=2)
        mark = style.class_marker(k * len(style.classes))
        axes.plot([100 * found.value], [place], ls="", marker=mark, ms=7, color=colour)
    axes.set_yticks(range(len(scores)), [_SCORES.get(s, s) for s in scores])
    axes.set_ylim(len(scores) - 0.4, -0.6)
    axes.set_xlim(0, 102)
    axes.set_xticks([0, 25, 50, 75, 100])
    axes.set_xlabel(f"Of 100 (higher is better), with {joint.level:.0%} intervals")
    axes.grid(axis="x", color=style.border, lw=0.8)
    axes.set_axisbelow(True)
    dress(axes, style)
    entries = [
        (
            _MODELS.get(name, name),
            Line2D(
                [],
                [],
                ls="-",
                marker=style.class_marker(k * len(style.classes)),
                ms=7,
                color=style.class_colour(k),
            ),
        )
        for k, name in enumerate(models)
    ]
    legend(figure, style, entries, len(entries))
    return figure
