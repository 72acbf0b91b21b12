"""From noisy totals to centre and scale: post-processing only.

Every function here sees measurements and the public plan, never a record. The number of patients
is only ever the noisy one.

References:
    generators.md "The recipe moments"; Efron & Morris 1973.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.model.measurement import Measurement
from core.synthesis.moments.stages import CENTRE, CLASS_COUNTS, SCALE, Standard
from core.synthesis.reference.panel import PanelReference
from core.synthesis.shrinkage import towards_mean

#: Noisy class counts below this are read as this: a class of the plan never vanishes.
LEAST_COUNT: Final = 5.0
_SPREAD_RANGE: Final = (0.05, 0.95)
_SCALE_RANGE: Final = (0.05, 8.0)


def by_stage(measurements: Sequence[Measurement]) -> dict[str, Measurement]:
    """Return the measurements by the name of their stage."""
    return {m.stage.name: m for m in measurements}


def class_counts(measured: dict[str, Measurement]) -> NDArray[np.float64]:
    """Return the noisy class counts, at least LEAST_COUNT, shape (n_classes,)."""
    counts: NDArray[np.float64] = np.maximum(measured[CLASS_COUNTS].real(), LEAST_COUNT)
    return counts


def groups(reference: PanelReference | None, n_genes: int) -> tuple[NDArray[np.bool_], ...]:
    """Return the genes that are shrunk together: those of the reference, and the others."""
    covered = np.ones(n_genes, np.bool_) if reference is None else reference.covered
    return tuple(g for g in (covered, ~covered) if g.any())


def expected_centre(reference: PanelReference | None, n_genes: int) -> NDArray[np.float64]:
    """Return what the plan expects of every gene before anything is measured."""
    return np.zeros(n_genes) if reference is None else reference.mean


def first_standard(measured: dict[str, Measurement], reference: PanelReference | None) -> Standard:
    """Return the shrunk centre, and the spread that is expected around it.

    A z-scored record has mean 0 and mean square 1 over its genes. So the centres average 0, and
    what their squares leave of 1 is the average spread: no budget is needed for it.
    """
    sums = measured[CENTRE]
    n_records = float(class_counts(measured).sum())
    noise = (sums.stage.sigma_real / n_records) ** 2
    found = sums.real() / n_records
    expected = expected_centre(reference, len(found))
    found = found - (found + expected).mean()
    centre, missed = expected.copy(), 0.0
    for group in groups(reference, len(found)):
        shrunk, weight = towards_mean(found[group], noise)
        centre[group] += shrunk
        missed += weight * noise * float(group.mean())
    square = float(np.square(found + expected).mean()) - noise
    around = 1.0 - float(np.clip(square, *_SPREAD_RANGE))
    scale = np.full(len(found), np.sqrt(min(around + missed, 1.0)))
    if reference is not None:
        scale = np.where(reference.covered, reference.sd, scale)
    return Standard(centre=centre, scale=scale)


def standard(measured: dict[str, Measurement], reference: PanelReference | None) -> Standard:
    """Return centre and scale per gene after the second and third stage."""
    before = first_standard(measured, reference)
    sums = measured[SCALE]
    n_records = float(class_counts(measured).sum())
    squares = sums.real() / n_records + 1.0
    noise = (sums.stage.sigma_real / n_records) ** 2
    for group in groups(reference, len(squares)):
        squares[group], _ = towards_mean(squares[group], noise)
    return Standard(
        centre=before.centre, scale=before.scale * np.sqrt(np.clip(squares, *_SCALE_RANGE))
    )
