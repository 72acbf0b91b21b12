"""Recipes against epsilon as lines, and two synthetic cohorts measure by measure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, NullLocator

from core.figures.style import FigureStyle, dress, legend, new_figure, shortened
from core.model.measures import Measure

_DASHES: Final = ("-", "--", ":", "-.")
_APART: Final = 0.17


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasurePair:
    """One measure of two cohorts. LocalView where the measures are.

    Attributes:
        title: Of the measure, in the reader's words.
        first: Of the one cohort.
        second: Of the other.
    """

    title: str
    first: Measure
    second: Measure


def comparison_lines(
    panels: Mapping[str, Mapping[str, Sequence[tuple[float, float]]]], style: FigureStyle
) -> Figure:
    """Draw one panel per measure, one line per recipe.

    Args:
        panels: Title -> recipe -> points (epsilon, mean); epsilon 0 is drawn as a level line.
        style: Colours and sizes.
    """
    figure = new_figure(style, 4.2 * max(1, len(panels)), 3.8)
    recipes = tuple(dict.fromkeys(name for lines in panels.values() for name in lines))
    ticks = sorted({x for lines in panels.values() for p in lines.values() for x, _ in p if x})
    for k, (title, lines) in enumerate(panels.items()):
        axes = figure.add_subplot(1, len(panels), k + 1)
        axes.set_xscale("log")
        for name, points in lines.items():
            colour = style.class_colour(recipes.index(name))
            dash = _DASHES[recipes.index(name) % len(_DASHES)]
            if points and points[0][0] == 0:
                axes.axhline(points[0][1], color=colour, linestyle=dash)
            else:
                axes.plot(*zip(*points, strict=True), color=colour, linestyle=dash, marker="o")
        axes.xaxis.set_major_locator(FixedLocator(ticks))
        axes.xaxis.set_minor_locator(NullLocator())
        axes.set_xticks(ticks, [f"{x:g}" for x in ticks])
        axes.set_xlabel("epsilon")
        axes.set_ylim(bottom=0)
        dress(axes, style, title)
    entries = [
        (
            name,
            Line2D([], [], color=style.class_colour(i), linestyle=_DASHES[i % len(_DASHES)]),
        )
        for i, name in enumerate(recipes)
    ]
    legend(figure, style, entries, columns=len(entries))
    return figure


def measure_pairs(
    pairs: Sequence[MeasurePair], names: tuple[str, str], style: FigureStyle
) -> Figure:
    """Draw each measure on its own scale, both cohorts below each other with their references.

    The first cohort is a filled diamond, the second an open circle; ticks are the references.

    Args:
        pairs: From top to bottom.
        names: Of the two cohorts.
        style: Colours and sizes.
    """
    figure = new_figure(style, 7.0, 1.2 + 0.5 * max(1, len(pairs)) * max(1.0, style.scale))
    axes = figure.subplots()
    for place, pair in enumerate(pairs):
        axes.plot([0, 1], [place, place], color=style.border, lw=1, zorder=0)
        for measure, at, marker, colour, face in (
            (pair.first, place - _APART, "D", style.synth, style.synth),
            (pair.second, place + _APART, "o", style.high, "none"),
        ):
            width = measure.high - measure.low
            if measure.reference is not None:
                tick = (measure.reference - measure.low) / width
                axes.plot([tick] * 2, [at - _APART, at + _APART], color=style.text, lw=1.6)
            if measure.value is None:
                continue
            if measure.interval is not None:
                ends = [measure.interval.low, measure.interval.high]
                line = [(v - measure.low) / width for v in ends]
                axes.plot(line, [at, at], color=colour, lw=2, zorder=1)
            x = (measure.value - measure.low) / width
            axes.plot(x, at, marker=marker, ms=7, color=colour, markerfacecolor=face, zorder=2)
    axes.set_yticks(range(len(pairs)), [shortened(p.title, 40) for p in pairs])
    axes.set_ylim(len(pairs) - 0.4, -0.6)
    axes.set_xlim(-0.02, 1.02)
    axes.set_xticks([])
    dress(axes, style)
    axes.spines["left"].set_visible(False)
    axes.spines["bottom"].set_visible(False)
    first, second = (shortened(name, 34) for name in names)
    entries = [
        (first, Line2D([], [], ls="", marker="D", color=style.synth)),
        (second, Line2D([], [], ls="", marker="o", mfc="none", color=style.high)),
        ("Reference", Line2D([], [], ls="", marker="|", ms=12, mew=2, color=style.text)),
    ]
    legend(figure, style, entries, 3 if style.scale <= 1.0 else 1)
    return figure
