"""Plane, curves and maps: does the synthetic cohort look like the real one?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from core.figures.style import (
    REAL_WORD,
    SYNTHETIC_WORD,
    FigureStyle,
    dress,
    legend,
    new_figure,
    not_computable,
    shortened,
)
from core.model.quality import GeneCurve, PointSet, QualityReport

TOO_FEW: Final = "Too few real patients at this hospital to draw this."
_MOST_TICKS: Final = 12


def pca_overlay(report: QualityReport, style: FigureStyle) -> Figure:
    """Draw held-out and synthetic patients side by side on the same two axes, coloured by class.

    Each panel shows the other cohort behind its own points, so that gaps and strays are seen. Real
    are round and filled, synthetic open diamonds.
    """
    figure = new_figure(style, 8.4, 4.6)
    if report.pca is None:
        return not_computable(figure, style, TOO_FEW)
    panels = figure.subplots(1, 2, sharex=True, sharey=True)
    pca = report.pca
    pairs = (
        (f"{REAL_WORD} (held out)", pca.real, pca.synthetic, True),
        (SYNTHETIC_WORD, pca.synthetic, pca.real, False),
    )
    for axes, (title, own, other, is_real) in zip(panels, pairs, strict=True):
        axes.scatter(other.x, other.y, s=9, color=style.border, linewidths=0, zorder=1)
        _points(axes, own, style, is_real=is_real)
        axes.set_xlabel(f"First axis ({pca.explained[0]:.0%} of the variation)")
        dress(axes, style, title)
        axes.set_xticks([])
        axes.set_yticks([])
    panels[0].set_ylabel(f"Second axis ({pca.explained[1]:.0%})")
    dress(panels[0], style)
    entries = [
        (
            shortened(name),
            Line2D([], [], ls="", marker=style.class_marker(c), color=style.class_colour(c)),
        )
        for c, name in enumerate(report.classes)
    ]
    other_cohort = Line2D([], [], ls="", marker=".", color=style.border)
    legend(figure, style, [*entries, ("The other cohort", other_cohort)], 3)
    return figure


def _points(axes: Axes, points: PointSet, style: FigureStyle, *, is_real: bool) -> None:
    x, y, c = np.array(points.x), np.array(points.y), np.array(points.class_index, dtype=int)
    for k in np.unique(c).tolist():
        colour = style.class_colour(k)
        axes.scatter(
            x[c == k],
            y[c == k],
            s=22,
            marker=style.class_marker(k) if is_real else "D",
            facecolors=colour if is_real else "none",
            edgecolors=colour,
            linewidths=0.9,
            zorder=2,
        )


def gene_curves(report: QualityReport, style: FigureStyle) -> Figure:
    """Draw the genes that tell the classes apart best; see `curves_of`."""
    return curves_of(report.curves, style)


def curves_of(curves: Sequence[GeneCurve], style: FigureStyle) -> Figure:
    """Draw up to six genes: real solid and filled, synthetic dashed."""
    figure = new_figure(style, 8.4, 5.0)
    if not curves:
        return not_computable(figure, style, TOO_FEW)
    columns = min(len(curves), 2 if len(curves) in {2, 4} else 3)
    rows = -(-len(curves) // columns)
    panels = np.atleast_1d(figure.subplots(rows, columns)).ravel()
    for axes, curve in zip(panels, curves, strict=False):
        _curve(axes, curve, style)
    for axes in panels[len(curves) :]:
        axes.set_visible(False)
    for axes in panels[len(curves) - columns : len(curves)]:
        axes.set_xlabel("Normalised value")
        dress(axes, style)
        axes.spines["left"].set_visible(False)
    legend(
        figure,
        style,
        [
            (REAL_WORD, Line2D([], [], color=style.real, lw=2)),
            (SYNTHETIC_WORD, Line2D([], [], color=style.synth, lw=2, ls=(0, (4, 2)))),
        ],
        2,
    )
    return figure


def _curve(axes: Axes, curve: GeneCurve, style: FigureStyle) -> None:
    axes.fill_between(curve.grid, curve.real, color=style.real, alpha=0.18, linewidth=0)
    axes.plot(curve.grid, curve.real, color=style.real, lw=2)
    axes.plot(curve.grid, curve.synthetic, color=style.synth, lw=2, ls=(0, (4, 2)))
    axes.set_ylim(bottom=0)
    axes.set_yticks([])
    axes.locator_params(axis="x", nbins=3)
    dress(axes, style, shortened(curve.gene, 16))
    axes.spines["left"].set_visible(False)


def correlation_maps(report: QualityReport, style: FigureStyle) -> Figure:
    """Draw the gene-gene correlations, real and synthetic, in the same order with one scale."""
    figure = new_figure(style, 8.4, 4.4)
    if report.correlations is None:
        return not_computable(figure, style, TOO_FEW)
    maps = report.correlations
    panels = figure.subplots(1, 2)
    image = None
    for axes, title, rows in (
        (panels[0], REAL_WORD, maps.real),
        (panels[1], SYNTHETIC_WORD, maps.synthetic),
    ):
        image = axes.imshow(
            np.array(rows), cmap=style.diverging(), vmin=-1, vmax=1, interpolation="nearest"
        )
        dress(axes, style, title)
        axes.set_xticks([])
        every = max(1, -(-len(maps.genes) // _MOST_TICKS))
        shown = list(range(0, len(maps.genes), every)) if axes is panels[0] else []
        axes.set_yticks(shown, [shortened(maps.genes[j], 12) for j in shown])
        dress(axes, style)
        for spine in axes.spines.values():
            spine.set_visible(False)
    if image is not None:
        bar = figure.colorbar(
            image, ax=panels, location="bottom", shrink=0.6, aspect=36, ticks=[-1, 0, 1]
        )
        bar.outline.set_visible(False)
        dress(bar.ax, style)
        words = ("−1 opposite", "0 unrelated", "1 together")
        bar.ax.set_xticklabels(words)
        dress(bar.ax, style)
    return figure
