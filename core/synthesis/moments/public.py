"""What the public data alone would give: the baseline that no private patient stands behind."""

from __future__ import annotations

import numpy as np

from core.errors import InternalError
from core.model.reference import PublicReference
from core.synthesis.moments.classes import ClassMeans
from core.synthesis.moments.loadings import COVARIANCE_FACTORS
from core.synthesis.moments.model import FactorModel, variances
from core.synthesis.moments.stages import Standard
from core.synthesis.reference.panel import panel_reference


def public_alone(
    reference: PublicReference, genes: tuple[str, ...], classes: tuple[str, ...]
) -> FactorModel:
    """Return the model of a reference alone, no measurement: its own classes where it names the
    plan's, else all classes alike.

    Reveals:
        Nothing: it is made from public values.

    Raises:
        InternalError: IN901 without a reference.
    """
    cut = panel_reference(reference, len(genes))
    if cut is None:
        raise InternalError("IN901", rule="public data alone needs a reference")
    n_classes = len(classes)
    nothing = np.zeros((n_classes, len(genes)))
    known = cut.expected(classes)
    away = nothing if known is None else known - known.mean(axis=0)
    means = ClassMeans(
        counts=np.ones(n_classes),
        noisy=nothing,
        noise=np.zeros(n_classes),
        shrunk=away,
        scores=away @ cut.directions,
        offset=0.0,
    )
    common, own = variances(means, cut.loadings(min(COVARIANCE_FACTORS, len(cut.variances))))
    typical = float(np.median(cut.sd[cut.covered]))
    return FactorModel(
        label_name="label",
        classes=classes,
        genes=genes,
        means=means,
        common=common,
        own=own,
        standard=Standard(centre=cut.mean, scale=np.where(cut.covered, cut.sd, typical)),
    )
