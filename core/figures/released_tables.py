"""Figures of the joint evaluation's further tables: agreement by diagnosis, and distances."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from core.figures.style import SYNTHETIC_WORD, FigureStyle, dress, legend, new_figure, shortened
from core.model.joint_tables import CHANCE, JointAgreement, JointDistances, distance_names

HELD_OUT_WORD: Final = "Patients kept aside"
_OWN_WORD: Final = "Synthetic records themselves"
_GUESSING: Final = "Guessing"
_ROW_IN: Final = 0.36


def joint_agreement(
    agreement: JointAgreement, classes: Sequence[str], style: FigureStyle
) -> Figure:
    """Draw the mean agreement of each diagnosis with its interval; dotted is guessing."""
    rows = agreement.rows(classes)
    size = 1.5 + _ROW_IN * max(2, len(rows)) * max(1.0, style.scale)
    figure = new_figure(style, 8.4, size)
    axes = figure.subplots()
    colour = style.class_colour(0)
    axes.axvline(100 * CHANCE, color=style.muted, lw=1, ls=":")
    for place, (_, share) in enumerate(rows):
        axes.plot([100 * share.low, 100 * share.high], [place, place], color=colour, lw=2)
        axes.plot([100 * share.value], [place], ls="", marker="o", ms=7, color=colour)
        axes.plot([100 * share.synthetic], [place], ls="", marker="D", ms=5, color=style.synth)
    axes.set_yticks(range(len(rows)), [shortened(name) for name, _ in rows])
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.set_xlim(0, 102)
    axes.set_xticks([0, 25, 50, 75, 100])
    axes.set_xlabel("Genes on the expected side, of 100")
    axes.grid(axis="x", color=style.border, lw=0.8)
    axes.set_axisbelow(True)
    dress(axes, style)
    entries = [
        (HELD_OUT_WORD, Line2D([], [], ls="-", marker="o", ms=7, color=colour)),
        (_OWN_WORD, Line2D([], [], ls="", marker="D", ms=5, color=style.synth)),
        (_GUESSING, Line2D([], [], ls=":", lw=1, color=style.muted)),
    ]
    legend(figure, style, entries, len(entries))
    return figure


def joint_distances(distances: JointDistances, style: FigureStyle) -> Figure:
    """Draw patients and synthetic records by distance, of 100; whiskers are the noise (two
    standard deviations). Noisy numbers below 0 are drawn as they are.
    """
    figure = new_figure(style, 8.4, 3.2 * max(1.0, style.scale))
    axes = figure.subplots()
    whole = max(1.0, sum(distances.counts))
    places = range(len(distances.counts))
    noise = 200 * distances.noise_sd / whole
    held = [100 * count / whole for count in distances.counts]
    axes.bar([p - 0.2 for p in places], held, 0.38, color=style.real, linewidth=0)
    axes.errorbar([p - 0.2 for p in places], held, noise, ls="", ecolor=style.text, elinewidth=1.2)
    own = [100 * share for share in distances.synthetic]
    axes.bar([p + 0.2 for p in places], own, 0.38, color=style.synth, linewidth=0)
    axes.axhline(0, color=style.border, lw=0.8)
    axes.set_xticks(places, distance_names())
    axes.set_xlabel("Distance to the nearest synthetic record, by the records’ own, of 100")
    axes.set_ylabel("Of 100")
    dress(axes, style)
    entries = [
        (HELD_OUT_WORD, Line2D([], [], ls="", marker="s", ms=9, color=style.real)),
        (SYNTHETIC_WORD, Line2D([], [], ls="", marker="s", ms=9, color=style.synth)),
    ]
    legend(figure, style, entries, len(entries))
    return figure
