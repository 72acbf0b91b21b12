"""How near synthetic patients come to real ones, and what attacks guess: alarms, no proofs."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from core.figures.style import FigureStyle, dress, legend, new_figure, not_computable
from core.model.attack import AttackKind
from core.model.quality import QualityReport

TOO_FEW_NEAR: Final = "Too few real patients at this hospital to compare distances."
NO_ATTACK: Final = "No attack could be made: too few real patients at this hospital."
#: What an attack goes by, in two or three words.
ATTACK_WORDS: Final[Mapping[AttackKind, str]] = MappingProxyType(
    {
        AttackKind.DISTANCE: "Distances",
        AttackKind.MONTE_CARLO: "Neighbours",
        AttackKind.DENSITY_RATIO: "Densities",
        AttackKind.CLASSIFIER: "A model's confidence",
        AttackKind.LIKELIHOOD: "The opened totals",
    }
)
_DASHES: Final = ("-", "--", "-.", ":", (0, (6, 1, 1, 1, 1, 1)))


def distance_curves(report: QualityReport, style: FigureStyle) -> Figure:
    """Draw how near the nearest training patient is: of synthetic and of held-out patients.

    A dashed curve left of the solid one comes nearer to real patients than a new patient does.
    """
    figure = new_figure(style, 5.0, 4.2)
    curves = report.distances
    if curves is None:
        return not_computable(figure, style, TOO_FEW_NEAR)
    axes = figure.subplots()
    per_cent = [100 * v for v in curves.held_out_to_training]
    axes.fill_between(curves.grid, per_cent, color=style.real, alpha=0.14, linewidth=0)
    axes.plot(curves.grid, per_cent, color=style.real, lw=2)
    theirs = [100 * v for v in curves.synthetic_to_training]
    axes.plot(curves.grid, theirs, color=style.synth, lw=2, ls=(0, (4, 2)))
    unused = [100 * v for v in curves.synthetic_to_held_out]
    axes.plot(curves.grid, unused, color=style.high, lw=1.6, ls=":")
    axes.set_xlim(curves.grid[0], curves.grid[-1])
    axes.set_ylim(-4, 102)
    axes.set_yticks([0, 50, 100])
    axes.set_xlabel("Distance to the nearest (1 is a real patient's)")
    axes.set_ylabel("That near, of 100")
    axes.locator_params(axis="x", nbins=4)
    dress(axes, style)
    entries = [
        ("Synthetic to used patients", Line2D([], [], color=style.synth, lw=2, ls=(0, (4, 2)))),
        ("Synthetic to held out", Line2D([], [], color=style.high, lw=1.6, ls=":")),
        ("Held out to used (reference)", Line2D([], [], color=style.real, lw=2)),
    ]
    legend(figure, style, entries, 1)
    return figure


def attack_curves(report: QualityReport, style: FigureStyle) -> Figure:
    """Draw each attack's right suspicions against its wrong ones; dotted is a coin toss."""
    figure = new_figure(style, 5.0, 4.4)
    made = [a for a in report.attacks if a.auroc is not None]
    if not made:
        return not_computable(figure, style, NO_ATTACK)
    axes = figure.subplots()
    axes.plot([0, 100], [0, 100], color=style.muted, lw=1, ls=":")
    kinds = list(AttackKind)
    entries: list[tuple[str, Line2D]] = []
    for attack in made:
        place = kinds.index(attack.kind)
        colour, dash = style.class_colour(place), _DASHES[place]
        across = [100 * v for v in attack.false_positives]
        axes.plot(across, [100 * v for v in attack.true_positives], color=colour, ls=dash, lw=1.8)
        line = Line2D([], [], color=colour, ls=dash, lw=1.8)
        entries.append((ATTACK_WORDS[attack.kind], line))
    axes.set_xlim(-2, 100)
    axes.set_ylim(-4, 102)
    axes.set_xticks([0, 50, 100])
    axes.set_yticks([0, 50, 100])
    axes.set_xlabel("Wrongly suspected, of 100")
    axes.set_ylabel("Rightly suspected, of 100")
    dress(axes, style)
    entries.append(("Coin toss", Line2D([], [], color=style.muted, lw=1, ls=":")))
    legend(figure, style, entries, 2)
    return figure
