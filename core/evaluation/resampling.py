"""Intervals that cover the noise and which patients happened to be held out.

A parametric bootstrap of the pivot "noisy minus true": from the tables with common totals noise is
drawn and subtracted again, projected alike, and each cell is resampled as a Poisson number around
what is left. Ratios of noisy sums are skewed; so the interval is the union of the percentile and
the basic bootstrap interval, which differ by just that. The draws are seeded by what was opened:
every party computes the same interval.

References:
    B. Efron and R. Tibshirani, An Introduction to the Bootstrap, 1993, ch. 13.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.evaluation.common_totals import agreed, parted
from core.evaluation.stages import Shape
from core.model.evaluation import INTERVAL_LEVEL
from core.randomness import SamplingSource

Array = NDArray[np.float64]
DRAWS: Final = 2_000
#: Draws at once, so that fifty classes fit the memory.
_CELLS_AT_ONCE: Final = 4_000_000
#: A number of patients below so many standard deviations of its noise tells nothing.
LEAST_SIGNAL: Final = 1.5


def resampled(
    common: Sequence[Array], planned: Sequence[Shape], noise_sd: float, seed: bytes
) -> Iterator[tuple[Array, ...]]:
    """Yield resampled tables, some draws at a time, ``DRAWS`` in all.

    Args:
        common: The noisy tables with common totals.
        planned: Their shapes.
        noise_sd: Of each opened cell, patients.
        seed: Public.
    """
    generator = SamplingSource(seed).generator
    flat = np.concatenate([table.ravel() for table in common])
    step = max(1, min(DRAWS, _CELLS_AT_ONCE // flat.size))
    for start in range(0, DRAWS, step):
        shape = (min(step, DRAWS - start), flat.size)
        # of 400 or more bits a value: a normal number is the same for this purpose
        noise = agreed(parted(generator.normal(scale=noise_sd, size=shape), planned))
        before = flat - np.concatenate([n.reshape(shape[0], -1) for n in noise], axis=-1)
        expected = np.maximum(before, 0.0)
        yield parted(before + generator.poisson(expected) - expected, planned)


def interval(
    value: float, low: Array, high: Array, level: float = INTERVAL_LEVEL
) -> tuple[float, float]:
    """Return the union of percentile and basic interval, within 0 to 1, around ``value``.

    Args:
        value: The estimate, 0 to 1.
        low: Resampled values, where undefined low.
        high: The same, where undefined high.
        level: Probability with which it holds the truth.
    """
    below = float(np.quantile(low, (1 - level) / 2))
    above = float(np.quantile(high, (1 + level) / 2))
    return (
        max(0.0, min(value, below, 2 * value - above)),
        min(1.0, max(value, above, 2 * value - below)),
    )


def ratio(over: Array, under: Array, undefined: float) -> Array:
    """Return over / under, clipped to 0..1; ``undefined`` where ``under`` is not above 0."""
    filled = np.full(np.broadcast(over, under).shape, undefined)
    found: Array = np.clip(np.divide(over, under, out=filled, where=under > 0), 0.0, 1.0)
    return found
