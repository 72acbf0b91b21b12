"""Recipes against epsilon as lines, and two synthetic cohorts measure by measure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, NullLocator

from core.figures.style import MARKERS, FigureStyle, dress, legend, new_figure, shortened
from core.model.measures import Measure

_DASHES: Final = ("-", "--", ":", "-.")
_APART: Final = 0.17
#: Panels beside each other, and how dense the band of one standard deviation is.
_BESIDE: Final = 3
_FAINT: Final = 0.15


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


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelPoint:
    """One recipe at one level: mean and standard deviation over the repeats.

    Attributes:
        epsilon: The level; 0 for what knows none, drawn as a level line.
        mean: Of the repeats.
        sd: Of the repeats, drawn as a band.
    """

    epsilon: float
    mean: float
    sd: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelPanel:
    """One measure against epsilon.

    Attributes:
        title: Of the measure.
        lines: Name of the recipe -> its points by rising epsilon.
        good: What real data reach, drawn as a thin line; None where that is not one number.
    """

    title: str
    lines: Mapping[str, Sequence[LevelPoint]]
    good: float | None = None


def comparison_lines(panels: Sequence[LevelPanel], style: FigureStyle) -> Figure:
    """Draw one panel per measure, one line per recipe with its band, at most three beside each
    other.

    Args:
        panels: In reading order.
        style: Colours and sizes.
    """
    columns = min(_BESIDE, max(1, len(panels)))
    rows = -(-max(1, len(panels)) // columns)
    figure = new_figure(style, 4.2 * columns, 3.3 * rows + 0.4)
    names = tuple(dict.fromkeys(name for panel in panels for name in panel.lines))
    known = [p.epsilon for panel in panels for line in panel.lines.values() for p in line]
    ticks = sorted({epsilon for epsilon in known if epsilon})
    for k, panel in enumerate(panels):
        axes = figure.add_subplot(rows, columns, k + 1)
        axes.set_xscale("log")
        if panel.good is not None:
            axes.axhline(panel.good, color=style.real, lw=1, zorder=0)
        for name, points in panel.lines.items():
            _line(axes, points, style, names.index(name))
        axes.xaxis.set_major_locator(FixedLocator(ticks))
        axes.xaxis.set_minor_locator(NullLocator())
        axes.set_xticks(ticks, [f"{x:g}" for x in ticks])
        if ticks:
            axes.set_xlim(ticks[0] / 1.25, ticks[-1] * 1.25)
        axes.set_xlabel("epsilon")
        axes.set_ylim(bottom=0)
        dress(axes, style, panel.title)
    entries = [(name, Line2D([], [], **_look(style, i))) for i, name in enumerate(names)]
    if any(panel.good is not None for panel in panels):
        entries.append(("Real data", Line2D([], [], color=style.real, lw=1)))
    legend(figure, style, entries, columns=len(entries))
    return figure


def _look(style: FigureStyle, number: int) -> dict[str, Any]:
    dash = _DASHES[number % len(_DASHES)]
    marker = MARKERS[number % len(MARKERS)]
    return {"color": style.class_colour(number), "linestyle": dash, "marker": marker, "ms": 5}


def _line(axes: Axes, points: Sequence[LevelPoint], style: FigureStyle, number: int) -> None:
    look = _look(style, number)
    flat = [p for p in points if not p.epsilon]
    for p in flat:
        axes.axhline(p.mean, color=look["color"], linestyle=look["linestyle"])
        axes.axhspan(p.mean - p.sd, p.mean + p.sd, color=look["color"], alpha=_FAINT, lw=0)
    rising = [p for p in points if p.epsilon]
    if rising:
        x = [p.epsilon for p in rising]
        axes.plot(x, [p.mean for p in rising], **look)
        low, high = [p.mean - p.sd for p in rising], [p.mean + p.sd for p in rising]
        axes.fill_between(x, low, high, color=look["color"], alpha=_FAINT, lw=0)


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
