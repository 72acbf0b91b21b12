"""Do the genes that differ between two classes differ in the synthetic cohort as well?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from core.figures.style import FigureStyle, dress, legend, new_figure, not_computable
from core.model.comparison import FoldChanges

NO_PAIR: Final = (
    "Not computable: no two classes have enough real patients at this hospital to compare."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """How many genes differ between two classes, in which cohort. LocalView.

    Attributes:
        both: In both, in the same direction.
        only_real: Among real patients, not (or the other way) among synthetic ones.
        only_synthetic: The reverse.
        neither: In no cohort.
    """

    both: int
    only_real: int
    only_synthetic: int
    neither: int


def fold_agreement(changes: FoldChanges) -> Agreement:
    """Count the genes of each kind; one that differs both ways counts as missed and as false."""
    both, missed, false, neither = _kinds(changes)
    return Agreement(
        both=int(both.sum()),
        only_real=int(missed.sum()),
        only_synthetic=int(false.sum()),
        neither=int(neither.sum()),
    )


def _kinds(changes: FoldChanges) -> tuple[NDArray[np.bool_], ...]:
    real, synthetic = np.array(changes.differs_real), np.array(changes.differs_synthetic)
    both = (real != 0) & (real == synthetic)
    missed, false = (real != 0) & ~both, (synthetic != 0) & ~both
    return both, missed, false, ~(both | missed | false)


def fold_changes(changes: FoldChanges | None, style: FigureStyle) -> Figure:
    """Draw the difference of each gene between two classes: real across, synthetic upwards.

    Genes that differ in both cohorts are filled diamonds, missed ones open circles, false ones
    crosses; a gene on the dotted line differs as much in both.
    """
    figure = new_figure(style, 5.6, 4.8)
    if changes is None:
        return not_computable(figure, style, NO_PAIR)
    axes = figure.subplots()
    x, y = np.array(changes.real), np.array(changes.synthetic)
    reach = 1.08 * float(max(np.abs(x).max(initial=0.0), np.abs(y).max(initial=0.0), 1e-6))
    axes.plot([-reach, reach], [-reach, reach], color=style.muted, lw=1, ls=":", zorder=1)
    axes.axhline(0, color=style.border, lw=0.8, zorder=0)
    axes.axvline(0, color=style.border, lw=0.8, zorder=0)
    both, missed, false, neither = _kinds(changes)
    axes.scatter(x[neither], y[neither], s=12, color=style.real, alpha=0.5, linewidths=0, zorder=2)
    axes.scatter(
        x[missed],
        y[missed],
        s=26,
        facecolors="none",
        edgecolors=style.text,
        linewidths=1,
        zorder=3,
    )
    axes.scatter(x[false], y[false], s=28, marker="x", color=style.high, linewidths=1.2, zorder=3)
    axes.scatter(x[both], y[both], s=24, marker="D", color=style.synth, linewidths=0, zorder=4)
    axes.set_xlim(-reach, reach)
    axes.set_ylim(-reach, reach)
    axes.set_xlabel("Difference in real patients")
    axes.set_ylabel("Difference in synthetic patients")
    axes.locator_params(nbins=5)
    dress(axes, style)
    kinds = [
        ("Found in both", Line2D([], [], ls="", marker="D", color=style.synth)),
        ("Missed", Line2D([], [], ls="", marker="o", mfc="none", color=style.text)),
        ("False", Line2D([], [], ls="", marker="x", color=style.high)),
        ("Other genes", Line2D([], [], ls="", marker="o", ms=4, color=style.real)),
    ]
    legend(figure, style, kinds, 4 if style.scale <= 1.0 else 2)
    return figure
