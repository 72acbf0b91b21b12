"""What a recipe asks of a stage before calibration: lengths and sensitivities in real units."""

from __future__ import annotations

import math
from dataclasses import dataclass

from core.errors import PlanError
from core.model.stage import Patients


@dataclass(frozen=True, slots=True, kw_only=True)
class StageRequest:
    """One stage before noise is chosen (privacy.md sections 3 and 6).

    Attributes:
        name: Key inside the recipe.
        values: Number of integers the stage sums.
        share: Proportion of mu^2; the shares of the stages on the same patients sum to 1.
        l2: Bound on one patient's L2 norm, in the statistic's own unit (count tables:
            sqrt(tables)).
        linf: Bound on one patient's largest absolute value, same unit (count tables: 1).
        touched: Most values one patient can change.
        counts: Whether the statistic is a table of counts (scaled by an integer, every changed
            value moves by 1).
        patients: Whom it touches.
    """

    name: str
    values: int
    share: float
    l2: float
    linf: float
    touched: int
    counts: bool
    patients: Patients = Patients.TRAINING

    def __post_init__(self) -> None:
        """Refuse sensitivities that are not positive, finite and consistent.

        Raises:
            PlanError: PL201 with the field.
        """
        for field in ("share", "l2", "linf"):
            value = getattr(self, field)
            if not (math.isfinite(value) and value > 0):
                raise PlanError(
                    "PL201", field=f"stages.{self.name}.{field}", reason="not a positive number"
                )
        if not 0 < self.touched <= self.values:
            raise PlanError(
                "PL201",
                field=f"stages.{self.name}.touched",
                reason="not within 1 and the stage's length",
            )
        if self.counts and (self.linf != 1 or round(self.l2**2) != self.touched):
            raise PlanError(
                "PL201",
                field=f"stages.{self.name}.l2",
                reason="a count table moves by 1 in each touched cell",
            )
