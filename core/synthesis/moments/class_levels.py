"""How the level and the spread of records differ between classes.

Genes of two classes lie apart on the log2 scale also because whole records do: a subtype's tumours
may have another level over the whole panel. If synthetic records drew their level without regard
to their class, what they say of classes, and of genes that move together, would be blurred when
they are brought back to log2 expression. So each class gets a level and a spread of its own: two
more bounded numbers of a patient, measured around the released means of all.

References:
    resources/decisions/020-levels-by-class.md; privacy.md section 3, row (b1).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.model.measurement import Measurement
from core.model.plan import StagePlan
from core.statistics.encoding import encode_patient
from core.statistics.statistic import Contribution, PatientRecord
from core.synthesis.moments.level_scores import ExpectedLevels, borne_out
from core.synthesis.moments.levels import LevelModel, least_spread

CLASS_LEVELS: Final = "class-levels"
N_CLASS_SUMS: Final = 2
CLASS_L2: Final = math.sqrt(2)
CLASS_LINF: Final = 1.0
#: What levels and spreads usually vary by within a class, log2 units: used where the noise hides
#: it.
_USUAL_WITHIN: Final = np.array([0.25, 0.12])
#: Levels and spreads that follow factors vary by at least this beside, log2 units, and by no more
#: than what is usual without a reference: how an open cohort was handled says nothing of ours.
_LEAST_OWN: Final = 0.02
#: A measured variance that classes explain leaves at least this part within them.
_LEAST_WITHIN: Final = 0.1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ClassLevels:
    """Per class the sum of (a, b): how far a record's level and spread lie from all, in windows.

    Attributes:
        stage: The planned stage; values are ordered class, then level and spread.
        around: Shape (2,), log2 units: the released means.
        window: Shape (2,), log2 units, positive: what lies farther away counts as this far.
    """

    stage: StagePlan
    around: NDArray[np.float64]
    window: NDArray[np.float64]

    @property
    def length(self) -> int:
        """Two for each class."""
        return self.stage.values

    def contribution(self, record: PatientRecord) -> Contribution:
        """Return the two encoded numbers in the block of the record's class."""
        own = np.array([record.level, record.spread])
        real = np.clip((own - self.around) / self.window, -1.0, 1.0)
        stage = self.stage
        amounts = encode_patient(real, stage.units, stage.l2_sq, stage.linf)
        return Contribution(
            cells=N_CLASS_SUMS * record.class_index + np.arange(N_CLASS_SUMS), amounts=amounts
        )


def by_class(
    overall: LevelModel,
    sums: Measurement,
    counts: NDArray[np.float64],
    window: NDArray[np.float64],
    expected: ExpectedLevels | None = None,
) -> LevelModel:
    """Give each class its own level and spread: post-processing.

    What the classes have in common is their weighted mean; how far each lies from it is shrunk by
    the noise on it (Efron and Morris 1973), level and spread each by themselves. Where a reference
    tells what to expect, they are shrunk towards that.

    Args:
        overall: Fitted to the stage ``levels``; the windows were around its means.
        sums: Measurement of the stage ``class-levels``.
        counts: Noisy class counts, shape (n_classes,), positive.
        window: Shape (2,), log2 units.
        expected: From the reference, if it says anything.

    Reveals:
        Nothing beyond the measurements, at no further spend.
    """
    noisy = sums.real().reshape(-1, N_CLASS_SUMS) / counts[:, None] * window
    noise = np.square(sums.stage.sigma_real / counts[:, None] * window)
    weights = (counts / counts.sum())[:, None]
    common = (weights * noisy).sum(axis=0)
    common_noise = (weights**2 * noise).sum(axis=0)
    # A class's distance from the mean of all holds a part of its own noise less.
    apart = noise * (1 - 2 * weights) + common_noise
    along, followed, usual = None, np.zeros(2), _USUAL_WITHIN
    if expected is None:
        seen = (weights * np.square(noisy - common)).sum(axis=0)
        true = np.maximum(seen - (weights * apart).sum(axis=0), 0.0)
        own = (noisy - common) * true / (true + noise)
    else:
        own, slope = borne_out(noisy - common, apart, expected)
        along, usual = expected.along * slope, np.clip(expected.own, _LEAST_OWN, _USUAL_WITHIN)
        followed = np.square(along).sum(axis=0)
    mean = overall.mean + common
    mean[1] = max(mean[1], least_spread())
    between = (weights * np.square(own - (weights * own).sum(axis=0))).sum(axis=0)
    variance = np.square(overall.sd)
    measured = np.maximum(variance - between - followed, _LEAST_WITHIN * variance)
    within = np.where(overall.clear, np.sqrt(measured), usual)
    return replace(
        overall,
        mean=mean,
        sd=within,
        correlation=0.0,
        error=np.sqrt(common_noise),
        away=own,
        along=along,
    )
