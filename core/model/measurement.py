"""What the joint computation opens: noisy integer totals, the same at every party."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.errors import ProtocolError
from core.model.plan import StagePlan


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Measurement:
    """One opened stage: the sum over all hospitals plus noise nobody knows.

    Attributes:
        stage: The planned stage.
        totals: Shape (stage.values,), dtype int64, integer units; read-only.

    Raises:
        ProtocolError: PR507 if the length, dtype or range is not the stage's.
    """

    stage: StagePlan
    totals: NDArray[np.int64]

    def __post_init__(self) -> None:
        """Check shape and dtype, and make the array read-only."""
        if self.totals.shape != (self.stage.values,) or self.totals.dtype != np.int64:
            raise ProtocolError("PR507", stage=self.stage.name)
        frozen = self.totals.copy()
        frozen.setflags(write=False)
        object.__setattr__(self, "totals", frozen)

    def real(self) -> NDArray[np.float64]:
        """Return the totals in the statistic's own unit, shape (values,), float64."""
        return self.totals.astype(np.float64) / self.stage.units


def measurements_digest(measurements: Sequence[Measurement]) -> str:
    """Return the SHA-256 over stage names and totals, compared by all parties before anything is
    fitted.
    """
    state = hashlib.sha256(b"syncohort-measurements-1")
    for m in measurements:
        state.update(m.stage.name.encode() + b"\0" + len(m.totals).to_bytes(8, "little"))
        state.update(m.totals.astype("<i8").tobytes())
    return state.hexdigest()
