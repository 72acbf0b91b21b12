"""Pairs of genes that go together, on both scales: found at the usual edge, and in order.

The truth are the pairs correlated above .3 in the real training records. Correlations of few
records are noisy, so a held-out real sample finds fewer than all of them, too.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.quality.resemblance import EDGE, coexpression, correlations
from core.quality.tables import spaced

SURE = 0.9
SCALES = ("normalised", "log2")
FIGURES = ("recall", "precision", "sure")
NOTHING = (0.0, 0.0, 0.0)


@dataclass(frozen=True, kw_only=True)
class Pairs:
    """Recall and precision above .3, and recall at precision .9, on each scale."""

    normalised: tuple[float, float, float] = NOTHING
    log2: tuple[float, float, float] = NOTHING


def log2_of(table):
    """Return records on the log2 scale: level + value * spread."""
    return table.levels[:, :1] + table.values * table.levels[:, 1:]


def recall_when_sure(real, other, precision=SURE):
    """Return the most true pairs that stand above one edge of ``other`` at ``precision``."""
    upper = np.triu_indices(len(real), k=1)
    truth, strength = np.abs(real[upper]) > EDGE, np.abs(other[upper])
    hits = np.cumsum(truth[np.argsort(-strength, kind="stable")])
    sure = np.flatnonzero(hits >= precision * np.arange(1, len(hits) + 1))
    return float(hits[sure[-1]] / hits[-1]) if len(sure) and hits[-1] else 0.0


def pairs_of(real, other):
    """Compare two tables that have ``values`` and maybe ``levels``."""
    kept = spaced(real.values.shape[1])

    def found(a, b):
        a, b = correlations(a[:, kept]), correlations(b[:, kept])
        recall, precision = coexpression(a, b)
        return recall or 0.0, precision or 0.0, recall_when_sure(a, b)

    normalised = found(real.values, other.values)
    if other.levels is None:
        return Pairs(normalised=normalised)
    return Pairs(normalised=normalised, log2=found(log2_of(real), log2_of(other)))


def columns(pairs):
    """Return them as columns of a table of scores."""
    return {
        f"{scale}_{name}": value
        for scale in SCALES
        for name, value in zip(FIGURES, getattr(pairs, scale), strict=True)
    }


def read_columns(row):
    """Return what ``columns`` wrote."""
    return Pairs(
        **{
            s: tuple(row[f"{s}_{name}"] for name in ("recall", "precision", "sure"))
            for s in SCALES
        }
    )


def table(rows):
    """Return the lines of a Markdown table: rows of recipe, epsilon and a list of ``Pairs``."""
    lines = ["| recipe | epsilon | normalised | of these at precision .9 | log2 | at .9 |"]
    lines += ["|---|---|---|---|---|---|"]
    for recipe, epsilon, several in rows:
        cells = []
        for scale in SCALES:
            recall, precision, sure = np.mean([getattr(p, scale) for p in several], axis=0)
            there = any(getattr(p, scale) != NOTHING for p in several)
            cells += [f"{recall:.2f} / {precision:.2f} | {sure:.2f}" if there else "- | -"]
        lines.append(f"| {recipe} | {epsilon or '-'} | {' | '.join(cells)} |")
    return lines
