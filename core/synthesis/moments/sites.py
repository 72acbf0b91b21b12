"""Site centring: what one hospital's pipeline adds to a gene, measured and taken out.

Hospitals that prepare or sequence differently read some genes higher or lower for all of their
patients. One stage sums, in a block of its own for each party, the standardised records of that
party's patients. Patients of different hospitals are different patients: each moves one block, so
the stage costs what one block costs (parallel composition). A gene is centred at a hospital only
where its noisy mean stands four standard deviations of the noise above nothing: the guard keeps
noise, and most of what classes explain, out of it. Later stages see centred records.

NB: a hospital whose patients are of other classes than the others' has other means for that
reason alone. What of it is larger than the guard is taken out, too: so the option is off unless
people know that pipelines differ (``core.study.site_centring`` says when it can help).

References:
    generators.md "The recipe moments", step 6; privacy.md section 3.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.model.measurement import Measurement
from core.model.plan import StagePlan
from core.statistics.encoding import encode_patient
from core.statistics.statistic import Contribution, PatientRecord
from core.synthesis.moments.stages import Standard, clipped

SITES: Final = "sites"
#: Standard deviations of the noise that a site's mean of a gene must exceed.
GUARD: Final = 4.0
#: What stands for "one patient" in a block, in units of sqrt(genes): it counts the site's records.
COUNT: Final = 0.4
_LEAST_COUNT: Final = 10.0


def site_norm(record_norm: float, n_genes: int) -> float:
    """Return the largest norm of one patient's block: the clipped record and the count.

    >>> round(site_norm(3.0, 100), 6)
    5.0
    """
    return math.hypot(record_norm, COUNT * math.sqrt(n_genes))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sites:
    """Per party the sum of its standardised records, and their number.

    Attributes:
        stage: The planned stage; values are ordered party, then genes and the count.
        standard: From opened measurements.
        site: Number of the party whose records these are.
        record_clip: Largest norm and largest entry of a standardised record.
    """

    stage: StagePlan
    standard: Standard
    site: int
    record_clip: tuple[float, float]

    @property
    def length(self) -> int:
        """Parties x (genes + 1)."""
        return self.stage.values

    def contribution(self, record: PatientRecord) -> Contribution:
        """Return the encoded record and the count in the block of this party."""
        inside = clipped(self.standard.of(record.values), *self.record_clip)
        real = np.append(inside, COUNT * math.sqrt(len(inside)))
        amounts = encode_patient(real, self.stage.units, self.stage.l2_sq, self.stage.linf)
        cells = self.site * len(amounts) + np.arange(len(amounts))
        return Contribution(cells=cells, amounts=amounts)


def site_shifts(sums: Measurement, n_genes: int) -> NDArray[np.float64]:
    """Return what is taken out of each party's records, shape (n_parties, n_genes).

    In the unit of the standard; 0 wherever the guard does not let a mean pass, and at a compute
    partner.

    Reveals:
        Nothing beyond the measurement, at no further spend.
    """
    blocks = sums.real().reshape(-1, n_genes + 1)
    counts = blocks[:, -1] / (COUNT * math.sqrt(n_genes))
    enough = counts >= _LEAST_COUNT
    n_records = np.where(enough, counts, 1.0)[:, None]
    means = blocks[:, :-1] / n_records
    noise = sums.stage.sigma_real / n_records
    passes = enough[:, None] & (np.abs(means) > GUARD * noise)
    shifts: NDArray[np.float64] = np.where(passes, means, 0.0)
    return shifts


def centred(standard: Standard, sums: Measurement | None, site: int) -> Standard:
    """Return the standard of one party's records: its shifts belong to their centre."""
    if sums is None:
        return standard
    shifts = site_shifts(sums, len(standard.centre))
    return Standard(centre=standard.centre + standard.scale * shifts[site], scale=standard.scale)
