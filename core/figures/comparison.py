"""Lines of a comparison of recipes: usefulness, biology and resemblance against epsilon."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, NullLocator

from core.figures.style import FigureStyle, dress, legend, new_figure

_DASHES: Final = ("-", "--", ":", "-.")


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
