"""Plane, curves and maps. LocalView."""

from __future__ import annotations

import numpy as np

from core.quality import pictures
from core.quality.panels.setting import Part, Setting


def drawn(setting: Setting, so_far: Part) -> Part:
    """Prepare plane, curves and maps.

    Args:
        setting: The tables.
        so_far: What the steps before found; the curves tell their genes' distances.
    """
    few, whole = setting.few, setting.whole
    distances = np.array([row.wasserstein for row in so_far.genes])
    first, more = pictures.gene_curves(few.train, few.synthetic, setting.few_genes, distances)
    return Part(
        pca=pictures.pca_overlay(whole.train, whole.holdout, whole.synthetic),
        curves=first,
        more_curves=more,
        correlations=pictures.correlation_maps(whole.train, whole.synthetic, setting.genes),
    )
