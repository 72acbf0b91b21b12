"""Back to log2 expression: each record's own mean and spread, modelled from five noisy sums.

A record on the normalised scale has lost its level and its spread over the panel. Both are two
more bounded variables of the patient; with their first and second moments synthetic records get
levels and spreads of their own.

References:
    generators.md "The recipe moments", step 5; privacy.md section 3.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.model.measurement import Measurement
from core.model.plan import StagePlan
from core.randomness import SamplingSource
from core.statistics.encoding import encode_patient
from core.statistics.statistic import Contribution, PatientRecord

LEVELS: Final = "levels"
N_SUMS: Final = 5
#: Of (a, b, a^2 - 1/2, b^2 - 1/2, a b) with a and b within +-1.
L2: Final = math.sqrt(1 + 1 + 0.25 + 0.25 + 1)
LINF: Final = 1.0
#: What a panel's levels and spreads usually vary by, log2 units: used where the noise hides it.
_USUAL: Final = (0.5, 0.2)
#: A measured variance counts when it stands this many standard deviations of noise above 0.
_CLEAR: Final = 3.0
_MOST_CORRELATED: Final = 0.95
_LEAST_SPREAD: Final = 0.05
_DECIMALS: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelRange:
    """Where levels and spreads are expected; what lies outside counts as the nearer end.

    Attributes:
        level: Largest level, log2 units; the smallest is 0.
        spread: Largest spread, log2 units; the smallest is 0.
    """

    level: float
    spread: float

    @property
    def half(self) -> NDArray[np.float64]:
        """Half of both ranges, shape (2,): one unit of the bounded variables, and their centre."""
        return np.array([self.level / 2, self.spread / 2])

    def bounded(self, level: float, spread: float) -> tuple[float, float]:
        """Return both variables within +-1.

        >>> LevelRange(level=16.0, spread=4.0).bounded(12.0, 9.0)
        (0.5, 1.0)
        """
        return (
            min(1.0, max(-1.0, 2 * level / self.level - 1)),
            min(1.0, max(-1.0, 2 * spread / self.spread - 1)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Levels:
    """Sum of (a, b, a^2 - 1/2, b^2 - 1/2, a b): the bounded level a and spread b of a record.

    Attributes:
        stage: The planned stage.
        within: The plan's range.
    """

    stage: StagePlan
    within: LevelRange

    @property
    def length(self) -> int:
        """Five."""
        return N_SUMS

    def contribution(self, record: PatientRecord) -> Contribution:
        """Return the five encoded numbers."""
        a, b = self.within.bounded(record.level, record.spread)
        real = np.array([a, b, a * a - 0.5, b * b - 0.5, a * b])
        stage = self.stage
        amounts = encode_patient(real, stage.units, stage.l2_sq, stage.linf)
        return Contribution(cells=np.arange(N_SUMS), amounts=amounts)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LevelModel:
    """Level and spread of a record: two correlated normals. Public.

    Attributes:
        mean: Shape (2,), log2 units.
        sd: Shape (2,), log2 units, positive.
        correlation: Between the two.
        error: Standard error of ``mean`` from the privacy noise, shape (2,), log2 units.
        clear: Whether ``sd`` was measured, shape (2,); else it is a usual value.
        away: How far each class lies from ``mean``, shape (n_classes, 2), log2 units; None if
            classes do not differ.
        along: How far level and spread move with one unit of each of a record's factor draws,
            shape (n_factors, 2), log2 units; None if they follow no factor.
    """

    mean: NDArray[np.float64]
    sd: NDArray[np.float64]
    correlation: float
    error: NDArray[np.float64]
    clear: NDArray[np.bool_]
    away: NDArray[np.float64] | None = None
    along: NDArray[np.float64] | None = None

    def sample(
        self,
        class_index: NDArray[np.int64],
        source: SamplingSource,
        factors: NDArray[np.float64] | None = None,
    ) -> NDArray[np.float64]:
        """Draw levels and spreads, shape (n_records, 2), log2 units, spreads positive.

        Args:
            class_index: Shape (n_records,): the class of each record.
            source: Of the release's one sample.
            factors: Shape (n_records, n_factors): the factor draws of each record.

        Reveals:
            Nothing beyond the measurements, at no further spend.
        """
        z = source.stream("levels").generator.standard_normal((len(class_index), 2))
        r = self.correlation
        z[:, 1] = r * z[:, 0] + math.sqrt(1 - r * r) * z[:, 1]
        drawn = self.mean + self.sd * z
        if self.away is not None:
            drawn += self.away[class_index]
        if self.along is not None and factors is not None:
            drawn += factors @ self.along
        drawn[:, 1] = np.maximum(drawn[:, 1], _LEAST_SPREAD)
        return np.round(drawn, _DECIMALS)


def fitted_levels(sums: Measurement, n_records: float, within: LevelRange) -> LevelModel:
    """Turn the five noisy sums into a model: post-processing.

    Args:
        sums: Measurement of the stage ``levels``.
        n_records: The noisy number of records, positive.
        within: The plan's range.

    Reveals:
        Nothing beyond the measurement, at no further spend.
    """
    noise = sums.stage.sigma_real / n_records
    first, second, third, fourth, product = (sums.real() / n_records).tolist()
    mean = np.clip([first, second], -1.0, 1.0)
    squares = np.array([third, fourth]) + 0.5
    variance = squares - np.square(mean)
    # Each is a mean square less the square of a mean: the noise of both counts.
    doubt = noise * np.sqrt(1 + 4 * np.square(mean))
    half, usual = within.half, np.array(_USUAL)
    clear = variance > _CLEAR * doubt
    sd = np.where(clear, half * np.sqrt(np.maximum(variance, 0.0)), usual)
    correlation = 0.0
    if clear.all():
        raw = (product - mean[0] * mean[1]) / math.sqrt(variance[0] * variance[1])
        correlation = float(np.clip(raw, -_MOST_CORRELATED, _MOST_CORRELATED))
    found = half * (mean + 1.0)
    found[1] = max(found[1], least_spread())
    return LevelModel(mean=found, sd=sd, correlation=correlation, error=noise * half, clear=clear)


def least_spread() -> float:
    """Return the smallest mean spread of a fitted model, log2 units."""
    return 2 * _LEAST_SPREAD
