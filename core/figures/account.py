"""What a study costs: the hospital's cap, and how the stages share the budget."""

from __future__ import annotations

from typing import Final

from matplotlib.figure import Figure

from core.figures.style import FigureStyle, dress, new_figure, shortened
from core.model.budget import CapState
from core.model.plan import StagePlan

_STEP: Final = 0.1


def cap_bar(cap: CapState, this_study: float, style: FigureStyle) -> Figure:
    """Draw one bar: units of earlier studies solid, of this study hatched, what is left open.

    Args:
        cap: The ledger's state, this study included.
        this_study: Units of this study.
        style: Colours and sizes.
    """
    figure = new_figure(style, 8.4, 1.5 * max(1.0, style.scale))
    axes = figure.subplots()
    used = min(cap.cap, cap.spent + cap.reserved)
    now = min(this_study, used)
    start = 0.0
    for amount, word, colour, hatch in (
        (used - now, "Earlier studies", style.real, ""),
        (now, "This study", style.synth, "////"),
        (cap.left, "Left", style.surface, ""),
    ):
        if amount <= 0:
            continue
        axes.barh(
            0, amount, left=start, color=colour, hatch=hatch, edgecolor=style.border, height=0.5
        )
        axes.text(
            start + amount / 2,
            0.45,
            f"{word}\n{amount:g}" if amount / cap.cap > _STEP else f"{amount:g}",
            ha="center",
            va="bottom",
            color=style.text,
            fontsize=style.points * 0.9,
            fontfamily=style.font,
        )
        start += amount
    axes.set_xlim(0, cap.cap)
    axes.set_ylim(-0.35, 1.3)
    axes.set_yticks([])
    axes.set_xlabel(f"Units of this cohort's lifetime cap of {cap.cap:g}")
    dress(axes, style)
    axes.spines["left"].set_visible(False)
    return figure


def stage_shares(stages: tuple[StagePlan, ...], style: FigureStyle) -> Figure:
    """Draw how the stages of a plan share its privacy budget, in percent of mu squared."""
    figure = new_figure(style, 8.4, 1.0 + 0.45 * len(stages) * max(1.0, style.scale))
    axes = figure.subplots()
    for place, stage in enumerate(stages):
        percent = 100 * stage.share
        axes.barh(place, percent, 0.6, color=style.synth)
        axes.text(
            percent + 1,
            place,
            f"{percent:.0f} %, {stage.values:,} numbers",
            va="center",
            color=style.text,
            fontsize=style.points * 0.9,
            fontfamily=style.font,
        )
    axes.set_yticks(range(len(stages)), [shortened(s.name) for s in stages])
    axes.set_ylim(len(stages) - 0.4, -0.6)
    axes.set_xlim(0, 145)
    axes.set_xticks([0, 50, 100])
    axes.set_xlabel("Share of the privacy budget, percent")
    dress(axes, style)
    return figure
